//! Statements about objects that handlers leave to the run loop: what there is no room for, segments, types of functions.

use core::ops::Range;

use super::run::{Exit, Next, NoRoom};
use super::serve::{Load, operands};
use super::{FuncId, InstanceId, Machine};
use crate::exec::statements as stmt;
use crate::exec::{Regs, Suspend};
use crate::isa::operand::WORD;
use crate::runtime::{Context, range};
use crate::wasm::{Layout, TrapCode};

/// Why a statement is not done.
enum Undone {
    Trap(TrapCode),
    /// It runs again once there is room.
    NoRoom(NoRoom),
}

impl From<TrapCode> for Undone {
    fn from(trap: TrapCode) -> Undone {
        Undone::Trap(trap)
    }
}

impl From<NoRoom> for Undone {
    fn from(no_room: NoRoom) -> Undone {
        Undone::NoRoom(no_room)
    }
}

/// Elements of an array, or a range of them.
#[derive(Clone, Copy)]
struct Elements {
    array: u32,
    shift: u16,
    from: u32,
    len: u32,
}

impl Machine {
    /// Serves a statement about objects.
    pub(super) fn serve_object(&mut self, reason: Suspend, m: Regs) -> Result<Next, TrapCode> {
        let at = self.current.ip;
        let instance = InstanceId(self.instance_of(m.ctx));
        match self.serve_object_at(reason, m, instance) {
            Ok(()) => Ok(Next::Run),
            Err(Undone::NoRoom(NoRoom::Bytes(bytes))) => {
                self.current.ip = at;
                self.commit();
                Ok(Next::Stop(Exit::Collect { bytes }))
            }
            Err(undone) => {
                // The last byte of the statement stands for it.
                self.current.ip = self.current.ip.wrapping_sub(1);
                Err(match undone {
                    Undone::Trap(trap) => trap,
                    Undone::NoRoom(_) => TrapCode::AllocationTooLarge,
                })
            }
        }
    }

    fn serve_object_at(
        &mut self,
        reason: Suspend,
        m: Regs,
        instance: InstanceId,
    ) -> Result<(), Undone> {
        match reason {
            Suspend::New => {
                let (ty, size) = operands!(self, m, New: ty, size);
                self.make_room(instance, m, ty, size.into())?;
                self.current.ip = m.ip;
            }
            Suspend::NewArray => {
                let (ty, shift, length) = operands!(self, m, NewArray: ty, shift, length);
                self.make_room(instance, m, ty, array_bytes(length as u32, shift))?;
                self.current.ip = m.ip;
            }
            Suspend::ArrayNewData => {
                let (dst, ty, shift, segment, src, len) =
                    operands!(self, m, ArrayNewData: dst, ty, shift, segment, src, len);
                let bytes = self.data_range(instance, segment, src as u32, len as u32, shift)?;
                let array = self.new_array(instance, m, ty, shift, len as u32)?;
                // SAFETY: the destination is in the frame.
                unsafe { *dst = array.into() };
                let elements = Elements { array, shift, from: 0, len: len as u32 };
                self.copy_data(instance, segment, bytes, elements)?;
            }
            Suspend::ArrayNewElem => {
                let (dst, ty, segment, src, len) =
                    operands!(self, m, ArrayNewElem: dst, ty, segment, src, len);
                let items = self.elem_range(instance, segment, src as u32, len as u32)?;
                let array = self.new_array(instance, m, ty, 2, len as u32)?;
                // SAFETY: the destination is in the frame.
                unsafe { *dst = array.into() };
                let elements = Elements { array, shift: 2, from: 0, len: len as u32 };
                self.copy_elems(instance, segment, items, elements)?;
            }
            Suspend::ArrayInitData => {
                let (shift, segment, array, dst, src, len) =
                    operands!(self, m, ArrayInitData: shift, segment, array, dst, src, len);
                let elements = elements(array, shift, dst, len);
                self.element_bytes(elements)?;
                let bytes = self.data_range(instance, segment, src as u32, len as u32, shift)?;
                self.copy_data(instance, segment, bytes, elements)?;
            }
            Suspend::ArrayInitElem => {
                let (segment, array, dst, src, len) =
                    operands!(self, m, ArrayInitElem: segment, array, dst, src, len);
                let elements = elements(array, 2, dst, len);
                self.element_bytes(elements)?;
                let items = self.elem_range(instance, segment, src as u32, len as u32)?;
                self.copy_elems(instance, segment, items, elements)?;
            }
            Suspend::ArrayFill => {
                let (shift, array, dst, value, len) =
                    operands!(self, m, ArrayFill: shift, array, dst, value, len);
                self.fill_elements(elements(array, shift, dst, len), value.into())?;
            }
            #[cfg(feature = "simd")]
            Suspend::ArrayFillV128 => {
                let (array, dst, value, len) =
                    operands!(@raw self, m, ArrayFillV128: array, dst, value, len);
                // SAFETY: slots of the frame, two of them for the value.
                let (array, dst, low, high, len) =
                    unsafe { (*array, *dst, *value, *value.wrapping_add(1), *len) };
                let value = u128::from(low) | u128::from(high) << 64;
                self.fill_elements(elements(array, 4, dst, len), value)?;
            }
            Suspend::ArrayCopy => {
                let (shift, to, dst, from, src, len) =
                    operands!(self, m, ArrayCopy: shift, dst_array, dst, src_array, src, len);
                let to = self.element_bytes(elements(to, shift, dst, len))?;
                let from = self.element_bytes(elements(from, shift, src, len))?;
                self.heap_bytes().copy_within(from, to.start);
            }
            Suspend::FuncIs => {
                let (dst, id, nullable) = operands!(self, m, FuncIs: dst, type_id, nullable);
                // SAFETY: slots of the frame.
                let func = unsafe { *stmt::FuncIs::func(&m, WORD) };
                let is = match FuncId::from_raw(func) {
                    Some(func) => self.is_subtype(self.funcs[func.index()].type_id, id),
                    None => nullable != 0,
                };
                // SAFETY: the destination is in the frame.
                unsafe { *dst = is.into() };
            }
            _ => unreachable!("about objects"),
        }
        Ok(())
    }

