//! The state of a running script, and what each directive does to it.

use std::collections::HashMap;

use wasmote::{
    Engine, Error, Extern, Instance, Linker, Module, Result, Store, ThrownException, Trap, Val,
    bail, ensure, format_err,
};
use wast::token::Id;
use wast::{QuoteWat, WastDirective, WastExecute, WastInvoke, Wat};

use crate::runner::Output;
use crate::{spectest, values};

/// What became of a directive that did not fail.
pub(crate) enum Outcome {
    Passed,
    Skipped,
}

/// What a call came to: its results, or why it ended early.
type Called = core::result::Result<Vec<Val>, Error>;

/// A script while it runs.
pub(crate) struct Script {
    engine: Engine,
    store: Store<()>,
    /// `spectest` and the instances registered so far.
    linker: Linker<()>,
    /// Modules by their identifier, for `(module instance ..)`.
    modules: HashMap<String, Module>,
    /// The module that was defined last.
    last_module: Option<Module>,
    /// Instances by the identifier of their module.
    instances: HashMap<String, Instance>,
    /// The instance that was made last, which is meant where no identifier is given.
    current: Option<Instance>,
}

impl Script {
    pub(crate) fn new(engine: &Engine, output: Option<Output>) -> Result<Script> {
        let mut store = Store::new(engine, ());
        // As much as there can be, if the engine meters at all.
        let _ = store.set_fuel(u64::MAX);
        store.set_epoch_deadline(u64::MAX);
        let mut linker = Linker::new(engine);
        // A script may register a name again, which then means the new instance.
        linker.allow_shadowing(true);
        spectest::define(&mut linker, &mut store, output)?;
        Ok(Script {
            engine: engine.clone(),
            store,
            linker,
            modules: HashMap::new(),
            last_module: None,
            instances: HashMap::new(),
            current: None,
        })
    }

    /// Runs one directive.
    pub(crate) fn run(&mut self, directive: WastDirective<'_>) -> Result<Outcome> {
        match directive {
            WastDirective::Module(wat) => {
                if is_component(&wat) {
                    return Ok(Outcome::Skipped);
                }
                // Whatever happens, the previous instance is not meant any more.
                self.current = None;
                let name = wat.name();
                let module = self.define(name, wat)?;
                self.instantiate(name, &module)?;
            }
            WastDirective::ModuleDefinition(wat) => {
                if is_component(&wat) {
                    return Ok(Outcome::Skipped);
                }
                self.define(wat.name(), wat)?;
            }
            WastDirective::ModuleInstance { instance, module, .. } => {
                self.current = None;
                let module = match module {
                    Some(id) => self.modules.get(id.name()),
                    None => self.last_module.as_ref(),
                };
                let module = module.ok_or_else(|| format_err!("no such module"))?.clone();
                self.instantiate(instance, &module)?;
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.instance(module)?;
                self.linker.instance(&mut self.store, name, instance)?;
            }
            WastDirective::Invoke(invoke) => {
                self.invoke(invoke)?.map_err(|e| e.context("the call failed"))?;
            }
            WastDirective::AssertReturn { exec, results, .. } => {
                let found = self.execute(exec)?.map_err(|e| e.context("the call failed"))?;
                values::check(&mut self.store, &found, &results)?;
            }
            WastDirective::AssertTrap { exec: WastExecute::Wat(Wat::Component(_)), .. }
            | WastDirective::AssertUnlinkable { module: Wat::Component(_), .. }
            | WastDirective::Thread(_)
            | WastDirective::Wait { .. } => return Ok(Outcome::Skipped),
            WastDirective::AssertTrap { exec, message, .. } => {
                expect_trap(self.execute(exec)?, message)?;
            }
            WastDirective::AssertExhaustion { call, message, .. } => {
                expect_trap(self.invoke(call)?, message)?;
            }
            WastDirective::AssertException { exec, .. } => match self.execute(exec)? {
                Ok(results) => bail!("expected an exception, got {}", self.show(&results)),
                Err(error) if error.is::<ThrownException>() => {}
                Err(error) => bail!("expected an exception, got {error:#}"),
            },
            WastDirective::AssertSuspension { message, .. } => {
                bail!("expected a suspension (`{message}`), which no engine of this version does")
            }
            WastDirective::AssertUnlinkable { module, message, .. } => {
                let module = self.compile(QuoteWat::Wat(module))?;
                self.expect_no_link(&module, message)?;
            }
            WastDirective::AssertInvalid { module, message, .. }
            | WastDirective::AssertMalformed { module, message, .. }
            | WastDirective::AssertInvalidCustom { module, message, .. }
            | WastDirective::AssertMalformedCustom { module, message, .. } => {
                if is_component(&module) {
                    return Ok(Outcome::Skipped);
                }
                if self.validate(module).is_ok() {
                    bail!("expected the module to be refused (`{message}`), but it was accepted");
                }
            }
        }
        Ok(Outcome::Passed)
    }

