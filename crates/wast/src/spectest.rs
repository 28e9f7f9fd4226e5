//! The host module `spectest` that the suite's modules import.

use wasmote::{
    Global, GlobalType, Linker, Memory, MemoryType, Mutability, Ref, RefType, Result, SharedMemory,
    Store, Table, TableType, Val, ValType,
};

use crate::runner::Output;

/// Defines `spectest` as the reference interpreter has it.
pub(crate) fn define(
    linker: &mut Linker<()>,
    store: &mut Store<()>,
    output: Option<Output>,
) -> Result<()> {
    // Each function prints its arguments as one line.
    let print = move |line: &str| {
        if let Some(output) = &output {
            output(line);
        }
    };
    let p = print.clone();
    linker.func_wrap("spectest", "print", move || p(""))?;
    let p = print.clone();
    linker.func_wrap("spectest", "print_i32", move |a: i32| p(&format!("{a} : i32")))?;
    let p = print.clone();
    linker.func_wrap("spectest", "print_i64", move |a: i64| p(&format!("{a} : i64")))?;
    let p = print.clone();
    linker.func_wrap("spectest", "print_f32", move |a: f32| p(&format!("{a} : f32")))?;
    let p = print.clone();
    linker.func_wrap("spectest", "print_f64", move |a: f64| p(&format!("{a} : f64")))?;
    let p = print.clone();
    linker.func_wrap("spectest", "print_i32_f32", move |a: i32, b: f32| {
        p(&format!("{a} : i32, {b} : f32"));
    })?;
    linker.func_wrap("spectest", "print_f64_f64", move |a: f64, b: f64| {
        print(&format!("{a} : f64, {b} : f64"));
    })?;

    for (name, ty, value) in [
        ("global_i32", ValType::I32, Val::I32(666)),
        ("global_i64", ValType::I64, Val::I64(666)),
        ("global_f32", ValType::F32, Val::F32(666.6f32.to_bits())),
        ("global_f64", ValType::F64, Val::F64(666.6f64.to_bits())),
    ] {
        let global = Global::new(&mut *store, GlobalType::new(ty, Mutability::Const), value)?;
        linker.define(&mut *store, "spectest", name, global)?;
    }

    let ty = TableType::new(RefType::FUNCREF, 10, Some(20));
    let table = Table::new(&mut *store, ty, Ref::Func(None))?;
    linker.define(&mut *store, "spectest", "table", table)?;

    let memory = Memory::new(&mut *store, MemoryType::new(1, Some(2)))?;
    linker.define(&mut *store, "spectest", "memory", memory)?;
    // There is none where shared memories are switched off.
    if let Ok(memory) = SharedMemory::new(store.engine(), MemoryType::shared(1, 2)) {
        linker.define(&mut *store, "spectest", "shared_memory", memory)?;
    }
    Ok(())
}
