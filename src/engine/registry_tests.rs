//! Tests of the registry: what is equal, what is counted, what happens on many threads.

use super::*;
use crate::types::{Finality, FuncType, HeapType, ModuleTypes, RefType, ValType};
use hashbrown::HashSet;
use wasmparser::{Parser, Payload};

/// Registers what the type section of a module holds. Only parsed: what it uses is not switched on
/// yet.
fn module(engine: &Engine, wat: &str) -> ModuleTypes {
    parsed(engine, &wat::parse_str(wat).unwrap())
}

fn parsed(engine: &Engine, bytes: &[u8]) -> ModuleTypes {
    let mut types = ModuleTypes::new(engine);
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::TypeSection(section) = payload.unwrap() {
            for group in section {
                types.add_group(&group.unwrap()).unwrap();
            }
        }
    }
    types
}

/// The function type that the first parameter of `ty` refers to.
fn param_target(ty: &FuncType) -> u32 {
    let param = ty.param(0).unwrap();
    param.unwrap_ref().heap_type().as_concrete_func().unwrap().type_index()
}

/// The canonical number of each type of a module.
fn numbers(types: &ModuleTypes) -> Vec<u32> {
    (0..types.types.len()).map(|index| types.types.get(index).id).collect()
}

fn count(engine: &Engine) -> (usize, usize) {
    engine.types().len()
}

#[test]
fn equal_host_types_are_one_type() {
    let engine = Engine::default();
    let a = FuncType::new(&engine, [ValType::I32, ValType::FUNCREF], [ValType::I64]);
    let b = FuncType::new(&engine, [ValType::I32, ValType::FUNCREF], [ValType::I64]);
    let c = FuncType::new(&engine, [ValType::I32, ValType::NULLFUNCREF], [ValType::I64]);
    assert_eq!(a.type_index(), b.type_index());
    assert_ne!(a.type_index(), c.type_index());
    assert_eq!(count(&engine), (2, 2));
}

#[test]
fn types_go_with_their_last_handle_and_numbers_are_used_again() {
    let engine = Engine::default();
    let a = FuncType::new(&engine, [ValType::I32], []);
    let first = a.type_index();
    let clone = a.clone();
    drop(a);
    assert_eq!(count(&engine), (1, 1));
    drop(clone);
    assert_eq!(count(&engine), (0, 0));
    assert_eq!(FuncType::new(&engine, [ValType::F64], []).type_index(), first);
}

#[test]
fn what_handles_share_goes_with_the_last_one_though_the_type_stays() {
    let engine = Engine::default();
    let types = module(&engine, "(module (type (func (param i64))))");
    let shared = || engine.types().inner.read().types[numbers(&types)[0] as usize].handles.clone();
    let is_nothing = |handles: Weak<Type>| Weak::ptr_eq(&handles, &Weak::new());
    assert!(is_nothing(shared()));
    let handle = types.func_type(0);
    let other = types.func_type(0);
    assert_eq!(shared().strong_count(), 2);
    drop(handle);
    assert_eq!(shared().strong_count(), 1);
    drop(other);
    assert!(is_nothing(shared()), "its memory is given back");
    assert_eq!(count(&engine).0, 1);
}

#[test]
fn a_type_keeps_the_types_it_names() {
    let engine = Engine::default();
    let mut ty = FuncType::new(&engine, [], []);
    for _ in 0..50_000 {
        // Named twice: it must be released twice as well. A long chain must not recurse.
        let param = ValType::Ref(RefType::new(true, HeapType::ConcreteFunc(ty)));
        ty = FuncType::new(&engine, [param.clone(), param], []);
    }
    assert_eq!(count(&engine), (50_001, 50_001));
    let param = ty.param(1).unwrap();
    drop(ty);
    assert_eq!(count(&engine), (50_000, 50_000));
    drop(param);
    assert_eq!(count(&engine), (0, 0));
}

#[test]
fn handles_keep_the_engine() {
    let engine = Engine::default();
    let weak = engine.weak();
    let ty = FuncType::new(&engine, [], []);
    drop(engine);
    assert!(weak.upgrade().is_some());
    drop(ty);
    assert!(weak.upgrade().is_none());
}

#[test]
fn finality_and_supertype_are_part_of_the_identity() {
    let engine = Engine::default();
    let open = |supertype: Option<&FuncType>| {
        FuncType::with_finality_and_supertype(&engine, Finality::NonFinal, supertype, [], [])
    };
    let plain = FuncType::new(&engine, [], []);
    let root = open(None).unwrap();
    let child = open(Some(&root)).unwrap();
    let grandchild = open(Some(&child)).unwrap();
    assert!(!FuncType::eq(&plain, &root) && !FuncType::eq(&root, &child));

    let heap = |ty: &FuncType| HeapType::ConcreteFunc(ty.clone());
    assert!(heap(&grandchild).matches(&heap(&root)) && heap(&grandchild).matches(&heap(&child)));
    assert!(heap(&child).matches(&heap(&child)));
    assert!(!heap(&root).matches(&heap(&child)) && !heap(&child).matches(&heap(&grandchild)));
    assert!(!heap(&plain).matches(&heap(&root)) && !heap(&child).matches(&heap(&plain)));
    // They all look the same, which is what `FuncType::matches` goes by.
    assert!(plain.matches(&grandchild) && root.matches(&child));
    assert!(FuncType::eq(&grandchild.supertype().unwrap(), &child));

    // The supertypes outlive their handles.
    drop((root, child, plain));
    assert_eq!(count(&engine), (3, 3));
}

