//! Tests of the registry: what is equal, what is counted, what happens on many threads.

use super::*;
use crate::types::{
    ArrayType, ExnType, FieldType, Finality, FuncType, HeapType, ModuleTypes, Mutability, RefType,
    StorageType, StructType, ValType,
};
use hashbrown::HashSet;
use wasmote_interp::Layout;
use wasmparser::{Parser, Payload, UnpackedIndex};

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

/// A type of a module, whatever its shape.
fn heap(types: &ModuleTypes, index: u32) -> HeapType {
    let ty = wasmparser::HeapType::Concrete(UnpackedIndex::Module(index));
    types.ref_type(wasmparser::RefType::new(true, ty).unwrap()).heap_type().clone()
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
    let shared = || {
        let inner = engine.types().inner.read();
        inner.handles.get(&numbers(&types)[0]).map_or(0, Weak::strong_count)
    };
    let is_nothing = || engine.types().inner.read().handles.is_empty();
    assert!(is_nothing());
    let handle = types.func_type(0);
    let other = types.func_type(0);
    assert_eq!(shared(), 2);
    drop(handle);
    assert_eq!(shared(), 1);
    drop(other);
    assert!(is_nothing(), "its memory is given back");
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
fn structs_and_arrays_are_equal_by_what_they_hold() {
    let engine = Engine::default();
    let definitions = [
        "(struct)",
        "(struct (field i8))",
        "(struct (field i16))",
        "(struct (field i32))",
        "(struct (field (mut i32)))",
        "(struct (field i32) (field i32))",
        "(struct (field (ref any)))",
        "(struct (field (ref null any)))",
        "(struct (field (ref null eq)))",
        "(array i32)",
        "(array (mut i32))",
        "(array i8)",
        "(func (param i32))",
        "(sub (struct))",
        "(sub (array i32))",
    ];
    let all: alloc::string::String =
        definitions.map(|ty| alloc::format!("(type {ty})")).into_iter().collect();
    let types = [0, 1].map(|_| module(&engine, &alloc::format!("(module {all})")));
    let ids = types.each_ref().map(numbers);
    assert_eq!(ids[0], ids[1]);
    assert_eq!(ids[0].iter().collect::<HashSet<_>>().len(), definitions.len());

    let field = |mutability, storage| FieldType::new(mutability, storage);
    let host = |fields: &[FieldType]| {
        StructType::new(&engine, fields.iter().cloned()).unwrap().type_index()
    };
    let i32 = || StorageType::from(ValType::I32);
    assert_eq!(host(&[]), ids[0][0]);
    assert_eq!(host(&[field(Mutability::Const, StorageType::I16)]), ids[0][2]);
    assert_eq!(host(&[field(Mutability::Var, i32())]), ids[0][4]);
    assert_eq!(host(&[field(Mutability::Const, ValType::EQREF.into())]), ids[0][8]);
    let array = ArrayType::new(&engine, field(Mutability::Var, i32()));
    assert_eq!(array.type_index(), ids[0][10]);
}

#[test]
fn groups_of_functions_and_structs_are_equal_as_wholes() {
    let engine = Engine::default();
    let f = "(type $f (func (param (ref null $s))))";
    let s = "(type $s (struct (field (mut (ref null $f)))))";
    let wats = [
        alloc::format!("(module (rec {f} {s}))"),
        alloc::format!("(module (rec {s} {f}))"),
        alloc::format!("(module (rec {f} {s} (type (struct))))"),
        // One that mentions an earlier type which looks like its own.
        alloc::format!(
            "(module (rec {f} {s}) (rec (type (func (param (ref null $s)))) (type (struct (field (mut (ref null $f)))))))"
        ),
    ];
    let groups = wats.each_ref().map(|wat| module(&engine, wat));
    let firsts: HashSet<u32> = groups[..3].iter().map(|types| numbers(types)[0]).collect();
    assert_eq!(firsts.len(), 3);
    let nested = numbers(&groups[3]);
    assert_eq!(nested[..2], numbers(&groups[0])[..]);
    assert!(!firsts.contains(&nested[2]) && nested[2] != nested[3]);
}

#[test]
fn supertypes_inside_and_outside_of_the_group_differ() {
    let engine = Engine::default();
    let types = module(
        &engine,
        "(module
            (rec (type $f11 (sub (func))) (type (struct)))
            (rec (type $f21 (sub (func))) (type $f22 (sub $f11 (func))))
            (rec (type $g21 (sub (func))) (type $g22 (sub $g21 (func)))))",
    );
    let numbers = numbers(&types);
    assert_ne!(numbers[2..4], numbers[4..6]);
    let heap = |index| heap(&types, index);
    assert!(heap(3).matches(&heap(0)) && !heap(3).matches(&heap(2)));
    assert!(heap(5).matches(&heap(4)) && !heap(5).matches(&heap(0)));
}

