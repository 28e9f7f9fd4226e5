//! References and objects: fields, elements, casts, and how objects are made.
//!
//! A reference to an object is its distance from the heap's base. Every access is checked against the heap's end, as those of
//! memories are: an object of another type than the translator believes is wrong data, and nothing worse. One comparison finds
//! null, too: with 1 taken off, null is beyond any heap.

use super::grammar::{Expr, FallThrough, NodeTrap, Stmt, Value};
use super::memory::leaving;
use super::nodes::{fall_through, fall_through_statements};
use super::statements::{
    ArrayCopy, ArrayFill, ArrayInitData, ArrayInitElem, ArrayNewData, ArrayNewElem, FuncIs, Init,
    InitAll, New, NewArray, Put, PutElem,
};
#[cfg(feature = "simd")]
use super::statements::{ArrayFillV128, InitAllV128};
use super::{Flow, Regs, Suspend, next, suspend, trap};
use crate::base::unaligned::{read, write};
use crate::isa::operand::{OperandKind, WORD};
use crate::runtime::{HeapView, StoreView};
use crate::semantics::{LoadOp, StoreOp};
use crate::wasm::TrapCode;

use core::marker::PhantomData;

/// A field of an object.
pub(crate) struct Get<O, X>(PhantomData<(O, X)>);
/// An element of an array.
pub(crate) struct Elem<O, X, I>(PhantomData<(O, X, I)>);

const FIELD: usize = OperandKind::Field.len();
/// Where an object keeps its length, as a `Field` operand.
const LENGTH: u32 = 4 + 4 + 1;

/// The heap of the store.
///
/// # Safety
/// `m.ctx` is the context of the running instance.
#[inline(always)]
unsafe fn heap<'a>(m: &Regs) -> &'a HeapView {
    // SAFETY: the store's view lives as long as the machine, and nobody else has it while handlers run.
    unsafe { &(*(*m.ctx).store).heap }
}

/// Where `M` lies in an object, by a `Field` operand's value; null has nothing there.
#[inline(always)]
fn field<M>(heap: &HeapView, object: u32, operand: u32) -> Option<*mut u8> {
    let end = u64::from(object.wrapping_sub(1)) + u64::from(operand);
    if end > heap.len as u64 {
        return None;
    }
    Some(heap.base.wrapping_add(end as usize).wrapping_sub(size_of::<M>()))
}

/// The same of an element of an array. (Few values live at a time: handlers have few registers.)
#[inline(always)]
fn element<M>(heap: &HeapView, array: u32, index: u32) -> Result<*mut u8, TrapCode> {
    let first = u64::from(array.wrapping_sub(1)) + u64::from(LENGTH);
    if first > heap.len as u64 {
        return Err(TrapCode::NullReference);
    }
    let first = heap.base.wrapping_add(first as usize);
    // SAFETY: the length is in the heap, before the first element.
    if index >= unsafe { read::<u32>(first.wrapping_sub(4)) } {
        return Err(TrapCode::ArrayOutOfBounds);
    }
    let offset = u64::from(index) * size_of::<M>() as u64;
    let room = heap.end.addr().wrapping_sub(first.addr());
    if offset + size_of::<M>() as u64 > room as u64 {
        return Err(TrapCode::ArrayOutOfBounds);
    }
    Ok(first.wrapping_add(offset as usize))
}

impl<O: LoadOp<R: Value>, X: Expr<T = u32>> Expr for Get<O, X> {
    type T = O::R;
    const LEN: usize = FIELD + X::LEN;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<O::R, NodeTrap> {
        // SAFETY: the reference's operands follow the field; `field` checks that it is in the heap.
        unsafe {
            let object = X::eval(m, at + FIELD)?;
            match field::<O::M>(heap(m), object, m.operand(at)) {
                Some(p) => Ok(O::convert(read(p))),
                None => Err(NodeTrap { code: TrapCode::NullReference, at }),
            }
        }
    }
}

