//! What operators compute, straight from the specification and as slowly as it likes.
//!
//! An operator is found by its name: the shape it begins with says how wide a lane is and how many there are (one, in
//! a number), the rest what happens to lanes.

use wasmote::Trap;

use super::machine::Memory;
use super::table::{Op, Ty};

/// What an operator does with its operands' bits.
pub(crate) type Compute = Box<dyn Fn(Ways, &[u128]) -> Result<Vec<u128>, Trap> + Send + Sync>;
/// The same of an access: the memory and the address come before the other operands.
pub(crate) type Reach =
    Box<dyn Fn(&mut Memory, u128, Ways, &[u128]) -> Result<Vec<u128>, Trap> + Send + Sync>;

/// What the operands do not say.
#[derive(Clone, Copy)]
pub(crate) struct Ways {
    pub(crate) lane: usize,
    pub(crate) lanes: [u8; 16],
    /// Which of the results that a relaxed operator may have.
    pub(crate) choice: u8,
}

/// What the rest of a computation depends on.
pub(crate) enum Meaning {
    Compute(Compute),
    /// An access of so many bytes; its first operand, an address, is not among the operands.
    Access(usize, Reach),
}

pub(crate) struct Semantics {
    pub(crate) params: Vec<Ty>,
    pub(crate) results: Vec<Ty>,
    pub(crate) meaning: Meaning,
    /// The width of the lanes that may be any arithmetic NaN where the result has the canonical one.
    pub(crate) nan: Option<u32>,
    /// It has an effect, or its result depends on more than its operands.
    pub(crate) effect: bool,
}

/// A lane's bits of `w`, as a signed number.
fn s(w: u32, x: u128) -> i128 {
    (x << (128 - w)) as i128 >> (128 - w)
}

/// A number as a lane's bits of `w`.
fn wrap(w: u32, x: i128) -> u128 {
    x as u128 & mask(w)
}

fn mask(w: u32) -> u128 {
    u128::MAX >> (128 - w)
}

fn clamp_s(w: u32, x: i128) -> u128 {
    wrap(w, x.clamp(-1 << (w - 1), (1 << (w - 1)) - 1))
}

fn clamp_u(w: u32, x: i128) -> u128 {
    wrap(w, x.clamp(0, (1 << w) - 1))
}

pub(crate) fn split(w: u32, x: u128) -> Vec<u128> {
    (0..128 / w).map(|i| x >> (i * w) & mask(w)).collect()
}

fn join(w: u32, lanes: impl IntoIterator<Item = u128>) -> u128 {
    lanes.into_iter().enumerate().fold(0, |all, (i, lane)| all | lane << (i as u32 * w))
}

/// What happens to lanes of a width.
enum Lanes {
    One(fn(u32, u128) -> u128),
    Two(fn(u32, u128, u128) -> u128),
    /// May trap: only of numbers.
    Partial(fn(u32, u128, u128) -> Result<u128, Trap>),
    Compare(fn(u32, u128, u128) -> bool),
    Three(fn(u32, u8, [u128; 3]) -> u128),
}
use Lanes::*;

