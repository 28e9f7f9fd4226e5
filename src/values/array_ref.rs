//! `ArrayRef`: arrays that guests and hosts share.

use alloc::format;
use alloc::sync::Arc;

use wasmote_interp::Field;

use super::root::{Root, Rooted, rooted};
use crate::error::Context as _;
use crate::poll::now;
use crate::store::{KnownType, StoreId, StoreInner, StoreOpaque};
use crate::{
    ArrayType, AsContext, AsContextMut, Error, Result, StoreContextMut, Trap, Val, ensure,
};

/// A type of arrays that a store is prepared for, to make many of them with [`ArrayRef::new`] and its like.
///
/// # Examples
/// ```
/// use wasmote::{
///     ArrayRef, ArrayRefPre, ArrayType, Engine, FieldType, Mutability, Store, Val, ValType,
/// };
///
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let ty = ArrayType::new(&engine, FieldType::new(Mutability::Var, ValType::I32.into()));
/// let numbers = ArrayRefPre::new(&mut store, ty);
/// let zeros = ArrayRef::new(&mut store, &numbers, &Val::I32(0), 100)?;
/// let primes = ArrayRef::new_fixed(&mut store, &numbers, &[Val::I32(2), Val::I32(3)])?;
/// assert_eq!((zeros.len(&store)?, primes.len(&store)?), (100, 2));
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Debug)]
pub struct ArrayRefPre {
    store: StoreId,
    known: Arc<KnownType>,
}

impl ArrayRefPre {
    /// Prepares a store for arrays of this type. The store keeps the type as long as it lives.
    ///
    /// # Panics
    /// If the type is of another engine than the store.
    pub fn new(mut store: impl AsContextMut, ty: ArrayType) -> ArrayRefPre {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        assert!(ty.comes_from_same_engine(store.engine()), "type is of a different engine");
        ArrayRefPre { store: store.id(), known: store.known_type(ty) }
    }

    /// Makes an array that is all zero, or null.
    async fn allocate<T: 'static>(
        &self,
        store: &mut StoreInner<T>,
        len: usize,
        may_wait: bool,
    ) -> Result<u32> {
        assert!(
            self.store == store.opaque.id(),
            "attempted to use a `ArrayRefPre` with the wrong store"
        );
        let (len, descriptor) = (u32::try_from(len)?, self.known.descriptor);
        let made = store.with_room(may_wait, |machine| machine.heap_new(descriptor, len)).await;
        made.map_err(|error| match error.downcast_ref() {
            Some(Trap::AllocationTooLarge) => {
                error.context("unrecoverable error when allocating new `arrayref`")
            }
            _ => error,
        })
    }
}

/// An array.
///
/// # Examples
/// ```
/// use wasmote::{
///     ArrayRef, ArrayRefPre, ArrayType, Engine, FieldType, Mutability, StorageType, Store, Val,
/// };
///
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let ty = ArrayType::new(&engine, FieldType::new(Mutability::Var, StorageType::I8));
/// let bytes = ArrayRefPre::new(&mut store, ty);
/// let text = ArrayRef::new_from_i8_slice(&mut store, &bytes, b"hello")?;
/// text.set(&mut store, 0, Val::I32(i32::from(b'H')))?;
/// let mut copy = [0; 5];
/// text.copy_to_i8_slice(&mut store, &mut copy)?;
/// assert_eq!(&copy, b"Hello");
/// let error = text.get(&mut store, 5).unwrap_err();
/// assert_eq!(error.to_string(), "index out of bounds: the length is 5 but the index is 5");
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ArrayRef {
    root: Root,
}

rooted! { ArrayRef }