impl<O: LoadOp<R: Value>, X: Expr<T = u32>, I: Expr<T = u32>> Expr for Elem<O, X, I> {
    type T = O::R;
    const LEN: usize = FIELD + X::LEN + I::LEN;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<O::R, NodeTrap> {
        // SAFETY: operands in order; `element` checks that it is in the heap.
        unsafe {
            let array = X::eval(m, at + FIELD)?;
            let index = I::eval(m, at + FIELD + X::LEN)?;
            match element::<O::M>(heap(m), array, index) {
                Ok(p) => Ok(O::convert(read(p))),
                Err(code) => Err(NodeTrap { code, at }),
            }
        }
    }
}

fall_through_statements! {
    [O: StoreOp, X: Expr<T = u32>, Y: Expr<T = O::A>] Put<O, X, Y>;
    [O: StoreOp, X: Expr<T = O::A>] Init<O, X>;
    [O: StoreOp, X: Expr<T = u32>, I: Expr<T = u32>, Y: Expr<T = O::A>] PutElem<O, X, I, Y>;
}

impl<O: StoreOp, X: Expr<T = u32>, Y: Expr<T = O::A>> FallThrough for Put<O, X, Y> {
    const LEN: usize = FIELD + X::LEN + Y::LEN;
    #[inline(always)]
    unsafe fn exec(m: &mut Regs, at: usize) -> Result<(), NodeTrap> {
        // SAFETY: operands in order; `field` checks that it is in the heap.
        unsafe {
            let object = X::eval(m, at + FIELD)?;
            let value = Y::eval(m, at + FIELD + X::LEN)?;
            match field::<O::M>(heap(m), object, m.operand(at)) {
                Some(p) => write(p, O::convert(value)),
                None => return Err(NodeTrap { code: TrapCode::NullReference, at }),
            }
        }
        Ok(())
    }
}

impl<O: StoreOp, X: Expr<T = O::A>> FallThrough for Init<O, X> {
    const LEN: usize = FIELD + X::LEN;
    #[inline(always)]
    unsafe fn exec(m: &mut Regs, at: usize) -> Result<(), NodeTrap> {
        // SAFETY: operands in order; `field` checks that it is in the heap.
        unsafe {
            let value = X::eval(m, at + FIELD)?;
            let heap = heap(m);
            if let Some(p) = field::<O::M>(heap, heap.newest, m.operand(at)) {
                write(p, O::convert(value));
            }
        }
        Ok(())
    }
}

impl<O: StoreOp, X: Expr<T = u32>, I: Expr<T = u32>, Y: Expr<T = O::A>> FallThrough
    for PutElem<O, X, I, Y>
{
    const LEN: usize = FIELD + X::LEN + I::LEN + Y::LEN;
    #[inline(always)]
    unsafe fn exec(m: &mut Regs, at: usize) -> Result<(), NodeTrap> {
        // SAFETY: operands in order; `element` checks that it is in the heap.
        unsafe {
            let array = X::eval(m, at + FIELD)?;
            let index = I::eval(m, at + FIELD + X::LEN)?;
            let value = Y::eval(m, at + FIELD + X::LEN + I::LEN)?;
            match element::<O::M>(heap(m), array, index) {
                Ok(p) => write(p, O::convert(value)),
                Err(code) => return Err(NodeTrap { code, at }),
            }
        }
        Ok(())
    }
}

/// Whether an object is of a type: operands are what its display should have, and where; and in the upper half of the place
/// whether null is of it, and numbers are.
///
/// # Safety
/// There are these operands at `m.ip + at`.
#[inline(always)]
unsafe fn is(m: &Regs, object: u32, at: usize) -> bool {
    // SAFETY: the operands; descriptors are valid while handlers run, and the number of one is checked.
    unsafe {
        let (id, how) = (m.operand::<u32>(at), m.operand::<u32>(at + 4));
        if object == 0 {
            return how >> 16 & 1 != 0;
        }
        if object & 1 != 0 {
            return how >> 17 != 0;
        }
        let heap = heap(m);
        let Some(header) = field::<u32>(heap, object, 4 + 1) else { return false };
        let number = read::<u32>(header) as usize;
        if number >= heap.descriptors_len {
            return false;
        }
        let descriptor = &*heap.descriptors.wrapping_add(number);
        descriptor.at((how & 0xffff) as usize) == id
    }
}

