//! The sites of the function that is being translated.

use super::blocks::{Blocks, Numbers};
use crate::code::sites::{EVERY, Mark, Site, Sites, unsigned};

/// The sites of the function that is being translated.
#[derive(Debug, Default)]
pub(super) struct SiteList {
    numbers: Numbers,
    marks: Blocks<Mark>,
    last: Site,
    count: u32,
}

impl SiteList {
    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.marks.clear();
        self.count = 0;
    }

    /// Adds one, behind the others in the code.
    #[inline]
    pub(super) fn push(&mut self, code: u32, module: u32) {
        let site = Site { code, module };
        if self.count.is_multiple_of(EVERY) {
            self.marks.push(Mark { site, next: self.numbers.len() as u32 });
        } else {
            self.numbers.push(code - self.last.code);
            self.numbers.push(unsigned(module.wrapping_sub(self.last.module)));
        }
        self.last = site;
        self.count += 1;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn finish(&self) -> Sites {
        Sites { bytes: self.numbers.to_bytes(), marks: self.marks.to_box() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn every_site_is_found_and_nothing_else() {
        let mut list = SiteList::default();
        assert!(list.is_empty() && list.finish().find(0).is_none());
        let sites: Vec<(u32, u32)> =
            (0..10_000_u32).map(|n| (5 + 3 * n + n % 2, n.wrapping_mul(0x9e37_79b9))).collect();
        for &(code, module) in &sites {
            list.push(code, module);
        }
        let found = list.finish();
        let mut expected = sites.iter().copied().peekable();
        for code in 0..30_010 {
            let here = expected.next_if(|site| site.0 == code);
            assert_eq!(found.find(code), here.map(|site| site.1), "{code}");
        }
        assert_eq!(expected.next(), None);
    }
}
