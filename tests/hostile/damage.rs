//! A module with every kind of section, cut off at every byte and damaged at every byte.

use crate::{in_time, refused, store};
use wasmote::{Engine, Extern, Func, Instance, Linker, Module, Val, ValType};

/// No loop and no recursion: what is left of it after damage comes to an end when called.
const WHOLE: &str = r#"(module $whole
  (type $pair (func (param i32 i64) (result i64 i32)))
  (import "env" "log" (func $log (param i32)))
  (import "env" "base" (global $base i32))
  (memory (export "memory") 1 3)
  (table $t (export "table") 4 10 funcref)
  (table $x 2 externref)
  (global $count (export "count") (mut i64) (i64.const -5))
  (global (export "offset") i32 (i32.add (global.get $base) (i32.const 3)))
  (func $swap (export "swap") (type $pair) (local.get 1) (local.get 0))
  (func $arith (export "arith") (param f64 f32) (result f64) (local i32 i32 f64)
    (local.set 4 (f64.mul (local.get 0) (f64.promote_f32 (local.get 1))))
    (local.set 2 (i32.trunc_sat_f64_s (local.get 4)))
    (block $out (result f64)
      (drop (br_if $out (f64.const 1) (i32.eqz (local.get 2))))
      (block $b (block $a (br_table $a $b (local.get 2))) (return (f64.const 7)))
      (if (result f64) (i32.gt_s (local.get 2) (i32.const 10))
        (then (f64.sqrt (local.get 4)))
        (else (f64.neg (local.get 4))))))
  (func $bytes (export "bytes") (param i32) (result i32)
    (i32.store offset=4 (local.get 0) (i32.const 0x01020304))
    (memory.copy (i32.const 64) (local.get 0) (i32.const 16))
    (memory.fill (i32.const 128) (i32.const 7) (i32.const 9))
    (memory.init $passive (i32.const 200) (i32.const 1) (i32.const 3))
    (data.drop $passive)
    (i32.add (i32.load8_u offset=6 (local.get 0)) (memory.grow (i32.const 1))))
  (func $refs (export "refs") (param externref) (result i32)
    (table.set $x (i32.const 1) (local.get 0))
    (table.init $t $late (i32.const 2) (i32.const 0) (i32.const 1))
    (elem.drop $late)
    (drop (table.grow $t (ref.null func) (i32.const 1)))
    (call $log (ref.is_null (table.get $t (i32.const 3))))
    (call_indirect $t (type $pair) (i32.const 4) (i64.const 5) (i32.const 0))
    (drop)
    (i32.wrap_i64))
  (func $start (global.set $count (i64.add (global.get $count) (i64.const 6))))
  (start $start)
  (elem (table $t) (i32.const 0) func $swap $arith)
  (elem $late funcref (ref.func $bytes) (ref.null func))
  (elem declare func $refs)
  (data (i32.const 32) "some bytes\00\ff")
  (data $passive "passive")
  (@custom "producers" "nobody"))"#;

fn whole() -> Vec<u8> {
    wat::parse_str(WHOLE).expect("the text is valid")
}

/// Instantiates a module and calls everything it exports. What comes of it does not matter.
fn use_up(engine: &Engine, module: &Module) {
    let mut store = store(engine);
    let mut linker = Linker::new(engine);
    linker.func_wrap("env", "log", |_: i32| {}).expect("a new name");
    let base = wasmote::Global::new(
        &mut store,
        wasmote::GlobalType::new(ValType::I32, wasmote::Mutability::Const),
        Val::I32(8),
    );
    linker.define(&store, "env", "base", base.expect("a global")).expect("a new name");
    let Ok(instance) = linker.instantiate(&mut store, module) else {
        return;
    };
    let funcs: Vec<Func> =
        instance.exports(&mut store).filter_map(|export| export.into_func()).collect();
    for func in funcs {
        let ty = func.ty(&store);
        let arguments: Vec<Val> = ty
            .params()
            .map(|ty| match ty {
                ValType::I32 => Val::I32(12),
                ValType::I64 => Val::I64(-3),
                ValType::F32 => Val::F32(2.5_f32.to_bits()),
                ValType::F64 => Val::F64(3.5_f64.to_bits()),
                other => Val::default_for_ty(&other).unwrap_or(Val::I32(0)),
            })
            .collect();
        let mut results = vec![Val::I32(0); ty.results().len()];
        let _ = func.call(&mut store, &arguments, &mut results);
    }
}

