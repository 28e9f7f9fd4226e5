//! `GuestProfiler`: where a guest spends its time, for the Firefox profiler.

use std::string::{String, ToString};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use std::vec::Vec;

use fxprof_processed_profile::{
    CategoryHandle, Frame, FrameFlags, FrameInfo, LibraryHandle, LibraryInfo, MarkerLocations,
    MarkerTiming, ProcessHandle, Profile, StackHandle, StaticSchemaMarker, StaticSchemaMarkerField,
    StringHandle, Symbol, SymbolTable, ThreadHandle, Timestamp, debugid::DebugId,
};
use hashbrown::HashMap;

use crate::store::StoreOpaque;
use crate::symbols::Name;
use crate::{AsContext, CallHook, Engine, Module, Result};

/// Collects where guests are from time to time, for a profile that <https://profiler.firefox.com> shows.
///
/// It takes a sample whenever [`GuestProfiler::sample`] is called while a guest is on the stack. The usual place for that
/// is the callback of [`Store::epoch_deadline_callback`](crate::Store::epoch_deadline_callback), with a thread that
/// [increments the epoch](Engine::increment_epoch) at a steady rate. Guests look at the epoch when a function or an
/// iteration of a loop begins, so samples are taken there, and never in the middle of a host function.
///
/// A profile has names and places of those modules only that were given to [`GuestProfiler::new`], and nothing of the
/// host.
///
/// # Examples
/// ```
/// # fn main() -> wasmote::Result<()> {
/// use std::time::Duration;
/// use wasmote::{Caller, Engine, Func, GuestProfiler, Instance, Module, Store};
///
/// let engine = Engine::default();
/// let module = Module::new(
///     &engine,
///     r#"(module (import "" "sample" (func $sample)) (func $work (export "work") (call $sample)))"#,
/// )?;
/// let interval = Duration::from_millis(1);
/// let profiler = GuestProfiler::new(&engine, "guest", interval, [("guest".into(), module.clone())])?;
/// let mut store = Store::new(&engine, Some(profiler));
/// let sample = Func::wrap(&mut store, |mut caller: Caller<'_, Option<GuestProfiler>>| {
///     let mut profiler = caller.data_mut().take().unwrap();
///     profiler.sample(&caller, Duration::ZERO);
///     *caller.data_mut() = Some(profiler);
/// });
/// let instance = Instance::new(&mut store, &module, &[sample.into()])?;
/// instance.get_typed_func::<(), ()>(&mut store, "work")?.call(&mut store, ())?;
///
/// let mut json = Vec::new(); // or a file
/// store.data_mut().take().unwrap().finish(&mut json)?;
/// assert!(String::from_utf8(json).unwrap().contains("work"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct GuestProfiler {
    profile: Profile,
    /// By the identity of the module.
    modules: HashMap<u64, LibraryHandle>,
    process: ProcessHandle,
    thread: ThreadHandle,
    start: Instant,
    marker: CallMarker,
}

impl GuestProfiler {
    /// Begins a profile, which starts now.
    ///
    /// It is called `module_name`. `interval` is how often samples will be taken, roughly. Frames of other modules than
    /// `modules`, which are given with the names that the profile shows, are left out.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// If a module is of another engine.
    pub fn new(
        engine: &Engine,
        module_name: &str,
        interval: Duration,
        modules: impl IntoIterator<Item = (String, Module)>,
    ) -> Result<Self> {
        let mut profile = Profile::new(module_name, SystemTime::now().into(), interval.into());
        let library = |(name, module): (String, Module)| {
            assert!(Engine::same(module.engine(), engine), "a module of another engine");
            (module.id(), profile.add_lib(library(name, &module)))
        };
        let modules = modules.into_iter().map(library).collect();
        let begin = Timestamp::from_nanos_since_reference(0);
        let process = profile.add_process(module_name, 0, begin);
        let thread = profile.add_thread(process, 0, begin, true);
        let marker = CallMarker(profile.intern_string(CallMarker::UNIQUE_MARKER_TYPE_NAME));
        Ok(GuestProfiler { profile, modules, process, thread, start: Instant::now(), marker })
    }

