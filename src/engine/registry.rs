//! The canonical types of an engine.
//!
//! Types that the specification calls equal have the same number here, so that linking and
//! `call_indirect` compare integers. The specification compares whole recursion groups: a type is
//! identified by its group and its position in there. So a group is looked up by its key
//! (`definition.rs`), and its types get numbers one after the other (`numbers.rs`).
//!
//! Groups are counted: by types that the embedder has handles of ([`Type`], one count for all its handles), by modules (one
//! for each group in the module) and by other groups that name their types, as often as they do. A group can only
//! name itself and earlier ones, so counts reach zero, and then the group goes. Counts change under the lock.
//!
//! Of its supertypes a type knows two: the direct one, by its definition, and one further up that it *jumps* to, so that
//! to any of them it is a few steps, and a million types of depth 63 take no more memory than others.
//!
//! ```text
//!  depth     0     1     2     3     4     5     6     7
//!  jumps to  0     0     1     0     3     4     3     0      twice as far as the last two, if those went equally far
//! ```

use alloc::boxed::Box;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::fmt;
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use wasmote_interp::Field;

use super::definition::{Composite, Reader, SubType, TypeRef, key, layout};
use super::numbers::Numbers;
use crate::Engine;
use crate::sync::RwLock;

/// The canonical types of one engine.
#[derive(Default)]
pub(crate) struct TypeRegistry {
    inner: RwLock<Inner>,
}

#[derive(Default)]
struct Inner {
    /// By number.
    types: Vec<Entry>,
    numbers: Numbers,
    /// The numbers of the first types of all groups, by key.
    groups: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// What handles of a type share, if there are some.
    handles: HashMap<u32, Weak<Type>>,
}

/// A number: a registered type, or free.
struct Entry {
    place: Place,
    /// How many supertypes it has.
    depth: u32,
}

/// Where a definition is; and one of the type's supertypes, to jump to, or if it has none itself.
enum Place {
    /// The first type of a group: its key, and how many hold it.
    First { key: Box<[u8]>, count: u32, jump: u32 },
    /// Another type of the group whose first one is this; where in the key its definition is. Or nothing.
    Other { first: u32, position: u32, jump: u32 },
}

// There may be a million of them.
const _: () = assert!(size_of::<usize>() > 8 || size_of::<Entry>() <= 32);

impl Entry {
    const FREE: Entry =
        Entry { place: Place::Other { first: u32::MAX, position: 0, jump: u32::MAX }, depth: 0 };

    fn jump(&self) -> u32 {
        match self.place {
            Place::First { jump, .. } | Place::Other { jump, .. } => jump,
        }
    }
}

impl Inner {
    /// The number of the first type of a type's group, its key, and where in there the type's definition is.
    fn find(&self, index: u32) -> (u32, &[u8], u32) {
        match &self.types[index as usize].place {
            Place::First { key, .. } => (index, key, Reader::new(key).0.position()),
            Place::Other { first, position, .. } => (*first, self.key(*first), *position),
        }
    }

    /// What handles of a type share, if there are some.
    fn shared(&self, index: u32) -> Option<Arc<Type>> {
        self.handles.get(&index)?.upgrade()
    }

    fn key(&self, first: u32) -> &[u8] {
        match &self.types[first as usize].place {
            Place::First { key, .. } => key,
            Place::Other { .. } => unreachable!("the type is registered"),
        }
    }

    fn count(&mut self, first: u32) -> &mut u32 {
        match &mut self.types[first as usize].place {
            Place::First { count, .. } => count,
            Place::Other { .. } => unreachable!("the type is registered"),
        }
    }

    /// The definition of a type, in runtime form.
    fn definition(&self, index: u32) -> SubType {
        let (first, key, position) = self.find(index);
        Reader::at(key, position).definition().in_group_at(first)
    }

    /// The supertype that a type was declared with.
    fn supertype(&self, index: u32) -> Option<u32> {
        let (first, key, position) = self.find(index);
        match Reader::at(key, position).supertype()?.in_group_at(first) {
            TypeRef::Engine(supertype) => Some(supertype),
            TypeRef::Group(_) => unreachable!("it is in runtime form"),
        }
    }

    /// All supertypes of a type, from the root down to the direct one.
    fn supertypes(&self, index: u32) -> Box<[u32]> {
        let mut supers = Vec::with_capacity(self.types[index as usize].depth as usize);
        let mut next = self.supertype(index);
        while let Some(index) = next {
            supers.push(index);
            next = self.supertype(index);
        }
        supers.reverse();
        supers.into()
    }

