//! Interned names: each module and field name of a linker is kept once and compared as a number.

use alloc::sync::Arc;
use alloc::vec::Vec;
use hashbrown::HashMap;

/// A name in a [`Names`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Name(u32);

/// The names of one linker. A clone shares the strings and grows apart from there.
#[derive(Clone, Default)]
pub(super) struct Names {
    by_text: HashMap<Arc<str>, Name>,
    texts: Vec<Arc<str>>,
}

impl Names {
    /// The name of `text`, made if there is none.
    pub(super) fn intern(&mut self, text: &str) -> Name {
        if let Some(name) = self.find(text) {
            return name;
        }
        let text: Arc<str> = text.into();
        let name = Name(u32::try_from(self.texts.len()).expect("fewer than 2^32 names"));
        self.texts.push(text.clone());
        self.by_text.insert(text, name);
        name
    }

    /// The name of `text`, if there is one.
    pub(super) fn find(&self, text: &str) -> Option<Name> {
        self.by_text.get(text).copied()
    }

    /// The text of a name of this pool.
    pub(super) fn text(&self, name: Name) -> &str {
        &self.texts[name.0 as usize]
    }
}
