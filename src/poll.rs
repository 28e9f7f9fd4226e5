//! Futures without an executor: polling one that is ready, and giving way once.

use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

/// The outcome of a future that never waits.
///
/// # Panics
/// If it waits.
#[inline]
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => unreachable!("nothing waits in a call that is not asynchronous"),
    }
}

/// Is pending once, and asks to be polled again: whoever polls can do something else before.
#[derive(Default)]
pub(crate) struct GiveWay {
    given: bool,
}

impl Future for GiveWay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.given {
            return Poll::Ready(());
        }
        self.given = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn giving_way_is_pending_once() {
        let mut future = pin!(GiveWay::default());
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert!(future.as_mut().poll(&mut context).is_ready());
        assert_eq!(now(async { 7 }), 7);
    }
}