#[test]
fn the_whole_module_works() {
    in_time(|| {
        let engine = super::engine();
        let module = Module::new(&engine, whole()).expect("valid");
        use_up(&engine, &module);
        let mut store = store(&engine);
        let log = Func::wrap(&mut store, |_: i32| {});
        let ty = wasmote::GlobalType::new(ValType::I32, wasmote::Mutability::Const);
        let base = wasmote::Global::new(&mut store, ty, Val::I32(8)).expect("a global");
        let imports = [Extern::from(log), Extern::from(base)];
        let instance = Instance::new(&mut store, &module, &imports).expect("imports fit");
        let offset = instance.get_global(&mut store, "offset").expect("exported");
        assert_eq!(offset.get(&mut store).unwrap_i32(), 11);
        let count = instance.get_global(&mut store, "count").expect("exported");
        assert_eq!(count.get(&mut store).unwrap_i64(), 1);
        let bytes = instance.get_typed_func::<i32, i32>(&mut store, "bytes").expect("exported");
        assert_eq!(bytes.call(&mut store, 0).expect("no trap"), 2 + 1);
    });
}

#[test]
fn cut_off_at_every_byte() {
    in_time(|| {
        let (engine, wasm) = (super::engine(), whole());
        let boundaries = boundaries(&wasm);
        for len in 0..wasm.len() {
            match Module::from_binary(&engine, &wasm[..len]) {
                Ok(module) => {
                    assert!(boundaries.contains(&len), "{len} of {} bytes are valid", wasm.len());
                    use_up(&engine, &module);
                }
                Err(error) => {
                    let text = format!("{error:?}");
                    assert!(text.contains("offset"), "{len} bytes: no offset in: {text}");
                }
            }
        }
    });
}

/// Where the sections of a valid module end.
fn boundaries(wasm: &[u8]) -> Vec<usize> {
    let mut ends = vec![8];
    let mut at = 8;
    while at < wasm.len() {
        at += 1;
        let (mut len, mut shift) = (0, 0);
        loop {
            let byte = wasm[at];
            at += 1;
            len |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                break;
            }
        }
        at += len;
        ends.push(at);
    }
    ends
}

#[test]
fn damaged_at_every_byte() {
    // In debug builds a part of the damage, or this takes minutes.
    let changes: &[fn(u8) -> u8] = if cfg!(debug_assertions) {
        &[|b| b ^ 1, |b| b.wrapping_add(2)]
    } else {
        &[
            |_| 0,
            |_| 0xff,
            |_| 0x0b,
            |_| 0x7f,
            |b| b ^ 1,
            |b| b ^ 0x80,
            |b| b.wrapping_add(1),
            |b| b.wrapping_add(2),
            |b| b.wrapping_sub(1),
            |b| b.wrapping_mul(3),
        ]
    };
    for change in changes {
        let (valid, refused) = in_time(|| {
            let (engine, wasm) = (super::engine(), whole());
            let (mut valid, mut refused) = (0, 0);
            for at in 0..wasm.len() {
                let mut damaged = wasm.clone();
                damaged[at] = change(damaged[at]);
                match Module::from_binary(&engine, &damaged) {
                    Ok(module) => {
                        valid += 1;
                        // What has become a `loop` may run forever, rightly.
                        if damaged[at] != 0x03 {
                            use_up(&engine, &module);
                        }
                    }
                    Err(error) => {
                        refused += 1;
                        assert!(!error.to_string().is_empty());
                    }
                }
            }
            (valid, refused)
        });
        assert!(valid > 0 && refused > 0, "{valid} valid, {refused} refused");
    }
}

#[test]
fn not_a_module() {
    let engine = super::engine();
    let inputs: [&[u8]; 8] = [
        b"",
        b"\0",
        b"\0asm",
        b"\0asm\x02\0\0\0",
        b"\0asm\x0d\0\x01\0",
        b"\x7fELF\x02\x01\x01",
        b"(module",
        &[0xff; 1000],
    ];
    for input in inputs {
        let error = Module::from_binary(&engine, input).expect_err("not a module");
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn a_last_block_of_another_type_than_the_function_is_refused() {
    let vector = "(v128.const i64x2 1 2)";
    for body in [
        format!("(block (result v128) {vector})"),
        "(block (result v128) (local.get 0))".into(),
        format!("(if (result v128) (i32.const 1) (then {vector}) (else {vector}))"),
        "(if (result v128) (i32.const 1) (then (local.get 0)) (else unreachable))".into(),
        "(block (result i32) (local.get 1))".into(),
    ] {
        for result in ["i32", "f64", "funcref", "v128 v128"] {
            let wat = format!("(module (func (param v128 i64) (result {result}) {body}))");
            refused(wat::parse_str(wat).expect("text"));
        }
    }
}
