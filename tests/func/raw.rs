//! Raw values: `new_unchecked`, `call_unchecked`, `to_raw`, `from_raw`.

use crate::*;
use std::mem::MaybeUninit;

#[test]
fn raw_calls_share_one_slice() {
    let (_, mut store, _) = setup();
    let func = Func::wrap(&mut store, |_: i32, b: i64, c: f32| (c + 1.0, b - 1));
    let mut values = [ValRaw::i32(-1), ValRaw::i64(5), ValRaw::f32(1.5f32.to_bits())];
    // SAFETY: the slice is valid, and holds arguments of the right types.
    unsafe { func.call_unchecked(&mut store, &mut values) }.unwrap();
    assert_eq!(f32::from_bits(values[0].get_f32()), 2.5);
    assert_eq!(values[1].get_i64(), 4);
}

#[test]
fn raw_calls_need_room() {
    let (_, mut store, _) = setup();
    let func = Func::wrap(&mut store, |a: i32| (a, a));
    let mut values = [ValRaw::i32(1)];
    assert_panics(
        // SAFETY: the slice is valid; it is too short, which panics.
        || unsafe { func.call_unchecked(&mut store, &mut values[..]) },
        "room for all arguments and all results",
    );
    let mut values = [ValRaw::i32(1); 3];
    // SAFETY: as above; longer than needed.
    unsafe { func.call_unchecked(&mut store, &mut values[..]) }.unwrap();
    assert_eq!(values[1].get_i32(), 1);
}

#[test]
fn raw_errors_come_out() {
    let (_, mut store, _) = setup();
    let func = Func::wrap(&mut store, |_: i32| -> Result<i32> { bail!("no") });
    let mut values = [ValRaw::i32(1)];
    // SAFETY: the slice is valid, and holds an argument of the right type.
    assert_err_is(unsafe { func.call_unchecked(&mut store, &mut values) }, "no");
    assert_eq!(values[0].get_i32(), 1);
}

#[test]
fn raw_host_functions_have_room_for_both() {
    let (engine, mut store, _) = setup();
    let types = |n| vec![ValType::I64; n];
    for (params, results) in [(0, 0), (3, 1), (1, 3), (2, 2)] {
        let ty = FuncType::new(&engine, types(params), types(results));
        let body = move |_: Caller<'_, ()>, values: &mut [MaybeUninit<ValRaw>]| {
            assert_eq!(values.len(), params.max(results));
            // SAFETY: these hold arguments.
            let sum: i64 =
                values[..params].iter().map(|v| unsafe { v.assume_init() }.get_i64()).sum();
            for (i, value) in values[..results].iter_mut().enumerate() {
                value.write(ValRaw::i64(sum + i as i64));
            }
            Ok(())
        };
        // SAFETY: the function leaves results of the right types.
        let func = unsafe { Func::new_unchecked(&mut store, ty, body) };
        let args: Vec<Val> = (1..=params as i64).map(Val::I64).collect();
        let mut out = vec![Val::I32(0); results];
        func.call(&mut store, &args, &mut out).unwrap();
        let sum: i64 = (1..=params as i64).sum();
        for (i, value) in out.iter().enumerate() {
            assert_eq!(value.unwrap_i64(), sum + i as i64);
        }
    }
}

#[test]
fn raw_vectors_take_one_value() {
    let (engine, mut store, _) = setup();
    let types = [ValType::I32, ValType::V128, ValType::I64];
    let ty = FuncType::new(&engine, types, [ValType::V128, ValType::I32]);
    let body = |_: Caller<'_, ()>, values: &mut [MaybeUninit<ValRaw>]| {
        // SAFETY: all three are arguments.
        let [a, v, b] = [0, 1, 2].map(|i| unsafe { values[i].assume_init() });
        values[0].write(ValRaw::v128(v.get_v128() + b.get_u64() as u128));
        values[1].write(a);
        Ok(())
    };
    // SAFETY: the function leaves results of the right types.
    let func = unsafe { Func::new_unchecked(&mut store, ty, body) };
    let typed = func.typed::<(i32, V128, i64), (V128, i32)>(&store).unwrap();
    let (v, a) = typed.call(&mut store, (1, V128::from(2 << 64 | 3), 4)).unwrap();
    assert_eq!((v.as_u128(), a), (2 << 64 | 7, 1));
}

#[test]
fn upper_halves_are_cleaned() {
    let (engine, mut store, _) = setup();
    let ty = FuncType::new(&engine, [], [ValType::I32]);
    // SAFETY: the lower half of the value is an i32.
    let func = unsafe {
        Func::new_unchecked(&mut store, ty, |_, values| {
            values[0].write(ValRaw::i64(-1));
            Ok(())
        })
    };
    let text = r#"(module (import "" "" (func $f (result i32)))
        (func (export "run") (result i64) (i64.extend_i32_u (call $f))))"#;
    let instance = Instance::new(&mut store, &module(&engine, text), &[func.into()]).unwrap();
    let run = instance.get_typed_func::<(), u64>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), 0xffff_ffff);
}

#[test]
fn functions_have_raw_values() {
    let (_, mut store, _) = setup();
    let seven = Func::wrap(&mut store, || 7);
    let eight = Func::wrap(&mut store, || 8);
    let (a, b) = (seven.to_raw(&store), eight.to_raw(&store));
    assert!(!a.is_null() && !b.is_null() && a != b);
    assert_eq!(a, seven.to_raw(&store));
    // SAFETY: both values are of functions of this store.
    let (a, b) = unsafe { (Func::from_raw(&mut store, a), Func::from_raw(&mut store, b)) };
    assert_eq!(call_i32(&mut store, a.unwrap()), 7);
    assert_eq!(call_i32(&mut store, b.unwrap()), 8);
    // SAFETY: null is the null reference.
    assert!(unsafe { Func::from_raw(&mut store, std::ptr::null_mut()) }.is_none());
}

#[test]
fn raw_function_references_pass() {
    let (_, mut store, _) = setup();
    let seven = Func::wrap(&mut store, || 7);
    let id = Func::wrap(&mut store, |f: Option<Func>| f);
    let mut values = [ValRaw::funcref(seven.to_raw(&store))];
    // SAFETY: the value is of a function of this store.
    unsafe { id.call_unchecked(&mut store, &mut values) }.unwrap();
    // SAFETY: as above.
    let back = unsafe { Func::from_raw(&mut store, values[0].get_funcref()) }.unwrap();
    assert_eq!(call_i32(&mut store, back), 7);
}
