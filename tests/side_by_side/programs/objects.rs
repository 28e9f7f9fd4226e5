//! Objects: what the host makes, reads and writes, and what is refused.

use wasmtime::*;

use crate::report::Report;

pub(super) fn run(report: &mut Report) {
    let engine = Engine::default();
    numbers(report);
    any(report, &engine);
    structs(report, &engine);
    arrays(report, &engine);
    exceptions(report, &engine);
    scopes(report, &engine);
    stores(report, &engine);
    calls(report, &engine);
}

fn var(ty: impl Into<StorageType>) -> FieldType {
    FieldType::new(Mutability::Var, ty.into())
}

fn fixed(ty: impl Into<StorageType>) -> FieldType {
    FieldType::new(Mutability::Const, ty.into())
}

/// A text without the numbers that an engine gives its types.
fn masked(error: Error) -> String {
    let mut text = String::new();
    for c in format!("{error:?}").chars() {
        match c {
            '0'..='9' if text.ends_with('#') => {}
            '0'..='9' => text.push('#'),
            _ => text.push(c),
        }
    }
    text.replace("VMSharedTypeIndex(#)", "#")
}

/// Notes a value, or the error in its place, without the numbers of types.
fn result(report: &mut Report, label: &str, result: Result<impl std::fmt::Debug>) {
    match result {
        Ok(value) => report.see(label, format!("{value:?}")),
        Err(error) => report.see(label, masked(error)),
    }
}

/// A value as far as it is the same everywhere.
fn show(value: &Val) -> String {
    match value {
        Val::I32(n) => format!("i32 {n}"),
        Val::I64(n) => format!("i64 {n}"),
        Val::F32(n) => format!("f32 {n:#x}"),
        Val::F64(n) => format!("f64 {n:#x}"),
        Val::V128(n) => format!("v128 {:#x}", n.as_u128()),
        Val::FuncRef(to) => format!("func {}", to.is_some()),
        Val::ExternRef(to) => format!("extern {}", to.is_some()),
        Val::AnyRef(to) => format!("any {}", to.is_some()),
        Val::ExnRef(to) => format!("exn {}", to.is_some()),
        _ => "another".to_owned(),
    }
}

fn all(values: impl Iterator<Item = Val>) -> String {
    values.map(|value| show(&value) + "\n").collect()
}

fn numbers(report: &mut Report) {
    let numbers = [0, 1, 7, (1 << 30) - 1, 1 << 30, i32::MAX, -1, -2, -1 << 30, i32::MIN];
    let of = |n: i32| {
        format!(
            "{n}: {:?} {:?} {:?} {:?}\n",
            I31::new_i32(n),
            I31::new_u32(n as u32),
            I31::wrapping_i32(n),
            I31::wrapping_u32(n as u32),
        )
    };
    report.see("numbers", numbers.map(of).concat());
    report.see("numbers: default", format!("{:?}", I31::default()));
}

/// One of each: a number, a struct, an array, converted data of the host.
fn one_of_each(store: &mut Store<()>) -> Vec<(&'static str, Rooted<AnyRef>)> {
    let engine = store.engine().clone();
    let pre = StructRefPre::new(&mut *store, StructType::new(&engine, []).unwrap());
    let object = StructRef::new(&mut *store, &pre, &[]).unwrap();
    let pre = ArrayRefPre::new(&mut *store, ArrayType::new(&engine, var(StorageType::I8)));
    let array = ArrayRef::new(&mut *store, &pre, &Val::I32(0), 3).unwrap();
    let data = ExternRef::new(&mut *store, 7).unwrap();
    vec![
        ("a number", AnyRef::from_i31(&mut *store, I31::wrapping_u32(7))),
        ("a struct", object.to_anyref()),
        ("an array", array.into()),
        ("host data", AnyRef::convert_extern(&mut *store, data).unwrap()),
    ]
}