fn integer(rest: &str) -> Option<Lanes> {
    Some(match rest {
        "abs" => One(|w, a| wrap(w, s(w, a).abs())),
        "neg" => One(|w, a| wrap(w, -s(w, a))),
        "clz" => One(|w, a| u128::from(a.leading_zeros() - (128 - w))),
        "ctz" => One(|w, a| u128::from(a.trailing_zeros().min(w))),
        "popcnt" => One(|_, a| u128::from(a.count_ones())),
        "extend8_s" => One(|w, a| wrap(w, s(8, a))),
        "extend16_s" => One(|w, a| wrap(w, s(16, a))),
        "extend32_s" => One(|w, a| wrap(w, s(32, a))),
        "add" => Two(|w, a, b| (a + b) & mask(w)),
        "sub" => Two(|w, a, b| wrap(w, a as i128 - b as i128)),
        "mul" => Two(|w, a, b| a.wrapping_mul(b) & mask(w)),
        "and" => Two(|_, a, b| a & b),
        "or" => Two(|_, a, b| a | b),
        "xor" => Two(|_, a, b| a ^ b),
        "rotl" => Two(|w, a, b| {
            let k = b as u32 % w;
            (a << k | a >> (w - k)) & mask(w)
        }),
        "rotr" => Two(|w, a, b| {
            let k = b as u32 % w;
            (a >> k | a << (w - k)) & mask(w)
        }),
        "shl" => Two(|w, a, b| a << (b as u32 % w) & mask(w)),
        "shr_u" => Two(|w, a, b| a >> (b as u32 % w)),
        "shr_s" => Two(|w, a, b| wrap(w, s(w, a) >> (b as u32 % w))),
        "div_u" => Partial(|_, a, b| a.checked_div(b).ok_or(Trap::IntegerDivisionByZero)),
        "rem_u" => Partial(|_, a, b| a.checked_rem(b).ok_or(Trap::IntegerDivisionByZero)),
        "div_s" => Partial(|w, a, b| match s(w, a).checked_div(s(w, b)) {
            None => Err(Trap::IntegerDivisionByZero),
            Some(q) if q == 1 << (w - 1) => Err(Trap::IntegerOverflow),
            Some(q) => Ok(wrap(w, q)),
        }),
        "rem_s" => Partial(|w, a, b| {
            let r = s(w, a).checked_rem(s(w, b)).ok_or(Trap::IntegerDivisionByZero)?;
            Ok(wrap(w, r))
        }),
        "eq" => Compare(|_, a, b| a == b),
        "ne" => Compare(|_, a, b| a != b),
        "lt_u" => Compare(|_, a, b| a < b),
        "gt_u" => Compare(|_, a, b| a > b),
        "le_u" => Compare(|_, a, b| a <= b),
        "ge_u" => Compare(|_, a, b| a >= b),
        "lt_s" => Compare(|w, a, b| s(w, a) < s(w, b)),
        "gt_s" => Compare(|w, a, b| s(w, a) > s(w, b)),
        "le_s" => Compare(|w, a, b| s(w, a) <= s(w, b)),
        "ge_s" => Compare(|w, a, b| s(w, a) >= s(w, b)),
        "min_s" => Two(|w, a, b| wrap(w, s(w, a).min(s(w, b)))),
        "max_s" => Two(|w, a, b| wrap(w, s(w, a).max(s(w, b)))),
        "min_u" => Two(|_, a, b| a.min(b)),
        "max_u" => Two(|_, a, b| a.max(b)),
        "avgr_u" => Two(|_, a, b| (a + b).div_ceil(2)),
        "add_sat_s" => Two(|w, a, b| clamp_s(w, s(w, a) + s(w, b))),
        "add_sat_u" => Two(|w, a, b| clamp_u(w, (a + b) as i128)),
        "sub_sat_s" => Two(|w, a, b| clamp_s(w, s(w, a) - s(w, b))),
        "sub_sat_u" => Two(|w, a, b| clamp_u(w, a as i128 - b as i128)),
        "q15mulr_sat_s" => Two(|w, a, b| clamp_s(w, (s(w, a) * s(w, b) + 0x4000) >> 15)),
        "relaxed_q15mulr_s" => Two(|w, a, b| clamp_s(w, (s(w, a) * s(w, b) + 0x4000) >> 15)),
        "relaxed_laneselect" => Three(|_, _, [a, b, c]| a & c | b & !c),
        _ => return None,
    })
}

/// Does the same to floats of 32 or 64 bits; any NaN becomes the canonical one.
macro_rules! float {
    ($w:expr, |$($x:ident),*| $result:expr) => {
        if $w == 32 {
            $(let $x = f32::from_bits($x as u32);)*
            let r: f32 = $result;
            if r.is_nan() { 0x7fc0_0000 } else { r.to_bits().into() }
        } else {
            $(let $x = f64::from_bits($x as u64);)*
            let r: f64 = $result;
            if r.is_nan() { 0x7ff8 << 48 } else { r.to_bits().into() }
        }
    };
}

fn to_f64(w: u32, x: u128) -> f64 {
    if w == 32 { f32::from_bits(x as u32).into() } else { f64::from_bits(x as u64) }
}

fn sign(w: u32) -> u128 {
    1 << (w - 1)
}

/// The smaller (or larger) of two: NaN if either is, and -0 is smaller than +0.
fn extreme(w: u32, a: u128, b: u128, max: bool) -> u128 {
    let (x, y) = (to_f64(w, a), to_f64(w, b));
    match x.partial_cmp(&y) {
        None => {
            if w == 32 {
                0x7fc0_0000
            } else {
                0x7ff8 << 48
            }
        }
        Some(std::cmp::Ordering::Equal) => {
            if max {
                a & b
            } else {
                a | b
            }
        }
        Some(order) => {
            if order.is_gt() == max {
                a
            } else {
                b
            }
        }
    }
}