/// A forest: what is above each node, if it is no root, and its depth, up to 63, with long chains in between.
fn forest(seed: u32, len: usize) -> Vec<(Option<usize>, usize)> {
    let mut forest: Vec<(Option<usize>, usize)> = Vec::new();
    let mut state = seed;
    for at in 0..len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let above = match state >> 24 {
            _ if at % 150 > 60 => Some(at - 1),
            0..16 => None,
            16..160 => at.checked_sub(1),
            _ => Some((state >> 8) as usize % (at + 1)).filter(|&above| above < at),
        };
        let above = above.filter(|&above| forest[above].1 < 63);
        forest.push((above, above.map_or(0, |above| forest[above].1 + 1)));
    }
    forest
}

#[test]
fn what_was_declared_is_a_subtype_in_any_tree() {
    for seed in 0..4 {
        let forest = forest(seed, 300);
        assert_eq!(forest.iter().map(|(_, depth)| depth).max(), Some(&63));
        // In one group, all differ by their positions.
        let types = forest.iter().enumerate().map(|(at, (above, _))| {
            let above = above.map_or("".into(), |above| alloc::format!("$t{above}"));
            alloc::format!("(type $t{at} (sub {above} (struct)))")
        });
        let text: alloc::string::String = types.collect();
        let engine = Engine::default();
        let module = module(&engine, &alloc::format!("(module (rec {text}))"));
        let ids = numbers(&module);
        let handles: Vec<Arc<Type>> = ids.iter().map(|&id| Type::of_index(&engine, id)).collect();
        for (at, &(above, depth)) in forest.iter().enumerate() {
            let mut supertypes = Vec::new();
            let mut next = above;
            while let Some(above) = next {
                supertypes.push(ids[above]);
                next = forest[above].0;
            }
            let in_module: Vec<u32> = module.types.supertypes(at as u32).collect();
            assert_eq!(in_module, supertypes);
            assert_eq!(usize::from(module.types.depth(at as u32)), depth);
            for (id, other) in ids.iter().zip(&handles) {
                let expected = *id == ids[at] || supertypes.contains(id);
                assert_eq!(handles[at].is_subtype_of(other), expected);
            }
            supertypes.reverse();
            assert_eq!(*engine.types().object_type(ids[at]).supertypes, supertypes);
        }
    }
}

/// Types of a module as they were written: groups, and members that refer to types of the module by index.
struct Written {
    /// Where the group of each type begins, and how many it has.
    groups: Vec<(usize, usize)>,
    types: Vec<(bool, Option<usize>, &'static str, Vec<Part>)>,
}

/// A parameter, field or element: a number, or a reference.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Number(&'static str),
    Ref(&'static str, usize),
}

impl Written {
    /// A few small groups, so that many are equal.
    fn random(random: &mut impl FnMut(usize) -> usize) -> Written {
        let mut written = Written { groups: Vec::new(), types: Vec::new() };
        while written.types.len() < 40 {
            let (start, len) = (written.types.len(), 1 + random(8).saturating_sub(4));
            for at in start..start + len {
                let composite = ["func", "struct", "array"][random(3)];
                let parts = if composite == "array" { 1 } else { random(2) };
                let mut part = || {
                    // Inside of the group, or to one of the first types.
                    let to = match random(2) {
                        0 => start + random(len),
                        _ => random(start.clamp(1, 6)),
                    };
                    [Part::Number("i32"), Part::Ref("null", to), Part::Ref("", to)][random(3)]
                };
                let parts = (0..parts).map(|_| part()).collect();
                let supertype = (at > 0 && random(4) == 0).then(|| random(at.min(6)));
                written.groups.push((start, len));
                written.types.push((random(4) == 0, supertype, composite, parts));
            }
        }
        written
    }

