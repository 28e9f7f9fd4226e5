//! The declarations of the instruction set, as data.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    Unary,
    UnaryTrapping,
    Binary,
    BinaryTrapping,
    Load,
    Store,
}

/// An operation. For a load `a` is the address's type, for a store `a` is the value's.
pub(crate) struct Op {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) class: Class,
    pub(crate) a: &'static str,
    pub(crate) r: &'static str,
    pub(crate) swap: &'static str,
}

macro_rules! operations {
    (
        unary { $($u:ident $utext:literal $ua:ident => $ur:ident = |$ux:ident| $ue:expr;)* }
        unary_trapping { $($v:ident $vtext:literal $va:ident => $vr:ident = |$vx:ident| $ve:expr;)* }
        binary { $($b:ident $btext:literal $ba:ident => $br:ident $(, swap $bswap:ident)? $(, not $bnot:ident)? = |$bx:ident, $by:ident| $be:expr;)* }
        binary_trapping { $($c:ident $ctext:literal $ca:ident => $cr:ident = |$cx:ident, $cy:ident| $ce:expr;)* }
        load { $($l:ident $ltext:literal $lm:ident => $lr:ident = |$lx:ident| $le:expr;)* }
        store { $($s:ident $stext:literal $sa:ident => $sm:ident = |$sx:ident| $se:expr;)* }
    ) => {
        pub(crate) const OPS: &[Op] = &[
            $(Op { name: stringify!($u), text: $utext, class: Class::Unary, a: stringify!($ua), r: stringify!($ur), swap: "" },)*
            $(Op { name: stringify!($v), text: $vtext, class: Class::UnaryTrapping, a: stringify!($va), r: stringify!($vr), swap: "" },)*
            $(Op { name: stringify!($b), text: $btext, class: Class::Binary, a: stringify!($ba), r: stringify!($br), swap: concat!($(stringify!($bswap))?) },)*
            $(Op { name: stringify!($c), text: $ctext, class: Class::BinaryTrapping, a: stringify!($ca), r: stringify!($cr), swap: "" },)*
            $(Op { name: stringify!($l), text: $ltext, class: Class::Load, a: "u32", r: stringify!($lr), swap: "" },)*
            $(Op { name: stringify!($s), text: $stext, class: Class::Store, a: stringify!($sa), r: stringify!($sa), swap: "" },)*
        ];
    };
}
include!("../src/isa/operations.rs");

/// A statement without expressions: name, text, operand types.
pub(crate) type Plain = (&'static str, &'static str, &'static [&'static str]);
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident $text:literal { $($field:ident: $kind:ident),* })*) => {
        pub(crate) const STATEMENTS: &[Plain] = &[$((stringify!($name), $text, &[$(stringify!($kind)),*])),*];
    };
}
include!("../src/isa/statements.rs");

pub(crate) fn op(name: &str) -> usize {
    OPS.iter().position(|o| o.name == name).unwrap_or_else(|| panic!("no operation {name}"))
}

pub(crate) fn ops(names: &str) -> Vec<usize> {
    names.split_whitespace().map(op).collect()
}
