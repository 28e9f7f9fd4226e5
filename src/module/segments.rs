//! Element and data segments. Their contents stay where they are in the module's bytes; those of data segments are known to
//! the machine.

use wasmote_interp::{InstanceId, Machine, NoRoom};
use wasmparser::{BinaryReader, BinaryReaderError, ElementItems, ElementKind};

use super::ConstExpr;
use super::consts::ConstReader;

/// An element segment.
pub(crate) struct Elem {
    /// Where its first item lies.
    first: u32,
    len: u32,
    /// The items are constant expressions, not indices of functions.
    exprs: bool,
    /// It only declares functions for `ref.func`.
    declared: bool,
}

/// A segment that is copied at instantiation.
pub(crate) struct Active {
    pub(crate) segment: u32,
    /// The table or memory that it is copied to.
    pub(crate) target: u32,
    pub(crate) offset: ConstExpr,
}

impl Elem {
    /// Takes over segment number `segment`, which the validator has accepted, and what else is said of it if it is active.
    pub(super) fn parse(
        elem: &wasmparser::Element<'_>,
        segment: u32,
    ) -> Result<(Elem, Option<Active>), BinaryReaderError> {
        let (first, len, exprs) = match &elem.items {
            ElementItems::Functions(items) => (items.original_position(), items.count(), false),
            ElementItems::Expressions(_, items) => (items.original_position(), items.count(), true),
        };
        let active = match &elem.kind {
            ElementKind::Active { table_index, offset_expr } => Some(Active {
                segment,
                target: table_index.unwrap_or(0),
                offset: ConstExpr::parse(offset_expr, 0)?,
            }),
            ElementKind::Passive | ElementKind::Declared => None,
        };
        let declared = matches!(elem.kind, ElementKind::Declared);
        Ok((Elem { first: first as u32, len, exprs, declared }, active))
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> u64 {
        self.len.into()
    }

    /// Whether its items are expressions.
    pub(crate) fn has_expressions(&self) -> bool {
        self.exprs
    }

    /// Whether all that it does is to declare functions.
    pub(crate) fn is_declared(&self) -> bool {
        self.declared
    }
}

/// The items of an element segment, one after the other.
pub(crate) enum Items<'a> {
    Funcs(BinaryReader<'a>),
    Exprs(ConstReader<'a>),
}

impl<'a> Items<'a> {
    /// `bytes` are those of the module.
    pub(super) fn new(elem: &Elem, bytes: &'a [u8]) -> Items<'a> {
        match elem.exprs {
            false => Items::Funcs(BinaryReader::new(&bytes[elem.first as usize..], 0)),
            true => Items::Exprs(ConstReader::new(bytes, elem.first)),
        }
    }

    /// How many operators the next `len` of them have, if they are expressions.
    pub(crate) fn operators(&mut self, len: u64) -> u64 {
        match self {
            Items::Funcs(_) => 0,
            Items::Exprs(reader) => (0..len).map(|_| reader.operators()).sum(),
        }
    }

    /// The value of the next one in an instance; there must be one.
    ///
    /// # Errors
    /// If an object has no room; then the next one is still the same.
    pub(crate) fn eval(
        &mut self,
        machine: &mut Machine,
        instance: InstanceId,
    ) -> Result<u64, NoRoom> {
        match self {
            Items::Funcs(reader) => {
                let func = reader.read_var_u32().expect("the validator read it");
                Ok(machine.instance_func(instance, func).to_raw())
            }
            Items::Exprs(reader) => Ok(reader.eval(machine, instance)?[0]),
        }
    }
}
