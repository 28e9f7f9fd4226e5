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
//!  definition  16 × parts + 4 × its shape + 2 with a supertype + 1 if final; supertype; parts
//!  parts       of func: results, values; their number is that of the parameters
//!              of struct and array: fields
//!              of exn: the function type
//! ```
//! all of them numbers, in LEB128.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::slice;

use wasmote_interp::{Field as Placed, Kind, Layout, Storage as Stored};

/// A reference from one type to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TypeRef {
    /// The type at this position of the same group. Only in the key form.
    Group(u32),
    /// The registered type of this number.
    Engine(u32),
}

/// What kind of type it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    Func,
    Struct,
    Array,
    Exn,
}

impl Shape {
    /// By number, of two bits.
    const ALL: [Shape; 4] = [Shape::Func, Shape::Struct, Shape::Array, Shape::Exn];

    fn of_number(number: u64) -> Shape {
        Shape::ALL[number as usize & 3]
    }
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
    Concrete(Shape, TypeRef),
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

impl Heap {
    /// What the machine sees of references to these.
    fn kind(self) -> Kind {
        match self {
            Heap::Func | Heap::NoFunc | Heap::Cont | Heap::NoCont => Kind::Func,
            Heap::Concrete(Shape::Func, _) => Kind::Func,
            _ => Kind::Gc,
        }
    }
}

impl TypeRef {
    fn number(self) -> u64 {
        match self {
            TypeRef::Group(position) => u64::from(position) << 1,
            TypeRef::Engine(index) => u64::from(index) << 1 | 1,
        }
    }

    /// The same in runtime form, where the first type of its group has this number.
    pub(crate) fn in_group_at(self, first: u32) -> TypeRef {
        match self {
            TypeRef::Group(position) => TypeRef::Engine(first + position),
            engine => engine,
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
                    Heap::Concrete(shape, to) => (6, to.number() << 2 | shape as u64),
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
            6 => Heap::Concrete(Shape::of_number(rest >> 1), TypeRef::of_number(rest >> 3)),
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
            Value::Ref { heap, .. } => heap.kind(),
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

/// What a field or an element holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Storage {
    I8,
    I16,
    Value(Value),
}

/// A field of a struct, or the elements of an array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Field {
    pub(crate) storage: Storage,
    pub(crate) mutable: bool,
}

impl Storage {
    /// No value has a number that ends in these three bits.
    const PACKED: u64 = 7;

    fn number(self) -> u64 {
        match self {
            Storage::I8 => Storage::PACKED,
            Storage::I16 => 8 | Storage::PACKED,
            Storage::Value(ty) => ty.number(),
        }
    }

    fn of_number(number: u64) -> Storage {
        match (number & 7, number >> 3) {
            (Storage::PACKED, 0) => Storage::I8,
            (Storage::PACKED, _) => Storage::I16,
            _ => Storage::Value(Value::of_number(number)),
        }
    }

    /// What the machine sees of it.
    pub(crate) fn stored(self) -> Stored {
        match self {
            Storage::I8 => Stored::I8,
            Storage::I16 => Stored::I16,
            Storage::Value(ty) => Stored::Value(ty.kind()),
        }
    }
}

impl From<Value> for Field {
    /// One that exceptions carry: it cannot be written.
    fn from(ty: Value) -> Field {
        Field { storage: Storage::Value(ty), mutable: false }
    }
}

impl Field {
    fn number(self) -> u64 {
        self.storage.number() << 1 | u64::from(self.mutable)
    }

