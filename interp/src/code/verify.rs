//! The bytecode verifier: every precondition that the handlers rely on, as a check that can run.
//!
//! It walks the code of a function from its beginning, instruction by instruction, and checks that
//! - every instruction is one of the table's, and the last one does not fall through;
//! - slots are in the frame, and never the return word;
//! - what is added to an address includes the width of the access;
//! - targets are instructions, and none that reads an accumulator, also those of routes, where there are slots for what is moved;
//! - an accumulator is read only by the instruction after the one that set it, of the same type;
//! - the pinned register is read only where, on all paths, it holds its local's value;
//! - exceptions are caught where targets are, with slots for what they carry;
//! - the operation in bulk that is paid for follows;
//! - what lies on the operand stack is read once: a slot that is read again was written in between;
//! - whatever names a part of the context names one of the right kind;
//! - callee frames begin in the frame above its return word.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::FuncCode;
#[cfg(feature = "gc")]
use super::catches::{ANY_TAG, CatchRange, Catches, Clause, NO_RANGE, NO_SLOT};
use super::decode::{Instruction, decode};
use super::table::simple;
use crate::exec::shared_access::ATOMICS;
use crate::isa::operand::{HEADER, OperandKind};
use crate::runtime::{Layout, Part, Slots};
use crate::wasm::{Kind, ModuleInfo};

/// Checks the code of function `index`.
///
/// # Errors
/// What is wrong, and at which offset of the code.
pub fn verify(info: &ModuleInfo, index: u32, function: &FuncCode) -> Result<(), String> {
    let sig = info.func_sig(index);
    let slots = function.slots();
    if slots.start + sig.area() != HEADER as u32 || slots.end <= HEADER as u32 {
        return Err(format!("frame of slots {slots:?}"));
    }
    let context = Verifier { info, layout: Layout::new(info), function };
    let start = function.bytes().as_ptr() as usize;
    let mut instructions = BTreeSet::new();
    let mut acc_readers = BTreeSet::new();
    let mut targets = BTreeSet::new();
    let mut pinned_steps = Vec::new();
    let mut operand_stack = OperandStack::new(function.stack_base());
    let mut acc: Option<Kind> = None;
    let mut bulk = None;
    let mut rest = function.bytes();
    let mut falls_through = true;
    while !rest.is_empty() {
        let at = function.bytes().len() - rest.len();
        let i = decode(rest, at)?;
        if i.number == simple::Done || i.number == simple::Crossed {
            return Err(format!("{at:#x}: not an instruction of functions"));
        }
        if i.shape.reads_acc.is_some() {
            if accumulator(i.shape.reads_acc) != accumulator(acc) {
                return Err(format!(
                    "{at:#x}: reads {:?} of accumulator {acc:?}",
                    i.shape.reads_acc
                ));
            }
            acc_readers.insert(start + at);
        }
        acc = i.shape.sets_acc;
        instructions.insert(start + at);
        targets.extend(i.targets.iter().copied());
        let routes = context.routes(&i).map_err(|e| format!("{at:#x}: {e}"))?;
        targets.extend(routes.iter().map(|route| route.target));
        context.operands(&i).map_err(|e| format!("{at:#x}: {e}"))?;
        if bulk.is_some_and(|op| op != u64::from(i.number)) {
            return Err(format!("{at:#x}: not the operation that is paid for"));
        }
        // Without `metering` the number is that of another statement.
        bulk = (cfg!(feature = "metering") && i.number == simple::Bulk).then(|| i.operands[2]);
        falls_through = !i.shape.ends;
        pinned_steps.push(PinnedStep::of(&i, &routes, start));
        operand_stack.step(&i, start);
        rest = i.rest;
    }
    let landings = context.landings()?;
    targets.extend(landings.iter().copied());
    pinned_register(&pinned_steps, &landings)?;
    operand_stack.check(&targets, start)?;
    if falls_through || bulk.is_some() {
        return Err("the last instruction falls through".into());
    }
    for target in targets {
        if !instructions.contains(&target) || acc_readers.contains(&target) {
            return Err(format!("target {:#x} is no instruction", target.wrapping_sub(start)));
        }
    }
    Ok(())
}

