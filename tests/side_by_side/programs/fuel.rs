//! What guests consume of fuel: each kind of instruction, bulk operations by size, what instantiation runs.

use wasmtime::*;

use crate::report::{Report, engine};

/// The body of an export "f" of no parameters, with what else the module has.
const BODIES: &[(&str, &str)] = &[
    ("nothing", ""),
    ("nop", "nop nop nop"),
    ("unreachable", "unreachable"),
    ("unreachable behind others", "(drop (i32.const 1)) nop unreachable"),
    (
        "constants",
        "(drop (i32.const 1)) (drop (i64.const 1)) (drop (f32.const 1)) (drop (f64.const 1))",
    ),
    ("a vector", "(drop (i8x16.add (v128.const i64x2 1 2) (v128.const i64x2 3 4)))"),
    ("arithmetic", "(drop (i32.mul (i32.add (i32.const 1) (i32.const 2)) (i32.const 3)))"),
    ("floats", "(drop (f64.sqrt (f64.div (f64.const 1) (f64.const 2))))"),
    ("conversions", "(drop (i64.extend_i32_u (i32.wrap_i64 (i64.const 1))))"),
    (
        "wide arithmetic",
        "(i64.add128 (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)) (drop) (drop)",
    ),
    ("locals", "(local i32) (local.set 0 (i32.const 1)) (drop (local.tee 0 (local.get 0)))"),
    ("many locals", "(local i32 i64 f32 f64 v128 funcref externref)"),
    ("globals", "(global.set $g (i32.add (global.get $g) (i32.const 1)))"),
    ("select", "(drop (select (i32.const 1) (i32.const 2) (i32.const 0)))"),
    (
        "select with a type",
        "(drop (select (result funcref) (ref.null func) (ref.null func) (i32.const 0)))",
    ),
    ("return", "return"),
    ("return within blocks", "(block (block return))"),
    ("a block", "(block)"),
    ("a block with a result", "(drop (block (result i32) (i32.const 1)))"),
    ("a loop", "(loop)"),
    ("if, taken", "(if (i32.const 1) (then nop))"),
    ("if, not taken", "(if (i32.const 0) (then nop))"),
    ("if, taken, with else", "(if (i32.const 1) (then (drop (i32.const 1))) (else nop))"),
    (
        "if, not taken, with else",
        "(if (i32.const 0) (then (drop (i32.const 1))) (else (drop (i32.const 1)) (drop (i32.const 1))))",
    ),
    ("br", "(block (br 0) (drop (i32.const 1)))"),
    ("br_if, taken", "(block (br_if 0 (i32.const 1)) (drop (i32.const 1)))"),
    ("br_if, not taken", "(block (br_if 0 (i32.const 0)) (drop (i32.const 1)))"),
    ("br_table", "(block (block (br_table 0 1 (i32.const 1))) (drop (i32.const 1)))"),
    ("br_on_null", "(block (br_on_null 0 (ref.null func)) (drop))"),
    (
        "br_on_non_null",
        "(drop (block (result (ref func)) (br_on_non_null 0 (ref.func $empty)) (ref.func $empty)))",
    ),
    (
        "code that is never reached",
        "(block (br 0) (drop (i32.add (i32.const 1) (i32.const 2))) nop)",
    ),
    (
        "ten rounds",
        "(local i32) (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br_if 0 (i32.lt_u (local.get 0) (i32.const 10))))",
    ),
    ("call", "(call $empty)"),
    ("call of the host", "(call $host)"),
    ("call of the host with values", "(drop (call $value (i32.const 1)))"),
    ("call_indirect", "(call_indirect $t (type $none) (i32.const 0))"),
    ("call_indirect of the host", "(call_indirect $t (type $none) (i32.const 1))"),
    ("call_ref", "(call_ref $none (ref.func $empty))"),
    ("return_call", "(return_call $empty)"),
    ("return_call of the host", "(return_call $host)"),
    ("return_call_indirect", "(return_call_indirect $t (type $none) (i32.const 0))"),
    ("return_call_ref", "(return_call_ref $none (ref.func $empty))"),
    ("references", "(drop (ref.is_null (ref.null extern))) (drop (ref.func $empty))"),
    ("ref.as_non_null", "(drop (ref.as_non_null (ref.func $empty)))"),
    ("load", "(drop (i32.load (i32.const 0)))"),
    ("store", "(i64.store (i32.const 8) (i64.const 1))"),
    ("vector load", "(drop (v128.load (i32.const 0)))"),
    ("memory.size", "(drop (memory.size))"),
    ("memory.grow by 0", "(drop (memory.grow (i32.const 0)))"),
    ("memory.grow by 1", "(drop (memory.grow (i32.const 1)))"),
    ("memory.grow by 3", "(drop (memory.grow (i32.const 3)))"),
    ("memory.grow that fails", "(drop (memory.grow (i32.const 1000)))"),
    ("memory.fill of 0", "(memory.fill (i32.const 0) (i32.const 1) (i32.const 0))"),
    ("memory.fill of 1", "(memory.fill (i32.const 0) (i32.const 1) (i32.const 1))"),
    ("memory.fill of 1000", "(memory.fill (i32.const 0) (i32.const 1) (i32.const 1000))"),
    ("memory.fill out of bounds", "(memory.fill (i32.const 65536) (i32.const 1) (i32.const 1000))"),
    ("memory.copy of 1000", "(memory.copy (i32.const 0) (i32.const 8) (i32.const 1000))"),
    ("memory.copy out of bounds", "(memory.copy (i32.const 0) (i32.const 65536) (i32.const 1000))"),
    ("memory.init of 3", "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 3))"),
    ("memory.init out of bounds", "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 9))"),
    ("data.drop", "(data.drop $d)"),
    ("table.get", "(drop (table.get $t (i32.const 0)))"),
    ("table.set", "(table.set $t (i32.const 3) (ref.func $empty))"),
    ("table.size", "(drop (table.size $t))"),
    ("table.grow by 0", "(drop (table.grow $t (ref.null func) (i32.const 0)))"),
    ("table.grow by 5", "(drop (table.grow $t (ref.null func) (i32.const 5)))"),
    ("table.grow that fails", "(drop (table.grow $t (ref.null func) (i32.const 1000)))"),
    ("table.fill of 0", "(table.fill $t (i32.const 0) (ref.null func) (i32.const 0))"),
    ("table.fill of 7", "(table.fill $t (i32.const 2) (ref.null func) (i32.const 7))"),
    ("table.fill out of bounds", "(table.fill $t (i32.const 9) (ref.null func) (i32.const 7))"),
    ("table.copy of 7", "(table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 7))"),
    ("table.copy out of bounds", "(table.copy $t $t (i32.const 9) (i32.const 1) (i32.const 7))"),
    ("table.init of 2", "(table.init $t $e (i32.const 2) (i32.const 0) (i32.const 2))"),
    ("table.init out of bounds", "(table.init $t $e (i32.const 2) (i32.const 0) (i32.const 7))"),
    ("elem.drop", "(elem.drop $e)"),
    (
        "an atomic operation",
        "(drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))) (atomic.fence)",
    ),
    ("notify", "(drop (memory.atomic.notify (i32.const 0) (i32.const 1)))"),
    (
        "a trap in a block",
        "(drop (i32.const 1)) (block (drop (i32.div_u (i32.const 1) (i32.const 0))))",
    ),
    ("a trap at once", "(drop (i32.div_u (i32.const 1) (i32.const 0)))"),
    ("a trap of a load", "(drop (i32.load (i32.const 65536)))"),
    ("a trap of a load that never fits", "(drop (i32.load offset=4294967295 (i32.const 65536)))"),
    ("a trap behind a call", "(call $empty) (drop (i32.div_u (i32.const 1) (i32.const 0)))"),
    ("a trap in a callee", "(call $trap)"),
    ("a trap of call_indirect", "(call_indirect $t (type $none) (i32.const 5))"),
    ("an error of the host", "(call $fail)"),
    ("a trap of ref.as_non_null", "(drop (ref.as_non_null (ref.null func)))"),
    ("fuel seen by the host", "(drop (i32.const 1)) (call $look) (call $look)"),
    ("fuel set by the host", "(call $set) (drop (i32.const 1))"),
    ("recursion without end", "(call $again)"),
];

