//! The declarations of the instruction set, as data.

use std::env;
use std::sync::LazyLock;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    Unary,
    UnaryTrapping,
    Binary,
    BinaryTrapping,
    Ternary,
    Load,
    Store,
}

/// An operation.
pub(crate) struct Op {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) class: Class,
    /// Types of the operands; of a load the address's, of a store the value's.
    pub(crate) operands: &'static [&'static str],
    pub(crate) r: &'static str,
    /// The type in memory.
    pub(crate) m: &'static str,
    pub(crate) swap: &'static str,
    pub(crate) not: &'static str,
    /// It is one of `vectors.rs`.
    pub(crate) vector: bool,
    /// The translator does for its operator just this.
    pub(crate) is_operator: bool,
}

const SCALAR: Op = Op {
    name: "",
    text: "",
    class: Class::Unary,
    operands: &[],
    r: "",
    m: "",
    swap: "",
    not: "",
    vector: false,
    is_operator: true,
};
const VECTOR: Op = Op { vector: true, ..SCALAR };
const PART: Op = Op { is_operator: false, ..VECTOR };

macro_rules! names {
    ($name:ident $text:literal) => {
        Op { name: stringify!($name), text: $text, ..SCALAR }
    };
}

macro_rules! operations {
    (
        unary { $($u:ident $utext:literal $ua:ident => $ur:ident = |$ux:ident| $ue:expr;)* }
        part { $($p:ident $ptext:literal $pa:ident => $pr:ident = |$px:ident| $pe:expr;)* }
        unary_trapping { $($v:ident $vtext:literal $va:ident => $vr:ident = |$vx:ident| $ve:expr;)* }
        binary { $($b:ident $btext:literal $ba:ident => $br:ident $(, swap $bswap:ident)? $(, not $bnot:ident)? = |$bx:ident, $by:ident| $be:expr;)* }
        binary_trapping { $($c:ident $ctext:literal $ca:ident => $cr:ident = |$cx:ident, $cy:ident| $ce:expr;)* }
        load { $($l:ident $ltext:literal $lm:ident => $lr:ident = |$lx:ident| $le:expr;)* }
        store { $($s:ident $stext:literal $sa:ident => $sm:ident = |$sx:ident| $se:expr;)* }
    ) => {
        const SCALARS: &[Op] = &[
            $(Op { operands: &[stringify!($ua)], r: stringify!($ur), ..names!($u $utext) },)*
            $(Op { operands: &[stringify!($pa)], r: stringify!($pr), is_operator: false, ..names!($p $ptext) },)*
            $(Op { class: Class::UnaryTrapping, operands: &[stringify!($va)], r: stringify!($vr), ..names!($v $vtext) },)*
            $(Op { class: Class::Binary, operands: &[stringify!($ba), stringify!($ba)], r: stringify!($br), swap: concat!($(stringify!($bswap))?), not: concat!($(stringify!($bnot))?), ..names!($b $btext) },)*
            $(Op { class: Class::BinaryTrapping, operands: &[stringify!($ca), stringify!($ca)], r: stringify!($cr), ..names!($c $ctext) },)*
            $(Op { class: Class::Load, operands: &["u32"], r: stringify!($lr), m: stringify!($lm), ..names!($l $ltext) },)*
            $(Op { class: Class::Store, operands: &[stringify!($sa)], r: stringify!($sa), m: stringify!($sm), ..names!($s $stext) },)*
        ];
    };
}
include!("../src/isa/operations.rs");

