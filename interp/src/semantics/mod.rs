//! What operations compute. Each operation is a type with one function, whose body is in its line of `isa/operations.rs` or
//! `isa/vectors.rs`.

pub(crate) mod float;
#[cfg(feature = "simd")]
pub(crate) mod vector;

use crate::wasm::TrapCode;

/// An operation of one operand.
pub(crate) trait Unary: 'static {
    type A;
    type R;
    fn apply(a: Self::A) -> Result<Self::R, TrapCode>;
}

/// An operation of two operands.
pub(crate) trait Binary: 'static {
    type A;
    type B;
    type R;
    fn apply(a: Self::A, b: Self::B) -> Result<Self::R, TrapCode>;
}

/// An operation of three operands.
#[cfg(feature = "simd")]
pub(crate) trait Ternary: 'static {
    type A;
    type B;
    type C;
    type R;
    fn apply(a: Self::A, b: Self::B, c: Self::C) -> Self::R;
}

/// A load: the type in memory and how it becomes a value.
pub(crate) trait LoadOp: 'static {
    type M: Copy + 'static;
    type R;
    fn convert(m: Self::M) -> Self::R;
}

/// A store: the type of the value and how it becomes bytes in memory.
pub(crate) trait StoreOp: 'static {
    type A;
    type M: Copy + 'static;
    fn convert(v: Self::A) -> Self::M;
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
        /// The operations as types.
        // Bounds and divisors read better written out, one operation a line.
        #[allow(
            unused_parens, clippy::unnecessary_cast, clippy::precedence,
            clippy::manual_range_contains, clippy::manual_checked_ops
        )]
        pub(crate) mod op {
            use super::*;
            $(pub(crate) struct $u;
              impl Unary for $u { type A = $ua; type R = $ur; #[inline(always)] fn apply($ux: $ua) -> Result<$ur, TrapCode> { Ok($ue) } })*
            $(pub(crate) struct $p;
              impl Unary for $p { type A = $pa; type R = $pr; #[inline(always)] fn apply($px: $pa) -> Result<$pr, TrapCode> { Ok($pe) } })*
            $(pub(crate) struct $v;
              impl Unary for $v { type A = $va; type R = $vr; #[inline(always)] #[allow(clippy::eq_op)] fn apply($vx: $va) -> Result<$vr, TrapCode> { $ve } })*
            $(pub(crate) struct $b;
              impl Binary for $b { type A = $ba; type B = $ba; type R = $br; #[inline(always)] fn apply($bx: $ba, $by: $ba) -> Result<$br, TrapCode> { Ok($be) } })*
            $(pub(crate) struct $c;
              impl Binary for $c { type A = $ca; type B = $ca; type R = $cr; #[inline(always)] fn apply($cx: $ca, $cy: $ca) -> Result<$cr, TrapCode> { $ce } })*
            $(pub(crate) struct $l;
              impl LoadOp for $l { type M = $lm; type R = $lr; #[inline(always)] fn convert($lx: $lm) -> $lr { $le } })*
            $(pub(crate) struct $s;
              impl StoreOp for $s { type A = $sa; type M = $sm; #[inline(always)] fn convert($sx: $sa) -> $sm { $se } })*
        }
    };
}
include!("../isa/operations.rs");

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
        /// The operations on references and objects as types.
        #[cfg(feature = "gc")]
        pub(crate) mod object_op {
            use super::*;
            $(pub(crate) struct $u;
              impl Unary for $u { type A = $ua; type R = $ur; #[inline(always)] fn apply($ux: $ua) -> Result<$ur, TrapCode> { Ok($ue) } })*
            $(pub(crate) struct $r;
              impl Unary for $r { type A = $ra; type R = $rr; #[inline(always)] fn apply($rx: $ra) -> Result<$rr, TrapCode> { $re } })*
            $(pub(crate) struct $v;
              impl Unary for $v { type A = $va; type R = $vr; #[inline(always)] fn apply($vx: $va) -> Result<$vr, TrapCode> { $ve } })*
            $(pub(crate) struct $c;
              impl Binary for $c { type A = $ca; type B = $ca; type R = $cr; #[inline(always)] fn apply($cx: $ca, $cy: $ca) -> Result<$cr, TrapCode> { $ce } })*
            $(pub(crate) struct $g;
              impl LoadOp for $g { type M = $gm; type R = $gr; #[inline(always)] #[allow(clippy::unnecessary_cast)] fn convert($gx: $gm) -> $gr { $ge } })*
            $(pub(crate) struct $p;
              impl StoreOp for $p { type A = $pa; type M = $pm; #[inline(always)] fn convert($px: $pa) -> $pm { $pe } })*
        }
    };
}
include!("../isa/objects.rs");

#[cfg(feature = "simd")]
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
        /// The operations on vectors as types.
        pub(crate) mod vector_op {
            use super::vector::*;
            use super::*;
            $(pub(crate) struct $u;
              impl Unary for $u { type A = $ua; type R = $ur; #[inline(always)] fn apply($ux: $ua) -> Result<$ur, TrapCode> { Ok($ue) } })*
            $(pub(crate) struct $p;
              impl Unary for $p { type A = $pa; type R = $pr; #[inline(always)] fn apply($px: $pa) -> Result<$pr, TrapCode> { Ok($pe) } })*
            $(pub(crate) struct $b;
              impl Binary for $b { type A = $ba; type B = $bb; type R = $br; #[inline(always)] fn apply($bx: $ba, $by: $bb) -> Result<$br, TrapCode> { Ok($be) } })*
            $(pub(crate) struct $q;
              impl Binary for $q { type A = $qa; type B = $qb; type R = $qr; #[inline(always)] fn apply($qx: $qa, $qy: $qb) -> Result<$qr, TrapCode> { Ok($qe) } })*
            $(pub(crate) struct $e;
              impl Binary for $e { type A = $ea; type B = $eb; type R = $er; #[inline(always)] fn apply($ex: $ea, $ey: $eb) -> Result<$er, TrapCode> { Ok($ee) } })*
            $(pub(crate) struct $t;
              impl Ternary for $t { type A = $ta; type B = $tb; type C = $tc; type R = $tr; #[inline(always)] fn apply($tx: $ta, $ty: $tb, $tz: $tc) -> $tr { $te } })*
            $(pub(crate) struct $r;
              impl Ternary for $r { type A = $ra; type B = $rb; type C = $rc; type R = $rr; #[inline(always)] fn apply($rx: $ra, $ry: $rb, $rz: $rc) -> $rr { $re } })*
            $(pub(crate) struct $l;
              impl LoadOp for $l { type M = $lm; type R = $lr; #[inline(always)] fn convert($lx: $lm) -> $lr { $le } })*
            $(pub(crate) struct $s;
              impl StoreOp for $s { type A = $sa; type M = $sm; #[inline(always)] fn convert($sx: $sa) -> $sm { $se } })*
            $(#[cfg(feature = "gc")]
              pub(crate) struct $g;
              #[cfg(feature = "gc")]
              impl LoadOp for $g { type M = $gm; type R = $gr; #[inline(always)] fn convert($gx: $gm) -> $gr { $ge } })*
            $(#[cfg(feature = "gc")]
              pub(crate) struct $h;
              #[cfg(feature = "gc")]
              impl StoreOp for $h { type A = $ha; type M = $hm; #[inline(always)] fn convert($hx: $ha) -> $hm { $he } })*
        }
    };
}
#[cfg(feature = "simd")]
include!("../isa/vectors.rs");