    /// The type whose descriptor is in a cell of the running instance; the descriptor is made if there is none.
    fn described(&mut self, instance: InstanceId, m: Regs, cell: *mut Context) -> u32 {
        // SAFETY: a cell of the context.
        let known = unsafe { *cell.cast::<u32>() };
        if known != 0 {
            return known;
        }
        let offset = cell as usize - m.ctx as usize;
        let layout = self.instances[instance.index()].code.layout();
        let (_, ty) = layout.find(offset as u32).expect("verified code");
        self.descriptor(instance, ty)
    }

    /// Sees to it that there is room for an object of a type.
    fn make_room(
        &mut self,
        instance: InstanceId,
        m: Regs,
        cell: *mut Context,
        bytes: u64,
    ) -> Result<(), NoRoom> {
        self.described(instance, m, cell);
        self.heap_window_for_guest(bytes)
    }

    fn new_array(
        &mut self,
        instance: InstanceId,
        m: Regs,
        cell: *mut Context,
        shift: u16,
        length: u32,
    ) -> Result<u32, NoRoom> {
        let descriptor = self.described(instance, m, cell);
        self.heap_window_for_guest(array_bytes(length, shift))?;
        self.heap_new(descriptor, length)
    }

    /// The bytes of elements in the heap.
    fn element_bytes(&self, elements: Elements) -> Result<Range<usize>, TrapCode> {
        let Elements { array, shift, from, len } = elements;
        let header = self.heap_header(array).ok_or(TrapCode::NullReference)?;
        let within = range(from.into(), len.into(), (header >> 32) as usize);
        let within = within.ok_or(TrapCode::ArrayOutOfBounds)?;
        let start = array as usize + Layout::HEADER as usize;
        Ok(start + (within.start << shift)..start + (within.end << shift))
    }

    fn fill_elements(&mut self, elements: Elements, value: u128) -> Result<(), TrapCode> {
        let bytes = self.element_bytes(elements)?;
        let value = value.to_ne_bytes();
        let low = if cfg!(target_endian = "little") { 0 } else { 16 - (1 << elements.shift) };
        let value = &value[low..low + (1 << elements.shift)];
        for element in self.heap_bytes()[bytes].chunks_exact_mut(value.len()) {
            element.copy_from_slice(value);
        }
        Ok(())
    }

    /// The bytes of a data segment that so many elements take.
    fn data_range(
        &self,
        instance: InstanceId,
        segment: u32,
        src: u32,
        len: u32,
        shift: u16,
    ) -> Result<Range<usize>, TrapCode> {
        let bytes = self.segment(instance, segment).len();
        let range = range(src.into(), u64::from(len) << shift, bytes);
        range.ok_or(TrapCode::MemoryOutOfBounds)
    }

    fn copy_data(
        &mut self,
        instance: InstanceId,
        segment: u32,
        from: Range<usize>,
        to: Elements,
    ) -> Result<(), TrapCode> {
        let to = self.element_bytes(to)?;
        let code = self.instances[instance.index()].code.clone();
        if from.is_empty() {
            return Ok(());
        }
        let place = &code.data()[segment as usize];
        let bytes = &code.bytes()[place.start as usize..place.end as usize][from];
        self.heap_bytes()[to].copy_from_slice(bytes);
        Ok(())
    }

    /// The items of an element segment.
    fn elem_range(
        &self,
        instance: InstanceId,
        segment: u32,
        src: u32,
        len: u32,
    ) -> Result<Range<usize>, TrapCode> {
        let items = self.instances[instance.index()].elems[segment as usize].len();
        range(src.into(), len.into(), items).ok_or(TrapCode::TableOutOfBounds)
    }

    fn copy_elems(
        &mut self,
        instance: InstanceId,
        segment: u32,
        from: Range<usize>,
        to: Elements,
    ) -> Result<(), TrapCode> {
        let to = self.element_bytes(to)?;
        for (i, at) in from.zip(to.step_by(4)) {
            let item = self.instances[instance.index()].elems[segment as usize][i] as u32;
            self.heap_bytes()[at..at + 4].copy_from_slice(&item.to_ne_bytes());
        }
        Ok(())
    }
}

fn elements(array: u64, shift: u16, from: u64, len: u64) -> Elements {
    Elements { array: array as u32, shift, from: from as u32, len: len as u32 }
}

/// How many bytes an array takes.
fn array_bytes(length: u32, shift: u16) -> u64 {
    super::heap::array_bytes(length, shift.into())
}
