//! Types of what modules import and export.

use super::{FuncType, RefType, ValType};
use crate::MemoryType;

/// Whether a global can be written.
///
/// # Examples
/// ```
/// use wasmote::{Global, GlobalType, Mutability, Store, Val, ValType};
///
/// let mut store = Store::<()>::default();
/// let ty = GlobalType::new(ValType::I32, Mutability::Const);
/// let global = Global::new(&mut store, ty, Val::I32(7))?;
/// assert!(global.set(&mut store, Val::I32(8)).is_err());
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Mutability {
    /// It always has the value that it was made with.
    Const,
    /// It can be written.
    Var,
}

impl Mutability {
    /// Whether this is [`Mutability::Const`].
    pub fn is_const(&self) -> bool {
        *self == Mutability::Const
    }

    /// Whether this is [`Mutability::Var`].
    pub fn is_var(&self) -> bool {
        *self == Mutability::Var
    }
}

/// The type of a global.
///
/// # Examples
/// ```
/// use wasmote::{GlobalType, Mutability, ValType};
///
/// let ty = GlobalType::new(ValType::I64, Mutability::Var);
/// assert!(ty.content().is_i64() && ty.mutability().is_var());
/// ```
#[derive(Clone, Debug, Hash)]
pub struct GlobalType {
    content: ValType,
    mutability: Mutability,
}

impl GlobalType {
    /// A global that holds a value of type `content`.
    pub fn new(content: ValType, mutability: Mutability) -> GlobalType {
        GlobalType { content, mutability }
    }

    /// The type of the value.
    pub fn content(&self) -> &ValType {
        &self.content
    }

    /// Whether the global can be written.
    pub fn mutability(&self) -> Mutability {
        self.mutability
    }
}

/// The type of a table: what its elements are, and how many there are now and at most.
///
/// # Examples
/// ```
/// use wasmote::{RefType, TableType};
///
/// let ty = TableType::new(RefType::FUNCREF, 10, Some(100));
/// assert_eq!((ty.minimum(), ty.maximum(), ty.is_64()), (10, Some(100), false));
/// ```
#[derive(Clone, Debug, Hash)]
pub struct TableType {
    element: RefType,
    minimum: u64,
    maximum: Option<u64>,
    is_64: bool,
}

impl TableType {
    /// A table indexed by `i32`. Nothing is checked: no [`Table`](crate::Table) is made of a type whose minimum is
    /// larger than its maximum.
    pub fn new(element: RefType, minimum: u32, maximum: Option<u32>) -> TableType {
        let (minimum, maximum) = (minimum.into(), maximum.map(u64::from));
        TableType { element, minimum, maximum, is_64: false }
    }

    /// A table indexed by `i64`, otherwise as [`TableType::new`].
    pub fn new64(element: RefType, minimum: u64, maximum: Option<u64>) -> TableType {
        TableType { element, minimum, maximum, is_64: true }
    }

    /// Whether the table is indexed by `i64`.
    pub fn is_64(&self) -> bool {
        self.is_64
    }

    /// The type of the elements.
    pub fn element(&self) -> &RefType {
        &self.element
    }

    /// How many elements there are at first.
    pub fn minimum(&self) -> u64 {
        self.minimum
    }

    /// How many elements there may be, if that is limited.
    pub fn maximum(&self) -> Option<u64> {
        self.maximum
    }
}

/// The type of a tag: what an exception with this tag carries, as the parameters of a function
/// type.
///
/// # Examples
/// ```
/// use wasmote::{Engine, FuncType, TagType, ValType};
///
/// let engine = Engine::default();
/// let ty = TagType::new(FuncType::new(&engine, [ValType::I32], []));
/// assert!(ty.ty().param(0).unwrap().is_i32());
/// ```
#[derive(Clone, Debug, Hash)]
pub struct TagType {
    ty: FuncType,
}

