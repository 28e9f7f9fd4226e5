//! One pass over a function's operators: each is read, validated (unless it was before) and
//! translated before the next one.
//!
//! wasmparser decides what to read and calls a method per operator. What the translator implements
//! are inherent methods of [`Function`] by the same names (`operators.rs`); those of proposals that it does not know fall
//! back to [`Refused`].

use alloc::vec::Vec;
use wasmparser::*;

use super::Function;
use super::fuel::time;
use crate::wasm::{contains, default_cost};

/// What wasmparser's reader calls.
pub(super) struct Visitor<'a, 'v> {
    pub(super) function: Function<'a>,
    pub(super) validator: Option<&'v mut FuncValidator<ValidatorResources>>,
    /// What the innermost block is: what the reader allows depends on it.
    pub(super) frame: Option<FrameKind>,
}

/// Operators that are blocks, or parts of one: what is left of unreachable code.
const STRUCTURED: &[&str] =
    &["Block", "Loop", "If", "Else", "TryTable", "Try", "Catch", "CatchAll", "Delegate", "End"];
/// Operators that only push a leaf.
const LEAVES: &[&str] = &["LocalGet", "I32Const", "I64Const", "F32Const", "F64Const"];
/// What is called for an operator of a proposal that is not translated. Those of others have a method of [`Function`], or
/// they do not compile.
macro_rules! refused {
    (mvp $($operator:tt)*) => {};
    (sign_extension $($operator:tt)*) => {};
    (saturating_float_to_int $($operator:tt)*) => {};
    (bulk_memory $($operator:tt)*) => {};
    (reference_types $($operator:tt)*) => {};
    (tail_call $($operator:tt)*) => {};
    (wide_arithmetic $($operator:tt)*) => {};
    (exceptions $($operator:tt)*) => {
        #[cfg(not(feature = "gc"))]
        refused! { other $($operator)* }
    };
    (legacy_exceptions $($operator:tt)*) => {
        #[cfg(not(feature = "gc"))]
        refused! { other $($operator)* }
    };
    (function_references $($operator:tt)*) => {
        #[cfg(not(feature = "gc"))]
        refused! { other $($operator)* }
    };
    (gc $($operator:tt)*) => {
        #[cfg(not(feature = "gc"))]
        refused! { other $($operator)* }
    };
    (threads $($operator:tt)*) => {
        #[cfg(not(feature = "threads"))]
        refused! { other $($operator)* }
    };
    ($proposal:ident $visit:ident $(, $arg:ident: $ty:ty)*) => {
        #[cold]
        fn $visit(&mut self $(, $arg: $ty)*) {
            $(let _ = $arg;)*
            unreachable!(concat!(stringify!($visit), " is not enabled"));
        }
    };
}
macro_rules! visitor {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// Operators that validation refuses, for their features are not enabled.
        #[cfg_attr(not(feature = "gc"), allow(dead_code))]
        trait Refused<'a> {
            $(refused! { $proposal $visit $($(, $arg: $ty)*)? })*
        }
        impl<'a> Refused<'a> for Function<'_> {}

        impl<'a> VisitOperator<'a> for Visitor<'_, '_> {
            type Output = Result<()>;

            #[cfg(feature = "simd")]
            fn simd_visitor(
                &mut self,
            ) -> Option<&mut dyn VisitSimdOperator<'a, Output = Result<()>>> {
                Some(self)
            }

            $(
                fn $visit(&mut self $($(, $arg: $ty)*)?) -> Result<()> {
                    let structured = const { contains(STRUCTURED, stringify!($op)) };
                    let cost = const { default_cost(stringify!($op)) };
                    let time = const { time(stringify!($op)) };
                    let leaf = const { contains(LEAVES, stringify!($op)) };
                    let f = &mut self.function;
                    if let Some(v) = &mut self.validator {
                        v.visitor(f.source.offset).$visit($($($arg.clone()),*)?)?;
                        if structured {
                            self.frame = v.get_control_frame(0).map(|frame| frame.kind);
                        }
                    }
                    if structured || !f.reach.unreachable {
                        if f.parts.meter.checks() {
                            let costs = f.info.options.operator_cost.as_deref();
                            f.count(costs.map_or(cost, |costs| costs.$op.into()), time);
                        }
                        if !leaf {
                            f.forget_nodes();
                        }
                        f.$visit($($($arg),*)?);
                    }
                    Ok(())
                }
            )*
        }
    };
}
for_each_visit_operator!(visitor);

impl FrameStack for Visitor<'_, '_> {
    fn current_frame(&self) -> Option<FrameKind> {
        self.frame
    }
}
