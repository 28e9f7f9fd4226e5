//! Which operator of the module an instruction stands for: of whatever may trap, and of calls.
//!
//! ```text
//!   sites    differences to the site before: code, module; code, module; ...
//!   marks                 ▲ every 32nd site: absolute, and where the next one begins
//! ```

use alloc::boxed::Box;

use crate::base::leb128::read;

/// A place in the code, and the module offset of the operator that it stands for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Site {
    pub(crate) code: u32,
    pub(crate) module: u32,
}

/// A site, from which on others are found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) site: Site,
    /// Where the next site begins.
    pub(crate) next: u32,
}

/// Sites from one mark to the next.
pub(crate) const EVERY: u32 = 32;

/// The sites of a function, in the order of the code.
#[derive(Debug, Default)]
pub(crate) struct Sites {
    pub(crate) bytes: Box<[u8]>,
    pub(crate) marks: Box<[Mark]>,
}

impl Sites {
    /// The module offset that a place in the code stands for.
    pub(crate) fn find(&self, code: u32) -> Option<u32> {
        let after = self.marks.partition_point(|mark| mark.site.code <= code);
        let Mark { mut site, next } = self.marks[after.checked_sub(1)?];
        let mut bytes = self.bytes[next as usize..].iter().copied();
        for _ in 1..EVERY {
            if site.code >= code {
                break;
            }
            site.code += read(|| bytes.next())?;
            site.module = site.module.wrapping_add(signed(read(|| bytes.next())?));
        }
        (site.code == code).then_some(site.module)
    }
}

/// A difference as a small number, and back.
pub(crate) fn unsigned(difference: u32) -> u32 {
    difference << 1 ^ ((difference as i32) >> 31) as u32
}
fn signed(number: u32) -> u32 {
    number >> 1 ^ (number & 1).wrapping_neg()
}