fn any(report: &mut Report, engine: &Engine) {
    let mut store = Store::new(engine, ());
    for (name, any) in one_of_each(&mut store) {
        let ty = any.ty(&store).unwrap();
        report.see(format!("{name}: type"), masked(Error::msg(ty.to_string())));
        let types = [HeapType::Any, HeapType::Eq, HeapType::I31, HeapType::Struct];
        let types = types.into_iter().chain([HeapType::Array, HeapType::None, HeapType::Extern]);
        let types: Vec<HeapType> = types.chain([ty]).collect();
        let matches = types.iter().map(|ty| any.matches_ty(&store, ty).unwrap());
        report.see(format!("{name}: matches"), format!("{:?}", matches.collect::<Vec<_>>()));
        let eq = any.as_eqref(&mut store).unwrap();
        report.see(
            format!("{name}: is"),
            format!(
                "eq {} {} i31 {} {:?} struct {} {} array {} {}",
                any.is_eqref(&store).unwrap(),
                eq.is_some(),
                any.is_i31(&store).unwrap(),
                any.as_i31(&store).unwrap(),
                any.is_struct(&store).unwrap(),
                any.as_struct(&store).unwrap().is_some(),
                any.is_array(&store).unwrap(),
                any.as_array(&store).unwrap().is_some(),
            ),
        );
        report.panic(format!("{name}: unwrap_eqref"), || any.unwrap_eqref(&mut store).is_ok());
        report.panic(format!("{name}: unwrap_i31"), || any.unwrap_i31(&store).is_ok());
        report.panic(format!("{name}: unwrap_struct"), || any.unwrap_struct(&store).is_ok());
        report.panic(format!("{name}: unwrap_array"), || any.unwrap_array(&store).is_ok());
        if let Some(eq) = eq {
            report.panic(format!("{name}: eq: unwrap_i31"), || eq.unwrap_i31(&store).is_ok());
            report.panic(format!("{name}: eq: unwrap_struct"), || eq.unwrap_struct(&store).is_ok());
            report.panic(format!("{name}: eq: unwrap_array"), || eq.unwrap_array(&store).is_ok());
            let same = Rooted::ref_eq(&store, &eq.to_anyref(), &any);
            report.result(format!("{name}: eq: the same"), same);
        }
        let raw = any.to_raw(&mut store).unwrap();
        let again = AnyRef::from_raw(&mut store, raw).unwrap();
        report.result(format!("{name}: raw"), Rooted::ref_eq(&store, &again, &any));
        let outside = ExternRef::convert_any(&mut store, any).unwrap();
        let has_data = outside.data(&store).map(|data| data.is_some());
        report.result(format!("{name}: outside: data"), has_data);
        let inside = AnyRef::convert_extern(&mut store, outside).unwrap();
        report.result(format!("{name}: there and back"), Rooted::ref_eq(&store, &inside, &any));
        let value = Val::from(any);
        let ty = value.ty(&store).unwrap();
        report.see(format!("{name}: type of the value"), masked(Error::msg(ty.to_string())));
        let found = value.matches_ty(&store, &ValType::EQREF).unwrap();
        report.see(format!("{name}: the value matches eqref"), found);
    }
    report.see("raw null", AnyRef::from_raw(&mut store, 0).is_none());
}

