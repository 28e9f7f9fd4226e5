//! What handles of registered types have in common.

/// Whether a type may have subtypes.
///
/// # Examples
/// ```
/// use wasmote::{Engine, Finality, FuncType};
///
/// let ty = FuncType::new(&Engine::default(), [], []);
/// assert_eq!(ty.finality(), Finality::Final);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Finality {
    /// It has none.
    Final,
    /// It may have some.
    NonFinal,
}

impl Finality {
    /// Whether this is [`Finality::Final`].
    pub fn is_final(&self) -> bool {
        *self == Finality::Final
    }

    /// Whether this is [`Finality::NonFinal`].
    pub fn is_non_final(&self) -> bool {
        *self == Finality::NonFinal
    }
}

/// Methods of a type that has a field `registered: Arc<Type>`, where only types of one shape are.
macro_rules! registered {
    ($name:ident $concrete:ident) => {
        impl $name {
            /// The engine of this type.
            pub fn engine(&self) -> &Engine {
                self.registered.engine()
            }

            /// Whether the type may have subtypes.
            pub fn finality(&self) -> Finality {
                if self.registered.sub().is_final { Finality::Final } else { Finality::NonFinal }
            }

            /// The type that this one was declared to be a subtype of.
            pub fn supertype(&self) -> Option<$name> {
                match self.registered.sub().supertype? {
                    TypeRef::Engine(index) => Some($name::from_index(self.engine(), index)),
                    TypeRef::Group(_) => unreachable!("it is in runtime form"),
                }
            }

            /// Whether both are the same type.
            ///
            /// # Panics
            /// If the types are of different engines.
            #[allow(clippy::should_implement_trait)] // the name is that of the API this one follows
            pub fn eq(a: &$name, b: &$name) -> bool {
                a.assert_engine(b.engine());
                a.type_index() == b.type_index()
            }

            /// Whether this type is `other` or was declared as a subtype of it, directly or not.
            ///
            /// # Panics
            /// If the types are of different engines.
            pub(crate) fn is_declared_subtype_of(&self, other: &$name) -> bool {
                self.assert_engine(other.engine());
                self.registered.is_subtype_of(&other.registered)
            }

            /// Errs if there is a supertype that may have no subtypes.
            fn check_supertype(engine: &Engine, supertype: Option<&$name>) -> Result<()> {
                if let Some(supertype) = supertype {
                    supertype.assert_engine(engine);
                    ensure!(
                        supertype.finality().is_non_final(),
                        "cannot create a subtype of a final supertype"
                    );
                }
                Ok(())
            }

            fn define(
                engine: &Engine,
                finality: Finality,
                supertype: Option<&$name>,
                composite: Composite,
            ) -> $name {
                let supertype = supertype.map(|ty| TypeRef::Engine(ty.type_index()));
                let sub = SubType { is_final: finality.is_final(), supertype, composite };
                $name { registered: Type::define(engine, sub) }
            }

            /// Whether the type can be used with this engine.
            pub(crate) fn comes_from_same_engine(&self, engine: &Engine) -> bool {
                Engine::same(self.engine(), engine)
            }

            #[track_caller]
            fn assert_engine(&self, engine: &Engine) {
                assert!(self.comes_from_same_engine(engine), "type is of a different engine");
            }

            /// The canonical id.
            pub(crate) fn type_index(&self) -> u32 {
                self.registered.index()
            }

            /// The type with a canonical id.
            ///
            /// # Panics
            /// If no such type is registered.
            pub(crate) fn from_index(engine: &Engine, index: u32) -> $name {
                $name { registered: Type::of_index(engine, index) }
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.type_index().hash(state);
            }
        }

        impl From<$name> for HeapType {
            fn from(ty: $name) -> HeapType {
                HeapType::$concrete(ty)
            }
        }
    };
}

pub(super) use registered;
