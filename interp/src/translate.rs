//! Validated operators to code. (Interface; the body is being written.)
use crate::module::ModuleInfo;
use alloc::string::String;
use wasmparser::{BinaryReaderError, FuncValidator, FunctionBody, ValidatorResources};

/// The code of one function.
#[derive(Debug)]
pub struct FuncCode {}

impl FuncCode {
    /// Bytes of code.
    pub fn len(&self) -> usize {
        0
    }
    /// Whether there is no code (never).
    pub fn is_empty(&self) -> bool {
        false
    }
}

/// Why a function could not be translated.
#[derive(Debug)]
pub enum TranslateError {
    /// The function is not valid WebAssembly.
    Invalid(BinaryReaderError),
    /// The function exceeds a limit of this implementation (offset in the module, which limit).
    Limit(usize, String),
}

/// Translates functions one after the other; reuses its buffers.
#[derive(Default)]
pub struct Translator {}

impl Translator {
    /// A translator with empty buffers.
    pub fn new() -> Translator {
        Translator {}
    }
    /// Translates function `index`, validating it on the way when `validator` is given (otherwise
    /// the body must have been validated before).
    pub fn translate(
        &mut self,
        info: &ModuleInfo,
        index: u32,
        body: FunctionBody<'_>,
        validator: Option<&mut FuncValidator<ValidatorResources>>,
    ) -> Result<FuncCode, TranslateError> {
        let _ = (info, index, body, validator);
        unimplemented!()
    }
}

/// The code of a function as text, for people and tests: one statement a line.
pub fn disassemble(info: &ModuleInfo, code: &FuncCode) -> String {
    let _ = (info, code);
    unimplemented!()
}
