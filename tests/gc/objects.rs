//! Objects that the host makes, looks into, and shares with guests.

use std::num::NonZeroU32;

use wasmote::{
    AnyRef, ArrayRef, ArrayRefPre, ArrayType, Config, Engine, EqRef, ExternRef, FieldType, Func,
    HeapType, I31, Instance, Module, Mutability, OwnedRooted, RefType, Result, Rooted, StorageType,
    Store, StructRef, StructRefPre, StructType, Trap, Val, ValType,
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
