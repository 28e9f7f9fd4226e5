//! What each operator of WebAssembly does to the translator's state.

use alloc::vec::Vec;

use wasmparser::{BlockType, BrTable, HeapType, Ieee32, Ieee64, MemArg, MemArgTarget, ValType};

use super::control::BlockKind;
use super::tree::Value;
use super::{Function, ref_kind};
use crate::code::table::{head, simple};
use crate::isa::Op;
use crate::wasm::Kind;

include!(concat!(env!("OUT_DIR"), "/visits.rs"));

impl Function<'_> {
    pub(super) fn unary(&mut self, op: Op) {
        let a = self.parts.stack.pop();
        let value = self.tree(op as u16, [a], op.info().result, 0);
        self.push_computed(op, value);
    }

    pub(super) fn binary(&mut self, mut op: Op) {
        let [mut a, mut b] = self.parts.stack.pop_all();
        // A constant goes right: fewer shapes, and they are there.
        if a.is_const()
            && !b.is_const()
            && let Some(swap) = op.info().swap
        {
            (op, a, b) = (swap, b, a);
        }
        // x - c is x + -c: an address or a counter like any other.
        if b.is_const() {
            let c = b.bits;
            if op == Op::I32Sub {
                (op, b) = (Op::I32Add, self.constant(Kind::I32, (c as u32).wrapping_neg() as u64));
            } else if op == Op::I64Sub {
                (op, b) = (Op::I64Add, self.constant(Kind::I64, c.wrapping_neg()));
            }
        }
        let value = self.tree(op as u16, [a, b], op.info().result, 0);
        self.push_computed(op, value);
    }

    /// Pushes what an operation has computed, NaNs made canonical if that is wanted.
    #[inline]
    pub(super) fn push_computed(&mut self, op: Op, value: Value) {
        if self.info.options.canonical_nans
            && let Some(canonical) = op.info().canonical
        {
            let value = self.tree(canonical as u16, [value], op.info().result, 0);
            return self.push(value);
        }
        self.push(value);
    }

    fn select(&mut self) {
        let [mut a, mut b, mut c] = self.parts.stack.pop_all();
        if !c.is_leaf() && self.node(c).op == Op::I32Eqz as u16 && !a.may_trap() && !b.may_trap() {
            (a, b, c) = (b, a, self.node(c).kids()[0]);
        }
        let tree = self.tree(head::Select, [a, b, c], a.kind(), 0);
        self.push(tree);
    }

    /// The offset operand of an access that the short forms can do: to memory 0 by a 32-bit
    /// address, with an offset that fits even after the width is added.
    pub(super) fn fast(&self, op: Op, memarg: MemArg) -> (u32, Option<u32>) {
        let memory = match memarg.target {
            MemArgTarget::Memory(m) => m,
            MemArgTarget::Array(_) => unreachable!("not enabled"),
        };
        let info = &self.info.memories[memory as usize];
        let is_fast = memory == 0 && !info.is64 && !info.shared;
        let end = memarg.offset.checked_add(op.info().width as u64);
        (memory, end.and_then(|end| u32::try_from(end).ok()).filter(|_| is_fast))
    }

    /// The statement for an access that is not fast.
    fn general_head(&self, memory: u32, own: u16, shared: u16) -> u16 {
        if self.info.memories[memory as usize].shared { shared } else { own }
    }

    /// Whether an access is beyond the end of its memory whatever the address.
    fn surely_traps(&self, op: Op, memarg: MemArg) -> bool {
        let MemArgTarget::Memory(memory) = memarg.target else { return false };
        let end = u128::from(memarg.offset) + u128::from(op.info().width);
        end > self.info.memories[memory as usize].max_bytes
    }

    pub(super) fn load(&mut self, op: Op, memarg: MemArg) {
        if self.surely_traps(op, memarg) {
            self.pay_before_sure_trap(1);
        }
        let info = op.info();
        match self.fast(op, memarg) {
            (_, Some(operand)) => {
                let address = self.parts.stack.pop();
                let value = self.tree(op as u16, [address], info.result, operand);
                self.push(value);
            }
            (memory, None) => {
                self.spill_traps(1);
                let head = self.general_head(memory, head::LoadGeneral, head::SharedLoad);
                self.on_slots([info.result], |f, [address], dst| {
                    f.general(head, op as u16, memory, memarg.offset, [address, dst]);
                });
            }
        }
    }

    pub(super) fn store_to(&mut self, op: Op, memarg: MemArg) {
        if self.surely_traps(op, memarg) {
            self.pay_before_sure_trap(2);
        }
        self.spill_traps(2);
        match self.fast(op, memarg) {
            (_, Some(operand)) => {
                let [address, value] = self.parts.stack.pop_all();
                self.store(op as u16, address, value, operand);
            }
            (memory, None) => {
                let head = self.general_head(memory, head::StoreGeneral, head::SharedStore);
                self.on_slots([], |f, slots, _| {
                    f.general(head, op as u16, memory, memarg.offset, slots);
                });
            }
        }
    }

    /// A statement with an effect: its operands from its immediates and the slots of the top entries.
    fn statement_of<const I: usize, const N: usize, const O: usize>(
        &mut self,
        statement: u16,
        immediates: [u32; I],
        operands: impl FnOnce([u32; I], [u32; N]) -> [u32; O],
    ) {
        self.spill_effects(N);
        self.on_slots([], |f, slots, _| f.emit_site(statement, &operands(immediates, slots)));
    }

    /// The same of an operation in bulk; the last operand says how much there is to do.
    fn bulk_of<const I: usize, const O: usize>(
        &mut self,
        statement: u16,
        immediates: [u32; I],
        operands: impl FnOnce([u32; I], [u32; 3]) -> [u32; O],
    ) {
        self.spill_effects(3);
        let constant = self.parts.stack.peek().as_const();
        self.on_slots([], |f, slots, _| {
            f.bulk(statement, slots[2], constant);
            f.emit_site(statement, &operands(immediates, slots));
        });
    }

    /// The same of a growth, whose result is the old size.
    fn growth_of<const N: usize, const O: usize>(
        &mut self,
        statement: u16,
        is64: bool,
        operands: impl FnOnce([u32; N], u32) -> [u32; O],
    ) {
        self.spill_effects(N);
        let constant = self.parts.stack.peek().as_const();
        self.on_slots([index_kind(is64)], |f, slots, dst| {
            f.bulk(statement, slots[N - 1], constant);
            f.emit_site(statement, &operands(slots, dst));
        });
        self.note_roots_if_metered();
    }

    /// The same of one with a result.
    fn result_of<const N: usize, const O: usize>(
        &mut self,
        statement: u16,
        result: Kind,
        operands: impl FnOnce([u32; N], u32) -> [u32; O],
    ) {
        self.spill_effects(N);
        self.on_slots([result], |f, slots, dst| f.emit_site(statement, &operands(slots, dst)));
    }

    /// A statement that computes the two halves of a number from slots.
    fn wide<const N: usize, const O: usize>(
        &mut self,
        statement: u16,
        operands: impl FnOnce([u32; N], u32) -> [u32; O],
    ) {
        self.on_slots([Kind::I64; 2], |f, slots, dst| {
            f.emit(statement, &operands(slots, dst));
        });
    }

    #[inline]
    fn push_const(&mut self, kind: Kind, bits: u64) {
        let value = self.constant(kind, bits);
        self.push_leaf(value);
    }
}

