//! Function types.

use alloc::vec::Vec;

use super::Kind;

/// The function types of a module as the machine needs them: each once, and by type index.
///
/// # Examples
/// ```
/// use wasmote_interp::{FuncTypes, Kind};
///
/// let mut types = FuncTypes::default();
/// let place = types.define(7, [Kind::I32, Kind::V128], [Kind::Ref]);
/// types.push(place);
/// types.push(place);
/// assert_eq!((types.len(), types.iter().len()), (2, 1));
/// assert_eq!(types.get(1).param_slots(), 3);
/// ```
#[derive(Clone, Debug, Default)]
pub struct FuncTypes {
    /// Parameters and results of one after the other.
    kinds: Vec<Kind>,
    types: Vec<Place>,
    /// Which of them each type index stands for.
    indices: Vec<u32>,
}

/// Where the parameters and results of a type are.
#[derive(Clone, Copy, Debug)]
struct Place {
    id: u32,
    first: u32,
    params: u16,
    results: u16,
}

impl FuncTypes {
    /// Adds a type with a canonical, engine-wide id; gives back its place.
    ///
    /// # Panics
    /// If it has more than 65,535 parameters or results, or all types together more than 2³² of both.
    pub fn define(
        &mut self,
        id: u32,
        params: impl IntoIterator<Item = Kind>,
        results: impl IntoIterator<Item = Kind>,
    ) -> u32 {
        let first = self.kinds.len();
        self.kinds.extend(params);
        let middle = self.kinds.len();
        self.kinds.extend(results);
        let count = |from: usize, to: usize| {
            u16::try_from(to - from).expect("at most 65,535 parameters or results")
        };
        self.types.push(Place {
            id,
            first: u32::try_from(first).expect("at most 2^32 parameters and results"),
            params: count(first, middle),
            results: count(middle, self.kinds.len()),
        });
        self.types.len() as u32 - 1
    }

    /// The next type index stands for the type at a place.
    pub fn push(&mut self, place: u32) {
        self.indices.push(place);
    }

    /// Gives back memory that nothing is in.
    pub fn shrink_to_fit(&mut self) {
        self.kinds.shrink_to_fit();
        self.types.shrink_to_fit();
        self.indices.shrink_to_fit();
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
    pub fn get(&self, index: u32) -> FuncSig<'_> {
        self.at(&self.types[self.indices[index as usize] as usize])
    }

    /// Each type once.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = FuncSig<'_>> + DoubleEndedIterator {
        self.types.iter().map(|place| self.at(place))
    }

    fn at(&self, place: &Place) -> FuncSig<'_> {
        let (params, rest) = self.kinds[place.first as usize..].split_at(place.params.into());
        FuncSig { params, results: &rest[..place.results.into()], id: place.id }
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
