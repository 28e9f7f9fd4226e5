//! The operators on vectors. Most are operations like any other (`isa/vectors.rs`); here are those
//! with lanes and patterns, and the loads and stores that are several operations.

use wasmparser::*;

use super::Function;
use super::fuel::UNIT;
use super::tree::Value;
use super::visitor::Visitor;
use crate::isa::Op;
use crate::semantics::vector::detect;
use crate::wasm::Kind;

macro_rules! visitor {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        impl<'a> VisitSimdOperator<'a> for Visitor<'_, '_> {
            $(
                fn $visit(&mut self $($(, $arg: $ty)*)?) -> Result<()> {
                    let f = &mut self.function;
                    if let Some(v) = &mut self.validator {
                        let mut visitor = v.visitor(f.source.offset);
                        let visitor = visitor.simd_visitor().expect("compiled in");
                        visitor.$visit($($($arg.clone()),*)?)?;
                    }
                    if !f.reach.unreachable {
                        if f.parts.meter.checks() {
                            let costs = f.info.options.operator_cost.as_deref();
                            // Where the processor has no instruction for it, it takes several.
                            f.count(costs.map_or(1, |costs| costs.$op.into()), UNIT);
                        }
                        f.forget_nodes();
                        f.$visit($($($arg),*)?);
                    }
                    Ok(())
                }
            )*
        }
    };
}
for_each_visit_simd_operator!(visitor);

/// Loads of a scalar that becomes a vector.
macro_rules! widening_loads {
    ($($visit:ident = $load:ident $($then:ident)+;)*) => {$(
        fn $visit(&mut self, memarg: MemArg) {
            self.load(Op::$load, memarg);
            $(self.unary(Op::$then);)+
        }
    )*};
}

/// Operators that are an operation with the number of a lane.
macro_rules! lanes {
    (
        extract { $($extract:ident = $op:ident;)* }
        replace { $($replace:ident = $rop:ident;)* }
        load { $($load:ident = $scalar:ident $lop:ident;)* }
        store { $($store:ident = $sop:ident $of:ident;)* }
    ) => {
        $(fn $extract(&mut self, lane: u8) {
            let (vector, lane) = (self.parts.stack.pop(), self.lane(lane));
            let value = self.tree(Op::$op as u16, [vector, lane], Op::$op.info().result, 0);
            self.push(value);
        })*
        $(fn $replace(&mut self, lane: u8) {
            let (scalar, vector, lane) = (self.parts.stack.pop(), self.parts.stack.pop(), self.lane(lane));
            let value = self.tree(Op::$rop as u16, [vector, scalar, lane], Kind::V128, 0);
            self.push(value);
        })*
        $(fn $load(&mut self, memarg: MemArg, lane: u8) {
            let vector = self.pop_above_address(Op::$scalar, memarg);
            self.load(Op::$scalar, memarg);
            let (scalar, lane) = (self.parts.stack.pop(), self.lane(lane));
            let value = self.tree(Op::$lop as u16, [vector, scalar, lane], Kind::V128, 0);
            self.push(value);
        })*
        $(fn $store(&mut self, memarg: MemArg, lane: u8) {
            self.$of(lane);
            self.store_to(Op::$sop, memarg);
        })*
    };
}

/// Relaxed operators: what each does where results must be the same everywhere, and what it may do
/// otherwise. (Sums of products are rounded twice in both cases.)
macro_rules! relaxed {
    ($($relaxed:ident = $strict:ident $(or $way:ident $fast:ident)?;)*) => {
        $(fn $relaxed(&mut self) {
            $(if !self.info.options.relaxed_simd_deterministic {
                return self.$way(Op::$fast);
            })?
            self.$strict();
        })*
    };
}

