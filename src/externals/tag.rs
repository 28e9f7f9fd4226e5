//! Tags.

use crate::store::{StoreId, StoreOpaque};
use crate::{AsContext, AsContextMut, Result, TagType, ensure};

/// A tag of a store: what kind of exception one is, and what it carries.
///
/// Tags are made and compared by the host; exceptions are not supported yet, so no module imports or exports one.
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
    index: u32,
}

impl Tag {
    /// Makes a tag of type `ty`, different from all others.
    ///
    /// # Errors
    /// If the type is of another engine than the store, or has results.
    pub fn new(mut store: impl AsContextMut, ty: &TagType) -> Result<Tag> {
        let store = &mut store.as_context_mut().0.opaque;
        ensure!(ty.ty().comes_from_same_engine(store.engine()), "type used with wrong engine");
        ensure!(ty.ty().results().len() == 0, "tags have no results");
        Ok(Tag { store: store.id, index: store.add_tag(ty.clone()) })
    }

    /// The type.
    pub fn ty(&self, store: impl AsContext) -> TagType {
        self.ty_in(&store.as_context().0.opaque)
    }

    /// Whether both are the same tag, not only of the same type.
    #[allow(clippy::should_implement_trait)] // the name is that of the API this one follows
    pub fn eq(a: &Tag, b: &Tag, store: impl AsContext) -> bool {
        let store = &store.as_context().0.opaque;
        store.assert_own(a.store);
        store.assert_own(b.store);
        a.index == b.index
    }

    pub(crate) fn ty_in(&self, store: &StoreOpaque) -> TagType {
        store.assert_own(self.store);
        store.tag_type(self.index).clone()
    }

    pub(crate) fn is_of(&self, store: &StoreOpaque) -> bool {
        self.store == store.id
    }
}
