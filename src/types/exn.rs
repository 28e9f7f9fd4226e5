//! `ExnType`: what an exception carries.

use alloc::sync::Arc;
use core::fmt;
use core::hash::{Hash, Hasher};

use super::{FieldType, FuncType, HeapType, TagType, ValType};
use crate::engine::Type;
use crate::engine::definition::{Composite, SubType, TypeRef};
use crate::{Engine, Result, ensure};

/// The type of an exception: what it carries, which is what a tag of a certain type says.
///
/// The specification has no such types; the tag that an exception was thrown with is no part of it.
///
/// # Examples
/// ```
/// use wasmote::{Engine, ExnType, HeapType, ValType};
///
/// let engine = Engine::default();
/// let ty = ExnType::new(&engine, [ValType::I32, ValType::F64])?;
/// assert_eq!(ty.fields().len(), 2);
/// assert!(ty.tag_type().ty().param(1).unwrap().is_f64());
/// assert!(HeapType::from(ty).matches(&HeapType::Exn));
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone)]
pub struct ExnType {
    registered: Arc<Type>,
}

impl ExnType {
    /// An exception that carries these values.
    ///
    /// # Errors
    /// If the engine has no garbage collection ([`Config::gc_support`](crate::Config::gc_support)).
    ///
    /// # Panics
    /// If one of the types is of another engine.
    pub fn new(engine: &Engine, fields: impl IntoIterator<Item = ValType>) -> Result<ExnType> {
        ExnType::of_func(&FuncType::new(engine, fields, []))
    }

    /// An exception that carries what a tag of this type says.
    ///
    /// # Errors
    /// If the tag's type has results, or the engine has no garbage collection.
    pub fn from_tag_type(tag: &TagType) -> Result<ExnType> {
        ensure!(
            tag.ty().results().len() == 0,
            "Cannot create an exception type from a tag type with results in the signature"
        );
        ExnType::of_func(tag.ty())
    }

    fn of_func(carried: &FuncType) -> Result<ExnType> {
        ensure!(
            carried.engine().features().gc_types(),
            "cannot define `ExnType`s without a GC runtime enabled"
        );
        let composite = Composite::Exn(TypeRef::Engine(carried.type_index()));
        let sub = SubType { is_final: true, supertype: None, composite };
        Ok(ExnType { registered: Type::define(carried.engine(), sub) })
    }

    /// The function type that takes what it carries.
    fn carried(&self) -> FuncType {
        match self.registered.sub().composite {
            Composite::Exn(TypeRef::Engine(func)) => FuncType::from_index(self.engine(), func),
            _ => unreachable!("it is a type of exceptions, in runtime form"),
        }
    }

    /// The type of tags with which such an exception can be thrown.
    pub fn tag_type(&self) -> TagType {
        TagType::new(self.carried())
    }

    /// Value `i` that it carries.
    pub fn field(&self, i: usize) -> Option<FieldType> {
        self.carried().param(i).map(FieldType::carried)
    }

    /// The values that it carries, in order.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = FieldType> + '_ {
        let carried = self.carried();
        let len = carried.params().len();
        (0..len).map(move |i| FieldType::carried(carried.param(i).expect("it is one of them")))
    }

    /// The engine of this type.
    pub fn engine(&self) -> &Engine {
        self.registered.engine()
    }

    /// Whether both are the same type.
    ///
    /// # Panics
    /// If the types are of different engines.
    pub fn matches(&self, other: &ExnType) -> bool {
        let same = self.comes_from_same_engine(other.engine());
        assert!(same, "type is of a different engine");
        self.type_index() == other.type_index()
    }

    /// Whether the type can be used with this engine.
    pub(crate) fn comes_from_same_engine(&self, engine: &Engine) -> bool {
        Engine::same(self.engine(), engine)
    }

    /// The canonical id.
    pub(crate) fn type_index(&self) -> u32 {
        self.registered.index()
    }

    /// The type with a canonical id.
    ///
    /// # Panics
    /// If no such type is registered.
    pub(crate) fn from_index(engine: &Engine, index: u32) -> ExnType {
        ExnType { registered: Type::of_index(engine, index) }
    }
}

impl Hash for ExnType {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.type_index().hash(state);
    }
}

impl From<ExnType> for HeapType {
    fn from(ty: ExnType) -> HeapType {
        HeapType::ConcreteExn(ty)
    }
}

impl fmt::Display for ExnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(exn {}", self.carried())?;
        self.fields().try_for_each(|field| write!(f, " (field {field})"))?;
        f.write_str(")")
    }
}

impl fmt::Debug for ExnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExnType({self})")
    }
}