const FUEL: u64 = 1_000_000;

pub(super) fn run(report: &mut Report) {
    let engine = engine(|config| _ = config.consume_fuel(true).wasm_wide_arithmetic(true));
    for (label, body) in BODIES {
        let text = format!(
            r#"(module (type $none (func))
                (import "" "host" (func $host)) (import "" "value" (func $value (param i32) (result i32)))
                (import "" "fail" (func $fail)) (import "" "look" (func $look)) (import "" "set" (func $set))
                (memory 1 10) (table $t 10 20 funcref) (global $g (mut i32) (i32.const 1))
                (data $d "abc") (elem $e func $empty $empty) (elem (table $t) (i32.const 0) func $empty $host)
                (elem declare func $empty)
                (func $empty) (func $trap (drop (i32.const 1)) unreachable) (func $again (call $again))
                (func (export "f") {body}))"#
        );
        let (mut store, linker) = host(&engine);
        let Some(module) = report.module(label, &engine, &text) else { continue };
        let instance = linker.instantiate(&mut store, &module).expect("all is there");
        store.set_fuel(FUEL).expect("fuel is on");
        let func = instance.get_typed_func::<(), ()>(&mut store, "f").expect("it is exported");
        let result = func.call(&mut store, ());
        let mut text = format!("{}", FUEL - store.get_fuel().expect("fuel is on"));
        if let Err(error) = result {
            text += &format!(", {}", error.root_cause());
        }
        for fuel in store.data() {
            text += &format!(", seen {}", FUEL - fuel);
        }
        report.see(label, text);
    }
    instantiation(report, &engine);
    limits(report, &engine);
}

