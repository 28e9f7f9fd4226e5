//! Types of values: numbers, vectors and references, with the subtype relation of the specification
//! (section "Matching" of its validation chapter).
//!
//! There is no `PartialEq`: whether two types are the same depends on the engine, and what is
//! wanted is often [`ValType::matches`], not equality.

use core::fmt;

use wasmote_interp::Kind;

use super::{ArrayType, ExnType, FuncType, StructType};
use crate::Engine;
use crate::engine::definition::{Heap, Shape, TypeRef, Value};

/// The type of a value.
///
/// # Examples
/// ```
/// use wasmote::{HeapType, RefType, ValType};
///
/// assert_eq!(ValType::I32.to_string(), "i32");
/// assert_eq!(ValType::FUNCREF.to_string(), "(ref null func)");
/// let nonnull = ValType::Ref(RefType::new(false, HeapType::Func));
/// assert_eq!(nonnull.to_string(), "(ref func)");
/// assert!(nonnull.matches(&ValType::FUNCREF));
/// assert!(!ValType::FUNCREF.matches(&nonnull));
/// ```
#[derive(Clone, Hash)]
pub enum ValType {
    /// A 32-bit integer.
    I32,
    /// A 64-bit integer.
    I64,
    /// A 32-bit float.
    F32,
    /// A 64-bit float.
    F64,
    /// A 128-bit vector.
    V128,
    /// A reference.
    Ref(RefType),
}

/// The type of a reference: what it refers to, and whether it may be null.
///
/// # Examples
/// ```
/// use wasmote::{HeapType, RefType};
///
/// let function = RefType::new(false, HeapType::Func);
/// assert_eq!(function.to_string(), "(ref func)");
/// assert!(function.matches(&RefType::FUNCREF), "which may be null, too");
/// assert!(!RefType::FUNCREF.matches(&function));
/// ```
#[derive(Clone, Hash)]
pub struct RefType {
    nullable: bool,
    heap_type: HeapType,
}

/// What a reference refers to.
///
/// There are five hierarchies: `func`, `extern`, `any`, `exn` and `cont`, each with a type at the
/// top that all others are subtypes of, and one at the bottom that only null is of.
///
/// # Examples
/// ```
/// use wasmote::{Engine, FuncType, HeapType};
///
/// let ty = HeapType::ConcreteFunc(FuncType::new(&Engine::default(), [], []));
/// assert!(ty.matches(&HeapType::Func) && HeapType::NoFunc.matches(&ty));
/// assert!(ty.top().is_func() && !ty.matches(&HeapType::Extern));
/// ```
#[derive(Clone, Debug, Hash)]
pub enum HeapType {
    /// Anything of the host; the top of its hierarchy.
    Extern,
    /// Nothing of the host: only null.
    NoExtern,
    /// Any function; the top of its hierarchy.
    Func,
    /// A function of this type.
    ConcreteFunc(FuncType),
    /// No function: only null.
    NoFunc,
    /// Any internal object; the top of its hierarchy.
    Any,
    /// An object that can be compared.
    Eq,
    /// A 31-bit integer.
    I31,
    /// An array.
    Array,
    /// An array of this type.
    ConcreteArray(ArrayType),
    /// A struct.
    Struct,
    /// A struct of this type.
    ConcreteStruct(StructType),
    /// No internal object: only null.
    None,
    /// Any exception; the top of its hierarchy.
    Exn,
    /// An exception of this type.
    ConcreteExn(ExnType),
    /// No exception: only null.
    NoExn,
    /// Any continuation; the top of its hierarchy.
    Cont,
    /// No continuation: only null.
    NoCont,
}