/// What an array begins with.
enum Initial<'a> {
    /// The same in all elements.
    Same(&'a Val, u32),
    Each(&'a [Val]),
    Bytes(&'a [u8]),
}

impl ArrayRef {
    /// Makes an array of `len` elements that are all `elem`, rooted in the innermost scope. Elements that are smaller than an
    /// `i32` get its lowest bits.
    ///
    /// # Errors
    /// If the value is not of the type of the elements, of another store or no longer rooted;
    /// [`GcHeapOutOfMemory`](crate::GcHeapOutOfMemory) if there is no room for the object, or the limiter refuses it;
    /// [`Trap::AllocationTooLarge`] if it would take 4 GiB or more.
    ///
    /// If the limiter is asynchronous.
    ///
    /// # Panics
    /// If the type was prepared for another store.
    pub fn new(
        mut store: impl AsContextMut,
        allocator: &ArrayRefPre,
        elem: &Val,
        len: u32,
    ) -> Result<Rooted<ArrayRef>> {
        let initial = Initial::Same(elem, len);
        now(ArrayRef::make(store.as_context_mut(), allocator, initial, false))
    }

    /// Like [`ArrayRef::new`], for stores that have to be used by `*_async` functions.
    ///
    /// # Errors
    /// As [`ArrayRef::new`].
    ///
    /// # Panics
    /// As [`ArrayRef::new`].
    #[cfg(feature = "async")]
    pub async fn new_async(
        mut store: impl AsContextMut,
        allocator: &ArrayRefPre,
        elem: &Val,
        len: u32,
    ) -> Result<Rooted<ArrayRef>> {
        let initial = Initial::Same(elem, len);
        ArrayRef::make(store.as_context_mut(), allocator, initial, true).await
    }

    /// Makes an array of these elements, otherwise as [`ArrayRef::new`].
    ///
    /// # Errors
    /// As [`ArrayRef::new`].
    ///
    /// # Panics
    /// As [`ArrayRef::new`].
    pub fn new_fixed(
        mut store: impl AsContextMut,
        allocator: &ArrayRefPre,
        elems: &[Val],
    ) -> Result<Rooted<ArrayRef>> {
        now(ArrayRef::make(store.as_context_mut(), allocator, Initial::Each(elems), false))
    }

    /// Like [`ArrayRef::new_fixed`], for stores that have to be used by `*_async` functions.
    ///
    /// # Errors
    /// As [`ArrayRef::new`].
    ///
    /// # Panics
    /// As [`ArrayRef::new`].
    #[cfg(feature = "async")]
    pub async fn new_fixed_async(
        mut store: impl AsContextMut,
        allocator: &ArrayRefPre,
        elems: &[Val],
    ) -> Result<Rooted<ArrayRef>> {
        ArrayRef::make(store.as_context_mut(), allocator, Initial::Each(elems), true).await
    }

    /// Makes an array of bytes, otherwise as [`ArrayRef::new`].
    ///
    /// # Errors
    /// If the elements are not `i8`; and as [`ArrayRef::new`].
    ///
    /// # Panics
    /// As [`ArrayRef::new`].
    pub fn new_from_i8_slice(
        mut store: impl AsContextMut,
        allocator: &ArrayRefPre,
        elems: &[u8],
    ) -> Result<Rooted<ArrayRef>> {
        now(ArrayRef::make(store.as_context_mut(), allocator, Initial::Bytes(elems), false))
    }

    /// Like [`ArrayRef::new_from_i8_slice`], for stores that have to be used by `*_async` functions.
    ///
    /// # Errors
    /// As [`ArrayRef::new_from_i8_slice`].
    ///
    /// # Panics
    /// As [`ArrayRef::new`].
    #[cfg(feature = "async")]
    pub async fn new_from_i8_slice_async(
        mut store: impl AsContextMut,
        allocator: &ArrayRefPre,
        elems: &[u8],
    ) -> Result<Rooted<ArrayRef>> {
        ArrayRef::make(store.as_context_mut(), allocator, Initial::Bytes(elems), true).await
    }

    async fn make<T: 'static>(
        store: StoreContextMut<'_, T>,
        allocator: &ArrayRefPre,
        initial: Initial<'_>,
        may_wait: bool,
    ) -> Result<Rooted<ArrayRef>> {
        let store = store.0;
        if !may_wait {
            store.opaque_and_limiter()?;
        }
        let (element, ty) = &allocator.known.fields[0];
        let len = match initial {
            Initial::Same(_, len) => len as usize,
            Initial::Each(values) => values.len(),
            Initial::Bytes(bytes) => {
                ensure!(
                    ty.element_type().is_i8(),
                    "element type mismatch: cannot initialize an array of `{}` elements from a slice of `i8`s",
                    ty.element_type()
                );
                bytes.len()
            }
        };
        let array = allocator.allocate(store, len, may_wait).await?;
        let store = &mut store.opaque;
        let check = |store: &StoreOpaque, value: &Val| {
            let checked = value.ensure_matches(store, ty.element_type().unpack());
            checked.context("element type mismatch")
        };
        match initial {
            Initial::Same(value, len) => {
                if len != 0 {
                    check(store, value)?;
                }
                let slots = value.to_slots(store)?;
                for i in 0..len {
                    let Field { offset, storage, .. } = element_at(element, i);
                    store.machine.heap_set(array, offset, storage, slots);
                }
            }
            Initial::Each(values) => {
                values.iter().try_for_each(|value| check(store, value))?;
                for (i, value) in (0..).zip(values) {
                    store.set_field(array, &element_at(element, i), *value)?;
                }
            }
            Initial::Bytes(bytes) => store.machine.heap_elements(array).copy_from_slice(bytes),
        }
        Ok(Rooted::of_slot(store, array.into()).expect("a new object is not null"))
    }

    /// The type of the array.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn ty(&self, store: impl AsContext) -> Result<ArrayType> {
        let store = store.as_context();
        let store = store.0.opaque();
        let (ty, _) = self.type_and_len(store)?;
        Ok(ArrayType::from_index(store.engine(), ty))
    }

    /// Whether the array is of this type.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store, or the type of another engine.
    pub fn matches_ty(&self, store: impl AsContext, ty: &ArrayType) -> Result<bool> {
        Ok(self.ty(store)?.matches(ty))
    }

    /// How many elements there are.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    #[allow(clippy::len_without_is_empty)] // nor has the API that this one follows
    pub fn len(&self, store: impl AsContext) -> Result<u32> {
        Ok(self.type_and_len(store.as_context().0.opaque())?.1)
    }

    /// The canonical id of the type, and the length.
    fn type_and_len(&self, store: &StoreOpaque) -> Result<(u32, u32)> {
        let object = self.root.own_slot(store)? as u32;
        match store.machine.heap_type(object) {
            Some((ty, Some(len))) => Ok((ty, len)),
            _ => unreachable!("an array"),
        }
    }

    /// The object, its type and its length.
    fn known(&self, store: &mut StoreOpaque) -> Result<(u32, Arc<KnownType>, u32)> {
        let (ty, len) = self.type_and_len(store)?;
        let ty = ArrayType::from_index(store.engine(), ty);
        Ok((self.root.own_slot(store)? as u32, store.known_type(ty), len))
    }

    /// The elements in order; what is smaller than an `i32` has no sign. References are rooted in the innermost scope.
    ///
    /// # Errors
    /// If the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn elems<'a, T: 'static>(
        &'a self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> Result<impl ExactSizeIterator<Item = Val> + 'a> {
        let store = store.into().0.opaque_mut();
        let (array, known, len) = self.known(store)?;
        Ok((0..len as usize).map(move |i| {
            let (element, ty) = &known.fields[0];
            store.field(array, &element_at(element, i as u32), ty)
        }))
    }

    /// Element `index`; what is smaller than an `i32` has no sign. A reference is rooted in the innermost scope.
    ///
    /// # Errors
    /// If there is no such element, or the root is no longer valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn get(&self, mut store: impl AsContextMut, index: u32) -> Result<Val> {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        let (array, known, len) = self.known(store)?;
        check_index(index, len)?;
        let (element, ty) = &known.fields[0];
        Ok(store.field(array, &element_at(element, index), ty))
    }

    /// Sets element `index`. If it is smaller than an `i32`, it gets the lowest bits.
    ///
    /// # Errors
    /// If there is no such element, if elements cannot be written, if the value is not of their type, or if a root is no longer
    /// valid.
    ///
    /// # Panics
    /// If the root or the value is of another store.
    pub fn set(&self, mut store: impl AsContextMut, index: u32, value: Val) -> Result<()> {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        let (array, known, len) = self.known(store)?;
        assert!(value.is_of(store), "attempted to use a value with the wrong store");
        let (element, ty) = &known.fields[0];
        ensure!(element.mutable, "cannot set element {index}: array elements are not mutable");
        value
            .ensure_matches(store, ty.element_type().unpack())
            .with_context(|| format!("cannot set element {index}: type mismatch"))?;
        check_index(index, len)?;
        store.set_field(array, &element_at(element, index), value)
    }

    /// Copies all elements of an array of bytes.
    ///
    /// # Errors
    /// If the elements are not `i8`, if there are more or fewer of them than `dst` has room for, or if the root is no longer
    /// valid.
    ///
    /// # Panics
    /// If the root is of another store.
    pub fn copy_to_i8_slice(&self, mut store: impl AsContextMut, dst: &mut [u8]) -> Result<()> {
        let mut store = store.as_context_mut();
        let store = store.opaque();
        let (array, known, len) = self.known(store)?;
        let ty = known.fields[0].1.element_type();
        ensure!(
            ty.is_i8(),
            "element type mismatch: cannot read an array of `{ty}` elements into a slice of `i8`s"
        );
        let room = u32::try_from(dst.len()).map_err(Error::from)?;
        ensure!(room == len, "destination slice length is {room} but the array length is {len}");
        dst.copy_from_slice(store.machine.heap_elements(array));
        Ok(())
    }
}

/// The element at an index of an array, by the first one.
fn element_at(first: &Field, index: u32) -> Field {
    Field { offset: first.offset + index * first.storage.bytes(), ..*first }
}

fn check_index(index: u32, len: u32) -> Result<()> {
    ensure!(index < len, "index out of bounds: the length is {len} but the index is {index}");
    Ok(())
}
