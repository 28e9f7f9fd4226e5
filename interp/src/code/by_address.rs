//! Which function's code an address lies in, for backtraces.
//!
//! Most modules are never asked, so nothing is sorted before the first question, which looks at all functions.
//! After that, inserting a function's code notes it, and the next question that the sorted part cannot answer
//! sorts in what was noted since. So each function is sorted in once, at logarithmic cost, as is an answer,
//! however many functions there are and in whatever order threads insert and ask.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::FuncCode;

/// The functions of a module that have code, by the addresses where it begins.
#[derive(Default)]
pub(crate) struct ByAddress {
    /// Whose code begins where.
    known: spin::RwLock<BTreeMap<usize, u32>>,
    noted: spin::Mutex<Noted>,
}

/// Functions that got code and are not known yet.
#[derive(Default)]
struct Noted {
    /// There was a question, so it matters.
    asked: bool,
    funcs: Vec<u32>,
}

impl ByAddress {
    /// Notes that a function gets code, which `publish` does: whoever runs it finds it noted.
    pub(crate) fn insert(&self, func: u32, publish: impl FnOnce()) {
        let mut noted = self.noted.lock();
        if noted.asked {
            noted.funcs.push(func);
        }
        publish();
    }

    /// The function whose code `ip` lies in; `code` has the code of each, and `all` are those with any.
    pub(crate) fn find<'a, I: Iterator<Item = u32>>(
        &self,
        ip: *const u8,
        code: impl Fn(u32) -> Option<&'a FuncCode>,
        all: impl FnOnce() -> I,
    ) -> Option<(u32, &'a FuncCode)> {
        let look_up = || {
            let (_, &func) = self.known.read().range(..=ip as usize).next_back()?;
            let code = code(func)?;
            code.contains(ip).then_some((func, code))
        };
        // Code neither moves nor goes, so what is found is right however much is not known.
        if let Some(found) = look_up() {
            return Some(found);
        }
        // Held until all of it is known, for others who ask and find nothing noted any more.
        let mut noted = self.noted.lock();
        let start = |func: u32| Some((code(func)?.start(), func));
        if noted.asked {
            self.known.write().extend(noted.funcs.drain(..).filter_map(start));
        } else {
            noted.asked = true;
            *self.known.write() = all().filter_map(start).collect();
        }
        drop(noted);
        look_up()
    }
}
