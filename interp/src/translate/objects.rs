//! References and objects: structs, arrays, numbers of 31 bits, casts.
//!
//! A read of a field is a tree, like a load. Whoever makes an object emits `New`, and then a statement for each field: their
//! values are still pending then, and none of them can see the object.

use wasmparser::{AbstractHeapType, HeapType, RefType};

use super::Function;
use super::tail::Arguments;
use super::tree::Value;
use crate::code::table::simple;
use crate::isa::Op;
use crate::runtime::display;
use crate::wasm::{CompositeType, Field, Kind, Layout, Storage};

/// What a reference is cast to.
#[derive(Clone, Copy)]
enum Target {
    /// Everything but null.
    All,
    /// Nothing but null.
    None,
    /// A function of this type.
    Func { id: u32 },
    /// An object whose display has an id at a place; see `runtime/heap.rs`.
    Object(Display),
}

/// What `Is` and `Cast` compare.
#[derive(Clone, Copy)]
struct Display {
    id: u32,
    place: u32,
    /// Numbers are of it, too.
    i31: bool,
}

/// How far an operand of a field is behind the field's beginning, besides its width: see `exec/objects.rs`.
const BEYOND: u32 = 1;

/// The operation that reads what is stored so.
fn get_op(storage: Storage, signed: bool) -> Op {
    match storage {
        Storage::I8 if signed => Op::I32Get8S,
        Storage::I8 => Op::I32Get8U,
        Storage::I16 if signed => Op::I32Get16S,
        Storage::I16 => Op::I32Get16U,
        Storage::Value(Kind::I32 | Kind::Func | Kind::Gc) => Op::I32Get,
        Storage::Value(Kind::I64) => Op::I64Get,
        Storage::Value(Kind::F32) => Op::F32Get,
        Storage::Value(Kind::F64) => Op::F64Get,
        #[cfg(feature = "simd")]
        Storage::Value(Kind::V128) => Op::V128Get,
        #[cfg(not(feature = "simd"))]
        Storage::Value(Kind::V128) => unreachable!("validation refuses vectors"),
    }
}

/// The operation that writes it.
fn put_op(storage: Storage) -> Op {
    match storage {
        Storage::I8 => Op::I32Put8,
        Storage::I16 => Op::I32Put16,
        Storage::Value(Kind::I32 | Kind::Func | Kind::Gc) => Op::I32Put,
        Storage::Value(Kind::I64) => Op::I64Put,
        Storage::Value(Kind::F32) => Op::F32Put,
        Storage::Value(Kind::F64) => Op::F64Put,
        #[cfg(feature = "simd")]
        Storage::Value(Kind::V128) => Op::V128Put,
        #[cfg(not(feature = "simd"))]
        Storage::Value(Kind::V128) => unreachable!("validation refuses vectors"),
    }
}

/// How the value is kept that an operator reads or writes.
fn value_kind(storage: Storage) -> Kind {
    match storage {
        Storage::I8 | Storage::I16 => Kind::I32,
        Storage::Value(kind) => kind,
    }
}

/// The operand of an access.
fn operand(field: Field) -> u32 {
    field.offset + field.storage.bytes() + BEYOND
}

/// The logarithm of an element's size.
fn shift(storage: Storage) -> u32 {
    storage.bytes().ilog2()
}

