//! Trees and statements as data: what they are as Rust types, as text, in code.

use crate::declarations::*;

/// The value types, in the order of the leaf patterns.
pub(crate) const TYPES: [&str; 5] = ["u32", "u64", "f32", "f64", "V128"];
pub(crate) type Type = usize;
pub(crate) const U32: Type = 0;
pub(crate) const U64: Type = 1;
pub(crate) const F32: Type = 2;
pub(crate) const F64: Type = 3;
pub(crate) const V128: Type = 4;

pub(crate) fn type_of(name: &str) -> Type {
    TYPES.iter().position(|t| *t == name).unwrap()
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Expr {
    Leaf(Leaf, Type),
    Un(usize, Box<Expr>),
    Bin(usize, Box<Expr>, Box<Expr>),
    Tern(usize, Box<Expr>, Box<Expr>, Box<Expr>),
    Load(usize, Box<Expr>),
    Select(Box<Expr>, Box<Expr>, Box<Expr>),
}
pub(crate) use Expr::*;

/// In the order of the leaf patterns: one per type each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Leaf {
    Slot,
    Imm,
    Imm64,
    Acc,
    Pinned,
    Global,
    GlobalImport,
    Imm128,
}
pub(crate) const LEAVES: [Leaf; 8] = [
    Leaf::Slot,
    Leaf::Imm,
    Leaf::Imm64,
    Leaf::Acc,
    Leaf::Pinned,
    Leaf::Global,
    Leaf::GlobalImport,
    Leaf::Imm128,
];

pub(crate) fn slot(t: Type) -> Expr {
    Leaf(Leaf::Slot, t)
}
pub(crate) fn acc(t: Type) -> Expr {
    Leaf(Leaf::Acc, t)
}
/// The usual immediate of a type: f64 constants do not fit in 32 bits.
pub(crate) fn imm(t: Type) -> Expr {
    Leaf(if t == F64 { Leaf::Imm64 } else { Leaf::Imm }, t)
}
pub(crate) fn imm64(t: Type) -> Expr {
    Leaf(Leaf::Imm64, t)
}
pub(crate) fn un(o: usize, x: Expr) -> Expr {
    Un(o, Box::new(x))
}
pub(crate) fn bin(o: usize, x: Expr, y: Expr) -> Expr {
    Bin(o, Box::new(x), Box::new(y))
}
pub(crate) fn tern(o: usize, x: Expr, y: Expr, z: Expr) -> Expr {
    Tern(o, Box::new(x), Box::new(y), Box::new(z))
}
pub(crate) fn load(o: usize, x: Expr) -> Expr {
    Load(o, Box::new(x))
}
pub(crate) fn a_of(o: usize) -> Type {
    type_of(OPS[o].operands[0])
}
/// An operation as a Rust type.
fn path(o: usize) -> String {
    let module = if OPS[o].vector { "vector_op" } else { "op" };
    format!("{module}::{}", OPS[o].name)
}

/// The kind of a load's or store's offset operand.
fn offset_of(o: usize) -> &'static str {
    match OPS[o].m {
        "i8" | "u8" => "Offset1",
        "i16" | "u16" => "Offset2",
        "i32" | "u32" => "Offset4",
        "u64" => "Offset8",
        "V128" => "Offset16",
        m => panic!("{m} in memory"),
    }
}