macro_rules! vectors {
    (
        unary { $($u:ident $utext:literal $ua:ident => $ur:ident = |$ux:ident| $ue:expr;)* }
        binary { $($b:ident $btext:literal $ba:ident, $bb:ident => $br:ident $(, swap $bswap:ident)? = |$bx:ident, $by:ident| $be:expr;)* }
        ternary { $($t:ident $ttext:literal $ta:ident, $tb:ident, $tc:ident => $tr:ident = |$tx:ident, $ty:ident, $tz:ident| $te:expr;)* }
        extract { $($e:ident $etext:literal $ea:ident, $eb:ident => $er:ident = |$ex:ident, $ey:ident| $ee:expr;)* }
        replace { $($r:ident $rtext:literal $ra:ident, $rb:ident, $rc:ident => $rr:ident = |$rx:ident, $ry:ident, $rz:ident| $re:expr;)* }
        part { $($p:ident $ptext:literal $pa:ident => $pr:ident = |$px:ident| $pe:expr;)* }
        part2 { $($q:ident $qtext:literal $qa:ident, $qb:ident => $qr:ident = |$qx:ident, $qy:ident| $qe:expr;)* }
        load { $($l:ident $ltext:literal $lm:ident => $lr:ident = |$lx:ident| $le:expr;)* }
        store { $($s:ident $stext:literal $sa:ident => $sm:ident = |$sx:ident| $se:expr;)* }
    ) => {
        const VECTORS: &[Op] = &[
            $(Op { name: stringify!($u), text: $utext, operands: &[stringify!($ua)], r: stringify!($ur), ..VECTOR },)*
            $(Op { name: stringify!($b), text: $btext, class: Class::Binary, operands: &[stringify!($ba), stringify!($bb)], r: stringify!($br), swap: concat!($(stringify!($bswap))?), ..VECTOR },)*
            $(Op { name: stringify!($t), text: $ttext, class: Class::Ternary, operands: &[stringify!($ta), stringify!($tb), stringify!($tc)], r: stringify!($tr), ..VECTOR },)*
            $(Op { name: stringify!($e), text: $etext, class: Class::Binary, operands: &[stringify!($ea), stringify!($eb)], r: stringify!($er), ..PART },)*
            $(Op { name: stringify!($r), text: $rtext, class: Class::Ternary, operands: &[stringify!($ra), stringify!($rb), stringify!($rc)], r: stringify!($rr), ..PART },)*
            $(Op { name: stringify!($p), text: $ptext, operands: &[stringify!($pa)], r: stringify!($pr), ..PART },)*
            $(Op { name: stringify!($q), text: $qtext, class: Class::Binary, operands: &[stringify!($qa), stringify!($qb)], r: stringify!($qr), ..PART },)*
            $(Op { name: stringify!($l), text: $ltext, class: Class::Load, operands: &["u32"], r: stringify!($lr), m: stringify!($lm), ..VECTOR },)*
            $(Op { name: stringify!($s), text: $stext, class: Class::Store, operands: &[stringify!($sa)], r: stringify!($sa), m: stringify!($sm), ..VECTOR },)*
        ];
    };
}
include!("../src/isa/vectors.rs");

/// All operations, by number.
pub(crate) static OPS: LazyLock<Vec<Op>> = LazyLock::new(|| {
    let simd = env::var_os("CARGO_FEATURE_SIMD").is_some();
    SCALARS.iter().chain(if simd { VECTORS } else { &[] }).map(|op| Op { ..*op }).collect()
});

impl Op {
    /// The operation that makes its NaNs canonical, if it may compute any: what does arithmetic,
    /// rounds or converts between floats. Others only move bits.
    pub(crate) fn canonical(&self) -> Option<&'static str> {
        let (shape, name) = self.text.split_once('.')?;
        let float = match shape {
            "f32" => "F32Canonical",
            "f64" => "F64Canonical",
            "f32x4" => "F32x4Canonical",
            "f64x2" => "F64x2Canonical",
            _ => return None,
        };
        let computes =
            matches!(
                name,
                "add"
                    | "sub"
                    | "mul"
                    | "div"
                    | "sqrt"
                    | "min"
                    | "max"
                    | "ceil"
                    | "floor"
                    | "trunc"
                    | "nearest"
            ) || ["demote", "promote", "relaxed"].iter().any(|start| name.starts_with(start));
        computes.then_some(float)
    }
}

/// The atomic operations: name, text, class.
macro_rules! atomics {
    ($($class:ident = |$($arg:ident),*| { $($name:ident $text:literal $k:ident $m:ident = $e:expr;)* })*) => {
        pub(crate) const ATOMICS: &[(&str, &str, &str)] =
            &[$($((stringify!($name), $text, stringify!($class)),)*)*];
    };
}
include!("../src/isa/atomics.rs");

/// A statement without expressions: name, text, operand types.
pub(crate) type SimpleStmt = (&'static str, &'static str, &'static [&'static str]);
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident $text:literal { $($field:ident: $kind:ident),* })*) => {
        pub(crate) const STATEMENTS: &[SimpleStmt] = &[$((stringify!($name), $text, &[$(stringify!($kind)),*])),*];
    };
}
include!("../src/isa/statements.rs");

pub(crate) fn op(name: &str) -> usize {
    OPS.iter().position(|o| o.name == name).unwrap_or_else(|| panic!("no operation {name}"))
}

pub(crate) fn ops(names: &str) -> Vec<usize> {
    names.split_whitespace().map(op).collect()
}