fn host(engine: &Engine) -> (Store<Vec<u64>>, Linker<Vec<u64>>) {
    let mut store = Store::new(engine, Vec::new());
    store.set_fuel(FUEL).expect("fuel is on");
    let mut linker = Linker::new(engine);
    let memory = Memory::new(&mut store, MemoryType::new(1, None)).expect("there is room");
    let table =
        Table::new(&mut store, TableType::new(RefType::FUNCREF, 300, None), Ref::Func(None));
    let global =
        Global::new(&mut store, GlobalType::new(ValType::I32, Mutability::Const), Val::I32(8));
    let global = global.expect("it is the type");
    linker.define(&store, "", "memory", memory).expect("the name is new");
    linker.define(&store, "", "table", table.expect("there is room")).expect("the name is new");
    linker.define(&store, "", "global", global).expect("the name is new");
    linker.func_wrap("", "host", || {}).expect("the name is new");
    linker.func_wrap("", "value", |value: i32| value).expect("the name is new");
    linker
        .func_wrap("", "fail", || -> Result<()> { bail!("of the host") })
        .expect("the name is new");
    linker
        .func_wrap("", "look", |mut caller: Caller<'_, Vec<u64>>| -> Result<()> {
            let fuel = caller.get_fuel()?;
            caller.data_mut().push(fuel);
            Ok(())
        })
        .expect("the name is new");
    linker
        .func_wrap("", "set", |mut caller: Caller<'_, Vec<u64>>| caller.set_fuel(500))
        .expect("the name is new");
    (store, linker)
}

