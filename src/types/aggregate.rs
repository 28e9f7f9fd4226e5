//! Types of structs and arrays, and of their fields.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};

use super::registered::registered;
use super::{Finality, HeapType, Mutability, RefType, ValType};
use crate::engine::Type;
use crate::engine::definition::{Composite, Field, Storage, SubType, TypeRef};
use crate::{Engine, Result, ensure};

/// What a field of a struct or the elements of an array hold: a value, or the lowest bits of an `i32`.
///
/// # Examples
/// ```
/// use wasmote::{StorageType, ValType};
///
/// assert!(StorageType::I8.unpack().is_i32());
/// assert_eq!(StorageType::from(ValType::F64).to_string(), "f64");
/// assert!(!StorageType::I8.matches(&StorageType::ValType(ValType::I32)));
/// ```
#[derive(Clone, Debug, Hash)]
pub enum StorageType {
    /// The lowest 8 bits of an `i32`.
    I8,
    /// The lowest 16 bits of an `i32`.
    I16,
    /// A value.
    ValType(ValType),
}

impl StorageType {
    /// Whether this is `i8`.
    pub fn is_i8(&self) -> bool {
        matches!(self, StorageType::I8)
    }

    /// Whether this is `i16`.
    pub fn is_i16(&self) -> bool {
        matches!(self, StorageType::I16)
    }

    /// Whether values are held whole.
    pub fn is_val_type(&self) -> bool {
        self.as_val_type().is_some()
    }

    /// The type of the value, if it is held whole.
    pub fn as_val_type(&self) -> Option<&ValType> {
        match self {
            StorageType::ValType(ty) => Some(ty),
            StorageType::I8 | StorageType::I16 => None,
        }
    }

    /// The type of the value that is held whole.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn unwrap_val_type(&self) -> &ValType {
        self.as_val_type().expect("a value type")
    }

    /// The type of what is read from it and written to it: `i32` for `i8` and `i16`.
    pub fn unpack(&self) -> &ValType {
        self.as_val_type().unwrap_or(&ValType::I32)
    }

    /// Whether this can be used where `other` is wanted, if nobody writes to it.
    ///
    /// # Panics
    /// If the types are of different engines.
    pub fn matches(&self, other: &StorageType) -> bool {
        match (self, other) {
            (StorageType::I8, StorageType::I8) | (StorageType::I16, StorageType::I16) => true,
            (StorageType::ValType(a), StorageType::ValType(b)) => a.matches(b),
            _ => false,
        }
    }

    /// Whether both are the same.
    ///
    /// # Panics
    /// If the types are of different engines.
    #[allow(clippy::should_implement_trait)] // the name is that of the API this one follows
    pub fn eq(a: &StorageType, b: &StorageType) -> bool {
        a.matches(b) && b.matches(a)
    }

    fn to_registry(&self, engine: &Engine) -> Storage {
        match self {
            StorageType::I8 => Storage::I8,
            StorageType::I16 => Storage::I16,
            StorageType::ValType(ty) => Storage::Value(ty.to_registry(engine)),
        }
    }

    fn from_registry(engine: &Engine, storage: Storage) -> StorageType {
        match storage {
            Storage::I8 => StorageType::I8,
            Storage::I16 => StorageType::I16,
            Storage::Value(ty) => StorageType::ValType(ValType::from_registry(engine, ty)),
        }
    }
}

impl From<ValType> for StorageType {
    fn from(ty: ValType) -> StorageType {
        StorageType::ValType(ty)
    }
}

impl From<RefType> for StorageType {
    fn from(ty: RefType) -> StorageType {
        StorageType::ValType(ty.into())
    }
}

impl fmt::Display for StorageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StorageType::I8 => f.write_str("i8"),
            StorageType::I16 => f.write_str("i16"),
            StorageType::ValType(ty) => fmt::Display::fmt(ty, f),
        }
    }
}

/// The type of a field of a struct, or of the elements of an array.
///
/// # Examples
/// ```
/// use wasmote::{FieldType, Mutability, StorageType, ValType};
///
/// let ty = FieldType::new(Mutability::Var, StorageType::I16);
/// assert_eq!(ty.to_string(), "(mut i16)");
///
/// // What can be written must be the same; what cannot may be more special.
/// let null = |mutability| FieldType::new(mutability, ValType::NULLREF.into());
/// let any = |mutability| FieldType::new(mutability, ValType::ANYREF.into());
/// assert!(null(Mutability::Const).matches(&any(Mutability::Const)));
/// assert!(!null(Mutability::Var).matches(&any(Mutability::Var)));
/// ```
#[derive(Clone, Hash)]
pub struct FieldType {
    mutability: Mutability,
    element_type: StorageType,
}

