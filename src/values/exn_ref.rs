//! `ExnRef`: exceptions as objects.

use super::root::{Root, rooted};

#[cfg(feature = "gc")]
use {
    super::Rooted,
    crate::poll::now,
    crate::store::{KnownType, StoreId, StoreOpaque},
    crate::{
        AsContext, AsContextMut, ExnType, FuncType, HeapType, Result, StoreContextMut, Tag,
        TagType, Val, ensure, format_err,
    },
    alloc::sync::Arc,
};

/// A type of exceptions that a store is prepared for, to make many of them with [`ExnRef::new`].
///
/// # Examples
/// ```
/// use wasmote::{Engine, ExnRef, ExnRefPre, ExnType, Store, Tag, Val, ValType};
///
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let ty = ExnType::new(&engine, [ValType::I32])?;
/// let tag = Tag::new(&mut store, &ty.tag_type())?;
/// let errors = ExnRefPre::new(&mut store, ty);
/// for n in 0..10 {
///     ExnRef::new(&mut store, &errors, &tag, &[Val::I32(n)])?;
/// }
/// # Ok::<(), wasmote::Error>(())
/// ```
#[cfg(feature = "gc")]
#[derive(Debug)]
pub struct ExnRefPre {
    store: StoreId,
    ty: ExnType,
    known: Arc<KnownType>,
}

#[cfg(feature = "gc")]
impl ExnRefPre {
    /// Prepares a store for exceptions of this type. The store keeps the type as long as it lives.
    ///
    /// # Panics
    /// If the type is of another engine than the store.
    pub fn new(mut store: impl AsContextMut, ty: ExnType) -> ExnRefPre {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        assert!(ty.comes_from_same_engine(store.engine()), "type is of a different engine");
        ExnRefPre { store: store.id(), known: store.known_type(ty.clone()), ty }
    }
}

/// An exception (`exnref`): a tag, and what is carried.
///
/// # Examples
/// ```
/// # #[cfg(feature = "gc")]
/// # fn main() -> wasmote::Result<()> {
/// use wasmote::{
///     AsContextMut, Caller, Engine, ExnRef, ExnRefPre, ExnType, Func, Instance, Module, Result, Store, Tag, Val,
/// };
///
/// let engine = Engine::default();
/// let text = r#"(module
///     (import "host" "fail" (func $fail))
///     (tag $t (export "t") (param i32))
///     (func (export "run") (result i32)
///         (block $caught (result i32)
///             (try_table (catch $t $caught) (call $fail))
///             (i32.const 0))))"#;
/// let module = Module::new(&engine, text)?;
/// let mut store = Store::new(&engine, None::<Tag>);
/// let fail = Func::wrap(&mut store, |mut caller: Caller<'_, Option<Tag>>| -> Result<()> {
///     let tag = caller.data().unwrap();
///     let ty = ExnType::from_tag_type(&tag.ty(&caller))?;
///     let pre = ExnRefPre::new(&mut caller, ty);
///     let exception = ExnRef::new(&mut caller, &pre, &tag, &[Val::I32(7)])?;
///     caller.as_context_mut().throw(exception)
/// });
/// let instance = Instance::new(&mut store, &module, &[fail.into()])?;
/// *store.data_mut() = instance.get_tag(&mut store, "t");
/// let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
/// assert_eq!(run.call(&mut store, ())?, 7);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "gc"))]
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ExnRef {
    root: Root,
}

rooted! { ExnRef }

#[cfg(feature = "gc")]
impl ExnRef {
    /// Makes an exception that carries these values, rooted in the innermost scope.
    ///
    /// # Errors
    /// If the tag is of another type; if there are more or fewer values than the type has, one of another type or no longer
    /// rooted; [`GcHeapOutOfMemory`](crate::GcHeapOutOfMemory) if there is no room for the object, or the limiter refuses it.
    ///
    /// If the limiter is asynchronous.
    ///
    /// # Panics
    /// If the type was prepared for another store, or the tag or a value is of another one.
    pub fn new(
        mut store: impl AsContextMut,
        allocator: &ExnRefPre,
        tag: &Tag,
        fields: &[Val],
    ) -> Result<Rooted<ExnRef>> {
        now(ExnRef::make(store.as_context_mut(), allocator, tag, fields, false))
    }

