//! The declarations of the instruction set, as data.

use std::env;
use std::ops::Deref;
use std::sync::LazyLock;

use crate::operand::OperandKind;

/// The value types, in the order of the leaf patterns.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Type {
    U32,
    U64,
    F32,
    F64,
    V128,
}
pub(crate) use Type::*;

impl Type {
    pub(crate) const ALL: [Type; 5] = [U32, U64, F32, F64, V128];
    /// Those of one slot.
    pub(crate) const SCALARS: [Type; 4] = [U32, U64, F32, F64];

    /// The Rust type.
    pub(crate) fn rust(self) -> &'static str {
        ["u32", "u64", "f32", "f64", "V128"][self as usize]
    }
    pub(crate) fn named(rust: &str) -> Option<Type> {
        Type::ALL.into_iter().find(|t| t.rust() == rust)
    }
    /// As a `Kind` of the library.
    pub(crate) fn kind(self) -> &'static str {
        ["Kind::I32", "Kind::I64", "Kind::F32", "Kind::F64", "Kind::V128"][self as usize]
    }
    pub(crate) fn is_float(self) -> bool {
        matches!(self, F32 | F64 | V128)
    }
}

/// The type of values that the declarations call by its Rust type.
macro_rules! value_type {
    (u32) => {
        U32
    };
    (u64) => {
        U64
    };
    (f32) => {
        F32
    };
    (f64) => {
        F64
    };
    (V128) => {
        V128
    };
}

/// Bytes of the type in memory.
macro_rules! bytes {
    ($memory:ident) => {
        size_of::<bytes!(@ $memory)>()
    };
    (@ V128) => {
        u128
    };
    (@ $memory:ident) => {
        $memory
    };
}

/// Perhaps a value.
macro_rules! option {
    () => {
        None
    };
    ($value:expr) => {
        Some($value)
    };
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    Unary,
    UnaryTrapping,
    Binary,
    BinaryTrapping,
    Ternary,
    Load,
    Store,
    /// Whether an object is of a type.
    Test,
    /// The same, or a trap.
    Cast,
    /// From a field or an element of an object.
    Get,
    /// To one.
    Put,
}

/// An operation.
pub(crate) struct Op {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) class: Class,
    /// Types of the operands; of a load the address's, of a store the value's; of a get the reference's, of a put the value's.
    pub(crate) operands: &'static [Type],
    pub(crate) result: Type,
    /// Bytes that it accesses in memory.
    pub(crate) width: usize,
    /// The operation with its operands exchanged.
    pub(crate) swap: Option<OpId>,
    /// The operation that gives 0 where this one gives 1.
    pub(crate) not: Option<OpId>,
    /// It is one of `vectors.rs`.
    pub(crate) vector: bool,
    /// It is about references or objects.
    pub(crate) object: bool,
    /// The translator does for its operator just this.
    pub(crate) is_operator: bool,
}

/// An operation, by its number; `OpId::I32Add` and so on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct OpId(u16);

impl Deref for OpId {
    type Target = Op;
    fn deref(&self) -> &Op {
        let number = self.0 as usize;
        match number.checked_sub(SCALARS.len() + OBJECTS.len()) {
            Some(vector) => &VECTORS[vector],
            None => SCALARS.get(number).unwrap_or_else(|| &OBJECTS[number - SCALARS.len()]),
        }
    }
}

/// Numbers the operations of a file, which come after so many others.
macro_rules! number {
    ($file:ident after $others:expr; $($name:ident)*) => {
        enum $file { $($name),* }
        #[allow(non_upper_case_globals, dead_code)]
        impl OpId {
            $(pub(crate) const $name: OpId = OpId(($others + $file::$name as usize) as u16);)*
        }
    };
}

/// A list of operations.
macro_rules! ops {
    ($($name:ident)*) => {
        &[$(OpId::$name),*]
    };
}
pub(crate) use ops;

const SCALAR: Op = Op {
    name: "",
    text: "",
    class: Class::Unary,
    operands: &[],
    result: U32,
    width: 0,
    swap: None,
    not: None,
    vector: false,
    object: false,
    is_operator: true,
};
const OBJECT: Op = Op { object: true, ..SCALAR };
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
        number!(ScalarNumber after 0; $($u)* $($p)* $($v)* $($b)* $($c)* $($l)* $($s)*);
        static SCALARS: &[Op] = &[
            $(Op { operands: &[value_type!($ua)], result: value_type!($ur), ..names!($u $utext) },)*
            $(Op { operands: &[value_type!($pa)], result: value_type!($pr), is_operator: false, ..names!($p $ptext) },)*
            $(Op { class: Class::UnaryTrapping, operands: &[value_type!($va)], result: value_type!($vr), ..names!($v $vtext) },)*
            $(Op { class: Class::Binary, operands: &[value_type!($ba), value_type!($ba)], result: value_type!($br), swap: option!($(OpId::$bswap)?), not: option!($(OpId::$bnot)?), ..names!($b $btext) },)*
            $(Op { class: Class::BinaryTrapping, operands: &[value_type!($ca), value_type!($ca)], result: value_type!($cr), ..names!($c $ctext) },)*
            $(Op { class: Class::Load, operands: &[U32], result: value_type!($lr), width: bytes!($lm), ..names!($l $ltext) },)*
            $(Op { class: Class::Store, operands: &[value_type!($sa)], result: value_type!($sa), width: bytes!($sm), ..names!($s $stext) },)*
        ];
    };
}
include!("../src/isa/operations.rs");