fn structs(report: &mut Report, engine: &Engine) {
    let mut store = Store::new(engine, ());
    let types = [StorageType::I8, StorageType::I16, ValType::I64.into(), ValType::V128.into()];
    let refs = [ValType::FUNCREF, ValType::EXTERNREF, ValType::I31REF, ValType::STRUCTREF];
    let types = types.into_iter().chain(refs.map(Into::into)).map(var);
    let ty = StructType::new(engine, types.chain([fixed(ValType::F64)])).unwrap();
    let pre = StructRefPre::new(&mut store, ty.clone());
    let data = ExternRef::new(&mut store, 7).unwrap();
    let number = AnyRef::from_i31(&mut store, I31::wrapping_u32(7));
    let func = Func::wrap(&mut store, || ());
    let values = [
        Val::I32(-1),
        Val::I32(-2),
        Val::I64(-3),
        Val::from(5_u128 << 77),
        func.into(),
        data.into(),
        number.into(),
        Val::null_any_ref(),
        Val::from(2.5_f64),
    ];
    let object = StructRef::new(&mut store, &pre, &values).unwrap();
    report.see("struct: fields", all(object.fields(&mut store).unwrap()));
    report.see("struct: how many fields", object.fields(&mut store).unwrap().len());
    report.see("struct: type", object.ty(&store).unwrap());
    report.result("struct: matches", object.matches_ty(&store, &ty));
    let other = StructType::new(engine, []).unwrap();
    report.result("struct: matches another", object.matches_ty(&store, &other));
    let made = StructRef::new(&mut store, &pre, &values[1..]);
    report.outcome("struct: too few values", made);
    for (i, wrong) in
        [(0, Val::I64(1)), (5, Val::null_any_ref()), (6, object.into()), (7, number.into())]
    {
        let mut wrongs = values;
        wrongs[i] = wrong;
        let made = StructRef::new(&mut store, &pre, &wrongs).map(|_| "ok");
        result(report, &format!("struct: new with a wrong value {i}"), made);
        let set = object.set_field(&mut store, i, wrong);
        result(report, &format!("struct: a wrong value {i}"), set);
    }
    report.outcome("struct: field 9", object.field(&mut store, 9));
    report.outcome("struct: set field 9", object.set_field(&mut store, 9, Val::I32(0)));
    report.outcome("struct: set a constant", object.set_field(&mut store, 8, Val::from(0.5_f64)));
    for (i, value) in [Val::I32(0x1234_5678), Val::I32(0x1234_5678), Val::I64(9)].iter().enumerate()
    {
        object.set_field(&mut store, i, *value).unwrap();
        report.see(format!("struct: set {i}"), show(&object.field(&mut store, i).unwrap()));
    }
    object.set_field(&mut store, 7, object.into()).unwrap();
    let own = object.field(&mut store, 7).unwrap();
    let own = own.unwrap_any_ref().unwrap().unwrap_struct(&store).unwrap();
    report.result("struct: itself", Rooted::ref_eq(&store, &own, &object));
}

fn arrays(report: &mut Report, engine: &Engine) {
    let mut store = Store::new(engine, ());
    let bytes = ArrayRefPre::new(&mut store, ArrayType::new(engine, var(StorageType::I8)));
    let words = ArrayRefPre::new(&mut store, ArrayType::new(engine, fixed(StorageType::I16)));
    let refs = ArrayRefPre::new(&mut store, ArrayType::new(engine, var(ValType::EQREF)));
    let array = ArrayRef::new_fixed(&mut store, &bytes, &[1, -1, 300].map(Val::I32)).unwrap();
    report.see("array: elements", all(array.elems(&mut store).unwrap()));
    report.see("array: how many elements", array.elems(&mut store).unwrap().len());
    report.result("array: length", array.len(&store));
    report.see("array: type", array.ty(&store).unwrap());
    report.outcome("array: element 3", array.get(&mut store, 3));
    report.outcome("array: set element 3", array.set(&mut store, 3, Val::I32(0)));
    report.outcome("array: a wrong value at 3", array.set(&mut store, 3, Val::I64(0)));
    report.outcome("array: a wrong value", array.set(&mut store, 1, Val::I64(0)));
    report.outcome("array: set element 1", array.set(&mut store, 1, Val::I32(-256)));
    report.see("array: element 1", show(&array.get(&mut store, 1).unwrap()));
    let constants = ArrayRef::new(&mut store, &words, &Val::I32(-1), 2).unwrap();
    report.see("array: same elements", all(constants.elems(&mut store).unwrap()));
    report.outcome("array: set a constant", constants.set(&mut store, 0, Val::I32(0)));
    report.outcome("array: set a constant at 9", constants.set(&mut store, 9, Val::I64(0)));
    report.outcome("array: of wrong values", ArrayRef::new(&mut store, &words, &Val::I64(0), 2));
    report.outcome("array: of no wrong values", ArrayRef::new(&mut store, &words, &Val::I64(0), 0));
    let made = ArrayRef::new_fixed(&mut store, &words, &[Val::I32(0), Val::null_any_ref()]);
    report.outcome("array: of a right and a wrong value", made);
    let data = ExternRef::new(&mut store, 7).unwrap();
    let data = AnyRef::convert_extern(&mut store, data).unwrap();
    report.outcome("array: of data", ArrayRef::new(&mut store, &refs, &data.into(), 1));
    let made = ArrayRef::new(&mut store, &refs, &array.into(), 2).unwrap();
    report.see("array: of arrays", all(made.elems(&mut store).unwrap()));

    let text = ArrayRef::new_from_i8_slice(&mut store, &bytes, b"text").unwrap();
    report.see("array: from bytes", all(text.elems(&mut store).unwrap()));
    report.outcome(
        "array: words from bytes",
        ArrayRef::new_from_i8_slice(&mut store, &words, b"text"),
    );
    let mut copy = [0; 4];
    report.outcome("array: to bytes", text.copy_to_i8_slice(&mut store, &mut copy));
    report.see("array: to bytes, then", format!("{copy:?}"));
    report.outcome("array: to fewer bytes", text.copy_to_i8_slice(&mut store, &mut copy[1..]));
    report.outcome("array: to more bytes", text.copy_to_i8_slice(&mut store, &mut [0; 5]));
    report.outcome("array: words to bytes", constants.copy_to_i8_slice(&mut store, &mut [0; 2]));
    let vectors = ArrayRefPre::new(&mut store, ArrayType::new(engine, var(ValType::V128)));
    let value = Val::from(1_u128);
    report.outcome("array: too large", ArrayRef::new(&mut store, &vectors, &value, u32::MAX));
    let is_trap = |error: Error| format!("{:?}", error.downcast_ref::<Trap>());
    let made = ArrayRef::new(&mut store, &vectors, &value, 1 << 31);
    report.see("array: too large: trap", made.map_or_else(is_trap, |_| "made".to_owned()));
}

