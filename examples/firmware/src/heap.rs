//! The global allocator: a list of free blocks, without a lock, and the most that was ever in use.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ops::Range;
use core::ptr::{self, NonNull};
use linked_list_allocator::Heap;

/// The allocator of this program.
#[global_allocator]
pub static HEAP: Allocator = Allocator(UnsafeCell::new(State { heap: Heap::empty(), peak: 0 }));

struct State {
    heap: Heap,
    peak: usize,
}

/// See [`HEAP`].
pub struct Allocator(UnsafeCell<State>);

// SAFETY: one core runs this program, and the handler of its only interrupt does not allocate. A program whose
// handlers do would take a critical section in `with`.
unsafe impl Sync for Allocator {}

impl Allocator {
    fn with<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        // SAFETY: nobody else allocates meanwhile (see above), and no `f` below calls the allocator.
        f(unsafe { &mut *self.0.get() })
    }

    /// Hands over the memory. To be called once, before the first allocation.
    pub fn init(&self, memory: Range<*mut u8>) {
        let len = memory.end as usize - memory.start as usize;
        // SAFETY: the linker script sets this memory aside for the heap and nothing else.
        self.with(|state| unsafe { state.heap.init(memory.start, len) });
    }

    /// The most bytes that were in use at any time.
    pub fn peak(&self) -> usize {
        self.with(|state| state.peak)
    }
}

// SAFETY: the blocks come from `linked_list_allocator`, which gives each to one owner at a time.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.with(|state| {
            let block = state.heap.allocate_first_fit(layout);
            state.peak = state.peak.max(state.heap.used());
            block.map_or(ptr::null_mut(), NonNull::as_ptr)
        })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(block) = NonNull::new(block) {
            // SAFETY: the caller gives back a block of this allocator with its layout.
            self.with(|state| unsafe { state.heap.deallocate(block, layout) });
        }
    }
}