/// Modules whose instantiation runs something.
fn instantiation(report: &mut Report, engine: &Engine) {
    let long_data =
        format!(r#"(import "" "memory" (memory 1)) (data (i32.const 0) "{}")"#, "a".repeat(1000));
    let many_elements = format!(
        r#"(import "" "table" (table 1 funcref)) (func $f) (elem (i32.const 0) func {})"#,
        "$f ".repeat(200)
    );
    for (label, text) in [
        ("nothing", ""),
        ("a start function", "(func $f) (start $f)"),
        ("a start function with code", "(func $f (drop (i32.const 1))) (start $f)"),
        ("a start function of the host", r#"(import "" "host" (func $f)) (start $f)"#),
        ("a start function that traps", "(func $f unreachable) (start $f)"),
        ("a global", "(global i32 (i32.const 1))"),
        (
            "globals",
            "(global i32 (i32.const 1)) (global i64 (i64.const 1)) (global (mut funcref) (ref.null func))",
        ),
        (
            "an extended constant",
            "(global i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3))))",
        ),
        (
            "a global of another one",
            "(global $a i32 (i32.const 1)) (global i32 (i32.add (global.get $a) (i32.const 1)))",
        ),
        ("a reference", "(func $f) (global funcref (ref.func $f))"),
        ("a vector", "(global v128 (v128.const i64x2 1 2))"),
        ("a data segment", r#"(memory 1) (data (i32.const 0) "abc")"#),
        (
            "a long data segment",
            r#"(memory 1) (data (i32.const 0) "abcdefghijklmnopqrstuvwxyz0123456789")"#,
        ),
        (
            "two data segments",
            r#"(memory 1) (data (i32.const 0) "abc") (data (i32.const 10) "abc")"#,
        ),
        (
            "a data segment at an extended constant",
            r#"(memory 1) (data (i32.add (i32.const 1) (i32.const 2)) "abc")"#,
        ),
        (
            "a data segment at a global",
            r#"(memory 1) (global $g i32 (i32.const 1)) (data (global.get $g) "abc")"#,
        ),
        ("a data segment out of bounds", r#"(memory 1) (data (i32.const 65536) "abc")"#),
        ("a passive data segment", r#"(memory 1) (data "abc")"#),
        ("an element segment", "(table 10 funcref) (func $f) (elem (i32.const 0) func $f $f $f)"),
        (
            "an element segment of expressions",
            "(table 10 funcref) (func $f) (elem (i32.const 0) funcref (ref.func $f) (ref.null func))",
        ),
        (
            "an element segment at an extended constant",
            "(table 10 funcref) (func $f) (elem (offset (i32.add (i32.const 0) (i32.const 1))) func $f)",
        ),
        (
            "an element segment out of bounds",
            "(table 10 funcref) (func $f) (elem (i32.const 9) func $f $f $f)",
        ),
        ("a passive element segment", "(func $f) (elem func $f)"),
        (
            "a passive element segment of expressions",
            "(global $g funcref (ref.null func)) (elem funcref (global.get $g) (ref.null func))",
        ),
        ("a table with a value", "(func $f) (table 10 funcref (ref.func $f))"),
        ("a large memory", "(memory 100)"),
        ("a large table", "(table 1000 funcref)"),
        (
            "data of an imported memory",
            r#"(import "" "memory" (memory 1)) (data (i32.const 0) "abc")"#,
        ),
        ("long data of an imported memory", &long_data),
        (
            "data at an imported global",
            r#"(import "" "global" (global $g i32)) (memory 1) (data (global.get $g) "abc")"#,
        ),
        (
            "no data at an imported global",
            r#"(import "" "global" (global $g i32)) (memory 1) (data (global.get $g) "")"#,
        ),
        (
            "a global of an imported one",
            r#"(import "" "global" (global $g i32)) (global i32 (global.get $g))"#,
        ),
        (
            "sparse data",
            r#"(memory 400) (data (i32.const 0) "abc") (data (i32.const 25000000) "abc")"#,
        ),
        (
            "zeros and a sum",
            r#"(memory 1) (data (i32.const 0) "\00\00") (global i32 (i32.add (i32.const 1) (i32.const 2)))
            (func $f) (start $f)"#,
        ),
        (
            "data and a sum",
            r#"(memory 1) (data (i32.const 0) "ab") (global i32 (i32.add (i32.const 1) (i32.const 2)))
            (func $f) (start $f)"#,
        ),
        (
            "elements of an imported table",
            r#"(import "" "table" (table 1 funcref)) (func $f) (elem (i32.const 0) func $f $f)
            (start $f)"#,
        ),
        ("many elements of an imported table", &many_elements),
        (
            "elements behind expressions",
            r#"(table 9 funcref) (func $f) (elem (i32.const 0) funcref (ref.func $f))
            (elem (i32.const 1) func $f $f $f) (start $f)"#,
        ),
        (
            "elements of the host",
            r#"(table 2 externref) (elem (i32.const 0) externref (ref.null extern)) (func $f) (start $f)"#,
        ),
        (
            "elements that do not fit",
            r#"(table 2 funcref) (func $f) (global i32 (i32.add (i32.const 1) (i32.const 2)))
            (elem (i32.const 1) func $f $f)"#,
        ),
        ("declared elements", "(func $f) (elem declare func $f)"),
        (
            "a passive element segment and a start function",
            "(func $f) (elem funcref (ref.func $f) (ref.null func)) (start $f)",
        ),
        ("a start function and a global", "(global i32 (i32.const 1)) (func $f) (start $f)"),
        (
            "a start function and an extended constant",
            "(global i32 (i32.add (i32.const 1) (i32.const 2))) (func $f) (start $f)",
        ),
    ] {
        let (mut store, linker) = host(engine);
        let label = format!("instantiation: {label}");
        let Some(module) = report.module(&label, engine, &format!("(module {text})")) else {
            continue;
        };
        let result = linker.instantiate(&mut store, &module);
        let mut text = format!("{}", FUEL - store.get_fuel().expect("fuel is on"));
        if let Err(error) = result {
            text += &format!(", {}", error.root_cause());
        }
        report.see(label, text);
    }
    let text = r#"(module (import "" "memory" (memory 1)) (global i32 (i32.sub (i32.const 2) (i32.const 1)))
        (data (i32.const 0) "abc") (data (i32.const 8) "def") (func $f (drop (i32.const 1))) (start $f))"#;
    let module = Module::new(engine, text).expect("the module is valid");
    for fuel in 0..=18 {
        let (mut store, linker) = host(engine);
        store.set_fuel(fuel).expect("fuel is on");
        let cause = linker
            .instantiate(&mut store, &module)
            .err()
            .map(|error| format!(", {}", error.root_cause()));
        let left = store.get_fuel().expect("fuel is on");
        report.see(
            format!("instantiation: with {fuel}"),
            format!("{left} left{}", cause.unwrap_or_default()),
        );
        let memory = linker
            .get(&mut store, "", "memory")
            .expect("it is there")
            .into_memory()
            .expect("it is a memory");
        report.see(
            format!("instantiation: with {fuel}, the memory"),
            format!("{:?}", &memory.data(&store)[..9]),
        );
    }
    let mut costs = OperatorCost::default();
    (costs.variable.memory_init_per_byte, costs.variable.table_init_per_element) = (5, 7);
    let engine =
        &crate::report::engine(|config| _ = config.consume_fuel(true).operator_cost(costs));
    let (mut store, linker) = host(engine);
    let text = r#"(module (import "" "memory" (memory 1)) (import "" "table" (table 1 funcref)) (data (i32.const 0) "abc")
        (func $f) (elem (i32.const 0) func $f $f) (start $f))"#;
    let module = Module::new(engine, text).expect("the module is valid");
    report.outcome("instantiation: with other costs", linker.instantiate(&mut store, &module));
    report.see("instantiation: other costs", FUEL - store.get_fuel().expect("fuel is on"));
}

/// How much is just enough.
fn limits(report: &mut Report, engine: &Engine) {
    let text = r#"(module $m (func $empty (export "empty"))
        (func $count (export "count") (param i32)
            (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if 0 (local.get 0))))
        (func $calls (export "calls") (call $empty) (call $empty))
        (func $straight (export "straight") (drop (i32.add (i32.const 1) (i32.add (i32.const 2) (i32.const 3)))))
        (func $fill (export "fill") (memory.fill (i32.const 0) (i32.const 1) (i32.const 1000)))
        (memory 1))"#;
    let (mut store, linker) = host(engine);
    let module = Module::new(engine, text).expect("the module is valid");
    let instance = linker.instantiate(&mut store, &module).expect("all is there");
    for (name, arguments, fuels) in [
        ("empty", &[][..], &[0, 1, 2, 3][..]),
        ("count", &[Val::I32(3)], &[1, 2, 3, 7, 8, 9, 12, 13, 14, 15, 18, 19, 20, 21]),
        ("calls", &[], &[1, 2, 3, 4, 5, 6]),
        ("straight", &[], &[1, 2, 3, 6, 7]),
        ("fill", &[], &[1, 2, 5, 500, 1004, 1005, 1006]),
    ] {
        let func = instance.get_func(&mut store, name).expect("it is exported");
        for &fuel in fuels {
            store.set_fuel(fuel).expect("fuel is on");
            let result = func.call(&mut store, arguments, &mut []);
            let left = store.get_fuel().expect("fuel is on");
            let cause = result.err().map(|error| format!(", {}", error.root_cause()));
            report.see(
                format!("limits: {name} with {fuel}"),
                format!("{left} left{}", cause.unwrap_or_default()),
            );
        }
    }
    let count = instance.get_typed_func::<i32, ()>(&mut store, "count").expect("it is exported");
    store.set_fuel(10).expect("fuel is on");
    report.outcome("limits: the error", count.call(&mut store, 100));
    for fuel in [u64::MAX, u64::MAX - 1, i64::MAX as u64, i64::MAX as u64 + 1] {
        store.set_fuel(fuel).expect("fuel is on");
        let before = store.get_fuel().expect("fuel is on");
        let result = count.call(&mut store, 3).map_err(|error| error.root_cause().to_string());
        let after = store.get_fuel().expect("fuel is on");
        report.see(
            format!("limits: {fuel}"),
            format!("{} {result:?} {}", fuel - before, before - after),
        );
    }
    let mut plain = Store::new(&Engine::default(), ());
    report.outcome("off: get_fuel", plain.get_fuel());
    report.outcome("off: set_fuel", plain.set_fuel(1));
    let mut fresh = Store::new(engine, Vec::new());
    report.result("fresh: get_fuel", fresh.get_fuel());
    report.outcome("fresh: an instance", linker.instantiate(&mut fresh, &module));
    let begins = Module::new(engine, "(module $m (func $f) (start $f))").expect("it is valid");
    report.outcome("fresh: a start function", linker.instantiate(&mut fresh, &begins));
}
