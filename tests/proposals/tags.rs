//! Tags as items: their types, and which are the same.

use crate::*;

fn engine() -> Engine {
    Engine::new(Config::new().wasm_exceptions(true)).unwrap()
}

const MODULE: &str = r#"(module
    (import "m" "in" (tag (param i32)))
    (import "m" "f" (func))
    (tag (export "own") (param i64 f32))
    (tag $twin (param i64 f32))
    (export "twin" (tag $twin))
    (export "twin again" (tag $twin))
    (export "out" (tag 0)))"#;

fn signature(engine: &Engine, params: &[ValType]) -> TagType {
    TagType::new(FuncType::new(engine, params.iter().cloned(), []))
}

#[test]
fn modules_tell_the_types_of_their_tags() -> Result<()> {
    let engine = engine();
    let module = Module::new(&engine, MODULE)?;
    let import = module.imports().next().unwrap();
    assert_eq!((import.module(), import.name()), ("m", "in"));
    let ty = import.ty().unwrap_tag().clone();
    assert!(FuncType::eq(ty.ty(), signature(&engine, &[ValType::I32]).ty()));
    let names: Vec<_> = module.exports().map(|export| export.name()).collect();
    assert_eq!(names, ["own", "twin", "twin again", "out"]);
    let own = module.get_export("own").unwrap();
    let expected = signature(&engine, &[ValType::I64, ValType::F32]);
    assert!(FuncType::eq(own.tag().unwrap().ty(), expected.ty()));
    assert!(module.get_export("out").unwrap().unwrap_tag().ty().param(0).unwrap().is_i32());
    Ok(())
}

#[test]
fn each_instance_has_its_own_tags_and_shares_imported_ones() -> Result<()> {
    let engine = engine();
    let module = Module::new(&engine, MODULE)?;
    let mut store = Store::new(&engine, ());
    let tag = Tag::new(&mut store, &signature(&engine, &[ValType::I32]))?;
    let func = Func::wrap(&mut store, || ());
    let tags = |store: &mut Store<()>| -> Result<[Tag; 4]> {
        let instance = Instance::new(&mut *store, &module, &[tag.into(), func.into()])?;
        Ok(["own", "twin", "twin again", "out"]
            .map(|name| instance.get_tag(&mut *store, name).unwrap()))
    };
    let (a, b) = (tags(&mut store)?, tags(&mut store)?);
    let same = |a: &Tag, b: &Tag| Tag::eq(a, b, &store);
    assert!(!same(&a[0], &a[1]) && same(&a[1], &a[2]));
    assert!(!same(&a[0], &b[0]) && !same(&a[1], &b[1]));
    assert!(same(&a[3], &tag) && same(&b[3], &tag));
    assert!(a[0].ty(&store).ty().param(1).unwrap().is_f32());
    Ok(())
}

#[test]
fn exported_tags_can_be_imported() -> Result<()> {
    let engine = engine();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let exporter = Module::new(&engine, r#"(module (tag (export "t") (param i32)))"#)?;
    let exporter = linker.instantiate(&mut store, &exporter)?;
    linker.instance(&mut store, "m", exporter)?;
    let importer = r#"(module (import "m" "t" (tag (param i32))) (export "same" (tag 0)) (tag (export "own") (param i32)))"#;
    let importer = linker.instantiate(&mut store, &Module::new(&engine, importer)?)?;
    let original = exporter.get_tag(&mut store, "t").unwrap();
    let same = importer.get_tag(&mut store, "same").unwrap();
    let own = importer.get_tag(&mut store, "own").unwrap();
    assert!(Tag::eq(&original, &same, &store) && !Tag::eq(&original, &own, &store));

    // The type of a tag must be the same; and it must be a tag.
    let refused = [
        (r#"(module (import "m" "t" (tag)))"#, "incompatible tag types"),
        (r#"(module (import "m" "t" (tag (param i64))))"#, "incompatible tag types"),
        (r#"(module (import "m" "t" (func (param i32))))"#, "expected func, but found tag"),
    ];
    for (text, expected) in refused {
        let error = linker.instantiate(&mut store, &Module::new(&engine, text)?).unwrap_err();
        assert_eq!(error.to_string(), "incompatible import type for `m::t`");
        assert_eq!(error.root_cause().to_string(), expected);
    }
    Ok(())
}

#[test]
fn tags_have_no_results() {
    let engine = engine();
    assert!(Module::new(&engine, "(module (tag (result i32)))").is_err());
    let ty = TagType::new(FuncType::new(&engine, [], [ValType::I32]));
    let text = "Cannot create an exception type from a tag type with results in the signature";
    assert_err_is(Tag::new(Store::new(&engine, ()), &ty), text);
    assert_err_is(ExnType::from_tag_type(&ty), text);
}

#[test]
#[should_panic(expected = "object used with the wrong store")]
fn a_tag_of_another_store_is_a_mistake() {
    let engine = engine();
    let ty = signature(&engine, &[]);
    let tag = Tag::new(Store::new(&engine, ()), &ty).unwrap();
    tag.ty(Store::new(&engine, ()));
}
