//! The types of a module.

use alloc::vec::Vec;

use super::{Field, Kind, Layout, Storage};

/// The types of a module as the machine needs them: each once, and by type index.
///
/// # Examples
/// ```
/// use wasmote_interp::{CompositeType, Kind, Storage, Types};
///
/// let mut types = Types::default();
/// let func = types.define_func(7, None, [Kind::I32, Kind::V128], [Kind::Func]);
/// types.push(func);
/// types.push(func);
/// assert_eq!((types.len(), types.funcs().len()), (2, 1));
/// assert_eq!(types.func(1).param_slots(), 3);
///
/// let root = types.define_struct(8, None, [(Storage::I8, true)]);
/// types.push(root);
/// let fields = [(Storage::I8, true), (Storage::Value(Kind::I32), false)];
/// let child = types.define_struct(9, Some(2), fields);
/// types.push(child);
/// let ty = types.get(3);
/// let CompositeType::Struct(fields) = ty.composite else { unreachable!() };
/// assert_eq!((fields[1].offset, fields.size(), types.depth(3)), (12, 16, 1));
/// assert_eq!(types.func_supertypes().count(), 0);
/// assert_eq!(types.supertypes(3).collect::<Vec<_>>(), [8]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Types {
    /// Parameters and results of one function type after the other.
    kinds: Vec<Kind>,
    /// Fields of one struct type after the other, and elements of arrays.
    fields: Vec<Field>,
    definitions: Vec<Definition>,
    /// Which of them each type index stands for.
    indices: Vec<u32>,
    /// How many of them are function types.
    funcs: u32,
    /// Those that have supertypes, in order.
    below: Vec<Below>,
}

/// A type, and where what it is made of begins in `kinds` or `fields`.
#[derive(Clone, Copy, Debug)]
struct Definition {
    id: u32,
    first: u32,
    /// Parameters, or fields.
    parts: u16,
    /// How many there are; or [`STRUCT`] or [`ARRAY`].
    results: u16,
}

const STRUCT: u16 = u16::MAX;
const ARRAY: u16 = u16::MAX - 1;

/// A definition that has supertypes: the direct one, and how many.
#[derive(Clone, Copy, Debug)]
struct Below {
    place: u32,
    supertype: u32,
    depth: u8,
}

impl Types {
    /// Adds a function type with a canonical, engine-wide id, and the type index of its supertype; gives back its place.
    ///
    /// # Panics
    /// If it has more than 65,535 parameters, 65,533 results or 255 supertypes, or all types together more than 2³²
    /// parameters and results.
    pub fn define_func(
        &mut self,
        id: u32,
        supertype: Option<u32>,
        params: impl IntoIterator<Item = Kind>,
        results: impl IntoIterator<Item = Kind>,
    ) -> u32 {
        let first = self.kinds.len();
        self.kinds.extend(params);
        let middle = self.kinds.len();
        self.kinds.extend(results);
        let results = count(middle, self.kinds.len());
        assert!(results < ARRAY, "at most 65,533 results");
        self.funcs += 1;
        self.define(id, supertype, first, count(first, middle), results)
    }

    /// Adds a struct type with these fields, of which some can be written, otherwise as [`Types::define_func`].
    ///
    /// # Panics
    /// If it has more than 65,535 fields or 255 supertypes, or all types together more than 2³² fields.
    pub fn define_struct(
        &mut self,
        id: u32,
        supertype: Option<u32>,
        fields: impl IntoIterator<Item = (Storage, bool)>,
    ) -> u32 {
        let first = self.fields.len();
        let mut layout = Layout::default();
        self.fields.extend(fields.into_iter().map(|(storage, mutable)| Field {
            offset: layout.add(storage),
            storage,
            mutable,
        }));
        self.define(id, supertype, first, count(first, self.fields.len()), STRUCT)
    }

    /// Adds an array type with elements of this kind, which can be written or not, otherwise as [`Types::define_func`].
    ///
    /// # Panics
    /// If it has more than 255 supertypes, or all types together more than 2³² fields.
    pub fn define_array(
        &mut self,
        id: u32,
        supertype: Option<u32>,
        (storage, mutable): (Storage, bool),
    ) -> u32 {
        let first = self.fields.len();
        self.fields.push(Field { offset: Layout::HEADER, storage, mutable });
        self.define(id, supertype, first, 1, ARRAY)
    }

