//! The canonical types of an engine.
//!
//! Types that the specification calls equal have the same number here, so that linking and
//! `call_indirect` compare integers. The specification compares whole recursion groups: a type is
//! identified by its group and its position in there. A group is kept in two forms:
//!
//! ```text
//!                   (rec (type $a (func (param (ref null $b))))    $b in the group is Group(1),
//!  key form              (type $b (func (param (ref null $x)))))   $x of an earlier group Engine(7)
//!                              │ registered as numbers 8 and 9
//!  runtime form     8: (func (param (ref null 9)))   9: (func (param (ref null 7)))
//! ```
//!
//! The key form does not depend on the numbers that the group itself gets, so that it can be looked
//! up before there are any.
//!
//! Groups are counted: by the handles of embedders ([`RegisteredType`]), by modules (one count for
//! each group in the module) and by other groups that name their types. A group can only name
//! itself and earlier ones, so counts reach zero. Whoever takes a count from one to zero removes
//! the group, under the lock, unless somebody has found it in the meantime and counted again.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hashbrown::{Equivalent, HashSet};
use wasmote_interp::{FuncSig, Kind};

use crate::Engine;
use crate::sync::RwLock;

/// A reference from one type to another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum TypeRef {
    /// The type at this position of the same group. Only in the key form.
    Group(u32),
    /// The registered type of this number.
    Engine(u32),
}

/// What a reference refers to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Heap {
    Extern,
    NoExtern,
    Func,
    NoFunc,
    Any,
    Eq,
    I31,
    Array,
    Struct,
    None,
    Exn,
    NoExn,
    Cont,
    NoCont,
    Concrete(TypeRef),
}

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Value {
    I32,
    I64,
    F32,
    F64,
    V128,
    Ref { nullable: bool, heap: Heap },
}

/// A value type as it is kept: a third of the size.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Packed(u32);

impl Packed {
    /// Bits that say which it is, below a number.
    const BITS: u32 = 4;
    /// The abstract heap types by number.
    const HEAPS: [Heap; 14] = [
        Heap::Extern,
        Heap::NoExtern,
        Heap::Func,
        Heap::NoFunc,
        Heap::Any,
        Heap::Eq,
        Heap::I31,
        Heap::Array,
        Heap::Struct,
        Heap::None,
        Heap::Exn,
        Heap::NoExn,
        Heap::Cont,
        Heap::NoCont,
    ];

    fn of(value: Value) -> Packed {
        let (which, number) = match value {
            Value::I32 => (0, 0),
            Value::I64 => (1, 0),
            Value::F32 => (2, 0),
            Value::F64 => (3, 0),
            Value::V128 => (4, 0),
            Value::Ref { nullable, heap } => {
                let (which, number) = match heap {
                    Heap::Concrete(TypeRef::Group(position)) => (6, position),
                    Heap::Concrete(TypeRef::Engine(index)) => (8, index),
                    heap => {
                        let at = Packed::HEAPS.iter().position(|known| *known == heap);
                        (10, at.expect("all are listed") as u32)
                    }
                };
                (which + u32::from(nullable), number)
            }
        };
        assert!(number < 1 << (32 - Packed::BITS), "too many types");
        Packed(number << Packed::BITS | which)
    }

    fn value(self) -> Value {
        let (which, number) = (self.0 & ((1 << Packed::BITS) - 1), self.0 >> Packed::BITS);
        let heap = match which {
            0 => return Value::I32,
            1 => return Value::I64,
            2 => return Value::F32,
            3 => return Value::F64,
            4 => return Value::V128,
            6 | 7 => Heap::Concrete(TypeRef::Group(number)),
            8 | 9 => Heap::Concrete(TypeRef::Engine(number)),
            _ => Packed::HEAPS[number as usize],
        };
        Value::Ref { nullable: which % 2 == 1, heap }
    }
}