    /// Takes a sample of the calls in progress in a store.
    ///
    /// `delta` is how much time of the processor the guest has taken since the last sample; [`Duration::ZERO`] if that is
    /// of no interest.
    pub fn sample(&mut self, store: impl AsContext, delta: Duration) {
        let now = self.now();
        let stack = self.stack(&store.as_context().0.opaque);
        self.profile.add_sample(self.thread, now, stack, delta.into(), 1);
    }

    /// Marks in the profile when host functions run; to be called by the hook of `Store::call_hook`.
    pub fn call_hook(&mut self, store: impl AsContext, kind: CallHook) {
        let now = self.now();
        match kind {
            CallHook::CallingWasm | CallHook::ReturningFromWasm => {}
            CallHook::CallingHost => {
                let timing = MarkerTiming::IntervalStart(now);
                let marker = self.profile.add_marker(self.thread, timing, self.marker);
                let stack = self.stack(&store.as_context().0.opaque);
                self.profile.set_marker_stack(self.thread, marker, stack);
            }
            CallHook::ReturningFromHost => {
                let timing = MarkerTiming::IntervalEnd(now);
                self.profile.add_marker(self.thread, timing, self.marker);
            }
        }
    }

    /// Writes the profile, in the JSON format that the Firefox profiler calls *processed*.
    ///
    /// # Errors
    /// Those of `output`.
    pub fn finish(mut self, output: impl std::io::Write) -> Result<()> {
        let now = self.now();
        self.profile.set_thread_end_time(self.thread, now);
        self.profile.set_process_end_time(self.process, now);
        Ok(serde_json::to_writer(output, &self.profile)?)
    }

    fn now(&self) -> Timestamp {
        let nanos = u64::try_from(self.start.elapsed().as_nanos());
        Timestamp::from_nanos_since_reference(nanos.unwrap_or(u64::MAX))
    }

    /// The frames in progress, as far as they are of modules that are profiled.
    fn stack(&mut self, store: &StoreOpaque) -> Option<StackHandle> {
        let mut frames: Vec<FrameInfo> = Vec::new();
        for frame in store.machine.frames() {
            let module = store.module(frame.instance);
            let Some(library) = self.modules.get(&module.id()) else {
                continue;
            };
            let start = || module.func_body(frame.func).map_or(0, |body| body.start as u32);
            let address = frame.offset.unwrap_or_else(start);
            frames.push(FrameInfo {
                frame: Frame::RelativeAddressFromInstructionPointer(*library, address),
                category_pair: CategoryHandle::OTHER.into(),
                flags: FrameFlags::empty(),
            });
        }
        // The outermost goes first.
        self.profile.intern_stack_frames(self.thread, frames.into_iter().rev())
    }
}

/// A module as a library, whose addresses are offsets in the module's bytes.
fn library(name: String, module: &Module) -> LibraryInfo {
    let symbols = module.functions().map(|function| Symbol {
        address: function.offset as u32,
        size: Some(function.len as u32),
        name: match function.name {
            Some(name) => Name(&name).to_string(),
            None => std::format!("<wasm function {}>", function.index.as_u32()),
        },
    });
    LibraryInfo {
        name,
        debug_name: String::new(),
        path: String::new(),
        debug_path: String::new(),
        debug_id: DebugId::nil(),
        code_id: None,
        arch: None,
        symbol_table: Some(Arc::new(SymbolTable::new(symbols.collect()))),
    }
}

/// A call of a host function.
#[derive(Debug, Clone, Copy)]
struct CallMarker(StringHandle);

impl StaticSchemaMarker for CallMarker {
    const UNIQUE_MARKER_TYPE_NAME: &'static str = "hostcall";
    const FIELDS: &'static [StaticSchemaMarkerField] = &[];
    const LOCATIONS: MarkerLocations = MarkerLocations::MARKER_CHART
        .union(MarkerLocations::MARKER_TABLE)
        .union(MarkerLocations::TIMELINE_OVERVIEW);

    fn name(&self, _profile: &mut Profile) -> StringHandle {
        self.0
    }

    fn category(&self, _profile: &mut Profile) -> CategoryHandle {
        CategoryHandle::OTHER
    }

    fn string_field_value(&self, _field_index: u32) -> StringHandle {
        unreachable!("there are no fields")
    }

    fn number_field_value(&self, _field_index: u32) -> f64 {
        unreachable!("there are no fields")
    }
}