impl Expr {
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match self {
            Leaf(..) => vec![],
            Un(_, x) | Load(_, x) => vec![x],
            Bin(_, x, y) => vec![x, y],
            Select(x, y, c) | Tern(_, x, y, c) => vec![x, y, c],
        }
    }
    pub(crate) fn ty(&self) -> Type {
        match self {
            Leaf(_, t) => *t,
            Un(o, _) | Bin(o, ..) | Tern(o, ..) | Load(o, _) => type_of(OPS[*o].r),
            Select(x, ..) => x.ty(),
        }
    }
    /// As a Rust type.
    pub(crate) fn rust(&self) -> String {
        match self {
            Leaf(l, t) => format!("{l:?}<{}>", TYPES[*t]),
            Un(o, x) => format!("Un<{}, {}>", path(*o), x.rust()),
            Bin(o, x, y) => format!("Bin<{}, {}, {}>", path(*o), x.rust(), y.rust()),
            Tern(o, x, y, z) => {
                format!("Tern<{}, {}, {}, {}>", path(*o), x.rust(), y.rust(), z.rust())
            }
            Load(o, x) => format!("Load<{}, {}>", path(*o), x.rust()),
            Select(x, y, c) => format!("Select<{}, {}, {}>", x.rust(), y.rust(), c.rust()),
        }
    }
    /// As text, `$` for each operand.
    pub(crate) fn text(&self) -> String {
        match self {
            Leaf(Leaf::Acc, _) => "acc".into(),
            Leaf(Leaf::Pinned, _) => "pinned".into(),
            Leaf(Leaf::Global | Leaf::GlobalImport, _) => "global $".into(),
            Leaf(Leaf::Imm128, _) => "$:$".into(),
            Leaf(..) => "$".into(),
            Un(o, x) => format!("{}({})", OPS[*o].text, x.text()),
            Bin(o, x, y) => format!("{}({}, {})", OPS[*o].text, x.text(), y.text()),
            Tern(o, x, y, z) => {
                format!("{}({}, {}, {})", OPS[*o].text, x.text(), y.text(), z.text())
            }
            Load(o, x) => format!("{}($ + {})", OPS[*o].text, x.text()),
            Select(x, y, c) => format!("select({}, {}, {})", x.text(), y.text(), c.text()),
        }
    }
    /// The operand kinds, in the order of the code.
    pub(crate) fn operands(&self, out: &mut Vec<&'static str>) {
        match self {
            Leaf(Leaf::Slot, V128) => out.push("Slot2"),
            Leaf(Leaf::Imm128, _) => out.extend(["U64", "U64"]),
            Leaf(Leaf::Slot, _) => out.push("Slot"),
            Leaf(Leaf::Imm, _) => out.push("U32"),
            Leaf(Leaf::Imm64, _) => out.push("U64"),
            Leaf(Leaf::Acc | Leaf::Pinned, _) => {}
            Leaf(Leaf::Global, _) => out.push("GlobalCell"),
            Leaf(Leaf::GlobalImport, _) => out.push("GlobalPointer"),
            Load(o, _) => out.push(offset_of(*o)),
            _ => {}
        }
        for c in self.children() {
            c.operands(out);
        }
    }
    /// The type of the accumulator that the tree reads.
    pub(crate) fn reads_acc(&self) -> Option<Type> {
        match self {
            Leaf(Leaf::Acc, t) => Some(*t),
            _ => self.children().into_iter().find_map(|c| c.reads_acc()),
        }
    }
    pub(crate) fn reads_pinned(&self) -> bool {
        matches!(self, Leaf(Leaf::Pinned, _))
            || self.children().into_iter().any(|c| c.reads_pinned())
    }
    pub(crate) fn accs(&self) -> usize {
        match self {
            Leaf(Leaf::Acc, _) => 1,
            _ => self.children().into_iter().map(|c| c.accs()).sum(),
        }
    }
    /// Where the operands of each node that may trap begin, from `at` on; returns the end.
    pub(crate) fn trap_sites(&self, at: usize, out: &mut Vec<usize>) -> usize {
        let traps = match self {
            Load(..) => true,
            Un(o, _) | Bin(o, ..) => {
                matches!(OPS[*o].class, Class::UnaryTrapping | Class::BinaryTrapping)
            }
            _ => false,
        };
        if traps {
            out.push(at);
        }
        let own = match self {
            Leaf(Leaf::Slot, _) => 2,
            Leaf(Leaf::Acc | Leaf::Pinned, _) => 0,
            Leaf(Leaf::Imm64, _) => 8,
            Leaf(Leaf::Imm128, _) => 16,
            Leaf(..) | Load(..) => 4,
            _ => 0,
        };
        self.children().into_iter().fold(at + own, |at, c| c.trap_sites(at, out))
    }
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Stmt {
    Set(Expr),
    SetPinned(Expr),
    SetAcc(Expr),
    Store(usize, Expr, Expr),
    LoadGeneral(usize),
    StoreGeneral(usize),
    SharedLoad(usize),
    SharedStore(usize),
    SetGlobal(Expr),
    SetGlobalImport(Expr),
    BrIf(Expr),
    BrIfZero(Expr),
    BrTable(Expr),
    ReturnValue(Expr),
    Simple(usize),
    /// The metered form of a branch or a return with a value.
    Metered(Box<Stmt>),
    /// Two statements in one instruction.
    Fused(Box<Stmt>, Box<Stmt>),
}
pub(crate) use Stmt::*;

/// A statement without expressions, by its name.
pub(crate) fn simple(name: &str) -> Stmt {
    let number = STATEMENTS.iter().position(|s| s.0 == name);
    Simple(number.unwrap_or_else(|| panic!("no statement {name}")))
}