impl TagType {
    /// A tag of this type.
    pub fn new(ty: FuncType) -> TagType {
        TagType { ty }
    }

    /// The function type.
    pub fn ty(&self) -> &FuncType {
        &self.ty
    }
}

/// The type of something that is imported or exported.
///
/// # Examples
/// ```
/// use wasmote::{Engine, ExternType, Module, ValType};
///
/// let engine = Engine::default();
/// let module = Module::new(&engine, r#"(module (global (export "g") i64 (i64.const 1)))"#)?;
/// let ty = module.get_export("g").unwrap();
/// assert!(ty.unwrap_global().content().is_i64());
/// assert!(ty.func().is_none());
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Debug)]
pub enum ExternType {
    /// A function.
    Func(FuncType),
    /// A global.
    Global(GlobalType),
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(MemoryType),
    /// A tag.
    Tag(TagType),
}

/// Accessors and conversions of the five kinds.
macro_rules! kinds {
    ($($name:ident $unwrap:ident $case:ident($ty:ty) $word:literal;)*) => {
        impl ExternType {
            $(
                #[doc = concat!("The type of the ", $word, ", if it is one.")]
                pub fn $name(&self) -> Option<&$ty> {
                    match self {
                        ExternType::$case(ty) => Some(ty),
                        _ => None,
                    }
                }

                #[doc = concat!("The type of the ", $word, ".")]
                ///
                /// # Panics
                /// If it is something else.
                #[track_caller]
                pub fn $unwrap(&self) -> &$ty {
                    self.$name().expect(concat!("expected ", stringify!($ty)))
                }
            )*
        }

        $(
            impl From<$ty> for ExternType {
                fn from(ty: $ty) -> ExternType {
                    ExternType::$case(ty)
                }
            }
        )*
    };
}

kinds! {
    func unwrap_func Func(FuncType) "func";
    global unwrap_global Global(GlobalType) "global";
    table unwrap_table Table(TableType) "table";
    memory unwrap_memory Memory(MemoryType) "memory";
    tag unwrap_tag Tag(TagType) "tag";
}

/// An import of a module: its two names and its type.
///
/// # Examples
/// ```
/// use wasmote::{Engine, Module};
///
/// let text = r#"(module (import "host" "memory" (memory 1)))"#;
/// let module = Module::new(&Engine::default(), text)?;
/// let import = module.imports().next().unwrap();
/// assert_eq!((import.module(), import.name()), ("host", "memory"));
/// assert_eq!(import.ty().unwrap_memory().minimum(), 1);
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImportType<'module> {
    module: &'module str,
    name: &'module str,
    ty: ExternType,
}

impl<'module> ImportType<'module> {
    pub(crate) fn new(module: &'module str, name: &'module str, ty: ExternType) -> Self {
        ImportType { module, name, ty }
    }

    /// The name of the module that it is imported from.
    pub fn module(&self) -> &'module str {
        self.module
    }

    /// Its name there.
    pub fn name(&self) -> &'module str {
        self.name
    }

    /// Its type.
    pub fn ty(&self) -> ExternType {
        self.ty.clone()
    }
}

/// An export of a module: its name and its type.
///
/// # Examples
/// ```
/// use wasmote::{Engine, Module};
///
/// let module = Module::new(&Engine::default(), r#"(module (func (export "run") (param i32)))"#)?;
/// let export = module.exports().next().unwrap();
/// assert_eq!(export.name(), "run");
/// assert!(export.ty().unwrap_func().param(0).unwrap().is_i32());
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExportType<'module> {
    name: &'module str,
    ty: ExternType,
}

impl<'module> ExportType<'module> {
    pub(crate) fn new(name: &'module str, ty: ExternType) -> Self {
        ExportType { name, ty }
    }

    /// Its name.
    pub fn name(&self) -> &'module str {
        self.name
    }

    /// Its type.
    pub fn ty(&self) -> ExternType {
        self.ty.clone()
    }
}
