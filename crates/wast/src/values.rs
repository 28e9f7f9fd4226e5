//! Values of scripts: arguments of calls, and patterns of results.

use std::mem::discriminant;

use wasmote::{AnyRef, ExternRef, Result, Store, Val, ValType, bail, ensure, format_err};
use wast::core::{AbstractHeapType, HeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wast::token::{F32, F64};
use wast::{WastArg, WastRet};

/// The value of an argument. A host reference `(ref.extern n)` carries the number `n`.
pub(crate) fn argument(store: &mut Store<()>, arg: &WastArg<'_>) -> Result<Val> {
    let WastArg::Core(arg) = arg else {
        bail!("a component value is no argument of a core function");
    };
    Ok(match arg {
        WastArgCore::I32(n) => Val::I32(*n),
        WastArgCore::I64(n) => Val::I64(*n),
        WastArgCore::F32(f) => Val::F32(f.bits),
        WastArgCore::F64(f) => Val::F64(f.bits),
        WastArgCore::V128(v) => Val::V128(u128::from_le_bytes(v.to_le_bytes()).into()),
        WastArgCore::RefNull(HeapType::Abstract { ty, .. }) => null(*ty),
        WastArgCore::RefExtern(n) => Val::ExternRef(Some(ExternRef::new(store, *n)?)),
        WastArgCore::RefHost(n) => {
            let number = ExternRef::new(&mut *store, *n)?;
            Val::AnyRef(Some(AnyRef::convert_extern(store, number)?))
        }
        other => bail!("there is no value for the argument {other:?}"),
    })
}

/// Null, in the form that values of a type's hierarchy have.
fn null(ty: AbstractHeapType) -> Val {
    use AbstractHeapType as Ty;
    match ty {
        Ty::Func | Ty::NoFunc => Val::FuncRef(None),
        Ty::Extern | Ty::NoExtern => Val::ExternRef(None),
        Ty::Any | Ty::Eq | Ty::I31 | Ty::Struct | Ty::Array | Ty::None => Val::AnyRef(None),
        Ty::Exn | Ty::NoExn => Val::ExnRef(None),
        Ty::Cont | Ty::NoCont => Val::ContRef(None),
    }
}

/// Compares the results of a call with those that the script expects.
pub(crate) fn check(store: &mut Store<()>, found: &[Val], expected: &[WastRet<'_>]) -> Result<()> {
    ensure!(
        found.len() == expected.len(),
        "expected {} results, got {}",
        expected.len(),
        found.len()
    );
    for (i, (val, expected)) in found.iter().zip(expected).enumerate() {
        let WastRet::Core(pattern) = expected else {
            bail!("a component value is no result of a core function");
        };
        if !matches(store, val, pattern)? {
            let val = show(store, val);
            return Err(format_err!("result {i}: expected {}, got {val}", show_pattern(pattern)));
        }
    }
    Ok(())
}

/// Whether a value is one of those that a pattern stands for.
fn matches(store: &mut Store<()>, val: &Val, pattern: &WastRetCore<'_>) -> Result<bool> {
    Ok(match (pattern, val) {
        (WastRetCore::I32(n), Val::I32(v)) => n == v,
        (WastRetCore::I64(n), Val::I64(v)) => n == v,
        (WastRetCore::F32(p), Val::F32(v)) => f32_matches(*v, p),
        (WastRetCore::F64(p), Val::F64(v)) => f64_matches(*v, p),
        (WastRetCore::V128(p), Val::V128(v)) => v128_matches(u128::from(*v), p),
        (WastRetCore::RefNull(None), val) => is_null(val),
        // Null has no type but that of its hierarchy.
        (WastRetCore::RefNull(Some(HeapType::Abstract { ty, .. })), val) => {
            is_null(val) && discriminant(val) == discriminant(&null(*ty))
        }
        (WastRetCore::RefFunc(_), val) => is(store, val, &ValType::FUNCREF)?,
        (WastRetCore::RefExtern(None), val) => is(store, val, &ValType::EXTERNREF)?,
        (WastRetCore::RefAny, val) => is(store, val, &ValType::ANYREF)?,
        (WastRetCore::RefEq, val) => is(store, val, &ValType::EQREF)?,
        (WastRetCore::RefI31, val) => is(store, val, &ValType::I31REF)?,
        (WastRetCore::RefStruct, val) => is(store, val, &ValType::STRUCTREF)?,
        (WastRetCore::RefArray, val) => is(store, val, &ValType::ARRAYREF)?,
        (WastRetCore::RefExtern(Some(n)), Val::ExternRef(Some(_))) => {
            host_number(store, val)? == Some(*n)
        }
        (WastRetCore::RefHost(n), Val::AnyRef(Some(_))) => host_number(store, val)? == Some(*n),
        (WastRetCore::Either(patterns), val) => {
            for pattern in patterns {
                if matches(store, val, pattern)? {
                    return Ok(true);
                }
            }
            false
        }
        _ => false,
    })
}

fn is_null(val: &Val) -> bool {
    val.ref_().is_some_and(|reference| reference.is_null())
}

/// Whether a value is a reference of a type, and not null.
fn is(store: &Store<()>, val: &Val, ty: &ValType) -> Result<bool> {
    Ok(!is_null(val) && val.ty(store)?.matches(ty))
}

/// The number that [`argument`] put into a host reference.
fn host_number(store: &mut Store<()>, val: &Val) -> Result<Option<u32>> {
    let reference = match *val {
        Val::ExternRef(Some(reference)) => reference,
        Val::AnyRef(Some(reference)) => ExternRef::convert_any(&mut *store, reference)?,
        _ => return Ok(None),
    };
    Ok(reference.data(&*store)?.and_then(|data| data.downcast_ref::<u32>()).copied())
}

/// A canonical NaN has no bit of its payload set but the highest; the sign is free.
fn f32_matches(bits: u32, pattern: &NanPattern<F32>) -> bool {
    match pattern {
        NanPattern::Value(f) => bits == f.bits,
        NanPattern::CanonicalNan => bits & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => bits & 0x7fc0_0000 == 0x7fc0_0000,
    }
}

/// See [`f32_matches`].
fn f64_matches(bits: u64, pattern: &NanPattern<F64>) -> bool {
    match pattern {
        NanPattern::Value(f) => bits == f.bits,
        NanPattern::CanonicalNan => bits & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => bits & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
    }
}

/// Lane by lane, the first lane in the lowest bits.
fn v128_matches(bits: u128, pattern: &V128Pattern) -> bool {
    let lane = |i: usize, width: usize| bits >> (i * width);
    match pattern {
        V128Pattern::I8x16(lanes) => lanes.iter().enumerate().all(|(i, v)| lane(i, 8) as i8 == *v),
        V128Pattern::I16x8(lanes) => {
            lanes.iter().enumerate().all(|(i, v)| lane(i, 16) as i16 == *v)
        }
        V128Pattern::I32x4(lanes) => {
            lanes.iter().enumerate().all(|(i, v)| lane(i, 32) as i32 == *v)
        }
        V128Pattern::I64x2(lanes) => {
            lanes.iter().enumerate().all(|(i, v)| lane(i, 64) as i64 == *v)
        }
        V128Pattern::F32x4(lanes) => {
            lanes.iter().enumerate().all(|(i, p)| f32_matches(lane(i, 32) as u32, p))
        }
        V128Pattern::F64x2(lanes) => {
            lanes.iter().enumerate().all(|(i, p)| f64_matches(lane(i, 64) as u64, p))
        }
    }
}

/// A value for the text of a failure: floats with their bits, since NaNs differ in nothing else.
pub(crate) fn show(store: &mut Store<()>, val: &Val) -> String {
    let null = |is_null| if is_null { "null " } else { "" };
    match val {
        Val::I32(n) => format!("i32:{n}"),
        Val::I64(n) => format!("i64:{n}"),
        Val::F32(bits) => show_f32(*bits),
        Val::F64(bits) => show_f64(*bits),
        Val::V128(v) => format!("v128:{:#034x}", u128::from(*v)),
        Val::FuncRef(reference) => format!("{}funcref", null(reference.is_none())),
        Val::AnyRef(reference) => format!("{}anyref", null(reference.is_none())),
        Val::ExnRef(reference) => format!("{}exnref", null(reference.is_none())),
        Val::ContRef(reference) => format!("{}contref", null(reference.is_none())),
        Val::ExternRef(reference) => match host_number(store, val) {
            Ok(Some(n)) => format!("externref:{n}"),
            _ => format!("{}externref", null(reference.is_none())),
        },
    }
}

fn show_f32(bits: u32) -> String {
    format!("f32:{} ({bits:#010x})", f32::from_bits(bits))
}

fn show_f64(bits: u64) -> String {
    format!("f64:{} ({bits:#018x})", f64::from_bits(bits))
}

fn show_pattern(pattern: &WastRetCore<'_>) -> String {
    match pattern {
        WastRetCore::I32(n) => format!("i32:{n}"),
        WastRetCore::I64(n) => format!("i64:{n}"),
        WastRetCore::F32(NanPattern::Value(f)) => show_f32(f.bits),
        WastRetCore::F64(NanPattern::Value(f)) => show_f64(f.bits),
        WastRetCore::F32(NanPattern::CanonicalNan) => "f32:nan:canonical".to_owned(),
        WastRetCore::F32(NanPattern::ArithmeticNan) => "f32:nan:arithmetic".to_owned(),
        WastRetCore::F64(NanPattern::CanonicalNan) => "f64:nan:canonical".to_owned(),
        WastRetCore::F64(NanPattern::ArithmeticNan) => "f64:nan:arithmetic".to_owned(),
        WastRetCore::RefNull(_) => "null".to_owned(),
        WastRetCore::RefFunc(_) => "funcref".to_owned(),
        WastRetCore::RefExtern(None) => "externref".to_owned(),
        WastRetCore::RefExtern(Some(n)) => format!("externref:{n}"),
        WastRetCore::RefHost(n) => format!("anyref:{n}"),
        WastRetCore::RefAny => "anyref".to_owned(),
        WastRetCore::RefEq => "eqref".to_owned(),
        WastRetCore::RefI31 => "i31ref".to_owned(),
        WastRetCore::RefStruct => "structref".to_owned(),
        WastRetCore::RefArray => "arrayref".to_owned(),
        other => format!("{other:?}"),
    }
}