/// References.
impl Function<'_> {
    pub(super) fn visit_ref_eq(&mut self) {
        self.binary(Op::I32Eq);
    }
    pub(super) fn visit_ref_i31(&mut self) {
        let number = self.parts.stack.pop();
        let value = self.tree(Op::RefI31 as u16, [number], Kind::Gc, 0);
        self.push(value);
    }
    /// References to data of the host and to internal objects are the same.
    pub(super) fn visit_any_convert_extern(&mut self) {}
    pub(super) fn visit_extern_convert_any(&mut self) {}
    pub(super) fn visit_ref_as_non_null(&mut self) {
        self.checked(Op::RefAsNonNull);
    }
    /// Branches if the reference on top is null, and drops it then.
    pub(super) fn visit_br_on_null(&mut self, depth: u32) {
        self.flush(0);
        let reference = self.parts.stack.pop();
        let c = self.parts.control.frames[self.target(depth)];
        let is_null = self.tree(Op::I32Eqz as u16, [reference], Kind::I32, 0);
        self.branch_if_not_zero(is_null, c);
        // It is where it was: a branch moves values to lower slots.
        self.push_leaf(reference);
    }

    /// Branches with the reference on top if it is not null, and drops it otherwise.
    pub(super) fn visit_br_on_non_null(&mut self, depth: u32) {
        self.flush(0);
        self.branch_with_top(depth, self.parts.stack.peek());
        self.parts.stack.pop();
    }

    /// Branches with what is on the stack, all in slots, if a condition is not zero.
    fn branch_with_top(&mut self, depth: u32, cond: Value) {
        let c = self.parts.control.frames[self.target(depth)];
        self.branch_if_not_zero(cond, c);
    }

    pub(super) fn visit_call_ref(&mut self, ty: u32) {
        let sig = self.info.types.func(ty);
        let callee = self.callee(sig);
        let distance = self.call_area(sig);
        let slots = [sig.param_slots(), sig.result_slots()];
        self.call_statement(simple::CallRef, &[slots[0], slots[1], callee, distance]);
        self.results_of(sig);
    }

    pub(super) fn visit_return_call_ref(&mut self, ty: u32) {
        let sig = self.info.types.func(ty);
        let Arguments { args, len } = self.tail_arguments(sig, 1);
        let callee = self.parts.stack.pop().bits as u32;
        let (params, results) = (sig.param_slots(), sig.result_slots());
        let operands = [self.first, args, len, sig.area(), params, results, callee];
        self.tail_statement(simple::ReturnCallRef, &operands);
        self.return_after_host(sig, args);
        self.reach.ends();
    }

    /// The reference on top, or a trap.
    fn checked(&mut self, op: Op) {
        let reference = self.parts.stack.pop();
        let value = self.tree(op as u16, [reference], reference.kind(), 0);
        self.push(value);
    }
}

/// Structs.
impl Function<'_> {
    fn field(&self, ty: u32, field: u32) -> Field {
        let CompositeType::Struct(fields) = self.info.types.get(ty).composite else {
            unreachable!("validated")
        };
        fields[field as usize]
    }

    fn get(&mut self, ty: u32, field: u32, signed: bool) {
        let field = self.field(ty, field);
        let object = self.parts.stack.pop();
        let op = get_op(field.storage, signed);
        let value = self.tree(op as u16, [object], value_kind(field.storage), operand(field));
        self.push(value);
    }

    pub(super) fn visit_struct_get(&mut self, ty: u32, field: u32) {
        self.get(ty, field, false);
    }
    pub(super) fn visit_struct_get_s(&mut self, ty: u32, field: u32) {
        self.get(ty, field, true);
    }
    pub(super) fn visit_struct_get_u(&mut self, ty: u32, field: u32) {
        self.get(ty, field, false);
    }
    pub(super) fn visit_struct_set(&mut self, ty: u32, field: u32) {
        let field = self.field(ty, field);
        self.spill_traps(2);
        let [object, value] = self.parts.stack.pop_all();
        self.put(put_op(field.storage) as u16, [object, value], operand(field));
    }

    pub(super) fn visit_struct_new(&mut self, ty: u32) {
        let CompositeType::Struct(fields) = self.info.types.get(ty).composite else {
            unreachable!("validated")
        };
        self.new_of(ty, fields.size(), 0, fields.iter().copied(), fields.len());
    }
    pub(super) fn visit_struct_new_default(&mut self, ty: u32) {
        let CompositeType::Struct(fields) = self.info.types.get(ty).composite else {
            unreachable!("validated")
        };
        self.new_of(ty, fields.size(), 0, core::iter::empty(), 0);
    }

    /// Makes an object whose fields are on top.
    fn new_of(
        &mut self,
        ty: u32,
        size: u32,
        length: u32,
        fields: impl Iterator<Item = Field>,
        count: usize,
    ) {
        self.spill_traps(count);
        let dst = self.object_slot(count);
        let cell = self.layout.descriptor(ty);
        self.note_roots_here();
        self.emit_site(simple::New, &[dst, cell, size, length]);
        let first = self.parts.stack.entries.len() - count;
        self.parts.stack.held = dst + 1;
        for (entry, field) in (first..).zip(fields) {
            let value = self.parts.stack.entries[entry].value;
            self.put(put_op(field.storage) as u16, [value], operand(field));
        }
        self.parts.stack.held = 0;
        self.parts.stack.drop_entries(count);
        self.push_leaf(Value::slot(dst, Kind::Gc));
    }

    /// The slot for an object that is made of the top entries, and before they are read: that of the first of them, unless
    /// one of them reads it.
    fn object_slot(&mut self, count: usize) -> u32 {
        let entries = &self.parts.stack.entries;
        let first = entries.len() - count;
        let slot = entries.get(first).map_or(self.parts.stack.top, |entry| entry.slot);
        let is_read =
            (first..entries.len()).any(|i| self.reads(self.parts.stack.entries[i].value).0 > slot);
        let slot = if is_read { self.free_slot(&[]) } else { slot };
        if !is_read {
            self.claim(slot, first, false);
        }
        self.parts.stack.use_slots(slot + 1);
        slot
    }
}

