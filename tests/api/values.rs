//! References, their types and their roots; types of values.

use std::hash::Hasher as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

#[test]
fn a_reference_knows_its_type() -> Result<()> {
    let mut store = Store::<()>::default();
    let func = Func::wrap(&mut store, |x: i32| x);
    let host = ExternRef::new(&mut store, 7_u8)?;
    let concrete = RefType::new(false, HeapType::ConcreteFunc(func.ty(&store)));

    let func = Ref::from(func);
    assert!(func.is_func() && !func.is_extern() && func.is_non_null());
    assert!(RefType::eq(&func.ty(&store)?, &concrete));
    let host = Ref::from(host);
    assert!(host.is_extern() && !host.is_any() && !host.is_exn() && host.as_func().is_none());
    assert!(RefType::eq(&host.ty(&store)?, &RefType::new(false, HeapType::Extern)));
    for (null, ty) in [
        (Ref::Func(None), RefType::NULLFUNCREF),
        (Ref::Extern(None), RefType::NULLEXTERNREF),
        (Ref::Any(None), RefType::NULLREF),
        (Ref::Exn(None), RefType::NULLEXNREF),
    ] {
        assert!(null.is_null() && !null.is_non_null());
        assert!(RefType::eq(&null.ty(&store)?, &ty), "{null:?}");
    }

    let other = FuncType::new(store.engine(), [ValType::I64], []);
    for (reference, ty, matches) in [
        (&func, RefType::FUNCREF, true),
        (&func, concrete, true),
        (&func, RefType::new(true, HeapType::ConcreteFunc(other)), false),
        (&func, RefType::EXTERNREF, false),
        (&host, RefType::EXTERNREF, true),
        (&host, RefType::FUNCREF, false),
        (&Ref::Any(None), RefType::ANYREF, true),
        (&Ref::Any(None), RefType::new(false, HeapType::Any), false),
    ] {
        assert_eq!(reference.matches_ty(&store, &ty)?, matches, "{reference:?} is of {ty}");
    }
    Ok(())
}

#[test]
fn what_has_null_only() {
    assert!(NoExtern::null().is_none() && NoFunc::null().is_none() && NoneRef::null().is_none());
    assert!(matches!(Ref::null(&HeapType::NoFunc), Ref::Func(None)));
    assert!(matches!(Ref::null(&HeapType::Struct), Ref::Any(None)));
    assert!(matches!(Ref::from(None::<Func>), Ref::Func(None)));
    assert!(matches!(Ref::from(None::<Rooted<ExternRef>>), Ref::Extern(None)));
}

#[test]
fn roots_of_the_same_object_are_equal() -> Result<()> {
    let mut store = Store::<()>::default();
    let (a, b) = (ExternRef::new(&mut store, 1)?, ExternRef::new(&mut store, 1)?);
    let owned = a.to_owned_rooted(&mut store)?;
    let again = owned.to_rooted(&mut store);
    assert!(Rooted::ref_eq(&store, &a, &again)? && OwnedRooted::ref_eq(&store, &owned, &a)?);
    assert!(OwnedRooted::ref_eq(&store, &owned, &owned.clone())?);
    assert!(!Rooted::ref_eq(&store, &a, &b)? && !OwnedRooted::ref_eq(&store, &owned, &b)?);
    assert!(OwnedRooted::ref_eq(Store::<()>::default(), &owned, &a).is_err());
    assert!(format!("{a:?} {owned:?}").contains("Rooted"));
    Ok(())
}

#[test]
fn predicates_of_types() {
    use ValType::*;
    for (ty, is) in [
        (I32, ValType::is_i32 as fn(&ValType) -> bool),
        (I64, ValType::is_i64),
        (F32, ValType::is_f32),
        (F64, ValType::is_f64),
        (V128, ValType::is_v128),
        (ValType::FUNCREF, ValType::is_funcref),
        (ValType::EXTERNREF, ValType::is_externref),
        (ValType::ANYREF, ValType::is_anyref),
    ] {
        let types =
            [I32, I64, F32, F64, V128, ValType::FUNCREF, ValType::EXTERNREF, ValType::ANYREF];
        for other in types {
            assert_eq!(is(&other), ValType::eq(&ty, &other), "{ty} {other}");
        }
        assert_eq!(ty.is_num(), !ty.is_ref() && !ty.is_v128());
    }
    assert!(HeapType::Extern.is_extern() && !HeapType::Func.is_extern() && HeapType::Any.is_any());
}

