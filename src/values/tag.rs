//! `Tag`: the handle of a tag.

use wasmote_interp::TagId;

use crate::store::{StoreId, StoreOpaque};
use crate::{AsContext, AsContextMut, FuncType, Result, TagType, ensure};

/// A tag of a store: what kind of exception one is, and what it carries.
///
/// Each instance of a module has tags of its own for those that the module defines; those that it imports are the same as
/// outside.
///
/// Every method that takes a store panics with "object used with the wrong store" if the tag belongs to another one.
///
/// # Examples
/// ```
/// use wasmote::{Engine, FuncType, Store, Tag, TagType, ValType};
///
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let ty = TagType::new(FuncType::new(&engine, [ValType::I32], []));
/// let (a, b) = (Tag::new(&mut store, &ty)?, Tag::new(&mut store, &ty)?);
/// assert!(a.ty(&store).ty().param(0).unwrap().is_i32());
/// assert!(Tag::eq(&a, &a, &store) && !Tag::eq(&a, &b, &store));
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Tag {
    store: StoreId,
    id: TagId,
}

impl Tag {
    /// Makes a tag of type `ty`, different from all others.
    ///
    /// # Errors
    /// If the type is of another engine than the store, or has results.
    pub fn new(mut store: impl AsContextMut, ty: &TagType) -> Result<Tag> {
        let store = &mut store.as_context_mut().0.opaque;
        ensure!(ty.ty().comes_from_same_engine(store.engine()), "type used with wrong engine");
        ensure!(
            ty.ty().results().len() == 0,
            "Cannot create an exception type from a tag type with results in the signature"
        );
        let id = store.add_host_tag(ty.ty().clone())?;
        Ok(Tag::of_store(store, id))
    }

    pub(crate) fn of_store(store: &StoreOpaque, id: TagId) -> Tag {
        Tag { store: store.id, id }
    }

    /// The id, checked to be of `store`.
    #[track_caller]
    pub(crate) fn id_in(&self, store: &StoreOpaque) -> TagId {
        store.assert_own(self.store);
        self.id
    }

    /// The type.
    pub fn ty(&self, store: impl AsContext) -> TagType {
        self.ty_in(&store.as_context().0.opaque)
    }

    /// Whether both are the same tag, not only of the same type.
    #[allow(clippy::should_implement_trait)] // the name is that of the API this one follows
    pub fn eq(a: &Tag, b: &Tag, store: impl AsContext) -> bool {
        let store = &store.as_context().0.opaque;
        a.id_in(store) == b.id_in(store)
    }

    pub(crate) fn ty_in(&self, store: &StoreOpaque) -> TagType {
        TagType::new(FuncType::from_index(
            store.engine(),
            store.machine.tag_type(self.id_in(store)),
        ))
    }

    pub(crate) fn is_of(&self, store: &StoreOpaque) -> bool {
        self.store == store.id
    }
}