/// Whether an object is of a type.
pub(crate) struct RefIs<X>(PhantomData<X>);
/// The object, if it is.
pub(crate) struct RefCast<X>(PhantomData<X>);

impl<X: Expr<T = u32>> Expr for RefIs<X> {
    type T = u32;
    const LEN: usize = 8 + X::LEN;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<u32, NodeTrap> {
        // SAFETY: two operands, then the reference's.
        unsafe {
            let object = X::eval(m, at + 8)?;
            Ok(is(m, object, at).into())
        }
    }
}

impl<X: Expr<T = u32>> Expr for RefCast<X> {
    type T = u32;
    const LEN: usize = 8 + X::LEN;
    #[inline(always)]
    unsafe fn eval(m: &Regs, at: usize) -> Result<u32, NodeTrap> {
        // SAFETY: two operands, then the reference's.
        unsafe {
            let object = X::eval(m, at + 8)?;
            if is(m, object, at) {
                Ok(object)
            } else {
                Err(NodeTrap { code: TrapCode::CastFailure, at })
            }
        }
    }
}

impl Stmt for New {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; there is room for the object, which is not in use.
        unsafe {
            let heap = &raw mut (*(*m.ctx).store).heap;
            let descriptor = *Self::ty(&m, at).cast::<u32>();
            let (object, size) = ((*heap).top, Self::size(&m, at) as usize);
            if descriptor == 0 || (*heap).limit - object < size {
                return suspend(m, Suspend::New);
            }
            (*heap).top = object + size;
            (*heap).newest = object as u32;
            let header = u64::from(descriptor) | u64::from(Self::length(&m, at)) << 32;
            write((*heap).base.wrapping_add(object), header);
            *Self::dst(&m, at) = object as u64;
            // Nobody reads it; keeping what it was would take another register.
            m.acc = object as u64;
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for NewArray {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; there is room for the object, which is not in use.
        unsafe {
            let heap = &raw mut (*(*m.ctx).store).heap;
            let descriptor = *Self::ty(&m, at).cast::<u32>();
            let length = *Self::length(&m, at) as u32;
            let object = (*heap).top;
            let bytes = u64::from(length) << (Self::shift(&m, at) & 7);
            let size = (bytes + 15) & !7;
            if descriptor == 0 || (((*heap).limit - object) as u64) < size {
                return suspend(m, Suspend::NewArray);
            }
            (*heap).top = object + size as usize;
            (*heap).newest = object as u32;
            let header = u64::from(descriptor) | u64::from(length) << 32;
            write((*heap).base.wrapping_add(object), header);
            *Self::dst(&m, at) = object as u64;
            // Nobody reads it; keeping what it was would take another register.
            m.acc = object as u64;
            next(m.advance(at + Self::LEN))
        }
    }
}

impl Stmt for InitAll {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code.
        unsafe {
            let (value, shift) = (*Self::value(&m, at), Self::shift(&m, at));
            init_all((*m.ctx).store, value, shift.into());
            next(m.advance(at + Self::LEN))
        }
    }
}

#[cfg(feature = "simd")]
impl Stmt for InitAllV128 {
    #[inline(always)]
    unsafe fn run(m: Regs, at: usize) -> Flow {
        // SAFETY: operands of verified code; two slots of the frame.
        unsafe {
            let value = Self::value(&m, at);
            init_all_v128((*m.ctx).store, *value, *value.wrapping_add(1));
            next(m.advance(at + Self::LEN))
        }
    }
}

