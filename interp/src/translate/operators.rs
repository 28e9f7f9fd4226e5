//! What each operator of WebAssembly does to the translator's state.

use wasmparser::{MemArg, MemArgTarget, Operator};

use super::Function;
use super::control::BlockKind;
use crate::isa::table::{head, plain};
use crate::isa::{OPS, Op};
use crate::module::Kind;

/// Nodes that are kept before those that no entry of the stack needs are forgotten.
const MAX_NODES: usize = 1 << 16;

/// `operations.rs` as what to do for the operators of the same names; the rest is below.
macro_rules! operations {
    (
        unary { $($u:ident $utext:literal $ua:ident => $ur:ident = |$ux:ident| $ue:expr;)* }
        unary_trapping { $($v:ident $vtext:literal $va:ident => $vr:ident = |$vx:ident| $ve:expr;)* }
        binary { $($b:ident $btext:literal $ba:ident => $br:ident $(, swap $bswap:ident)? $(, not $bnot:ident)? = |$bx:ident, $by:ident| $be:expr;)* }
        binary_trapping { $($c:ident $ctext:literal $ca:ident => $cr:ident = |$cx:ident, $cy:ident| $ce:expr;)* }
        load { $($l:ident $ltext:literal $lm:ident => $lr:ident = |$lx:ident| $le:expr;)* }
        store { $($s:ident $stext:literal $sa:ident => $sm:ident = |$sx:ident| $se:expr;)* }
    ) => {
        impl Function<'_> {
            /// Translates an operation on values, or hands on the operator.
            fn operation(&mut self, operator: &Operator<'_>) {
                match operator {
                    $(Operator::$u => self.unary(Op::$u),)*
                    $(Operator::$v => self.unary(Op::$v),)*
                    $(Operator::$b => self.binary(Op::$b),)*
                    $(Operator::$c => self.binary(Op::$c),)*
                    $(Operator::$l { memarg } => self.load(Op::$l, memarg),)*
                    $(Operator::$s { memarg } => self.store_to(Op::$s, memarg),)*
                    _ => self.other(operator),
                }
            }
        }
    };
}
include!("../isa/operations.rs");

