//! Constant expressions: initial values of globals and table elements, offsets of segments.

use alloc::boxed::Box;
use alloc::vec::Vec;

use wasmote_interp::InstanceId;
use wasmparser::{BinaryReaderError, Operator};

use crate::store::StoreOpaque;

/// An operator of a constant expression.
#[derive(Clone, Copy, Debug)]
enum ConstOp {
    /// Push a number; 32-bit ones have their upper half zero.
    Value(u64),
    /// Push a vector, low half first.
    #[cfg(feature = "simd")]
    Vector([u64; 2]),
    /// Push a null reference.
    Null,
    /// Push a global of the instance.
    Global(u32),
    /// Push a reference to a function of the instance.
    Func(u32),
    I32Add,
    I32Sub,
    I32Mul,
    I64Add,
    I64Sub,
    I64Mul,
}

impl ConstOp {
    /// Takes over an operator; `None` at the end of the expression.
    fn of(operator: Operator<'_>) -> Option<ConstOp> {
        Some(match operator {
            Operator::End => return None,
            Operator::I32Const { value } => ConstOp::Value(u64::from(value as u32)),
            Operator::I64Const { value } => ConstOp::Value(value as u64),
            Operator::F32Const { value } => ConstOp::Value(u64::from(value.bits())),
            Operator::F64Const { value } => ConstOp::Value(value.bits()),
            #[cfg(feature = "simd")]
            Operator::V128Const { value } => {
                let bits = value.i128() as u128;
                ConstOp::Vector([bits as u64, (bits >> 64) as u64])
            }
            Operator::RefNull { .. } => ConstOp::Null,
            Operator::GlobalGet { global_index } => ConstOp::Global(global_index),
            Operator::RefFunc { function_index } => ConstOp::Func(function_index),
            Operator::I32Add => ConstOp::I32Add,
            Operator::I32Sub => ConstOp::I32Sub,
            Operator::I32Mul => ConstOp::I32Mul,
            Operator::I64Add => ConstOp::I64Add,
            Operator::I64Sub => ConstOp::I64Sub,
            Operator::I64Mul => ConstOp::I64Mul,
            other => unreachable!("the validator refuses {other:?} in constant expressions"),
        })
    }
}

/// A constant expression that was validated.
#[derive(Clone, Debug)]
pub(crate) struct ConstExpr(Expr);

#[derive(Clone, Debug)]
enum Expr {
    /// Nearly all expressions have one operator.
    One(ConstOp),
    Many(Box<[ConstOp]>),
}

impl ConstExpr {
    /// Takes over an expression that the validator has accepted.
    pub(super) fn parse(expr: &wasmparser::ConstExpr<'_>) -> Result<ConstExpr, BinaryReaderError> {
        let mut operators = expr.get_operators_reader();
        let first = ConstOp::of(operators.read()?);
        let second = ConstOp::of(operators.read()?);
        Ok(ConstExpr(match (first, second) {
            (Some(only), None) => Expr::One(only),
            (first, second) => {
                let mut ops: Vec<ConstOp> = first.into_iter().chain(second).collect();
                while let Some(op) = ConstOp::of(operators.read()?) {
                    ops.push(op);
                }
                Expr::Many(ops.into())
            }
        }))
    }

    /// The value, if it is the same in every instance.
    pub(super) fn constant(&self) -> Option<u64> {
        match self.0 {
            Expr::One(ConstOp::Value(bits)) => Some(bits),
            _ => None,
        }
    }

    /// The value in an instance whose imports, and whose globals before the one that is initialized,
    /// are in place.
    pub(crate) fn eval(&self, store: &mut StoreOpaque, instance: InstanceId) -> [u64; 2] {
        match &self.0 {
            Expr::One(op) => operand(*op, store, instance),
            Expr::Many(ops) => eval(ops, store, instance),
        }
    }
}

fn eval(ops: &[ConstOp], store: &mut StoreOpaque, instance: InstanceId) -> [u64; 2] {
    let mut stack = Vec::new();
    for &op in ops {
        let narrow = |value: u32| u64::from(value);
        let binary = |stack: &mut Vec<[u64; 2]>, f: &dyn Fn(u64, u64) -> u64| {
            let (b, a) = (stack.pop(), stack.pop());
            let (Some([b, _]), Some([a, _])) = (b, a) else {
                unreachable!("the validator checked the height of the stack")
            };
            [f(a, b), 0]
        };
        let value = match op {
            ConstOp::I32Add => {
                binary(&mut stack, &|a, b| narrow((a as u32).wrapping_add(b as u32)))
            }
            ConstOp::I32Sub => {
                binary(&mut stack, &|a, b| narrow((a as u32).wrapping_sub(b as u32)))
            }
            ConstOp::I32Mul => {
                binary(&mut stack, &|a, b| narrow((a as u32).wrapping_mul(b as u32)))
            }
            ConstOp::I64Add => binary(&mut stack, &u64::wrapping_add),
            ConstOp::I64Sub => binary(&mut stack, &u64::wrapping_sub),
            ConstOp::I64Mul => binary(&mut stack, &u64::wrapping_mul),
            operand_op => operand(operand_op, store, instance),
        };
        stack.push(value);
    }
    stack.pop().expect("the validator checked that there is a value")
}

fn operand(op: ConstOp, store: &mut StoreOpaque, instance: InstanceId) -> [u64; 2] {
    match op {
        ConstOp::Value(value) => [value, 0],
        #[cfg(feature = "simd")]
        ConstOp::Vector(halves) => halves,
        ConstOp::Null => [0, 0],
        ConstOp::Global(index) => {
            store.machine.global(store.machine.instance_global(instance, index))
        }
        ConstOp::Func(index) => [store.machine.instance_func(instance, index).to_raw(), 0],
        _ => unreachable!("the validator checked that there are operands"),
    }
}
