//! Statements as text: the Rust types that they are.

use crate::declarations::*;
use crate::statement::*;

/// `Name<A, B>`: the name and the arguments.
pub(crate) fn split_type(text: &str) -> (&str, Vec<&str>) {
    let Some((name, rest)) = text.split_once('<') else { return (text, vec![]) };
    let rest = rest.strip_suffix('>').unwrap_or_else(|| panic!("no type: {text}"));
    let (mut args, mut depth, mut start) = (vec![], 0, 0);
    for (i, c) in rest.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            ',' if depth == 0 => {
                args.push(rest[start..i].trim());
                start = i + 1;
            }
            _ => {}
        }
    }
    args.push(rest[start..].trim());
    (name, args)
}

pub(crate) fn parse_op(text: &str) -> usize {
    let name = text.strip_prefix("vector_op::").or_else(|| text.strip_prefix("op::"));
    op(name.unwrap_or_else(|| panic!("no operation: {text}")))
}

impl Expr {
    pub(crate) fn parse(text: &str) -> Expr {
        let expr = |t: &str| Box::new(Expr::parse(t));
        match split_type(text) {
            ("Un", a) => Un(parse_op(a[0]), expr(a[1])),
            ("Bin", a) => Bin(parse_op(a[0]), expr(a[1]), expr(a[2])),
            ("Tern", a) => Tern(parse_op(a[0]), expr(a[1]), expr(a[2]), expr(a[3])),
            ("Load", a) => Load(parse_op(a[0]), expr(a[1])),
            ("Select", a) => Select(expr(a[0]), expr(a[1]), expr(a[2])),
            (leaf, a) => {
                let kind = LEAVES.iter().find(|l| format!("{l:?}") == leaf);
                Leaf(*kind.unwrap_or_else(|| panic!("no expression: {text}")), type_of(a[0]))
            }
        }
    }
}

impl Stmt {
    pub(crate) fn parse(text: &str) -> Stmt {
        let (name, args) = split_type(text);
        let first = || Expr::parse(args[0]);
        match name {
            "Set" => Set(first()),
            "SetPinned" => SetPinned(first()),
            "SetAcc" => SetAcc(first()),
            "SetGlobal" => SetGlobal(first()),
            "SetGlobalImport" => SetGlobalImport(first()),
            "BrIf" => BrIf(first()),
            "BrIfZero" => BrIfZero(first()),
            "BrTable" => BrTable(first()),
            "ReturnValue" => ReturnValue(first()),
            "Store" => Store(parse_op(args[0]), Expr::parse(args[1]), Expr::parse(args[2])),
            simple => {
                let name =
                    simple.strip_prefix("stmt::").unwrap_or_else(|| panic!("no statement: {text}"));
                Simple(STATEMENTS.iter().position(|s| s.0 == name).unwrap())
            }
        }
    }
}
