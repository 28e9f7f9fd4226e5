//! Counts of executed statements.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

std::thread_local! {
    static LAST: Cell<usize> = const { Cell::new(0) };
    pub(crate) static PAIRS: RefCell<HashMap<(usize, usize), u64>> = RefCell::new(HashMap::new());
}

/// Notes that the handler at an address is executed.
pub(crate) fn count(handler: usize) {
    let last = LAST.replace(handler);
    PAIRS.with_borrow_mut(|p| *p.entry((last, handler)).or_default() += 1);
}