fn float(rest: &str) -> Option<Lanes> {
    Some(match rest {
        "abs" => One(|w, a| a & !sign(w)),
        "neg" => One(|w, a| a ^ sign(w)),
        "copysign" => Two(|w, a, b| a & !sign(w) | b & sign(w)),
        "ceil" => One(|w, a| float!(w, |a| a.ceil())),
        "floor" => One(|w, a| float!(w, |a| a.floor())),
        "trunc" => One(|w, a| float!(w, |a| a.trunc())),
        "nearest" => One(|w, a| float!(w, |a| a.round_ties_even())),
        "sqrt" => One(|w, a| float!(w, |a| a.sqrt())),
        "add" => Two(|w, a, b| float!(w, |a, b| a + b)),
        "sub" => Two(|w, a, b| float!(w, |a, b| a - b)),
        "mul" => Two(|w, a, b| float!(w, |a, b| a * b)),
        "div" => Two(|w, a, b| float!(w, |a, b| a / b)),
        "min" => Two(|w, a, b| extreme(w, a, b, false)),
        "max" => Two(|w, a, b| extreme(w, a, b, true)),
        "pmin" => Two(|w, a, b| if to_f64(w, b) < to_f64(w, a) { b } else { a }),
        "pmax" => Two(|w, a, b| if to_f64(w, a) < to_f64(w, b) { b } else { a }),
        "eq" => Compare(|w, a, b| to_f64(w, a) == to_f64(w, b)),
        "ne" => Compare(|w, a, b| to_f64(w, a) != to_f64(w, b)),
        "lt" => Compare(|w, a, b| to_f64(w, a) < to_f64(w, b)),
        "gt" => Compare(|w, a, b| to_f64(w, a) > to_f64(w, b)),
        "le" => Compare(|w, a, b| to_f64(w, a) <= to_f64(w, b)),
        "ge" => Compare(|w, a, b| to_f64(w, a) >= to_f64(w, b)),
        "relaxed_min" => Three(|w, choice, [a, b, _]| match choice {
            0 => extreme(w, a, b, false),
            1 => {
                if to_f64(w, a) < to_f64(w, b) {
                    a
                } else {
                    b
                }
            }
            _ => {
                if to_f64(w, b) < to_f64(w, a) {
                    b
                } else {
                    a
                }
            }
        }),
        "relaxed_max" => Three(|w, choice, [a, b, _]| match choice {
            0 => extreme(w, a, b, true),
            1 => {
                if to_f64(w, a) > to_f64(w, b) {
                    a
                } else {
                    b
                }
            }
            _ => {
                if to_f64(w, b) > to_f64(w, a) {
                    b
                } else {
                    a
                }
            }
        }),
        "relaxed_madd" => Three(|w, choice, [a, b, c]| match choice {
            0 => float!(w, |a, b, c| a * b + c),
            _ => float!(w, |a, b, c| a.mul_add(b, c)),
        }),
        "relaxed_nmadd" => Three(|w, choice, [a, b, c]| match choice {
            0 => float!(w, |a, b, c| -a * b + c),
            _ => float!(w, |a, b, c| (-a).mul_add(b, c)),
        }),
        _ => return None,
    })
}

/// Operators whose result is a NaN of the machine's choice.
const NANS: &[&str] = &[
    "ceil",
    "floor",
    "trunc",
    "nearest",
    "sqrt",
    "add",
    "sub",
    "mul",
    "div",
    "min",
    "max",
    "demote_f64",
    "promote_f32",
    "demote_f64x2_zero",
    "promote_low_f32x4",
    "relaxed_min",
    "relaxed_max",
    "relaxed_madd",
    "relaxed_nmadd",
];

/// Truncation towards zero of a float of `from` bits to an integer of `to` bits.
fn truncate(from: u32, to: u32, signed: bool, x: u128) -> Result<u128, Trap> {
    let x = to_f64(from, x).trunc();
    if x.is_nan() {
        return Err(Trap::BadConversionToInteger);
    }
    let (low, high) = if signed { (-(2.0_f64.powi(to as i32 - 1)), to - 1) } else { (0.0, to) };
    if x < low || x >= 2.0_f64.powi(high as i32) {
        return Err(Trap::IntegerOverflow);
    }
    Ok(wrap(to, x as i128))
}