fn exceptions(report: &mut Report, engine: &Engine) {
    let mut store = Store::new(engine, ());
    let ty = ExnType::new(engine, [ValType::I32, ValType::EXTERNREF]).unwrap();
    let other = ExnType::new(engine, [ValType::I32]).unwrap();
    let tag = Tag::new(&mut store, &ty.tag_type()).unwrap();
    let other_tag = Tag::new(&mut store, &other.tag_type()).unwrap();
    let pre = ExnRefPre::new(&mut store, ty.clone());
    let data = ExternRef::new(&mut store, 7).unwrap();
    let values = [Val::I32(5), data.into()];
    let made = ExnRef::new(&mut store, &pre, &tag, &values).unwrap();
    report.see("exception: fields", all(made.fields(&mut store).unwrap()));
    report.see("exception: how many fields", made.fields(&mut store).unwrap().len());
    report.see("exception: field 0", show(&made.field(&mut store, 0).unwrap()));
    report.outcome("exception: field 2", made.field(&mut store, 2));
    let its = made.tag(&mut store).unwrap();
    report
        .see("exception: tag", (Tag::eq(&its, &tag, &store), Tag::eq(&its, &other_tag, &store)).0);
    let types = [HeapType::Exn, HeapType::NoExn, ty.into(), other.into(), HeapType::Any];
    let matches = types.map(|ty| made.matches_ty(&store, &ty).unwrap());
    report.see("exception: matches", format!("{matches:?}"));
    let made = |tag, values: &[Val], store: &mut Store<()>| ExnRef::new(store, &pre, tag, values);
    report.outcome("exception: of another tag", made(&other_tag, &values, &mut store));
    report.outcome("exception: of too few values", made(&tag, &values[..1], &mut store));
    let wrong = made(&tag, &[Val::I32(5), Val::null_any_ref()], &mut store);
    report.outcome("exception: of a wrong value", wrong);

    // The host throws, and catches what a guest throws on.
    let made = made(&tag, &values, &mut store).unwrap();
    let raw = made.to_raw(&mut store).unwrap();
    let again = ExnRef::from_raw(&mut store, raw).unwrap();
    report.result("exception: raw", Rooted::ref_eq(&store, &again, &made));
    report.outcome("exception: thrown", store.throw::<()>(made));
    let taken = store.take_pending_exception().unwrap();
    report.result("exception: taken", Rooted::ref_eq(&store, &taken, &made));
    report.see("exception: taken again", store.take_pending_exception().is_none());
}

