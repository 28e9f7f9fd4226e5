//! The imports and exports of a module: names, which stay where they are in its bytes, and items.

use alloc::vec::Vec;

use super::Item;

/// Imports and exports in the order of the module, and the exports by name.
#[derive(Default)]
pub(super) struct Externs {
    imports: Vec<(Name, Name, Space)>,
    exports: Vec<(Name, Item)>,
    /// Positions in `exports`, sorted by name.
    by_name: Vec<u32>,
}

/// Where a name begins and ends in the module's bytes.
#[derive(Clone, Copy)]
struct Name(u32, u32);

impl Name {
    /// The place of `name`, a part of `bytes`.
    fn of(name: &str, bytes: &[u8]) -> Name {
        let start = name.as_ptr() as usize - bytes.as_ptr() as usize;
        Name(start as u32, (start + name.len()) as u32)
    }

    fn bytes(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.0 as usize..self.1 as usize]
    }

    fn text(self, bytes: &[u8]) -> &str {
        core::str::from_utf8(self.bytes(bytes)).expect("the validator read it")
    }
}

/// An index space. What a module imports has the first indices there, in order.
#[derive(Clone, Copy)]
enum Space {
    Func,
    Table,
    Memory,
    Global,
    Tag,
}

impl Externs {
    /// Makes room for so many imports.
    pub(super) fn reserve_imports(&mut self, count: usize) {
        self.imports.reserve_exact(count);
    }

    /// Makes room for so many exports.
    pub(super) fn reserve_exports(&mut self, count: usize) {
        self.exports.reserve_exact(count);
    }

    /// Adds the next import, whose names are parts of `bytes`, those of the module.
    pub(super) fn add_import(&mut self, module: &str, name: &str, item: Item, bytes: &[u8]) {
        let space = match item {
            Item::Func(_) => Space::Func,
            Item::Table(_) => Space::Table,
            Item::Memory(_) => Space::Memory,
            Item::Global(_) => Space::Global,
            Item::Tag(_) => Space::Tag,
        };
        self.imports.push((Name::of(module, bytes), Name::of(name, bytes), space));
    }

    /// Adds the next export, whose name is a part of `bytes`, those of the module.
    pub(super) fn add_export(&mut self, name: &str, item: Item, bytes: &[u8]) {
        self.exports.push((Name::of(name, bytes), item));
    }

    /// Puts the exports, of which there are no more now, in the order of their names.
    pub(super) fn sort(&mut self, bytes: &[u8]) {
        let mut by_name: Vec<u32> = (0..self.exports.len() as u32).collect();
        by_name.sort_unstable_by_key(|&index| self.name_of(index, bytes));
        self.by_name = by_name;
    }

    /// The export of this name, by its position. `bytes` are those of the module, here and below.
    pub(super) fn find(&self, name: &str, bytes: &[u8]) -> Option<u32> {
        let key = |&index: &u32| self.name_of(index, bytes);
        let at = self.by_name.binary_search_by_key(&name.as_bytes(), key).ok()?;
        Some(self.by_name[at])
    }

    /// Modules, names and items of the imports.
    pub(super) fn imports<'a>(
        &'a self,
        bytes: &'a [u8],
    ) -> impl ExactSizeIterator<Item = (&'a str, &'a str, Item)> {
        let mut next = [0; 5];
        self.imports.iter().map(move |&(module, name, space)| {
            let index = next[space as usize];
            next[space as usize] += 1;
            let item = match space {
                Space::Func => Item::Func(index),
                Space::Table => Item::Table(index),
                Space::Memory => Item::Memory(index),
                Space::Global => Item::Global(index),
                Space::Tag => Item::Tag(index),
            };
            (module.text(bytes), name.text(bytes), item)
        })
    }

    /// Names and items of the exports.
    pub(super) fn exports<'a>(
        &'a self,
        bytes: &'a [u8],
    ) -> impl ExactSizeIterator<Item = (&'a str, Item)> {
        self.exports.iter().map(|&(name, item)| (name.text(bytes), item))
    }

    /// The export at a position.
    pub(super) fn export<'a>(&self, index: usize, bytes: &'a [u8]) -> Option<(&'a str, Item)> {
        let &(name, item) = self.exports.get(index)?;
        Some((name.text(bytes), item))
    }

    fn name_of<'a>(&self, export: u32, bytes: &'a [u8]) -> &'a [u8] {
        self.exports[export as usize].0.bytes(bytes)
    }
}
