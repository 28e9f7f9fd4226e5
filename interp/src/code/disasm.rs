//! Code as text, for people and for tests.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use super::FuncCode;
#[cfg(feature = "gc")]
use super::catches::{ANY_TAG, Catches, NO_RANGE};
use super::decode::decode;
use crate::exec::Route;
use crate::exec::shared_access::ATOMICS;
use crate::isa::operand::{HEADER, OperandKind};
use crate::runtime::{Layout, Part};
use crate::wasm::ModuleInfo;

/// The code of a function as text: a line per instruction, which begins with its offset in the
/// code. Slots are `%n`, counted from the first one of the frame, targets `@offset`.
pub fn disassemble(info: &ModuleInfo, function: &FuncCode) -> String {
    let layout = Layout::new(info);
    let start = function.bytes().as_ptr() as usize;
    let slots = function.slots();
    let mut out = format!(
        "  frame of {} slots, return word in %{}\n",
        slots.len(),
        HEADER as u32 - slots.start
    );
    let mut rest = function.bytes();
    while !rest.is_empty() {
        let at = function.bytes().len() - rest.len();
        let i = match decode(rest, at) {
            Ok(i) => i,
            Err(e) => {
                let _ = writeln!(out, "  {e}");
                break;
            }
        };
        let _ = write!(out, "  {:5x}: ", i.at);
        let mut operands = i.shape.operands().iter().zip(&i.operands);
        for (n, text) in i.shape.text().split('$').enumerate() {
            if n > 0
                && let Some((kind, &value)) = operands.next()
            {
                match kind {
                    OperandKind::Fuels => {
                        let _ = write!(out, "{:?}", i.charges);
                    }
                    OperandKind::Choices => {
                        let routes = i.choices.iter().map(|n| &function.routes()[*n as usize]);
                        let text = |route: &Route| {
                            let to = u32::from(route.to) - slots.start;
                            format!("%{to} @{:x}", route.target.wrapping_sub(start))
                        };
                        let _ =
                            write!(out, "[{}]", routes.map(text).collect::<Vec<_>>().join(", "));
                    }
                    _ => operand(&mut out, &layout, slots.start, *kind, value, &i.targets, start),
                }
            }
            out.push_str(text);
        }
        out.push('\n');
        rest = i.rest;
    }
    #[cfg(feature = "gc")]
    if let Some(catches) = function.catches() {
        write_catches(&mut out, function, catches);
    }
    out
}

/// Which code is in which range, and where exceptions go from there: as `3: in 1, tag 0 to %4 @7c`.
#[cfg(feature = "gc")]
fn write_catches(out: &mut String, function: &FuncCode, catches: &Catches) {
    let (start, first) = (function.start(), function.slots().start);
    let number = |range: u32| match range {
        NO_RANGE => "none".into(),
        range => format!("{range}"),
    };
    let from = catches.boundaries.iter().map(|b| format!("@{:x} {}", b.code, number(b.range)));
    let _ = writeln!(out, "  catches from {}", from.collect::<Vec<_>>().join(", "));
    for (n, range) in (0..).zip(&catches.ranges) {
        let _ = write!(out, "  {n:5}: in {}", number(range.parent));
        for clause in catches.clauses(n) {
            let route = &function.routes()[clause.route as usize];
            let _ = match clause.tag {
                ANY_TAG => write!(out, ", any"),
                tag => write!(out, ", tag {tag} to %{}", u32::from(route.to) - first),
            };
            if clause.kept {
                let _ = write!(out, " reference %{}", u32::from(clause.reference) - first);
            }
            let _ = write!(out, " @{:x}", route.target.wrapping_sub(start));
        }
        out.push('\n');
    }
}

fn operand(
    out: &mut String,
    layout: &Layout,
    first: u32,
    kind: OperandKind,
    value: u64,
    targets: &[usize],
    start: usize,
) {
    use OperandKind::*;
    let _ = match kind {
        RoutesAddress => write!(out, "routes"),
        Slot | Units | Slot2 | SrcRange | KeptRange | Dst | Dst2 | Dst4 | Dst8 | DstRange
        | First | TailArgs => {
            write!(out, "%{}", value - u64::from(first))
        }
        Distance => write!(out, "%{}", HEADER as u64 + value - u64::from(first)),
        // Lists are shown where they are.
        Choices | Fuels => Ok(()),
        TailArea | U16 | MemoryNumber | TableNumber | DataNumber | ElemNumber => {
            write!(out, "{value}")
        }
        TagNumber => write!(out, "tag {value}"),
        AtomicOp => out.write_str(ATOMICS[value as usize].text),
        Fuel | FuelWide => write!(out, "{value}"),
        U32 => write!(out, "{}", value as u32 as i32),
        U64 => write!(out, "{:#x}", value),
        Offset1 | Offset2 | Offset4 | Offset8 | Offset16 => write!(out, "+{value}"),
        Field => write!(out, "+{}", value - 1),
        Target => write!(out, "@{:x}", (value as usize).wrapping_sub(start)),
        Targets => {
            let _ = write!(out, "[");
            for (n, t) in targets.iter().enumerate() {
                let _ =
                    write!(out, "{}@{:x}", if n == 0 { "" } else { " " }, t.wrapping_sub(start));
            }
            write!(out, "]")
        }
        Entry | ImportIndex | FuncIndex | GlobalCell | GlobalPointer | TableIndex | MemoryIndex
        | AnyMemory | TypeCell => match layout.find(value as u32) {
            Some((Part::Entry | Part::Reference, i)) => write!(out, "func {i}"),
            Some((Part::Global, i)) => write!(out, "{i}"),
            Some((Part::Table, i)) => write!(out, "table {i}"),
            Some((Part::Memory, i)) => write!(out, "memory {i}"),
            Some((Part::Type, i)) => write!(out, "type {i}"),
            None => write!(out, "?{value}"),
        },
    };
}