/// Nullable references, in [`ValType`] and [`RefType`] alike.
macro_rules! shorthands {
    ($($(#[$doc:meta])* $name:ident = $heap:ident;)*) => {
        impl ValType {
            $($(#[$doc])* pub const $name: ValType = ValType::Ref(RefType::$name);)*
        }

        impl RefType {
            $(
                $(#[$doc])*
                pub const $name: RefType = RefType { nullable: true, heap_type: HeapType::$heap };
            )*
        }
    };
}

shorthands! {
    /// `externref`
    EXTERNREF = Extern;
    /// `nullexternref`
    NULLEXTERNREF = NoExtern;
    /// `funcref`
    FUNCREF = Func;
    /// `nullfuncref`
    NULLFUNCREF = NoFunc;
    /// `anyref`
    ANYREF = Any;
    /// `eqref`
    EQREF = Eq;
    /// `i31ref`
    I31REF = I31;
    /// `arrayref`
    ARRAYREF = Array;
    /// `structref`
    STRUCTREF = Struct;
    /// `nullref`
    NULLREF = None;
    /// `exnref`
    EXNREF = Exn;
    /// `nullexnref`
    NULLEXNREF = NoExn;
    /// `contref`
    CONTREF = Cont;
    /// `nullcontref`
    NULLCONTREF = NoCont;
}

impl ValType {
    /// Whether this is `i32`, `i64`, `f32` or `f64`.
    pub fn is_num(&self) -> bool {
        matches!(self, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64)
    }

    /// Whether this is `i32`.
    pub fn is_i32(&self) -> bool {
        matches!(self, ValType::I32)
    }

    /// Whether this is `i64`.
    pub fn is_i64(&self) -> bool {
        matches!(self, ValType::I64)
    }

    /// Whether this is `f32`.
    pub fn is_f32(&self) -> bool {
        matches!(self, ValType::F32)
    }

    /// Whether this is `f64`.
    pub fn is_f64(&self) -> bool {
        matches!(self, ValType::F64)
    }

    /// Whether this is `v128`.
    pub fn is_v128(&self) -> bool {
        matches!(self, ValType::V128)
    }

    /// Whether this is a reference.
    pub fn is_ref(&self) -> bool {
        matches!(self, ValType::Ref(_))
    }

    /// Whether this is `funcref`.
    pub fn is_funcref(&self) -> bool {
        matches!(self, ValType::Ref(RefType { nullable: true, heap_type: HeapType::Func }))
    }

    /// Whether this is `externref`.
    pub fn is_externref(&self) -> bool {
        matches!(self, ValType::Ref(RefType { nullable: true, heap_type: HeapType::Extern }))
    }

    /// Whether this is `anyref`.
    pub fn is_anyref(&self) -> bool {
        matches!(self, ValType::Ref(RefType { nullable: true, heap_type: HeapType::Any }))
    }

    /// Whether this is `contref`.
    pub fn is_contref(&self) -> bool {
        matches!(self, ValType::Ref(RefType { nullable: true, heap_type: HeapType::Cont }))
    }

    /// The type of the reference, if it is one.
    pub fn as_ref(&self) -> Option<&RefType> {
        match self {
            ValType::Ref(ty) => Some(ty),
            _ => None,
        }
    }

    /// The type of the reference.
    ///
    /// # Panics
    /// If it is not one.
    #[track_caller]
    pub fn unwrap_ref(&self) -> &RefType {
        self.as_ref().expect("a reference type")
    }

    /// Whether a value of this type can be used where one of type `other` is wanted.
    ///
    /// # Panics
    /// If the types are of different engines.
    pub fn matches(&self, other: &ValType) -> bool {
        match (self, other) {
            (ValType::Ref(a), ValType::Ref(b)) => a.matches(b),
            (a, b) => a.kind() == b.kind(),
        }
    }

    /// Whether both are the same type.
    ///
    /// # Panics
    /// If the types are of different engines.
    #[allow(clippy::should_implement_trait)] // the name is that of the API this one follows
    pub fn eq(a: &ValType, b: &ValType) -> bool {
        a.matches(b) && b.matches(a)
    }

    /// Whether the type can be used with this engine.
    pub(crate) fn comes_from_same_engine(&self, engine: &Engine) -> bool {
        self.as_ref().is_none_or(|ty| ty.comes_from_same_engine(engine))
    }

    /// The class of the type's values in the machine.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            ValType::I32 => Kind::I32,
            ValType::I64 => Kind::I64,
            ValType::F32 => Kind::F32,
            ValType::F64 => Kind::F64,
            ValType::V128 => Kind::V128,
            ValType::Ref(ty) => ty.kind(),
        }
    }

    /// The registry's form.
    ///
    /// # Panics
    /// If the type is of another engine.
    pub(super) fn to_registry(&self, engine: &Engine) -> Value {
        match self {
            ValType::I32 => Value::I32,
            ValType::I64 => Value::I64,
            ValType::F32 => Value::F32,
            ValType::F64 => Value::F64,
            ValType::V128 => Value::V128,
            ValType::Ref(ty) => {
                Value::Ref { nullable: ty.nullable, heap: ty.heap_type.to_registry(engine) }
            }
        }
    }

    /// From the registry's runtime form; types that it names must be registered.
    pub(super) fn from_registry(engine: &Engine, ty: Value) -> ValType {
        match ty {
            Value::I32 => ValType::I32,
            Value::I64 => ValType::I64,
            Value::F32 => ValType::F32,
            Value::F64 => ValType::F64,
            Value::V128 => ValType::V128,
            Value::Ref { nullable, heap } => {
                ValType::Ref(RefType::new(nullable, HeapType::from_registry(engine, heap)))
            }
        }
    }
}

impl From<RefType> for ValType {
    fn from(ty: RefType) -> ValType {
        ValType::Ref(ty)
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValType::I32 => f.write_str("i32"),
            ValType::I64 => f.write_str("i64"),
            ValType::F32 => f.write_str("f32"),
            ValType::F64 => f.write_str("f64"),
            ValType::V128 => f.write_str("v128"),
            ValType::Ref(ty) => fmt::Display::fmt(ty, f),
        }
    }
}

impl fmt::Debug for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(ref {}{})", if self.nullable { "null " } else { "" }, self.heap_type)
    }
}