impl Function<'_> {
    pub(super) fn ternary(&mut self, op: Op) {
        let (c, b, a) = (self.parts.stack.pop(), self.parts.stack.pop(), self.parts.stack.pop());
        let value = self.tree(op as u16, [a, b, c], op.info().result, 0);
        self.push_computed(op, value);
    }

    fn lane(&self, lane: u8) -> Value {
        self.constant(Kind::I32, lane as u64)
    }

    /// Pops a vector, so that the load by the address below it can be put on top. The vector may trap before the load.
    /// And while it is popped, statements could take the slots that it is in or reads: a fast load emits none, and
    /// before another one nothing is left to be spilled.
    fn pop_above_address(&mut self, load: Op, memarg: MemArg) -> Value {
        if self.fast(load, memarg).1.is_none() {
            self.flush(0);
        }
        let top = self.parts.stack.entries.len() - 1;
        if !self.parts.stack.entries[top - 1].value.is_leaf() {
            self.spill_entry(top - 1);
        }
        if self.parts.stack.entries[top].value.may_trap() {
            self.spill_traps(0);
        }
        self.parts.stack.pop()
    }

    fn visit_i8x16_swizzle(&mut self) {
        detect();
        self.binary(Op::I8x16Swizzle);
    }

    fn visit_v128_const(&mut self, value: V128) {
        let value = self.vector(*value.bytes());
        self.push(value);
    }

    fn visit_i8x16_shuffle(&mut self, lanes: [u8; 16]) {
        detect();
        let pattern = self.vector(lanes);
        self.push(pattern);
        self.ternary(Op::I8x16Shuffle);
    }

    widening_loads! {
        visit_v128_load8x8_s = I64Load V128Low64 I16x8ExtendLowI8x16S;
        visit_v128_load8x8_u = I64Load V128Low64 I16x8ExtendLowI8x16U;
        visit_v128_load16x4_s = I64Load V128Low64 I32x4ExtendLowI16x8S;
        visit_v128_load16x4_u = I64Load V128Low64 I32x4ExtendLowI16x8U;
        visit_v128_load32x2_s = I64Load V128Low64 I64x2ExtendLowI32x4S;
        visit_v128_load32x2_u = I64Load V128Low64 I64x2ExtendLowI32x4U;
        visit_v128_load8_splat = I32Load8U I8x16Splat;
        visit_v128_load16_splat = I32Load16U I16x8Splat;
        visit_v128_load32_splat = I32Load I32x4Splat;
        visit_v128_load64_splat = I64Load I64x2Splat;
        visit_v128_load32_zero = I32Load V128Low32;
        visit_v128_load64_zero = I64Load V128Low64;
    }

    lanes! {
        extract {
            visit_i8x16_extract_lane_s = I8x16ExtractLaneS;
            visit_i8x16_extract_lane_u = I8x16ExtractLaneU;
            visit_i16x8_extract_lane_s = I16x8ExtractLaneS;
            visit_i16x8_extract_lane_u = I16x8ExtractLaneU;
            visit_i32x4_extract_lane = I32x4ExtractLane;
            visit_i64x2_extract_lane = I64x2ExtractLane;
            visit_f32x4_extract_lane = F32x4ExtractLane;
            visit_f64x2_extract_lane = F64x2ExtractLane;
        }
        replace {
            visit_i8x16_replace_lane = I8x16ReplaceLane;
            visit_i16x8_replace_lane = I16x8ReplaceLane;
            visit_i32x4_replace_lane = I32x4ReplaceLane;
            visit_i64x2_replace_lane = I64x2ReplaceLane;
            visit_f32x4_replace_lane = F32x4ReplaceLane;
            visit_f64x2_replace_lane = F64x2ReplaceLane;
        }
        load {
            visit_v128_load8_lane = I32Load8U I8x16ReplaceLane;
            visit_v128_load16_lane = I32Load16U I16x8ReplaceLane;
            visit_v128_load32_lane = I32Load I32x4ReplaceLane;
            visit_v128_load64_lane = I64Load I64x2ReplaceLane;
        }
        store {
            visit_v128_store8_lane = I32Store8 visit_i8x16_extract_lane_u;
            visit_v128_store16_lane = I32Store16 visit_i16x8_extract_lane_u;
            visit_v128_store32_lane = I32Store visit_i32x4_extract_lane;
            visit_v128_store64_lane = I64Store visit_i64x2_extract_lane;
        }
    }

    relaxed! {
        visit_i8x16_relaxed_swizzle = visit_i8x16_swizzle;
        visit_i32x4_relaxed_trunc_f32x4_s = visit_i32x4_trunc_sat_f32x4_s
            or unary I32x4FastTruncF32x4S;
        visit_i32x4_relaxed_trunc_f32x4_u = visit_i32x4_trunc_sat_f32x4_u;
        visit_i32x4_relaxed_trunc_f64x2_s_zero = visit_i32x4_trunc_sat_f64x2_s_zero;
        visit_i32x4_relaxed_trunc_f64x2_u_zero = visit_i32x4_trunc_sat_f64x2_u_zero;
        visit_i8x16_relaxed_laneselect = visit_v128_bitselect;
        visit_i16x8_relaxed_laneselect = visit_v128_bitselect;
        visit_i32x4_relaxed_laneselect = visit_v128_bitselect;
        visit_i64x2_relaxed_laneselect = visit_v128_bitselect;
        visit_f32x4_relaxed_min = visit_f32x4_min or binary F32x4FastMin;
        visit_f32x4_relaxed_max = visit_f32x4_max or binary F32x4FastMax;
        visit_f64x2_relaxed_min = visit_f64x2_min or binary F64x2FastMin;
        visit_f64x2_relaxed_max = visit_f64x2_max or binary F64x2FastMax;
        visit_i16x8_relaxed_q15mulr_s = visit_i16x8_q15mulr_sat_s;
    }
}