impl Stmt {
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match self {
            Set(x) | SetPinned(x) | SetAcc(x) | SetGlobal(x) | SetGlobalImport(x) | BrIf(x)
            | BrIfZero(x) | BrTable(x) | ReturnValue(x) => vec![x],
            Store(_, x, y) => vec![x, y],
            LoadGeneral(_) | StoreGeneral(_) | SharedLoad(_) | SharedStore(_) | Simple(_) => vec![],
            Metered(s) => s.children(),
            Fused(a, b) => a.children().into_iter().chain(b.children()).collect(),
        }
    }
    pub(crate) fn rust(&self) -> String {
        match self {
            Store(o, x, y) => format!("Store<{}, {}, {}>", path(*o), x.rust(), y.rust()),
            LoadGeneral(o) => format!("LoadGeneral<{}>", path(*o)),
            StoreGeneral(o) => format!("StoreGeneral<{}>", path(*o)),
            SharedLoad(o) => format!("SharedLoad<{}>", path(*o)),
            SharedStore(o) => format!("SharedStore<{}>", path(*o)),
            Simple(i) => format!("stmt::{}", STATEMENTS[*i].0),
            Metered(s) => format!("Metered<{}>", s.rust()),
            Fused(a, b) => format!("Fused<{}, {}>", a.rust(), b.rust()),
            _ => format!("{}<{}>", self.head(), self.children()[0].rust()),
        }
    }
    /// The name of the statement without its expressions.
    pub(crate) fn head(&self) -> &'static str {
        match self {
            Set(_) => "Set",
            SetPinned(_) => "SetPinned",
            SetAcc(_) => "SetAcc",
            Store(o, ..) => OPS[*o].name,
            LoadGeneral(_) => "LoadGeneral",
            StoreGeneral(_) => "StoreGeneral",
            SharedLoad(_) => "SharedLoad",
            SharedStore(_) => "SharedStore",
            SetGlobal(_) => "SetGlobal",
            SetGlobalImport(_) => "SetGlobalImport",
            BrIf(_) => "BrIf",
            BrIfZero(_) => "BrIfZero",
            BrTable(_) => "BrTable",
            ReturnValue(_) => "ReturnValue",
            Simple(i) => STATEMENTS[*i].0,
            Metered(s) => match s.head() {
                "BrIf" => "BrIfMetered",
                "BrIfZero" => "BrIfZeroMetered",
                "BrTable" => "BrTableMetered",
                "ReturnValue" => "ReturnValueMetered",
                other => panic!("{other} has no metered form with expressions"),
            },
            Fused(..) => "Fused",
        }
    }
    pub(crate) fn text(&self) -> String {
        let child = |i: usize| self.children()[i].text();
        match self {
            Set(_) => format!("$ = {}", child(0)),
            SetPinned(_) => format!("pinned $ = {}", child(0)),
            SetAcc(_) => format!("acc = {}", child(0)),
            Store(o, ..) => format!("{} $ + {}, {}", OPS[*o].text, child(0), child(1)),
            LoadGeneral(o) | SharedLoad(o) => format!("{} $ $ + $ to $", OPS[*o].text),
            StoreGeneral(o) | SharedStore(o) => format!("{} $ $ + $, $", OPS[*o].text),
            SetGlobal(_) | SetGlobalImport(_) => format!("global $ = {}", child(0)),
            BrIf(_) => format!("br_if $ {}", child(0)),
            BrIfZero(_) => format!("br_if_zero $ {}", child(0)),
            BrTable(_) => format!("br_table {} $", child(0)),
            ReturnValue(_) => format!("return $ {}", child(0)),
            Metered(s) => {
                s.text()
                    + if matches!(**s, BrIf(_) | BrIfZero(_)) { " fuel $ $" } else { " fuel $" }
            }
            Fused(a, b) => format!("{}; {}", a.text(), b.text()),
            Simple(i) => {
                let (_, text, operands) = STATEMENTS[*i];
                std::iter::once(text)
                    .chain(operands.iter().map(|_| "$"))
                    .collect::<Vec<_>>()
                    .join(" ")
            }
        }
    }
    /// The type of the accumulator that must be set before.
    pub(crate) fn reads_acc(&self) -> Option<Type> {
        match self {
            Fused(a, _) => a.reads_acc(), // what the second one reads the first one sets
            _ => self.children().into_iter().find_map(|c| c.reads_acc()),
        }
    }
    pub(crate) fn reads_pinned(&self) -> bool {
        match self {
            Fused(a, b) => a.reads_pinned() || b.reads_pinned(),
            _ => self.children().into_iter().any(|c| c.reads_pinned()),
        }
    }
    /// The operand that is the pinned local's slot, of a statement that sets it.
    pub(crate) fn sets_pinned(&self) -> Option<usize> {
        match self {
            SetPinned(_) => Some(0),
            Simple(i) if STATEMENTS[*i].0 == "LoadPinned" => Some(0),
            Fused(a, b) => {
                a.sets_pinned().or_else(|| b.sets_pinned().map(|i| i + a.operands().len()))
            }
            _ => None,
        }
    }
    /// The type of the accumulator that is set after.
    pub(crate) fn sets_acc(&self) -> Option<Type> {
        match self {
            Set(x) | SetAcc(x) => Some(x.ty()),
            Fused(_, b) => b.sets_acc(),
            _ => None,
        }
    }
    /// The operand that is the memory of a load or store that is not near.
    fn memory(&self) -> &'static str {
        if matches!(self, SharedLoad(_) | SharedStore(_)) { "AnyMemory" } else { "MemoryIndex" }
    }
    pub(crate) fn operands(&self) -> Vec<&'static str> {
        let mut out = vec![];
        if let Fused(a, b) = self {
            return a.operands().into_iter().chain(b.operands()).collect();
        }
        match self {
            Set(x) if x.ty() == V128 => out.push("Dst2"),
            Set(_) | SetPinned(_) => out.push("Dst"),
            Store(o, ..) => out.push(offset_of(*o)),
            LoadGeneral(o) | SharedLoad(o) => {
                let dst = if type_of(OPS[*o].r) == V128 { "Dst2" } else { "Dst" };
                out.extend([self.memory(), "U64", "Slot", dst]);
            }
            StoreGeneral(o) | SharedStore(o) => {
                let value = if a_of(*o) == V128 { "Slot2" } else { "Slot" };
                out.extend([self.memory(), "U64", "Slot", value]);
            }
            SetGlobal(_) => out.push("GlobalCell"),
            SetGlobalImport(_) => out.push("GlobalPointer"),
            BrIf(_) | BrIfZero(_) => out.push("Target"),
            ReturnValue(_) => out.push("First"),
            Simple(i) => out.extend(STATEMENTS[*i].2),
            Metered(s) => {
                let charges: &[&str] = match **s {
                    BrTable(_) => &["Fuels"],
                    ReturnValue(_) => &["Fuel"],
                    _ => &["Fuel", "Fuel"],
                };
                return s.operands().into_iter().chain(charges.iter().copied()).collect();
            }
            SetAcc(_) | BrTable(_) | Fused(..) => {}
        }
        for c in self.children() {
            c.operands(&mut out);
        }
        if let BrTable(_) = self {
            out.push("Targets");
        }
        out
    }
    /// Where each node that may trap has its operands, from `at` on; returns the end.
    pub(crate) fn trap_sites(&self, at: usize, out: &mut Vec<usize>) -> usize {
        let own = match self {
            Fused(a, b) => {
                let at = a.trap_sites(at, out);
                return b.trap_sites(at, out);
            }
            Metered(s) => return s.trap_sites(at, out), // the charges come last
            Simple(_) | LoadGeneral(_) | StoreGeneral(_) | SharedLoad(_) | SharedStore(_) => 0,
            SetAcc(_) | BrTable(_) => 0,
            Set(_) | SetPinned(_) | ReturnValue(_) => 2,
            BrIf(_) | BrIfZero(_) => 8,
            Store(..) => {
                out.push(at);
                4
            }
            SetGlobal(_) | SetGlobalImport(_) => 4,
        };
        self.children().into_iter().fold(at + own, |at, c| c.trap_sites(at, out))
    }
    /// Whether it moves a slot, whatever the type of its value: a slot's bits are the value's.
    pub(crate) fn moves_any_slot(&self) -> bool {
        match self {
            Set(e) | SetGlobal(e) | SetGlobalImport(e) | ReturnValue(e) => *e == slot(U64),
            Metered(s) => s.moves_any_slot(),
            _ => false,
        }
    }
    /// Whether it falls through (or traps), and so can be the first of two in one instruction.
    pub(crate) fn falls_through(&self) -> bool {
        match self {
            Set(_) | SetPinned(_) | SetAcc(_) | Store(..) | SetGlobal(_) | SetGlobalImport(_) => {
                true
            }
            Fused(a, b) => a.falls_through() && b.falls_through(),
            _ => false,
        }
    }
    /// Whether it can be the second of two in one instruction. Of the statements without expressions few can: the run
    /// loop finds their operands where an instruction has them, and the verifier what loads the pinned register.
    pub(crate) fn fusable(&self) -> bool {
        match self {
            Simple(i) => {
                ["Br", "Return", "Call", "CallImport", "CallIndirect"].contains(&STATEMENTS[*i].0)
            }
            _ => true,
        }
    }
    /// Whether what follows it in the code is not executed after it.
    pub(crate) fn ends(&self) -> bool {
        match self {
            Fused(_, b) => return b.ends(),
            Metered(s) => return s.ends(),
            _ => {}
        }
        matches!(self, BrTable(_) | ReturnValue(_))
            || matches!(
                self.head(),
                "Br" | "BrMetered"
                    | "BrTableRoutes"
                    | "BrTableRoutesMetered"
                    | "Return"
                    | "ReturnMetered"
                    | "ReturnCall"
                    | "ReturnCallMetered"
                    | "Unreachable"
                    | "Done"
                    | "Crossed"
            )
    }
}