#[test]
fn both_spellings_of_accessors_are_there() {
    let mut store = Store::<()>::default();
    let func = Func::wrap(&mut store, || ());
    let val = Val::from(func);
    assert!(val.funcref().unwrap().is_some() && val.func_ref().unwrap().is_some());
    assert!(val.externref().is_none() && val.anyref().is_none() && val.exnref().is_none());
    assert!(Val::null_extern_ref().unwrap_externref().is_none());
    assert!(NoExtern::null_val().externref().unwrap().is_none());
    assert!(NoFunc::null_ref().is_func() && NoneRef::null_ref().is_any());
}

#[test]
fn continuations_are_null() {
    let store = Store::<()>::default();
    let null = Val::null_ref(&HeapType::Cont);
    assert!(matches!(null, Val::ContRef(None)));
    assert!(ValType::eq(&null.ty(&store).unwrap(), &ValType::NULLCONTREF));
    assert!(null.matches_ty(&store, &ValType::CONTREF).unwrap());
    assert!(!null.matches_ty(&store, &ValType::ANYREF).unwrap());
    assert!(null.ref_().is_none());
    assert!(ValType::CONTREF.is_contref() && !ValType::NULLCONTREF.is_contref());
}

#[test]
fn roots_stand_for_their_objects() {
    fn number(object: &ExternRef, store: &Store<()>) -> u32 {
        *object.data(store).unwrap().unwrap().downcast_ref().unwrap()
    }
    fn hash(feed: impl Fn(&mut std::hash::DefaultHasher)) -> u64 {
        let mut state = std::hash::DefaultHasher::new();
        feed(&mut state);
        state.finish()
    }
    let mut store = Store::<()>::default();
    let a = ExternRef::new(&mut store, 7_u32).unwrap();
    let b = a.to_rooted(&mut store);
    let kept = a.to_owned_rooted(&mut store).unwrap();
    assert_eq!((number(&a, &store), number(&kept, &store)), (7, 7));
    assert!(Rooted::ref_eq(&store, &a, &kept).unwrap() && !Rooted::rooted_eq(a, b));
    let of = [
        hash(|state| a.ref_hash(&store, state).unwrap()),
        hash(|state| b.ref_hash(&store, state).unwrap()),
        hash(|state| kept.ref_hash(&store, state)),
    ];
    assert!(of[0] == of[1] && of[0] == of[2]);
    assert_ne!(hash(|state| a.rooted_hash(state)), hash(|state| b.rooted_hash(state)));

    let mut scope = RootScope::new(&mut store);
    scope.reserve(3);
    let inner = kept.to_rooted(&mut scope);
    drop(scope);
    let mut state = std::hash::DefaultHasher::new();
    assert!(inner.ref_hash(&store, &mut state).is_err());
}

#[test]
fn tags_are_compared_by_identity_and_linked_by_type() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let ty = |params: &[ValType]| TagType::new(FuncType::new(&engine, params.to_vec(), []));
    let tag = Tag::new(&mut store, &ty(&[ValType::I32])).unwrap();
    let item = Extern::from(tag);
    assert!(item.ty(&store).tag().is_some());
    assert!(Tag::eq(&tag, &item.into_tag().unwrap(), &store));
    let with_results = TagType::new(FuncType::new(&engine, [], [ValType::I32]));
    assert!(Tag::new(&mut store, &with_results).is_err());
    let made = ExternType::from(ty(&[])).default_value(&mut store).unwrap();
    assert_eq!(made.into_tag().unwrap().ty(&store).ty().params().len(), 0);
    let other = Store::<()>::default();
    let wrong = catch_unwind(AssertUnwindSafe(|| tag.ty(&other))).unwrap_err();
    assert_eq!(wrong.downcast_ref(), Some(&"object used with the wrong store"));
}
