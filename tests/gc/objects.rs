//! Objects that the host makes, looks into, and shares with guests.

use std::num::NonZeroU32;

use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmote::{
    AnyRef, ArrayRef, ArrayRefPre, ArrayType, AsContextMut, Caller, Config, Engine, EqRef, ExnRef,
    ExnRefPre, ExnType, ExternRef, FieldType, Finality, Func, GcHeapOutOfMemory, HeapType, I31,
    Instance, Module, Mutability, OwnedRooted, RefType, Result, RootScope, Rooted, StorageType,
    Store, StoreLimitsBuilder, StructRef, StructRefPre, StructType, Tag, ThrownException, Trap,
    Val, ValType,
};

/// Once as usual, and once where every allocation collects and so moves all objects.
fn each(test: impl Fn(&Engine) -> Result<()>) -> Result<()> {
    let mut config = Config::new();
    config.gc_zeal_alloc_counter(NonZeroU32::new(1)).unwrap();
    test(&Engine::default())?;
    test(&Engine::new(&config)?)
}

fn field(mutability: Mutability, ty: impl Into<StorageType>) -> FieldType {
    FieldType::new(mutability, ty.into())
}

fn var(ty: impl Into<StorageType>) -> FieldType {
    field(Mutability::Var, ty)
}

/// A type of structs with one field for each of the types of fields that there are, and values for them.
fn all_fields(store: &mut Store<()>) -> Result<(StructType, Vec<Val>)> {
    let engine = store.engine().clone();
    let types: [StorageType; 12] = [
        StorageType::I8,
        ValType::I64.into(),
        StorageType::I16,
        ValType::I32.into(),
        ValType::F32.into(),
        StorageType::I8,
        ValType::F64.into(),
        ValType::V128.into(),
        ValType::FUNCREF.into(),
        ValType::EXTERNREF.into(),
        ValType::ANYREF.into(),
        ValType::I31REF.into(),
    ];
    let func = Func::wrap(&mut *store, || 7);
    let data = ExternRef::new(&mut *store, "data")?;
    let inside = ExternRef::new(&mut *store, "inside")?;
    let values = vec![
        Val::I32(-1),
        Val::I64(i64::MIN + 5),
        Val::I32(0x1_8001),
        Val::I32(-2),
        Val::from(1.5_f32),
        Val::I32(0x17f),
        Val::from(-2.5_f64),
        Val::from(u128::MAX - 7),
        func.into(),
        data.into(),
        AnyRef::convert_extern(&mut *store, inside)?.into(),
        AnyRef::from_i31(&mut *store, I31::wrapping_i32(-3)).into(),
    ];
    Ok((StructType::new(&engine, types.map(var))?, values))
}

/// Whether both are the same number or the same object, where small fields have lost bits.
fn same(store: &Store<()>, written: &Val, read: &Val, ty: &StorageType) -> bool {
    match (written, read) {
        (Val::I32(written), Val::I32(read)) => match ty {
            StorageType::I8 => *read == i32::from(*written as u8),
            StorageType::I16 => *read == i32::from(*written as u16),
            StorageType::ValType(_) => written == read,
        },
        (Val::I64(a), Val::I64(b)) => a == b,
        (Val::F32(a), Val::F32(b)) => a == b,
        (Val::F64(a), Val::F64(b)) => a == b,
        (Val::V128(a), Val::V128(b)) => a == b,
        (Val::FuncRef(Some(a)), Val::FuncRef(Some(b))) => {
            a.ty(store).matches(&b.ty(store)) && format!("{a:?}") == format!("{b:?}")
        }
        (Val::ExternRef(Some(a)), Val::ExternRef(Some(b))) => Rooted::ref_eq(store, a, b).unwrap(),
        (Val::AnyRef(Some(a)), Val::AnyRef(Some(b))) => Rooted::ref_eq(store, a, b).unwrap(),
        _ => false,
    }
}