    fn expect_no_link(&mut self, module: &Module, message: &str) -> Result<()> {
        let Err(error) = self.linker.instantiate(&mut self.store, module) else {
            bail!("expected the link error `{message}`, but the module links")
        };
        ensure!(!error.is::<Trap>(), "expected a link error, got {error:#}");
        let text = format!("{error:#}");
        ensure!(text.contains(message), "expected `{message}`, got `{text}`");
        Ok(())
    }

    fn show(&mut self, vals: &[Val]) -> String {
        let vals: Vec<_> = vals.iter().map(|val| values::show(&mut self.store, val)).collect();
        format!("[{}]", vals.join(", "))
    }

    /// Text or bytes to a module.
    fn compile(&self, mut wat: QuoteWat<'_>) -> Result<Module> {
        let bytes = wat.encode().map_err(|error| format_err!("{}", error.message()))?;
        Module::from_binary(&self.engine, &bytes)
    }

    /// Whether a module is valid, also where the engine would find that out later.
    fn validate(&self, mut wat: QuoteWat<'_>) -> Result<()> {
        let bytes = wat.encode().map_err(|error| format_err!("{}", error.message()))?;
        Module::from_binary(&self.engine, &bytes)?;
        Module::validate(&self.engine, &bytes)
    }

    fn define(&mut self, name: Option<Id<'_>>, wat: QuoteWat<'_>) -> Result<Module> {
        let module = self.compile(wat)?;
        if let Some(id) = name {
            self.modules.insert(id.name().to_owned(), module.clone());
        }
        self.last_module = Some(module.clone());
        Ok(module)
    }

    fn instantiate(&mut self, name: Option<Id<'_>>, module: &Module) -> Result<()> {
        let instance = self.linker.instantiate(&mut self.store, module)?;
        if let Some(id) = name {
            self.instances.insert(id.name().to_owned(), instance);
        }
        self.current = Some(instance);
        Ok(())
    }

    fn instance(&self, id: Option<Id<'_>>) -> Result<Instance> {
        match id {
            Some(id) => self
                .instances
                .get(id.name())
                .copied()
                .ok_or_else(|| format_err!("no instance `${}`", id.name())),
            None => self.current.ok_or_else(|| format_err!("no current instance")),
        }
    }

    fn export(&mut self, module: Option<Id<'_>>, name: &str) -> Result<Extern> {
        self.instance(module)?
            .get_export(&mut self.store, name)
            .ok_or_else(|| format_err!("no export `{name}`"))
    }

    /// Performs an action. The outer error means that the script is wrong (there is no such export,
    /// the module does not compile), the inner one is the action's own.
    fn execute(&mut self, exec: WastExecute<'_>) -> Result<Called> {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(invoke),
            WastExecute::Wat(wat) => {
                let module = self.compile(QuoteWat::Wat(wat))?;
                Ok(self.linker.instantiate(&mut self.store, &module).map(|_| Vec::new()))
            }
            WastExecute::Get { module, global, .. } => match self.export(module, global)? {
                Extern::Global(found) => Ok(Ok(vec![found.get(&mut self.store)])),
                _ => bail!("export `{global}` is not a global"),
            },
        }
    }

    fn invoke(&mut self, invoke: WastInvoke<'_>) -> Result<Called> {
        let func = match self.export(invoke.module, invoke.name)? {
            Extern::Func(func) => func,
            _ => bail!("export `{}` is not a function", invoke.name),
        };
        let args = invoke
            .args
            .iter()
            .map(|arg| values::argument(&mut self.store, arg))
            .collect::<Result<Vec<_>>>()?;
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        Ok(func.call(&mut self.store, &args, &mut results).map(|()| results))
    }
}

fn is_component(wat: &QuoteWat<'_>) -> bool {
    matches!(wat, QuoteWat::Wat(Wat::Component(_)) | QuoteWat::QuoteComponent(..))
}

/// The action must have ended in a trap with this text.
fn expect_trap(called: Called, message: &str) -> Result<()> {
    let error = match called {
        Ok(_) => bail!("expected the trap `{message}`, but nothing trapped"),
        Err(error) => error,
    };
    let Some(trap) = error.downcast_ref::<Trap>() else {
        bail!("expected the trap `{message}`, got the error `{error:#}`");
    };
    // The trap itself has the text: an error's context may hold any name of the module.
    let text = trap.to_string();
    let expected = match message {
        "expected shared memory" => "atomic wait on non-shared memory",
        // Which kind of reference it is, traps do not say.
        _ if message.starts_with("null ") && message.ends_with(" reference") => "null reference",
        _ => without_index(message),
    };
    ensure!(text.contains(expected), "expected the trap `{message}`, got `{text}`");
    Ok(())
}

/// `uninitialized element 2` names the element; traps do not.
fn without_index(message: &str) -> &str {
    match message.rsplit_once(' ') {
        Some((text, index)) if index.bytes().all(|b| b.is_ascii_digit()) => text,
        _ => message,
    }
}