fn scopes(report: &mut Report, engine: &Engine) {
    let mut store = Store::new(engine, ());
    let ty = StructType::new(engine, [var(ValType::ANYREF)]).unwrap();
    let pre = StructRefPre::new(&mut store, ty.clone());
    let bytes = ArrayRefPre::new(&mut store, ArrayType::new(engine, var(StorageType::I8)));
    let kept = StructRef::new(&mut store, &pre, &[Val::null_any_ref()]).unwrap();
    let (object, array, number, owned) = {
        let mut scope = RootScope::new(&mut store);
        let object = StructRef::new(&mut scope, &pre, &[Val::null_any_ref()]).unwrap();
        let array = ArrayRef::new(&mut scope, &bytes, &Val::I32(0), 3).unwrap();
        let number = EqRef::from_i31(&mut scope, I31::wrapping_u32(7));
        (object, array, number, object.to_owned_rooted(&mut scope).unwrap())
    };
    report.outcome("after its scope: ty", object.ty(&store));
    report.outcome("after its scope: field", object.field(&mut store, 0));
    report.outcome("after its scope: fields", object.fields(&mut store).map(|_| ()));
    report.outcome(
        "after its scope: set_field",
        object.set_field(&mut store, 0, Val::null_any_ref()),
    );
    report.outcome("after its scope: matches_ty", object.matches_ty(&store, &ty));
    report.outcome("after its scope: len", array.len(&store));
    report.outcome("after its scope: get", array.get(&mut store, 0));
    report.outcome("after its scope: set", array.set(&mut store, 0, Val::I32(0)));
    report.outcome("after its scope: elems", array.elems(&mut store).map(|_| ()));
    report.outcome("after its scope: as_i31", number.as_i31(&store));
    report.outcome("after its scope: is_struct", number.to_anyref().is_struct(&store));
    report.outcome("after its scope: to_raw", number.to_anyref().to_raw(&mut store));
    report.outcome("after its scope: as a field", kept.set_field(&mut store, 0, object.into()));
    report
        .outcome("after its scope: as a value", StructRef::new(&mut store, &pre, &[object.into()]));
    report.outcome("after its scope: owned", owned.field(&mut store, 0));
    let rooted = owned.to_eqref().to_rooted(&mut store);
    report.result("after its scope: rooted again", rooted.is_struct(&store));
}

fn stores(report: &mut Report, engine: &Engine) {
    let (mut store, mut other) = (Store::new(engine, ()), Store::new(engine, ()));
    let ty = StructType::new(engine, [var(ValType::ANYREF)]).unwrap();
    let pre = StructRefPre::new(&mut store, ty.clone());
    let null = [Val::null_any_ref()];
    let object = StructRef::new(&mut store, &pre, &null).unwrap();
    let any = object.to_anyref();
    let refs = ArrayRefPre::new(&mut other, ArrayType::new(engine, var(ValType::ANYREF)));
    let array = ArrayRef::new(&mut other, &refs, &null[0], 1).unwrap();
    let others = StructRefPre::new(&mut other, ty);
    report.panic("another store: a value", || {
        StructRef::new(&mut other, &others, &[any.into()]).is_ok()
    });
    let elements = ArrayRef::new(&mut other, &refs, &any.into(), 1);
    report.outcome("another store: an element", elements);
    report.panic("another store: set", || array.set(&mut other, 0, any.into()).is_ok());
    let object_of_other = StructRef::new(&mut other, &others, &null).unwrap();
    report
        .outcome("another store: set_field", object_of_other.set_field(&mut other, 0, any.into()));
    report.outcome("another store: as an argument", {
        let func = Func::wrap(&mut other, |_: Option<Rooted<AnyRef>>| ());
        func.call(&mut other, &[any.into()], &mut [])
    });
    report.outcome("another store: as a typed argument", {
        let func = Func::wrap(&mut other, |_: Option<Rooted<StructRef>>| ());
        func.typed::<Option<Rooted<StructRef>>, ()>(&other).unwrap().call(&mut other, Some(object))
    });
}

