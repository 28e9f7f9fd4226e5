//! `wasmote run`.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use wasmote::{
    Engine, Error, Func, Linker, Module, Result, Store, Val, ValType, bail, ensure, format_err,
};

use crate::terminal::{complain, print};
use crate::{input, one_line};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module, binary (.wasm) or text (.wat)
    file: PathBuf,
    /// The exported function to call
    #[arg(long, value_name = "NAME")]
    invoke: Option<String>,
    /// Arguments of the function
    #[arg(requires = "invoke", allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Instantiates the module, calls the function and prints the results.
pub(crate) fn run(options: &Args) -> Result<ExitCode> {
    let engine = Engine::default();
    let module = input::module(&engine, &options.file)?;
    let linker = Linker::<()>::new(&engine);
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &module)?;

    // A reactor is ready after `_initialize`.
    if let Some(initialize) = instance.get_func(&mut store, "_initialize") {
        initialize.typed::<(), ()>(&store)?.call(&mut store, ())?;
    }
    let Some(name) = &options.invoke else {
        let default =
            instance.get_func(&mut store, "").or_else(|| instance.get_func(&mut store, "_start"));
        match default {
            Some(func) => call(&mut store, func, "_start", &[])?,
            None => suggest(&module),
        }
        return Ok(ExitCode::SUCCESS);
    };
    let func = instance
        .get_func(&mut store, name)
        .ok_or_else(|| format_err!("{} exports no function `{name}`", options.file.display()))?;
    call(&mut store, func, name, &options.args)?;
    Ok(ExitCode::SUCCESS)
}

/// Tells someone who gave no function what there is to call.
fn suggest(module: &Module) {
    let funcs = module.exports().filter(|export| export.ty().func().is_some());
    let names: Vec<_> = funcs.map(|export| one_line(export.name())).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        complain(&format!("note: there is no `_start`; call an export with --invoke: {names}"));
    }
}

fn call(store: &mut Store<()>, func: Func, name: &str, args: &[String]) -> Result<()> {
    let ty = func.ty(&*store);
    let expected = ty.params().len();
    ensure!(
        args.len() == expected,
        "`{name}` takes {expected} argument{}, got {}",
        if expected == 1 { "" } else { "s" },
        args.len()
    );
    let args = ty
        .params()
        .zip(args)
        .enumerate()
        .map(|(i, (ty, text))| {
            parse(&ty, text).map_err(|e| e.context(format!("argument {} of `{name}`", i + 1)))
        })
        .collect::<Result<Vec<_>>>()?;
    let mut results = vec![Val::I32(0); ty.results().len()];
    func.call(store, &args, &mut results)?;

    let mut out = String::new();
    for val in &results {
        match val {
            Val::I32(n) => writeln!(out, "{n}"),
            Val::I64(n) => writeln!(out, "{n}"),
            Val::F32(bits) => writeln!(out, "{}", f32::from_bits(*bits)),
            Val::F64(bits) => writeln!(out, "{}", f64::from_bits(*bits)),
            Val::V128(v) => writeln!(out, "{:#034x}", u128::from(*v)),
            Val::FuncRef(Some(_)) => writeln!(out, "funcref"),
            Val::ExternRef(Some(_)) => writeln!(out, "externref"),
            Val::AnyRef(Some(_)) => writeln!(out, "anyref"),
            Val::ExnRef(Some(_)) => writeln!(out, "exnref"),
            Val::FuncRef(None)
            | Val::ExternRef(None)
            | Val::AnyRef(None)
            | Val::ExnRef(None)
            | Val::ContRef(_) => writeln!(out, "null"),
        }?;
    }
    print(&out)
}

/// A value of type `ty` from the text of an argument.
fn parse(ty: &ValType, text: &str) -> Result<Val> {
    let wrong = || -> Error { format_err!("`{text}` is no value of type {ty}") };
    Ok(match ty {
        // Both readings of the bits are welcome.
        ValType::I32 => {
            let n = integer(text).ok_or_else(wrong)?;
            let n = i32::try_from(n).or_else(|_| u32::try_from(n).map(|n| n as i32));
            Val::I32(n.map_err(|_| wrong())?)
        }
        ValType::I64 => {
            let n = integer(text).ok_or_else(wrong)?;
            let n = i64::try_from(n).or_else(|_| u64::try_from(n).map(|n| n as i64));
            Val::I64(n.map_err(|_| wrong())?)
        }
        ValType::F32 => Val::F32(text.parse::<f32>().map_err(|_| wrong())?.to_bits()),
        ValType::F64 => Val::F64(text.parse::<f64>().map_err(|_| wrong())?.to_bits()),
        ValType::V128 => {
            let n = match text.strip_prefix("0x") {
                Some(digits) => u128::from_str_radix(digits, 16),
                None => text.parse(),
            };
            Val::V128(n.map_err(|_| wrong())?.into())
        }
        ValType::Ref(_) if text != "null" => return Err(wrong()),
        ValType::Ref(ty) if !ty.is_nullable() => bail!("there is no null of type {ty}"),
        ValType::Ref(ty) => Val::null_ref(ty.heap_type()),
    })
}

/// Decimal or `0x` hexadecimal, with a sign if need be.
fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = match digits.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    let magnitude = i128::from(magnitude.ok()?);
    // A second sign is none of a number.
    if digits.contains(['+', '-']) {
        return None;
    }
    Some(if negative { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn i32_of(text: &str) -> Option<i32> {
        parse(&ValType::I32, text).ok().and_then(|val| val.i32())
    }

    #[test]
    fn integers_are_read_signed_and_unsigned() {
        assert_eq!(i32_of("42"), Some(42));
        assert_eq!(i32_of("-1"), Some(-1));
        assert_eq!(i32_of("+7"), Some(7));
        assert_eq!(i32_of("0xff"), Some(255));
        assert_eq!(i32_of("-0x80000000"), Some(i32::MIN));
        assert_eq!(i32_of("4294967295"), Some(-1));
    }

    #[test]
    fn integers_out_of_range_are_refused() {
        for text in ["4294967296", "-2147483649", "", "-", "--1", "-+1", "0x-1", "1.5", "ten"] {
            assert_eq!(i32_of(text), None, "{text}");
        }
        let largest = parse(&ValType::I64, "18446744073709551615").ok().and_then(|val| val.i64());
        assert_eq!(largest, Some(-1));
        assert!(parse(&ValType::I64, "18446744073709551616").is_err());
    }

    #[test]
    fn floats_and_references_are_read_by_their_types() {
        let float = |text| parse(&ValType::F64, text).ok().and_then(|val| val.f64());
        assert_eq!(float("1.5"), Some(1.5));
        assert_eq!(float("-inf"), Some(f64::NEG_INFINITY));
        assert!(float("nan").is_some_and(f64::is_nan));
        assert_eq!(float("one"), None);
        assert!(matches!(parse(&ValType::EXTERNREF, "null"), Ok(Val::ExternRef(None))));
        assert!(matches!(parse(&ValType::FUNCREF, "null"), Ok(Val::FuncRef(None))));
        let error = parse(&ValType::FUNCREF, "1").unwrap_err();
        assert_eq!(error.to_string(), "`1` is no value of type (ref null func)");
    }
}