#[test]
fn wrong_supertypes_are_refused() {
    let engine = Engine::default();
    let last = FuncType::new(&engine, [], []);
    let refuse = |supertype: &FuncType, param: ValType| {
        let finality = Finality::Final;
        FuncType::with_finality_and_supertype(&engine, finality, Some(supertype), [param], [])
            .unwrap_err()
    };
    let error = refuse(&last, ValType::I32);
    assert_eq!(alloc::format!("{error}"), "cannot create a subtype of a final supertype");
    let open = FuncType::with_finality_and_supertype(
        &engine,
        Finality::NonFinal,
        None,
        [ValType::NULLFUNCREF],
        [],
    );
    let open = open.unwrap();
    let error = alloc::format!("{}", refuse(&open, ValType::I32));
    assert_eq!(
        error,
        alloc::format!(
            "function type must match its supertype: found (func (params i32)), expected {open}"
        )
    );
    // Parameters may become more general.
    let general = FuncType::with_finality_and_supertype(
        &engine,
        Finality::Final,
        Some(&open),
        [ValType::FUNCREF],
        [],
    );
    assert_eq!(general.unwrap().finality(), Finality::Final);
}

#[test]
#[should_panic = "different engine"]
fn types_of_another_engine_are_refused() {
    let ty = FuncType::new(&Engine::default(), [], []);
    let param = ValType::Ref(RefType::new(true, HeapType::ConcreteFunc(ty)));
    FuncType::new(&Engine::default(), [param], []);
}

#[test]
fn modules_share_types_with_each_other_and_the_host() {
    let engine = Engine::default();
    let a = module(&engine, "(module (type (func (param i32))) (type (func (result i32))))");
    let b = module(&engine, "(module (type (func (result i32))) (type (func (result i32))))");
    let host = FuncType::new(&engine, [], [ValType::I32]);
    let (a_numbers, b_numbers) = (numbers(&a), numbers(&b));
    assert_eq!(b_numbers, [a_numbers[1]; 2]);
    assert_eq!(host.type_index(), a_numbers[1]);
    assert!(FuncType::eq(&a.func_type(1), &b.func_type(0)));
    drop((a, host));
    assert_eq!(count(&engine), (1, 1));
    // One count for each time that the group occurs: the first is not the last.
    drop(b);
    assert_eq!(count(&engine), (0, 0));
}

#[test]
fn a_self_recursive_type_is_equal_to_one_written_elsewhere() {
    let engine = Engine::default();
    let a = module(&engine, "(module (type $f (func (param (ref null $f)))))");
    let b = module(&engine, "(module (type (func)) (rec (type $g (func (param (ref null $g))))))");
    assert_eq!(numbers(&a)[0], numbers(&b)[1]);
    // It cannot be written by the host: this one names an earlier type.
    let named = ValType::Ref(RefType::new(true, HeapType::ConcreteFunc(a.func_type(0))));
    let outer = FuncType::new(&engine, [named], []);
    assert_ne!(outer.type_index(), numbers(&a)[0]);
    assert_eq!(param_target(&a.func_type(0)), numbers(&a)[0]);
}

#[test]
fn order_and_length_of_groups_matter() {
    let engine = Engine::default();
    let f = "(type (func (param i32)))";
    let g = "(type (func (result i32)))";
    let groups = [
        module(&engine, &alloc::format!("(module (rec {f} {g}))")),
        module(&engine, &alloc::format!("(module (rec {g} {f}))")),
        module(&engine, &alloc::format!("(module (rec {f} {g} {g}))")),
        module(&engine, &alloc::format!("(module {f} {g})")),
    ];
    let firsts: HashSet<u32> = groups.iter().map(|types| numbers(types)[0]).collect();
    assert_eq!(firsts.len(), 4);
    assert_eq!(numbers(&groups[2])[1..].iter().collect::<HashSet<_>>().len(), 2);
    let again = module(&engine, &alloc::format!("(module (rec) (rec {f} {g}))"));
    assert_eq!(numbers(&again), numbers(&groups[0]));
}

#[test]
fn inner_and_outer_references_differ() {
    let engine = Engine::default();
    let inner = "(module (rec (type $f (func)) (type (func (param (ref $f))))))";
    let outer = "(module (rec (type $e (func)) (type (func (param (ref $e)))))
                         (rec (type $f (func)) (type (func (param (ref $e))))))";
    let (inner, outer) = (module(&engine, inner), module(&engine, outer));
    let (inner, outer) = (numbers(&inner), numbers(&outer));
    assert_eq!(inner, outer[..2]);
    assert_ne!(inner, outer[2..]);
}