macro_rules! objects {
    (
        unary { $($u:ident $utext:literal $ua:ident => $ur:ident = |$ux:ident| $ue:expr;)* }
        reference { $($r:ident $rtext:literal $ra:ident => $rr:ident = |$rx:ident| $re:expr;)* }
        unary_trapping { $($v:ident $vtext:literal $va:ident => $vr:ident = |$vx:ident| $ve:expr;)* }
        binary_trapping { $($c:ident $ctext:literal $ca:ident => $cr:ident = |$cx:ident, $cy:ident| $ce:expr;)* }
        test { $($t:ident $ttext:literal;)* }
        cast { $($k:ident $ktext:literal;)* }
        get { $($g:ident $gtext:literal $gm:ident => $gr:ident = |$gx:ident| $ge:expr;)* }
        put { $($p:ident $ptext:literal $pa:ident => $pm:ident = |$px:ident| $pe:expr;)* }
    ) => {
        number!(ObjectNumber after SCALARS.len(); $($u)* $($r)* $($v)* $($c)* $($t)* $($k)* $($g)* $($p)*);
        static OBJECTS: &[Op] = &[
            $(Op { name: stringify!($u), text: $utext, operands: &[value_type!($ua)], result: value_type!($ur), is_operator: false, ..OBJECT },)*
            $(Op { name: stringify!($r), text: $rtext, class: Class::UnaryTrapping, operands: &[value_type!($ra)], result: value_type!($rr), is_operator: false, ..OBJECT },)*
            $(Op { name: stringify!($v), text: $vtext, class: Class::UnaryTrapping, operands: &[value_type!($va)], result: value_type!($vr), ..OBJECT },)*
            $(Op { name: stringify!($c), text: $ctext, class: Class::BinaryTrapping, operands: &[value_type!($ca), value_type!($ca)], result: value_type!($cr), is_operator: false, ..OBJECT },)*
            $(Op { name: stringify!($t), text: $ttext, class: Class::Test, operands: &[U32], is_operator: false, ..OBJECT },)*
            $(Op { name: stringify!($k), text: $ktext, class: Class::Cast, operands: &[U32], is_operator: false, ..OBJECT },)*
            $(Op { name: stringify!($g), text: $gtext, class: Class::Get, operands: &[U32], result: value_type!($gr), width: bytes!($gm), is_operator: false, ..OBJECT },)*
            $(Op { name: stringify!($p), text: $ptext, class: Class::Put, operands: &[value_type!($pa)], result: value_type!($pa), width: bytes!($pm), is_operator: false, ..OBJECT },)*
        ];
    };
}
include!("../src/isa/objects.rs");

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
        get { $($g:ident $gtext:literal $gm:ident => $gr:ident = |$gx:ident| $ge:expr;)* }
        put { $($h:ident $htext:literal $ha:ident => $hm:ident = |$hx:ident| $he:expr;)* }
    ) => {
        number!(VectorNumber after SCALARS.len() + OBJECTS.len(); $($u)* $($b)* $($t)* $($e)* $($r)* $($p)* $($q)* $($l)* $($s)* $($g)* $($h)*);
        static VECTORS: &[Op] = &[
            $(Op { name: stringify!($u), text: $utext, operands: &[value_type!($ua)], result: value_type!($ur), ..VECTOR },)*
            $(Op { name: stringify!($b), text: $btext, class: Class::Binary, operands: &[value_type!($ba), value_type!($bb)], result: value_type!($br), swap: option!($(OpId::$bswap)?), ..VECTOR },)*
            $(Op { name: stringify!($t), text: $ttext, class: Class::Ternary, operands: &[value_type!($ta), value_type!($tb), value_type!($tc)], result: value_type!($tr), ..VECTOR },)*
            $(Op { name: stringify!($e), text: $etext, class: Class::Binary, operands: &[value_type!($ea), value_type!($eb)], result: value_type!($er), ..PART },)*
            $(Op { name: stringify!($r), text: $rtext, class: Class::Ternary, operands: &[value_type!($ra), value_type!($rb), value_type!($rc)], result: value_type!($rr), ..PART },)*
            $(Op { name: stringify!($p), text: $ptext, operands: &[value_type!($pa)], result: value_type!($pr), ..PART },)*
            $(Op { name: stringify!($q), text: $qtext, class: Class::Binary, operands: &[value_type!($qa), value_type!($qb)], result: value_type!($qr), ..PART },)*
            $(Op { name: stringify!($l), text: $ltext, class: Class::Load, operands: &[U32], result: value_type!($lr), width: bytes!($lm), ..VECTOR },)*
            $(Op { name: stringify!($s), text: $stext, class: Class::Store, operands: &[value_type!($sa)], result: value_type!($sa), width: bytes!($sm), ..VECTOR },)*
            $(Op { name: stringify!($g), text: $gtext, class: Class::Get, operands: &[U32], result: value_type!($gr), width: bytes!($gm), object: true, ..PART },)*
            $(Op { name: stringify!($h), text: $htext, class: Class::Put, operands: &[value_type!($ha)], result: value_type!($ha), width: bytes!($hm), object: true, ..PART },)*
        ];
    };
}
include!("../src/isa/vectors.rs");

