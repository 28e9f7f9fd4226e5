//! Statements and their trees as data: what they are as Rust types, what code has of them, what they read and set.

use crate::declarations::*;
use crate::operand::OperandKind;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Expr {
    Leaf(Leaf, Type),
    Un(OpId, Box<Expr>),
    Bin(OpId, Box<Expr>, Box<Expr>),
    Tern(OpId, Box<Expr>, Box<Expr>, Box<Expr>),
    Load(OpId, Box<Expr>),
    /// Whether an object is of a type, or the object if it is.
    Test(OpId, Box<Expr>),
    /// A field of an object.
    Get(OpId, Box<Expr>),
    /// An element of an array.
    Elem(OpId, Box<Expr>, Box<Expr>),
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
pub(crate) fn un(o: OpId, x: Expr) -> Expr {
    Un(o, Box::new(x))
}
pub(crate) fn bin(o: OpId, x: Expr, y: Expr) -> Expr {
    Bin(o, Box::new(x), Box::new(y))
}
pub(crate) fn tern(o: OpId, x: Expr, y: Expr, z: Expr) -> Expr {
    Tern(o, Box::new(x), Box::new(y), Box::new(z))
}
pub(crate) fn load(o: OpId, x: Expr) -> Expr {
    Load(o, Box::new(x))
}
pub(crate) fn test(o: OpId, x: Expr) -> Expr {
    Test(o, Box::new(x))
}
pub(crate) fn get(o: OpId, x: Expr) -> Expr {
    Get(o, Box::new(x))
}
pub(crate) fn elem(o: OpId, x: Expr, i: Expr) -> Expr {
    Elem(o, Box::new(x), Box::new(i))
}
pub(crate) fn select(x: Expr, y: Expr, c: Expr) -> Expr {
    Select(Box::new(x), Box::new(y), Box::new(c))
}

impl OpId {
    /// As a Rust type.
    fn rust(self) -> String {
        let module = match (self.vector, self.object) {
            (true, _) => "vector_op",
            (_, true) => "object_op",
            _ => "op",
        };
        format!("{module}::{}", self.name)
    }

    /// The kind of a load's or store's offset operand.
    fn offset(self) -> OperandKind {
        if self.object {
            return OperandKind::Field;
        }
        match self.width {
            1 => OperandKind::Offset1,
            2 => OperandKind::Offset2,
            4 => OperandKind::Offset4,
            8 => OperandKind::Offset8,
            16 => OperandKind::Offset16,
            bytes => panic!("{bytes} bytes in memory"),
        }
    }
}

/// The operands of a statement, in the order of the code.
#[derive(Default)]
pub(crate) struct Operands {
    pub(crate) kinds: Vec<OperandKind>,
    /// Where those of each node that may trap begin.
    pub(crate) sites: Vec<usize>,
}

impl Expr {
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match self {
            Leaf(..) => vec![],
            Un(_, x) | Load(_, x) | Test(_, x) | Get(_, x) => vec![x],
            Bin(_, x, y) | Elem(_, x, y) => vec![x, y],
            Select(x, y, c) | Tern(_, x, y, c) => vec![x, y, c],
        }
    }
    pub(crate) fn is_leaf(&self) -> bool {
        matches!(self, Leaf(..))
    }
    pub(crate) fn ty(&self) -> Type {
        match self {
            Leaf(_, t) => *t,
            Un(o, _)
            | Bin(o, ..)
            | Tern(o, ..)
            | Load(o, _)
            | Test(o, _)
            | Get(o, _)
            | Elem(o, ..) => o.result,
            Select(x, ..) => x.ty(),
        }
    }
    /// As a Rust type.
    pub(crate) fn rust(&self) -> String {
        let children: Vec<String> = self.children().into_iter().map(Expr::rust).collect();
        let children = children.join(", ");
        match self {
            Leaf(l, t) => format!("{l:?}<{}>", t.rust()),
            Un(o, _) => format!("Un<{}, {children}>", o.rust()),
            Bin(o, ..) => format!("Bin<{}, {children}>", o.rust()),
            Tern(o, ..) => format!("Tern<{}, {children}>", o.rust()),
            Load(o, _) => format!("Load<{}, {children}>", o.rust()),
            Test(o, _) => format!("{}<{children}>", o.name),
            Get(o, _) => format!("Get<{}, {children}>", o.rust()),
            Elem(o, ..) => format!("Elem<{}, {children}>", o.rust()),
            Select(..) => format!("Select<{children}>"),
        }
    }
    fn operands(&self, out: &mut Operands) {
        let (traps, own) = match self {
            Leaf(Leaf::Slot, V128) => (false, vec![OperandKind::Slot2]),
            Leaf(Leaf::Slot, _) => (false, vec![OperandKind::Slot]),
            Leaf(Leaf::Imm, _) => (false, vec![OperandKind::U32]),
            Leaf(Leaf::Imm64, _) => (false, vec![OperandKind::U64]),
            Leaf(Leaf::Imm128, _) => (false, vec![OperandKind::U64; 2]),
            Leaf(Leaf::Global, _) => (false, vec![OperandKind::GlobalCell]),
            Leaf(Leaf::GlobalImport, _) => (false, vec![OperandKind::GlobalPointer]),
            Load(o, _) | Get(o, _) | Elem(o, ..) => (true, vec![o.offset()]),
            Test(o, _) => (o.traps(), vec![OperandKind::U32; 2]),
            Un(o, _) | Bin(o, ..) | Tern(o, ..) => (o.traps(), vec![]),
            Leaf(Leaf::Acc | Leaf::Pinned, _) | Select(..) => (false, vec![]),
        };
        if traps {
            out.sites.push(out.kinds.len());
        }
        out.kinds.extend(own);
        for c in self.children() {
            c.operands(out);
        }
    }
    /// The type of the accumulator that the tree reads.
    pub(crate) fn reads_acc(&self) -> Option<Type> {
        match self {
            Leaf(Leaf::Acc, t) => Some(*t),
            _ => self.children().into_iter().find_map(Expr::reads_acc),
        }
    }
    pub(crate) fn reads_pinned(&self) -> bool {
        matches!(self, Leaf(Leaf::Pinned, _)) || self.children().into_iter().any(Expr::reads_pinned)
    }
    pub(crate) fn accs(&self) -> usize {
        match self {
            Leaf(Leaf::Acc, _) => 1,
            _ => self.children().into_iter().map(Expr::accs).sum(),
        }
    }
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Stmt {
    /// A statement with expressions; `op` if there is one for each operation.
    With {
        form: Form,
        op: Option<OpId>,
        exprs: Vec<Expr>,
    },
    Simple(SimpleId),
    /// The metered form of a branch or a return with a value.
    Metered(Box<Stmt>),
    /// Two statements in one instruction.
    Fused(Box<Stmt>, Box<Stmt>),
}
pub(crate) use Form::*;
pub(crate) use Stmt::{Fused, Metered, Simple, With};

impl Form {
    /// The statement of one expression.
    pub(crate) fn of(self, e: Expr) -> Stmt {
        self.with(None, vec![e])
    }
    /// The statement of an operation.
    pub(crate) fn on<const N: usize>(self, op: OpId, exprs: [Expr; N]) -> Stmt {
        self.with(Some(op), exprs.into())
    }
    pub(crate) fn with(self, op: Option<OpId>, exprs: Vec<Expr>) -> Stmt {
        assert_eq!((op.is_some(), exprs.len()), (self.op, self.wanted.len()), "{self:?}");
        With { form: self, op, exprs }
    }
}

impl Stmt {
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match self {
            With { exprs, .. } => exprs.iter().collect(),
            Simple(_) => vec![],
            Metered(s) => s.children(),
            Fused(a, b) => a.children().into_iter().chain(b.children()).collect(),
        }
    }
    /// As a Rust type.
    pub(crate) fn rust(&self) -> String {
        match self {
            With { form, op, exprs } => {
                let op = op.iter().map(|op| op.rust());
                let parameters: Vec<String> = op.chain(exprs.iter().map(Expr::rust)).collect();
                format!("{}<{}>", form.name, parameters.join(", "))
            }
            Simple(s) => s.name.into(),
            Metered(s) => format!("Metered<{}>", s.rust()),
            Fused(a, b) => format!("Fused<{}, {}>", a.rust(), b.rust()),
        }
    }
    /// The type of the accumulator that must be set before.
    pub(crate) fn reads_acc(&self) -> Option<Type> {
        match self {
            Fused(a, _) => a.reads_acc(), // what the second one reads the first one sets
            _ => self.children().into_iter().find_map(Expr::reads_acc),
        }
    }
    pub(crate) fn reads_pinned(&self) -> bool {
        self.children().into_iter().any(Expr::reads_pinned)
    }
    /// The operand that is the pinned local's slot, of a statement that sets it.
    pub(crate) fn sets_pinned(&self) -> Option<usize> {
        let sets = match self {
            With { form, .. } => form.sets_pinned,
            Simple(s) => s.sets_pinned,
            Metered(_) => false,
            Fused(a, b) => {
                let second = || b.sets_pinned().map(|i| i + a.operands().kinds.len());
                return a.sets_pinned().or_else(second);
            }
        };
        sets.then_some(0)
    }
    /// The type of the accumulator that is set after.
    pub(crate) fn sets_acc(&self) -> Option<Type> {
        match self {
            With { form, exprs, .. } => form.sets_acc.then(|| exprs[0].ty()),
            Fused(_, b) => b.sets_acc(),
            Simple(_) | Metered(_) => None,
        }
    }
    pub(crate) fn operands(&self) -> Operands {
        let mut out = Operands::default();
        self.append_operands(&mut out);
        out
    }
    fn append_operands(&self, out: &mut Operands) {
        match self {
            With { form, op, exprs } => {
                if form.traps {
                    out.sites.push(out.kinds.len());
                }
                let own = |own: &Own| own.kind(*op, exprs);
                out.kinds.extend(form.before.iter().map(own));
                for e in exprs {
                    e.operands(out);
                }
                out.kinds.extend(form.after.iter().map(own));
            }
            Simple(s) => out.kinds.extend(s.operands),
            Metered(s) => {
                s.append_operands(out);
                out.kinds.extend(s.charges().expect("it has a metered form"));
            }
            Fused(a, b) => {
                a.append_operands(out);
                b.append_operands(out);
            }
        }
    }
    /// What the metered form of a statement with expressions has besides.
    pub(crate) fn charges(&self) -> Option<&'static [OperandKind]> {
        if let With { form, .. } = self { form.metered } else { None }
    }
    /// Whether it moves a slot, whatever the type of its value: a slot's bits are the value's.
    pub(crate) fn moves_any_slot(&self) -> bool {
        match self {
            With { form, exprs, .. } => form.moves && exprs[0] == slot(U64),
            Metered(s) => s.moves_any_slot(),
            Simple(_) | Fused(..) => false,
        }
    }
    /// Whether it falls through (or traps), and so can be the first of two in one instruction.
    pub(crate) fn falls_through(&self) -> bool {
        match self {
            With { form, .. } => form.falls_through,
            Fused(a, b) => a.falls_through() && b.falls_through(),
            Simple(_) | Metered(_) => false,
        }
    }
    /// Whether it can be the second of two in one instruction.
    pub(crate) fn fusable(&self) -> bool {
        if let Simple(s) = self { s.fusable } else { true }
    }
    /// Whether what follows it in the code is not executed after it.
    pub(crate) fn ends(&self) -> bool {
        match self {
            With { form, .. } => form.ends,
            Simple(s) => s.ends,
            Metered(s) => s.ends(),
            Fused(_, b) => b.ends(),
        }
    }
}

impl Own {
    /// The operand in a statement of this operation and these expressions.
    fn kind(self, op: Option<OpId>, exprs: &[Expr]) -> OperandKind {
        let value = || exprs.first().map_or_else(|| op.expect("or a load").result, Expr::ty);
        let op = || op.expect("it is one of an operation");
        match self {
            Own::Kind(kind) => kind,
            Own::Dst if value() == V128 => OperandKind::Dst2,
            Own::Dst => OperandKind::Dst,
            Own::Value if op().operands[0] == V128 => OperandKind::Slot2,
            Own::Value => OperandKind::Slot,
            Own::Offset => op().offset(),
        }
    }
}
