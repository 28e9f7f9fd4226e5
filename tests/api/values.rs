//! References, their types and their roots; types of values.

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
