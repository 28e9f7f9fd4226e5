//! Functions that get their code when they are first called: translation, and with
//! [`CompilationMode::Lazy`](crate::CompilationMode::Lazy) validation before it.
//!
//! What a module keeps for this is little: its bytes, of which it has one copy anyway, where each body
//! lies in them, and for deferred validation the validator's view of the module, shared by all functions.
//! Two threads that call the same function at the same time may both translate it; one of the two
//! results is kept, and they are equal.

use core::mem;

use wasmote_interp::TranslateError;
use wasmparser::FuncToValidate;

use super::compile::{body, translate};
use super::{Module, translation_error};
use crate::{Result, format_err};

impl Module {
    /// Translates a function that has no code yet, after validating it if that was deferred.
    ///
    /// # Errors
    /// If it is not valid, or exceeds a limit of this implementation.
    pub(crate) fn translate(&self, index: u32) -> Result<()> {
        let module = self.code();
        let range = self.func_body(index).ok_or_else(|| {
            format_err!("function {index} is not defined by the module it is called in")
        })?;
        let len = range.len();
        let body = body(&module.bytes()[range.clone()], range.start, self.engine().features());

        let workspaces = self.engine().workspaces();
        let mut workspace = workspaces.take();
        workspace.largest = workspace.largest.max(len);
        let translator = &mut workspace.translator;
        let translated = match &self.inner.unvalidated {
            None => translate(translator, module, index, body, None),
            Some(resources) => {
                let ty = module.info().funcs[index as usize];
                let features = self.engine().features();
                let func = FuncToValidate { resources: resources.clone(), index, ty, features };
                let mut validator = func.into_validator(mem::take(&mut workspace.buffers));
                let translated = translate(translator, module, index, body, Some(&mut validator));
                workspace.buffers = validator.into_allocations();
                translated
            }
        };
        workspaces.put(workspace);
        translated.map_err(|error| self.late_error(index, error))
    }

    /// The error of a function that turned out unusable when it was called.
    #[cold]
    fn late_error(&self, index: u32, error: TranslateError) -> crate::Error {
        let is_invalid = matches!(error, TranslateError::Invalid(_));
        let what = if is_invalid { "is not valid" } else { "cannot be translated" };
        let name = self.func_name(index).map(|name| alloc::format!(" `{name}`"));
        let name = name.as_deref().unwrap_or_default();
        translation_error(error).context(alloc::format!("function {index}{name} {what}"))
    }
}
