//! Constant expressions: initial values of globals and table elements, offsets of segments.
//!
//! They stay where they are in the module's bytes, except for what nearly all of them are: one operator with 32 bits.

use alloc::vec::Vec;
use core::mem;

use wasmote_interp::{InstanceId, Machine, NoRoom};
use wasmparser::{
    BinaryReader, BinaryReaderError, Operator, OperatorsReader, OperatorsReaderAllocations,
};

/// A constant expression that was validated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ConstExpr {
    /// A number whose upper half is zero.
    Number(u32),
    /// A null reference.
    Null,
    /// The value of a global of the instance.
    Global(u32),
    /// A reference to a function of the instance.
    Func(u32),
    /// Anything else: where it begins in the bytes that are kept of the module.
    At(u32),
}

impl ConstExpr {
    /// Takes over an expression that the validator has accepted, and of whose module so many bytes before it are not kept.
    pub(super) fn parse(
        expr: &wasmparser::ConstExpr<'_>,
        left_out: u32,
    ) -> Result<ConstExpr, BinaryReaderError> {
        let at = expr.get_binary_reader().original_position() as u32 - left_out;
        let mut operators = expr.get_operators_reader();
        let (first, second) = (operators.read()?, operators.read()?);
        if !matches!(second, Operator::End) {
            return Ok(ConstExpr::At(at));
        }
        Ok(match first {
            Operator::RefNull { .. } => ConstExpr::Null,
            Operator::GlobalGet { global_index } => ConstExpr::Global(global_index),
            Operator::RefFunc { function_index } => ConstExpr::Func(function_index),
            _ => {
                let narrow = number(&first).and_then(|bits| u32::try_from(bits).ok());
                narrow.map_or(ConstExpr::At(at), ConstExpr::Number)
            }
        })
    }

    /// The value, if it is a number and the same in every instance. `bytes` are those of the module.
    pub(super) fn constant(self, bytes: &[u8]) -> Option<u64> {
        match self {
            ConstExpr::Number(bits) => Some(bits.into()),
            ConstExpr::At(at) => {
                let reader = BinaryReader::new(&bytes[at as usize..], 0);
                let mut operators = OperatorsReader::new(reader);
                let first = operators.read().ok()?;
                number(&first).filter(|_| matches!(operators.read(), Ok(Operator::End)))
            }
            _ => None,
        }
    }

    /// Whether it is nothing but a number or a vector. `bytes` are those that are kept of the module.
    pub(super) fn is_number(self, bytes: &[u8]) -> bool {
        match self {
            ConstExpr::Number(_) => true,
            ConstExpr::At(at) => {
                let mut operators =
                    OperatorsReader::new(BinaryReader::new(&bytes[at as usize..], 0));
                let is_number = |operator: &Operator<'_>| match operator {
                    #[cfg(feature = "simd")]
                    Operator::V128Const { .. } => true,
                    operator => number(operator).is_some(),
                };
                operators.read().is_ok_and(|operator| is_number(&operator))
                    && matches!(operators.read(), Ok(Operator::End))
            }
            _ => false,
        }
    }

    /// How many operators it has. `bytes` are those that are kept of the module.
    pub(super) fn operators(self, bytes: &[u8]) -> u64 {
        match self {
            ConstExpr::At(at) => ConstReader::new(bytes, at).operators(),
            _ => 1,
        }
    }

    /// The value in an instance whose imports, and whose globals before the one that is initialized,
    /// are in place. `bytes` are those that are kept of the module.
    ///
    /// # Errors
    /// If an object has no room.
    pub(super) fn eval(
        self,
        bytes: &[u8],
        machine: &mut Machine,
        instance: InstanceId,
    ) -> Result<[u64; 2], NoRoom> {
        Ok(match self {
            ConstExpr::Number(bits) => [bits.into(), 0],
            ConstExpr::Null => [0, 0],
            ConstExpr::Global(index) => global(index, machine, instance),
            ConstExpr::Func(index) => func(index, machine, instance),
            ConstExpr::At(at) => return ConstReader::new(bytes, at).eval(machine, instance),
        })
    }

    /// Whether it may make objects.
    pub(crate) fn may_need_room(self) -> bool {
        matches!(self, ConstExpr::At(_))
    }
}