    fn text(&self) -> alloc::string::String {
        use alloc::format;
        let part = |part: &Part| match part {
            Part::Number(ty) => format!("{ty} "),
            Part::Ref(null, to) => format!("(ref {null} {to}) "),
        };
        let types = self.types.iter().zip(0..).map(|((is_final, above, composite, parts), at)| {
            let parts: alloc::string::String = parts.iter().map(part).collect();
            let parts = match *composite {
                "func" => format!("(param {parts})"),
                "struct" => format!("(field {parts})"),
                _ => parts,
            };
            let above = above.map_or("".into(), |above| format!("{above}"));
            let is_final = if *is_final { "final" } else { "" };
            let (start, len) = self.groups[at];
            let begin = if at == start { "(rec " } else { "" };
            let end = if at + 1 == start + len { ")" } else { "" };
            format!("{begin}(type (sub {is_final} {above} ({composite} {parts}))){end}\n")
        });
        format!("(module {})", types.collect::<alloc::string::String>())
    }

    /// Whether a type is equal to another one's, by the definition: all members of their groups look the same, where they
    /// refer to each other by position, and to earlier types that are equal.
    fn equal(&self, index: usize, other: &Written, at: usize) -> bool {
        let ((start, len), (first, count)) = (self.groups[index], other.groups[at]);
        let same = |a: usize, b: usize| match (a.checked_sub(start), b.checked_sub(first)) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.equal(a, other, b),
            _ => false,
        };
        index - start == at - first
            && len == count
            && (0..len).all(|position| {
                let (a, b) = (&self.types[start + position], &other.types[first + position]);
                let supertypes = match (a.1, b.1) {
                    (Some(a), Some(b)) => same(a, b),
                    (a, b) => a == b,
                };
                let parts = || {
                    a.3.iter().zip(&b.3).all(|parts| match parts {
                        (Part::Ref(null, a), Part::Ref(other, b)) => null == other && same(*a, *b),
                        (a, b) => a == b,
                    })
                };
                (a.0, a.2, a.3.len()) == (b.0, b.2, b.3.len()) && supertypes && parts()
            })
    }

    /// Whether a type was declared as another one's subtype, or is equal to it.
    fn below(&self, index: usize, other: &Written, at: usize) -> bool {
        self.equal(index, other, at)
            || self.types[index].1.is_some_and(|above| self.below(above, other, at))
    }
}

#[test]
fn types_of_random_modules_are_equal_and_below_each_other_as_the_specification_says() {
    let mut state = 1_u64;
    let mut random = move |n: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let mut equals = 0;
    for _ in 0..30 {
        let engine = Engine::default();
        let written = [0, 1].map(|_| Written::random(&mut random));
        let modules = written.each_ref().map(|written| module(&engine, &written.text()));
        let handles = modules.each_ref().map(|types| -> Vec<Arc<Type>> {
            numbers(types).iter().map(|&number| Type::of_index(&engine, number)).collect()
        });
        for (a, b) in [(0, 0), (0, 1), (1, 0)] {
            for (i, ours) in handles[a].iter().enumerate() {
                for (j, theirs) in handles[b].iter().enumerate() {
                    let expected = written[a].equal(i, &written[b], j);
                    equals += usize::from(expected && (a, i) != (b, j));
                    assert_eq!(ours.index() == theirs.index(), expected, "{}", written[a].text());
                    let expected = written[a].below(i, &written[b], j);
                    assert_eq!(ours.is_subtype_of(theirs), expected, "{}", written[a].text());
                }
            }
        }
        drop((modules, handles));
        assert_eq!(count(&engine), (0, 0));
    }
    assert!(equals > 500, "{equals} pairs are equal");
}

/// Nobody bounds the depth of types that the host defines.
#[test]
fn to_a_supertype_it_is_a_few_steps() {
    let engine = Engine::default();
    let child = |supertype: Option<&StructType>| {
        StructType::with_finality_and_supertype(&engine, Finality::NonFinal, supertype, []).unwrap()
    };
    let mut chain = Vec::from([child(None)]);
    for _ in 0..2000 {
        let next = child(chain.last());
        chain.push(next);
    }
    let inner = engine.types().inner.read();
    let ids: Vec<u32> = chain.iter().map(StructType::type_index).collect();
    for (at, &id) in ids.iter().enumerate() {
        assert!(inner.is_subtype(id, ids[0]) && inner.is_subtype(id, ids[at / 2]));
        assert!(ids.get(at + 1).is_none_or(|&below| !inner.is_subtype(id, below)));
        let (mut steps, mut index) = (0, id);
        while index != ids[0] {
            steps += 1;
            index = inner.types[index as usize].jump();
        }
        assert!(steps <= 2 * (at + 1).ilog2(), "{steps} jumps from depth {at}");
    }
}

