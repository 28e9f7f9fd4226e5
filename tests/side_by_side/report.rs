//! What a program sees: observations, each a label and a text of any number of lines.

use std::fmt::{Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmtime::{
    Config, Engine, Error, ExternType, GlobalType, Instance, MemoryType, Module, Store, TableType,
};

/// The observations of a program, in order. Labels are unique.
#[derive(Default)]
pub(crate) struct Report {
    seen: Vec<(String, String)>,
}

impl Report {
    /// Runs a program.
    pub(crate) fn of(program: fn(&mut Self)) -> Self {
        let mut report = Self::default();
        program(&mut report);
        report
    }

    /// Notes a value.
    pub(crate) fn see(&mut self, label: impl Display, value: impl Display) {
        let (label, value) = (label.to_string(), value.to_string());
        assert!(
            !label.contains('\n') && self.find(&label).is_none(),
            "the label {label:?} is no good"
        );
        self.seen.push((label, value.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")));
    }

    /// Notes a value, or the error in its place with all its causes.
    pub(crate) fn result<V: Display>(
        &mut self,
        label: impl Display,
        result: Result<V, impl Into<Error>>,
    ) {
        match result {
            Ok(value) => self.see(label, value),
            Err(error) => self.see(label, format!("{:?}", error.into())),
        }
    }

    /// Notes whether it went well.
    pub(crate) fn outcome<V>(&mut self, label: impl Display, result: Result<V, impl Into<Error>>) {
        self.result(label, result.map(|_| "ok"));
    }

    /// Notes the message with which `run` panics, or that it does not.
    pub(crate) fn panic<V>(&mut self, label: impl Display, run: impl FnOnce() -> V) {
        let message = match catch_unwind(AssertUnwindSafe(run)) {
            Ok(_) => "no panic".to_owned(),
            Err(payload) => match payload.downcast::<String>() {
                Ok(message) => *message,
                Err(payload) => {
                    payload.downcast_ref::<&str>().copied().unwrap_or("not a text").to_owned()
                }
            },
        };
        self.see(label, message);
    }

    /// A module of the text format; where it is refused, that is what is seen.
    pub(crate) fn module(
        &mut self,
        label: impl Display,
        engine: &Engine,
        text: &str,
    ) -> Option<Module> {
        let module = Module::new(engine, text);
        if module.is_err() {
            self.outcome(
                label,
                module.as_ref().map(|_| ()).map_err(|error| Error::msg(format!("{error:?}"))),
            );
        }
        module.ok()
    }

    /// The value of a label.
    pub(crate) fn find(&self, label: &str) -> Option<&str> {
        self.seen.iter().find(|(at, _)| at == label).map(|(_, value)| &**value)
    }

    /// How many observations there are.
    pub(crate) fn len(&self) -> usize {
        self.seen.len()
    }

    /// As the files have it: a line with the label, and the value's lines, indented.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (label, value) in &self.seen {
            writeln!(text, "{label}").expect("a string takes all");
            for line in value.lines() {
                writeln!(text, "{}", format!("    {line}").trim_end()).expect("a string takes all");
            }
        }
        text
    }
}

/// An engine with a configuration of its own.
pub(crate) fn engine(configure: impl FnOnce(&mut Config)) -> Engine {
    let mut config = Config::new();
    configure(&mut config);
    Engine::new(&config).expect("the configuration is possible")
}

/// A module of the text format.
pub(crate) fn module(engine: &Engine, text: &str) -> Module {
    Module::new(engine, text).expect("the module is valid")
}

/// A store of a default engine, and an instance of a module without imports.
pub(crate) fn instance(text: &str) -> (Store<()>, Instance) {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let instance =
        Instance::new(&mut store, &module(&engine, text), &[]).expect("the module starts");
    (store, instance)
}

/// The type of an item, in words that both engines share.
pub(crate) fn item(ty: &ExternType) -> String {
    match ty {
        ExternType::Func(ty) => ty.to_string(),
        ExternType::Global(ty) => global(ty),
        ExternType::Table(ty) => table(ty),
        ExternType::Memory(ty) => memory(ty),
        ExternType::Tag(ty) => format!("tag {}", ty.ty()),
    }
}

pub(crate) fn global(ty: &GlobalType) -> String {
    format!("global {:?} {}", ty.mutability(), ty.content())
}

pub(crate) fn table(ty: &TableType) -> String {
    format!("table of {}, {} to {:?}, 64 {}", ty.element(), ty.minimum(), ty.maximum(), ty.is_64())
}

pub(crate) fn memory(ty: &MemoryType) -> String {
    let (minimum, maximum) = (ty.minimum(), ty.maximum());
    let page = ty.page_size();
    assert_eq!(page, 1 << ty.page_size_log2());
    format!(
        "memory of {minimum} to {maximum:?}, pages of {page}, 64 {}, shared {}",
        ty.is_64(),
        ty.is_shared()
    )
}
