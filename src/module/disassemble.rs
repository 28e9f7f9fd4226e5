//! The translated code of a module as text.

use alloc::string::String;
use core::fmt::Write;

use wasmote_interp::disassemble;

use crate::{Module, Result, format_err};

impl Module {
    /// The translated code of every function that the module defines, as text for people: a line for
    /// the function, with its index and name, and one for each statement.
    ///
    /// Functions that were not translated yet are translated for this. The form of the text may change
    /// with every version.
    ///
    /// # Errors
    /// If a function exceeds a limit of this implementation.
    ///
    /// # Examples
    /// ```
    /// # fn main() -> wasmote::Result<()> {
    /// use wasmote::{Engine, Module};
    ///
    /// let module = Module::new(
    ///     &Engine::default(),
    ///     "(module (func $one (result i32) (i32.const 1)))",
    /// )?;
    /// assert!(module.disassemble()?.starts_with("(func 0 $one"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn disassemble(&self) -> Result<String> {
        let code = self.code();
        let info = code.info();
        let mut out = String::new();
        for index in info.imported_funcs..info.funcs.len() as u32 {
            if code.func(index).is_none() {
                self.translate(index)?;
            }
            let func = code
                .func(index)
                .ok_or_else(|| format_err!("function {index} has no code after translation"))?;
            write!(out, "(func {index}")?;
            if let Some(name) = self.func_name(index) {
                write!(out, " ${}", name.escape_debug())?;
            }
            writeln!(out, ") ;; {} bytes of code", func.len())?;
            for line in disassemble(info, func).lines() {
                writeln!(out, "  {line}")?;
            }
        }
        Ok(out)
    }
}