/// The same, with the nearest integer where there is none, and 0 for NaN.
fn saturate(from: u32, to: u32, signed: bool, x: u128) -> u128 {
    truncate(from, to, signed, x).unwrap_or_else(|trap| {
        let negative = to_f64(from, x) < 0.0;
        match trap {
            Trap::BadConversionToInteger => 0,
            _ if signed => {
                if negative {
                    sign(to)
                } else {
                    sign(to) - 1
                }
            }
            _ => {
                if negative {
                    0
                } else {
                    mask(to)
                }
            }
        }
    })
}

/// An integer as a float of `to` bits.
fn convert(from: u32, to: u32, signed: bool, x: u128) -> u128 {
    let x = if signed { s(from, x) } else { x as i128 };
    if to == 32 { (x as f32).to_bits().into() } else { (x as f64).to_bits().into() }
}

fn demote(x: u128) -> u128 {
    let x = f64::from_bits(x as u64);
    if x.is_nan() { 0x7fc0_0000 } else { (x as f32).to_bits().into() }
}

fn promote(x: u128) -> u128 {
    let x = f32::from_bits(x as u32);
    if x.is_nan() { 0x7ff8 << 48 } else { f64::from(x).to_bits().into() }
}

/// Width and type of a number's shape.
fn scalar(shape: &str) -> Option<(u32, Ty)> {
    Some(match shape {
        "i32" => (32, Ty::I32),
        "i64" => (64, Ty::I64),
        "f32" => (32, Ty::F32),
        "f64" => (64, Ty::F64),
        _ => return None,
    })
}

/// Width of a lane, and the type of a number that goes there.
fn vector(shape: &str) -> Option<(u32, Ty)> {
    Some(match shape {
        "i8x16" => (8, Ty::I32),
        "i16x8" => (16, Ty::I32),
        "i32x4" => (32, Ty::I32),
        "i64x2" => (64, Ty::I64),
        "f32x4" => (32, Ty::F32),
        "f64x2" => (64, Ty::F64),
        _ => return None,
    })
}

fn computes(
    params: &[Ty],
    result: Ty,
    f: impl Fn(Ways, &[u128]) -> u128 + Send + Sync + 'static,
) -> Option<Semantics> {
    may_trap(params, &[result], move |ways, x| Ok(vec![f(ways, x)]))
}

fn may_trap(
    params: &[Ty],
    results: &[Ty],
    f: impl Fn(Ways, &[u128]) -> Result<Vec<u128>, Trap> + Send + Sync + 'static,
) -> Option<Semantics> {
    let meaning = Meaning::Compute(Box::new(f));
    Some(Semantics {
        params: params.into(),
        results: results.into(),
        meaning,
        nan: None,
        effect: false,
    })
}

fn accesses(
    operands: &[Ty],
    results: &[Ty],
    bytes: usize,
    f: impl Fn(&mut Memory, u128, Ways, &[u128]) -> Result<Vec<u128>, Trap> + Send + Sync + 'static,
) -> Option<Semantics> {
    let params = [&[Ty::I32], operands].concat();
    let meaning = Meaning::Access(bytes, Box::new(f));
    Some(Semantics { params, results: results.into(), meaning, nan: None, effect: true })
}

/// What an operator means, if its name says all.
pub(crate) fn semantics(op: Op) -> Option<Semantics> {
    let (shape, rest) = op.name().split_once('_')?;
    let found = match (scalar(shape), vector(shape), shape) {
        (Some((w, ty)), ..) => {
            access(ty, w, rest).or_else(|| wide(shape, rest)).or_else(|| number(shape, w, ty, rest))
        }
        (_, Some((w, lane)), _) => lanewise(shape, w, rest).or_else(|| lanes(shape, w, lane, rest)),
        (.., "v128") => access(Ty::V128, 128, rest).or_else(|| bits(rest)),
        (.., "memory") => wait(rest),
        _ => None,
    };
    let width = scalar(shape).or(vector(shape)).map(|(w, _)| w);
    let nan = width.filter(|_| shape.starts_with('f') && NANS.contains(&rest));
    found.map(|f| Semantics { nan, ..f })
}

