//! The values that an object is made of: each is in its place, however it is computed, and whatever lies below.

use std::num::NonZeroU32;

use wasmote::*;

/// A random number below `bound`.
fn random(state: &mut u64, bound: usize) -> usize {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    (*state >> 33) as usize % bound
}

/// A value of a type: of parameters, deep or flat, in a slot or not, or of a call.
fn value(state: &mut u64, ty: &str, depth: usize) -> String {
    let kinds = if depth == 0 { 3 } else { 8 };
    let mut of = |ty: &str| if depth == 0 { String::new() } else { value(state, ty, depth - 1) };
    let (a, b) = (of(ty), of(ty));
    match (random(state, kinds), ty) {
        (0, _) => format!("({ty}.const {})", random(state, 100)),
        (1 | 2, _) => format!("(local.get ${ty}-{})", random(state, 2)),
        (3, _) => format!("(call $id-{ty} {a})"),
        (4, "i32") => format!("(i32.wrap_i64 {})", value(state, "i64", depth - 1)),
        (4, "i64") => format!("(i64.extend_i32_s {})", value(state, "i32", depth - 1)),
        (4, _) => format!("(f64.convert_i32_s {})", value(state, "i32", depth - 1)),
        (5, "f64") => format!("(f64.floor (f64.div {a} (f64.add {b} (f64.const 1000))))"),
        (5, _) => format!("({ty}.popcnt ({ty}.rotl {a} {b}))"),
        (6, "f64") => format!("(f64.sub {a} {b})"),
        (6, _) => format!("({ty}.xor {a} {b})"),
        _ => format!("(block (result {ty}) {a})"),
    }
}

#[test]
fn every_field_gets_its_value() -> Result<()> {
    let mut state = 7;
    let mut zealous = Config::new();
    zealous.gc_zeal_alloc_counter(NonZeroU32::new(1))?;
    for round in 0..400 {
        let types: Vec<&str> = (0..1 + random(&mut state, 4))
            .map(|_| ["i32", "i64", "f64"][random(&mut state, 3)])
            .collect();
        let fields: String = types.iter().map(|ty| format!("(field {ty})")).collect();
        let values: Vec<String> = types.iter().map(|ty| value(&mut state, ty, 3)).collect();
        let below = value(&mut state, "i64", 2);
        let bits = |ty: &str, read: String| match ty {
            "i32" => format!("(i64.extend_i32_u {read})"),
            "i64" => read,
            _ => format!("(i64.reinterpret_f64 {read})"),
        };
        let mut fold = [String::new(), String::new()];
        let mut locals = String::new();
        let mut sets = String::new();
        for (i, (ty, value)) in types.iter().zip(&values).enumerate() {
            locals += &format!("(local $field-{i} {ty})");
            sets += &format!("(local.set $field-{i} {value})");
            let reads = [
                format!("(struct.get $object {i} (local.get $object))"),
                format!("(local.get $field-{i})"),
            ];
            for (fold, read) in fold.iter_mut().zip(reads) {
                *fold += &format!("(i64.mul (i64.const 31)) (i64.add {})", bits(ty, read));
            }
        }
        let params = "(param $i32-0 i32) (param $i32-1 i32) (param $i64-0 i64) (param $i64-1 i64)
            (param $f64-0 f64) (param $f64-1 f64) (result i64)";
        let [of_object, of_locals] = fold;
        let text = format!(
            "(module
                (type $object (struct {fields}))
                (func $id-i32 (param i32) (result i32) (local.get 0))
                (func $id-i64 (param i64) (result i64) (local.get 0))
                (func $id-f64 (param f64) (result f64) (local.get 0))
                (func (export \"object\") {params} (local $object (ref null $object))
                    {below} (local.set $object (struct.new $object {}))
                    {of_object})
                (func (export \"locals\") {params} {locals} {below} {sets} {of_locals}))",
            values.join(" "),
        );
        for engine in [Engine::default(), Engine::new(&zealous)?] {
            let module = Module::new(&engine, &text)?;
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[])?;
            let mut call = |export: &str| {
                let func = instance
                    .get_typed_func::<(i32, i32, i64, i64, f64, f64), i64>(&mut store, export)?;
                func.call(&mut store, (3, -5, 1 << 40, -9, 2.5, -1e9))
            };
            assert_eq!(call("object")?, call("locals")?, "round {round}: {text}");
        }
    }
    Ok(())
}