impl FieldType {
    /// A field that holds `element_type`, and can be written or not.
    pub fn new(mutability: Mutability, element_type: StorageType) -> FieldType {
        FieldType { mutability, element_type }
    }

    /// Whether it can be written.
    pub fn mutability(&self) -> Mutability {
        self.mutability
    }

    /// What it holds.
    pub fn element_type(&self) -> &StorageType {
        &self.element_type
    }

    /// Whether a subtype may have this field where its supertype has `other`.
    ///
    /// # Panics
    /// If the types are of different engines.
    pub fn matches(&self, other: &FieldType) -> bool {
        self.mutability == other.mutability
            && match self.mutability {
                Mutability::Const => self.element_type.matches(&other.element_type),
                Mutability::Var => StorageType::eq(&self.element_type, &other.element_type),
            }
    }

    /// Whether both are the same.
    ///
    /// # Panics
    /// If the types are of different engines.
    #[allow(clippy::should_implement_trait)] // the name is that of the API this one follows
    pub fn eq(a: &FieldType, b: &FieldType) -> bool {
        a.matches(b) && b.matches(a)
    }

    fn to_registry(&self, engine: &Engine) -> Field {
        let storage = self.element_type.to_registry(engine);
        Field { storage, mutable: self.mutability.is_var() }
    }

    /// One of an exception.
    pub(super) fn carried(ty: ValType) -> FieldType {
        FieldType::new(Mutability::Const, ty.into())
    }

    fn from_registry(engine: &Engine, field: Field) -> FieldType {
        let mutability = if field.mutable { Mutability::Var } else { Mutability::Const };
        FieldType::new(mutability, StorageType::from_registry(engine, field.storage))
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mutability {
            Mutability::Const => fmt::Display::fmt(&self.element_type, f),
            Mutability::Var => write!(f, "(mut {})", self.element_type),
        }
    }
}

impl fmt::Debug for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The type of a struct: its fields in order.
///
/// It is a handle of a type that is registered with an engine, cheap to clone. Equal types of one
/// engine are registered once.
///
/// # Examples
/// ```
/// use wasmote::{Engine, FieldType, Finality, Mutability, StorageType, StructType, ValType};
///
/// let engine = Engine::default();
/// let field = FieldType::new(Mutability::Var, StorageType::I8);
/// let open = |supertype, fields: &[FieldType]| {
///     let fields = fields.iter().cloned();
///     StructType::with_finality_and_supertype(&engine, Finality::NonFinal, supertype, fields)
/// };
/// let shape = open(None, &[field.clone()])?;
/// let radius = FieldType::new(Mutability::Const, ValType::F64.into());
/// let circle = open(Some(&shape), &[field.clone(), radius.clone()])?;
/// assert_eq!(circle.to_string(), "(struct (field (mut i8)) (field f64))");
/// assert!(circle.matches(&shape) && !shape.matches(&circle));
/// assert!(open(Some(&shape), &[radius]).is_err(), "it must begin as its supertype does");
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone)]
pub struct StructType {
    registered: Arc<Type>,
}

registered!(StructType ConcreteStruct);

impl StructType {
    /// As many as in WebAssembly modules.
    const MAX_FIELDS: usize = 10_000;

    /// A final struct type without a supertype.
    ///
    /// # Errors
    /// If there are more than 10,000 fields.
    ///
    /// # Panics
    /// If one of the types is of another engine.
    pub fn new(engine: &Engine, fields: impl IntoIterator<Item = FieldType>) -> Result<StructType> {
        StructType::with_finality_and_supertype(engine, Finality::Final, None, fields)
    }

    /// A struct type that says whether it may have subtypes, and which type it is a subtype of.
    ///
    /// # Errors
    /// If there are more than 10,000 fields, if the supertype is final, or if its fields are not matched by the first ones of
    /// the new type.
    ///
    /// # Panics
    /// If one of the types is of another engine.
    pub fn with_finality_and_supertype(
        engine: &Engine,
        finality: Finality,
        supertype: Option<&StructType>,
        fields: impl IntoIterator<Item = FieldType>,
    ) -> Result<StructType> {
        // The types named must stay registered until the new one is, and counts them itself.
        let fields: Vec<FieldType> = fields.into_iter().collect();
        let registered: Box<[Field]> = fields.iter().map(|ty| ty.to_registry(engine)).collect();
        StructType::check_supertype(engine, supertype)?;
        if let Some(supertype) = supertype {
            let wanted = supertype.fields();
            ensure!(
                wanted.len() <= fields.len()
                    && fields.iter().zip(wanted).all(|(a, b)| a.matches(&b)),
                "struct fields must match their supertype's fields"
            );
        }
        ensure!(
            fields.len() <= StructType::MAX_FIELDS,
            "attempted to define a struct type with {} fields, but that is more than the maximum \
             supported number of fields ({})",
            fields.len(),
            StructType::MAX_FIELDS
        );
        Ok(StructType::define(engine, finality, supertype, Composite::Struct(registered)))
    }