fn number(shape: &str, w: u32, ty: Ty, rest: &str) -> Option<Semantics> {
    if rest == "eqz" {
        return computes(&[ty], Ty::I32, |_, x| (x[0] == 0).into());
    }
    match if shape.starts_with('i') { integer(rest) } else { float(rest) } {
        Some(One(f)) => return computes(&[ty], ty, move |_, x| f(w, x[0])),
        Some(Two(f)) => return computes(&[ty; 2], ty, move |_, x| f(w, x[0], x[1])),
        Some(Partial(f)) => {
            return may_trap(&[ty; 2], &[ty], move |_, x| Ok(vec![f(w, x[0], x[1])?]));
        }
        Some(Compare(f)) => {
            return computes(&[ty; 2], Ty::I32, move |_, x| f(w, x[0], x[1]).into());
        }
        Some(Three(_)) => unreachable!("only vectors have these"),
        None => {}
    }
    // A conversion: what it does, from what, and whether the integer is signed.
    let mut parts = rest.rsplitn(3, '_');
    let (last, before) = (parts.next()?, parts.next()?);
    let signed = last == "s";
    let (how, from) = match parts.next() {
        Some(how) => (how, before),
        None => (before, last),
    };
    let (from_w, from) = scalar(from)?;
    match how {
        "wrap" => computes(&[from], ty, move |_, x| x[0] & mask(w)),
        "extend" if signed => computes(&[from], ty, move |_, x| wrap(w, s(from_w, x[0]))),
        "extend" | "reinterpret" => computes(&[from], ty, |_, x| x[0]),
        "demote" => computes(&[from], ty, |_, x| demote(x[0])),
        "promote" => computes(&[from], ty, |_, x| promote(x[0])),
        "convert" => computes(&[from], ty, move |_, x| convert(from_w, w, signed, x[0])),
        "trunc_sat" => computes(&[from], ty, move |_, x| saturate(from_w, w, signed, x[0])),
        "trunc" => {
            may_trap(&[from], &[ty], move |_, x| Ok(vec![truncate(from_w, w, signed, x[0])?]))
        }
        _ => None,
    }
}

/// The two halves of 128 bits.
fn halves(x: u128) -> Vec<u128> {
    split(64, x)
}

fn wide(shape: &str, rest: &str) -> Option<Semantics> {
    let full = |low: u128, high: u128| low | high << 64;
    match (shape, rest) {
        ("i64", "add128") => may_trap(&[Ty::I64; 4], &[Ty::I64; 2], move |_, x| {
            Ok(halves(full(x[0], x[1]).wrapping_add(full(x[2], x[3]))))
        }),
        ("i64", "sub128") => may_trap(&[Ty::I64; 4], &[Ty::I64; 2], move |_, x| {
            Ok(halves(full(x[0], x[1]).wrapping_sub(full(x[2], x[3]))))
        }),
        ("i64", "mul_wide_s") => may_trap(&[Ty::I64; 2], &[Ty::I64; 2], |_, x| {
            Ok(halves((s(64, x[0]) * s(64, x[1])) as u128))
        }),
        ("i64", "mul_wide_u") => {
            may_trap(&[Ty::I64; 2], &[Ty::I64; 2], |_, x| Ok(halves(x[0] * x[1])))
        }
        _ => None,
    }
}

/// What is done to all lanes alike.
fn lanewise(shape: &str, w: u32, rest: &str) -> Option<Semantics> {
    const V: Ty = Ty::V128;
    if matches!(rest, "shl" | "shr_s" | "shr_u") {
        let Some(Two(f)) = integer(rest) else { unreachable!() };
        return computes(&[V, Ty::I32], V, move |_, x| {
            join(w, split(w, x[0]).into_iter().map(|a| f(w, a, x[1])))
        });
    }
    let zip = move |x: &[u128], f: &dyn Fn(u128, u128) -> u128| {
        join(w, split(w, x[0]).into_iter().zip(split(w, x[1])).map(|(a, b)| f(a, b)))
    };
    match if shape.starts_with('i') { integer(rest) } else { float(rest) }? {
        One(f) => {
            computes(&[V], V, move |_, x| join(w, split(w, x[0]).into_iter().map(|a| f(w, a))))
        }
        Two(f) => computes(&[V; 2], V, move |_, x| zip(x, &|a, b| f(w, a, b))),
        Compare(f) => {
            computes(&[V; 2], V, move |_, x| zip(x, &|a, b| if f(w, a, b) { mask(w) } else { 0 }))
        }
        Three(f) => {
            let n = if matches!(rest, "relaxed_min" | "relaxed_max") { 2 } else { 3 };
            computes(&[V; 3][..n], V, move |ways, x| {
                let of = |i: usize| x.get(i).map_or(vec![0; 16], |&x| split(w, x));
                let (a, b, c) = (of(0), of(1), of(2));
                join(w, (0..128 / w as usize).map(|i| f(w, ways.choice, [a[i], b[i], c[i]])))
            })
        }
        Partial(_) => None,
    }
}

