//! Import matching: whether an item may be given where a module imports one (the specification's
//! "import subtyping", on canonical types).

use crate::types::Short;
use crate::{
    ExternType, FuncType, GlobalType, MemoryType, Result, TableType, ValType, bail, ensure,
};

/// The type of an item that is provided for an import.
#[derive(Clone, Debug)]
pub(crate) struct ItemType {
    ty: ExternType,
    /// The size of a table or memory when it was looked at, which stands for its minimum.
    size: u64,
}

impl ItemType {
    /// An item of type `ty`; `size` is the current one of a table (elements) or memory (pages).
    pub(crate) fn new(ty: ExternType, size: u64) -> ItemType {
        ItemType { ty, size }
    }

    /// The type, with the size that it was declared with.
    pub(crate) fn ty(&self) -> &ExternType {
        &self.ty
    }

    /// Notes a new size.
    pub(crate) fn set_size(&mut self, size: u64) {
        self.size = size;
    }

    /// Errs, with the reason, unless the item satisfies an import of type `expected`.
    pub(crate) fn check(&self, expected: &ExternType) -> Result<()> {
        match (expected, &self.ty) {
            (ExternType::Func(expected), ExternType::Func(found)) => check_func(expected, found),
            (ExternType::Global(expected), ExternType::Global(found)) => {
                check_global(expected, found)
            }
            (ExternType::Table(expected), ExternType::Table(found)) => {
                check_table(expected, found, self.size)
            }
            (ExternType::Memory(expected), ExternType::Memory(found)) => {
                check_memory(expected, found, self.size)
            }
            (ExternType::Tag(expected), ExternType::Tag(found)) => {
                ensure!(FuncType::eq(expected.ty(), found.ty()), "incompatible tag types");
                Ok(())
            }
            (expected, found) => {
                bail!("expected {}, but found {}", kind(expected, "func"), kind(found, "function"))
            }
        }
    }
}

/// What an item is called in messages, in which functions have two names.
fn kind(ty: &ExternType, func: &'static str) -> &'static str {
    match ty {
        ExternType::Func(_) => func,
        ExternType::Global(_) => "global",
        ExternType::Table(_) => "table",
        ExternType::Memory(_) => "memory",
        ExternType::Tag(_) => "tag",
    }
}

/// Errs unless a function of type `found` satisfies an import of type `expected`.
fn check_func(expected: &FuncType, found: &FuncType) -> Result<()> {
    if found.is_declared_subtype_of(expected) {
        return Ok(());
    }
    bail!(
        "types incompatible: expected type `{}`, found type `{}`",
        expected.definition(),
        found.definition()
    )
}

fn check_global(expected: &GlobalType, found: &GlobalType) -> Result<()> {
    let (wanted, given) = (expected.mutability().is_var(), found.mutability().is_var());
    let matches = if wanted || given {
        ValType::eq(expected.content(), found.content())
    } else {
        found.content().matches(expected.content())
    };
    if !matches {
        return mismatch("global", expected.content(), found.content());
    }
    check_flag("global", wanted, given, "mutable", "immutable")
}

fn check_table(expected: &TableType, found: &TableType, size: u64) -> Result<()> {
    if !crate::RefType::eq(expected.element(), found.element()) {
        let [expected, found] = [expected, found].map(|ty| ty.element().clone().into());
        return mismatch("table", &expected, &found);
    }
    check_flag("table", expected.is_64(), found.is_64(), "64-bit", "32-bit")?;
    check_limits("table", (expected.minimum(), expected.maximum()), (size, found.maximum()))
}

fn check_memory(expected: &MemoryType, found: &MemoryType, size: u64) -> Result<()> {
    check_flag("memory", expected.is_shared(), found.is_shared(), "shared", "non-shared")?;
    check_flag("memory", expected.is_64(), found.is_64(), "64-bit", "32-bit")?;
    check_limits("memory", (expected.minimum(), expected.maximum()), (size, found.maximum()))?;
    if expected.page_size() != found.page_size() {
        bail!(
            "memory types incompatible: expected a memory with a page size of {}, \
             but received a memory with a page size of {}",
            expected.page_size(),
            found.page_size()
        );
    }
    Ok(())
}

fn mismatch(kind: &str, expected: &ValType, found: &ValType) -> Result<()> {
    let [expected, found] = [expected, found].map(|ty| Short(ty.clone()));
    bail!(
        "{kind} types incompatible: expected {kind} of type `{expected}`, \
         found {kind} of type `{found}`"
    )
}

fn check_flag(kind: &str, expected: bool, found: bool, yes: &str, no: &str) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let name = |flag| if flag { yes } else { no };
    bail!(
        "{kind} types incompatible: expected {} {kind}, found {} {kind}",
        name(expected),
        name(found)
    )
}

/// Limits as (minimum or current size, maximum).
type Limits = (u64, Option<u64>);

fn check_limits(kind: &str, expected: Limits, found: Limits) -> Result<()> {
    let fits = expected.0 <= found.0
        && match (expected.1, found.1) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(expected), Some(found)) => found <= expected,
        };
    if fits {
        return Ok(());
    }
    let max = |max: Option<u64>| match max {
        Some(max) => alloc::format!("{max}"),
        None => "none".into(),
    };
    bail!(
        "{kind} types incompatible: expected {kind} limits (min: {}, max: {}) doesn't match \
         provided {kind} limits (min: {}, max: {})",
        expected.0,
        max(expected.1),
        found.0,
        max(found.1)
    )
}