/// The operators that are no operations on values, by the names of wasmparser's visitor.
impl Function<'_> {
    pub(super) fn visit_nop(&mut self) {}
    pub(super) fn visit_unreachable(&mut self) {
        self.unreachable();
    }
    pub(super) fn visit_block(&mut self, ty: BlockType) {
        if !self.reach.skips_block() {
            self.block(BlockKind::Block, ty);
        }
    }
    pub(super) fn visit_loop(&mut self, ty: BlockType) {
        if !self.reach.skips_block() {
            self.pin();
            self.block(BlockKind::Loop, ty);
        }
    }
    pub(super) fn visit_if(&mut self, ty: BlockType) {
        if !self.reach.skips_block() {
            self.if_(ty);
        }
    }
    pub(super) fn visit_else(&mut self) {
        if !self.reach.is_in_block() {
            self.else_();
        }
    }
    pub(super) fn visit_end(&mut self) {
        if self.reach.is_in_block() {
            self.reach.block_ends();
        } else {
            self.end();
        }
    }
    pub(super) fn visit_br(&mut self, depth: u32) {
        self.br(depth);
    }
    pub(super) fn visit_br_if(&mut self, depth: u32) {
        self.br_if(depth);
    }
    pub(super) fn visit_br_table(&mut self, targets: BrTable<'_>) {
        self.br_table(&targets);
    }
    pub(super) fn visit_return(&mut self) {
        self.return_op();
    }
    pub(super) fn visit_call(&mut self, func: u32) {
        self.call(func);
    }
    pub(super) fn visit_call_indirect(&mut self, ty: u32, table: u32) {
        self.call_indirect(ty, table);
    }
    pub(super) fn visit_return_call(&mut self, func: u32) {
        self.return_call(func);
    }
    pub(super) fn visit_return_call_indirect(&mut self, ty: u32, table: u32) {
        self.return_call_indirect(ty, table);
    }
    pub(super) fn visit_i64_add128(&mut self) {
        self.wide(simple::Add128, |[a, a_high, b, b_high], dst| [dst, a, a_high, b, b_high]);
    }
    pub(super) fn visit_i64_sub128(&mut self) {
        self.wide(simple::Sub128, |[a, a_high, b, b_high], dst| [dst, a, a_high, b, b_high]);
    }
    pub(super) fn visit_i64_mul_wide_s(&mut self) {
        self.wide(simple::MulWideS, |[a, b], dst| [dst, a, b]);
    }
    pub(super) fn visit_i64_mul_wide_u(&mut self) {
        self.wide(simple::MulWideU, |[a, b], dst| [dst, a, b]);
    }
    pub(super) fn visit_drop(&mut self) {
        if self.parts.stack.peek().may_trap() {
            self.spill_traps(0);
        }
        self.parts.stack.pop();
    }
    pub(super) fn visit_select(&mut self) {
        self.select();
    }
    pub(super) fn visit_typed_select(&mut self, _: ValType) {
        self.select();
    }
    pub(super) fn visit_typed_select_multi(&mut self, _: Vec<ValType>) {
        unreachable!("validation refuses it, unless it has one type");
    }
    #[inline(always)]
    pub(super) fn visit_local_get(&mut self, index: u32) {
        self.push_leaf(self.parts.locals.read(index));
    }
    pub(super) fn visit_local_set(&mut self, index: u32) {
        let slot = self.parts.locals.read(index).bits as u32;
        self.spill_local(slot, 1);
        if self.parts.stack.peek().may_trap() {
            self.spill_traps(1);
        }
        let value = self.parts.stack.pop();
        if !value.is_slot_at(slot) {
            self.set(slot, value);
        }
    }
    pub(super) fn visit_local_tee(&mut self, index: u32) {
        self.visit_local_set(index);
        self.visit_local_get(index);
    }
    pub(super) fn visit_global_get(&mut self, global: u32) {
        let value = self.global(global);
        self.push(value);
    }
    pub(super) fn visit_global_set(&mut self, global: u32) {
        self.spill_effects(1);
        let value = self.parts.stack.pop();
        self.set_global(global, value);
    }
    #[inline]
    pub(super) fn visit_i32_const(&mut self, value: i32) {
        self.push_const(Kind::I32, value as u32 as u64);
    }
    #[inline]
    pub(super) fn visit_i64_const(&mut self, value: i64) {
        self.push_const(Kind::I64, value as u64);
    }
    pub(super) fn visit_f32_const(&mut self, value: Ieee32) {
        self.push_const(Kind::F32, value.bits() as u64);
    }
    pub(super) fn visit_f64_const(&mut self, value: Ieee64) {
        self.push_const(Kind::F64, value.bits());
    }
    pub(super) fn visit_ref_null(&mut self, heap: HeapType) {
        self.push_const(ref_kind(self.info, heap), 0);
    }
    pub(super) fn visit_ref_is_null(&mut self) {
        self.unary(Op::I32Eqz);
    }
    pub(super) fn visit_ref_func(&mut self, func: u32) {
        let func = self.layout.reference(func);
        self.on_slots([Kind::Func], |f, [], dst| f.emit(simple::RefFunc, &[dst, func]));
    }
}

