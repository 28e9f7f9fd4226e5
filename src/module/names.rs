//! The name section: names of the module and its functions, for backtraces.
//!
//! It is read when a name is first asked for, so that loading a module does not wait for it.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use wasmparser::{BinaryReader, Name, NameSectionReader, Parser, Payload};

/// What the name section says. A malformed section is not an error; what could be read is kept.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Where in the bytes that are kept of the module the section lies. There should be one at most; the first counts.
    section: Option<Range<u32>>,
    names: spin::Once<Read>,
}

/// The names as places in the module's bytes.
#[derive(Debug, Default)]
struct Read {
    module: Option<Range<u32>>,
    /// By function index.
    funcs: Box<[(u32, Range<u32>)]>,
}

impl Names {
    /// Those in a module's bytes, which may be invalid behind its code.
    pub(super) fn of_module(bytes: &[u8]) -> Names {
        let mut names = Names::default();
        for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
            if let Payload::CustomSection(section) = payload
                && section.name() == "name"
            {
                names.add_section(section.data_offset(), section.data().len());
            }
        }
        names
    }

    /// Notes where the name section lies in the bytes of the module.
    pub(super) fn add_section(&mut self, offset: u64, len: usize) {
        self.section.get_or_insert(offset as u32..offset as u32 + len as u32);
    }

    /// Where it lies in the bytes of the module.
    pub(super) fn section(&self) -> Range<usize> {
        self.section.as_ref().map_or(0..0, |section| section.start as usize..section.end as usize)
    }

    /// Only a part of the module's bytes is kept, where the section begins at `start`.
    pub(super) fn move_to(&mut self, start: usize) {
        if let Some(section) = &mut self.section {
            *section = start as u32..start as u32 + (section.end - section.start);
        }
    }

    /// The name of the module.
    pub(super) fn module<'a>(&self, bytes: &'a [u8]) -> Option<&'a str> {
        text(self.read(bytes).module.as_ref()?, bytes)
    }

    /// The name of a function.
    pub(super) fn func<'a>(&self, index: u32, bytes: &'a [u8]) -> Option<&'a str> {
        let funcs = &self.read(bytes).funcs;
        let at = funcs.binary_search_by_key(&index, |(index, _)| *index).ok()?;
        text(&funcs[at].1, bytes)
    }

    fn read(&self, bytes: &[u8]) -> &Read {
        self.names.call_once(|| {
            let mut module = None;
            let mut funcs = Vec::new();
            if let Some(section) = &self.section {
                let section = &bytes[section.start as usize..section.end as usize];
                read_section(section, bytes, &mut module, &mut funcs);
            }
            // In order already, unless the section is odd; the first name counts then.
            funcs.sort_by_key(|(index, _)| *index);
            funcs.dedup_by_key(|(index, _)| *index);
            Read { module, funcs: funcs.into() }
        })
    }
}

fn text<'a>(place: &Range<u32>, bytes: &'a [u8]) -> Option<&'a str> {
    core::str::from_utf8(&bytes[place.start as usize..place.end as usize]).ok()
}

fn read_section(
    section: &[u8],
    bytes: &[u8],
    module: &mut Option<Range<u32>>,
    funcs: &mut Vec<(u32, Range<u32>)>,
) {
    // A name is a part of `bytes`, so its place is the distance.
    let place = |name: &str| {
        let start = name.as_ptr() as usize - bytes.as_ptr() as usize;
        start as u32..(start + name.len()) as u32
    };
    for subsection in NameSectionReader::new(BinaryReader::new(section, 0)) {
        match subsection {
            Ok(Name::Module { name, .. }) => *module = Some(place(name)),
            Ok(Name::Function(map)) => {
                funcs.extend(
                    map.into_iter().map_while(Result::ok).map(|n| (n.index, place(n.name))),
                );
            }
            Ok(_) => {}
            Err(_) => break,
        }
    }
}