/// Arrays.
impl Function<'_> {
    fn array_element(&self, ty: u32) -> Field {
        let CompositeType::Array(element) = self.info.types.get(ty).composite else {
            unreachable!("validated")
        };
        element
    }

    fn element(&mut self, ty: u32, signed: bool) {
        let element = self.array_element(ty);
        let operands: [Value; 2] = self.parts.stack.pop_all();
        let op = get_op(element.storage, signed);
        let value = self.tree(op as u16, operands, value_kind(element.storage), operand(element));
        self.push(value);
    }

    pub(super) fn visit_array_get(&mut self, ty: u32) {
        self.element(ty, false);
    }
    pub(super) fn visit_array_get_s(&mut self, ty: u32) {
        self.element(ty, true);
    }
    pub(super) fn visit_array_get_u(&mut self, ty: u32) {
        self.element(ty, false);
    }
    pub(super) fn visit_array_set(&mut self, ty: u32) {
        let element = self.array_element(ty);
        self.spill_traps(3);
        let operands: [Value; 3] = self.parts.stack.pop_all();
        self.put(put_op(element.storage) as u16, operands, operand(element));
    }
    pub(super) fn visit_array_len(&mut self) {
        let array = self.parts.stack.pop();
        let value = self.tree(Op::I32Get as u16, [array], Kind::I32, 4 + 4 + BEYOND);
        self.push(value);
    }

    pub(super) fn visit_array_new(&mut self, ty: u32) {
        let storage = self.array_element(ty).storage;
        let constant = self.parts.stack.peek().as_const();
        self.spill_traps(2);
        self.spill_top(2);
        let dst = self.object_slot(2);
        let [value, length] = self.top_slots();
        let cell = self.layout.descriptor(ty);
        self.bulk_of_new_array(length, constant);
        self.note_roots_here();
        self.emit_site(simple::NewArray, &[dst, cell, shift(storage), length]);
        if storage == Storage::Value(Kind::V128) {
            self.emit(simple::InitAllV128, &[value]);
        } else {
            self.emit(simple::InitAll, &[shift(storage), value]);
        }
        self.parts.stack.drop_entries(2);
        self.push_leaf(Value::slot(dst, Kind::Gc));
    }
    pub(super) fn visit_array_new_default(&mut self, ty: u32) {
        let storage = self.array_element(ty).storage;
        let cell = self.layout.descriptor(ty);
        self.spill_traps(1);
        let constant = self.parts.stack.peek().as_const();
        self.on_slots([Kind::Gc], |f, [length], dst| {
            f.bulk(simple::NewArray, length, constant);
            f.note_roots_here();
            f.emit_site(simple::NewArray, &[dst, cell, shift(storage), length]);
        });
    }
    pub(super) fn visit_array_new_fixed(&mut self, ty: u32, length: u32) {
        let element = self.array_element(ty);
        let bytes = element.storage.bytes();
        let size = (Layout::HEADER + length * bytes).next_multiple_of(8);
        let elements = (0..length).map(|i| Field { offset: Layout::HEADER + i * bytes, ..element });
        self.new_of(ty, size, length, elements, length as usize);
    }
    pub(super) fn visit_array_new_data(&mut self, ty: u32, segment: u32) {
        let shift = shift(self.array_element(ty).storage);
        let cell = self.layout.descriptor(ty);
        self.spill_traps(2);
        let constant = self.parts.stack.peek().as_const();
        self.on_slots([Kind::Gc], |f, [src, len], dst| {
            f.bulk(simple::ArrayNewData, len, constant);
            f.note_roots_here();
            f.emit_site(simple::ArrayNewData, &[dst, cell, shift, segment, src, len]);
        });
    }
    pub(super) fn visit_array_new_elem(&mut self, ty: u32, segment: u32) {
        let cell = self.layout.descriptor(ty);
        self.spill_traps(2);
        let constant = self.parts.stack.peek().as_const();
        self.on_slots([Kind::Gc], |f, [src, len], dst| {
            f.bulk(simple::ArrayNewElem, len, constant);
            f.note_roots_here();
            f.emit_site(simple::ArrayNewElem, &[dst, cell, segment, src, len]);
        });
    }
    pub(super) fn visit_array_fill(&mut self, ty: u32) {
        let storage = self.array_element(ty).storage;
        self.spill_traps(4);
        let constant = self.parts.stack.peek().as_const();
        self.on_slots([], |f, [array, dst, value, len], _| {
            if storage == Storage::Value(Kind::V128) {
                f.bulk(simple::ArrayFillV128, len, constant);
                f.emit_site(simple::ArrayFillV128, &[array, dst, value, len]);
            } else {
                f.bulk(simple::ArrayFill, len, constant);
                f.emit_site(simple::ArrayFill, &[shift(storage), array, dst, value, len]);
            }
        });
    }
    pub(super) fn visit_array_copy(&mut self, ty: u32, _: u32) {
        let shift = shift(self.array_element(ty).storage);
        self.spill_traps(5);
        let constant = self.parts.stack.peek().as_const();
        self.on_slots([], |f, [to, dst, from, src, len], _| {
            f.bulk(simple::ArrayCopy, len, constant);
            f.emit_site(simple::ArrayCopy, &[shift, to, dst, from, src, len]);
        });
    }
    pub(super) fn visit_array_init_data(&mut self, ty: u32, segment: u32) {
        let shift = shift(self.array_element(ty).storage);
        self.spill_traps(4);
        let constant = self.parts.stack.peek().as_const();
        self.on_slots([], |f, [array, dst, src, len], _| {
            f.bulk(simple::ArrayInitData, len, constant);
            f.emit_site(simple::ArrayInitData, &[shift, segment, array, dst, src, len]);
        });
    }
    pub(super) fn visit_array_init_elem(&mut self, _: u32, segment: u32) {
        self.spill_traps(4);
        let constant = self.parts.stack.peek().as_const();
        self.on_slots([], |f, [array, dst, src, len], _| {
            f.bulk(simple::ArrayInitElem, len, constant);
            f.emit_site(simple::ArrayInitElem, &[segment, array, dst, src, len]);
        });
    }

    /// The slots of the top entries, which are in slots.
    fn top_slots<const N: usize>(&self) -> [u32; N] {
        let entries = self.parts.stack.entries.last_chunk::<N>().expect("validated");
        entries.map(|entry| entry.value.bits as u32)
    }
}