    /// Like [`ExnRef::new`], for stores that have to be used by `*_async` functions.
    ///
    /// # Errors
    /// As [`ExnRef::new`].
    ///
    /// # Panics
    /// As [`ExnRef::new`].
    #[cfg(feature = "async")]
    pub async fn new_async(
        mut store: impl AsContextMut,
        allocator: &ExnRefPre,
        tag: &Tag,
        fields: &[Val],
    ) -> Result<Rooted<ExnRef>> {
        ExnRef::make(store.as_context_mut(), allocator, tag, fields, true).await
    }

    async fn make<T: 'static>(
        store: StoreContextMut<'_, T>,
        allocator: &ExnRefPre,
        tag: &Tag,
        values: &[Val],
        may_wait: bool,
    ) -> Result<Rooted<ExnRef>> {
        let store = store.0;
        if !may_wait {
            store.opaque_and_limiter()?;
        }
        assert!(tag.is_of(&store.opaque), "tag comes from the wrong store");
        let carried = allocator.ty.tag_type().ty().type_index();
        ensure!(
            tag.ty_in(&store.opaque).ty().type_index() == carried,
            "incorrect signature for tag when creating exception object"
        );
        let KnownType { descriptor, fields, .. } = &*allocator.known;
        store.opaque.check_fields(fields, values)?;
        assert!(
            allocator.store == store.opaque.id(),
            "attempted to use a `ExnRefPre` with the wrong store"
        );
        let tag = tag.id_in(&store.opaque).index() as u32;
        let make = store.with_room(may_wait, |machine| machine.heap_new(*descriptor, tag));
        let object = make.await?;
        let store = &mut store.opaque;
        store.set_fields(object, fields, values)?;
        Ok(Rooted::of_slot(store, object.into()).expect("a new object is not null"))
    }

    /// The exception that [`ExnRef::to_raw`] gave this number for, or a guest, if no garbage was collected since. `None` for
    /// null and for numbers that stand for no exception, which are not looked for fast.
    pub fn from_raw(mut store: impl AsContextMut, raw: u32) -> Option<Rooted<ExnRef>> {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        let is_one = store.machine.heap_is_object(raw) && store.machine.heap_is_exception(raw);
        if is_one { Rooted::of_slot(store, raw.into()) } else { None }
    }

    /// A number for this exception, for [`ValRaw::exnref`](crate::ValRaw::exnref), until garbage is collected; never 0, which
    /// is null.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn to_raw(&self, store: impl AsContextMut) -> Result<u32> {
        Ok(self.root.own_slot(store.as_context().0.opaque())? as u32)
    }

    /// The type of the exception: what it carries.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn ty(&self, store: impl AsContext) -> Result<ExnType> {
        let store = store.as_context();
        let store = store.0.opaque();
        ExnRef::type_of(store, self.root.own_slot(store)?)
    }

    /// What an exception carries.
    pub(super) fn type_of(store: &StoreOpaque, slot: u64) -> Result<ExnType> {
        let ty = store.machine.tag_type(store.machine.exception_tag(slot as u32));
        ExnType::from_tag_type(&TagType::new(FuncType::from_index(store.engine(), ty)))
    }

    /// Whether the exception is of this type.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store, or the type of another engine.
    pub fn matches_ty(&self, store: impl AsContext, ty: &HeapType) -> Result<bool> {
        Ok(HeapType::from(self.ty(store)?).matches(ty))
    }

    /// The values that it carries, in order. References are rooted in the innermost scope.
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
        let slot = self.root.own_slot(store)?;
        let ty = ExnRef::type_of(store, slot)?;
        Ok((slot as u32, store.known_type(ty)))
    }

    /// Value `index` that it carries. A reference is rooted in the innermost scope.
    ///
    /// # Errors
    /// If there is no such value, or the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn field(&self, mut store: impl AsContextMut, index: usize) -> Result<Val> {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        let (object, known) = self.known(store)?;
        let (field, ty) = known.fields.get(index).ok_or_else(|| {
            let len = known.fields.len();
            format_err!("cannot access field {index}: exn only has {len} fields")
        })?;
        Ok(store.field(object, field, ty))
    }

    /// The tag.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn tag(&self, mut store: impl AsContextMut) -> Result<Tag> {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        let object = self.root.own_slot(store)? as u32;
        Ok(Tag::of_store(store, store.machine.exception_tag(object)))
    }
}
