//! `FuncType`: a handle of a function type that is registered with an engine.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};

use super::registered::registered;
use super::{Finality, HeapType, Short, ValType};
use crate::engine::Type;
use crate::engine::definition::{Composite, Signature, SubType, TypeRef, Value};
use crate::{Engine, OutOfMemory, Result, bail, ensure};

/// The type of a function: its parameters and results.
///
/// It is a handle of a type that is registered with an engine, cheap to clone. Equal types of one
/// engine are registered once.
///
/// # Examples
/// ```
/// use wasmote::{Engine, FuncType, ValType};
///
/// let engine = Engine::default();
/// let ty = FuncType::new(&engine, [ValType::I32, ValType::F64], [ValType::I64]);
/// assert_eq!(ty.params().len(), 2);
/// assert!(ty.result(0).unwrap().is_i64());
/// assert_eq!(ty.to_string(), "(type (func (param i32 f64) (result i64)))");
/// ```
#[derive(Clone)]
pub struct FuncType {
    registered: Arc<Type>,
}

registered!(FuncType ConcreteFunc);

impl FuncType {
    /// A final function type without a supertype.
    ///
    /// # Panics
    /// If one of the types is of another engine.
    pub fn new(
        engine: &Engine,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> FuncType {
        FuncType::build(engine, Finality::Final, None, params, results)
    }

    /// Like [`FuncType::new`], for callers that handle errors of allocation.
    ///
    /// # Errors
    /// None at present.
    ///
    /// # Panics
    /// If one of the types is of another engine.
    pub fn try_new(
        engine: &Engine,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Result<FuncType, OutOfMemory> {
        Ok(FuncType::new(engine, params, results))
    }

    /// A function type that says whether it may have subtypes, and which type it is a subtype of.
    ///
    /// # Errors
    /// If the supertype is final, or if the type does not match it.
    ///
    /// # Panics
    /// If one of the types is of another engine.
    pub fn with_finality_and_supertype(
        engine: &Engine,
        finality: Finality,
        supertype: Option<&FuncType>,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> Result<FuncType> {
        FuncType::check_supertype(engine, supertype)?;
        let ty = FuncType::build(engine, finality, supertype, params, results);
        if let Some(supertype) = supertype
            && !ty.matches(supertype)
        {
            let list = |word, types: &mut dyn Iterator<Item = ValType>| {
                let types: String = types.map(|ty| alloc::format!(" {ty}")).collect();
                if types.is_empty() { types } else { alloc::format!(" ({word}{types})") }
            };
            let params = list("params", &mut ty.params());
            let results = list("results", &mut ty.results());
            bail!(
                "function type must match its supertype: found (func{params}{results}), expected \
                 {supertype}"
            );
        }
        Ok(ty)
    }

    fn build(
        engine: &Engine,
        finality: Finality,
        supertype: Option<&FuncType>,
        params: impl IntoIterator<Item = ValType>,
        results: impl IntoIterator<Item = ValType>,
    ) -> FuncType {
        // The types named must stay registered until the new one is, and counts them itself.
        let (params, results) = (params.into_iter(), results.into_iter());
        let mut types = Vec::with_capacity(params.size_hint().0 + results.size_hint().0);
        types.extend(params);
        let params = types.len();
        types.extend(results);
        let (params, results) = types.split_at(params);
        let composite = Composite::Func(Signature::new(
            params.iter().map(|ty| ty.to_registry(engine)),
            results.iter().map(|ty| ty.to_registry(engine)),
        ));
        FuncType::define(engine, finality, supertype, composite)
    }

    /// Parameter `i`.
    pub fn param(&self, i: usize) -> Option<ValType> {
        let ty = self.signature().params().nth(i)?;
        Some(ValType::from_registry(self.engine(), ty))
    }

    /// The parameters in order.
    pub fn params(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.signature().params().map(|ty| ValType::from_registry(self.engine(), ty))
    }

    /// Result `i`.
    pub fn result(&self, i: usize) -> Option<ValType> {
        let ty = self.signature().results().nth(i)?;
        Some(ValType::from_registry(self.engine(), ty))
    }

    /// The results in order.
    pub fn results(&self) -> impl ExactSizeIterator<Item = ValType> + '_ {
        self.signature().results().map(|ty| ValType::from_registry(self.engine(), ty))
    }

    /// Whether a function of this type can be called as one of type `other`: it takes what the
    /// other takes and gives what the other gives.
    ///
    /// This compares what the types look like. Linking and `call_indirect` are stricter: there a
    /// type matches itself and the supertypes that it was declared with.
    ///
    /// # Panics
    /// If the types are of different engines.
    pub fn matches(&self, other: &FuncType) -> bool {
        self.assert_engine(other.engine());
        self.type_index() == other.type_index()
            || self.params().len() == other.params().len()
                && self.results().len() == other.results().len()
                && self.params().zip(other.params()).all(|(ours, theirs)| theirs.matches(&ours))
                && self.results().zip(other.results()).all(|(ours, theirs)| ours.matches(&theirs))
    }

    /// How many slots of the machine parameters and results take.
    pub(crate) fn slots(&self) -> (u32, u32) {
        let slots = |ty: Value| ty.kind().slots();
        let signature = self.signature();
        (signature.params().map(slots).sum(), signature.results().map(slots).sum())
    }

    fn signature(&self) -> &Signature {
        match &self.registered.sub().composite {
            Composite::Func(signature) => signature,
            _ => unreachable!("it is a function type"),
        }
    }

    /// The type as it is written inside of `(type ...)`, as messages about linking show it.
    pub(crate) fn definition(&self) -> impl fmt::Display + '_ {
        Definition(self)
    }
}

impl fmt::Debug for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FuncType({})", self.definition())
    }
}

