//! What validation and translation of functions use again and again.

use alloc::vec::Vec;
use core::fmt;

use wasmote_interp::Translator;
use wasmparser::FuncValidatorAllocations;

use crate::sync::RwLock;

/// What translation fills and can use again for the next function.
#[derive(Default)]
pub(crate) struct Workspace {
    pub(crate) translator: Translator,
    pub(crate) buffers: FuncValidatorAllocations,
    /// The size of the largest body it has seen.
    pub(crate) largest: usize,
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
    pub(crate) fn take(&self) -> Workspace {
        self.idle.write().pop().unwrap_or_default()
    }

    /// Keeps a workspace for later, or drops it.
    pub(crate) fn put(&self, workspace: Workspace) {
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