/// Casts.
impl Function<'_> {
    fn cast_target(&self, heap: HeapType) -> Target {
        use AbstractHeapType::*;
        match heap {
            HeapType::Concrete(index) | HeapType::Exact(index) => {
                let index = index.as_module_index().expect("a module names types by index");
                let ty = self.info.types.get(index);
                match ty.composite {
                    CompositeType::Func(_) => Target::Func { id: ty.id },
                    _ => Target::Object(Display {
                        id: ty.id,
                        place: u32::from(self.info.types.depth(index)) + display::ROOT,
                        i31: false,
                    }),
                }
            }
            HeapType::Abstract { ty, .. } => match ty {
                None | NoExtern | NoFunc | NoExn | NoCont => Target::None,
                Eq => Target::Object(Display { id: display::EQ, place: 0, i31: true }),
                I31 => Target::Object(Display { id: display::I31, place: 0, i31: true }),
                Struct => Target::Object(Display { id: display::STRUCT, place: 1, i31: false }),
                Array => Target::Object(Display { id: display::ARRAY, place: 1, i31: false }),
                Any | Func | Extern | Exn | Cont => Target::All,
            },
        }
    }

    /// Whether a reference, which may be null or not, is of a type. What has to be a statement of its own is emitted.
    fn is(&mut self, reference: Value, heap: HeapType, nullable: bool) -> Value {
        let is_null = |f: &mut Self| f.tree(Op::I32Eqz as u16, [reference], Kind::I32, 0);
        match self.cast_target(heap) {
            Target::All if nullable => self.constant(Kind::I32, 1),
            Target::None if !nullable => self.constant(Kind::I32, 0),
            Target::None => is_null(self),
            Target::All => {
                let null = self.constant(Kind::I32, 0);
                self.tree(Op::I32Ne as u16, [reference, null], Kind::I32, 0)
            }
            Target::Object(display) => self.display_tree(Op::RefIs, reference, display, nullable),
            Target::Func { .. } => unreachable!("functions have a statement"),
        }
    }

    fn display_tree(&mut self, op: Op, reference: Value, to: Display, nullable: bool) -> Value {
        let kind = if op == Op::RefIs { Kind::I32 } else { reference.kind() };
        let tree = self.tree(op as u16, [reference], kind, to.id);
        let how = to.place | u32::from(nullable) << 16 | u32::from(to.i31) << 17;
        self.parts.trees.nodes[tree.bits as usize].operand2 = how;
        tree
    }

    fn ref_test(&mut self, heap: HeapType, nullable: bool) {
        if let Target::Func { .. } = self.cast_target(heap) {
            let is = self.func_is_of(heap, nullable);
            self.parts.stack.pop();
            return self.push(is);
        }
        if self.parts.stack.peek().may_trap() {
            self.spill_entry(self.parts.stack.entries.len() - 1);
        }
        let reference = self.parts.stack.pop();
        let value = self.is(reference, heap, nullable);
        self.push(value);
    }

    /// Whether the function on top, which stays there in a slot, is of a type.
    fn func_is_of(&mut self, heap: HeapType, nullable: bool) -> Value {
        let Target::Func { id } = self.cast_target(heap) else { unreachable!("of functions") };
        self.spill_traps(1);
        self.spill_top(1);
        let [func] = self.top_slots();
        let dst = self.free_slot(&[]);
        self.parts.stack.use_slots(dst + 1);
        self.emit_site(simple::FuncIs, &[dst, id, nullable.into(), func]);
        Value::slot(dst, Kind::I32)
    }

    fn ref_cast(&mut self, heap: HeapType, nullable: bool) {
        match self.cast_target(heap) {
            Target::All if nullable => {}
            Target::All => self.checked(Op::RefCastNonNull),
            Target::None if nullable => self.checked(Op::RefCastNull),
            Target::None => {
                self.checked(Op::RefCastNull);
                self.checked(Op::RefCastNonNull);
            }
            Target::Object(display) => {
                let reference = self.parts.stack.pop();
                let cast = self.display_tree(Op::RefCast, reference, display, nullable);
                self.push(cast);
            }
            Target::Func { .. } => {
                let is = self.func_is_of(heap, nullable);
                let func = self.parts.stack.pop();
                let cast = self.tree(Op::RefCastIf as u16, [func, is], Kind::Func, 0);
                self.push(cast);
            }
        }
    }

    pub(super) fn visit_ref_test_non_null(&mut self, heap: HeapType) {
        self.ref_test(heap, false);
    }
    pub(super) fn visit_ref_test_nullable(&mut self, heap: HeapType) {
        self.ref_test(heap, true);
    }
    pub(super) fn visit_ref_cast_non_null(&mut self, heap: HeapType) {
        self.ref_cast(heap, false);
    }
    pub(super) fn visit_ref_cast_nullable(&mut self, heap: HeapType) {
        self.ref_cast(heap, true);
    }
    pub(super) fn visit_br_on_cast(&mut self, depth: u32, _: RefType, to: RefType) {
        self.br_on(depth, to, false);
    }
    pub(super) fn visit_br_on_cast_fail(&mut self, depth: u32, _: RefType, to: RefType) {
        self.br_on(depth, to, true);
    }

    /// Branches with the reference on top if it is of a type, or if it is not.
    fn br_on(&mut self, depth: u32, to: RefType, fails: bool) {
        self.flush(0);
        let (heap, nullable) = (to.heap_type(), to.is_nullable());
        let mut is = match self.cast_target(heap) {
            Target::Func { .. } => self.func_is_of(heap, nullable),
            _ => self.is(self.parts.stack.peek(), heap, nullable),
        };
        if fails {
            is = match is.as_const() {
                Some(is) => self.constant(Kind::I32, (is == 0).into()),
                None => self.tree(Op::I32Eqz as u16, [is], Kind::I32, 0),
            };
        }
        self.branch_with_top(depth, is);
    }
}
