//! Where in the guest something went wrong.

#[cfg(feature = "addr2line")]
mod symbols;

use alloc::boxed::Box;
use core::fmt;
use core::num::NonZeroUsize;

use crate::store::StoreOpaque;
use crate::symbols::{Name, Shown};
use crate::{AsContext, Error, FrameSymbol, Module};

/// The WebAssembly frames of all calls in progress in a store, innermost first.
///
/// An error that a trap or a host function causes carries one as a context, so it can be taken from
/// the error with [`downcast_ref`](Error::downcast_ref), and printing the error shows it. Only frames of
/// WebAssembly functions appear, also those below host functions that called back. A tail call leaves no
/// frame.
///
/// How many frames are kept, and whether there is a backtrace at all, is up to
/// [`Config`](crate::Config).
///
/// Names and files are the guest's, who may mean harm: when a backtrace is shown, control characters and the like in
/// them are escapes, as by [`str::escape_debug`]. What [`FrameInfo`] returns is the name itself.
///
/// # Examples
/// ```
/// # fn main() -> wasmote::Result<()> {
/// use wasmote::{Engine, Instance, Module, Store, WasmBacktrace};
///
/// let engine = Engine::default();
/// let module = Module::new(
///     &engine,
///     r#"(module $m (func $die unreachable) (func (export "run") (call $die)))"#,
/// )?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
///
/// let error = run.call(&mut store, ()).unwrap_err();
/// let backtrace = error.downcast_ref::<WasmBacktrace>().unwrap();
/// assert_eq!(backtrace.frames()[0].func_name(), Some("die"));
/// assert_eq!(backtrace.frames()[1].func_index(), 1);
/// # Ok(())
/// # }
/// ```
pub struct WasmBacktrace {
    frames: Box<[FrameInfo]>,
    /// A module has debug information that would be used in another environment.
    hint: bool,
}

impl WasmBacktrace {
    /// The frames in progress now, for host functions; empty if backtraces are turned off by
    /// [`Config::wasm_backtrace`](crate::Config::wasm_backtrace).
    pub fn capture(store: impl AsContext) -> WasmBacktrace {
        WasmBacktrace::capture_in(&store.as_context().0.opaque)
    }

    pub(crate) fn capture_in(store: &StoreOpaque) -> WasmBacktrace {
        match max_frames(store) {
            Some(max) => WasmBacktrace::of(store, max),
            None => WasmBacktrace { frames: Box::default(), hint: false },
        }
    }

    /// The frames in progress now, all of them, even if backtraces are turned off.
    pub fn force_capture(store: impl AsContext) -> WasmBacktrace {
        WasmBacktrace::of(&store.as_context().0.opaque, usize::MAX)
    }

    /// The frames, innermost first.
    pub fn frames(&self) -> &[FrameInfo] {
        &self.frames
    }

    fn of(store: &StoreOpaque, max: usize) -> WasmBacktrace {
        let frames = store.machine.frames().take(max).map(|frame| FrameInfo {
            module: store.module(frame.instance).clone(),
            #[cfg(feature = "coredump")]
            instance: frame.instance,
            func: frame.func,
            offset: frame.offset.map(|offset| offset as usize),
            #[cfg(feature = "addr2line")]
            symbols: None,
        });
        let frames: Box<[FrameInfo]> = frames.collect();
        #[cfg(feature = "addr2line")]
        return WasmBacktrace {
            hint: frames.iter().any(|frame| frame.module.lacks_debug_info()),
            frames: symbols::attach(frames),
        };
        #[cfg(not(feature = "addr2line"))]
        WasmBacktrace { frames, hint: false }
    }
}

impl fmt::Debug for WasmBacktrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmBacktrace").field("frames", &self.frames).finish_non_exhaustive()
    }
}

