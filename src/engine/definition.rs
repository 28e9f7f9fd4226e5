//! What a type is apart from its number, and the key of a group of types.
//!
//! ```text
//!                   (rec (type $a (func (param (ref null $b))))    $b in the group is Group(1),
//!  key form              (type $b (func (param (ref null $x)))))   $x of an earlier group Engine(7)
//!                              │ registered as numbers 8 and 9
//!  runtime form     8: (func (param (ref null 9)))   9: (func (param (ref null 7)))
//! ```
//!
//! The key form does not depend on the numbers that the group itself gets, so that it can be looked
//! up before there are any. It is kept as bytes, for a module of a megabyte may define 90,000 types:
//!
//! ```text
//!  key         definitions, definition, definition, ...
//!  definition  4 × parameters, + 1 if final, + 2 with a supertype; results; supertype; values
//! ```
//! all of them numbers, in LEB128.

use alloc::boxed::Box;
use alloc::vec::Vec;

use wasmote_interp::Kind;

/// A reference from one type to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TypeRef {
    /// The type at this position of the same group. Only in the key form.
    Group(u32),
    /// The registered type of this number.
    Engine(u32),
}

/// What a reference refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    I32,
    I64,
    F32,
    F64,
    V128,
    Ref { nullable: bool, heap: Heap },
}

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

impl TypeRef {
    fn number(self) -> u64 {
        match self {
            TypeRef::Group(position) => u64::from(position) << 1,
            TypeRef::Engine(index) => u64::from(index) << 1 | 1,
        }
    }

    fn of_number(number: u64) -> TypeRef {
        let at = (number >> 1) as u32;
        if number & 1 == 0 { TypeRef::Group(at) } else { TypeRef::Engine(at) }
    }
}

impl Value {
    /// Numbers of types that are no references; of those that are, the lowest bits say which.
    const SIMPLE: [Value; 5] = [Value::I32, Value::I64, Value::F32, Value::F64, Value::V128];

    fn number(self) -> u64 {
        match self {
            Value::I32 => 0,
            Value::I64 => 1,
            Value::F32 => 2,
            Value::F64 => 3,
            Value::V128 => 4,
            Value::Ref { nullable, heap } => {
                let (which, number) = match heap {
                    Heap::Concrete(to) => (6, to.number()),
                    heap => {
                        let at = HEAPS.iter().position(|known| *known == heap);
                        (5, at.expect("all are listed") as u64)
                    }
                };
                (number << 1 | u64::from(nullable)) << 3 | which
            }
        }
    }

    fn of_number(number: u64) -> Value {
        let (rest, which) = (number >> 3, number as usize & 7);
        let heap = match which {
            5 => HEAPS[(rest >> 1) as usize],
            6 => Heap::Concrete(TypeRef::of_number(rest >> 1)),
            _ => return Value::SIMPLE[which],
        };
        Value::Ref { nullable: rest & 1 != 0, heap }
    }

    /// What the machine sees of it.
    pub(crate) fn kind(self) -> Kind {
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
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Signature {
    /// Parameters, then results.
    values: Box<[Value]>,
    params: usize,
}

impl Signature {
    pub(crate) fn new(
        params: impl ExactSizeIterator<Item = Value>,
        results: impl ExactSizeIterator<Item = Value>,
    ) -> Signature {
        let count = params.len();
        Signature { values: params.chain(results).collect(), params: count }
    }

    pub(crate) fn params(&self) -> impl ExactSizeIterator<Item = Value> {
        self.values[..self.params].iter().copied()
    }

    pub(crate) fn results(&self) -> impl ExactSizeIterator<Item = Value> {
        self.values[self.params..].iter().copied()
    }
}

/// What a type defines.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Composite {
    Func(Signature),
}

/// A definition of a type.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct SubType {
    pub(crate) is_final: bool,
    pub(crate) supertype: Option<TypeRef>,
    pub(crate) composite: Composite,
}

impl SubType {
    /// The types of all values in it.
    fn values(&self) -> &[Value] {
        let Composite::Func(signature) = &self.composite;
        &signature.values
    }

    /// Every reference to another type in it, each as often as it occurs.
    pub(crate) fn references(&self) -> impl Iterator<Item = TypeRef> {
        let values = self.values().iter().filter_map(|ty| match ty {
            Value::Ref { heap: Heap::Concrete(to), .. } => Some(*to),
            _ => None,
        });
        self.supertype.into_iter().chain(values)
    }