#[test]
fn equal_groups_stand_for_each_other_in_later_ones() {
    let engine = Engine::default();
    let types = module(
        &engine,
        "(module
            (rec (type $f1 (sub (func))) (type (func)))
            (rec (type $f2 (sub (func))) (type (func)))
            (type $g1 (func (param (ref $f1) (ref $f2))))
            (type $g2 (func (param (ref $f2) (ref $f1))))
            (type $h1 (sub $f1 (func)))
            (type $h2 (sub $f2 (func))))",
    );
    let numbers = numbers(&types);
    assert_eq!(numbers[..2], numbers[2..4]);
    assert_eq!(numbers[4], numbers[5]);
    assert_eq!(numbers[6], numbers[7]);
    let heap = |index| HeapType::ConcreteFunc(types.func_type(index));
    assert!(heap(6).matches(&heap(2)) && !heap(2).matches(&heap(6)));
}

#[test]
fn supertypes_may_be_in_the_same_group() {
    let engine = Engine::default();
    let types = module(
        &engine,
        "(module (rec (type $a (sub (func))) (type $b (sub $a (func))) (type $c (sub $b (func)))))",
    );
    let heap = |index| HeapType::ConcreteFunc(types.func_type(index));
    assert!(heap(2).matches(&heap(0)) && heap(2).matches(&heap(1)) && heap(1).matches(&heap(0)));
    assert!(!heap(0).matches(&heap(1)));
}

#[test]
fn a_module_that_is_given_up_half_way_releases_its_types() {
    let engine = Engine::default();
    let bytes = wat::parse_str("(module (type (func)) (type (struct)))").unwrap();
    let mut types = ModuleTypes::new(&engine);
    let mut refused = false;
    for payload in Parser::new(0).parse_all(&bytes) {
        if let Payload::TypeSection(section) = payload.unwrap() {
            refused = section.into_iter().any(|group| types.add_group(&group.unwrap()).is_err());
        }
    }
    assert!(refused);
    assert_eq!(count(&engine), (1, 1));
    drop(types);
    assert_eq!(count(&engine), (0, 0));
}

/// Thirty-two threads register, use and drop the same few groups, so that most of the time somebody
/// takes a count to zero while somebody else looks the group up.
#[test]
fn threads_register_and_drop_overlapping_groups() {
    use std::time::{Duration, Instant};

    let wats = [
        "(module (type $f (func (param (ref null $f)))) (type (func (result (ref $f)))))",
        "(module (rec (type $a (func (param (ref null $b)))) (type $b (func (param (ref null $a))))))",
        "(module (type $x (sub (func))) (type $y (sub $x (func))) (type (func (param (ref $y)))))",
        "(module (type (func (param i32))) (type $f (func (param (ref null $f)))))",
    ];
    let bytes: Vec<Vec<u8>> = wats.iter().map(|wat| wat::parse_str(wat).unwrap()).collect();
    let engine = Engine::default();
    let end = Instant::now() + Duration::from_secs(1);
    std::thread::scope(|scope| {
        for thread in 0..32 {
            let (engine, bytes) = (&engine, &bytes);
            scope.spawn(move || {
                let mut round = thread;
                while Instant::now() < end {
                    let types = parsed(engine, &bytes[round % bytes.len()]);
                    check(&types, round % bytes.len());
                    let held: Vec<FuncType> =
                        (0..types.types.len()).map(|index| types.func_type(index)).collect();
                    drop(types);
                    // Handles keep types, whatever happens to the module.
                    for ty in &held {
                        let again = FuncType::from_index(engine, ty.type_index());
                        assert!(FuncType::eq(ty, &again));
                    }
                    let host = FuncType::new(engine, [ValType::I32], []);
                    assert_eq!(host.params().len(), 1);
                    round += 1;
                }
            });
        }
    });
    assert_eq!(count(&engine), (0, 0));
    let mut inner = engine.types().inner.write();
    let all = inner.types.len() as u32;
    assert!(inner.types.iter().all(|entry| entry.handles.strong_count() == 0));
    assert_eq!(inner.numbers.take(all), 0, "all numbers are free again");
}

/// What is known of the types of each module of the test above.
fn check(types: &ModuleTypes, which: usize) {
    let ids = numbers(types);
    let param = |index: u32| param_target(&types.func_type(index));
    let heap = |index| HeapType::ConcreteFunc(types.func_type(index));
    match which {
        0 => {
            assert_eq!(param(0), ids[0]);
            assert!(types.func_type(1).result(0).unwrap().is_ref());
        }
        1 => assert_eq!((param(0), param(1)), (ids[1], ids[0])),
        2 => {
            assert!(heap(1).matches(&heap(0)) && !heap(0).matches(&heap(1)));
            assert_eq!(param(2), ids[1]);
        }
        _ => {
            assert!(types.func_type(0).param(0).unwrap().is_i32());
            assert_eq!(param(1), ids[1]);
        }
    }
}