/// What moves, joins or counts lanes.
fn lanes(shape: &str, w: u32, lane: Ty, rest: &str) -> Option<Semantics> {
    const V: Ty = Ty::V128;
    let n = 128 / w;
    // Of the other vectors, by the last part of the name but the sign.
    let signed = rest.ends_with("_s") || rest.contains("_s_");
    let extend = move |x: u128| if signed { s(w / 2, x) } else { x as i128 };
    let half = move |x: u128, high: bool| {
        let all = split(w / 2, x);
        all[if high { n as usize } else { 0 }..][..n as usize].to_vec()
    };
    let high = rest.contains("_high_");
    let base = rest.strip_suffix("_s").or(rest.strip_suffix("_u")).unwrap_or(rest);
    match base {
        "splat" => computes(&[lane], V, move |_, x| join(w, vec![x[0] & mask(w); n as usize])),
        "extract_lane" => computes(&[V], lane, move |ways, x| {
            let x = split(w, x[0])[ways.lane];
            if signed { wrap(32, s(w, x)) } else { x }
        }),
        "replace_lane" => computes(&[V, lane], V, move |ways, x| {
            let mut lanes = split(w, x[0]);
            lanes[ways.lane] = x[1] & mask(w);
            join(w, lanes)
        }),
        "shuffle" => computes(&[V, V], V, |ways, x| {
            let all = [split(8, x[0]), split(8, x[1])].concat();
            join(8, ways.lanes.map(|i| all[usize::from(i)]))
        }),
        "swizzle" | "relaxed_swizzle" => {
            let relaxed = base != "swizzle";
            computes(&[V, V], V, move |ways, x| {
                let all = split(8, x[0]);
                let pick = |i: u128| match i {
                    0..16 => all[i as usize],
                    16..128 if relaxed && ways.choice > 0 => all[i as usize % 16],
                    _ => 0,
                };
                join(8, split(8, x[1]).into_iter().map(pick))
            })
        }
        "all_true" => {
            computes(&[V], Ty::I32, move |_, x| split(w, x[0]).into_iter().all(|x| x != 0).into())
        }
        "bitmask" => computes(&[V], Ty::I32, move |_, x| {
            join(1, split(w, x[0]).into_iter().map(|x| x >> (w - 1)))
        }),
        "narrow_i16x8" | "narrow_i32x4" => computes(&[V, V], V, move |_, x| {
            let all = [split(2 * w, x[0]), split(2 * w, x[1])].concat();
            let clamp = if signed { clamp_s } else { clamp_u };
            join(w, all.into_iter().map(|x| clamp(w, s(2 * w, x))))
        }),
        "extend_low_i8x16" | "extend_high_i8x16" | "extend_low_i16x8" | "extend_high_i16x8"
        | "extend_low_i32x4" | "extend_high_i32x4" => computes(&[V], V, move |_, x| {
            join(w, half(x[0], high).into_iter().map(|x| wrap(w, extend(x))))
        }),
        "extmul_low_i8x16" | "extmul_high_i8x16" | "extmul_low_i16x8" | "extmul_high_i16x8"
        | "extmul_low_i32x4" | "extmul_high_i32x4" => computes(&[V, V], V, move |_, x| {
            let pairs = half(x[0], high).into_iter().zip(half(x[1], high));
            join(w, pairs.map(|(a, b)| wrap(w, extend(a) * extend(b))))
        }),
        "extadd_pairwise_i8x16" | "extadd_pairwise_i16x8" => computes(&[V], V, move |_, x| {
            let all = split(w / 2, x[0]);
            join(w, all.chunks(2).map(|x| wrap(w, extend(x[0]) + extend(x[1]))))
        }),
        "dot_i16x8" => computes(&[V, V], V, |_, x| dot(16, x[0], x[1])),
        "relaxed_dot_i8x16_i7x16" => {
            computes(&[V, V], V, |ways, x| dot_relaxed(ways.choice, x[0], x[1]))
        }
        "relaxed_dot_i8x16_i7x16_add" => computes(&[V; 3], V, |ways, x| {
            let pairs = split(16, dot_relaxed(ways.choice, x[0], x[1]));
            let sums = pairs.chunks(2).map(|p| s(16, p[0]) + s(16, p[1]));
            join(32, sums.zip(split(32, x[2])).map(|(sum, c)| wrap(32, sum + s(32, c))))
        }),
        "trunc_sat_f32x4" | "relaxed_trunc_f32x4" => {
            let relaxed = base != "trunc_sat_f32x4";
            computes(&[V], V, move |ways, x| {
                let choice = if relaxed { ways.choice } else { 0 };
                join(
                    32,
                    split(32, x[0]).into_iter().map(|x| relaxed_truncate(32, signed, choice, x)),
                )
            })
        }
        "trunc_sat_f64x2_s_zero"
        | "trunc_sat_f64x2_u_zero"
        | "relaxed_trunc_f64x2_s_zero"
        | "relaxed_trunc_f64x2_u_zero" => {
            let relaxed = base.starts_with("relaxed");
            computes(&[V], V, move |ways, x| {
                let choice = if relaxed { ways.choice } else { 0 };
                join(
                    32,
                    split(64, x[0]).into_iter().map(|x| relaxed_truncate(64, signed, choice, x)),
                )
            })
        }
        "convert_i32x4" => computes(&[V], V, move |_, x| {
            join(32, split(32, x[0]).into_iter().map(|x| convert(32, 32, signed, x)))
        }),
        "convert_low_i32x4" => computes(&[V], V, move |_, x| {
            join(64, split(32, x[0])[..2].iter().map(|&x| convert(32, 64, signed, x)))
        }),
        "demote_f64x2_zero" => {
            computes(&[V], V, |_, x| join(32, split(64, x[0]).into_iter().map(demote)))
        }
        "promote_low_f32x4" => {
            computes(&[V], V, |_, x| join(64, split(32, x[0])[..2].iter().copied().map(promote)))
        }
        _ => panic!("what does {shape}_{rest} mean?"),
    }
}