#[test]
fn structs_keep_what_is_put_into_their_fields() -> Result<()> {
    each(|engine| {
        let mut store = Store::new(engine, ());
        let (ty, values) = all_fields(&mut store)?;
        let pre = StructRefPre::new(&mut store, ty.clone());
        let object = StructRef::new(&mut store, &pre, &values)?;
        store.gc(None)?;
        let other = StructRef::new(&mut store, &pre, &values)?;
        assert!(!Rooted::ref_eq(&store, &object, &other)?);
        let check = |store: &mut Store<()>, of: Rooted<StructRef>, but: Option<usize>| {
            let fields: Vec<Val> = of.fields(&mut *store).unwrap().collect();
            assert_eq!(fields.len(), values.len());
            for (i, (value, ty)) in values.iter().zip(ty.fields()).enumerate() {
                let ty = ty.element_type();
                let single = of.field(&mut *store, i).unwrap();
                assert_eq!(same(store, value, &fields[i], ty), but != Some(i), "field {i}");
                assert_eq!(same(store, value, &single, ty), but != Some(i), "field {i}");
            }
        };
        check(&mut store, object, None);
        // A field is set without its neighbours.
        for (i, ty) in ty.fields().enumerate() {
            let zero = ty.element_type().unpack().default_value().unwrap();
            object.set_field(&mut store, i, zero)?;
            check(&mut store, object, Some(i));
            object.set_field(&mut store, i, values[i])?;
            check(&mut store, object, None);
        }
        check(&mut store, other, None);
        Ok(())
    })
}

#[test]
fn arrays_keep_elements_of_every_type() -> Result<()> {
    each(|engine| {
        let mut store = Store::new(engine, ());
        let (fields, values) = all_fields(&mut store)?;
        for (ty, value) in fields.fields().zip(&values) {
            let ty = ty.element_type();
            let zero = ty.unpack().default_value().unwrap();
            let pre = ArrayRefPre::new(&mut store, ArrayType::new(engine, var(ty.clone())));
            let all = ArrayRef::new(&mut store, &pre, value, 9)?;
            let some = ArrayRef::new_fixed(&mut store, &pre, &[zero, *value, zero])?;
            store.gc(None)?;
            assert_eq!((all.len(&store)?, some.len(&store)?), (9, 3));
            let elements: Vec<Val> = all.elems(&mut store)?.collect();
            assert!(elements.iter().all(|element| same(&store, value, element, ty)), "{ty}");
            some.set(&mut store, 2, *value)?;
            let elements: Vec<Val> = some.elems(&mut store)?.collect();
            let is_value = |element: &Val| same(&store, value, element, ty);
            assert_eq!(
                elements.iter().map(is_value).collect::<Vec<_>>(),
                [false, true, true],
                "{ty}"
            );
            let element = some.get(&mut store, 0)?;
            assert!(!same(&store, value, &element, ty));
        }
        Ok(())
    })
}

