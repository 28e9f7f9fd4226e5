//! Random functions that call each other in tail position, in two instances and the host, beside the same
//! functions with ordinary calls that are followed by `return`.

use std::fmt::Write;

use crate::*;

struct Random(u32);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        (self.0 >> 16) % n
    }
    fn types(&mut self, most: u32) -> Vec<&'static str> {
        let kinds = if cfg!(feature = "simd") { 4 } else { 3 };
        (0..self.below(most + 1))
            .map(|_| ["i32", "i64", "f64", "v128"][self.below(kinds) as usize])
            .collect()
    }
}

/// Functions of each instance.
const FUNCS: usize = 4;
const PROGRAMS: u32 = if cfg!(debug_assertions) { 40 } else { 400 };
/// Calls before they come to an end.
const CALLS: i32 = 200;

/// A program: the result types that all functions have, and the parameter types of each; those of the
/// second instance come after those of the first, and the host's after these.
struct Program {
    results: Vec<&'static str>,
    params: Vec<Vec<&'static str>>,
}

impl Program {
    fn new(r: &mut Random) -> Program {
        let results = r.types(4);
        let mut params: Vec<_> = (0..2 * FUNCS).map(|_| r.types(9)).collect();
        params.push(vec!["i32", "i64"]);
        Program { results, params }
    }

    /// A value of a type, from parameters of a function and constants.
    fn value(&self, r: &mut Random, func: usize, ty: &str, depth: u32) -> String {
        let own = self.params[func].iter().enumerate();
        let fitting: Vec<_> = own.filter(|(_, p)| **p == ty).map(|(i, _)| i).collect();
        match r.below(4) {
            0 if depth < 2 => {
                let (a, b) =
                    (self.value(r, func, ty, depth + 1), self.value(r, func, ty, depth + 1));
                format!("({}.add {a} {b})", if ty == "v128" { "i64x2" } else { ty })
            }
            1 | 2 if !fitting.is_empty() => {
                format!("(local.get {})", fitting[r.below(fitting.len() as u32) as usize])
            }
            _ if ty == "v128" => format!("(v128.const i64x2 {} {})", r.below(100), r.below(100)),
            _ => format!("({ty}.const {})", r.below(100)),
        }
    }

    fn values(&self, r: &mut Random, func: usize, types: &[&str]) -> String {
        types.iter().map(|ty| self.value(r, func, ty, 0)).collect::<Vec<_>>().join(" ")
    }

    /// A call from one function to some other one, in tail position.
    fn tail_call(&self, r: &mut Random, from: usize) -> String {
        let to = match r.below(8) {
            0 => 2 * FUNCS,
            _ => r.below(2 * FUNCS as u32) as usize,
        };
        let args = self.values(r, from, &self.params[to]);
        let below = if r.below(3) == 0 { "(i32.const 5) " } else { "" };
        // Whatever is not in this instance can be called through the table only; except the host function.
        let direct = to / FUNCS == from / FUNCS || to == 2 * FUNCS;
        if direct && r.below(2) == 0 {
            format!("{below}{args} return_call $f{to}")
        } else {
            format!("{below}{args} (i32.const {to}) return_call_indirect (type $t{to})")
        }
    }