    /// Whether a type is `other` or was declared as a subtype of it, directly or not.
    fn is_subtype(&self, mut index: u32, other: u32) -> bool {
        let depth = self.types[other as usize].depth;
        while self.types[index as usize].depth > depth {
            let jump = self.types[index as usize].jump();
            index = if self.types[jump as usize].depth >= depth {
                jump
            } else {
                self.supertype(index).expect("it is not the root")
            };
        }
        index == other
    }

    /// Where a type jumps to whose direct supertype is this, and its depth.
    fn below(&self, supertype: u32) -> (u32, u32) {
        let entry = |index: u32| &self.types[index as usize];
        let once = entry(entry(supertype).jump());
        let twice = entry(once.jump());
        let depth = entry(supertype).depth;
        let equally_far = depth - once.depth == once.depth - twice.depth;
        (if equally_far { once.jump() } else { supertype }, depth + 1)
    }

    fn register(&mut self, key: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(key);
        if let Some(&first) = self.groups.find(hash, |&first| self.key(first) == key) {
            *self.count(first) += 1;
            return first;
        }
        let (mut reader, len) = Reader::new(key);
        let first = self.numbers.take(len);
        let end = (first + len) as usize;
        if end > self.types.len() {
            if end > self.types.capacity() {
                // By little more: they are forever.
                self.types.reserve_exact(end + end / 16 - self.types.len());
            }
            self.types.resize_with(end, || Entry::FREE);
        }
        for index in first..first + len {
            let position = reader.position();
            let sub = reader.definition();
            let (jump, depth) = match sub.supertype.map(|to| to.in_group_at(first)) {
                Some(TypeRef::Engine(supertype)) => self.below(supertype),
                _ => (index, 0),
            };
            let place = Place::Other { first, position, jump };
            self.types[index as usize] = Entry { place, depth };
            for to in sub.references() {
                if let TypeRef::Engine(named) = to {
                    let (group, ..) = self.find(named);
                    *self.count(group) += 1;
                }
            }
        }
        let entry = &mut self.types[first as usize];
        entry.place = Place::First { key: key.into(), count: 1, jump: entry.jump() };
        let Inner { types, groups, hasher, .. } = self;
        groups.insert_unique(hash, first, |&first| match &types[first as usize].place {
            Place::First { key, .. } => hasher.hash_one(&**key),
            Place::Other { .. } => unreachable!("the type is registered"),
        });
        first
    }

    /// Gives a count of a group back; and those of groups that only it has held, and so on.
    fn release(&mut self, first: u32) {
        let mut releases = alloc::vec![first];
        while let Some(first) = releases.pop() {
            let count = self.count(first);
            *count -= 1;
            if *count == 0 {
                self.remove(first, &mut releases);
            }
        }
    }

    /// Removes a group; the counts that it has held are to be released.
    fn remove(&mut self, first: u32, releases: &mut Vec<u32>) {
        let hash = self.hasher.hash_one(self.key(first));
        let group = self.groups.find_entry(hash, |&other| other == first);
        let Ok(group) = group else { unreachable!("the group is registered") };
        group.remove();
        let (mut reader, len) = Reader::new(self.key(first));
        for _ in 0..len {
            for to in reader.definition().references() {
                if let TypeRef::Engine(named) = to {
                    releases.push(self.find(named).0);
                }
            }
        }
        self.types[first as usize..][..len as usize].fill_with(|| Entry::FREE);
        self.numbers.give_back(first, len);
    }
}

impl TypeRegistry {
    /// Registers a group in key form, or finds it: the number of its first type. The caller holds one count of it, to give back
    /// with [`TypeRegistry::release`]. Types that it names must be held meanwhile.
    pub(crate) fn register(&self, key: &[u8]) -> u32 {
        self.inner.write().register(key)
    }

    /// Gives one count of the groups back whose first types are among these.
    pub(crate) fn release(&self, types: impl Iterator<Item = u32>) {
        let mut inner = self.inner.write();
        for index in types {
            if let Place::First { .. } = inner.types[index as usize].place {
                inner.release(index);
            }
        }
    }