fn calls(report: &mut Report, engine: &Engine) {
    let text = r#"(module
        (type $s (sub (struct (field (mut i32)))))
        (type $t (sub $s (struct (field (mut i32)) (field f32))))
        (type $a (array (mut i8)))
        (func (export "s") (param (ref $s)) (result i32) (struct.get $s 0 (local.get 0)))
        (func (export "s?") (param (ref null $s)) (result i32) (ref.is_null (local.get 0)))
        (func (export "a") (param (ref $a)) (result i32) (array.len (local.get 0)))
        (func (export "eq") (param eqref) (result eqref) (local.get 0))
        (func (export "struct") (param (ref struct)) (result (ref any)) (local.get 0))
        (func (export "i31") (param i31ref) (result (ref i31)) (ref.as_non_null (local.get 0)))
        (func (export "make s") (result (ref $s)) (struct.new $s (i32.const 7)))
        (func (export "make t") (result (ref $t)) (struct.new $t (i32.const 8) (f32.const 1)))
        (func (export "make a") (result (ref $a)) (array.new_default $a (i32.const 5))))"#;
    let Some(module) = report.module("calls", engine, text) else { return };
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let make = |store: &mut Store<()>, name: &str| {
        let make = instance.get_typed_func::<(), Rooted<AnyRef>>(&mut *store, name).unwrap();
        make.call(store, ()).unwrap()
    };
    let objects = ["make s", "make t", "make a"].map(|name| (name, make(&mut store, name)));
    let number = AnyRef::from_i31(&mut store, I31::wrapping_u32(7));
    let objects = objects.into_iter().chain([("a number", number)]);
    for (name, object) in objects.collect::<Vec<_>>() {
        for func in ["s", "s?", "a", "eq", "struct", "i31"] {
            let to = instance.get_func(&mut store, func).unwrap();
            let mut results = [Val::I32(0)];
            let called = to.call(&mut store, &[object.into()], &mut results);
            result(report, &format!("{func:?} of {name}"), called.map(|()| show(&results[0])));
        }
        for func in ["s", "s?", "a"] {
            let label = format!("{func:?} of {name}, typed");
            let to =
                instance.get_typed_func::<Option<Rooted<AnyRef>>, i32>(&mut store, func).unwrap();
            result(report, &label, to.call(&mut store, Some(object)));
            let Some(object) = object.as_eqref(&mut store).unwrap() else { continue };
            let to = instance.get_typed_func::<Rooted<EqRef>, i32>(&mut store, func).unwrap();
            result(report, &(label + " as eq"), to.call(&mut store, object));
        }
    }
    for func in ["s", "s?", "a"] {
        let to = instance.get_typed_func::<Option<Rooted<AnyRef>>, i32>(&mut store, func).unwrap();
        result(report, &format!("{func:?} of null, typed"), to.call(&mut store, None));
        let to =
            instance.get_typed_func::<Option<Rooted<StructRef>>, i32>(&mut store, func).unwrap();
        result(report, &format!("{func:?} of a null struct, typed"), to.call(&mut store, None));
        let to = instance.get_typed_func::<I31, i32>(&mut store, func).unwrap();
        result(
            report,
            &format!("{func:?} of an `I31`, typed"),
            to.call(&mut store, I31::default()),
        );
    }
    type Structs = (Rooted<StructRef>, Rooted<StructRef>);
    let mut typed = |label: &str, outcome: Result<()>| result(report, label, outcome);
    let mut store = &mut store;
    typed("eq as structs", instance.get_typed_func::<Structs, ()>(&mut store, "eq").map(drop));
    let of = instance.get_typed_func::<Rooted<StructRef>, Rooted<EqRef>>(&mut store, "eq");
    typed("eq: a result that is null", of.map(drop));
    let of = instance.get_typed_func::<Rooted<StructRef>, Rooted<EqRef>>(&mut store, "struct");
    typed("struct: a result that is any", of.map(drop));
    let of =
        instance.get_typed_func::<Option<Rooted<StructRef>>, Rooted<AnyRef>>(&mut store, "struct");
    typed("struct: of null", of.map(drop));
    let of = instance.get_typed_func::<Rooted<EqRef>, Rooted<AnyRef>>(&mut store, "struct");
    typed("struct: of eq", of.map(drop));
    let of = instance.get_typed_func::<(), Rooted<StructRef>>(&mut store, "make t");
    typed("make t: a struct", of.map(drop));
    let of = instance.get_typed_func::<(), Rooted<ArrayRef>>(&mut store, "make t");
    typed("make t: an array", of.map(drop));
    let of = instance.get_typed_func::<I31, I31>(&mut store, "i31").unwrap();
    let n = of.call(&mut store, I31::wrapping_i32(-5)).map(|n| n.get_i32());
    result(report, "i31, typed", n);
}