#[test]
fn guests_and_hosts_share_objects() -> Result<()> {
    each(|engine| {
        let text = r#"(module
            (type $node (struct (field $next (mut (ref null $node))) (field $value (mut i32))))
            (type $nodes (array (mut (ref null $node))))
            (func (export "sum") (param $n (ref null $node)) (result i32) (local $sum i32)
                (loop $l
                    (br_if 1 (local.get $sum) (ref.is_null (local.get $n))) (drop)
                    (local.set $sum (i32.add (local.get $sum) (struct.get $node $value (local.get $n))))
                    (local.set $n (struct.get $node $next (local.get $n)))
                    (br $l))
                (unreachable))
            (func (export "cons") (param $n (ref null $node)) (param i32) (result (ref $node))
                (struct.new $node (local.get $n) (local.get 1)))
            (func (export "is_node") (param anyref) (result i32) (ref.test (ref $node) (local.get 0)))
            (func (export "first") (param (ref $nodes)) (result structref) (array.get $nodes (local.get 0) (i32.const 0)))
            (func (export "eq") (param eqref eqref) (result i32) (ref.eq (local.get 0) (local.get 1)))
            (func (export "same") (param i31ref) (result i31ref) (local.get 0)))"#;
        let module = Module::new(engine, text)?;
        let mut store = Store::new(engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let cons = instance.get_typed_func::<(Option<Rooted<StructRef>>, i32), Rooted<StructRef>>(
            &mut store, "cons",
        )?;
        let made = cons.call(&mut store, (None, 5))?;
        let node = made.ty(&store)?;
        let pre = StructRefPre::new(&mut store, node.clone());
        let mut list = made;
        for n in 0..20 {
            // The host and the guest in turn.
            list = match n % 2 {
                0 => StructRef::new(&mut store, &pre, &[list.into(), Val::I32(n)])?,
                _ => cons.call(&mut store, (Some(list), n))?,
            };
        }
        let sum =
            instance.get_typed_func::<Option<OwnedRooted<StructRef>>, i32>(&mut store, "sum")?;
        let owned = list.to_owned_rooted(&mut store)?;
        assert_eq!(sum.call(&mut store, Some(owned))?, 195);
        assert_eq!(sum.call(&mut store, None)?, 0);
        let Val::AnyRef(Some(next)) = list.field(&mut store, 0)? else { panic!("an object") };
        let next = next.unwrap_struct(&store)?;
        assert_eq!(next.field(&mut store, 1)?.unwrap_i32(), 18);

        let is_node =
            instance.get_typed_func::<Option<Rooted<AnyRef>>, i32>(&mut store, "is_node")?;
        assert_eq!(is_node.call(&mut store, Some(list.to_anyref()))?, 1);
        let seven = AnyRef::from_i31(&mut store, I31::wrapping_u32(7));
        assert_eq!(is_node.call(&mut store, Some(seven))?, 0);

        let first = instance
            .get_typed_func::<Rooted<ArrayRef>, Option<Rooted<StructRef>>>(&mut store, "first")?;
        let nodes = RefType::new(true, HeapType::ConcreteStruct(node));
        let nodes = ArrayRefPre::new(&mut store, ArrayType::new(engine, var(nodes)));
        let array = ArrayRef::new(&mut store, &nodes, &list.into(), 3)?;
        let found = first.call(&mut store, array)?.unwrap();
        assert!(Rooted::ref_eq(&store, &found, &list)?);
        let empty = ArrayRef::new(&mut store, &nodes, &list.into(), 0)?;
        let error = first.call(&mut store, empty).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Trap::ArrayOutOfBounds));

        let eq = instance
            .get_typed_func::<(Rooted<EqRef>, Option<OwnedRooted<EqRef>>), i32>(&mut store, "eq")?;
        let owned = found.to_eqref().to_owned_rooted(&mut store)?;
        assert_eq!(eq.call(&mut store, (list.to_eqref(), Some(owned)))?, 1);
        let numbers = [7, 8].map(|n| EqRef::from_i31(&mut store, I31::wrapping_u32(n)));
        let eight = numbers[1].to_owned_rooted(&mut store)?;
        assert_eq!(eq.call(&mut store, (numbers[0], Some(eight.clone())))?, 0);
        assert_eq!(eq.call(&mut store, (numbers[1], Some(eight)))?, 1);

        let same = instance.get_typed_func::<Option<I31>, Option<I31>>(&mut store, "same")?;
        for n in [0, 1, -1, 1 << 29, -1 << 30] {
            let n = I31::new_i32(n).unwrap();
            assert_eq!(same.call(&mut store, Some(n))?, Some(n));
        }
        assert_eq!(same.call(&mut store, None)?, None);
        Ok(())
    })
}

/// The message of a panic.
fn panic_of<R>(run: impl FnOnce() -> R) -> String {
    let payload = catch_unwind(AssertUnwindSafe(run)).err().expect("a panic");
    let text = payload.downcast_ref::<&str>().map(|text| text.to_string());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).expect("a text")
}

