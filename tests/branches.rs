//! Branches that take values along, in functions with so many of them that most get the short forms.

use wasmote::*;

/// Branches of one function, one of which is taken.
const MANY: i32 = 300;

/// Calls `f` of a module that is translated without metering, with fuel and with epochs; returns the results and the fuel.
fn call<R: WasmResults + PartialEq + std::fmt::Debug>(wat: &str, arg: i32) -> Result<(R, u64)> {
    let run = |config: &Config| {
        let engine = Engine::new(config)?;
        let module = Module::new(&engine, wat)?;
        let mut store = Store::new(&engine, ());
        store.set_epoch_deadline(1 << 20);
        let metered = store.set_fuel(1_000_000).is_ok();
        let instance = Instance::new(&mut store, &module, &[])?;
        let result: R = instance.get_typed_func(&mut store, "f")?.call(&mut store, arg)?;
        let fuel = if metered { 1_000_000 - store.get_fuel()? } else { 0 };
        Ok::<_, Error>((result, fuel))
    };
    let (result, _) = run(&Config::new())?;
    let (with_fuel, fuel) = run(Config::new().consume_fuel(true))?;
    let (with_epochs, _) = run(Config::new().epoch_interruption(true))?;
    assert_eq!((&result, &result), (&with_fuel, &with_epochs));
    Ok((result, fuel))
}

/// `(2 branches to $out, 1 + 2 + ... above)`: conditional branches of two values over one that is left behind.
fn conditional(out: &str) -> String {
    let branches: String = (0..MANY)
        .map(|n| {
            format!(
                "(br_if {out} (i32.eq (local.get 0) (i32.const {n}))) (i64.const {n}) i64.add\n"
            )
        })
        .collect();
    format!(
        "(module (func $f (export \"f\") (param i32) (result i32 i64)
            (block $out (result i32 i64)
                (i32.const 9) (i32.const 7) (i64.const 5)
                {branches}
                (br $out))))"
    )
}

#[test]
fn a_conditional_branch_moves_its_values_or_leaves_them() -> Result<()> {
    for out in ["$out", "1"] {
        let wat = conditional(out);
        let mut before = None;
        for n in [0, 1, 2, MANY / 2, MANY / 2 + 1, MANY - 1, MANY] {
            let (result, fuel) = call::<(i32, i64)>(&wat, n)?;
            assert_eq!(result, (7, 5 + (0..i64::from(n)).sum::<i64>()), "{n}");
            // Of the branch not taken, its condition, and the addition.
            if let Some((before, fuel_before)) = before
                && n < MANY
            {
                assert_eq!(fuel - fuel_before, 6 * (n - before) as u64, "{n}");
            }
            before = Some((n, fuel));
        }
    }
    let code = Module::new(&Engine::default(), conditional("$out"))?.disassemble()?;
    let short = code.lines().filter(|line| line.contains(": br_if ")).count();
    assert!(short > MANY as usize * 9 / 10, "{code}");
    Ok(())
}

/// Tables of `targets` on how many values they take; behind each label something else is added.
fn tables(targets: u32) -> String {
    // Some thousands that are not chosen, so that addresses get no room.
    let unused = "(block (br_table 0 0 0 0 0 0 0 0 (i32.const 0)))".repeat(50);
    let mut blocks = format!(
        "{unused} (i64.const 8) (i32.const 1) (i64.const 0) (br_table {} (local.get 0))",
        (0..=targets).map(|n| format!("{n} ")).collect::<String>()
    );
    for n in 0..targets {
        blocks = format!(
            "(i32.const 3) (block (result i32 i64) {blocks}) (i64.const {}) i64.add
                (local.set 1) (local.set 2) drop (local.get 2) (local.get 1)",
            1 << n
        );
    }
    format!("(module (func (export \"f\") (param i32) (result i32 i64) (local i64 i32) {blocks}))")
}

