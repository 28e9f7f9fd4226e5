//! What the debug information of modules says of the frames of a backtrace: looked up for all of them at once, and not
//! before somebody asks.

use std::boxed::Box;
use std::sync::{Arc, OnceLock};
use std::vec::Vec;

use super::FrameInfo;
use crate::{FrameSymbol, Module};

/// The symbols of one frame.
pub(super) struct OfFrame {
    all: Arc<OfBacktrace>,
    frame: usize,
}

struct OfBacktrace {
    /// The frames of which anything can be known.
    frames: Box<[(Module, usize)]>,
    symbols: OnceLock<Box<[Box<[FrameSymbol]>]>>,
}

/// Attaches to the frames of a backtrace what is needed to find their symbols.
pub(super) fn attach(mut frames: Box<[FrameInfo]>) -> Box<[FrameInfo]> {
    let known = |frame: &FrameInfo| {
        let offset = frame.offset.filter(|_| frame.module.has_debug_info())?;
        Some((frame.module.clone(), offset))
    };
    let all =
        OfBacktrace { frames: frames.iter().filter_map(known).collect(), symbols: OnceLock::new() };
    if !all.frames.is_empty() {
        let all = Arc::new(all);
        let known = frames.iter_mut().filter(|frame| known(frame).is_some());
        for (number, frame) in known.enumerate() {
            frame.symbols = Some(OfFrame { all: all.clone(), frame: number });
        }
    }
    frames
}

impl OfFrame {
    pub(super) fn get(&self) -> &[FrameSymbol] {
        let symbols = self.all.symbols.get_or_init(|| look_up(&self.all.frames));
        &symbols[self.frame]
    }
}

/// The symbols of all frames, module by module.
fn look_up(frames: &[(Module, usize)]) -> Box<[Box<[FrameSymbol]>]> {
    let mut symbols: Box<[_]> = frames.iter().map(|_| Box::default()).collect();
    let mut left: Vec<usize> = (0..frames.len()).collect();
    while let Some(&first) = left.first() {
        let module = &frames[first].0;
        let of_module: Vec<usize>;
        (of_module, left) = left.iter().partition(|at| Module::same(&frames[**at].0, module));
        let offsets: Vec<usize> = of_module.iter().map(|at| frames[*at].1).collect();
        for (at, found) in of_module.into_iter().zip(module.symbols(&offsets)) {
            symbols[at] = found;
        }
    }
    symbols
}
