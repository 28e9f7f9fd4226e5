//! Tests of value types: the subtype relation and the text form.

use super::*;
use crate::{FieldType, Finality, Mutability, StorageType};
use alloc::string::ToString;
use core::slice;

/// Every abstract heap type, hierarchy by hierarchy.
const HEAPS: [HeapType; 14] = [
    HeapType::Func,
    HeapType::NoFunc,
    HeapType::Extern,
    HeapType::NoExtern,
    HeapType::Any,
    HeapType::Eq,
    HeapType::I31,
    HeapType::Struct,
    HeapType::Array,
    HeapType::None,
    HeapType::Exn,
    HeapType::NoExn,
    HeapType::Cont,
    HeapType::NoCont,
];

#[test]
fn matching_is_the_order_of_the_specification() {
    let below = |heap: &HeapType| -> alloc::vec::Vec<alloc::string::String> {
        HEAPS.iter().filter(|h| h.matches(heap)).map(ToString::to_string).collect()
    };
    assert_eq!(below(&HeapType::Any), ["any", "eq", "i31", "struct", "array", "none"]);
    assert_eq!(below(&HeapType::Eq), ["eq", "i31", "struct", "array", "none"]);
    for leaf in [HeapType::I31, HeapType::Struct, HeapType::Array] {
        assert_eq!(below(&leaf), [leaf.to_string(), "none".into()]);
    }
    for (top, bottom) in [
        (HeapType::Func, HeapType::NoFunc),
        (HeapType::Extern, HeapType::NoExtern),
        (HeapType::Exn, HeapType::NoExn),
        (HeapType::Cont, HeapType::NoCont),
    ] {
        assert_eq!(below(&top), [top.to_string(), bottom.to_string()]);
        assert_eq!(below(&bottom), [bottom.to_string()]);
    }
    for heap in &HEAPS {
        assert!(heap.matches(&heap.top()) && heap.bottom().matches(heap));
        assert!(heap.top().is_top() && heap.bottom().is_bottom());
        assert!(HeapType::eq(heap, heap) && heap.is_abstract());
    }
}

#[test]
fn concrete_functions_lie_between_func_and_nofunc() {
    let engine = Engine::default();
    let ty = HeapType::from(FuncType::new(&engine, [ValType::I32], []));
    let other = HeapType::from(FuncType::new(&engine, [ValType::I64], []));
    assert!(ty.matches(&HeapType::Func) && HeapType::NoFunc.matches(&ty));
    assert!(!HeapType::Func.matches(&ty) && !ty.matches(&HeapType::NoFunc));
    assert!(!ty.matches(&other) && !ty.matches(&HeapType::Any));
    assert!(HeapType::eq(&ty.top(), &HeapType::Func) && ty.is_concrete());
}

#[test]
fn concrete_types_lie_below_those_of_their_hierarchy() {
    let engine = Engine::default();
    let field = FieldType::new(Mutability::Const, StorageType::I8);
    let open = |supertype: Option<&StructType>, fields: &[FieldType]| {
        let (finality, fields) = (Finality::NonFinal, fields.iter().cloned());
        StructType::with_finality_and_supertype(&engine, finality, supertype, fields).unwrap()
    };
    let root = open(None, &[]);
    let child = HeapType::from(open(Some(&root), slice::from_ref(&field)));
    let root = HeapType::from(root);
    let array = HeapType::from(ArrayType::new(&engine, field));
    let exn = HeapType::from(ExnType::new(&engine, []).unwrap());
    let concrete = [root, child, array, exn];
    let abstracts = |heap: &HeapType| -> alloc::vec::Vec<alloc::string::String> {
        HEAPS.iter().filter(|above| heap.matches(above)).map(ToString::to_string).collect()
    };
    assert_eq!(
        concrete.each_ref().map(abstracts),
        [&["any", "eq", "struct"][..], &["any", "eq", "struct"], &["any", "eq", "array"], &["exn"],]
    );
    let below = |heap: &HeapType| -> alloc::vec::Vec<alloc::string::String> {
        HEAPS.iter().filter(|below| below.matches(heap)).map(ToString::to_string).collect()
    };
    assert_eq!(concrete.each_ref().map(below), [["none"], ["none"], ["none"], ["noexn"]]);
    for (i, a) in concrete.iter().enumerate() {
        for (j, b) in concrete.iter().enumerate() {
            assert_eq!(a.matches(b), i == j || (i, j) == (1, 0), "{a} and {b}");
        }
        assert!(a.matches(&a.top()) && a.bottom().matches(a) && a.is_concrete());
    }
    assert!(concrete[1].is_concrete_struct() && concrete[2].is_concrete_array());
    assert!(concrete[3].is_concrete_exn() && !concrete[3].is_concrete_struct());
    assert_eq!(
        concrete[2].to_string(),
        alloc::format!("(concrete array {})", concrete[2].unwrap_concrete_array().type_index())
    );
}

#[test]
#[should_panic = "different engine"]
fn types_of_different_engines_cannot_be_compared() {
    let ty = || HeapType::from(FuncType::new(&Engine::default(), [], []));
    ty().matches(&ty());
}

#[test]
fn null_does_not_fit_where_it_is_not_allowed() {
    let nonnull = RefType::new(false, HeapType::Extern);
    assert!(nonnull.matches(&RefType::EXTERNREF));
    assert!(!RefType::EXTERNREF.matches(&nonnull));
    assert!(RefType::NULLEXTERNREF.matches(&RefType::EXTERNREF));
    assert!(!RefType::NULLEXTERNREF.matches(&nonnull));
    assert!(!RefType::eq(&nonnull, &RefType::EXTERNREF));
}

#[test]
fn numbers_match_only_themselves() {
    let all = [ValType::I32, ValType::I64, ValType::F32, ValType::F64, ValType::V128];
    let all = all.into_iter().chain([ValType::FUNCREF]);
    for (i, a) in all.clone().enumerate() {
        for (j, b) in all.clone().enumerate() {
            assert_eq!(a.matches(&b), i == j, "{a} and {b}");
        }
    }
    assert!(!ValType::FUNCREF.matches(&ValType::EXTERNREF));
}

#[test]
fn types_are_shown_as_in_the_text_format() {
    let show = |nullable, heap| RefType::new(nullable, heap).to_string();
    assert_eq!(ValType::V128.to_string(), "v128");
    assert_eq!(ValType::EXTERNREF.to_string(), "(ref null extern)");
    assert_eq!(RefType::NULLREF.to_string(), "(ref null none)");
    assert_eq!(show(true, HeapType::NoExtern), "(ref null noextern)");
    assert_eq!(Short(ValType::EXTERNREF).to_string(), "externref");
    assert_eq!(Short(ValType::ANYREF).to_string(), "(ref null any)");
    assert_eq!(show(false, HeapType::Extern), "(ref extern)");
    assert_eq!(show(false, HeapType::None), "(ref none)");
    let ty = FuncType::new(&Engine::default(), [], []);
    let index = ty.type_index();
    assert_eq!(
        show(true, HeapType::ConcreteFunc(ty)),
        alloc::format!("(ref null (concrete func {index}))")
    );
}
