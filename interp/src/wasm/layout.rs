//! How objects lie in the garbage-collected heap.
//!
//! ```text
//! struct      [ descriptor u32 | 0      ][ fields in order, each aligned to its size, up to 8 ]
//! array       [ descriptor u32 | length ][ elements ]
//! exception   [ descriptor u32 | tag    ][ what the tag carries, as fields ]
//! ```
//!
//! Each takes a multiple of 8 bytes. A field's offset depends on the fields before it alone, so a type's layout extends
//! that of its supertype.

use super::Kind;

/// What a field or an element holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Storage {
    /// The lowest 8 bits of an `i32`.
    I8,
    /// The lowest 16 bits of an `i32`.
    I16,
    /// A whole value.
    Value(Kind),
}

impl Storage {
    /// How many bytes it takes: those of a number, 4 for a reference.
    pub const fn bytes(self) -> u32 {
        match self {
            Storage::I8 => 1,
            Storage::I16 => 2,
            Storage::Value(Kind::I32 | Kind::F32 | Kind::Func | Kind::Gc) => 4,
            Storage::Value(Kind::I64 | Kind::F64) => 8,
            Storage::Value(Kind::V128) => 16,
        }
    }
}

/// A field of a struct, or the elements of an array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Bytes from the beginning of the object; for elements, those of the first one.
    pub offset: u32,
    /// What it holds.
    pub storage: Storage,
    /// It can be written.
    pub mutable: bool,
}

/// Places fields one after the other.
///
/// # Examples
/// ```
/// use wasmote_interp::{Kind, Layout, Storage};
///
/// let mut layout = Layout::default();
/// let offsets = [Storage::I8, Storage::Value(Kind::I64), Storage::I16].map(|field| layout.add(field));
/// assert_eq!((offsets, layout.size()), ([8, 16, 24], 32));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    end: u32,
}

impl Layout {
    /// Bytes before the first field or element.
    pub const HEADER: u32 = 8;

    /// The offset of the next field.
    ///
    /// # Panics
    /// If the object would have 4 GiB or more.
    pub fn add(&mut self, storage: Storage) -> u32 {
        let bytes = storage.bytes();
        let offset = self.end.checked_next_multiple_of(bytes.min(8));
        let end = offset.and_then(|offset| offset.checked_add(bytes));
        self.end = end.filter(|end| *end <= u32::MAX - 7).expect("objects of less than 4 GiB");
        self.end - bytes
    }

    /// How many bytes an object with these fields takes.
    pub fn size(self) -> u32 {
        self.end.next_multiple_of(8)
    }

    /// As it was when the last of these fields had been added.
    pub(super) fn after(fields: &[Field]) -> Layout {
        let end = fields.last().map(|last| last.offset + last.storage.bytes());
        Layout { end: end.unwrap_or(Layout::HEADER) }
    }
}

impl Default for Layout {
    /// No fields yet.
    fn default() -> Layout {
        Layout { end: Layout::HEADER }
    }
}