    fn of_number(number: u64) -> Field {
        Field { storage: Storage::of_number(number >> 1), mutable: number & 1 != 0 }
    }
}

/// What a type defines.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Composite {
    Func(Signature),
    Struct(Box<[Field]>),
    Array(Field),
    /// Exceptions that carry what functions of this type take. The specification has no such types; the API has.
    Exn(TypeRef),
}

impl Composite {
    pub(crate) fn shape(&self) -> Shape {
        match self {
            Composite::Func(_) => Shape::Func,
            Composite::Struct(_) => Shape::Struct,
            Composite::Array(_) => Shape::Array,
            Composite::Exn(_) => Shape::Exn,
        }
    }
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
    fn values(&self) -> impl Iterator<Item = Value> {
        let (values, fields) = match &self.composite {
            Composite::Func(signature) => (&*signature.values, &[][..]),
            Composite::Struct(fields) => (&[][..], &**fields),
            Composite::Array(element) => (&[][..], slice::from_ref(element)),
            Composite::Exn(_) => (&[][..], &[][..]),
        };
        let fields = fields.iter().filter_map(|field| match field.storage {
            Storage::Value(ty) => Some(ty),
            Storage::I8 | Storage::I16 => None,
        });
        values.iter().copied().chain(fields)
    }

    /// Every reference to another type in it, each as often as it occurs.
    pub(crate) fn references(&self) -> impl Iterator<Item = TypeRef> {
        let values = self.values().filter_map(|ty| match ty {
            Value::Ref { heap: Heap::Concrete(_, to), .. } => Some(to),
            _ => None,
        });
        let func = match self.composite {
            Composite::Exn(func) => Some(func),
            _ => None,
        };
        self.supertype.into_iter().chain(func).chain(values)
    }

    /// The same in runtime form, where the first type of its group has this number.
    pub(crate) fn in_group_at(mut self, first: u32) -> SubType {
        let engine = |to: &mut TypeRef| *to = to.in_group_at(first);
        let value = |ty: &mut Value| {
            if let Value::Ref { heap: Heap::Concrete(_, to), .. } = ty {
                engine(to);
            }
        };
        let field = |field: &mut Field| {
            if let Storage::Value(ty) = &mut field.storage {
                value(ty);
            }
        };
        self.supertype.iter_mut().for_each(engine);
        match &mut self.composite {
            Composite::Func(signature) => signature.values.iter_mut().for_each(value),
            Composite::Struct(fields) => fields.iter_mut().for_each(field),
            Composite::Array(element) => field(element),
            Composite::Exn(func) => engine(func),
        }
        self
    }

    fn put(&self, key: &mut Vec<u8>) {
        let parts = match &self.composite {
            Composite::Func(signature) => signature.params,
            Composite::Struct(fields) => fields.len(),
            Composite::Array(_) | Composite::Exn(_) => 0,
        };
        let flags = u64::from(self.is_final) | u64::from(self.supertype.is_some()) << 1;
        put(key, (parts as u64) << 4 | (self.composite.shape() as u64) << 2 | flags);
        if let Some(supertype) = self.supertype {
            put(key, supertype.number());
        }
        match &self.composite {
            Composite::Func(Signature { values, params }) => {
                put(key, (values.len() - params) as u64);
                values.iter().for_each(|ty| put(key, ty.number()));
            }
            Composite::Struct(fields) => fields.iter().for_each(|field| put(key, field.number())),
            Composite::Array(element) => put(key, element.number()),
            Composite::Exn(func) => put(key, func.number()),
        }
    }
}

/// Fields as the machine places them.
pub(crate) fn layout(fields: &[Field]) -> Box<[Placed]> {
    let mut layout = Layout::default();
    let place = |field: &Field| {
        let storage = field.storage.stored();
        Placed { offset: layout.add(storage), storage, mutable: field.mutable }
    };
    fields.iter().map(place).collect()
}

/// The key of a group.
pub(crate) fn key<T: Borrow<SubType>>(group: impl ExactSizeIterator<Item = T>) -> Vec<u8> {
    let mut key = Vec::with_capacity(group.len() * 4);
    put(&mut key, group.len() as u64);
    group.for_each(|sub| sub.borrow().put(&mut key));
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
        let (first, supertype) = self.head();
        let parts = (first >> 4) as usize;
        let composite = match Shape::of_number(first >> 2) {
            Shape::Func => {
                let values = parts + self.number() as usize;
                let values = (0..values).map(|_| Value::of_number(self.number())).collect();
                Composite::Func(Signature { values, params: parts })
            }
            Shape::Struct => Composite::Struct((0..parts).map(|_| self.field()).collect()),
            Shape::Array => Composite::Array(self.field()),
            Shape::Exn => Composite::Exn(TypeRef::of_number(self.number())),
        };
        SubType { is_final: first & 1 != 0, supertype, composite }
    }

