//! The name section: names of the module and its functions, for backtraces.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use wasmparser::{Name, NameSectionReader};

/// What the name section says. A malformed section is not an error; what could be read is kept.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) module: Option<Box<str>>,
    /// Where in the module's bytes each function's name lies, by function index.
    funcs: Vec<(u32, Range<u32>)>,
}

impl Names {
    /// Reads a name section of a module with `funcs` functions.
    pub(super) fn read(&mut self, section: NameSectionReader<'_>, bytes: &[u8], funcs: usize) {
        for subsection in section {
            match subsection {
                Ok(Name::Module { name, .. }) => self.module = Some(String::from(name).into()),
                Ok(Name::Function(map)) => {
                    for naming in map {
                        let Ok(naming) = naming else { break };
                        // The name is a part of `bytes`, so its place is the distance.
                        let start = naming.name.as_ptr() as usize - bytes.as_ptr() as usize;
                        let end = start + naming.name.len();
                        if (naming.index as usize) < funcs {
                            self.funcs.push((naming.index, start as u32..end as u32));
                        }
                    }
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        // In order already, unless the section is odd; the first name counts then.
        self.funcs.sort_by_key(|(index, _)| *index);
        self.funcs.dedup_by_key(|(index, _)| *index);
        self.funcs.shrink_to_fit();
    }

    /// The name of a function.
    pub(super) fn func<'a>(&self, index: u32, bytes: &'a [u8]) -> Option<&'a str> {
        let at = self.funcs.binary_search_by_key(&index, |(index, _)| *index).ok()?;
        let (_, range) = &self.funcs[at];
        core::str::from_utf8(&bytes[range.start as usize..range.end as usize]).ok()
    }
}