#[test]
fn what_machines_need_of_types_of_objects() {
    let engine = Engine::default();
    let field = |ty: StorageType| FieldType::new(Mutability::Var, ty);
    let open = |supertype, fields: Vec<FieldType>| {
        StructType::with_finality_and_supertype(&engine, Finality::NonFinal, supertype, fields)
            .unwrap()
    };
    let root = open(None, [field(StorageType::I8)].into());
    let fields = [StorageType::I8, ValType::ANYREF.into(), ValType::F64.into()].map(field);
    let child = open(Some(&root), fields.into());
    let object = |index| engine.types().object_type(index);
    let offsets = |ty: &ObjectType| ty.fields.iter().map(|field| field.offset).collect::<Vec<_>>();
    let ty = object(child.type_index());
    assert_eq!(*ty.supertypes, [root.type_index()]);
    assert_eq!(offsets(&ty), [8, 12, 16]);
    assert!(ty.fields.iter().all(|field| field.mutable));

    let array = ArrayType::new(&engine, field(ValType::V128.into()));
    let ty = object(array.type_index());
    assert!(ty.supertypes.is_empty());
    assert_eq!(offsets(&ty), [Layout::HEADER]);

    let exn = ExnType::new(&engine, [ValType::I32, ValType::I64]).unwrap();
    let ty = object(exn.type_index());
    assert_eq!(offsets(&ty), [8, 16]);
    assert!(ty.fields.iter().all(|field| !field.mutable));
    drop((root, child, array, exn));
    assert_eq!(count(&engine), (0, 0));
}

#[test]
fn a_module_that_is_given_up_half_way_releases_its_types() {
    let engine = Engine::default();
    let bytes = wat::parse_str("(module (type $f (func)) (type (cont $f)))").unwrap();
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
        "(module
            (rec (type $node (struct (field (mut (ref null $nodes))))) (type $nodes (array (ref $node))))
            (type $a (sub (struct (field (ref $node))))) (type (sub $a (struct (field (ref $node)) (field i8)))))",
    ];
    let bytes: Vec<Vec<u8>> = wats.iter().map(|wat| wat::parse_str(wat).unwrap()).collect();
    let engine = Engine::default();
    let end = Instant::now() + Duration::from_secs(5);
    std::thread::scope(|scope| {
        for thread in 0..32 {
            let (engine, bytes) = (&engine, &bytes);
            scope.spawn(move || {
                let mut round = thread;
                while Instant::now() < end {
                    let types = parsed(engine, &bytes[round % bytes.len()]);
                    check(&types, round % bytes.len());
                    let held: Vec<Arc<Type>> = numbers(&types)
                        .iter()
                        .map(|&index| Type::of_index(engine, index))
                        .collect();
                    drop(types);
                    // Handles keep types, whatever happens to the module.
                    for ty in &held {
                        assert!(Arc::ptr_eq(ty, &Type::of_index(engine, ty.index())));
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
    assert!(inner.handles.is_empty());
    assert_eq!(inner.numbers.take(all), 0, "all numbers are free again");
}

/// What is known of the types of each module of the test above.
fn check(types: &ModuleTypes, which: usize) {
    let ids = numbers(types);
    let param = |index: u32| param_target(&types.func_type(index));
    let heap = |index| heap(types, index);
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
        3 => {
            assert!(types.func_type(0).param(0).unwrap().is_i32());
            assert_eq!(param(1), ids[1]);
        }
        _ => {
            let nodes = heap(0).unwrap_concrete_struct().field(0).unwrap();
            let nodes = nodes.element_type().unwrap_val_type().unwrap_ref().heap_type().clone();
            assert_eq!(nodes.unwrap_concrete_array().type_index(), ids[1]);
            assert!(nodes.matches(&HeapType::Array) && heap(0).matches(&HeapType::Struct));
            assert!(heap(3).matches(&heap(2)) && !heap(2).matches(&heap(3)));
        }
    }
}