impl Value {
    pub(super) fn kind(self) -> Kind {
        match self {
            Value::I32 => Kind::I32,
            Value::I64 => Kind::I64,
            Value::F32 => Kind::F32,
            Value::F64 => Kind::F64,
            Value::V128 => Kind::V128,
            Value::Ref { .. } => Kind::Ref,
        }
    }
}

/// Parameters and results of a function.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Signature {
    /// Parameters, then results.
    values: Box<[Packed]>,
    params: u32,
}

impl Signature {
    pub(super) fn new(
        params: impl ExactSizeIterator<Item = Value>,
        results: impl ExactSizeIterator<Item = Value>,
    ) -> Signature {
        let count = u32::try_from(params.len()).expect("fewer than 2^32 parameters");
        Signature { values: params.chain(results).map(Packed::of).collect(), params: count }
    }

    pub(super) fn params(&self) -> impl ExactSizeIterator<Item = Value> {
        self.values[..self.params as usize].iter().map(|ty| ty.value())
    }

    pub(super) fn results(&self) -> impl ExactSizeIterator<Item = Value> {
        self.values[self.params as usize..].iter().map(|ty| ty.value())
    }

    /// The machine's form of the type of number `id`.
    pub(super) fn to_machine(&self, id: u32) -> FuncSig {
        let params = self.params().map(Value::kind).collect();
        FuncSig { params, results: self.results().map(Value::kind).collect(), id }
    }
}

/// What a type defines.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Composite {
    Func(Signature),
}

/// A type definition of a group.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct SubType {
    pub(crate) is_final: bool,
    pub(crate) supertype: Option<TypeRef>,
    pub(crate) composite: Composite,
}

impl SubType {
    /// Every reference to another type in it, each as often as it occurs.
    fn references(&self) -> impl Iterator<Item = TypeRef> + '_ {
        let Composite::Func(signature) = &self.composite;
        let values = signature.values.iter().filter_map(|ty| match ty.value() {
            Value::Ref { heap: Heap::Concrete(to), .. } => Some(to),
            _ => None,
        });
        self.supertype.into_iter().chain(values)
    }

    /// The same with every reference replaced.
    fn map(&self, to: impl Fn(TypeRef) -> TypeRef) -> SubType {
        let value = |ty: &Packed| match ty.value() {
            Value::Ref { nullable, heap: Heap::Concrete(at) } => {
                Packed::of(Value::Ref { nullable, heap: Heap::Concrete(to(at)) })
            }
            _ => *ty,
        };
        let Composite::Func(signature) = &self.composite;
        SubType {
            is_final: self.is_final,
            supertype: self.supertype.map(&to),
            composite: Composite::Func(Signature {
                values: signature.values.iter().map(value).collect(),
                params: signature.params,
            }),
        }
    }
}

/// A registered recursion group. Equality and hash are those of the key.
pub(crate) struct Group {
    key: Box<[SubType]>,
    /// The number of each member.
    indices: Box<[u32]>,
    /// How many hold it. Goes up from zero only under the lock.
    count: AtomicUsize,
    /// It was removed from the registry. Changes only under the write lock.
    removed: AtomicBool,
}

impl PartialEq for Group {
    fn eq(&self, other: &Group) -> bool {
        self.key == other.key
    }
}

impl Eq for Group {}

impl Hash for Group {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Key(&self.key).hash(state);
    }
}

/// A group's key, to look it up.
#[derive(PartialEq, Eq, Hash)]
struct Key<'a>(&'a [SubType]);

impl Equivalent<Arc<Group>> for Key<'_> {
    fn equivalent(&self, group: &Arc<Group>) -> bool {
        *self.0 == *group.key
    }
}

/// A registered type. Holds no count of its own.
pub(crate) struct Type {
    index: u32,
    group: Arc<Group>,
    position: u32,
    /// The definition in runtime form, where that differs from the key form.
    runtime: Option<Box<SubType>>,
    /// All its supertypes, from the root down to the direct one.
    supers: Box<[u32]>,
}

