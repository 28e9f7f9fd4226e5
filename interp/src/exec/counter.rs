//! The counter of metered code as it travels from handler to handler: an integer, wherever there is a register to spare.

/// On x86-64 all integer registers are taken, so it is the lower half of a vector register: adding takes a cycle.
#[cfg(all(dispatch_tail, target_arch = "x86_64"))]
mod register {
    use core::arch::x86_64::*;

    #[derive(Clone, Copy)]
    #[repr(transparent)]
    pub(crate) struct Counter(__m128i);

    // SAFETY of all: SSE2 is there on every target with these handlers (`build/main.rs`).
    impl Counter {
        #[inline(always)]
        pub(crate) fn new(value: i64) -> Counter {
            // SAFETY: see above.
            Counter(unsafe { _mm_cvtsi64_si128(value) })
        }

        #[inline(always)]
        pub(crate) fn get(self) -> i64 {
            // SAFETY: see above.
            unsafe { _mm_cvtsi128_si64(self.0) }
        }

        #[inline(always)]
        pub(crate) fn plus(self, units: u32) -> Counter {
            // SAFETY: see above. The upper half of the second number is zero.
            Counter(unsafe { _mm_add_epi64(self.0, _mm_cvtsi32_si128(units as i32)) })
        }
    }
}

#[cfg(not(all(dispatch_tail, target_arch = "x86_64")))]
mod register {
    #[derive(Clone, Copy)]
    #[repr(transparent)]
    pub(crate) struct Counter(i64);

    impl Counter {
        #[inline(always)]
        pub(crate) fn new(value: i64) -> Counter {
            Counter(value)
        }

        #[inline(always)]
        pub(crate) fn get(self) -> i64 {
            self.0
        }

        #[inline(always)]
        pub(crate) fn plus(self, units: u32) -> Counter {
            Counter(self.0.wrapping_add(units.into()))
        }
    }
}

pub(crate) use register::Counter;

impl Counter {
    /// Whether it has reached zero.
    #[inline(always)]
    pub(crate) fn is_due(self) -> bool {
        self.get() >= 0
    }
}

#[cfg(test)]
mod tests {
    use super::Counter;

    #[test]
    fn something_is_due_from_zero_on() {
        for (value, units, due) in [
            (-1, 0, false),
            (-1, 1, true),
            (0, 0, true),
            (-5, 4, false),
            (-(1 << 60), 1 << 31, false),
            (i64::MIN, u32::MAX, false),
            (1 << 40, 7, true),
        ] {
            let counter = Counter::new(value).plus(units);
            assert_eq!(counter.get(), value + i64::from(units));
            assert_eq!(counter.is_due(), due, "{value} + {units}");
        }
    }
}