/// The sums of pairs of products of lanes.
fn dot(w: u32, a: u128, b: u128) -> u128 {
    let products: Vec<i128> =
        split(w, a).into_iter().zip(split(w, b)).map(|(a, b)| s(w, a) * s(w, b)).collect();
    join(2 * w, products.chunks(2).map(|p| wrap(2 * w, p[0] + p[1])))
}

/// Lanes of the second vector that need an eighth bit are signed or not, and sums saturate or not.
fn dot_relaxed(choice: u8, a: u128, b: u128) -> u128 {
    let of = |b: u128| if choice & 1 == 0 { s(8, b) } else { b as i128 };
    let products: Vec<i128> =
        split(8, a).into_iter().zip(split(8, b)).map(|(a, b)| s(8, a) * of(b)).collect();
    let fit = |x| if choice & 2 == 0 { wrap(16, x) } else { clamp_s(16, x) };
    join(16, products.chunks(2).map(|p| fit(p[0] + p[1])))
}

/// What does not fit may become the nearest integer, or the one that is farthest off.
fn relaxed_truncate(from: u32, signed: bool, choice: u8, x: u128) -> u128 {
    match truncate(from, 32, signed, x) {
        Err(_) if choice > 0 => {
            if signed {
                sign(32)
            } else {
                mask(32)
            }
        }
        _ => saturate(from, 32, signed, x),
    }
}

/// What is done to all bits of vectors.
fn bits(rest: &str) -> Option<Semantics> {
    const V: Ty = Ty::V128;
    match rest {
        "not" => computes(&[V], V, |_, x| !x[0]),
        "and" => computes(&[V, V], V, |_, x| x[0] & x[1]),
        "andnot" => computes(&[V, V], V, |_, x| x[0] & !x[1]),
        "or" => computes(&[V, V], V, |_, x| x[0] | x[1]),
        "xor" => computes(&[V, V], V, |_, x| x[0] ^ x[1]),
        "bitselect" => computes(&[V; 3], V, |_, x| x[0] & x[2] | x[1] & !x[2]),
        "any_true" => computes(&[V], Ty::I32, |_, x| (x[0] != 0).into()),
        _ => None,
    }
}

/// The number that a part of a name begins with.
fn leading(part: &str) -> Option<u32> {
    let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
    part[..digits].parse().ok()
}

