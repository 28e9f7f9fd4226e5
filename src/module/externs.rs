//! The imports and exports of a module: names and items.

use alloc::string::String;
use alloc::vec::Vec;

use super::Item;

/// Imports and exports in the order of the module, and the exports by name.
#[derive(Default)]
pub(super) struct Externs {
    /// All names, one after the other.
    text: String,
    imports: Vec<(Name, Name, Item)>,
    exports: Vec<(Name, Item)>,
    /// Positions in `exports`, sorted by name.
    by_name: Vec<u32>,
}

/// Where a name begins and ends in the text.
#[derive(Clone, Copy)]
struct Name(u32, u32);

impl Externs {
    /// Makes room for the exports of a section, which has so many bytes.
    pub(super) fn reserve_exports(&mut self, count: usize, bytes: usize) {
        self.exports.reserve_exact(count);
        self.text.reserve_exact(bytes);
    }

    pub(super) fn add_import(&mut self, module: &str, name: &str, item: Item) {
        let (module, name) = (self.add(module), self.add(name));
        self.imports.push((module, name, item));
    }

    pub(super) fn add_export(&mut self, name: &str, item: Item) {
        let name = self.add(name);
        self.exports.push((name, item));
    }

    /// Puts the exports, of which there are no more now, in the order of their names.
    pub(super) fn sort(&mut self) {
        let mut by_name: Vec<u32> = (0..self.exports.len() as u32).collect();
        by_name.sort_unstable_by_key(|&index| self.name_of(index));
        self.by_name = by_name;
    }

    /// The export of this name, by its position.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let at = self.by_name.binary_search_by_key(&name, |&index| self.name_of(index)).ok()?;
        Some(self.by_name[at])
    }

    /// Modules, names and items of the imports.
    pub(super) fn imports(&self) -> impl ExactSizeIterator<Item = (&str, &str, Item)> {
        self.imports.iter().map(|&(module, name, item)| (self.text(module), self.text(name), item))
    }

    /// Names and items of the exports.
    pub(super) fn exports(&self) -> impl ExactSizeIterator<Item = (&str, Item)> {
        self.exports.iter().map(|&(name, item)| (self.text(name), item))
    }

    /// The export at a position.
    pub(super) fn export(&self, index: usize) -> Option<(&str, Item)> {
        let &(name, item) = self.exports.get(index)?;
        Some((self.text(name), item))
    }

    fn add(&mut self, name: &str) -> Name {
        // Names are parts of a module, which has less than 4 GiB.
        let start = self.text.len() as u32;
        self.text.push_str(name);
        Name(start, self.text.len() as u32)
    }

    fn text(&self, Name(start, end): Name) -> &str {
        &self.text[start as usize..end as usize]
    }

    fn name_of(&self, export: u32) -> &str {
        self.text(self.exports[export as usize].0)
    }
}
