//! An allocator that counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that are allocated, and the most there were since the last [`measure`] began.
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn add(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(live, Relaxed);
}

// `realloc` is left as it is declared: what is copied is there twice.
#[allow(unsafe_code)]
// SAFETY: the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's.
        unsafe { System.dealloc(at, layout) }
    }
}

/// Bytes of the heap.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    /// At most at a time.
    pub(crate) peak: usize,
    /// Still allocated while the result is.
    pub(crate) live: usize,
}

/// What `f` takes while nothing else runs. (Its result is dropped.)
pub(crate) fn measure<R>(f: impl FnOnce() -> R) -> Memory {
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = f();
    let memory = Memory { peak: PEAK.load(Relaxed) - before, live: LIVE.load(Relaxed) - before };
    drop(result);
    memory
}
