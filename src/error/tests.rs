//! What an error keeps, shows and gives back, with and without `anyhow`.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::{Context, Error, OutOfMemory, Result};
use crate::{bail, ensure, format_err};

#[derive(Debug, PartialEq)]
struct Outer(Inner);

#[derive(Debug, PartialEq)]
struct Inner(u32);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outer")
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "inner {}", self.0)
    }
}

impl core::error::Error for Inner {}

impl core::error::Error for Outer {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn texts(error: &Error) -> Vec<String> {
    error.chain().map(ToString::to_string).collect()
}

/// An error as programmers see it, without the native backtrace that the environment may have asked for.
fn debug(error: &Error) -> String {
    let text = format!("{error:?}");
    let text = text.split("\nStack backtrace:\n").next().unwrap();
    if error.chain().count() == 1 { text.trim_end().into() } else { text.into() }
}

#[test]
fn one_word_that_threads_may_share() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
}

#[test]
fn shown_in_four_ways() {
    let one = Error::msg("lost");
    assert_eq!(format!("{one} {one:#} {}", debug(&one)), "lost lost lost");

    let two = Error::new(Inner(1)).context("looking");
    assert_eq!(format!("{two}"), "looking");
    assert_eq!(format!("{two:#}"), "looking: inner 1");
    assert_eq!(debug(&two), "looking\n\nCaused by:\n    inner 1\n");

    let three = Error::new(Outer(Inner(1))).context("looking");
    assert_eq!(format!("{three:#}"), "looking: outer: inner 1");
    assert_eq!(debug(&three), "looking\n\nCaused by:\n    0: outer\n    1: inner 1\n");
    assert_eq!(format!("{three:#?}").matches("Inner").count(), 2);
}

#[test]
fn causes_are_those_of_the_errors_too() {
    let error = Error::new(Outer(Inner(2))).context("a").context("b");
    assert_eq!(texts(&error), ["b", "a", "outer", "inner 2"]);
    assert_eq!(error.root_cause().downcast_ref::<Inner>(), Some(&Inner(2)));
    let item = error.chain().nth(2).unwrap();
    assert_eq!(item.downcast_ref::<Outer>(), Some(&Outer(Inner(2))));
    let plain: &(dyn core::error::Error + Send + Sync) = &*error;
    assert_eq!(plain.source().unwrap().to_string(), "a");
}

#[test]
fn every_layer_is_found() {
    let mut error = Error::new(Inner(3)).context("text").context(7u64).context(String::from("b"));
    assert_eq!(error.downcast_ref::<Inner>(), Some(&Inner(3)));
    assert_eq!(error.downcast_ref::<&str>(), Some(&"text"));
    assert_eq!(error.downcast_ref::<u64>(), Some(&7));
    assert!(error.is::<String>());
    assert!(!error.is::<u32>());
    error.downcast_mut::<Inner>().unwrap().0 = 4;
    *error.downcast_mut::<u64>().unwrap() = 8;
    assert!(error.downcast_mut::<u32>().is_none());
    assert_eq!(texts(&error), ["b", "8", "text", "inner 4"]);

    let error = error.downcast::<u32>().unwrap_err();
    assert_eq!(error.downcast::<Inner>().unwrap(), Inner(4));
}

#[test]
fn the_outermost_of_equal_layers_is_found() {
    let error = Error::new(Inner(1)).context(2u8).context(Inner(3)).context(4u8);
    assert_eq!(error.downcast_ref::<Inner>(), Some(&Inner(3)));
    assert_eq!(error.downcast_ref::<u8>(), Some(&4));
    assert_eq!(error.downcast::<Inner>().unwrap(), Inner(3));
}

#[test]
fn boxes_keep_what_is_in_them() {
    let boxed: Box<dyn core::error::Error + Send + Sync> = Box::new(Outer(Inner(5)));
    let error = Error::from_boxed(boxed).context("c");
    assert_eq!(texts(&error), ["c", "outer", "inner 5"]);
    assert!(error.is::<Box<dyn core::error::Error + Send + Sync>>());

    let back: Box<dyn core::error::Error + Send + Sync> = error.into();
    assert_eq!(back.to_string(), "c");
    assert_eq!(back.source().unwrap().downcast_ref::<Outer>(), Some(&Outer(Inner(5))));

    let whole = Error::new(Inner(6)).into_boxed_dyn_error();
    assert_eq!(*whole.downcast::<Inner>().unwrap(), Inner(6));
    let message = Error::msg("m").into_boxed_dyn_error();
    assert_eq!(message.to_string(), "m");
}

#[test]
fn every_layer_is_dropped_once() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    #[derive(Debug)]
    struct Counted;
    impl fmt::Display for Counted {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("counted")
        }
    }
    impl core::error::Error for Counted {}
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
    let made = || Error::new(Counted).context(Counted).context("top");
    drop(made());
    assert_eq!(DROPPED.swap(0, Ordering::Relaxed), 2);
    let one = made().downcast::<Counted>().unwrap();
    assert_eq!(DROPPED.load(Ordering::Relaxed), 1);
    drop(one);
    assert_eq!(DROPPED.swap(0, Ordering::Relaxed), 2);
    drop(made().into_boxed_dyn_error());
    assert_eq!(DROPPED.swap(0, Ordering::Relaxed), 2);
}