    /// The same in runtime form, where the first type of its group has this number.
    pub(crate) fn in_group_at(mut self, first: u32) -> SubType {
        let engine = |to: &mut TypeRef| {
            if let TypeRef::Group(position) = *to {
                *to = TypeRef::Engine(first + position);
            }
        };
        self.supertype.iter_mut().for_each(engine);
        let Composite::Func(signature) = &mut self.composite;
        for ty in &mut signature.values {
            if let Value::Ref { heap: Heap::Concrete(to), .. } = ty {
                engine(to);
            }
        }
        self
    }
}

/// The key of a group.
pub(crate) fn key(group: &[SubType]) -> Vec<u8> {
    let mut key = Vec::with_capacity(group.iter().map(|sub| 4 + sub.values().len()).sum());
    put(&mut key, group.len() as u64);
    for sub in group {
        let Composite::Func(Signature { values, params }) = &sub.composite;
        let flags = u64::from(sub.is_final) | u64::from(sub.supertype.is_some()) << 1;
        put(&mut key, (*params as u64) << 2 | flags);
        put(&mut key, (values.len() - params) as u64);
        if let Some(supertype) = sub.supertype {
            put(&mut key, supertype.number());
        }
        for ty in values {
            put(&mut key, ty.number());
        }
    }
    key
}

fn put(key: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        key.push(number as u8 | 0x80);
        number >>= 7;
    }
    key.push(number as u8);
}

/// Reads a key.
pub(crate) struct Reader<'a> {
    key: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// At the beginning; with how many definitions follow.
    pub(crate) fn new(key: &'a [u8]) -> (Reader<'a>, u32) {
        let mut reader = Reader { key, at: 0 };
        let count = reader.number() as u32;
        (reader, count)
    }

    /// At the definition at a place, a [position](Reader::position) of another reader of the same key.
    pub(crate) fn at(key: &'a [u8], position: u32) -> Reader<'a> {
        Reader { key, at: position as usize }
    }

    /// Where the next definition begins.
    pub(crate) fn position(&self) -> u32 {
        self.at as u32
    }

    /// The next definition, which there must be.
    pub(crate) fn definition(&mut self) -> SubType {
        let (first, results) = (self.number(), self.number() as usize);
        let (params, flags) = ((first >> 2) as usize, first & 3);
        let supertype = (flags & 2 != 0).then(|| TypeRef::of_number(self.number()));
        let values = (0..params + results).map(|_| Value::of_number(self.number())).collect();
        let composite = Composite::Func(Signature { values, params });
        SubType { is_final: flags & 1 != 0, supertype, composite }
    }

    fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.key[self.at];
            self.at += 1;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return number;
            }
            shift += 7;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_key_is_read_from_it() {
        let concrete = |to| Heap::Concrete(to);
        let heaps = HEAPS.into_iter().chain([
            concrete(TypeRef::Group(0)),
            concrete(TypeRef::Group(u32::MAX - 7)),
            concrete(TypeRef::Engine(0)),
            concrete(TypeRef::Engine(u32::MAX)),
        ]);
        let refs =
            heaps.flat_map(|heap| [true, false].map(|nullable| Value::Ref { nullable, heap }));
        let values: Vec<Value> = Value::SIMPLE.into_iter().chain(refs).collect();
        let group = || -> Vec<SubType> {
            let sub = |(n, is_final, supertype)| SubType {
                is_final,
                supertype,
                composite: Composite::Func(Signature::new(
                    values[..n].iter().copied(),
                    values[n..].iter().copied(),
                )),
            };
            [
                (0, true, None),
                (values.len(), false, Some(TypeRef::Engine(300))),
                (3, true, Some(TypeRef::Group(1))),
            ]
            .map(sub)
            .into()
        };
        let key = key(&group());
        let (mut reader, count) = Reader::new(&key);
        assert_eq!(count, 3);
        let mut places = Vec::new();
        for expected in group() {
            places.push(reader.position());
            assert_eq!(reader.definition(), expected);
        }
        assert_eq!(reader.position() as usize, key.len());
        assert_eq!(Reader::at(&key, places[2]).definition(), group()[2]);

        let runtime = Reader::at(&key, places[2]).definition().in_group_at(7);
        assert_eq!(runtime.supertype, Some(TypeRef::Engine(8)));
        assert!(runtime.references().all(|to| matches!(to, TypeRef::Engine(_))));
        assert!(runtime.references().any(|to| to == TypeRef::Engine(7)));
    }
}