impl Type {
    /// The canonical number.
    pub(super) fn index(&self) -> u32 {
        self.index
    }

    /// The definition in runtime form.
    pub(super) fn sub(&self) -> &SubType {
        self.runtime.as_deref().unwrap_or(&self.group.key[self.position as usize])
    }

    /// The group, if this is its first type.
    pub(super) fn begins(&self) -> Option<&Arc<Group>> {
        (self.position == 0).then_some(&self.group)
    }

    fn is_subtype_of(&self, other: &Type) -> bool {
        self.index == other.index || self.supers.get(other.supers.len()) == Some(&other.index)
    }
}

/// The canonical types of one engine.
#[derive(Default)]
pub(crate) struct TypeRegistry {
    inner: RwLock<Inner>,
}

#[derive(Default)]
struct Inner {
    groups: HashSet<Arc<Group>>,
    /// By number.
    types: Vec<Option<Arc<Type>>>,
    /// Numbers that can be given again.
    free: Vec<u32>,
}

impl Inner {
    fn get(&self, index: u32) -> &Arc<Type> {
        self.types[index as usize].as_ref().expect("the type is registered")
    }

    fn allocate(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.types.push(None);
            u32::try_from(self.types.len() - 1).expect("fewer than 2^32 types")
        })
    }

    fn insert(&mut self, key: Box<[SubType]>) -> Arc<Group> {
        let indices: Box<[u32]> = key.iter().map(|_| self.allocate()).collect();
        for to in key.iter().flat_map(SubType::references) {
            if let TypeRef::Engine(index) = to {
                self.get(index).group.count.fetch_add(1, Ordering::Relaxed);
            }
        }
        let group = Arc::new(Group {
            key,
            indices,
            count: AtomicUsize::new(1),
            removed: AtomicBool::new(false),
        });
        for (position, (sub, &index)) in (0..).zip(group.key.iter().zip(&group.indices)) {
            let to_engine = |to| match to {
                TypeRef::Group(offset) => TypeRef::Engine(group.indices[offset as usize]),
                engine => engine,
            };
            // A supertype comes before its subtypes, so it is complete.
            let supers = match sub.supertype.map(to_engine) {
                Some(TypeRef::Engine(parent)) => {
                    self.get(parent).supers.iter().copied().chain([parent]).collect()
                }
                _ => Box::default(),
            };
            let inner = sub.references().any(|to| matches!(to, TypeRef::Group(_)));
            let runtime = inner.then(|| Box::new(sub.map(to_engine)));
            let ty = Type { index, group: group.clone(), position, runtime, supers };
            self.types[index as usize] = Some(Arc::new(ty));
        }
        self.groups.insert(group.clone());
        group
    }

    fn remove(&mut self, group: &Arc<Group>) {
        let mut unused = Vec::new();
        self.remove_one(group, &mut unused);
        while let Some(group) = unused.pop() {
            self.remove_one(&group, &mut unused);
        }
    }

    /// Removes a group; those that only it has held are `unused` now.
    fn remove_one(&mut self, group: &Arc<Group>, unused: &mut Vec<Arc<Group>>) {
        // Somebody may have found it since its count was zero, and even be done with it again.
        if group.count.load(Ordering::Acquire) != 0 || group.removed.swap(true, Ordering::Relaxed) {
            return;
        }
        self.groups.remove(&Key(&group.key));
        for to in group.key.iter().flat_map(SubType::references) {
            if let TypeRef::Engine(index) = to {
                let named = &self.get(index).group;
                if named.count.fetch_sub(1, Ordering::AcqRel) == 1 {
                    unused.push(named.clone());
                }
            }
        }
        for &index in &group.indices {
            self.types[index as usize] = None;
            self.free.push(index);
        }
    }
}