/// Loads and stores, atomic ones included.
fn access(ty: Ty, w: u32, rest: &str) -> Option<Semantics> {
    if let Some(rest) = rest.strip_prefix("atomic_") {
        return atomic(ty, w, rest);
    }
    let (store, rest) = match (rest.strip_prefix("load"), rest.strip_prefix("store")) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) => (true, rest),
        _ => return None,
    };
    let width = leading(rest).unwrap_or(w);
    let bytes = width as usize / 8;
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    match (store, after) {
        (true, "") => accesses(&[ty], &[], bytes, move |m, at, _, x| {
            m.write(at, bytes, x[0]).map(|()| vec![])
        }),
        (true, "_lane") => accesses(&[ty], &[], bytes, move |m, at, ways, x| {
            m.write(at, bytes, split(width, x[0])[ways.lane]).map(|()| vec![])
        }),
        (false, "" | "_u" | "_zero") => {
            accesses(&[], &[ty], bytes, move |m, at, _, _| Ok(vec![m.read(at, bytes)?]))
        }
        (false, "_s") => accesses(&[], &[ty], bytes, move |m, at, _, _| {
            Ok(vec![wrap(w, s(width, m.read(at, bytes)?))])
        }),
        (false, "_splat") => accesses(&[], &[ty], bytes, move |m, at, _, _| {
            let lane = m.read(at, bytes)?;
            Ok(vec![join(width, vec![lane; 128 / width as usize])])
        }),
        (false, "_lane") => accesses(&[ty], &[ty], bytes, move |m, at, ways, x| {
            let mut lanes = split(width, x[0]);
            lanes[ways.lane] = m.read(at, bytes)?;
            Ok(vec![join(width, lanes)])
        }),
        // `8x8_s`: eight bytes, each of which becomes a lane of twice the width.
        (false, after) if after.starts_with('x') => {
            let signed = after.ends_with("_s");
            accesses(&[], &[ty], 8, move |m, at, _, _| {
                let lanes = split(width, m.read(at, 8)?);
                let extend = |x| if signed { s(width, x) } else { x as i128 };
                let n = 64 / width as usize;
                Ok(vec![join(2 * width, lanes[..n].iter().map(|&x| wrap(2 * width, extend(x))))])
            })
        }
        _ => None,
    }
}

fn aligned(at: u128, bytes: usize) -> Result<(), Trap> {
    if at.is_multiple_of(bytes as u128) { Ok(()) } else { Err(Trap::HeapMisaligned) }
}

fn atomic(ty: Ty, w: u32, rest: &str) -> Option<Semantics> {
    let (kind, op) = rest.split_once('_').unwrap_or((rest, ""));
    let name = kind.trim_end_matches(|c: char| c.is_ascii_digit());
    let width = leading(&kind[name.len()..]).unwrap_or(w);
    let bytes = width as usize / 8;
    let op = op.strip_suffix("_u").unwrap_or(op).to_string();
    match name {
        "load" => accesses(&[], &[ty], bytes, move |m, at, _, _| {
            aligned(at, bytes)?;
            Ok(vec![m.read(at, bytes)?])
        }),
        "store" => accesses(&[ty], &[], bytes, move |m, at, _, x| {
            aligned(at, bytes)?;
            m.write(at, bytes, x[0]).map(|()| vec![])
        }),
        "rmw" if op == "cmpxchg" => accesses(&[ty; 2], &[ty], bytes, move |m, at, _, x| {
            aligned(at, bytes)?;
            let old = m.read(at, bytes)?;
            if old == x[0] & mask(width) {
                m.write(at, bytes, x[1])?;
            }
            Ok(vec![old])
        }),
        "rmw" => accesses(&[ty], &[ty], bytes, move |m, at, _, x| {
            aligned(at, bytes)?;
            let old = m.read(at, bytes)?;
            let new = match &op[..] {
                "add" => old.wrapping_add(x[0]),
                "sub" => old.wrapping_sub(x[0]),
                "and" => old & x[0],
                "or" => old | x[0],
                "xor" => old ^ x[0],
                "xchg" => x[0],
                _ => panic!("what does rmw_{op} do?"),
            };
            m.write(at, bytes, new)?;
            Ok(vec![old])
        }),
        _ => None,
    }
}

/// Nobody else is there: nobody is woken, and who would wait times out.
fn wait(rest: &str) -> Option<Semantics> {
    let waits = |ty: Ty, bytes: usize| {
        accesses(&[ty, Ty::I64], &[Ty::I32], bytes, move |m, at, _, x| {
            aligned(at, bytes)?;
            let found = m.read(at, bytes)?;
            if !m.shared {
                return Err(Trap::AtomicWaitNonSharedMemory);
            }
            Ok(vec![if found == x[0] { 2 } else { 1 }])
        })
    };
    match rest {
        "atomic_wait32" => waits(Ty::I32, 4),
        "atomic_wait64" => waits(Ty::I64, 8),
        "atomic_notify" => accesses(&[Ty::I32], &[Ty::I32], 4, |m, at, _, _| {
            aligned(at, 4)?;
            m.read(at, 4).map(|_| vec![0])
        }),
        _ => None,
    }
}