/// The accumulator of a kind: there is one for all integers.
fn accumulator(kind: Option<Kind>) -> Option<Kind> {
    kind.map(|k| if matches!(k, Kind::I32 | Kind::Func | Kind::Gc) { Kind::I64 } else { k })
}

/// The slots of the operand stack that were read since they were written, in code without a target. Every value there
/// is popped once, so a second read is of something that was written over the value that is meant.
struct OperandStack {
    /// The first slot of the operand stack.
    stack_base: u64,
    /// Slots read, and by the instruction at which address.
    read: BTreeMap<u64, usize>,
    /// Second reads: the two instructions. One of them is right if there is a target between them.
    again: Vec<(u64, usize, usize)>,
}

impl OperandStack {
    fn new(stack_base: u32) -> OperandStack {
        OperandStack { stack_base: stack_base.into(), read: BTreeMap::new(), again: Vec::new() }
    }

    /// Where an instruction is several statements, each names what it writes before what it reads. So a slot is
    /// written when the next one is named that is, and what reads it until then may be the statement after.
    fn step(&mut self, i: &Instruction<'_>, start: usize) {
        let address = start + i.at;
        // What is branched on because it is null is there afterwards.
        let keeps = !i.targets.is_empty() && !i.shape.ends;
        let mut writes = 0..0;
        for (n, kind) in i.shape.operands().iter().enumerate() {
            let first = i.operands[n];
            let written = kind.writes(|| i.operands[n + 1]);
            if written > 0 {
                self.write(writes);
                writes = first..first + written;
            }
            for slot in first..first + kind.reads(|| i.operands[n - 1]) {
                if slot >= self.stack_base
                    && !keeps
                    && let Some(before) = self.read.insert(slot, address)
                    && !writes.contains(&slot)
                {
                    self.again.push((slot, before, address));
                }
            }
        }
        self.write(writes);
        // The results of a call may be where its index was. The condition of a branch that moves values may have been
        // made, by a statement of its own, of what stays on the stack.
        let forgets = |kind| is_call(kind) || kind == OperandKind::KeptRange;
        if i.shape.ends || i.shape.operands().iter().any(|kind| forgets(*kind)) {
            self.read.clear();
        }
    }

    fn write(&mut self, slots: core::ops::Range<u64>) {
        for slot in slots {
            self.read.remove(&slot);
        }
    }

    fn check(&self, targets: &BTreeSet<usize>, start: usize) -> Result<(), String> {
        for &(slot, before, again) in &self.again {
            if targets.range(before + 1..=again).next().is_none() {
                let at = again - start;
                return Err(format!("{at:#x}: slot {slot} of the operand stack is read twice"));
            }
        }
        Ok(())
    }
}

/// What an instruction means for the pinned register.
struct PinnedStep {
    address: usize,
    reads: bool,
    effect: PinnedEffect,
    falls_through: bool,
    /// And the slots that are written on the way there.
    targets: Vec<(usize, Range<u64>)>,
}

enum PinnedEffect {
    /// Holds the local in this slot from now on.
    Loads(u64),
    /// Sets the local, in its slot and in the register.
    Sets(u64),
    /// Writes slots: the register no longer holds the local in one of them.
    Writes(Vec<u64>),
    /// A callee may use it.
    Lost,
}

/// Whether an operand is one of a call's, which the pinned register does not outlive.
fn is_call(kind: OperandKind) -> bool {
    matches!(kind, OperandKind::Distance | OperandKind::TailArea)
}

