//! Names and places in the source program of a guest: how names are shown, and what DWARF says of addresses.

mod demangle;
#[cfg(feature = "addr2line")]
mod dwarf;
#[cfg(feature = "addr2line")]
mod reader;
#[cfg(all(test, feature = "addr2line"))]
mod tests;

use alloc::boxed::Box;

pub(crate) use self::demangle::{Name, Shown};
#[cfg(feature = "addr2line")]
pub(crate) use self::dwarf::DebugInfo;

/// A place in the source program of a guest; see [`FrameInfo::symbols`](crate::FrameInfo::symbols).
///
/// All of it is the guest's own word, which may mean harm: names and files may have control characters.
///
/// # Examples
/// ```
/// use wasmote::WasmBacktrace;
///
/// /// The places of a backtrace that an editor can open.
/// fn places(backtrace: &WasmBacktrace) -> Vec<String> {
///     let symbols = backtrace.frames().iter().flat_map(|frame| frame.symbols());
///     let places = symbols.filter_map(|symbol| {
///         Some(format!("{}:{}", symbol.file()?.escape_debug(), symbol.line()?))
///     });
///     places.collect()
/// }
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameSymbol {
    name: Option<Box<str>>,
    file: Option<Box<str>>,
    line: Option<u32>,
    column: Option<u32>,
}

impl FrameSymbol {
    /// The function's name, as the compiler mangled it.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The source file.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The line, counted from 1.
    pub fn line(&self) -> Option<u32> {
        self.line
    }

    /// The column, counted from 1; 0 is the left edge of the line.
    pub fn column(&self) -> Option<u32> {
        self.column
    }
}
