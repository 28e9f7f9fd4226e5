//! `CodeBuilder`: a module made in steps (feature `std`).

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;
use std::path::Path;

use crate::error::Context as _;
use crate::{Engine, Module, Result, bail, ensure, format_err};

/// What the bytes that a [`CodeBuilder`] was given look like.
///
/// # Examples
/// ```
/// use wasmote::{CodeBuilder, CodeHint, Engine};
///
/// let engine = Engine::default();
/// let mut builder = CodeBuilder::new(&engine);
/// assert_eq!(builder.hint(), None);
/// builder.wasm_binary_or_text(b"(component)", None)?;
/// assert_eq!(builder.hint(), Some(CodeHint::Component)); // which this engine does not run
/// # Ok::<(), wasmote::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeHint {
    /// A module.
    Module,
    /// A component.
    Component,
}

/// Makes a module of bytes or files that are given step by step.
///
/// # Examples
/// ```
/// use wasmote::{CodeBuilder, CodeHint, Engine};
///
/// let engine = Engine::default();
/// let mut builder = CodeBuilder::new(&engine);
/// builder.wasm_binary_or_text(b"(module (func (export \"f\")))", None)?;
/// assert_eq!(builder.hint(), Some(CodeHint::Module));
/// assert!(builder.compile_module()?.get_export("f").is_some());
/// # Ok::<(), wasmote::Error>(())
/// ```
pub struct CodeBuilder<'a> {
    engine: &'a Engine,
    wasm: Option<Cow<'a, [u8]>>,
    has_dwarf_package: bool,
}

impl<'a> CodeBuilder<'a> {
    /// A builder of a module of this engine.
    pub fn new(engine: &'a Engine) -> CodeBuilder<'a> {
        CodeBuilder { engine, wasm: None, has_dwarf_package: false }
    }

    /// Takes a module in the binary format. The path is only for debugging, and not used.
    ///
    /// # Errors
    /// If the builder has bytes already.
    pub fn wasm_binary(
        &mut self,
        wasm_bytes: impl Into<Cow<'a, [u8]>>,
        wasm_path: Option<&'a Path>,
    ) -> Result<&mut Self> {
        let _ = wasm_path;
        ensure!(self.wasm.is_none(), "cannot configure wasm bytes twice");
        self.wasm = Some(wasm_bytes.into());
        Ok(self)
    }

    /// Takes a module in the binary format or, with the feature `wat`, in the text format.
    ///
    /// # Errors
    /// If the text is not well-formed, or the builder has bytes already.
    pub fn wasm_binary_or_text(
        &mut self,
        wasm_bytes: &'a [u8],
        wasm_path: Option<&'a Path>,
    ) -> Result<&mut Self> {
        #[cfg(feature = "wat")]
        let wasm_bytes = wat::parse_bytes(wasm_bytes).map_err(|mut error| {
            if let Some(path) = wasm_path {
                error.set_path(path);
            }
            error
        })?;
        self.wasm_binary(wasm_bytes, wasm_path)
    }

    /// Reads a module in the binary format from a file.
    ///
    /// # Errors
    /// If the file cannot be read, or the builder has bytes already.
    pub fn wasm_binary_file(&mut self, file: &'a Path) -> Result<&mut Self> {
        self.wasm_binary(read(file, "input")?, Some(file))
    }

    /// Reads a module in the binary format or, with the feature `wat`, in the text format from a file.
    ///
    /// # Errors
    /// If the file cannot be read, the text is not well-formed, or the builder has bytes already.
    pub fn wasm_binary_or_text_file(&mut self, file: &'a Path) -> Result<&mut Self> {
        let bytes = read(file, "input")?;
        #[cfg(feature = "wat")]
        let bytes = match wat::parse_bytes(&bytes) {
            Ok(wasm) => wasm.into_owned(),
            Err(mut error) => {
                error.set_path(file);
                return Err(error.into());
            }
        };
        self.wasm_binary(bytes, Some(file))
    }

    /// Takes a DWARF package (`.dwp`) with debug information. It is not used.
    ///
    /// # Errors
    /// If the builder has one already.
    pub fn dwarf_package(&mut self, dwp_bytes: &'a [u8]) -> Result<&mut Self> {
        let _ = dwp_bytes;
        self.note_dwarf_package()
    }

    /// Reads a DWARF package (`.dwp`) with debug information from a file. It is not used.
    ///
    /// # Errors
    /// If the file cannot be read, or the builder has one already.
    pub fn dwarf_package_file(&mut self, file: &Path) -> Result<&mut Self> {
        read(file, "dwarf input")?;
        self.note_dwarf_package()
    }

    fn note_dwarf_package(&mut self) -> Result<&mut Self> {
        if self.has_dwarf_package {
            bail!("cannot call `dwarf_package` or `dwarf_package_file` twice");
        }
        self.has_dwarf_package = true;
        Ok(self)
    }

    /// What the bytes look like; `None` if there are none, or they look like nothing.
    pub fn hint(&self) -> Option<CodeHint> {
        match self.wasm.as_ref()?.get(..8)? {
            [0, b'a', b's', b'm', _, _, 0, 0] => Some(CodeHint::Module),
            [0, b'a', b's', b'm', _, _, 1, 0] => Some(CodeHint::Component),
            _ => None,
        }
    }

    /// Makes the module.
    ///
    /// # Errors
    /// If the builder has no bytes, and as [`Module::from_binary`].
    pub fn compile_module(&self) -> Result<Module> {
        let wasm = self.wasm.as_ref();
        let wasm = wasm.ok_or_else(|| format_err!("no wasm bytes have been configured"))?;
        Module::from_binary(self.engine, wasm)
    }
}

impl core::fmt::Debug for CodeBuilder<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CodeBuilder").field("hint", &self.hint()).finish_non_exhaustive()
    }
}

/// The bytes of a file, `what` of the builder.
fn read(file: &Path, what: &str) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("failed to read {what} file: {}", file.display()))
}