#[test]
fn macros_take_text_and_errors_and_what_can_be_shown() {
    fn checked(number: u32) -> Result<u32> {
        ensure!(&(number != 9), Inner(number));
        ensure!(number < 8);
        if number == 7 {
            bail!("{number} of {}", 10);
        }
        if number == 6 {
            bail!(String::from("six"));
        }
        Ok(number)
    }
    assert!(checked(9).unwrap_err().is::<Inner>());
    assert_eq!(checked(8).unwrap_err().to_string(), "Condition failed: `number < 8`");
    assert_eq!(checked(7).unwrap_err().to_string(), "7 of 10");
    assert_eq!(checked(6).unwrap_err().downcast::<String>().unwrap(), "six");
    assert_eq!(checked(5).unwrap(), 5);
    assert!(format_err!("plain").is::<&str>());
    let text = "{not a format}";
    assert_eq!(format_err!(text).to_string(), text);
}

#[test]
fn contexts_of_results_and_options() {
    let lost: Result<(), Inner> = Err(Inner(1));
    let error = lost.context("one").context("two").unwrap_err();
    assert_eq!(texts(&error), ["two", "one", "inner 1"]);
    let none: Option<()> = None;
    assert_eq!(texts(&none.context("none").unwrap_err()), ["none"]);
    assert_eq!(Some(1).with_context(|| -> &str { unreachable!() }).unwrap(), 1);
    let fine: Result<u8> = Ok(2);
    assert_eq!(fine.with_context(|| -> &str { unreachable!() }).unwrap(), 2);
    assert!(Error::from(OutOfMemory::new(1)).context("x").is::<OutOfMemory>());
}

#[cfg(feature = "backtrace")]
#[test]
fn the_native_backtrace_is_that_of_the_innermost() {
    use std::backtrace::BacktraceStatus;
    let error = Error::new(Inner(1)).context("a").context("b");
    let asked = std::backtrace::Backtrace::capture().status();
    assert_eq!(error.backtrace().status(), asked);
    let shown = asked == BacktraceStatus::Captured;
    assert_eq!(format!("{error:?}").contains("\nStack backtrace:\n"), shown);
    assert_eq!(error.downcast::<u8>().unwrap_err().backtrace().status(), asked);
}

#[cfg(feature = "anyhow")]
mod anyhow_ {
    use super::*;
    use crate::ToWasmtimeResult;

    #[test]
    fn there_and_back_nothing_is_lost() {
        let theirs = anyhow::Error::new(Outer(Inner(1))).context("theirs");
        let mut ours = Error::from_anyhow(theirs).context("ours").context(1u8);
        assert_eq!(texts(&ours), ["1", "ours", "theirs", "outer", "inner 1"]);
        assert!(ours.is::<Outer>() && ours.is::<&str>() && ours.is::<anyhow::Error>());
        ours.downcast_mut::<Outer>().unwrap().0.0 = 2;

        let theirs = anyhow::Error::from(ours);
        let chain: Vec<_> = theirs.chain().map(ToString::to_string).collect();
        assert_eq!(chain, ["1", "ours", "theirs", "outer", "inner 2"]);
        assert_eq!(theirs.downcast_ref::<Outer>(), Some(&Outer(Inner(2))));
        assert_eq!(theirs.downcast_ref::<u8>(), Some(&1));

        let ours = Err::<(), _>(theirs).to_wasmtime_result().unwrap_err();
        assert_eq!(ours.downcast::<Outer>().unwrap(), Outer(Inner(2)));
    }

    #[test]
    fn every_kind_of_layer_goes_over() {
        assert!(anyhow::Error::from(Error::msg("m")).is::<&str>());
        assert_eq!(anyhow::Error::from(None::<()>.context("n").unwrap_err()).to_string(), "n");
        let boxed = Error::from_boxed(Box::new(Inner(1)));
        assert_eq!(anyhow::Error::from(boxed).to_string(), "inner 1");
        let error = format_err!(anyhow::Error::msg("a"));
        assert!(error.is::<anyhow::Error>());
        assert_eq!(error.into_boxed_dyn_error().to_string(), "a");
    }

    /// An embedder's error may be made of both.
    #[allow(dead_code)]
    enum Either {
        Ours(Error),
        Theirs(anyhow::Error),
    }

    impl From<Error> for Either {
        fn from(error: Error) -> Either {
            Either::Ours(error)
        }
    }

    impl From<anyhow::Error> for Either {
        fn from(error: anyhow::Error) -> Either {
            Either::Theirs(error)
        }
    }

    #[test]
    fn both_may_be_the_source_of_a_third() {
        assert!(matches!(Either::from(Error::msg("o")), Either::Ours(_)));
        assert!(matches!(Either::from(anyhow::Error::msg("t")), Either::Theirs(_)));
    }
}
