//! The functions of a module: validated, and translated if their code is wanted.
//!
//! They do not depend on each other, so several threads can share the work, which `share.rs` sees to.

use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use wasmote_interp::{ModuleCode, TranslateError, Translator};
use wasmparser::{
    BinaryReader, FuncToValidate, FuncValidator, FunctionBody, ValidatorResources, WasmFeatures,
    WasmModuleResources,
};

use super::validate;
use crate::Engine;
use crate::engine::Workspace;

/// The bodies of a code section, as far as it was read.
#[derive(Default)]
pub(super) struct Bodies {
    /// Where they lie in the bytes of the module.
    pub(super) ranges: Vec<Range<u32>>,
    /// What they are validated with; `None` before there is a body.
    pub(super) resources: Option<ValidatorResources>,
    /// The index of the first function.
    pub(super) first: u32,
}

impl Bodies {
    pub(super) fn push(
        &mut self,
        func: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) {
        let range = body.range();
        self.ranges.push(range.start as u32..range.end as u32);
        if self.resources.is_none() {
            self.first = func.index;
            self.resources = Some(func.resources);
        }
    }

    /// Where in the module the first begins and the last ends.
    pub(super) fn span(&self) -> Range<usize> {
        match &self.ranges[..] {
            [first, .., last] => first.start as usize..last.end as usize,
            [only] => only.start as usize..only.end as usize,
            [] => 0..0,
        }
    }
}

/// Functions to compile, and what becomes of them.
pub(super) struct Job {
    pub(super) engine: Engine,
    pub(super) bodies: Bodies,
    /// Where their code goes; `None` if they are only to be validated.
    pub(super) code: Option<ModuleCode>,
}

/// Why a job was not done: the first function of the code section that is not valid, or exceeds a limit of this
/// implementation, and the reason.
pub(super) struct Failure {
    pub(super) at: usize,
    pub(super) reason: TranslateError,
}

impl Job {
    /// Does all of it, on this thread; `bytes` are those of the whole module.
    ///
    /// # Errors
    /// If a function cannot be used.
    pub(super) fn run(self, bytes: &[u8]) -> Result<Job, Failure> {
        if self.bodies.ranges.is_empty() {
            return Ok(self);
        }
        let code = &bytes[self.bodies.span()];
        let mut workspace = self.engine.workspaces().take();
        for at in 0..self.bodies.ranges.len() {
            self.function(at, code, &mut workspace).map_err(|reason| Failure { at, reason })?;
        }
        self.engine.workspaces().put(workspace);
        Ok(self)
    }

    /// Validates function `at` of the code section, and translates it if that is wanted. `code` are the bytes of all bodies.
    pub(super) fn function(
        &self,
        at: usize,
        code: &[u8],
        workspace: &mut Workspace,
    ) -> Result<(), TranslateError> {
        let range = &self.bodies.ranges[at];
        workspace.largest = workspace.largest.max(range.len());
        let index = self.bodies.first + at as u32;
        let features = self.engine.features();
        let (start, end, first) = (range.start, range.end, self.bodies.ranges[0].start);
        let bytes = &code[(start - first) as usize..(end - first) as usize];
        let body = body(bytes, start as usize, features);
        let resources = self.bodies.resources.as_ref().expect("there is a body");
        let ty = resources.type_index_of_function(index).expect("a function has a type");
        let func = FuncToValidate { resources: resources.clone(), index, ty, features };
        let mut validator = func.into_validator(mem::take(&mut workspace.buffers));
        match &self.code {
            None => {
                validate::function(&mut validator, &body).map_err(TranslateError::Invalid)?;
            }
            Some(module) => {
                let translator = &mut workspace.translator;
                translate(translator, module, index, body, Some(&mut validator))?;
            }
        }
        workspace.buffers = validator.into_allocations();
        Ok(())
    }
}

/// Translates function `index` of a module, validating it on the way if there is a `validator`, which is the module's own:
/// otherwise it was validated before.
///
/// # Errors
/// If it is not valid, or exceeds a limit of this implementation.
#[allow(unsafe_code)]
pub(super) fn translate(
    translator: &mut Translator,
    module: &ModuleCode,
    index: u32,
    body: FunctionBody<'_>,
    validator: Option<&mut FuncValidator<ValidatorResources>>,
) -> Result<(), TranslateError> {
    let code = translator.translate(module.info(), index, body, validator)?;
    // SAFETY: it is the module's own `info`, which was made of what the validator accepted, and with it the body was
    // validated: just now, or before the module was.
    unsafe { module.insert(index, code) };
    Ok(())
}

/// The function body of these bytes, which begin at `offset` of the module.
pub(super) fn body(bytes: &[u8], offset: usize, features: WasmFeatures) -> FunctionBody<'_> {
    FunctionBody::new(BinaryReader::new_features(bytes, offset as u64, features))
}