    /// Field `i`.
    pub fn field(&self, i: usize) -> Option<FieldType> {
        let field = *self.registry_fields().get(i)?;
        Some(FieldType::from_registry(self.engine(), field))
    }

    /// The fields in order.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = FieldType> + '_ {
        let fields = self.registry_fields().iter();
        fields.map(|field| FieldType::from_registry(self.engine(), *field))
    }

    /// Whether this type is `other` or was declared as a subtype of it, directly or not.
    ///
    /// # Panics
    /// If the types are of different engines.
    pub fn matches(&self, other: &StructType) -> bool {
        self.is_declared_subtype_of(other)
    }

    fn registry_fields(&self) -> &[Field] {
        match &self.registered.sub().composite {
            Composite::Struct(fields) => fields,
            _ => unreachable!("it is a struct type"),
        }
    }
}

impl fmt::Display for StructType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(struct")?;
        self.fields().try_for_each(|field| write!(f, " (field {field})"))?;
        f.write_str(")")
    }
}

impl fmt::Debug for StructType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StructType({self})")
    }
}

/// The type of an array: what its elements are.
///
/// It is a handle of a type that is registered with an engine, cheap to clone. Equal types of one
/// engine are registered once.
///
/// # Examples
/// ```
/// use wasmote::{ArrayType, Engine, FieldType, Mutability, StorageType};
///
/// let engine = Engine::default();
/// let bytes = ArrayType::new(&engine, FieldType::new(Mutability::Var, StorageType::I8));
/// assert!(bytes.element_type().is_i8() && bytes.mutability().is_var());
/// assert_eq!(bytes.to_string(), "(array (field (mut i8)))");
/// ```
#[derive(Clone)]
pub struct ArrayType {
    registered: Arc<Type>,
}

registered!(ArrayType ConcreteArray);

impl ArrayType {
    /// A final array type without a supertype.
    ///
    /// # Panics
    /// If the type of the elements is of another engine.
    pub fn new(engine: &Engine, field_type: FieldType) -> ArrayType {
        let composite = Composite::Array(field_type.to_registry(engine));
        ArrayType::define(engine, Finality::Final, None, composite)
    }

    /// An array type that says whether it may have subtypes, and which type it is a subtype of.
    ///
    /// # Errors
    /// If the supertype is final, or if its elements are not matched by those of the new type.
    ///
    /// # Panics
    /// If one of the types is of another engine.
    pub fn with_finality_and_supertype(
        engine: &Engine,
        finality: Finality,
        supertype: Option<&ArrayType>,
        field_type: FieldType,
    ) -> Result<ArrayType> {
        let composite = Composite::Array(field_type.to_registry(engine));
        ArrayType::check_supertype(engine, supertype)?;
        ensure!(
            supertype.is_none_or(|supertype| field_type.matches(&supertype.field_type())),
            "array field type must match its supertype's field type"
        );
        Ok(ArrayType::define(engine, finality, supertype, composite))
    }

    /// What the elements hold, and whether they can be written.
    pub fn field_type(&self) -> FieldType {
        match &self.registered.sub().composite {
            Composite::Array(element) => FieldType::from_registry(self.engine(), *element),
            _ => unreachable!("it is an array type"),
        }
    }

    /// Whether the elements can be written.
    pub fn mutability(&self) -> Mutability {
        self.field_type().mutability()
    }

    /// What the elements hold.
    pub fn element_type(&self) -> StorageType {
        self.field_type().element_type
    }

    /// Whether this type is `other` or was declared as a subtype of it, directly or not.
    ///
    /// # Panics
    /// If the types are of different engines.
    pub fn matches(&self, other: &ArrayType) -> bool {
        self.is_declared_subtype_of(other)
    }
}

impl fmt::Display for ArrayType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(array (field {}))", self.field_type())
    }
}