    /// One of the two modules.
    fn text(&self, r: &mut Random, instance: usize) -> String {
        let mut out = String::from("(module\n");
        let results = self.results.join(" ");
        for (i, params) in self.params.iter().enumerate() {
            let params = params.join(" ");
            let _ = writeln!(out, "(type $t{i} (func (param {params}) (result {results})))");
        }
        let _ = writeln!(
            out,
            "(import \"\" \"f\" (func $f{host} (type $t{host})))
            (import \"\" \"left\" (global $left (mut i32)))
            (import \"\" \"trace\" (global $trace (mut i64)))
            (import \"\" \"table\" (table {} funcref))",
            2 * FUNCS + 1,
            host = 2 * FUNCS
        );
        for i in FUNCS * instance..FUNCS * (instance + 1) {
            let locals = "i64 ".repeat(r.below(6) as usize);
            let _ = writeln!(
                out,
                "(elem (i32.const {i}) $f{i})\n(func $f{i} (type $t{i}) (local {locals})"
            );
            let _ = writeln!(
                out,
                "(global.set $trace (i64.add (i64.mul (global.get $trace) (i64.const 31)) (i64.const {i})))"
            );
            for (n, ty) in self.params[i].iter().enumerate() {
                let bits = match *ty {
                    "i32" => format!("(i64.extend_i32_u (local.get {n}))"),
                    "i64" => format!("(local.get {n})"),
                    "v128" => format!(
                        "(i64.sub (i64x2.extract_lane 0 (local.get {n}))
                            (i64x2.extract_lane 1 (local.get {n})))"
                    ),
                    _ => format!("(i64.reinterpret_f64 (local.get {n}))"),
                };
                let _ = writeln!(
                    out,
                    "(global.set $trace (i64.add (i64.mul (global.get $trace) (i64.const 31)) {bits}))"
                );
            }
            let end = self.values(r, i, &self.results);
            let _ = writeln!(
                out,
                "(global.set $left (i32.sub (global.get $left) (i32.const 1)))
                (if (i32.le_s (global.get $left) (i32.const 0)) (then {end} return))"
            );
            if r.below(3) == 0 {
                // A call that is returned to, so that there are frames between frames.
                let callee = FUNCS * instance + r.below(FUNCS as u32) as usize;
                let args = self.values(r, i, &self.params[callee]);
                let drops = "drop ".repeat(self.results.len());
                let _ = writeln!(
                    out,
                    "(if (i32.eqz (i32.and (global.get $left) (i32.const 3)))
                        (then {args} (call $f{callee}) {drops}))"
                );
            }
            for bit in [16, 8] {
                let call = self.tail_call(r, i);
                let _ = writeln!(
                    out,
                    "(if (i32.and (global.get $left) (i32.const {bit})) (then {call}))"
                );
            }
            let _ = writeln!(out, "{})", self.tail_call(r, i));
        }
        let args: String = self.params[FUNCS * instance]
            .iter()
            .map(|ty| format!("({ty}.const {}) ", if *ty == "v128" { "i64x2 3 4" } else { "3" }))
            .collect();
        let _ = writeln!(
            out,
            "(func (export \"run\") (result {results}) {args} (call $f{}))\n)",
            FUNCS * instance
        );
        out
    }
}

/// What a run leaves to see.
type Seen = (Vec<String>, i32, i64);

fn run(program: &Program, modules: &[Module; 2], first: usize) -> Result<Seen> {
    let engine = modules[0].engine();
    let mut store = Store::new(engine, ());
    let _ = store.set_fuel(u64::MAX);
    store.set_epoch_deadline(u64::MAX);
    let mut linker = Linker::new(engine);
    let left =
        Global::new(&mut store, GlobalType::new(ValType::I32, Mutability::Var), Val::I32(CALLS))?;
    linker.define(&store, "", "left", left)?;
    let trace =
        Global::new(&mut store, GlobalType::new(ValType::I64, Mutability::Var), Val::I64(1))?;
    linker.define(&store, "", "trace", trace)?;
    let val_type = |ty: &&'static str| match *ty {
        "i32" => ValType::I32,
        "i64" => ValType::I64,
        "v128" => ValType::V128,
        _ => ValType::F64,
    };
    let results: Vec<_> = program.results.iter().map(val_type).collect();
    let ty = FuncType::new(engine, [ValType::I32, ValType::I64], results.clone());
    let host = Func::new(&mut store, ty, move |_, params, out| {
        let sum = i64::from(params[0].unwrap_i32()).wrapping_add(params[1].unwrap_i64());
        for (out, ty) in out.iter_mut().zip(&results) {
            *out = match ty {
                ValType::I32 => Val::I32(sum as i32),
                ValType::I64 => Val::I64(sum),
                ValType::V128 => Val::V128((sum as u128).into()),
                _ => Val::F64((sum as f64).to_bits()),
            };
        }
        Ok(())
    });
    linker.define(&store, "", "f", host)?;
    let table = crate::table(&mut store, 2 * FUNCS as u32 + 1, None);
    table.set(&mut store, 2 * FUNCS as u64, host.into())?;
    linker.define(&store, "", "table", table)?;
    let instances = [0, 1].map(|i| linker.instantiate(&mut store, &modules[i]).unwrap());
    let f = instances[first].get_func(&mut store, "run").expect("an export");
    let mut found = vec![Val::I32(0); program.results.len()];
    f.call(&mut store, &[], &mut found)?;
    let found = found.iter().map(|value| format!("{value:?}")).collect();
    let (left, trace) = (left.get(&mut store).unwrap_i32(), trace.get(&mut store).unwrap_i64());
    Ok((found, left, trace))
}

#[test]
fn tail_calls_are_calls_and_returns() {
    let mut configs = vec![Config::new(), Config::new()];
    configs[1].compilation_mode(CompilationMode::Lazy);
    if cfg!(feature = "metering") {
        configs.push(Config::new().consume_fuel(true).epoch_interruption(true).clone());
    }
    let engines = configs.iter().map(|config| Engine::new(config).unwrap()).collect::<Vec<_>>();
    let mut long = 0;
    for seed in 0..PROGRAMS {
        let mut r = Random(seed.wrapping_mul(0x9e37_79b9));
        let program = Program::new(&mut r);
        let tail = [0, 1].map(|instance| program.text(&mut r, instance));
        // `(x return_call f)` to `(x call f return)`: what is named comes after it, to the end of the line or form.
        let plain = tail.each_ref().map(|text| without_tail_calls(text));
        let compile =
            |engine, texts: &[String; 2]| texts.each_ref().map(|text| module(engine, text));
        let plain = compile(&engines[0], &plain);
        let tails: Vec<_> = engines.iter().map(|engine| compile(engine, &tail)).collect();
        for first in [0, 1] {
            let expected = run(&program, &plain, first).unwrap();
            for tail_calls in &tails {
                let found = run(&program, tail_calls, first).unwrap();
                assert_eq!(found, expected, "seed {seed}, {first}\n{}\n{}", tail[0], tail[1]);
            }
            long += usize::from(expected.1 <= CALLS / 2);
        }
    }
    assert!(long > PROGRAMS as usize / 2, "{long} runs of many calls");
}

/// The same with ordinary calls, each of which is followed by `return`.
fn without_tail_calls(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("return_call") {
        out.push_str(&rest[..at]);
        rest = &rest[at + "return_".len()..];
        // `call $f1` or `call_indirect (type $t1)`
        let name = rest.find('$').expect("a name");
        let len = rest[name + 1..].find(|c: char| !c.is_ascii_alphanumeric()).expect("more");
        let mut end = name + 1 + len;
        end += usize::from(rest.starts_with("call_indirect"));
        let _ = write!(out, "{} return", &rest[..end]);
        rest = &rest[end..];
    }
    out + rest
}
