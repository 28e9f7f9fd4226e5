//! `wasmote inspect`.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use wasmote::{
    Engine, ExternType, FuncType, GlobalType, MemoryType, Mutability, Result, TableType,
};

use crate::input;
use crate::terminal::print;

/// Prints what a module asks of its host and offers to it, in the notation of the text format, and
/// its translated code if that is wanted.
pub(crate) fn run(file: &Path, code: bool) -> Result<ExitCode> {
    let engine = Engine::default();
    let module = input::module(&engine, file)?;
    let mut out = String::new();
    if let Some(name) = module.name() {
        writeln!(out, "(module ${})", name.escape_debug())?;
    }
    for import in module.imports() {
        let ty = extern_type(&import.ty());
        writeln!(out, "(import {:?} {:?} {ty})", import.module(), import.name())?;
    }
    for export in module.exports() {
        writeln!(out, "(export {:?} {})", export.name(), extern_type(&export.ty()))?;
    }
    if code {
        writeln!(out, "{}", module.disassemble()?.trim_end())?;
    }
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn extern_type(ty: &ExternType) -> String {
    match ty {
        ExternType::Func(ty) => func_type(ty),
        ExternType::Global(ty) => global_type(ty),
        ExternType::Table(ty) => table_type(ty),
        ExternType::Memory(ty) => memory_type(ty),
        ExternType::Tag(ty) => func_type(ty.ty()).replacen("(func", "(tag", 1),
    }
}

fn func_type(ty: &FuncType) -> String {
    let mut out = "(func".to_owned();
    for (word, mut types) in [
        ("param", ty.params().map(|t| t.to_string()).collect::<Vec<_>>()),
        ("result", ty.results().map(|t| t.to_string()).collect()),
    ] {
        if !types.is_empty() {
            types.insert(0, word.to_owned());
            out += &format!(" ({})", types.join(" "));
        }
    }
    out + ")"
}

fn global_type(ty: &GlobalType) -> String {
    match ty.mutability() {
        Mutability::Const => format!("(global {})", ty.content()),
        Mutability::Var => format!("(global (mut {}))", ty.content()),
    }
}

fn table_type(ty: &TableType) -> String {
    let index = if ty.is_64() { "i64 " } else { "" };
    format!("(table {index}{} {})", limits(ty.minimum(), ty.maximum()), ty.element())
}

fn memory_type(ty: &MemoryType) -> String {
    let index = if ty.is_64() { "i64 " } else { "" };
    let shared = if ty.is_shared() { " shared" } else { "" };
    format!("(memory {index}{}{shared})", limits(ty.minimum(), ty.maximum()))
}

fn limits(minimum: u64, maximum: Option<u64>) -> String {
    match maximum {
        Some(maximum) => format!("{minimum} {maximum}"),
        None => minimum.to_string(),
    }
}
