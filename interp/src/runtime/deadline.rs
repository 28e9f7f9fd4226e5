//! When a guest has to stop: so many ticks of the epoch after one of its values.
//!
//! The epoch's counter has 32 bits where the target has no 64-bit atomics, and wraps after 49 days at a
//! thousand ticks a second. So what is compared is how far it has come since the deadline was set, and a
//! deadline that is further away than the counter can tell is set again on the way.

/// A value of the epoch's counter.
pub(crate) trait EpochNumber: Copy + PartialOrd {
    /// How far it has come from an earlier value.
    fn since(self, earlier: Self) -> Self;
    /// The value that is later by so many ticks.
    fn after(self, ticks: Self) -> Self;
    /// As many of these ticks as it can count and still tell that they have passed some time ago.
    fn saturating(ticks: u64) -> Self;
    fn get(self) -> u64;
}

macro_rules! epoch_numbers {
    ($($int:ty)*) => {$(
        impl EpochNumber for $int {
            #[inline(always)]
            fn since(self, earlier: Self) -> Self {
                self.wrapping_sub(earlier)
            }
            fn after(self, ticks: Self) -> Self {
                self.wrapping_add(ticks)
            }
            fn saturating(ticks: u64) -> Self {
                <$int>::try_from(ticks).map_or(<$int>::MAX / 2, |ticks| ticks.min(<$int>::MAX / 2))
            }
            #[allow(clippy::useless_conversion)] // one of them has 64 bits
            fn get(self) -> u64 {
                self.into()
            }
        }
    )*};
}
epoch_numbers! { u32 u64 }

/// So many ticks after a value of the counter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline<N> {
    from: N,
    ticks: N,
    /// Ticks after those.
    beyond: u64,
}

impl<N: EpochNumber> Deadline<N> {
    /// `ticks` after `now`.
    pub(crate) fn new(now: N, ticks: u64) -> Deadline<N> {
        let first = N::saturating(ticks);
        Deadline { from: now, ticks: first, beyond: ticks - first.get() }
    }

    /// Whether the counter has come as far as can be told: if so, ask [`Deadline::is_reached`].
    #[inline(always)]
    pub(crate) fn may_be_reached(&self, now: N) -> bool {
        now.since(self.from) >= self.ticks
    }

    /// Whether it is reached.
    pub(crate) fn is_reached(&mut self, now: N) -> bool {
        while self.may_be_reached(now) {
            if self.beyond == 0 {
                return true;
            }
            *self = Deadline::new(self.from.after(self.ticks), self.beyond);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_reached_after_its_ticks() {
        let mut deadline = Deadline::new(10_u64, 2);
        assert!(!deadline.is_reached(10));
        assert!(!deadline.is_reached(11));
        assert!(deadline.is_reached(12));
        assert!(deadline.is_reached(1000));
        assert!(Deadline::new(7_u64, 0).is_reached(7));
        assert!(!Deadline::new(7_u64, u64::MAX).is_reached(u64::MAX));
    }

    #[test]
    fn a_counter_of_32_bits_may_wrap() {
        let start = u32::MAX - 3;
        let mut deadline = Deadline::new(start, 6);
        for ticks in 0..10 {
            let reached = deadline.is_reached(start.wrapping_add(ticks));
            assert_eq!(reached, ticks >= 6, "{ticks}");
        }
        assert!(Deadline::new(start, 0).is_reached(start));
    }

    #[test]
    fn a_deadline_may_be_further_away_than_32_bits_count() {
        let start = u32::MAX - 3;
        let total = 2 * (1_u64 << 32) + 5;
        let mut deadline = Deadline::new(start, total);
        // The counter is looked at more often than it wraps.
        for step in (0..total).step_by(1 << 30) {
            assert!(!deadline.is_reached(start.wrapping_add(step as u32)), "{step}");
        }
        assert!(!deadline.is_reached(start.wrapping_add((total - 1) as u32)));
        assert!(deadline.is_reached(start.wrapping_add(total as u32)));
        let mut never = Deadline::new(start, u64::MAX);
        assert!((0..100_u32).all(|n| !never.is_reached(n << 25)));
    }
}