impl fmt::Debug for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A type as messages about linking show it: those that the text format always had by their old names.
pub(crate) struct Short(pub(crate) ValType);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ty if ty.is_funcref() => f.write_str("funcref"),
            ty if ty.is_externref() => f.write_str("externref"),
            ty => fmt::Display::fmt(ty, f),
        }
    }
}

impl RefType {
    /// A reference to `heap_type`, or null if `nullable`.
    pub fn new(nullable: bool, heap_type: HeapType) -> RefType {
        RefType { nullable, heap_type }
    }

    /// The class of its values in the machine.
    pub(crate) fn kind(&self) -> Kind {
        match self.heap_type.top() {
            HeapType::Func | HeapType::Cont => Kind::Func,
            _ => Kind::Gc,
        }
    }

    /// Whether null is of this type.
    pub fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// What the reference refers to.
    pub fn heap_type(&self) -> &HeapType {
        &self.heap_type
    }

    /// Whether a reference of this type can be used where one of type `other` is wanted.
    ///
    /// # Panics
    /// If the types are of different engines.
    pub fn matches(&self, other: &RefType) -> bool {
        (other.nullable || !self.nullable) && self.heap_type.matches(&other.heap_type)
    }

    /// Whether both are the same type.
    ///
    /// # Panics
    /// If the types are of different engines.
    #[allow(clippy::should_implement_trait)] // the name is that of the API this one follows
    pub fn eq(a: &RefType, b: &RefType) -> bool {
        a.matches(b) && b.matches(a)
    }

    /// Whether the type can be used with this engine.
    pub(crate) fn comes_from_same_engine(&self, engine: &Engine) -> bool {
        match &self.heap_type {
            HeapType::ConcreteFunc(ty) => ty.comes_from_same_engine(engine),
            HeapType::ConcreteStruct(ty) => ty.comes_from_same_engine(engine),
            HeapType::ConcreteArray(ty) => ty.comes_from_same_engine(engine),
            HeapType::ConcreteExn(ty) => ty.comes_from_same_engine(engine),
            _ => true,
        }
    }
}

