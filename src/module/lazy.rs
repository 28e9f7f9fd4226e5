//! Functions that get their code when they are first called: translation, and with
//! [`CompilationMode::Lazy`](crate::CompilationMode::Lazy) validation before it.
//!
//! What a module keeps for this is little: its bytes, of which it has one copy anyway, where each body
//! lies in them, and for deferred validation the validator's view of the module, shared by all functions.
//! Two threads that call the same function at the same time may both translate it; one of the two
//! results is kept, and they are equal.

use alloc::vec::Vec;
use core::{fmt, mem};

use wasmote_interp::{TranslateError, Translator};
use wasmparser::{FuncToValidate, FuncValidatorAllocations};

use super::compile::{body, translate};
use super::{Module, translation_error};
use crate::sync::RwLock;
use crate::{Result, format_err};

/// What translation fills and can use again for the next function.
#[derive(Default)]
pub(super) struct Workspace {
    pub(super) translator: Translator,
    pub(super) buffers: FuncValidatorAllocations,
    /// The size of the largest body it has seen.
    pub(super) largest: usize,
}

/// Workspaces that nobody uses at the moment, of one engine.
#[derive(Default)]
pub(crate) struct Workspaces {
    idle: RwLock<Vec<Workspace>>,
}

/// How many idle workspaces are kept.
const MAX_IDLE: usize = 4;
/// Workspaces that have seen a larger body are not kept, for they hold on to memory in proportion.
const MAX_BODY: usize = 64 * 1024;

impl Workspaces {
    /// A workspace that was used before if there is one, or else a new one.
    pub(super) fn take(&self) -> Workspace {
        self.idle.write().pop().unwrap_or_default()
    }

    /// Keeps a workspace for later, or drops it.
    pub(super) fn put(&self, workspace: Workspace) {
        if workspace.largest > MAX_BODY {
            return;
        }
        let mut idle = self.idle.write();
        if idle.len() < MAX_IDLE {
            idle.push(workspace);
        }
    }
}

impl fmt::Debug for Workspaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspaces").finish_non_exhaustive()
    }
}

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
