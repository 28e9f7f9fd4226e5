//! Pages of the operating system (feature `mmap`).

#[cfg(all(feature = "mmap", any(unix, windows)))]
mod system {
    use memmap2::{MmapOptions, MmapRaw};

    /// Memory that is mapped nowhere else: zero until it is written.
    #[derive(Debug)]
    pub(in crate::runtime) struct Pages(MmapRaw);

    impl Pages {
        /// Pages for `len` bytes; `None` if the system refuses.
        pub(in crate::runtime) fn zeroed(len: usize) -> Option<Pages> {
            Pages::map(MmapOptions::new().len(len))
        }

        /// The same, but the system does not count them before they are touched.
        pub(in crate::runtime) fn reserved(len: usize) -> Option<Pages> {
            Pages::map(MmapOptions::new().len(len).no_reserve_swap())
        }

        fn map(options: &MmapOptions) -> Option<Pages> {
            Some(Pages(options.map_anon().ok()?.into()))
        }

        /// Makes them `len` bytes, without copying: they get another address. `false` if that cannot be done.
        ///
        /// # Safety
        /// Nobody uses the bytes meanwhile, or their old address afterwards.
        #[cfg(target_os = "linux")]
        pub(in crate::runtime) unsafe fn extend(&mut self, len: usize) -> bool {
            let options = memmap2::RemapOptions::new().may_move(true);
            // SAFETY: no file is mapped; the caller says that nobody depends on the address.
            isize::try_from(len).is_ok() && unsafe { self.0.remap(len, options) }.is_ok()
        }

        /// The same: only Linux can do that.
        ///
        /// # Safety
        /// Always safe.
        #[cfg(not(target_os = "linux"))]
        pub(in crate::runtime) unsafe fn extend(&mut self, _: usize) -> bool {
            false
        }

        pub(in crate::runtime) fn base(&self) -> *mut u8 {
            self.0.as_mut_ptr()
        }

        pub(in crate::runtime) fn len(&self) -> usize {
            self.0.len()
        }
    }
}

#[cfg(not(all(feature = "mmap", any(unix, windows))))]
mod system {
    /// There are none.
    #[derive(Debug)]
    pub(in crate::runtime) enum Pages {}

    impl Pages {
        pub(in crate::runtime) fn zeroed(_: usize) -> Option<Pages> {
            None
        }

        pub(in crate::runtime) fn reserved(_: usize) -> Option<Pages> {
            None
        }

        /// # Safety
        /// Always safe.
        pub(in crate::runtime) unsafe fn extend(&mut self, _: usize) -> bool {
            match *self {}
        }

        pub(in crate::runtime) fn base(&self) -> *mut u8 {
            match *self {}
        }

        pub(in crate::runtime) fn len(&self) -> usize {
            match *self {}
        }
    }
}

pub(super) use system::Pages;