impl HeapType {
    /// The type of structs or arrays that is registered by this number.
    #[cfg(feature = "gc")]
    pub(crate) fn of_object(engine: &Engine, index: u32, is_array: bool) -> HeapType {
        match is_array {
            true => HeapType::ConcreteArray(ArrayType::from_index(engine, index)),
            false => HeapType::ConcreteStruct(StructType::from_index(engine, index)),
        }
    }

    /// Whether this is one of the types that the specification names, not one that a module
    /// defines.
    pub fn is_abstract(&self) -> bool {
        !self.is_concrete()
    }

    /// Whether this is a type that a module or the host defines.
    pub fn is_concrete(&self) -> bool {
        matches!(
            self,
            HeapType::ConcreteFunc(_)
                | HeapType::ConcreteArray(_)
                | HeapType::ConcreteStruct(_)
                | HeapType::ConcreteExn(_)
        )
    }

    /// The type that every type of the hierarchy is a subtype of.
    pub fn top(&self) -> HeapType {
        match self {
            HeapType::Func | HeapType::ConcreteFunc(_) | HeapType::NoFunc => HeapType::Func,
            HeapType::Extern | HeapType::NoExtern => HeapType::Extern,
            HeapType::Any
            | HeapType::Eq
            | HeapType::I31
            | HeapType::Array
            | HeapType::ConcreteArray(_)
            | HeapType::Struct
            | HeapType::ConcreteStruct(_)
            | HeapType::None => HeapType::Any,
            HeapType::Exn | HeapType::ConcreteExn(_) | HeapType::NoExn => HeapType::Exn,
            HeapType::Cont | HeapType::NoCont => HeapType::Cont,
        }
    }

    /// Whether every type of the hierarchy is a subtype of this one.
    pub fn is_top(&self) -> bool {
        HeapType::eq(self, &self.top())
    }

    /// Whether this is a subtype of every type of the hierarchy.
    pub fn is_bottom(&self) -> bool {
        HeapType::eq(self, &self.bottom())
    }

    /// The type that is a subtype of every type of the hierarchy.
    pub fn bottom(&self) -> HeapType {
        match self.top() {
            HeapType::Func => HeapType::NoFunc,
            HeapType::Extern => HeapType::NoExtern,
            HeapType::Exn => HeapType::NoExn,
            HeapType::Cont => HeapType::NoCont,
            _ => HeapType::None,
        }
    }

    /// Whether this type is `other` or one of its subtypes. For concrete types that is what was
    /// declared, not what they look like.
    ///
    /// # Panics
    /// If the types are of different engines.
    pub fn matches(&self, other: &HeapType) -> bool {
        use HeapType::*;
        match (self, other) {
            (ConcreteFunc(a), ConcreteFunc(b)) => a.is_declared_subtype_of(b),
            (ConcreteStruct(a), ConcreteStruct(b)) => a.matches(b),
            (ConcreteArray(a), ConcreteArray(b)) => a.matches(b),
            (ConcreteExn(a), ConcreteExn(b)) => a.matches(b),
            (_, ConcreteFunc(_) | NoFunc) => matches!(self, NoFunc),
            (_, Func) => matches!(self, Func | ConcreteFunc(_) | NoFunc),
            (_, Extern) => matches!(self, Extern | NoExtern),
            (_, NoExtern) => matches!(self, NoExtern),
            (Any, Any) => true,
            (Eq, Any | Eq) => true,
            (I31, Any | Eq | I31) => true,
            (Array | ConcreteArray(_), Any | Eq | Array) => true,
            (Struct | ConcreteStruct(_), Any | Eq | Struct) => true,
            (_, Any | Eq | I31 | Array | Struct | ConcreteArray(_) | ConcreteStruct(_)) => {
                matches!(self, None)
            }
            (_, None) => matches!(self, None),
            (_, Exn) => matches!(self, Exn | ConcreteExn(_) | NoExn),
            (_, ConcreteExn(_) | NoExn) => matches!(self, NoExn),
            (_, Cont) => matches!(self, Cont | NoCont),
            (_, NoCont) => matches!(self, NoCont),
        }
    }