    /// The supertype of the next definition.
    pub(crate) fn supertype(&mut self) -> Option<TypeRef> {
        self.head().1
    }

    fn head(&mut self) -> (u64, Option<TypeRef>) {
        let first = self.number();
        let supertype = (first & 2 != 0).then(|| TypeRef::of_number(self.number()));
        (first, supertype)
    }

    fn field(&mut self) -> Field {
        Field::of_number(self.number())
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
        let heaps = HEAPS.into_iter().chain([
            Heap::Concrete(Shape::Func, TypeRef::Group(0)),
            Heap::Concrete(Shape::Struct, TypeRef::Group(u32::MAX - 7)),
            Heap::Concrete(Shape::Array, TypeRef::Engine(0)),
            Heap::Concrete(Shape::Exn, TypeRef::Engine(u32::MAX)),
        ]);
        let refs =
            heaps.flat_map(|heap| [true, false].map(|nullable| Value::Ref { nullable, heap }));
        let values: Vec<Value> = Value::SIMPLE.into_iter().chain(refs).collect();
        let storages = values.iter().map(|ty| Storage::Value(*ty));
        let fields: Vec<Field> = [Storage::I8, Storage::I16]
            .into_iter()
            .chain(storages)
            .flat_map(|storage| [true, false].map(|mutable| Field { storage, mutable }))
            .collect();
        let func = |params| {
            Composite::Func(Signature::new(
                values[..params].iter().copied(),
                values[params..].iter().copied(),
            ))
        };
        let group = || -> Vec<SubType> {
            let sub = |(composite, is_final, supertype)| SubType { is_final, supertype, composite };
            [
                (func(0), true, None),
                (func(values.len()), false, Some(TypeRef::Engine(300))),
                (func(3), true, Some(TypeRef::Group(1))),
                (Composite::Struct(fields.as_slice().into()), true, Some(TypeRef::Group(5))),
                (Composite::Struct([].into()), false, None),
                (Composite::Array(fields[0]), false, Some(TypeRef::Engine(7))),
                (Composite::Array(fields[fields.len() - 1]), true, None),
                (Composite::Exn(TypeRef::Group(2)), true, None),
            ]
            .map(sub)
            .into()
        };
        let key = key(group().iter());
        let (mut reader, count) = Reader::new(&key);
        assert_eq!(count, 8);
        let mut places = Vec::new();
        for expected in group() {
            places.push(reader.position());
            assert_eq!(reader.definition(), expected);
        }
        assert_eq!(reader.position() as usize, key.len());

        for (&place, expected) in places.iter().zip(group()) {
            assert_eq!(Reader::at(&key, place).supertype(), expected.supertype);
            assert_eq!(Reader::at(&key, place).definition(), expected);
        }
        // No reference of the runtime form is one into the group, wherever it stands.
        for (place, named) in [(2, 8), (3, 12), (7, 9)] {
            let runtime = Reader::at(&key, places[place]).definition().in_group_at(7);
            assert!(runtime.references().all(|to| matches!(to, TypeRef::Engine(_))));
            assert!(runtime.references().any(|to| to == TypeRef::Engine(named)), "{place}");
        }
    }

    #[test]
    fn a_layout_extends_that_of_the_supertype() {
        let field = |storage| Field { storage, mutable: true };
        let reference = Value::Ref { nullable: true, heap: Heap::Any };
        let fields = [
            Storage::I8,
            Storage::Value(reference),
            Storage::I16,
            Storage::Value(Value::V128),
            Storage::I8,
            Storage::Value(Value::F64),
            Storage::Value(Value::I32),
        ]
        .map(field);
        let placed = layout(&fields);
        let offsets: Vec<u32> = placed.iter().map(|field| field.offset).collect();
        assert_eq!(offsets, [8, 12, 16, 24, 40, 48, 56]);
        for len in 0..fields.len() {
            assert_eq!(layout(&fields[..len])[..], placed[..len]);
        }
    }
}