impl PinnedStep {
    fn of(i: &Instruction<'_>, routes: &[CheckedRoute], start: usize) -> PinnedStep {
        let operands = || i.shape.operands().iter().zip(&i.operands);
        let effect = match i.shape.sets_pinned {
            Some(n) if i.number == simple::LoadPinned => {
                PinnedEffect::Loads(i.operands[n as usize])
            }
            Some(n) => PinnedEffect::Sets(i.operands[n as usize]),
            None if operands().any(|(k, _)| is_call(*k)) => PinnedEffect::Lost,
            None => PinnedEffect::Writes(
                operands()
                    .enumerate()
                    .flat_map(|(n, (kind, &first))| {
                        first..first + kind.writes(|| i.operands[n + 1])
                    })
                    .collect(),
            ),
        };
        PinnedStep {
            address: start + i.at,
            reads: i.shape.reads_pinned,
            effect,
            falls_through: !i.shape.ends,
            targets: (i.targets.iter().map(|&target| (target, 0..0)))
                .chain(routes.iter().map(|route| (route.target, route.writes.clone())))
                .collect(),
        }
    }
}

/// Which local the register holds at each instruction: what all paths to it agree on. Where exceptions go it holds none.
fn pinned_register(steps: &[PinnedStep], landings: &BTreeSet<usize>) -> Result<(), String> {
    if !steps.iter().any(|s| s.reads) {
        return Ok(());
    }
    let mut incoming: BTreeMap<usize, Option<u64>> =
        landings.iter().map(|&landing| (landing, None)).collect();
    loop {
        let (mut changed, mut wrong) = (false, None);
        let (mut pinned, mut reached) = (None, true);
        for step in steps {
            if !reached && !incoming.contains_key(&step.address) {
                continue; // nothing leads here, so nothing holds and nothing follows
            }
            pinned = match incoming.get(&step.address) {
                Some(&held) if !reached || held == pinned => held,
                Some(_) => None,
                None => pinned,
            };
            if step.reads && pinned.is_none() {
                wrong = wrong.or(Some(step.address - steps[0].address));
            }
            pinned = match &step.effect {
                PinnedEffect::Loads(slot) => Some(*slot),
                PinnedEffect::Sets(slot) if pinned == Some(*slot) => pinned,
                PinnedEffect::Writes(slots) if pinned.is_some_and(|h| !slots.contains(&h)) => {
                    pinned
                }
                _ => None,
            };
            for (target, writes) in &step.targets {
                let pinned = pinned.filter(|slot| !writes.contains(slot));
                let held = incoming.entry(*target).or_insert_with(|| {
                    changed = true;
                    pinned
                });
                if *held != pinned && held.is_some() {
                    *held = None;
                    changed = true;
                }
            }
            reached = step.falls_through;
        }
        if !changed {
            return match wrong {
                Some(at) => Err(format!("{at:#x}: the pinned register holds no local")),
                None => Ok(()),
            };
        }
    }
}

struct Verifier<'a> {
    info: &'a ModuleInfo,
    layout: Layout,
    function: &'a FuncCode,
}

/// A route that an instruction may take.
struct CheckedRoute {
    target: usize,
    /// The slots that it writes.
    writes: Range<u64>,
}