    fn define(
        &mut self,
        id: u32,
        supertype: Option<u32>,
        first: usize,
        parts: u16,
        results: u16,
    ) -> u32 {
        let place = self.definitions.len() as u32;
        if let Some(index) = supertype {
            let supertype = self.indices[index as usize];
            let depth = self.depth_at(supertype).checked_add(1).expect("at most 255 supertypes");
            self.below.push(Below { place, supertype, depth });
        }
        let first = u32::try_from(first).expect("at most 2^32 parameters, results and fields");
        self.definitions.push(Definition { id, first, parts, results });
        place
    }

    /// The next type index stands for the type at a place.
    ///
    /// # Panics
    /// If there is none.
    pub fn push(&mut self, place: u32) {
        assert!((place as usize) < self.definitions.len(), "a type at the place");
        self.indices.push(place);
    }

    /// Gives back memory that nothing is in.
    pub fn shrink_to_fit(&mut self) {
        self.kinds.shrink_to_fit();
        self.fields.shrink_to_fit();
        self.definitions.shrink_to_fit();
        self.indices.shrink_to_fit();
        self.below.shrink_to_fit();
    }

    /// How many type indices there are.
    #[allow(clippy::len_without_is_empty)] // nobody asks
    pub fn len(&self) -> u32 {
        self.indices.len() as u32
    }

    /// The type that an index stands for.
    ///
    /// # Panics
    /// If there is no such index.
    pub fn get(&self, index: u32) -> Type<'_> {
        let definition = self.definition(index);
        let (first, parts) = (definition.first as usize, definition.parts as usize);
        let composite = match definition.results {
            STRUCT => CompositeType::Struct(Fields(&self.fields[first..][..parts])),
            ARRAY => CompositeType::Array(self.fields[first]),
            _ => CompositeType::Func(self.sig(definition)),
        };
        Type { id: definition.id, composite }
    }

    /// Whether an index stands for a function type.
    ///
    /// # Panics
    /// If there is no such index.
    pub fn is_func(&self, index: u32) -> bool {
        self.definition(index).is_func()
    }

    /// How many supertypes the type has that an index stands for.
    ///
    /// # Panics
    /// If there is no such index.
    pub fn depth(&self, index: u32) -> u8 {
        self.depth_at(self.indices[index as usize])
    }

    /// The function type that an index stands for.
    ///
    /// # Panics
    /// If there is no such index, or if it stands for another type.
    pub fn func(&self, index: u32) -> FuncSig<'_> {
        let definition = self.definition(index);
        assert!(definition.is_func(), "a function type");
        self.sig(definition)
    }

    /// The ids of the supertypes of the type that an index stands for: first the one that it was declared with, last the
    /// one that has none.
    ///
    /// # Panics
    /// If there is no such index.
    pub fn supertypes(&self, index: u32) -> impl Iterator<Item = u32> {
        let mut place = self.indices[index as usize];
        core::iter::from_fn(move || {
            place = self.below(place)?.supertype;
            Some(self.definitions[place as usize].id)
        })
    }

    /// Each type once, by id.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = u32> + DoubleEndedIterator {
        self.definitions.iter().map(|definition| definition.id)
    }

    /// Each function type once.
    pub fn funcs(&self) -> impl ExactSizeIterator<Item = FuncSig<'_>> {
        let mut funcs = self.definitions.iter().filter(|definition| definition.is_func());
        (0..self.funcs).map(move |_| self.sig(funcs.next().expect("they were counted")))
    }

    /// Whether some are no function types.
    pub(crate) fn has_objects(&self) -> bool {
        self.definitions.len() > self.funcs as usize
    }

    /// The function types that have a supertype: their ids, and the supertypes'.
    pub fn func_supertypes(&self) -> impl Iterator<Item = (u32, u32)> {
        let supertype = |below: &Below| {
            let [ty, above] =
                [below.place, below.supertype].map(|at| &self.definitions[at as usize]);
            ty.is_func().then_some((ty.id, above.id))
        };
        self.below.iter().filter_map(supertype)
    }

    fn definition(&self, index: u32) -> &Definition {
        &self.definitions[self.indices[index as usize] as usize]
    }

    fn depth_at(&self, place: u32) -> u8 {
        self.below(place).map_or(0, |below| below.depth)
    }

    fn below(&self, place: u32) -> Option<&Below> {
        let at = self.below.binary_search_by_key(&place, |below| below.place).ok()?;
        Some(&self.below[at])
    }

    /// A definition that is one of a function type.
    fn sig(&self, definition: &Definition) -> FuncSig<'_> {
        let (params, results) = (definition.parts as usize, definition.results as usize);
        let (params, rest) = self.kinds[definition.first as usize..].split_at(params);
        FuncSig { params, results: &rest[..results], id: definition.id }
    }
}