    /// What a machine needs of a registered type to make objects of it.
    ///
    /// # Panics
    /// If there is no such type.
    #[cfg_attr(not(any(test, feature = "gc")), expect(dead_code))]
    pub(crate) fn object_type(&self, index: u32) -> ObjectType {
        let inner = self.inner.read();
        let composite = inner.definition(index).composite;
        let fields = match &composite {
            Composite::Func(_) => [].into(),
            Composite::Struct(fields) => layout(fields),
            Composite::Array(element) => layout(&[*element]),
            Composite::Exn(TypeRef::Engine(func)) => match inner.definition(*func).composite {
                Composite::Func(carried) => {
                    layout(&carried.params().map(Into::into).collect::<Vec<_>>())
                }
                _ => unreachable!("it is a function type"),
            },
            Composite::Exn(TypeRef::Group(_)) => unreachable!("it is in runtime form"),
        };
        ObjectType { supertypes: inner.supertypes(index), fields }
    }

    /// How many groups and types are registered.
    #[cfg(all(test, feature = "wat"))]
    pub(crate) fn len(&self) -> (usize, usize) {
        let inner = self.inner.read();
        let types = inner.groups.iter().map(|&first| Reader::new(inner.key(first)).1 as usize);
        (inner.groups.len(), types.sum())
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
        let groups = self.inner.read().groups.len();
        debug_assert!(groups == 0, "{groups} type groups were not released");
    }
}

/// What a machine needs of a type to make objects of it.
#[derive(Debug)]
#[cfg_attr(not(any(test, feature = "gc")), expect(dead_code))]
pub(crate) struct ObjectType {
    /// The canonical numbers of the supertypes, from the root down to the direct one. They are as many as the type's depth.
    pub(crate) supertypes: Box<[u32]>,
    /// Where the fields of a struct lie, the elements of an array, or what an exception carries.
    pub(crate) fields: Box<[Field]>,
}

/// A registered type that the embedder has handles of. Holds one count of its group.
pub(crate) struct Type {
    engine: Engine,
    index: u32,
    sub: SubType,
    depth: u32,
}

impl Type {
    /// A type that is a group of its own, and names registered types only.
    pub(crate) fn define(engine: &Engine, sub: SubType) -> Arc<Type> {
        let key = key([&sub].into_iter());
        let mut inner = engine.types().inner.write();
        let index = inner.register(&key);
        if let Some(ty) = inner.shared(index) {
            inner.release(index);
            return ty;
        }
        Type::new(engine, &mut inner, index, sub)
    }

    /// The type of a number.
    ///
    /// # Panics
    /// If there is none.
    pub(crate) fn of_index(engine: &Engine, index: u32) -> Arc<Type> {
        if let Some(ty) = engine.types().inner.read().shared(index) {
            return ty;
        }
        let mut inner = engine.types().inner.write();
        // Somebody else may have come first.
        if let Some(ty) = inner.shared(index) {
            return ty;
        }
        let (first, ..) = inner.find(index);
        *inner.count(first) += 1;
        let sub = inner.definition(index);
        Type::new(engine, &mut inner, index, sub)
    }

    /// What handles share from now on; the count is counted.
    fn new(engine: &Engine, inner: &mut Inner, index: u32, sub: SubType) -> Arc<Type> {
        let depth = inner.types[index as usize].depth;
        let ty = Arc::new(Type { engine: engine.clone(), index, sub, depth });
        inner.handles.insert(index, Arc::downgrade(&ty));
        ty
    }

    /// The engine.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The canonical number.
    pub(crate) fn index(&self) -> u32 {
        self.index
    }

    /// The definition in runtime form.
    pub(crate) fn sub(&self) -> &SubType {
        &self.sub
    }

    /// Whether this is `other` or was declared as its subtype, directly or not.
    pub(crate) fn is_subtype_of(&self, other: &Type) -> bool {
        self.index == other.index
            || self.depth > other.depth
                && self.engine.types().inner.read().is_subtype(self.index, other.index)
    }
}

impl Drop for Type {
    fn drop(&mut self) {
        let mut inner = self.engine.types().inner.write();
        // Somebody may have made another one meanwhile, which holds a count of its own.
        if inner.handles.get(&self.index).is_some_and(|handles| handles.strong_count() == 0) {
            inner.handles.remove(&self.index);
        }
        let (first, ..) = inner.find(self.index);
        inner.release(first);
    }
}

#[cfg(all(test, feature = "wat"))]
#[path = "registry_tests.rs"]
mod tests;