impl TypeRegistry {
    /// Registers a group in key form, or finds it; the caller holds one count of it, to give back
    /// with [`TypeRegistry::release`]. Types that it names must be held meanwhile.
    pub(super) fn register(&self, key: Box<[SubType]>) -> Arc<Group> {
        let found = |inner: &Inner| {
            let group = inner.groups.get(&Key(&key))?;
            group.count.fetch_add(1, Ordering::Relaxed);
            Some(group.clone())
        };
        if let Some(group) = found(&self.inner.read()) {
            return group;
        }
        let mut inner = self.inner.write();
        match found(&inner) {
            Some(group) => group,
            None => inner.insert(key),
        }
    }

    /// Adds the types of a group that the caller holds to `types`.
    pub(super) fn types(&self, group: &Group, types: &mut Vec<Arc<Type>>) {
        let inner = self.inner.read();
        types.extend(group.indices.iter().map(|&index| inner.get(index).clone()));
    }

    /// Gives a count back.
    pub(super) fn release(&self, group: &Arc<Group>) {
        if group.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.inner.write().remove(group);
        }
    }

    /// How many groups and types are registered.
    #[cfg(all(test, feature = "wat"))]
    pub(super) fn len(&self) -> (usize, usize) {
        let inner = self.inner.read();
        (inner.groups.len(), inner.types.iter().flatten().count())
    }
}

impl fmt::Debug for TypeRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypeRegistry").finish_non_exhaustive()
    }
}

#[cfg(debug_assertions)]
impl Drop for TypeRegistry {
    fn drop(&mut self) {
        // Whatever holds a count also holds the engine.
        let inner = self.inner.read();
        debug_assert!(
            inner.groups.is_empty(),
            "{} type groups were not released",
            inner.groups.len()
        );
        debug_assert!(inner.types.iter().all(Option::is_none), "a type outlived its group");
    }
}

/// One count of a registered type's group.
pub(crate) struct RegisteredType {
    engine: Engine,
    ty: Arc<Type>,
}

impl RegisteredType {
    /// Registers a type that is a group of its own and names registered types only.
    pub(super) fn define(engine: &Engine, sub: SubType) -> RegisteredType {
        let group = engine.types().register(Box::new([sub]));
        let ty = engine.types().inner.read().get(group.indices[0]).clone();
        RegisteredType { engine: engine.clone(), ty }
    }

    /// The type of a number.
    ///
    /// # Panics
    /// If there is none.
    pub(super) fn of_index(engine: &Engine, index: u32) -> RegisteredType {
        let ty = {
            let inner = engine.types().inner.read();
            let ty = inner.get(index);
            // Under the lock: nobody can be removing the group.
            ty.group.count.fetch_add(1, Ordering::Relaxed);
            ty.clone()
        };
        RegisteredType { engine: engine.clone(), ty }
    }

    /// One more count of a type whose group the caller holds.
    pub(super) fn of_held(engine: &Engine, ty: &Arc<Type>) -> RegisteredType {
        ty.group.count.fetch_add(1, Ordering::Relaxed);
        RegisteredType { engine: engine.clone(), ty: ty.clone() }
    }

    /// The engine.
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The canonical number.
    pub(super) fn index(&self) -> u32 {
        self.ty.index
    }

    /// The definition in runtime form.
    pub(super) fn sub(&self) -> &SubType {
        self.ty.sub()
    }

    /// Whether this is `other` or was declared as its subtype, directly or not.
    pub(super) fn is_subtype_of(&self, other: &RegisteredType) -> bool {
        self.ty.is_subtype_of(&other.ty)
    }
}

impl Clone for RegisteredType {
    fn clone(&self) -> RegisteredType {
        RegisteredType::of_held(&self.engine, &self.ty)
    }
}

impl Drop for RegisteredType {
    fn drop(&mut self) {
        self.engine.types().release(&self.ty.group);
    }
}

#[cfg(all(test, feature = "wat"))]
#[path = "registry_tests.rs"]
mod tests;