impl Function<'_> {
    /// Translates the next operator.
    pub(super) fn operator(&mut self, operator: &Operator<'_>) {
        // What is kept is as long as the stack: in proportion to it, or a high stack would be swept
        // for every operator.
        if self.b.nodes.len() > MAX_NODES + 2 * self.b.stack.len() {
            self.forget_nodes();
        }
        if !self.unreachable {
            self.count(operator);
            return self.operation(operator);
        }
        match operator {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                self.unreachable_blocks += 1;
            }
            Operator::End if self.unreachable_blocks > 0 => self.unreachable_blocks -= 1,
            Operator::End => self.end(),
            Operator::Else if self.unreachable_blocks == 0 => self.else_(),
            _ => {}
        }
    }

    fn unary(&mut self, op: Op) {
        let a = self.pop();
        let node = self.tree(op as u16, &[a], op.info().result, 0);
        self.push(node);
    }

    fn binary(&mut self, mut op: Op) {
        let (mut b, mut a) = (self.pop(), self.pop());
        // A constant goes right: fewer shapes, and they are there.
        if self.node(a).is_const()
            && !self.node(b).is_const()
            && let Some(swap) = op.info().swap
        {
            (op, a, b) = (swap, b, a);
        }
        // x - c is x + -c: an address or a counter like any other.
        if self.node(b).is_const() {
            let c = self.node(b).operand;
            if op == Op::I32Sub {
                (op, b) = (Op::I32Add, self.constant(Kind::I32, (c as u32).wrapping_neg() as u64));
            } else if op == Op::I64Sub {
                (op, b) = (Op::I64Add, self.constant(Kind::I64, c.wrapping_neg()));
            }
        }
        let node = self.tree(op as u16, &[a, b], op.info().result, 0);
        self.push(node);
    }

    fn select(&mut self) {
        let (mut c, mut b, mut a) = (self.pop(), self.pop(), self.pop());
        let kind = self.node(a).kind;
        let n = *self.node(c);
        if n.op == Op::I32Eqz as u16 && !self.node(a).may_trap() && !self.node(b).may_trap() {
            (a, b, c) = (b, a, n.kids[0]);
        }
        let node = self.tree(head::Select, &[a, b, c], kind, 0);
        self.push(node);
    }

    /// The offset operand of an access that the short forms can do: to memory 0 by a 32-bit
    /// address, with an offset that fits even after the width is added.
    fn near(&self, op: Op, memarg: &MemArg) -> (u32, Option<u32>) {
        let memory = match memarg.target {
            MemArgTarget::Memory(m) => m,
            MemArgTarget::Array(_) => unreachable!("not enabled"),
        };
        let is_near = memory == 0 && !self.info.memories[0].is64;
        let end = u32::try_from(memarg.offset + op.info().width as u64).ok();
        (memory, end.filter(|_| is_near))
    }

    /// Whether an access is beyond the end of its memory whatever the address.
    fn surely_traps(&self, op: Op, memarg: &MemArg) -> bool {
        let MemArgTarget::Memory(memory) = memarg.target else { return false };
        let end = u128::from(memarg.offset) + u128::from(op.info().width);
        end > self.info.memories[memory as usize].max_bytes
    }

    fn load(&mut self, op: Op, memarg: &MemArg) {
        if self.surely_traps(op, memarg) {
            self.pay_before_sure_trap(1);
        }
        let info = op.info();
        match self.near(op, memarg) {
            (_, Some(operand)) => {
                let address = self.pop();
                let node = self.tree(op as u16, &[address], info.result, operand as u64);
                self.push(node);
            }
            (memory, None) => {
                self.settle_traps(1);
                let [address] = self.slots_of();
                let dst = self.claim_top();
                self.far(head::LoadFar, op as u16, memory, memarg.offset, [address, dst]);
                self.push_settled(info.result);
            }
        }
    }

    fn store_to(&mut self, op: Op, memarg: &MemArg) {
        if self.surely_traps(op, memarg) {
            self.pay_before_sure_trap(2);
        }
        self.settle_traps(2);
        match self.near(op, memarg) {
            (_, Some(operand)) => {
                let (value, address) = (self.pop(), self.pop());
                self.store(op as u16, address, value, operand);
            }
            (memory, None) => {
                let slots = self.slots_of::<2>();
                self.far(head::StoreFar, op as u16, memory, memarg.offset, slots);
            }
        }
    }

    /// Pops the top `N` entries as slots: where they are, or their own after settling them.
    fn slots_of<const N: usize>(&mut self) -> [u32; N] {
        let first = self.b.stack.len() - N;
        let slots = core::array::from_fn(|i| {
            let entry = self.b.stack[first + i];
            let n = *self.node(entry.node);
            if n.is_slot() {
                return n.operand as u32;
            }
            self.settle_entry(first + i);
            entry.slot
        });
        self.drop_entries(N);
        slots
    }

    fn local_set(&mut self, index: u32) {
        let local = self.b.locals[index as usize];
        self.settle_local(local.slot, 1);
        if self.node(self.b.stack[self.b.stack.len() - 1].node).may_trap() {
            self.settle_traps(1);
        }
        let value = self.pop();
        let n = *self.node(value);
        if !(n.is_slot() && n.operand == local.slot as u64) {
            self.set(local.slot, value);
        }
    }

    /// Everything that is no operation on values.
    fn other(&mut self, operator: &Operator<'_>) {
        match *operator {
            Operator::Nop => {}
            Operator::Unreachable => self.unreachable(),
            Operator::Block { blockty } => self.block(BlockKind::Block, blockty),
            Operator::Loop { blockty } => self.block(BlockKind::Loop, blockty),
            Operator::If { blockty } => self.if_(blockty),
            Operator::Else => self.else_(),
            Operator::End => self.end(),
            Operator::Br { relative_depth } => self.br(relative_depth),
            Operator::BrIf { relative_depth } => self.br_if(relative_depth),
            Operator::BrTable { ref targets } => self.br_table(targets),
            Operator::Return => self.return_op(),
            Operator::Call { function_index } => self.call(function_index),
            Operator::CallIndirect { type_index, table_index } => {
                self.call_indirect(type_index, table_index);
            }
            Operator::Drop => {
                if self.node(self.b.stack[self.b.stack.len() - 1].node).may_trap() {
                    self.settle_traps(0);
                }
                self.pop();
            }
            Operator::Select | Operator::TypedSelect { .. } => self.select(),
            Operator::LocalGet { local_index } => {
                let node = self.local(local_index);
                self.push(node);
            }
            Operator::LocalSet { local_index } => self.local_set(local_index),
            Operator::LocalTee { local_index } => {
                self.local_set(local_index);
                let node = self.local(local_index);
                self.push(node);
            }
            Operator::GlobalGet { global_index } => {
                let node = self.global(global_index);
                self.push(node);
            }
            Operator::GlobalSet { global_index } => {
                self.settle_effects(1);
                let value = self.pop();
                self.set_global(global_index, value);
            }
            Operator::I32Const { value } => self.push_const(Kind::I32, value as u32 as u64),
            Operator::I64Const { value } => self.push_const(Kind::I64, value as u64),
            Operator::F32Const { value } => self.push_const(Kind::F32, value.bits() as u64),
            Operator::F64Const { value } => self.push_const(Kind::F64, value.bits()),
            Operator::RefNull { .. } => self.push_const(Kind::Ref, 0),
            Operator::RefIsNull => self.unary(Op::I64Eqz),
            Operator::RefFunc { function_index } => {
                let (dst, func) = (self.claim_top(), self.layout.reference(function_index));
                self.plain(plain::RefFunc, &[dst, func]);
                self.push_settled(Kind::Ref);
            }
            _ => self.bulk(operator),
        }
    }

    fn push_const(&mut self, kind: Kind, bits: u64) {
        let node = self.constant(kind, bits);
        self.push(node);
    }

    /// Memories and tables as a whole.
    fn bulk(&mut self, operator: &Operator<'_>) {
        match *operator {
            Operator::MemorySize { mem } => {
                let memory = self.info.memories[mem as usize];
                let (dst, at) = (self.claim_top(), self.layout.memory(mem));
                self.plain(plain::MemorySize, &[dst, at, memory.page_size_log2 as u32]);
                self.push_settled(index_kind(memory.is64));
            }
            Operator::MemoryGrow { mem } => {
                self.settle_effects(1);
                let [delta] = self.slots_of();
                let dst = self.claim_top();
                self.plain_site(plain::MemoryGrow, &[dst, mem, delta]);
                self.push_settled(index_kind(self.info.memories[mem as usize].is64));
            }
            Operator::MemoryFill { mem } => {
                let at = self.layout.memory(mem);
                self.statement_of(plain::MemoryFill, [at], |[a], [d, v, n]| [a, d, v, n]);
            }
            Operator::MemoryCopy { dst_mem, src_mem } => {
                let at = [self.layout.memory(dst_mem), self.layout.memory(src_mem)];
                self.statement_of(plain::MemoryCopy, at, |[to, from], [d, s, n]| {
                    [to, from, d, s, n]
                });
            }
            Operator::MemoryInit { data_index, mem } => {
                let own = [data_index, mem];
                self.statement_of(plain::MemoryInit, own, |[i, m], [d, s, n]| [i, m, d, s, n]);
            }
            Operator::DataDrop { data_index } => {
                self.statement_of(plain::DataDrop, [data_index], |own, []| own);
            }
            Operator::TableInit { elem_index, table } => {
                let own = [elem_index, table];
                self.statement_of(plain::TableInit, own, |[i, t], [d, s, n]| [i, t, d, s, n]);
            }
            Operator::ElemDrop { elem_index } => {
                self.statement_of(plain::ElemDrop, [elem_index], |own, []| own);
            }
            Operator::TableFill { table } => {
                self.statement_of(plain::TableFill, [table], |[t], [d, v, n]| [t, d, v, n]);
            }
            Operator::TableCopy { dst_table, src_table } => {
                let own = [dst_table, src_table];
                self.statement_of(plain::TableCopy, own, |[to, from], [d, s, n]| {
                    [to, from, d, s, n]
                });
            }
            Operator::TableSet { table } => {
                let at = self.layout.table(table);
                self.statement_of(plain::TableSet, [at], |[t], [i, v]| [t, i, v]);
            }
            Operator::TableGet { table } => {
                self.settle_effects(1);
                let [index] = self.slots_of();
                let (dst, at) = (self.claim_top(), self.layout.table(table));
                self.plain_site(plain::TableGet, &[dst, at, index]);
                self.push_settled(Kind::Ref);
            }
            Operator::TableSize { table } => {
                let (dst, at) = (self.claim_top(), self.layout.table(table));
                self.plain(plain::TableSize, &[dst, at]);
                self.push_settled(index_kind(self.info.tables[table as usize].is64));
            }
            Operator::TableGrow { table } => {
                self.settle_effects(2);
                let [init, delta] = self.slots_of();
                let dst = self.claim_top();
                self.plain_site(plain::TableGrow, &[dst, table, init, delta]);
                self.push_settled(index_kind(self.info.tables[table as usize].is64));
            }
            ref other => unreachable!("not enabled: {other:?}"),
        }
    }

    /// A statement with an effect: its operands from its immediates and the slots that it pops.
    fn statement_of<const I: usize, const N: usize, const O: usize>(
        &mut self,
        statement: u16,
        immediates: [u32; I],
        operands: impl FnOnce([u32; I], [u32; N]) -> [u32; O],
    ) {
        self.settle_effects(N);
        let slots = self.slots_of::<N>();
        self.plain_site(statement, &operands(immediates, slots));
    }
}

fn index_kind(is64: bool) -> Kind {
    if is64 { Kind::I64 } else { Kind::I32 }
}

const _: () = assert!(OPS.len() < u16::MAX as usize);
