//! `StructRef`: structs that guests and hosts share.

use alloc::format;
use alloc::sync::Arc;

use wasmote_interp::Field;

use super::root::{Root, Rooted, rooted};
use crate::error::Context as _;
use crate::poll::now;
use crate::store::{KnownType, StoreId, StoreOpaque};
use crate::{
    AsContext, AsContextMut, FieldType, Result, StoreContextMut, StructType, Val, ensure,
    format_err,
};

/// A type of structs that a store is prepared for, to make many of them with [`StructRef::new`].
///
/// # Examples
/// ```
/// use wasmote::{
///     Engine, FieldType, Mutability, Store, StructRef, StructRefPre, StructType, Val, ValType,
/// };
///
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let ty = StructType::new(&engine, [FieldType::new(Mutability::Var, ValType::I32.into())])?;
/// let boxes = StructRefPre::new(&mut store, ty);
/// for n in 0..10 {
///     StructRef::new(&mut store, &boxes, &[Val::I32(n)])?;
/// }
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Debug)]
pub struct StructRefPre {
    store: StoreId,
    known: Arc<KnownType>,
}

impl StructRefPre {
    /// Prepares a store for structs of this type. The store keeps the type as long as it lives.
    ///
    /// # Panics
    /// If the type is of another engine than the store.
    pub fn new(mut store: impl AsContextMut, ty: StructType) -> StructRefPre {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        assert!(ty.comes_from_same_engine(store.engine()), "type is of a different engine");
        StructRefPre { store: store.id(), known: store.known_type(ty) }
    }
}

/// A struct.
///
/// # Examples
/// ```
/// use wasmote::{
///     Engine, FieldType, Mutability, StorageType, Store, StructRef, StructRefPre, StructType,
///     Val, ValType,
/// };
///
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let byte = FieldType::new(Mutability::Var, StorageType::I8);
/// let float = FieldType::new(Mutability::Const, ValType::F64.into());
/// let ty = StructType::new(&engine, [byte, float])?;
/// let pre = StructRefPre::new(&mut store, ty.clone());
///
/// let pair = StructRef::new(&mut store, &pre, &[Val::I32(-1), Val::from(2.5)])?;
/// assert_eq!(pair.field(&mut store, 0)?.unwrap_i32(), 255, "what a byte is left with");
/// pair.set_field(&mut store, 0, Val::I32(7))?;
/// let error = pair.set_field(&mut store, 1, Val::from(0.5)).unwrap_err();
/// assert_eq!(error.to_string(), "cannot set field 1: field is not mutable");
/// assert_eq!(pair.fields(&mut store)?.map(|field| field.i32()).collect::<Vec<_>>(), [Some(7), None]);
/// assert!(pair.matches_ty(&store, &ty)?);
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StructRef {
    root: Root,
}

rooted! { StructRef }

impl StructRef {
    /// Makes a struct with these values in its fields, rooted in the innermost scope. A field that is smaller than an `i32`
    /// gets its lowest bits.
    ///
    /// # Errors
    /// If there are more or fewer values than fields, one of another type than its field or no longer rooted;
    /// [`GcHeapOutOfMemory`](crate::GcHeapOutOfMemory) if there is no room for the object, or the limiter refuses it.
    ///
    /// If the limiter is asynchronous.
    ///
    /// # Panics
    /// If the type was prepared for another store, or a value is of another one.
    pub fn new(
        mut store: impl AsContextMut,
        allocator: &StructRefPre,
        fields: &[Val],
    ) -> Result<Rooted<StructRef>> {
        now(StructRef::make(store.as_context_mut(), allocator, fields, false))
    }

    /// Like [`StructRef::new`], for stores that have to be used by `*_async` functions.
    ///
    /// # Errors
    /// As [`StructRef::new`].
    ///
    /// # Panics
    /// As [`StructRef::new`].
    #[cfg(feature = "async")]
    pub async fn new_async(
        mut store: impl AsContextMut,
        allocator: &StructRefPre,
        fields: &[Val],
    ) -> Result<Rooted<StructRef>> {
        StructRef::make(store.as_context_mut(), allocator, fields, true).await
    }

    async fn make<T: 'static>(
        store: StoreContextMut<'_, T>,
        allocator: &StructRefPre,
        values: &[Val],
        may_wait: bool,
    ) -> Result<Rooted<StructRef>> {
        let store = store.0;
        if !may_wait {
            store.opaque_and_limiter()?;
        }
        let KnownType { descriptor, fields, .. } = &*allocator.known;
        store.opaque.check_fields(fields, values)?;
        assert!(
            allocator.store == store.opaque.id(),
            "attempted to use a `StructRefPre` with the wrong store"
        );
        let object = store.with_room(may_wait, |machine| machine.heap_new(*descriptor, 0)).await?;
        let store = &mut store.opaque;
        store.set_fields(object, fields, values)?;
        Ok(Rooted::of_slot(store, object.into()).expect("a new object is not null"))
    }

    /// The type of the struct.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn ty(&self, store: impl AsContext) -> Result<StructType> {
        let store = store.as_context();
        let store = store.0.opaque();
        Ok(type_of(store, self.root.own_slot(store)? as u32))
    }

    /// Whether the struct is of this type.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store, or the type of another engine.
    pub fn matches_ty(&self, store: impl AsContext, ty: &StructType) -> Result<bool> {
        Ok(self.ty(store)?.matches(ty))
    }

    /// What is in the fields, in order; what is smaller than an `i32` has no sign. References are rooted in the innermost scope.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn fields<'a, T: 'static>(
        &'a self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> Result<impl ExactSizeIterator<Item = Val> + 'a> {
        let store = store.into().0.opaque_mut();
        let (object, known) = self.known(store)?;
        Ok(store.fields(object, known))
    }

    /// The object, and its type.
    fn known(&self, store: &mut StoreOpaque) -> Result<(u32, Arc<KnownType>)> {
        let object = self.root.own_slot(store)? as u32;
        Ok((object, store.known_type(type_of(store, object))))
    }

    /// What is in field `index`; what is smaller than an `i32` has no sign. A reference is rooted in the innermost scope.
    ///
    /// # Errors
    /// If there is no such field, or the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn field(&self, mut store: impl AsContextMut, index: usize) -> Result<Val> {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        let (object, known) = self.known(store)?;
        let (field, ty) = field(&known, index)?;
        Ok(store.field(object, field, ty))
    }

    /// Sets field `index`. If it is smaller than an `i32`, it gets the lowest bits.
    ///
    /// # Errors
    /// If there is no such field, if it cannot be written, if the value is not of its type or of another store, or if a root is no
    /// longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn set_field(&self, mut store: impl AsContextMut, index: usize, value: Val) -> Result<()> {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        let (object, known) = self.known(store)?;
        let (field, ty) = field(&known, index)?;
        ensure!(field.mutable, "cannot set field {index}: field is not mutable");
        value
            .ensure_matches(store, ty.element_type().unpack())
            .with_context(|| format!("cannot set field {index}: type mismatch"))?;
        store.set_field(object, field, value)
    }
}

/// The type of a struct.
fn type_of(store: &StoreOpaque, object: u32) -> StructType {
    let (ty, _) = store.machine.heap_type(object).expect("a struct");
    StructType::from_index(store.engine(), ty)
}

/// A field of a type of structs.
fn field(known: &KnownType, index: usize) -> Result<&(Field, FieldType)> {
    known.fields.get(index).ok_or_else(|| {
        let len = known.fields.len();
        format_err!("cannot access field {index}: struct only has {len} fields")
    })
}