#[test]
fn what_is_prepared_for_one_store_is_not_for_another() -> Result<()> {
    let engine = Engine::default();
    let (mut store, mut other) = (Store::new(&engine, ()), Store::new(&engine, ()));
    let structs = StructRefPre::new(&mut store, StructType::new(&engine, [])?);
    let arrays = ArrayRefPre::new(&mut store, ArrayType::new(&engine, var(ValType::I32)));
    let exceptions = ExnType::new(&engine, [])?;
    let tag = Tag::new(&mut other, &exceptions.tag_type())?;
    let exceptions = ExnRefPre::new(&mut store, exceptions);
    assert_eq!(
        panic_of(|| StructRef::new(&mut other, &structs, &[])),
        "attempted to use a `StructRefPre` with the wrong store"
    );
    assert_eq!(
        panic_of(|| ArrayRef::new(&mut other, &arrays, &Val::I32(0), 1)),
        "attempted to use a `ArrayRefPre` with the wrong store"
    );
    assert_eq!(
        panic_of(|| ExnRef::new(&mut other, &exceptions, &tag, &[])),
        "attempted to use a `ExnRefPre` with the wrong store"
    );
    assert_eq!(
        panic_of(|| ExnRef::new(&mut store, &exceptions, &tag, &[])),
        "tag comes from the wrong store"
    );
    let mut foreign = Store::<()>::default();
    let ty = StructType::new(&engine, [])?;
    assert_eq!(panic_of(|| StructRefPre::new(&mut foreign, ty)), "type is of a different engine");
    Ok(())
}

#[test]
fn a_root_of_an_owned_one_ends_with_it() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let pre = StructRefPre::new(&mut store, StructType::new(&engine, [var(ValType::I32)])?);
    let owned = {
        let mut scope = RootScope::new(&mut store);
        let object = StructRef::new(&mut scope, &pre, &[Val::I32(7)])?;
        object.to_anyref().to_owned_rooted(&mut scope)?
    };
    let object = owned.unwrap_struct(&store)?;
    store.gc(None)?;
    assert_eq!(object.field(&mut store, 0)?.unwrap_i32(), 7);
    drop(owned);
    let error = object.field(&mut store, 0).unwrap_err().to_string();
    assert_eq!(error, "attempted to use a garbage-collected object that has been unrooted");
    // Another one may get the place.
    let mut others = Vec::new();
    for _ in 0..100 {
        others.push(AnyRef::from_i31(&mut store, I31::default()).to_owned_rooted(&mut store)?);
    }
    assert!(object.field(&mut store, 0).is_err());
    Ok(())
}

#[test]
fn numbers_that_stand_for_no_object_are_refused() -> Result<()> {
    each(|engine| {
        let mut store = Store::new(engine, ());
        let longs = ArrayRefPre::new(&mut store, ArrayType::new(engine, var(ValType::I64)));
        let ty = ExnType::new(engine, [ValType::I32])?;
        let tag = Tag::new(&mut store, &ty.tag_type())?;
        let exceptions = ExnRefPre::new(&mut store, ty);
        // What looks like objects of any type within an object.
        let forged: Vec<Val> = (0..8).map(Val::I64).collect();
        let array = ArrayRef::new_fixed(&mut store, &longs, &forged)?;
        let exception = ExnRef::new(&mut store, &exceptions, &tag, &[Val::I32(7)])?;
        let data = ExternRef::new(&mut store, 7)?;
        let array = array.to_anyref().to_raw(&mut store)?;
        let exception = exception.to_raw(&mut store)?;
        let data = data.to_raw(&mut store)?;
        for raw in 0..data + 100 {
            let is_number = raw % 2 == 1;
            let any = AnyRef::from_raw(&mut store, raw).is_some();
            assert_eq!(any, is_number || raw == array || raw == data, "{raw}");
            assert_eq!(ExternRef::from_raw(&mut store, raw).is_some(), any, "{raw}");
            assert_eq!(ExnRef::from_raw(&mut store, raw).is_some(), raw == exception, "{raw}");
        }
        Ok(())
    })
}