/// How many operations this build has a number for: the vectors' are the last ones.
static COUNT: LazyLock<usize> = LazyLock::new(|| {
    let simd = env::var_os("CARGO_FEATURE_SIMD").is_some();
    SCALARS.len() + OBJECTS.len() + if simd { VECTORS.len() } else { 0 }
});

impl OpId {
    /// All that this build has, by number.
    pub(crate) fn all() -> impl Iterator<Item = OpId> {
        (0..*COUNT).map(|number| OpId(number as u16))
    }

    /// The one of this text.
    pub(crate) fn by_text(text: &str) -> Option<OpId> {
        OpId::all().find(|op| op.text == text)
    }

    pub(crate) fn number(self) -> usize {
        self.0 as usize
    }

    /// Its own swapped form: commutative.
    pub(crate) fn commutes(self) -> bool {
        self.swap == Some(self)
    }

    pub(crate) fn is_compare(self) -> bool {
        self.class == Class::Binary && self.result == U32 && !self.commutes() && self.swap.is_some()
            || matches!(&self.name[3..], "Eq" | "Ne")
    }

    pub(crate) fn traps(self) -> bool {
        !matches!(self.class, Class::Unary | Class::Binary | Class::Ternary | Class::Test)
    }

    /// The operation that makes its NaNs canonical, if it may compute any: what does arithmetic,
    /// rounds or converts between floats. Others only move bits.
    pub(crate) fn canonical(self) -> Option<OpId> {
        let (shape, name) = self.text.split_once('.')?;
        let canonical = match shape {
            "f32" => OpId::F32Canonical,
            "f64" => OpId::F64Canonical,
            "f32x4" => OpId::F32x4Canonical,
            "f64x2" => OpId::F64x2Canonical,
            _ => return None,
        };
        let arithmetic = ["add", "sub", "mul", "div", "sqrt", "min", "max"].contains(&name);
        let rounds = ["ceil", "floor", "trunc", "nearest"].contains(&name);
        let converts = ["demote", "promote", "relaxed"].iter().any(|start| name.starts_with(start));
        (arithmetic || rounds || converts).then_some(canonical)
    }
}

/// An atomic operation; the translator has a method for each class.
pub(crate) struct Atomic {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) class: &'static str,
}
macro_rules! atomics {
    ($($class:ident = |$($arg:ident),*| { $($name:ident $text:literal $k:ident $m:ident = $e:expr;)* })*) => {
        pub(crate) const ATOMICS: &[Atomic] =
            &[$($(Atomic { name: stringify!($name), text: $text, class: stringify!($class) },)*)*];
    };
}
include!("../src/isa/atomics.rs");

/// A statement without expressions. The facts are explained where they are stated, in `statements.rs`.
pub(crate) struct SimpleStmt {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) operands: &'static [OperandKind],
    pub(crate) ends: bool,
    pub(crate) fusable: bool,
    pub(crate) sets_pinned: bool,
    pub(crate) metered: Option<SimpleId>,
    pub(crate) trees: bool,
    pub(crate) metering: bool,
    pub(crate) threads: bool,
    pub(crate) gc: bool,
    pub(crate) simd: bool,
}

impl SimpleStmt {
    const fn new(
        name: &'static str,
        text: &'static str,
        operands: &'static [OperandKind],
    ) -> SimpleStmt {
        SimpleStmt {
            name,
            text,
            operands,
            ends: false,
            fusable: false,
            sets_pinned: false,
            metered: None,
            trees: false,
            metering: false,
            threads: false,
            gc: false,
            simd: false,
        }
    }
}