/// Constant expressions that were validated, one after the other.
pub(crate) struct ConstReader<'a> {
    reader: BinaryReader<'a>,
    buffers: OperatorsReaderAllocations,
}

impl<'a> ConstReader<'a> {
    /// Those that begin at `at` of a module's bytes.
    pub(super) fn new(bytes: &'a [u8], at: u32) -> ConstReader<'a> {
        let reader = BinaryReader::new(&bytes[at as usize..], 0);
        ConstReader { reader, buffers: OperatorsReaderAllocations::default() }
    }

    /// How many operators the next one has.
    pub(super) fn operators(&mut self) -> u64 {
        let buffers = mem::take(&mut self.buffers);
        let mut operators = OperatorsReader::new_with_allocs(self.reader.clone(), buffers);
        let mut count = 0;
        while !matches!(operators.read().expect("the validator read it"), Operator::End) {
            count += 1;
        }
        self.reader = operators.get_binary_reader();
        self.buffers = operators.into_allocations();
        count
    }

    /// The value of the next one, as [`ConstExpr::eval`].
    ///
    /// # Errors
    /// As there; then the next one is still the same.
    pub(super) fn eval(
        &mut self,
        machine: &mut Machine,
        instance: InstanceId,
    ) -> Result<[u64; 2], NoRoom> {
        let buffers = mem::take(&mut self.buffers);
        let mut operators = OperatorsReader::new_with_allocs(self.reader.clone(), buffers);
        let mut stack = Stack::default();
        loop {
            match operators.read().expect("the validator read it") {
                Operator::End => break,
                operator => stack.apply(&operator, machine, instance)?,
            }
        }
        self.reader = operators.get_binary_reader();
        self.buffers = operators.into_allocations();
        Ok(stack.pop())
    }
}

/// The values of an expression that is being evaluated. There is always one on top, which is most often the only one.
#[derive(Default)]
struct Stack {
    below: Vec<[u64; 2]>,
    top: Option<[u64; 2]>,
}

impl Stack {
    fn push(&mut self, value: [u64; 2]) {
        self.below.extend(self.top.replace(value));
    }

    fn pop(&mut self) -> [u64; 2] {
        let value = self.top.take().expect("the validator checked that there are operands");
        self.top = self.below.pop();
        value
    }

    fn apply(
        &mut self,
        operator: &Operator<'_>,
        machine: &mut Machine,
        instance: InstanceId,
    ) -> Result<(), NoRoom> {
        let value = match *operator {
            Operator::RefNull { .. } => [0, 0],
            Operator::GlobalGet { global_index } => global(global_index, machine, instance),
            Operator::RefFunc { function_index } => func(function_index, machine, instance),
            #[cfg(feature = "simd")]
            Operator::V128Const { value } => {
                let bits = value.i128() as u128;
                [bits as u64, (bits >> 64) as u64]
            }
            #[cfg(feature = "gc")]
            Operator::RefI31 => [u64::from((self.pop()[0] as u32) << 1 | 1), 0],
            // They are the same.
            #[cfg(feature = "gc")]
            Operator::AnyConvertExtern | Operator::ExternConvertAny => return Ok(()),
            ref operator => match number(operator) {
                Some(bits) => [bits, 0],
                #[cfg(feature = "gc")]
                None if objects::makes_one(operator) => {
                    objects::make(self, operator, machine, instance)?
                }
                None => {
                    let ([b, _], [a, _]) = (self.pop(), self.pop());
                    [binary(operator, a, b), 0]
                }
            },
        };
        self.push(value);
        Ok(())
    }
}

/// Objects that constant expressions make.
#[cfg(feature = "gc")]
mod objects {
    use wasmote_interp::{CompositeType, Field, InstanceId, Layout, Machine, NoRoom};
    use wasmparser::Operator;

    use super::Stack;