#[test]
fn types_of_objects_stay_as_long_as_their_store() -> Result<()> {
    each(|engine| {
        let mut store = Store::new(engine, ());
        let make = |store: &mut Store<()>, ty: ValType| {
            let ty = StructType::new(engine, [var(ty)])?;
            let pre = StructRefPre::new(&mut *store, ty);
            StructRef::new(store, &pre, &[Val::I32(7)])
        };
        let first = make(&mut store, ValType::I32)?;
        // Types that might get the number of the first, were it gone.
        for i in 0..20 {
            let fields = vec![var(ValType::I64); i + 2];
            drop(StructType::new(engine, fields)?);
        }
        store.gc(None)?;
        assert_eq!(first.ty(&store)?.to_string(), "(struct (field (mut i32)))");
        assert_eq!(first.field(&mut store, 0)?.unwrap_i32(), 7);
        assert!(make(&mut store, ValType::I64).is_err());
        Ok(())
    })
}

#[test]
fn without_room_the_host_is_told() -> Result<()> {
    each(|engine| {
        let limits = StoreLimitsBuilder::new().memory_size(1 << 20).build();
        let mut store = Store::new(engine, limits);
        store.limiter(|limits| limits);
        let bytes = ArrayRefPre::new(&mut store, ArrayType::new(engine, var(StorageType::I8)));
        // As much as has no room at once, if garbage goes.
        for _ in 0..100 {
            let mut scope = RootScope::new(&mut store);
            ArrayRef::new(&mut scope, &bytes, &Val::I32(1), 100_000)?;
        }
        let error = ArrayRef::new(&mut store, &bytes, &Val::I32(1), 2 << 20).unwrap_err();
        assert!(error.is::<GcHeapOutOfMemory<()>>(), "{error:?}");
        let longs = ArrayRefPre::new(&mut store, ArrayType::new(engine, var(ValType::I64)));
        let error = ArrayRef::new(&mut store, &longs, &Val::I64(1), u32::MAX).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Trap::AllocationTooLarge));
        Ok(())
    })
}

#[test]
fn supertypes_of_types_of_the_host_are_those_of_guests() -> Result<()> {
    each(|engine| {
        let text = r#"(module
            (type $a (sub (struct (field i32))))
            (type $b (sub $a (struct (field i32) (field (mut i64)))))
            (func (export "is") (param anyref) (result i32)
                (i32.add (ref.test (ref $a) (local.get 0)) (ref.test (ref $b) (local.get 0))))
            (func (export "get") (param (ref $a)) (result i32) (struct.get $a 0 (local.get 0))))"#;
        let open = |supertype, fields: &[FieldType]| {
            let fields = fields.iter().cloned();
            StructType::with_finality_and_supertype(engine, Finality::NonFinal, supertype, fields)
        };
        let number = field(Mutability::Const, ValType::I32);
        let a = open(None, std::slice::from_ref(&number))?;
        let b = open(Some(&a), &[number.clone(), var(ValType::I64)])?;
        let c = open(Some(&b), &[number, var(ValType::I64), var(StorageType::I8)])?;
        let mut store = Store::new(engine, ());
        let values = [Val::I32(7), Val::I64(8), Val::I32(9)];
        // Before there is a guest that knows the types.
        let pre = StructRefPre::new(&mut store, c);
        let deep = StructRef::new(&mut store, &pre, &values)?;
        let module = Module::new(engine, text)?;
        let instance = Instance::new(&mut store, &module, &[])?;
        let pre = StructRefPre::new(&mut store, b);
        let middle = StructRef::new(&mut store, &pre, &values[..2])?;
        let pre = StructRefPre::new(&mut store, a);
        let root = StructRef::new(&mut store, &pre, &values[..1])?;
        let is = instance.get_typed_func::<Rooted<AnyRef>, i32>(&mut store, "is")?;
        let get = instance.get_typed_func::<Rooted<StructRef>, i32>(&mut store, "get")?;
        for (object, types) in [(deep, 2), (middle, 2), (root, 1)] {
            assert_eq!(is.call(&mut store, object.to_anyref())?, types);
            assert_eq!(get.call(&mut store, object)?, 7);
        }
        Ok(())
    })
}