/// The elements of the array that was made last: where they begin, and how many bytes there are.
///
/// # Safety
/// `store` is the view of the running machine.
unsafe fn newest(store: *mut StoreView, width: usize) -> (*mut u8, usize) {
    // SAFETY: the caller's; `field` checks that the length is in the heap.
    unsafe {
        let heap = &(*store).heap;
        let Some(length) = field::<u32>(heap, heap.newest, LENGTH) else {
            return (heap.base, 0);
        };
        let start = heap.newest as usize + 8;
        let bytes = (read::<u32>(length) as usize).saturating_mul(width);
        (heap.base.wrapping_add(start), bytes.min(heap.len - start))
    }
}

/// Outlined: cannot unwind.
///
/// # Safety
/// `store` is the view of the running machine.
#[inline(never)]
unsafe extern "C" fn init_all(store: *mut StoreView, value: u64, shift: usize) {
    let width = 1 << (shift & 3);
    // SAFETY: the caller's; the bytes are in the heap.
    unsafe {
        let (start, bytes) = newest(store, width);
        match width {
            1 => start.write_bytes(value as u8, bytes),
            2 => fill(start, bytes, value as u16),
            4 => fill(start, bytes, value as u32),
            _ => fill(start, bytes, value),
        }
    }
}

/// Outlined: cannot unwind.
///
/// # Safety
/// `store` is the view of the running machine.
#[cfg(feature = "simd")]
#[inline(never)]
unsafe extern "C" fn init_all_v128(store: *mut StoreView, low: u64, high: u64) {
    // SAFETY: the caller's; the bytes are in the heap.
    unsafe {
        let (start, bytes) = newest(store, 16);
        fill(start, bytes, u128::from(low) | u128::from(high) << 64);
    }
}

/// Fills bytes with a value.
///
/// # Safety
/// `start` is valid for writes of `bytes`.
unsafe fn fill<T: Copy>(start: *mut u8, bytes: usize, value: T) {
    for i in 0..bytes / size_of::<T>() {
        // SAFETY: the caller's.
        unsafe { write(start.wrapping_add(i * size_of::<T>()), value) };
    }
}

leaving! {
    ArrayNewData ArrayNewElem ArrayFill ArrayCopy ArrayInitData ArrayInitElem FuncIs
}
#[cfg(feature = "simd")]
leaving! { ArrayFillV128 }

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;

    #[test]
    fn what_is_beyond_the_heap_is_null() {
        let words = [const { Cell::new(0_u64) }; 8];
        let base = words.as_ptr().cast_mut().cast::<u8>();
        let end = base.wrapping_add(64);
        let heap = HeapView { base, len: 64, end, ..HeapView::empty() };
        let found = |object, offset: u32| {
            field::<u32>(&heap, object, offset + 4 + 1).map(|p| p.addr() - base.addr())
        };
        assert_eq!((found(8, 8), found(56, 4)), (Some(16), Some(60)));
        for (object, offset) in [(0, 8), (0, u32::MAX - 5), (56, 8), (64, 0), (u32::MAX - 7, 8)] {
            assert_eq!(found(object, offset), None, "{object} {offset}");
        }
        words[1].set(3 << 32);
        for (index, trap) in
            [(3, TrapCode::ArrayOutOfBounds), (u32::MAX, TrapCode::ArrayOutOfBounds)]
        {
            assert_eq!(element::<u64>(&heap, 8, index), Err(trap));
        }
        assert_eq!(element::<u64>(&heap, 0, 0), Err(TrapCode::NullReference));
        let last = element::<u64>(&heap, 8, 2).map(|p| p.addr() - base.addr());
        assert_eq!(last, Ok(8 + 8 + 16));
        // A length that is wrong leads nowhere else.
        words[1].set(u64::MAX);
        assert_eq!(element::<u64>(&heap, 8, 100), Err(TrapCode::ArrayOutOfBounds));
    }
}
