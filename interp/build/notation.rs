//! Statements as text. The lists have them in the notation of the disassembler: `%` for any slot, `#32`, `#64` and `#128` for
//! constants of so many bits, `+o` for any offset, `@` for any target, `global` and `imported` for globals.
//!
//! ```text
//! br_if @ i32.eq(i32.load(+o + %), #32)
//! % = i32.add(%, acc); i32.store +o + %, acc
//! ```
//!
//! An operand has the type that its operation gives it. What is only moved has the type `u64`, a constant of 32 bits `u32`,
//! unless it says another one: `return % acc:f64`.
//!
//! The disassembler's own texts have `$` for each operand.

use crate::declarations::*;
use crate::statement::*;

impl Leaf {
    fn text(self) -> &'static str {
        match self {
            Leaf::Slot => "%",
            Leaf::Imm => "#32",
            Leaf::Imm64 => "#64",
            Leaf::Imm128 => "#128",
            Leaf::Acc => "acc",
            Leaf::Pinned => "pinned",
            Leaf::Global => "global",
            Leaf::GlobalImport => "imported",
        }
    }
    /// The type that it has where none is said and none expected.
    fn usual(self) -> Type {
        if self == Leaf::Imm { U32 } else { U64 }
    }
}

impl Wanted {
    /// The type, in a statement of this operation.
    fn ty(self, op: Option<OpId>) -> Option<Type> {
        match self {
            Wanted::Any => None,
            Wanted::Type(ty) => Some(ty),
            Wanted::Stored => op.map(|op| op.operands[0]),
        }
    }
}

/// A piece of a statement's text in the declarations.
enum Piece<'a> {
    Text(&'a str),
    Op,
    /// An expression, by its number.
    Expr(usize),
}

impl FormInfo {
    fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.text.split_inclusive('}').flat_map(|part| {
            let (text, hole) = part.split_once('{').unwrap_or((part, ""));
            let hole = match hole.strip_suffix('}') {
                None => None,
                Some("op") => Some(Piece::Op),
                Some(number) => Some(Piece::Expr(number.parse().expect("a number"))),
            };
            (!text.is_empty()).then_some(Piece::Text(text)).into_iter().chain(hole)
        })
    }

    /// Whether the lists can have it.
    fn is_listed(&self) -> bool {
        !self.text.contains('$')
    }
}

/// A text that is being read.
struct Notation<'a> {
    rest: &'a str,
    line: &'a str,
}