#[test]
fn exceptions_carry_what_guests_and_hosts_throw() -> Result<()> {
    each(|engine| {
        let text = r#"(module
            (import "host" "throw" (func $throw))
            (tag $t (export "t") (param i32 externref f64 anyref))
            (func (export "throw") (param i32 externref f64 anyref)
                (throw $t (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
            (func (export "catch") (result i32 externref f64 anyref exnref)
                (block $caught (result i32 externref f64 anyref exnref)
                    (try_table (catch_ref $t $caught) (call $throw))
                    (unreachable))))"#;
        let module = Module::new(engine, text)?;
        let mut store = Store::new(engine, None::<OwnedRooted<ExnRef>>);
        let host = Func::wrap(&mut store, |mut caller: Caller<'_, Option<_>>| -> Result<()> {
            let exception: OwnedRooted<ExnRef> = caller.data_mut().take().unwrap();
            let exception = exception.to_rooted(&mut caller);
            caller.as_context_mut().throw(exception)
        });
        let instance = Instance::new(&mut store, &module, &[host.into()])?;
        let tag = instance.get_tag(&mut store, "t").unwrap();
        let data = ExternRef::new(&mut store, 7)?;
        let number = AnyRef::from_i31(&mut store, I31::wrapping_u32(9));
        let carried = [Val::I32(-5), data.into(), Val::from(2.5), number.into()];
        let check = |store: &mut Store<_>, values: &[Val]| {
            assert_eq!((values[0].unwrap_i32(), values[2].unwrap_f64()), (-5, 2.5));
            let outside = values[1].unwrap_extern_ref().unwrap();
            assert!(Rooted::ref_eq(&*store, outside, &data).unwrap());
            let inside = values[3].unwrap_any_ref().unwrap();
            assert_eq!(inside.unwrap_i31(&*store).unwrap().get_u32(), 9);
        };

        // The guest throws.
        let throw = instance.get_func(&mut store, "throw").unwrap();
        let error = throw.call(&mut store, &carried, &mut []).unwrap_err();
        assert!(error.is::<ThrownException>());
        let thrown = store.take_pending_exception().unwrap();
        store.gc(None)?;
        assert!(Tag::eq(&thrown.tag(&mut store)?, &tag, &store));
        let fields: Vec<Val> = thrown.fields(&mut store)?.collect();
        check(&mut store, &fields);
        let ty = ExnType::from_tag_type(&tag.ty(&store))?;
        assert!(thrown.ty(&store)?.matches(&ty));
        assert!(
            Val::from(thrown)
                .ty(&store)?
                .matches(&ValType::Ref(RefType::new(false, ty.clone().into())))
        );

        // The host does, what it has made, and what the guest has.
        let pre = ExnRefPre::new(&mut store, ty);
        let made = ExnRef::new(&mut store, &pre, &tag, &carried)?;
        let catch = instance.get_func(&mut store, "catch").unwrap();
        for exception in [made, thrown] {
            let owned = exception.to_owned_rooted(&mut store)?;
            *store.data_mut() = Some(owned);
            let mut results = [Val::I32(0); 5];
            catch.call(&mut store, &[], &mut results)?;
            check(&mut store, &results);
            let caught = results[4].unwrap_exn_ref().unwrap();
            assert!(Rooted::ref_eq(&store, caught, &exception)?);
            assert_eq!(caught.field(&mut store, 0)?.unwrap_i32(), -5);
        }
        Ok(())
    })
}