#[test]
fn a_table_moves_values_to_labels_at_any_height() -> Result<()> {
    const TARGETS: u32 = 20;
    let wat = tables(TARGETS);
    for n in [0, 1, 7, TARGETS - 1, TARGETS, TARGETS + 1, u32::MAX] {
        let (result, _) = call::<(i32, i64)>(&wat, n as i32)?;
        // From label `n` on every addition comes; the last target is the function itself.
        let expected: i64 = (n.min(TARGETS)..TARGETS).map(|n| 1 << n).sum();
        assert_eq!(result, (1, expected), "{n}");
    }
    assert!(Module::new(&Engine::default(), wat)?.disassemble()?.contains("routes"));
    Ok(())
}

#[test]
fn a_table_without_values_goes_on_where_it_would_by_addresses() -> Result<()> {
    // The first tables take the room; of the others each adds a digit.
    let table = "(block $1 (block $0 (br_table $0 $1 $0 $1 $0 $1 $0 $1 $0 $1 $0 $1 $0 $1 $0 $1 $0
            (i32.and (local.get 0) (i32.const 15))))
        (local.set 1 (i32.add (local.get 1) (i32.const 1))))
        (local.set 0 (i32.shr_u (local.get 0) (i32.const 1)))\n"
        .replace("$0 $1 $0 $1", &"$0 $1 ".repeat(8));
    let wat = format!(
        "(module (func (export \"f\") (param i32) (result i32) (local i32)
            {} (local.get 1)))",
        table.repeat(32)
    );
    for n in [0, 1, 0x5555, -1, i32::MIN, 0x1234_5678] {
        assert_eq!(call::<i32>(&wat, n)?.0, n.count_zeros() as i32, "{n:x}");
    }
    assert!(Module::new(&Engine::default(), wat)?.disassemble()?.contains("routes"));
    Ok(())
}

#[test]
fn a_table_goes_back_to_a_loop_with_its_values() -> Result<()> {
    // Doubles until the counter is 0; then leaves.
    let wat = "(module (func (export \"f\") (param i32) (result i32)
        (block $out (result i32)
            (i32.const 1)
            (loop $again (param i32) (result i32)
                (i32.shl (i32.const 1)) (local.set 1) (i32.const 6) (local.get 1)
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (br_table $again $again $again $out (select (i32.const 9) (i32.const 1) (i32.eqz (local.get 0))))))))"
        .replace("(result i32)\n        (block", "(result i32) (local i32)\n        (block");
    for n in [1, 2, 20] {
        assert_eq!(call::<i32>(&wat, n)?.0, 1 << n, "{n}");
    }
    Ok(())
}

#[test]
fn what_a_branch_tells_by_stays() -> Result<()> {
    let reference = "(if (result anyref) (local.get $i)
        (then (ref.i31 (local.get $i))) (else (struct.new $s)))";
    // The first of them get the long form, the others the short one.
    for times in [1, 20] {
        let function = |name: &str, results: &str, body: &str| {
            format!(
                "(func (export \"{name}\") (param $i i32) (result i32 {results}) (i32.const 5)
                    {body} (drop) (drop) (i32.const 6))"
            )
        };
        let cast = |name: &str| {
            let branches = format!("({name} 0 anyref (ref i31))").repeat(times);
            let body = format!("{reference} {branches}");
            function(name, "anyref", &body).replace("const 6)", "const 6) (ref.null any)")
        };
        let null = format!("{reference} {}", "(br_on_null 0)".repeat(times))
            .replace("(struct.new $s)", "(ref.null any)");
        let wat = format!(
            "(module (type $s (struct)) {} {} {})",
            cast("br_on_cast"),
            cast("br_on_cast_fail"),
            function("br_on_null", "", &null)
        );
        let engine = Engine::default();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &Module::new(&engine, wat)?, &[])?;
        for (name, is, is_not) in
            [("br_on_cast", 5, 6), ("br_on_cast_fail", 6, 5), ("br_on_null", 6, 5)]
        {
            let func = instance.get_func(&mut store, name).expect("it is exported");
            for (argument, expected) in [(1, is), (0, is_not)] {
                let mut results = vec![Val::I32(0); func.ty(&store).results().len()];
                func.call(&mut store, &[Val::I32(argument)], &mut results)?;
                assert_eq!(results[0].i32(), Some(expected), "{name}");
                let reference = results.get(1).and_then(|value| value.ref_());
                assert!(reference.is_none_or(|r| r.is_null() == (expected == 6)), "{name}");
            }
        }
    }
    Ok(())
}
