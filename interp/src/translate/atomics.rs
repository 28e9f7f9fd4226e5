//! Operators on shared memories, and the atomic ones.

use wasmparser::{MemArg, MemArgTarget, Ordering};

use super::Function;
use crate::code::table::simple;
use crate::exec::shared_access::{ATOMICS, AtomicOp};
use crate::wasm::Kind;

include!(concat!(env!("OUT_DIR"), "/atomic_visits.rs"));

/// The memory of an access.
fn memory_of(memarg: MemArg) -> u32 {
    match memarg.target {
        MemArgTarget::Memory(memory) => memory,
        MemArgTarget::Array(_) => unreachable!("not enabled"),
    }
}

impl Function<'_> {
    fn atomic_load(&mut self, op: AtomicOp, memarg: MemArg) {
        self.spill_effects(1);
        self.on_slots([ATOMICS[op as usize].kind], |f, [address], dst| {
            f.atomic(simple::AtomicLoad, op, memarg, &[address, dst]);
        });
    }

    fn atomic_store(&mut self, op: AtomicOp, memarg: MemArg) {
        self.spill_effects(2);
        self.on_slots([], |f, slots: [u32; 2], _| {
            f.atomic(simple::AtomicStore, op, memarg, &slots);
        });
    }

    fn atomic_rmw(&mut self, op: AtomicOp, memarg: MemArg) {
        self.spill_effects(2);
        self.on_slots([ATOMICS[op as usize].kind], |f, [address, value], dst| {
            f.atomic(simple::AtomicRmw, op, memarg, &[address, value, dst]);
        });
    }

    fn atomic_cmpxchg(&mut self, op: AtomicOp, memarg: MemArg) {
        self.spill_effects(3);
        self.on_slots([ATOMICS[op as usize].kind], |f, [address, expected, new], dst| {
            f.atomic(simple::AtomicCmpxchg, op, memarg, &[address, expected, new, dst]);
        });
    }

    /// Emits one of the statements of atomic operations; its last byte stands for it.
    fn atomic(&mut self, statement: u16, op: AtomicOp, memarg: MemArg, slots: &[u32]) {
        let memory = self.layout.memory(memory_of(memarg));
        self.parts.emitter.begin(statement);
        self.parts.emitter.put(&(op as u16).to_ne_bytes());
        self.parts.emitter.put(&memory.to_ne_bytes());
        self.parts.emitter.put(&memarg.offset.to_ne_bytes());
        for &slot in slots {
            self.put_slot(slot);
        }
        self.site(self.parts.emitter.code.len() - 1, self.source.offset as u32);
    }

    /// Emits a wait or a notification, whose result is an i32.
    fn parking<const N: usize>(&mut self, statement: u16, memarg: MemArg) {
        self.spill_effects(N);
        self.on_slots([Kind::I32], |f, slots: [u32; N], dst| {
            f.parts.emitter.begin(statement);
            f.put_slot(dst);
            f.parts.emitter.put(&memory_of(memarg).to_ne_bytes());
            f.parts.emitter.put(&memarg.offset.to_ne_bytes());
            for slot in slots {
                f.put_slot(slot);
            }
            f.site(f.parts.emitter.code.len() - 1, f.source.offset as u32);
        });
        self.note_roots_if_metered();
    }

    pub(super) fn visit_memory_atomic_wait32(&mut self, memarg: MemArg) {
        self.parking::<3>(simple::MemoryWait32, memarg);
    }
    pub(super) fn visit_memory_atomic_wait64(&mut self, memarg: MemArg) {
        self.parking::<3>(simple::MemoryWait64, memarg);
    }
    pub(super) fn visit_memory_atomic_notify(&mut self, memarg: MemArg) {
        self.parking::<2>(simple::MemoryNotify, memarg);
    }
    pub(super) fn visit_atomic_fence(&mut self, _: Ordering) {
        self.spill_effects(0);
        self.emit(simple::AtomicFence, &[]);
    }
}