    /// Whether both are the same type.
    ///
    /// # Panics
    /// If the types are of different engines.
    #[allow(clippy::should_implement_trait)] // the name is that of the API this one follows
    pub fn eq(a: &HeapType, b: &HeapType) -> bool {
        a.matches(b) && b.matches(a)
    }
}

/// The heap types: predicates and accessors, the registry's form and back, the text.
macro_rules! heaps {
    (
        $($name:ident $is:ident = $text:literal,)*
        ;
        $($concrete:ident($ty:ty) $is_concrete:ident $as_concrete:ident $unwrap:ident = $shape:ident $word:literal,)*
    ) => {
        impl HeapType {
            $(
                #[doc = concat!("Whether this is `", $text, "`.")]
                pub fn $is(&self) -> bool {
                    matches!(self, HeapType::$name)
                }
            )*

            $(
                #[doc = concat!("Whether this is a concrete type of ", $word, "s.")]
                pub fn $is_concrete(&self) -> bool {
                    self.$as_concrete().is_some()
                }

                #[doc = concat!("The type of ", $word, "s, if it is a concrete one.")]
                pub fn $as_concrete(&self) -> Option<&$ty> {
                    match self {
                        HeapType::$concrete(ty) => Some(ty),
                        _ => None,
                    }
                }

                #[doc = concat!("The type of ", $word, "s.")]
                ///
                /// # Panics
                /// If it is not a concrete one.
                #[track_caller]
                pub fn $unwrap(&self) -> &$ty {
                    self.$as_concrete().expect(concat!("a concrete type of ", $word, "s"))
                }
            )*

            fn to_registry(&self, engine: &Engine) -> Heap {
                match self {
                    $(HeapType::$name => Heap::$name,)*
                    $(HeapType::$concrete(ty) => {
                        assert!(
                            ty.comes_from_same_engine(engine),
                            "type is of a different engine"
                        );
                        Heap::Concrete(Shape::$shape, TypeRef::Engine(ty.type_index()))
                    })*
                }
            }

            fn from_registry(engine: &Engine, heap: Heap) -> HeapType {
                match heap {
                    $(Heap::$name => HeapType::$name,)*
                    $(Heap::Concrete(Shape::$shape, TypeRef::Engine(index)) => {
                        HeapType::$concrete(<$ty>::from_index(engine, index))
                    })*
                    Heap::Concrete(_, TypeRef::Group(_)) => {
                        unreachable!("the runtime form has no references into the group")
                    }
                }
            }
        }

        impl fmt::Display for HeapType {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(HeapType::$name => f.write_str($text),)*
                    $(HeapType::$concrete(ty) => {
                        write!(f, concat!("(concrete ", $word, " {})"), ty.type_index())
                    })*
                }
            }
        }
    };
}

heaps! {
    Extern is_extern = "extern",
    NoExtern is_no_extern = "noextern",
    Func is_func = "func",
    NoFunc is_no_func = "nofunc",
    Any is_any = "any",
    Eq is_eq = "eq",
    I31 is_i31 = "i31",
    Array is_array = "array",
    Struct is_struct = "struct",
    None is_none = "none",
    Exn is_exn = "exn",
    NoExn is_no_exn = "noexn",
    Cont is_cont = "cont",
    NoCont is_no_cont = "nocont",
    ;
    ConcreteFunc(FuncType) is_concrete_func as_concrete_func unwrap_concrete_func = Func "func",
    ConcreteArray(ArrayType) is_concrete_array as_concrete_array unwrap_concrete_array = Array "array",
    ConcreteStruct(StructType) is_concrete_struct as_concrete_struct unwrap_concrete_struct = Struct "struct",
    ConcreteExn(ExnType) is_concrete_exn as_concrete_exn unwrap_concrete_exn = Exn "exn",
}

#[cfg(test)]
#[path = "value_tests.rs"]
mod tests;