impl Notation<'_> {
    fn fail(&self, what: &str) -> ! {
        panic!("{}: {what} at `{}`", self.line, self.rest)
    }

    fn expect(&mut self, text: &str) {
        match self.rest.strip_prefix(text) {
            Some(rest) => self.rest = rest,
            None => self.fail(&format!("no `{text}`")),
        }
    }

    /// The whole text as a statement of this form; `None` if it begins as another one.
    fn form(&mut self, form: Form) -> Option<Stmt> {
        let (mut op, mut exprs) = (None, vec![]);
        for (i, piece) in form.pieces().enumerate() {
            match piece {
                Piece::Text(text) if i == 0 => self.rest = self.rest.strip_prefix(text)?,
                Piece::Text(text) => self.expect(text),
                Piece::Op => {
                    let (name, _) = self.rest.split_once(' ')?;
                    let class = if form == Store { Class::Store } else { Class::Put };
                    let stores = |op: &OpId| op.class == class;
                    op = Some(OpId::by_text(name).filter(stores)?);
                    self.expect(name);
                }
                Piece::Expr(number) => exprs.push(self.expr(form.wanted[number].ty(op))),
            }
        }
        if !self.rest.is_empty() {
            self.fail("more than a statement");
        }
        Some(form.with(op, exprs))
    }

    /// An expression of this type, or of the one that it has.
    fn expr(&mut self, ty: Option<Type>) -> Expr {
        let end = self.rest.find(['(', ')', ',', ' ']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        if !rest.starts_with('(') {
            return self.leaf(name, ty);
        }
        self.expect("(");
        let e = if name == "select" {
            let x = self.expr(Some(U32));
            let y = self.next(x.ty());
            select(x, y, self.next(U32))
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
        let Some(o) = OpId::by_text(name) else { self.fail(&format!("no operation {name}")) };
        match o.class {
            Class::Load => {
                self.expect("+o + ");
                return load(o, self.expr(Some(U32)));
            }
            Class::Get => {
                self.expect("+o + ");
                let x = self.expr(Some(U32));
                return if self.rest.starts_with(')') {
                    get(o, x)
                } else {
                    elem(o, x, self.next(U32))
                };
            }
            _ => {}
        }
        let first = self.expr(Some(o.operands[0]));
        if matches!(o.class, Class::Test | Class::Cast) {
            return test(o, first);
        }
        let mut others = o.operands[1..].iter().map(|&ty| self.next(ty));
        match (others.next(), others.next()) {
            (None, _) => un(o, first),
            (Some(y), None) => bin(o, first, y),
            (Some(y), Some(z)) => tern(o, first, y, z),
        }
    }

    fn leaf(&self, text: &str, ty: Option<Type>) -> Expr {
        let (name, own) = match text.split_once(':') {
            Some((name, ty)) => {
                (name, Some(Type::named(ty).unwrap_or_else(|| self.fail("no type"))))
            }
            None => (text, None),
        };
        let Some(leaf) = LEAVES.into_iter().find(|leaf| leaf.text() == name) else {
            self.fail(&format!("no expression {name}"))
        };
        Leaf(leaf, own.or(ty).unwrap_or(leaf.usual()))
    }
}

/// Whether types are written that are not the usual ones.
#[derive(Clone, Copy, PartialEq)]
enum Types {
    Shown,
    Hidden,
}

impl Expr {
    /// As text, where an operand of this type is expected, or any.
    fn write(&self, ty: Option<Type>, types: Types) -> String {
        let operands = |tys: [Option<Type>; 3]| {
            let operands = self.children().into_iter().zip(tys);
            operands.map(|(e, ty)| e.write(ty, types)).collect::<Vec<_>>().join(", ")
        };
        match self {
            Leaf(leaf, own) => {
                let usual = *own == ty.unwrap_or(leaf.usual()) || types == Types::Hidden;
                if usual { leaf.text().into() } else { format!("{}:{}", leaf.text(), own.rust()) }
            }
            Select(x, ..) => {
                format!("select({})", operands([Some(U32), Some(x.ty()), Some(U32)]))
            }
            Load(o, _) | Get(o, _) | Elem(o, ..) => {
                format!("{}(+o + {})", o.text, operands([Some(U32), Some(U32), None]))
            }
            Un(o, _) | Bin(o, ..) | Tern(o, ..) | Test(o, _) => {
                let ty = |i: usize| o.operands.get(i).copied();
                format!("{}({})", o.text, operands([ty(0), ty(1), ty(2)]))
            }
        }
    }
}

/// The text of a statement with expressions.
fn write(form: Form, op: Option<OpId>, exprs: &[Expr], types: Types) -> String {
    let piece = |piece| match piece {
        Piece::Text(text) => text.into(),
        Piece::Op => op.expect("it has one").text.into(),
        Piece::Expr(i) => exprs[i].write(form.wanted[i].ty(op), types),
    };
    form.pieces().map(piece).collect()
}

impl Stmt {
    pub(crate) fn parse(text: &str) -> Stmt {
        let notation = || Notation { rest: text, line: text };
        let listed = Form::ALL.iter().filter(|form| form.is_listed());
        let simple = || SimpleId::by_text(text).map(Simple);
        let with_expressions = listed.copied().find_map(|form| notation().form(form));
        with_expressions.or_else(simple).unwrap_or_else(|| notation().fail("no statement"))
    }

    /// As the lists have it; what they need not have, as a type.
    pub(crate) fn notation(&self) -> String {
        match self {
            With { form, op, exprs } if form.is_listed() => write(*form, *op, exprs, Types::Shown),
            Simple(s) if SimpleId::by_text(s.text) == Some(*s) => s.text.into(),
            With { .. } | Simple(_) => self.rust(),
            Metered(s) => format!("{} fuel", s.notation()),
            Fused(a, b) => format!("{}; {}", a.notation(), b.notation()),
        }
    }

    /// As the disassembler has it, `$` for each operand.
    pub(crate) fn text(&self) -> String {
        match self {
            With { form, op, exprs } => {
                let mut text = write(*form, *op, exprs, Types::Hidden);
                for (any, operand) in [
                    ("#128", "$:$"),
                    ("#32", "$"),
                    ("#64", "$"),
                    ("%", "$"),
                    ("+o", "$"),
                    ("@", "$"),
                    ("imported", "global"),
                    ("global", "global $"),
                ] {
                    text = text.replace(any, operand);
                }
                text
            }
            Simple(s) => s.text.to_string() + &" $".repeat(s.operands.len()),
            Metered(s) => {
                s.text() + " fuel" + &" $".repeat(s.charges().expect("it is metered").len())
            }
            Fused(a, b) => format!("{}; {}", a.text(), b.text()),
        }
    }
}