/// Memories and tables as a whole.
impl Function<'_> {
    pub(super) fn visit_memory_size(&mut self, mem: u32) {
        let memory = self.info.memories[mem as usize];
        let at = self.layout.memory(mem);
        let size = if memory.shared { simple::SharedSize } else { simple::MemorySize };
        self.on_slots([index_kind(memory.is64)], |f, [], dst| {
            f.emit(size, &[dst, at, memory.page_size_log2 as u32]);
        });
    }
    pub(super) fn visit_memory_grow(&mut self, mem: u32) {
        let is64 = self.info.memories[mem as usize].is64;
        self.growth_of(simple::MemoryGrow, is64, |[delta], dst| [dst, mem, delta]);
    }
    pub(super) fn visit_memory_fill(&mut self, mem: u32) {
        let at = self.layout.memory(mem);
        let shared = self.info.memories[mem as usize].shared;
        let fill = if shared { simple::SharedFill } else { simple::MemoryFill };
        self.bulk_of(fill, [at], |[a], [d, v, n]| [a, d, v, n]);
    }
    pub(super) fn visit_memory_copy(&mut self, dst_mem: u32, src_mem: u32) {
        let at = [self.layout.memory(dst_mem), self.layout.memory(src_mem)];
        let shared = [dst_mem, src_mem].iter().any(|&m| self.info.memories[m as usize].shared);
        let copy = if shared { simple::SharedCopy } else { simple::MemoryCopy };
        self.bulk_of(copy, at, |[to, from], [d, s, n]| [to, from, d, s, n]);
    }
    pub(super) fn visit_memory_init(&mut self, data: u32, mem: u32) {
        self.bulk_of(simple::MemoryInit, [data, mem], |[i, m], [d, s, n]| [i, m, d, s, n]);
    }
    pub(super) fn visit_data_drop(&mut self, data: u32) {
        self.statement_of(simple::DataDrop, [data], |own, []| own);
    }
    pub(super) fn visit_table_init(&mut self, elem: u32, table: u32) {
        self.bulk_of(simple::TableInit, [elem, table], |[i, t], [d, s, n]| [i, t, d, s, n]);
    }
    pub(super) fn visit_elem_drop(&mut self, elem: u32) {
        self.statement_of(simple::ElemDrop, [elem], |own, []| own);
    }
    pub(super) fn visit_table_fill(&mut self, table: u32) {
        self.bulk_of(simple::TableFill, [table], |[t], [d, v, n]| [t, d, v, n]);
    }
    pub(super) fn visit_table_copy(&mut self, dst: u32, src: u32) {
        let own = [dst, src];
        self.bulk_of(simple::TableCopy, own, |[to, from], [d, s, n]| [to, from, d, s, n]);
    }
    pub(super) fn visit_table_set(&mut self, table: u32) {
        let at = self.layout.table(table);
        self.statement_of(simple::TableSet, [at], |[t], [i, v]| [t, i, v]);
    }
    pub(super) fn visit_table_get(&mut self, table: u32) {
        let at = self.layout.table(table);
        let element = self.info.tables[table as usize].element;
        self.result_of(simple::TableGet, element, |[index], dst| [dst, at, index]);
    }
    pub(super) fn visit_table_size(&mut self, table: u32) {
        let at = self.layout.table(table);
        let size = index_kind(self.info.tables[table as usize].is64);
        self.on_slots([size], |f, [], dst| f.emit(simple::TableSize, &[dst, at]));
    }
    pub(super) fn visit_table_grow(&mut self, table: u32) {
        let is64 = self.info.tables[table as usize].is64;
        self.growth_of(simple::TableGrow, is64, |[init, delta], dst| [dst, table, init, delta]);
    }
}

fn index_kind(is64: bool) -> Kind {
    if is64 { Kind::I64 } else { Kind::I32 }
}