impl fmt::Display for FuncType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(type (func")?;
        list(f, "param", self.params(), |f, ty| write!(f, "{ty}"))?;
        list(f, "result", self.results(), |f, ty| write!(f, "{ty}"))?;
        f.write_str("))")
    }
}

struct Definition<'a>(&'a FuncType);

impl fmt::Display for Definition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ty = self.0;
        let sub = ty.registered.sub();
        let plain = sub.is_final && sub.supertype.is_none();
        if !plain {
            f.write_str(if sub.is_final { "(sub final" } else { "(sub" })?;
            if let Some(TypeRef::Engine(index)) = sub.supertype {
                write!(f, " (concrete func {index})")?;
            }
            f.write_str(" ")?;
        }
        f.write_str("(func")?;
        list(f, "param", ty.params(), |f, ty| write!(f, "{}", Short(ty)))?;
        list(f, "result", ty.results(), |f, ty| write!(f, "{}", Short(ty)))?;
        f.write_str(if plain { ")" } else { "))" })
    }
}

fn list(
    f: &mut fmt::Formatter<'_>,
    word: &str,
    types: impl ExactSizeIterator<Item = ValType>,
    show: impl Fn(&mut fmt::Formatter<'_>, ValType) -> fmt::Result,
) -> fmt::Result {
    if types.len() == 0 {
        return Ok(());
    }
    write!(f, " ({word}")?;
    for ty in types {
        f.write_str(" ")?;
        show(f, ty)?;
    }
    f.write_str(")")
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn matching_is_structural_with_parameters_reversed() {
        let engine = Engine::default();
        let ty = |param: ValType, result: ValType| FuncType::new(&engine, [param], [result]);
        let general = ValType::FUNCREF;
        let special = ValType::NULLFUNCREF;
        let accepts_more = ty(general.clone(), special.clone());
        let accepts_less = ty(special, general);
        assert!(accepts_more.matches(&accepts_less));
        assert!(!accepts_less.matches(&accepts_more));
        assert!(!FuncType::eq(&accepts_more, &accepts_less));
        assert!(!accepts_more.is_declared_subtype_of(&accepts_less));
        assert!(!accepts_more.matches(&FuncType::new(&engine, [], [])));
    }

    #[test]
    fn types_are_shown_as_in_the_text_format() {
        let engine = Engine::default();
        assert_eq!(FuncType::new(&engine, [], []).to_string(), "(type (func))");
        let ty = FuncType::new(&engine, [ValType::I32, ValType::EXTERNREF], [ValType::F32]);
        assert_eq!(ty.to_string(), "(type (func (param i32 (ref null extern)) (result f32)))");
        assert_eq!(ty.definition().to_string(), "(func (param i32 externref) (result f32))");
        let open = |supertype: Option<&FuncType>| {
            FuncType::with_finality_and_supertype(&engine, Finality::NonFinal, supertype, [], [])
        };
        let root = open(None).unwrap();
        assert_eq!(root.to_string(), "(type (func))");
        assert_eq!(root.definition().to_string(), "(sub (func))");
        let index = root.type_index();
        let child = open(Some(&root)).unwrap();
        assert_eq!(
            child.definition().to_string(),
            alloc::format!("(sub (concrete func {index}) (func))")
        );
    }
}
