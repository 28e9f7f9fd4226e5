//! Tests of values and roots that need a store.

use super::*;
use crate::{AsContextMut, Engine, HeapType, RefType, Store, ValType};
use alloc::string::ToString;
use alloc::sync::Arc;

const NUMBERS: [Val; 5] =
    [Val::I32(-7), Val::I64(i64::MIN), Val::F32(0x7fa0_0001), Val::F64(0xfff4 << 48), Val::I32(0)];

#[test]
fn numbers_come_back_from_slots_and_raw_values() {
    let mut store = Store::<()>::default();
    let vector = Val::from(0x0123_4567_89ab_cdef_1122_3344_5566_7788_u128);
    for val in NUMBERS.into_iter().chain([vector]) {
        let ty = val.ty(&store).unwrap();
        let raw = val.to_raw(&mut store).unwrap();
        #[allow(unsafe_code)]
        // SAFETY: made from a value of this type and store.
        let back = unsafe { Val::from_raw(&mut store, raw, ty) };
        assert_eq!(alloc::format!("{val:?}"), alloc::format!("{back:?}"));
    }
    assert_eq!(vector.unwrap_v128().as_u128() as u64, 0x1122_3344_5566_7788);
}

#[test]
fn slots_of_small_numbers_have_zero_above() {
    let mut store = Store::<()>::default();
    let raw = Val::I32(-1).to_raw(&mut store).unwrap();
    assert_eq!((raw.get_u64(), raw.get_v128()), (0xffff_ffff, 0xffff_ffff));
    assert_eq!(raw.get_i32(), -1);
    assert_eq!(ValRaw::i64(-2).get_i64(), -2);
    assert_eq!(ValRaw::f32(1.5_f32.to_bits()).get_f32(), 1.5_f32.to_bits());
    assert_eq!(ValRaw::f64(2.5_f64.to_bits()).get_f64(), 2.5_f64.to_bits());
    let pointer = core::ptr::without_provenance_mut(0x123);
    assert_eq!(ValRaw::funcref(pointer).get_funcref().addr(), 0x123);
}

#[test]
fn defaults_are_zero_or_null() {
    let store = Store::<()>::default();
    for ty in [ValType::I32, ValType::F64, ValType::V128, ValType::EXTERNREF, ValType::EXNREF] {
        let val = Val::default_for_ty(&ty).unwrap();
        assert!(val.matches_ty(&store, &ty).unwrap(), "{ty}");
    }
    assert!(Val::default_for_ty(&RefType::new(false, HeapType::Func).into()).is_none());
}

#[test]
fn null_is_of_the_bottom_type_and_of_all_above() {
    let store = Store::<()>::default();
    let null = Val::null_extern_ref();
    assert_eq!(null.ty(&store).unwrap().to_string(), "(ref null noextern)");
    assert!(null.matches_ty(&store, &ValType::EXTERNREF).unwrap());
    assert!(!null.matches_ty(&store, &ValType::FUNCREF).unwrap());
    assert!(!null.matches_ty(&store, &RefType::new(false, HeapType::Extern).into()).unwrap());
    assert!(Val::null_ref(&HeapType::NoFunc).unwrap_func_ref().is_none());
    assert!(Val::null_any_ref().matches_ty(&store, &ValType::I31REF).unwrap());
}

#[test]
fn mismatches_say_what_was_expected() {
    let mut store = Store::<()>::default();
    let other = ExternRef::new(&mut Store::<()>::default(), 1).unwrap();
    let own = ExternRef::new(&mut store, 1).unwrap();
    let opaque = store.as_context_mut().0.opaque_mut();
    let error = |val: Val, ty: ValType| val.ensure_matches(opaque, &ty).unwrap_err().to_string();
    assert_eq!(error(Val::I32(1), ValType::I64), "type mismatch: expected i64, found i32");
    assert_eq!(
        error(own.into(), ValType::FUNCREF),
        "type mismatch: expected (ref null func), found (ref null extern)"
    );
    assert_eq!(error(other.into(), ValType::EXTERNREF), "value used with wrong store");
    assert_eq!(error(other.into(), ValType::I32), "value used with wrong store");
    assert!(Val::from(own).ensure_matches(opaque, &ValType::EXTERNREF).is_ok());
}

#[test]
fn roots_end_with_their_scope() {
    let mut store = Store::<()>::default();
    let outer = ExternRef::new(&mut store, "outer").unwrap();
    let mut scope = RootScope::new(&mut store);
    let inner = ExternRef::new(&mut scope, "inner").unwrap();
    let owned = inner.to_owned_rooted(&mut scope).unwrap();
    let mut innermost = RootScope::new(scope.reborrow());
    let last = owned.to_rooted(&mut innermost);
    assert!(Rooted::ref_eq(&innermost, &last, &inner).unwrap());
    assert!(!Rooted::rooted_eq(last, inner));
    drop(innermost);
    assert!(last.data(&scope).is_err() && inner.data(&scope).is_ok());
    drop(scope);

    // The position is used again, but not by the same root.
    let next = ExternRef::new(&mut store, "next").unwrap();
    let error = inner.data(&store).unwrap_err().to_string();
    assert_eq!(error, "attempted to use a garbage-collected object that has been unrooted");
    assert!(inner.to_owned_rooted(&mut store).is_err());
    let text =
        |root: Rooted<ExternRef>| *root.data(&store).unwrap().unwrap().downcast_ref().unwrap();
    assert_eq!((text(outer), text(next)), ("outer", "next"));
    let data = owned.data(&store).unwrap().unwrap();
    assert_eq!(data.downcast_ref(), Some(&"inner"));
}

#[test]
#[should_panic = "object used with the wrong store"]
fn host_data_of_another_store_is_a_mistake() {
    let engine = Engine::default();
    let root = ExternRef::new(&mut Store::new(&engine, ()), 1).unwrap();
    drop(root.data(&Store::new(&engine, ())));
}

#[test]
fn host_data_can_be_changed_and_goes_with_the_store() {
    let mut store = Store::<()>::default();
    let witness = Arc::new(());
    let root = ExternRef::new(&mut store, (0, witness.clone())).unwrap();
    let owned = root.to_owned_rooted(&mut store).unwrap();
    let data = root.data_mut(&mut store).unwrap().unwrap();
    data.downcast_mut::<(i32, Arc<()>)>().unwrap().0 = 5;
    let raw = root.to_raw(&store).unwrap();
    let again = ExternRef::from_raw(&mut store, raw).unwrap();
    let data = again.data(&store).unwrap().unwrap();
    assert_eq!(data.downcast_ref::<(i32, Arc<()>)>().unwrap().0, 5);
    assert!(ExternRef::from_raw(&mut store, 0).is_none());
    assert!(ExternRef::from_raw(&mut store, raw + 8).is_none());
    assert_eq!(Arc::strong_count(&witness), 2);
    drop(store);
    assert_eq!(Arc::strong_count(&witness), 1);
    drop(owned.clone());
}