    pub(super) fn makes_one(operator: &Operator<'_>) -> bool {
        use Operator::*;
        matches!(
            operator,
            StructNew { .. }
                | StructNewDefault { .. }
                | ArrayNew { .. }
                | ArrayNewDefault { .. }
                | ArrayNewFixed { .. }
        )
    }

    /// Makes the object, and pops what it is made of.
    pub(super) fn make(
        stack: &mut Stack,
        operator: &Operator<'_>,
        machine: &mut Machine,
        instance: InstanceId,
    ) -> Result<[u64; 2], NoRoom> {
        let code = machine.instance_code(instance).clone();
        let types = &code.info().types;
        let object = match *operator {
            Operator::StructNew { struct_type_index: ty }
            | Operator::StructNewDefault { struct_type_index: ty } => {
                let CompositeType::Struct(fields) = types.get(ty).composite else {
                    unreachable!("validated")
                };
                let descriptor = machine.heap_descriptor(types, ty);
                let object = machine.heap_new(descriptor, 0)?;
                if matches!(operator, Operator::StructNew { .. }) {
                    for field in fields.iter().rev() {
                        machine.heap_set(object, field.offset, field.storage, stack.pop());
                    }
                }
                object
            }
            Operator::ArrayNew { array_type_index: ty } => {
                let length = stack.pop()[0] as u32;
                let value = stack.pop();
                let (array, element) = array(machine, instance, ty, length)?;
                for i in 0..length {
                    machine.heap_set(array, offset(element, i), element.storage, value);
                }
                array
            }
            Operator::ArrayNewDefault { array_type_index: ty } => {
                let length = stack.pop()[0] as u32;
                array(machine, instance, ty, length)?.0
            }
            Operator::ArrayNewFixed { array_type_index: ty, array_size: length } => {
                let (array, element) = array(machine, instance, ty, length)?;
                for i in (0..length).rev() {
                    machine.heap_set(array, offset(element, i), element.storage, stack.pop());
                }
                array
            }
            _ => unreachable!("it makes an object"),
        };
        Ok([object.into(), 0])
    }

    fn array(
        machine: &mut Machine,
        instance: InstanceId,
        ty: u32,
        length: u32,
    ) -> Result<(u32, Field), NoRoom> {
        let code = machine.instance_code(instance).clone();
        let types = &code.info().types;
        let CompositeType::Array(element) = types.get(ty).composite else {
            unreachable!("validated")
        };
        let descriptor = machine.heap_descriptor(types, ty);
        Ok((machine.heap_new(descriptor, length)?, element))
    }

    fn offset(element: Field, index: u32) -> u32 {
        Layout::HEADER + index * element.storage.bytes()
    }
}

/// What an operator pushes, if it is a number: 32-bit ones have their upper half zero.
fn number(operator: &Operator<'_>) -> Option<u64> {
    Some(match *operator {
        Operator::I32Const { value } => u64::from(value as u32),
        Operator::I64Const { value } => value as u64,
        Operator::F32Const { value } => u64::from(value.bits()),
        Operator::F64Const { value } => value.bits(),
        _ => return None,
    })
}

fn binary(operator: &Operator<'_>, a: u64, b: u64) -> u64 {
    let (narrow_a, narrow_b) = (a as u32, b as u32);
    match operator {
        Operator::I32Add => narrow_a.wrapping_add(narrow_b).into(),
        Operator::I32Sub => narrow_a.wrapping_sub(narrow_b).into(),
        Operator::I32Mul => narrow_a.wrapping_mul(narrow_b).into(),
        Operator::I64Add => a.wrapping_add(b),
        Operator::I64Sub => a.wrapping_sub(b),
        Operator::I64Mul => a.wrapping_mul(b),
        other => unreachable!("the validator refuses {other:?} in constant expressions"),
    }
}

fn global(index: u32, machine: &Machine, instance: InstanceId) -> [u64; 2] {
    machine.global(machine.instance_global(instance, index))
}

fn func(index: u32, machine: &mut Machine, instance: InstanceId) -> [u64; 2] {
    [machine.instance_func(instance, index).to_raw(), 0]
}