impl Definition {
    fn is_func(&self) -> bool {
        self.results < ARRAY
    }
}

fn count(from: usize, to: usize) -> u16 {
    u16::try_from(to - from).expect("at most 65,535 parameters, results or fields")
}

/// A type as the machine needs it.
#[derive(Clone, Copy, Debug)]
pub struct Type<'a> {
    /// The canonical, engine-wide id.
    pub id: u32,
    /// What it defines.
    pub composite: CompositeType<'a>,
}

/// What a type defines.
#[derive(Clone, Copy, Debug)]
pub enum CompositeType<'a> {
    /// Functions.
    Func(FuncSig<'a>),
    /// Structs with these fields.
    Struct(Fields<'a>),
    /// Arrays with these elements.
    Array(Field),
}

/// The fields of a struct type in order.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(&'a [Field]);

impl<'a> Fields<'a> {
    /// Fields that a [`Layout`] has placed one after the other.
    pub fn new(placed: &'a [Field]) -> Fields<'a> {
        Fields(placed)
    }

    /// How many bytes a struct takes.
    pub fn size(self) -> u32 {
        Layout::after(self.0).size()
    }
}

impl core::ops::Deref for Fields<'_> {
    type Target = [Field];

    fn deref(&self) -> &[Field] {
        self.0
    }
}

/// A function type as the machine needs it.
#[derive(Clone, Copy, Debug)]
pub struct FuncSig<'a> {
    /// Parameters in order.
    pub params: &'a [Kind],
    /// Results in order.
    pub results: &'a [Kind],
    /// The canonical, engine-wide id of the type (what `call_indirect` compares).
    pub id: u32,
}

impl FuncSig<'_> {
    /// Slots that the parameters take.
    pub fn param_slots(&self) -> u32 {
        slots(self.params)
    }
    /// Slots that the results take.
    pub fn result_slots(&self) -> u32 {
        slots(self.results)
    }
    /// Slots below the return word in frames of functions of the type: parameters and results share them.
    pub(crate) fn area(&self) -> u32 {
        self.param_slots().max(self.result_slots())
    }
}

fn slots(kinds: &[Kind]) -> u32 {
    kinds.iter().fold(0, |slots, kind| slots.saturating_add(kind.slots()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supertypes_are_found_whatever_stands_between() {
        let mut types = Types::default();
        let func = |types: &mut Types, id, above| {
            let place = types.define_func(id, above, [Kind::I32], []);
            types.push(place);
        };
        func(&mut types, 10, None);
        let array = types.define_array(20, None, (Storage::I16, true));
        types.push(array);
        func(&mut types, 11, Some(0));
        // An index that stands for a type that was there before.
        types.push(array);
        func(&mut types, 12, Some(2));
        let child = types.define_array(21, Some(3), (Storage::I16, true));
        types.push(child);
        let above = |index| types.supertypes(index).collect::<Vec<_>>();
        assert_eq!([0, 2, 4, 5].map(above), [&[][..], &[10], &[11, 10], &[20]]);
        assert_eq!([0, 1, 2, 4, 5].map(|index| types.depth(index)), [0, 0, 1, 2, 1]);
        assert_eq!(types.func_supertypes().collect::<Vec<_>>(), [(11, 10), (12, 11)]);
        assert_eq!(types.funcs().map(|func| func.id).collect::<Vec<_>>(), [10, 11, 12]);
        assert_eq!(types.ids().collect::<Vec<_>>(), [10, 20, 11, 12, 21]);
        assert!(types.is_func(4) && !types.is_func(5));
    }

    #[test]
    #[should_panic(expected = "a type at the place")]
    fn an_index_stands_for_a_type_that_is_there() {
        Types::default().push(0);
    }

    #[test]
    #[should_panic(expected = "a function type")]
    fn an_array_is_no_function() {
        let mut types = Types::default();
        let array = types.define_array(1, None, (Storage::I8, false));
        types.push(array);
        types.func(0);
    }
}