/// A statement without expressions, by its number; `SimpleId::Br` and so on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct SimpleId(u16);

impl SimpleId {
    pub(crate) fn all() -> impl Iterator<Item = SimpleId> {
        (0..STATEMENTS.len()).map(|number| SimpleId(number as u16))
    }

    /// The first one of this text.
    pub(crate) fn by_text(text: &str) -> Option<SimpleId> {
        SimpleId::all().find(|statement| statement.text == text)
    }
}

impl Deref for SimpleId {
    type Target = SimpleStmt;
    fn deref(&self) -> &SimpleStmt {
        &STATEMENTS[self.0 as usize]
    }
}

/// What a fact says of a statement without expressions.
macro_rules! fact {
    () => {
        true
    };
    ($metered:ident) => {
        Some(SimpleId::$metered)
    };
}

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident $text:literal { $($field:ident: $kind:ident),* } $([$($fact:ident $(($of:ident))?)*])?)*) => {
        enum SimpleNumber { $($name),* }
        #[allow(non_upper_case_globals, dead_code)]
        impl SimpleId { $(pub(crate) const $name: SimpleId = SimpleId(SimpleNumber::$name as u16);)* }
        static STATEMENTS: &[SimpleStmt] = &[$(SimpleStmt {
            $($($fact: fact!($($of)?),)*)?
            ..SimpleStmt::new(stringify!($name), $text, &[$(OperandKind::$kind),*])
        }),*];
    };
}

/// What an expression of a statement has to compute.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    Any,
    Type(Type),
    /// What the operation stores.
    Stored,
}
macro_rules! wanted {
    (any) => {
        Wanted::Any
    };
    (stored) => {
        Wanted::Stored
    };
    ($type:ident) => {
        Wanted::Type(value_type!($type))
    };
}

/// An operand that a statement with expressions has besides theirs.
#[derive(Clone, Copy)]
pub(crate) enum Own {
    Kind(OperandKind),
    /// Where the value goes, of its type.
    Dst,
    /// Where the value to store is, of its type.
    Value,
    /// The offset of an access, of its width.
    Offset,
}
macro_rules! own {
    (Dst) => {
        Own::Dst
    };
    (Value) => {
        Own::Value
    };
    (Offset) => {
        Own::Offset
    };
    ($kind:ident) => {
        Own::Kind(OperandKind::$kind)
    };
}

/// A statement with expressions, as declared in `statements.rs`, where the facts are explained.
pub(crate) struct FormInfo {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    /// What each of its expressions has to compute.
    pub(crate) wanted: &'static [Wanted],
    /// Its own operands before those of its expressions, and after them.
    pub(crate) before: &'static [Own],
    pub(crate) after: &'static [Own],
    pub(crate) op: bool,
    pub(crate) falls_through: bool,
    pub(crate) ends: bool,
    pub(crate) sets_acc: bool,
    pub(crate) sets_pinned: bool,
    pub(crate) moves: bool,
    pub(crate) traps: bool,
    /// Charges of the metered form, if there is one.
    pub(crate) metered: Option<&'static [OperandKind]>,
}

impl FormInfo {
    const fn new(
        name: &'static str,
        wanted: &'static [Wanted],
        text: &'static str,
        before: &'static [Own],
        after: &'static [Own],
    ) -> FormInfo {
        FormInfo {
            name,
            text,
            wanted,
            before,
            after,
            op: false,
            falls_through: false,
            ends: false,
            sets_acc: false,
            sets_pinned: false,
            moves: false,
            traps: false,
            metered: None,
        }
    }
}

/// What a fact says of a statement with expressions.
macro_rules! form_fact {
    () => {
        true
    };
    ($($charge:ident),+) => {
        Some(&[$(OperandKind::$charge),*])
    };
}

macro_rules! statements_with_expressions {
    ($($(#[$doc:meta])* $name:ident<$($parameter:ident),*> ($($wanted:ident),*) $text:literal { $($before:ident),*; $($after:ident),* } [$($fact:ident $(($($charge:ident),*))?)*])*) => {
        /// The statements with expressions.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub(crate) enum Form { $($name),* }
        impl Form {
            pub(crate) const ALL: &[Form] = &[$(Form::$name),*];
        }
        static FORMS: &[FormInfo] = &[$(FormInfo {
            $($fact: form_fact!($($($charge),*)?),)*
            ..FormInfo::new(stringify!($name), &[$(wanted!($wanted)),*], $text, &[$(own!($before)),*], &[$(own!($after)),*])
        }),*];
    };
}
include!("../src/isa/statements.rs");

impl Deref for Form {
    type Target = FormInfo;
    fn deref(&self) -> &FormInfo {
        &FORMS[*self as usize]
    }
}