impl fmt::Display for WasmBacktrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("error while executing at wasm backtrace:")?;
        for (number, frame) in self.frames.iter().enumerate() {
            write!(f, "\n  {number:>3}: ")?;
            if let Some(offset) = frame.module_offset() {
                write!(f, "{offset:#8x} - ")?;
            }
            // All text comes from the guest: none of it begins a line or controls a terminal.
            if frame.symbols().is_empty() {
                write!(f, "{}!", Shown(frame.module.name().unwrap_or("<unknown>")))?;
                frame.write_name(f)?;
            }
            for (inlining, symbol) in frame.symbols().iter().enumerate() {
                if inlining > 0 {
                    f.write_str("\n                - ")?;
                }
                match symbol.name() {
                    Some(name) => write!(f, "{}", Name(name))?,
                    None if inlining == 0 => frame.write_name(f)?,
                    None => f.write_str("<inlined function>")?,
                }
                let Some(file) = symbol.file() else { continue };
                write!(f, "\n                    at {}", Shown(file))?;
                let Some(line) = symbol.line() else { continue };
                write!(f, ":{line}")?;
                let Some(column) = symbol.column() else { continue };
                write!(f, ":{column}")?;
            }
        }
        if self.hint {
            f.write_str(
                "\nnote: using the `WASMTIME_BACKTRACE_DETAILS=1` environment variable may show more debugging information",
            )?;
        }
        Ok(())
    }
}

/// One frame of a [`WasmBacktrace`].
///
/// # Examples
/// ```
/// use wasmote::{Engine, Instance, Module, Store, WasmBacktrace};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, r#"(module $m (func $f (export "run") nop unreachable))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let error = instance.get_func(&mut store, "run").unwrap().call(&mut store, &[], &mut []).unwrap_err();
/// let frame = &error.downcast_ref::<WasmBacktrace>().unwrap().frames()[0];
/// assert_eq!((frame.module().name(), frame.func_name()), (Some("m"), Some("f")));
/// // One byte says that there are no locals, one is `nop`.
/// assert_eq!(frame.func_offset(), Some(2));
/// # Ok::<(), wasmote::Error>(())
/// ```
pub struct FrameInfo {
    module: Module,
    #[cfg(feature = "coredump")]
    instance: wasmote_interp::InstanceId,
    func: u32,
    offset: Option<usize>,
    #[cfg(feature = "addr2line")]
    symbols: Option<symbols::OfFrame>,
}

impl FrameInfo {
    /// The function's index in its module.
    pub fn func_index(&self) -> u32 {
        self.func
    }

    /// The module whose function it is.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The function's name in the name section of its module.
    pub fn func_name(&self) -> Option<&str> {
        self.module.func_name(self.func)
    }

    /// The offset in the module's bytes of the instruction being executed: the one that trapped in the
    /// innermost frame, a call in the others.
    ///
    /// `None` without [`Config::generate_address_map`](crate::Config::generate_address_map).
    pub fn module_offset(&self) -> Option<usize> {
        self.offset
    }

    /// The same offset, counted from the beginning of the function's body.
    pub fn func_offset(&self) -> Option<usize> {
        Some(self.offset? - self.module.func_body(self.func)?.start)
    }

    /// Names and lines of the source program, from debug information in the module: the innermost function first, then
    /// those that it is inlined into.
    ///
    /// None without [`Config::wasm_backtrace_details`](crate::Config::wasm_backtrace_details), without debug
    /// information, or if it is malformed. The debug information is read when the symbols of the first frame of a
    /// backtrace are asked for.
    pub fn symbols(&self) -> &[FrameSymbol] {
        #[cfg(feature = "addr2line")]
        if let Some(symbols) = &self.symbols {
            return symbols.get();
        }
        &[]
    }

    /// The instance whose function it is.
    #[cfg(feature = "coredump")]
    pub(crate) fn instance(&self) -> wasmote_interp::InstanceId {
        self.instance
    }

    fn write_name(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.func_name() {
            Some(name) => write!(f, "{}", Name(name)),
            None => write!(f, "<wasm function {}>", self.func),
        }
    }
}

impl fmt::Debug for FrameInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameInfo")
            .field("module", &self.module.name())
            .field("func_index", &self.func)
            .field("func_name", &self.func_name())
            .field("module_offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// How many frames a backtrace of this store keeps; `None` if there shall be no backtrace.
fn max_frames(store: &StoreOpaque) -> Option<usize> {
    store.engine().config().get_backtrace_max_frames().map(NonZeroUsize::get)
}

/// Adds the backtrace to an error that is about to leave a call, unless it has one already (from a
/// call further in) or there is none to add.
#[cold]
pub(crate) fn attach(store: &StoreOpaque, error: Error) -> Error {
    let Some(max) = max_frames(store) else {
        return error;
    };
    if error.downcast_ref::<WasmBacktrace>().is_some() {
        return error;
    }
    let backtrace = WasmBacktrace::of(store, max);
    if backtrace.frames.is_empty() { error } else { error.context(backtrace) }
}