impl fmt::Debug for ArrayType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArrayType({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn field(mutability: Mutability, ty: impl Into<StorageType>) -> FieldType {
        FieldType::new(mutability, ty.into())
    }

    #[test]
    fn fields_match_if_what_is_read_does_and_what_can_be_written_is_the_same() {
        use Mutability::{Const, Var};
        let (any, eq) = (ValType::ANYREF, ValType::EQREF);
        assert!(field(Const, eq.clone()).matches(&field(Const, any.clone())));
        assert!(!field(Const, any.clone()).matches(&field(Const, eq.clone())));
        assert!(!field(Var, eq.clone()).matches(&field(Var, any.clone())));
        assert!(field(Var, any.clone()).matches(&field(Var, any.clone())));
        assert!(!field(Var, any.clone()).matches(&field(Const, any.clone())));
        assert!(!field(Const, any.clone()).matches(&field(Var, any.clone())));
        for (i, a) in [StorageType::I8, StorageType::I16, ValType::I32.into()].iter().enumerate() {
            for (j, b) in
                [StorageType::I8, StorageType::I16, ValType::I32.into()].iter().enumerate()
            {
                assert_eq!(a.matches(b), i == j);
                assert_eq!(StorageType::eq(a, b), i == j);
            }
        }
        assert!(FieldType::eq(&field(Var, any.clone()), &field(Var, any)));
        assert!(StorageType::I8.is_i8() && StorageType::I16.is_i16());
        assert!(!StorageType::I16.is_val_type() && StorageType::from(eq).is_val_type());
    }

    #[test]
    fn subtypes_extend_their_supertypes() {
        let engine = Engine::default();
        let open = |supertype: Option<&StructType>, fields: &[FieldType]| {
            let (finality, fields) = (Finality::NonFinal, fields.iter().cloned());
            StructType::with_finality_and_supertype(&engine, finality, supertype, fields)
        };
        let any = field(Mutability::Const, ValType::ANYREF);
        let eq = field(Mutability::Const, ValType::EQREF);
        let byte = field(Mutability::Var, StorageType::I8);
        let root = open(None, &[any.clone(), byte.clone()]).unwrap();
        let child = open(Some(&root), &[eq.clone(), byte.clone(), any.clone()]).unwrap();
        assert!(child.matches(&root) && !root.matches(&child));
        assert!(StructType::eq(&child.supertype().unwrap(), &root));
        assert_eq!(child.finality(), Finality::NonFinal);
        assert!(child.field(2).is_some() && child.field(3).is_none());
        // What only looks like one is none.
        let other = open(None, &[eq.clone(), byte.clone(), any.clone()]).unwrap();
        assert!(!other.matches(&root));

        for wrong in [&[eq.clone()][..], &[any.clone(), any.clone()], &[]] {
            let error = open(Some(&root), wrong).unwrap_err();
            assert_eq!(error.to_string(), "struct fields must match their supertype's fields");
        }
        let last = StructType::new(&engine, [any.clone()]).unwrap();
        let error = open(Some(&last), &[any]).unwrap_err();
        assert_eq!(error.to_string(), "cannot create a subtype of a final supertype");
    }

    #[test]
    fn structs_have_at_most_ten_thousand_fields() {
        let engine = Engine::default();
        let fields = |n| core::iter::repeat_n(field(Mutability::Var, StorageType::I8), n);
        assert_eq!(StructType::new(&engine, fields(10_000)).unwrap().fields().len(), 10_000);
        assert_eq!(
            StructType::new(&engine, fields(10_001)).unwrap_err().to_string(),
            "attempted to define a struct type with 10001 fields, but that is more than the \
             maximum supported number of fields (10000)"
        );
    }

    #[test]
    fn subtypes_of_arrays_have_elements_that_match() {
        let engine = Engine::default();
        let open = |supertype: Option<&ArrayType>, element| {
            let finality = Finality::NonFinal;
            ArrayType::with_finality_and_supertype(&engine, finality, supertype, element)
        };
        let root = open(None, field(Mutability::Const, ValType::ANYREF)).unwrap();
        let child = open(Some(&root), field(Mutability::Const, ValType::EQREF)).unwrap();
        assert!(child.matches(&root) && !root.matches(&child));
        assert!(ArrayType::eq(&child.supertype().unwrap(), &root));
        let error = open(Some(&child), field(Mutability::Const, ValType::ANYREF)).unwrap_err();
        assert_eq!(error.to_string(), "array field type must match its supertype's field type");
        let last = ArrayType::new(&engine, child.field_type());
        let error = open(Some(&last), child.field_type()).unwrap_err();
        assert_eq!(error.to_string(), "cannot create a subtype of a final supertype");
    }

    #[test]
    #[should_panic = "different engine"]
    fn fields_of_another_engine_are_a_mistake() {
        let other = StructType::new(&Engine::default(), []).unwrap();
        let ty = ValType::from(RefType::new(true, other.into()));
        ArrayType::new(&Engine::default(), field(Mutability::Var, ty));
    }
}