impl Verifier<'_> {
    /// Slots are in the frame, and none is the return word.
    fn slots(&self, at: u64, len: u64) -> Result<(), String> {
        let slots = self.function.slots();
        let (first, end, header) = (u64::from(slots.start), u64::from(slots.end), HEADER as u64);
        if at < first || at + len > end || (at..at + len).contains(&header) {
            return Err(format!("slots {at}..{} of {slots:?}", at + len));
        }
        Ok(())
    }

    /// The routes that an instruction may take.
    fn routes(&self, i: &Instruction<'_>) -> Result<Vec<CheckedRoute>, String> {
        let kinds = i.shape.operands();
        let Some(address) = kinds.iter().position(|kind| *kind == OperandKind::RoutesAddress)
        else {
            return Ok(Vec::new());
        };
        let routes = self.function.routes();
        if i.operands[address] as usize != routes.as_ptr() as usize {
            return Err("not the function's routes".into());
        }
        // Length, values, routes.
        let len = i.operands[address - 2];
        let all: BTreeSet<u32> = i.choices.iter().copied().collect();
        let checked = all.iter().map(|&number| {
            let route = routes.get(number as usize).ok_or_else(|| format!("no route {number}"))?;
            let to = u64::from(route.to);
            self.slots(to, len)?;
            Ok(CheckedRoute { target: route.target, writes: to..to + len })
        });
        checked.collect()
    }

    /// Checks where exceptions are caught; gives back the targets.
    fn landings(&self) -> Result<BTreeSet<usize>, String> {
        #[cfg(feature = "gc")]
        if let Some(catches) = self.function.catches() {
            return self.landings_of(catches);
        }
        Ok(BTreeSet::new())
    }

    #[cfg(feature = "gc")]
    fn landings_of(&self, catches: &Catches) -> Result<BTreeSet<usize>, String> {
        let Catches { boundaries, ranges, clauses } = catches;
        if !boundaries.is_sorted_by(|a, b| a.code < b.code)
            || boundaries.iter().any(|b| b.range != NO_RANGE && b.range as usize >= ranges.len())
        {
            return Err("boundaries of catches".into());
        }
        let parent_comes_first =
            |(n, range): (u32, &CatchRange)| range.parent == NO_RANGE || range.parent < n;
        if !(0..).zip(ranges).all(parent_comes_first)
            || !ranges.is_sorted_by_key(|range| range.clauses_end)
            || ranges.last().is_some_and(|last| last.clauses_end as usize != clauses.len())
        {
            return Err("ranges of catches".into());
        }
        let mut targets = BTreeSet::new();
        for &Clause { tag, route, reference, .. } in clauses {
            let len = match tag {
                ANY_TAG => 0,
                _ if (tag as usize) < self.info.tags.len() => self.info.tag_sig(tag).param_slots(),
                _ => return Err(format!("no tag {tag}")),
            };
            let routes = self.function.routes();
            let route = routes.get(route as usize).ok_or_else(|| format!("no route {route}"))?;
            self.slots(route.to.into(), len.into())?;
            if reference != NO_SLOT {
                self.slots(reference.into(), 1)?;
            }
            targets.insert(route.target);
        }
        Ok(targets)
    }

    /// Checks the distance to a callee's frame, operand `n`: it begins above this one's return word.
    fn distance(&self, i: &Instruction<'_>, n: usize) -> Result<(), String> {
        let (distance, end) = (i.operands[n], u64::from(self.function.slots().end));
        let area = self.callee(i, n - 1)?.area() as u64;
        if distance <= area || HEADER as u64 + distance >= end {
            return Err(format!("distance {distance} to a callee with an area of {area}"));
        }
        Ok(())
    }

    /// Checks where the arguments of a call in tail position are, operand `n`: in place, or above the return word.
    fn tail_arguments(&self, i: &Instruction<'_>, n: usize) -> Result<(), String> {
        let (at, slots, header) = (i.operands[n], self.function.slots(), HEADER as u64);
        let import = i.shape.operands()[n + 1] == OperandKind::ImportIndex;
        let callee = self.callee(i, if import { n + 1 } else { n + 3 })?;
        let (params, area) = (u64::from(callee.params), callee.area() as u64);
        let in_place = at == u64::from(slots.start) && at + area <= header;
        if !in_place && (at <= header || at + area >= u64::from(slots.end)) {
            return Err(format!("arguments of a tail call at {at}"));
        }
        let len = if in_place { 0 } else { params };
        if !import && (i.operands[n + 1], i.operands[n + 2]) != (len, area) {
            return Err(format!("{len} slots for an area of {area}"));
        }
        Ok(())
    }

    fn operands(&self, i: &Instruction<'_>) -> Result<(), String> {
        use OperandKind::*;
        let slots = self.function.slots();
        let first = u64::from(slots.start);
        let range = |at, len| self.slots(at, len);
        let part = |value: u64, want: Part| match self.layout.find(value as u32) {
            Some((found, index)) if found == want => Ok(index),
            found => Err(format!("{want:?} is {found:?}")),
        };
        let below = |value: u64, count: usize| match value < count as u64 {
            true => Ok(()),
            false => Err(format!("index {value} of {count}")),
        };
        for (n, (kind, &value)) in i.shape.operands().iter().zip(&i.operands).enumerate() {
            match kind {
                Slot | Slot2 | SrcRange => range(value, kind.reads(|| i.operands[n - 1]))?,
                Units => range(value, 1)?,
                KeptRange => range(value, i.operands[n - 1])?,
                Dst | Dst2 | Dst4 | Dst8 | DstRange => {
                    range(value, kind.writes(|| i.operands[n + 1]))?
                }
                First if value != first => return Err(format!("first slot {value}")),
                // Of calls in tail position, where parameters go, if there are any; of returns, where the result does.
                First if !i.shape.operands().contains(&TailArgs) => range(value, 1)?,
                Distance => self.distance(i, n)?,
                TailArgs => self.tail_arguments(i, n)?,
                Entry => drop(part(value, Part::Entry)?),
                ImportIndex => {
                    let func = part(value, Part::Reference)?;
                    if func >= self.info.imported_funcs {
                        return Err(format!("func {func} is not imported"));
                    }
                }
                FuncIndex => drop(part(value, Part::Reference)?),
                TypeCell => drop(part(value, Part::Type)?),
                TableIndex => drop(part(value, Part::Table)?),
                MemoryIndex => {
                    let memory = part(value, Part::Memory)?;
                    if self.info.memories[memory as usize].shared {
                        return Err(format!("memory {memory} is shared"));
                    }
                }
                AnyMemory => drop(part(value, Part::Memory)?),
                Offset1 | Offset2 | Offset4 | Offset8 | Offset16 if value < kind.width() => {
                    return Err(format!("offset and width are {value}"));
                }
                AtomicOp if value >= ATOMICS.len() as u64 => {
                    return Err(format!("atomic operation {value}"));
                }
                GlobalCell if part(value, Part::Global)? < self.info.imported_globals => {
                    return Err("global is imported".into());
                }
                GlobalPointer if part(value, Part::Global)? >= self.info.imported_globals => {
                    return Err("global is not imported".into());
                }
                MemoryNumber => below(value, self.info.memories.len())?,
                TableNumber => below(value, self.info.tables.len())?,
                DataNumber => below(value, self.info.data as usize)?,
                ElemNumber => below(value, self.info.elems.len())?,
                TagNumber => {
                    below(value, self.info.tags.len())?;
                    let len = u64::from(self.info.tag_sig(value as u32).param_slots());
                    if i.operands[n + 1] != len {
                        return Err(format!("{} slots for a tag of {len}", i.operands[n + 1]));
                    }
                }
                // Of others any value is right, but for what is checked elsewhere: targets and routes.
                First | Offset1 | Offset2 | Offset4 | Offset8 | Offset16 | Field | AtomicOp
                | GlobalCell | GlobalPointer | TailArea | U16 | U32 | U64 | Target | Targets
                | RoutesAddress | Choices | Fuel | FuelWide | Fuels => {}
            }
        }
        Ok(())
    }

    /// The slots of a call's callee, which operand `n` names or stands beside its type.
    fn callee(&self, i: &Instruction<'_>, n: usize) -> Result<Slots, String> {
        use OperandKind::*;
        let named = |n: usize| match self.layout.find(i.operands[n] as u32) {
            Some((Part::Entry | Part::Reference, func)) => Some(self.info.func_sig(func)),
            _ => None,
        };
        let of_type =
            |n: usize| self.info.types.funcs().find(|ty| u64::from(ty.id) == i.operands[n]);
        let stated = |n: usize| {
            Ok(Slots { params: i.operands[n] as u32, results: i.operands[n + 1] as u32 })
        };
        let kinds = i.shape.operands();
        let sig = match kinds[n] {
            Entry | ImportIndex => named(n),
            // Of `table, type_id, index` the first or the last.
            TableIndex => of_type(n + 1),
            // Of `params, results, callee` too.
            U16 => return stated(n),
            _ if kinds[n - 1] == U16 => return stated(n - 2),
            _ => of_type(n - 1),
        };
        sig.map(Slots::of).ok_or_else(|| "no such callee".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::table::HANDLERS;
    use crate::isa::operand::WORD;
    use crate::translate::Translator;
    use crate::wasm::{MemoryInfo, Types};
    use wasmparser::{BinaryReader, FunctionBody};

    /// A module of one function `[i32] -> [i32]` and one memory, and the function's code.
    fn function(body: &[u8]) -> (ModuleInfo, FuncCode) {
        let mut types = Types::default();
        let place = types.define_func(0, None, [Kind::I32], [Kind::I32]);
        types.push(place);
        let memory =
            MemoryInfo { is64: false, page_size_log2: 16, max_bytes: 1 << 32, shared: false };
        let info = ModuleInfo {
            types: types.into(),
            funcs: [0].into(),
            memories: [memory].into(),
            ..ModuleInfo::default()
        };
        let body = FunctionBody::new(BinaryReader::new(body, 0));
        let code = Translator::new().translate(&info, 0, body, None).unwrap();
        (info, code)
    }

    /// What the verifier says when the first operand of a kind is this.
    fn with_operand(body: &[u8], kind: OperandKind, value: u64) -> Result<(), String> {
        let (info, mut code) = function(body);
        let mut rest = code.bytes();
        let place = loop {
            let at = code.bytes().len() - rest.len();
            let i = decode(rest, at).unwrap();
            let kinds = i.shape.operands();
            if let Some(n) = kinds.iter().position(|&k| k == kind) {
                break at + WORD + kinds[..n].iter().map(|k| k.len()).sum::<usize>();
            }
            rest = i.rest;
        };
        let bytes = &value.to_le_bytes()[..kind.len()];
        code.bytes_mut()[place..][..bytes.len()].copy_from_slice(bytes);
        verify(&info, 0, &code)
    }

    /// `i32.load (local.get 0)`.
    const LOAD: &[u8] = &[0, 0x20, 0, 0x28, 2, 0, 0x0b];
    /// `br_if 0 (local.get 0) (local.get 0); drop; unreachable`.
    const BRANCH: &[u8] = &[0, 0x20, 0, 0x20, 0, 0x0d, 0, 0x1a, 0, 0x0b];

    fn pinned_register_of(steps: &[PinnedStep]) -> Result<(), String> {
        pinned_register(steps, &BTreeSet::new())
    }

    fn step(address: usize, reads: bool, effect: PinnedEffect, targets: &[usize]) -> PinnedStep {
        let targets = targets.iter().map(|&target| (target, 0..0)).collect();
        PinnedStep { address, reads, effect, falls_through: true, targets }
    }

    #[test]
    fn the_pinned_register_holds_what_all_paths_agree_on() {
        use PinnedEffect::*;
        let nothing = || Writes([].into());
        // At 30 the register is read, and 10 leads there, too: with what 0 loads, or 20.
        let read = |second| {
            pinned_register_of(&[
                step(0, false, Loads(5), &[]),
                step(10, false, nothing(), &[30]),
                step(20, false, Loads(second), &[]),
                step(30, true, nothing(), &[]),
            ])
        };
        assert_eq!(read(5), Ok(()));
        assert!(read(6).is_err());
        // Back from 20 the register holds something else than the first time.
        let again = |second| {
            pinned_register_of(&[
                step(0, false, Loads(5), &[]),
                step(10, true, nothing(), &[]),
                step(20, false, Loads(second), &[10]),
            ])
        };
        assert_eq!(again(5), Ok(()));
        assert!(again(6).is_err());
        let after = |effect| {
            pinned_register_of(&[
                step(0, false, Loads(5), &[]),
                step(10, false, effect, &[]),
                step(20, true, nothing(), &[]),
            ])
        };
        assert_eq!(after(Sets(5)), Ok(()));
        assert_eq!(after(Writes([4, 6].into())), Ok(()));
        for effect in [Sets(6), Writes([4, 5].into()), Lost] {
            assert!(after(effect).is_err());
        }
        assert!(
            pinned_register_of(&[step(0, true, nothing(), &[])]).is_err(),
            "nothing was loaded"
        );
        // What 0 jumps over is not reached, and where it jumps is.
        let jump = |effect, skipped_reads, target_reads| {
            let mut jump = step(0, false, effect, &[20]);
            jump.falls_through = false;
            let mut skipped = step(10, skipped_reads, nothing(), &[]);
            skipped.falls_through = false;
            pinned_register_of(&[jump, skipped, step(20, target_reads, nothing(), &[])])
        };
        assert_eq!(jump(Loads(5), false, true), Ok(()));
        assert_eq!(jump(nothing(), true, false), Ok(()));
        assert!(jump(nothing(), false, true).is_err());
    }

    #[test]
    fn a_second_read_of_the_operand_stack_needs_a_target_between() {
        let stack =
            OperandStack { stack_base: 3, read: BTreeMap::new(), again: [(5, 110, 130)].into() };
        let check = |targets: &[usize]| stack.check(&targets.iter().copied().collect(), 100);
        for between in [111, 120, 130] {
            assert_eq!(check(&[between]), Ok(()));
        }
        for elsewhere in [100, 110, 131] {
            let error = check(&[elsewhere]).unwrap_err();
            assert_eq!(error, "0x1e: slot 5 of the operand stack is read twice");
        }
    }

    #[test]
    fn slots_are_in_the_frame_and_not_the_return_word() {
        let slot = |slot| with_operand(LOAD, OperandKind::Slot, slot);
        let header = HEADER as u64;
        assert_eq!(slot(header - 1), Ok(()));
        for wrong in [0, header - 2, header, header + 2, 0xffff] {
            assert!(slot(wrong).is_err(), "{wrong}");
        }
        assert!(with_operand(LOAD, OperandKind::First, header).is_err());
    }

    #[test]
    fn frames_begin_where_the_type_says_and_have_a_return_word() {
        let header = HEADER as u16;
        let with_slots = |slots: Range<u16>| {
            let (info, mut code) = function(LOAD);
            code.slots = slots;
            verify(&info, 0, &code).map_err(|e| e.contains("frame of slots"))
        };
        let (_, code) = function(LOAD);
        assert_eq!(with_slots(code.slots.clone()), Ok(()));
        assert_eq!(with_slots(header - 2..code.slots.end), Err(true));
        assert_eq!(with_slots(header..code.slots.end), Err(true));
        assert_eq!(with_slots(code.slots.start..header), Err(true));
    }

    #[test]
    fn offsets_include_the_width() {
        let offset = |offset| with_operand(LOAD, OperandKind::Offset4, offset);
        assert_eq!(offset(4), Ok(()));
        assert_eq!(offset(u32::MAX.into()), Ok(()));
        assert!(offset(3).is_err());
    }

    #[test]
    fn what_lies_on_the_operand_stack_is_read_once() {
        // `i64.sub` of two sizes of the memory: both are set on the operand stack, and read by one statement.
        const SIZES: &[u8] = &[0, 0x3f, 0, 0x3f, 0, 0x6b, 0x0b];
        let (info, code) = function(SIZES);
        assert_eq!(verify(&info, 0, &code), Ok(()));
        let stack_base = u64::from(code.stack_base());
        assert_eq!(with_operand(SIZES, OperandKind::Dst, stack_base), Ok(()));
        let wrong = with_operand(SIZES, OperandKind::Slot, stack_base + 1).unwrap_err();
        assert!(wrong.contains("is read twice"), "{wrong}");
    }

    #[test]
    fn targets_are_instructions() {
        let (_, code) = function(BRANCH);
        assert!(with_operand(BRANCH, OperandKind::Target, code.start() as u64).is_err());
        assert!(with_operand(BRANCH, OperandKind::Target, 0).is_err());
    }

    #[test]
    fn routes_are_those_of_the_function() {
        // `br_table 0 0 (i32.const 1) (local.get 0)`, out of the function.
        const TABLE: &[u8] = &[0, 0x41, 1, 0x20, 0, 0x0e, 1, 0, 0, 0x0b];
        let (info, mut code) = function(TABLE);
        assert_eq!(verify(&info, 0, &code), Ok(()));
        assert!(with_operand(TABLE, OperandKind::RoutesAddress, 0).is_err());
        assert!(with_operand(TABLE, OperandKind::SrcRange, 0xffff).is_err());
        // The last number of a route is at the end of an instruction that the return follows.
        let end = code.bytes().len() - WORD;
        code.bytes_mut()[end - 1] = 1;
        assert!(verify(&info, 0, &code).unwrap_err().contains("no route"));
    }

    #[cfg(feature = "gc")]
    #[test]
    fn exceptions_are_caught_at_targets_of_the_function() {
        use crate::code::catches::Catches;
        // `try_table (catch_all 0) (drop (call 0 (local.get 0)))`, and the parameter.
        const CAUGHT: &[u8] = &[
            0, 0x02, 0x40, 0x1f, 0x40, 1, 2, 0, 0x20, 0, 0x10, 0, 0x1a, 0x0b, 0x0b, 0x20, 0, 0x0b,
        ];
        let damaged = |damage: fn(&mut Catches)| {
            let (info, mut code) = function(CAUGHT);
            damage(code.more.as_mut().unwrap().catches.as_mut().unwrap());
            verify(&info, 0, &code)
        };
        assert_eq!(damaged(|_| ()), Ok(()));
        let wrong: [fn(&mut Catches); 8] = [
            |catches| catches.boundaries[0].range = 1,
            |catches| catches.boundaries[0].code = catches.boundaries[1].code,
            |catches| catches.ranges[0].parent = 0,
            |catches| catches.ranges[0].clauses_end = 2,
            |catches| catches.ranges[0].clauses_end = 0,
            |catches| catches.clauses[0].tag = 0,
            |catches| catches.clauses[0].route = 1,
            |catches| catches.clauses[0].reference = HEADER as u16,
        ];
        for (n, damage) in wrong.into_iter().enumerate() {
            assert!(damaged(damage).is_err(), "{n}");
        }
    }

    #[test]
    fn what_ends_calls_is_in_no_function() {
        for handler in [simple::Done, simple::Crossed] {
            let (info, mut code) = function(LOAD);
            let address = HANDLERS[handler as usize] as usize;
            // The last instruction is a return, with or without operands.
            let mut last = 0;
            while let Ok(i) = decode(&code.bytes()[last..], last)
                && !i.rest.is_empty()
            {
                last = code.bytes().len() - i.rest.len();
            }
            code.bytes_mut()[last..][..WORD].copy_from_slice(&address.to_ne_bytes());
            assert!(verify(&info, 0, &code).is_err());
        }
    }

    #[test]
    fn each_type_of_numbers_has_an_accumulator() {
        let kinds = [Kind::I64, Kind::F32, Kind::F64, Kind::V128];
        let all: BTreeSet<_> = kinds.map(|k| accumulator(Some(k)).map(|k| k as u8)).into();
        assert_eq!(all.len(), kinds.len());
        for kind in [Kind::I32, Kind::Func, Kind::Gc] {
            assert_eq!(accumulator(Some(kind)), accumulator(Some(Kind::I64)));
        }
    }
}
