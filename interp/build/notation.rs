//! Statements as text, in the notation of the disassembler: `%` for any slot, `#32`, `#64` and `#128` for constants of so many
//! bits, `+o` for any offset, `@` for any target, `global` and `imported` for globals.
//!
//! ```text
//! br_if @ i32.eq(i32.load(+o + %), #32)
//! % = i32.add(%, acc); i32.store +o + %, acc
//! ```
//!
//! An operand has the type that its operation gives it. What is only moved has the type `u64`, a constant of 32 bits `u32`,
//! unless it says another one: `return % acc:f64`.

use crate::declarations::*;
use crate::statement::*;

/// A text that is being read.
struct Notation<'a> {
    rest: &'a str,
    line: &'a str,
}

impl<'a> Notation<'a> {
    fn new(line: &'a str) -> Notation<'a> {
        Notation { rest: line, line }
    }

    fn fail(&self, what: &str) -> ! {
        panic!("{}: {what} at `{}`", self.line, self.rest)
    }

    fn expect(&mut self, text: &str) {
        match self.rest.strip_prefix(text) {
            Some(rest) => self.rest = rest,
            None => self.fail(&format!("no `{text}`")),
        }
    }

    /// The rest is one expression.
    fn whole(&mut self, ty: Option<Type>) -> Expr {
        let e = self.expr(ty);
        if !self.rest.is_empty() {
            self.fail("more than an expression");
        }
        e
    }

    /// An expression of this type, or of the one that it has.
    fn expr(&mut self, ty: Option<Type>) -> Expr {
        let end = self.rest.find(['(', ')', ',']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        if !rest.starts_with('(') {
            return self.leaf(name, ty);
        }
        self.expect("(");
        let e = if name == "select" {
            let x = self.expr(Some(U32));
            let y = self.next(x.ty());
            let c = self.next(U32);
            Select(Box::new(x), Box::new(y), Box::new(c))
        } else {
            self.operation(name)
        };
        self.expect(")");
        e
    }

    /// One more operand.
    fn next(&mut self, ty: Type) -> Expr {
        self.expect(", ");
        self.expr(Some(ty))
    }

    fn operation(&mut self, name: &str) -> Expr {
        let Some(o) = OPS.iter().position(|op| op.text == name) else {
            self.fail(&format!("no operation {name}"))
        };
        if OPS[o].class == Class::Load {
            self.expect("+o + ");
            return load(o, self.expr(Some(U32)));
        }
        let types: Vec<Type> = OPS[o].operands.iter().map(|ty| type_of(ty)).collect();
        let first = self.expr(Some(types[0]));
        let mut others = types[1..].iter().map(|&ty| self.next(ty));
        match (others.next(), others.next()) {
            (None, _) => un(o, first),
            (Some(y), None) => bin(o, first, y),
            (Some(y), Some(z)) => tern(o, first, y, z),
        }
    }

    fn leaf(&self, text: &str, ty: Option<Type>) -> Expr {
        let (name, own) = match text.split_once(':') {
            Some((name, ty)) => (name, Some(type_of(ty))),
            None => (text, None),
        };
        let leaf = match name {
            "%" => Leaf::Slot,
            "#32" => Leaf::Imm,
            "#64" => Leaf::Imm64,
            "#128" => Leaf::Imm128,
            "acc" => Leaf::Acc,
            "pinned" => Leaf::Pinned,
            "global" => Leaf::Global,
            "imported" => Leaf::GlobalImport,
            _ => self.fail(&format!("no expression {name}")),
        };
        Leaf(leaf, own.or(ty).unwrap_or(if leaf == Leaf::Imm { U32 } else { U64 }))
    }
}

/// How a statement of one expression begins, what it is, and the type that the expression has to have.
type Value = (&'static str, fn(Expr) -> Stmt, Option<Type>);

impl Stmt {
    pub(crate) fn parse(text: &str) -> Stmt {
        let mut n = Notation::new(text);
        let expr = |rest, ty| Notation { rest, line: text }.whole(ty);
        let values: [Value; 8] = [
            ("% = ", Set, None),
            ("pinned % = ", SetPinned, None),
            ("acc = ", SetAcc, None),
            ("global = ", SetGlobal, None),
            ("imported = ", SetGlobalImport, None),
            ("br_if @ ", BrIf, Some(U32)),
            ("br_if_zero @ ", BrIfZero, Some(U32)),
            ("return % ", ReturnValue, None),
        ];
        for (start, statement, ty) in values {
            if let Some(rest) = text.strip_prefix(start) {
                return statement(expr(rest, ty));
            }
        }
        if let Some(rest) = text.strip_prefix("br_table ").and_then(|rest| rest.strip_suffix(" @"))
        {
            return BrTable(expr(rest, Some(U32)));
        }
        if let Some((name, rest)) = text.split_once(" +o + ") {
            let o = OPS.iter().position(|op| op.text == name).unwrap_or_else(|| n.fail("no store"));
            n.rest = rest;
            let address = n.expr(Some(U32));
            n.expect(", ");
            return Store(o, address, n.whole(Some(a_of(o))));
        }
        let simple = STATEMENTS.iter().position(|statement| statement.1 == text);
        Simple(simple.unwrap_or_else(|| n.fail("no statement")))
    }
}

impl Expr {
    /// As text, where an operand of this type is expected, or any.
    fn notation(&self, ty: Option<Type>) -> String {
        match self {
            Leaf(leaf, own) => {
                let name = match leaf {
                    Leaf::Slot => "%",
                    Leaf::Imm => "#32",
                    Leaf::Imm64 => "#64",
                    Leaf::Imm128 => "#128",
                    Leaf::Acc => "acc",
                    Leaf::Pinned => "pinned",
                    Leaf::Global => "global",
                    Leaf::GlobalImport => "imported",
                };
                let usual = ty.unwrap_or(if *leaf == Leaf::Imm { U32 } else { U64 });
                if *own == usual { name.into() } else { format!("{name}:{}", TYPES[*own]) }
            }
            Select(x, y, c) => {
                let (x, y) = (x.notation(Some(U32)), y.notation(Some(x.ty())));
                format!("select({x}, {y}, {})", c.notation(Some(U32)))
            }
            Load(o, x) => format!("{}(+o + {})", OPS[*o].text, x.notation(Some(U32))),
            Un(o, _) | Bin(o, ..) | Tern(o, ..) => {
                let types = OPS[*o].operands.iter().map(|ty| Some(type_of(ty)));
                let operands = self.children().into_iter().zip(types);
                let operands: Vec<_> = operands.map(|(e, ty)| e.notation(ty)).collect();
                format!("{}({})", OPS[*o].text, operands.join(", "))
            }
        }
    }
}

impl Stmt {
    /// As text; what the lists need not have, as a type.
    pub(crate) fn notation(&self) -> String {
        match self {
            Set(e) => format!("% = {}", e.notation(None)),
            SetPinned(e) => format!("pinned % = {}", e.notation(None)),
            SetAcc(e) => format!("acc = {}", e.notation(None)),
            SetGlobal(e) => format!("global = {}", e.notation(None)),
            SetGlobalImport(e) => format!("imported = {}", e.notation(None)),
            BrIf(e) => format!("br_if @ {}", e.notation(Some(U32))),
            BrIfZero(e) => format!("br_if_zero @ {}", e.notation(Some(U32))),
            BrTable(e) => format!("br_table {} @", e.notation(Some(U32))),
            ReturnValue(e) => format!("return % {}", e.notation(None)),
            Store(o, a, v) => {
                let (a, v) = (a.notation(Some(U32)), v.notation(Some(a_of(*o))));
                format!("{} +o + {a}, {v}", OPS[*o].text)
            }
            Fused(a, b) => format!("{}; {}", a.notation(), b.notation()),
            Simple(i) if STATEMENTS.iter().position(|s| s.1 == STATEMENTS[*i].1) == Some(*i) => {
                STATEMENTS[*i].1.into()
            }
            Metered(s) => format!("{} fuel", s.notation()),
            LoadGeneral(_) | StoreGeneral(_) | SharedLoad(_) | SharedStore(_) | Simple(_) => {
                self.rust()
            }
        }
    }
}
