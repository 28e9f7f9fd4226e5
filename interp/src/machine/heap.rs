//! The heap of garbage-collected objects: who makes them, and the collector.
//!
//! The collector copies what lives from one region to another, breadth first, so that it takes time in proportion to what
//! lives, and no stack. A reference is a distance from the region's beginning, so growth moves nothing. Handlers make
//! objects by themselves in a window of zeroed bytes; what has no room there comes here.
//!
//! ```text
//!         8                    top          limit                    end of the buffer
//!   | null | objects            | zero       | anything, or never used |
//!                               |-- window --|
//! ```

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::mem;

use super::activation::{Activation, State};
use super::run::NoRoom;
use super::{InstanceId, Machine};
use crate::code::FuncCode;
use crate::code::roots::NO_LOCALS;
use crate::code::{crossed, done};
use crate::exec::unpack_return;
use crate::isa::operand::HEADER;
use crate::runtime::buffer::Buffer;
use crate::runtime::{AllocError, Descriptor, HeapView, display};
use crate::wasm::{CompositeType, Field, FuncSig, Kind, Layout, Storage, Type, Types};

/// How many bytes a window has, unless an object needs more.
const WINDOW: usize = 32 << 10;
/// How many bytes a heap has at most, so that references have 32 bits, and so that what is beyond an object is no null.
const MOST: u64 = (1 << 32) - (1 << 20);
/// A heap of so many bytes is worth collecting.
const WORTH_COLLECTING: usize = if cfg!(feature = "std") { 1 << 20 } else { 4 << 10 };
/// A region of at most so many bytes is kept for the next collection.
const WORTH_KEEPING: usize = 4 << 20;
/// So much data of the host is worth a collection.
const ENTRIES: usize = if cfg!(feature = "std") { 16 << 10 } else { 64 };
/// How large a heap is at first.
const FIRST: usize = if cfg!(feature = "std") { 64 << 10 } else { 1 << 10 };
/// In the place of a descriptor: the object has moved, to where the other half of the word says.
const MOVED: u32 = u32::MAX;

/// What the collector needs to know of a type's objects.
#[derive(Debug)]
enum Shape {
    /// So many bytes, and the references among them, by their offsets.
    Struct { bytes: u32, refs: Box<[u32]> },
    /// Elements of 1 << `shift` bytes.
    Array { shift: u8, refs: bool },
    /// Data of the host.
    Host,
}

/// A region for objects.
#[derive(Debug)]
struct Space {
    words: Buffer<u64>,
    /// From here on bytes are zero.
    clean: usize,
}

impl Space {
    const fn empty() -> Space {
        Space { words: Buffer::empty(), clean: 0 }
    }
}

/// The heap of a machine.
#[derive(Debug)]
pub(super) struct Heap {
    space: Space,
    /// The region that was left last, for the next collection.
    spare: Space,
    descriptors: Vec<Descriptor>,
    shapes: Vec<Shape>,
    /// Descriptors by canonical type, and back.
    by_type: BTreeMap<u32, u32>,
    types: Vec<Option<u32>>,
    /// That of host data; 0 if there is none yet.
    host: u32,
    /// The entries of host data that are alive, or were after the last collection, or are new.
    entries: Vec<u32>,
    /// At so many entries the heap is collected, however small it is: what they stand for is somewhere else.
    most_entries: usize,
    /// How many bytes lived after the last collection.
    lived: usize,
    /// Every place that may collect does.
    zeal: bool,
}

impl Default for Heap {
    fn default() -> Heap {
        Heap {
            space: Space::empty(),
            spare: Space::empty(),
            descriptors: Vec::new(),
            shapes: Vec::new(),
            by_type: BTreeMap::new(),
            types: Vec::new(),
            host: 0,
            entries: Vec::new(),
            most_entries: ENTRIES,
            lived: 0,
            zeal: false,
        }
    }
}

impl Heap {
    /// A new descriptor; its number.
    fn describe(&mut self, display: &[u32], shape: Shape) -> u32 {
        let mut own = [display::NEVER; display::PLACES];
        let inline = display.len().min(display::PLACES);
        own[..inline].copy_from_slice(&display[..inline]);
        let deep = if display.len() > inline { display.into() } else { Box::default() };
        if self.descriptors.is_empty() {
            // No type has number 0, and no object.
            self.descriptors.push(Descriptor {
                display: [display::NEVER; display::PLACES],
                deep: Box::default(),
            });
            self.shapes.push(Shape::Host);
        }
        self.descriptors.push(Descriptor { display: own, deep });
        self.types.resize(self.shapes.len(), None);
        self.types.push(display.last().copied());
        self.shapes.push(shape);
        self.shapes.len() as u32 - 1
    }

    /// How many bytes an object takes, or would take, by its first word.
    fn size(&self, header: u64) -> u64 {
        match self.shapes[header as u32 as usize] {
            Shape::Struct { bytes, .. } => bytes.into(),
            Shape::Array { shift, .. } => array_bytes((header >> 32) as u32, shift.into()),
            Shape::Host => Layout::HEADER.into(),
        }
    }
}

/// How many bytes an array takes.
pub(super) fn array_bytes(length: u32, shift: u32) -> u64 {
    ((u64::from(length) << shift) + u64::from(Layout::HEADER)).next_multiple_of(8)
}

/// How the display of a type begins that has these supertypes, the root last.
fn display_of(kind: u32, id: u32, supertypes: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut own: Vec<u32> = core::iter::once(id).chain(supertypes).collect();
    own.extend([kind, display::EQ]);
    own.reverse();
    own
}

fn struct_shape(fields: &[Field], bytes: u32) -> Shape {
    let is_ref = |field: &&Field| field.storage == Storage::Value(Kind::Gc);
    Shape::Struct { bytes, refs: fields.iter().filter(is_ref).map(|field| field.offset).collect() }
}

/// A copy in progress.
struct Copying<'a> {
    heap: &'a mut Heap,
    from: &'a mut [u64],
    to: &'a mut [u64],
    top: usize,
    /// The entries of host data that were found.
    found: Vec<u32>,
}

impl Copying<'_> {
    /// Where the object is from now on; it is copied unless it was.
    fn moved(&mut self, reference: u32) -> u32 {
        if reference == 0 || reference & 1 != 0 {
            return reference;
        }
        let at = reference as usize / 8;
        let header = self.from[at];
        if header as u32 == MOVED {
            return (header >> 32) as u32;
        }
        let words = self.heap.size(header) as usize / 8;
        let to = self.top / 8;
        self.to[to..to + words].copy_from_slice(&self.from[at..at + words]);
        self.top += words * 8;
        let reference = (to * 8) as u32;
        self.from[at] = u64::from(MOVED) | u64::from(reference) << 32;
        reference
    }

    /// The same of what a slot, or a table or a global, holds.
    fn root(&mut self, slot: &mut u64) {
        *slot = u64::from(self.moved(*slot as u32));
    }

    /// Moves what a field refers to.
    fn field(&mut self, object: usize, offset: usize) {
        let at = (object + offset) / 8;
        let shift = (object + offset) % 8 * 8;
        let word = self.to[at];
        let reference = (word >> shift) as u32;
        let moved = self.moved(reference);
        let word = word & !(u64::from(u32::MAX) << shift) | u64::from(moved) << shift;
        self.to[at] = word;
    }

    /// Moves what the objects refer to that were moved, and so on.
    fn scan(&mut self) {
        let mut object = 8;
        while object < self.top {
            let header = self.to[object / 8];
            let number = header as u32 as usize;
            // Taken out while its objects are looked at, which are copied meanwhile.
            match &mut self.heap.shapes[number] {
                Shape::Struct { refs, .. } => {
                    let refs = mem::take(refs);
                    for &offset in &refs {
                        self.field(object, offset as usize);
                    }
                    if let Shape::Struct { refs: place, .. } = &mut self.heap.shapes[number] {
                        *place = refs;
                    }
                }
                Shape::Array { refs: true, .. } => {
                    for i in 0..(header >> 32) as usize {
                        self.field(object, Layout::HEADER as usize + 4 * i);
                    }
                }
                Shape::Array { refs: false, .. } => {}
                Shape::Host => self.found.push((header >> 32) as u32),
            }
            object += self.heap.size(header) as usize;
        }
    }
}

/// Objects.
impl Machine {
    fn heap_view(&mut self) -> &mut HeapView {
        &mut self.view.get_mut().heap
    }

    /// Makes the collector run wherever it may, for tests.
    pub fn heap_zeal(&mut self) {
        self.heap.zeal = true;
        let view = self.heap_view();
        view.limit = view.top;
    }

    /// How many bytes the heap has.
    pub fn heap_capacity(&self) -> usize {
        self.heap.space.words.len * 8
    }

    /// Notes where everything is, after the buffer or the descriptors have changed.
    fn heap_changed(&mut self) {
        let heap = &self.heap;
        let (base, len) = (heap.space.words.base.cast::<u8>(), heap.space.words.len * 8);
        let (descriptors, count) = (heap.descriptors.as_ptr(), heap.descriptors.len());
        let view = self.heap_view();
        (view.base, view.len, view.end) = (base, len, base.wrapping_add(len));
        (view.descriptors, view.descriptors_len) = (descriptors, count);
    }

    /// The descriptor of a type of an instance, made if there is none.
    pub(super) fn descriptor(&mut self, instance: InstanceId, ty: u32) -> u32 {
        let code = self.instances[instance.index()].code.clone();
        let number = self.heap_descriptor(&code.info().types, ty);
        let cell = code.layout().descriptor(ty);
        // SAFETY: the type exists, so its cell is in the block.
        unsafe { *self.instances[instance.index()].block.at::<u32>(cell) = number };
        number
    }

    /// The descriptor of a type of a module.
    ///
    /// # Panics
    /// If it is that of functions, or there is no such type.
    pub fn heap_descriptor(&mut self, types: &Types, index: u32) -> u32 {
        self.heap_describe(types.get(index), types.supertypes(index))
    }

    /// The descriptor of a type with these supertypes, first the one that it was declared with. As long as there may be
    /// objects of it, its id must not stand for another type.
    ///
    /// # Panics
    /// If it is a type of functions.
    pub fn heap_describe(
        &mut self,
        ty: Type<'_>,
        supertypes: impl IntoIterator<Item = u32>,
    ) -> u32 {
        if let Some(&known) = self.heap.by_type.get(&ty.id) {
            return known;
        }
        let (kind, shape) = match ty.composite {
            CompositeType::Struct(fields) => {
                (display::STRUCT, struct_shape(&fields, fields.size()))
            }
            CompositeType::Array(element) => {
                let storage = element.storage;
                let shift = storage.bytes().ilog2() as u8;
                (display::ARRAY, Shape::Array { shift, refs: storage == Storage::Value(Kind::Gc) })
            }
            CompositeType::Func(_) => panic!("functions are no objects"),
        };
        let display = display_of(kind, ty.id, supertypes);
        let number = self.heap.describe(&display, shape);
        self.heap.by_type.insert(ty.id, number);
        self.heap_changed();
        number
    }

    /// The descriptor of exceptions that carry what the parameters of a function type say, whose id stands for no other type
    /// as long as there may be such exceptions.
    pub fn exception_descriptor(&mut self, sig: FuncSig<'_>) -> u32 {
        if let Some(&known) = self.heap.by_type.get(&sig.id) {
            return known;
        }
        let mut layout = Layout::default();
        let fields = sig.params.iter().map(|&kind| (layout.add(Storage::Value(kind)), kind));
        let refs = fields.filter(|(_, kind)| *kind == Kind::Gc).map(|(offset, _)| offset).collect();
        let shape = Shape::Struct { bytes: layout.size(), refs };
        // Nothing is cast to or from an exception.
        let number = self.heap.describe(&[], shape);
        self.heap.by_type.insert(sig.id, number);
        self.heap_changed();
        number
    }

    /// Opens a window of as many bytes, and makes an object of them: its header. Or there is no room.
    fn heap_make(&mut self, header: u64) -> Result<u32, NoRoom> {
        let size = self.heap.size(header);
        self.heap_window(size)?;
        let view = self.heap_view();
        let object = view.top;
        view.top += size as usize;
        view.newest = object as u32;
        self.heap.space.words.as_mut_slice()[object / 8] = header;
        if self.heap.zeal {
            self.heap_view().limit = self.heap_view().top;
        }
        Ok(object as u32)
    }

    /// Sees to it that there is a window of as many bytes.
    fn heap_window(&mut self, bytes: u64) -> Result<(), NoRoom> {
        if bytes > MOST - 8 {
            return Err(NoRoom::TooLarge);
        }
        let HeapView { top, limit, .. } = *self.heap_view();
        let end = top as u64 + bytes;
        if end <= limit as u64 {
            return Ok(());
        }
        let capacity = self.heap_capacity();
        if end > capacity as u64 {
            return Err(NoRoom::Bytes(bytes));
        }
        let limit_now = (end as usize).max(top.saturating_add(WINDOW)).min(capacity);
        let space = &mut self.heap.space;
        let dirty = limit..space.clean.clamp(limit, limit_now);
        space.words.as_mut_slice()[dirty.start / 8..dirty.end / 8].fill(0);
        self.heap_view().limit = limit_now;
        Ok(())
    }

    /// The same for a guest, which may have to wait for a collection that is not needed.
    pub(super) fn heap_window_for_guest(&mut self, bytes: u64) -> Result<(), NoRoom> {
        let HeapView { top, limit, .. } = *self.heap_view();
        if self.heap.zeal && bytes <= MOST && limit as u64 - (top as u64) < bytes {
            return Err(NoRoom::Bytes(bytes));
        }
        self.heap_window(bytes)
    }

    /// All bytes of the heap.
    pub(super) fn heap_bytes(&mut self) -> &mut [u8] {
        self.heap.space.words.as_bytes_mut()
    }

    /// Makes an object of the type that a descriptor stands for, all zero; an array of a length.
    ///
    /// # Panics
    /// If there is no such descriptor.
    pub fn heap_new(&mut self, descriptor: u32, length: u32) -> Result<u32, NoRoom> {
        assert!(descriptor != 0, "no descriptor");
        self.heap_make(u64::from(descriptor) | u64::from(length) << 32)
    }

    /// What an object has at an offset from its beginning, as slots have it; what is smaller than 32 bits has a sign if it
    /// should have one.
    ///
    /// # Panics
    /// If that is not in the heap.
    pub fn heap_get(&self, object: u32, offset: u32, storage: Storage, signed: bool) -> [u64; 2] {
        let words = self.heap.space.words.as_slice();
        let at = object as usize + offset as usize;
        let word = words[at / 8];
        let bits = word >> (at % 8 * 8);
        match storage {
            Storage::I8 if signed => [(bits as i8 as u32).into(), 0],
            Storage::I8 => [(bits as u8).into(), 0],
            Storage::I16 if signed => [(bits as i16 as u32).into(), 0],
            Storage::I16 => [(bits as u16).into(), 0],
            Storage::Value(Kind::I64 | Kind::F64) => [word, 0],
            Storage::Value(Kind::V128) => [word, words[at / 8 + 1]],
            Storage::Value(_) => [(bits as u32).into(), 0],
        }
    }

    /// Sets what an object has at an offset from its beginning.
    ///
    /// # Panics
    /// If that is not in the heap.
    pub fn heap_set(&mut self, object: u32, offset: u32, storage: Storage, value: [u64; 2]) {
        let words = self.heap.space.words.as_mut_slice();
        let at = object as usize + offset as usize;
        let bits = u32::min(8 * storage.bytes(), 64);
        let mask = u64::MAX >> (64 - bits) << (at % 8 * 8);
        let word = &mut words[at / 8];
        *word = *word & !mask | value[0] << (at % 8 * 8) & mask;
        if storage == Storage::Value(Kind::V128) {
            words[at / 8 + 1] = value[1];
        }
    }

    /// The bytes of the elements of an array.
    ///
    /// # Panics
    /// If it is no array.
    pub fn heap_elements(&mut self, array: u32) -> &mut [u8] {
        let header = self.heap_header(array).expect("an object");
        let Shape::Array { shift, .. } = self.heap.shapes[header as u32 as usize] else {
            panic!("an array");
        };
        let start = (array + Layout::HEADER) as usize;
        let bytes = ((header >> 32) as usize) << shift;
        &mut self.heap_bytes()[start..start + bytes]
    }

    /// Whether a number is a reference to an object, as handlers and the host may be given it. Takes time in proportion to
    /// how many objects there are.
    pub fn heap_is_object(&self, reference: u32) -> bool {
        let HeapView { top, .. } = self.view.get().heap;
        let words = self.heap.space.words.as_slice();
        let mut object = 8;
        while object < top && object < reference as usize {
            object += self.heap.size(words[object / 8]) as usize;
        }
        object < top && object == reference as usize
    }

    /// Whether an object is an exception.
    pub fn heap_is_exception(&self, object: u32) -> bool {
        self.heap_header(object).is_some_and(|header| {
            let number = header as u32 as usize;
            let is_shaped = matches!(self.heap.shapes.get(number), Some(Shape::Struct { .. }));
            is_shaped && self.heap.types[number].is_none()
        })
    }

    /// Makes an object that stands for data of the host, by a number.
    pub fn heap_new_host(&mut self, entry: u32) -> Result<u32, NoRoom> {
        if self.heap.host == 0 {
            self.heap.host = self.heap.describe(&[], Shape::Host);
            self.heap_changed();
        }
        if self.heap.entries.len() >= self.heap.most_entries {
            return Err(NoRoom::Bytes(Layout::HEADER.into()));
        }
        let object = self.heap_make(u64::from(self.heap.host) | u64::from(entry) << 32)?;
        self.heap.entries.push(entry);
        Ok(object)
    }

    /// The number of the host's data that a reference refers to; `None` if it refers to something else.
    pub fn heap_host_entry(&self, reference: u32) -> Option<u32> {
        let header = self.heap_header(reference)?;
        (header as u32 == self.heap.host).then_some((header >> 32) as u32)
    }

    /// The canonical type of an object, and its length if it is an array; `None` if it is data of the host, or no object.
    pub fn heap_type(&self, reference: u32) -> Option<(u32, Option<u32>)> {
        let header = self.heap_header(reference)?;
        let number = header as u32 as usize;
        let ty = (*self.heap.types.get(number)?)?;
        let is_array = matches!(self.heap.shapes[number], Shape::Array { .. });
        Some((ty, is_array.then_some((header >> 32) as u32)))
    }

    /// The first word of an object.
    pub(super) fn heap_header(&self, reference: u32) -> Option<u64> {
        let is_object = reference != 0 && reference & 1 == 0;
        self.heap.space.words.as_slice().get(reference as usize / 8).copied().filter(|_| is_object)
    }
}

/// Collection and growth.
impl Machine {
    /// How many bytes the heap should have if an object of as many is wanted and there is no room, and the heap is not worth
    /// collecting yet; `None` if it is.
    pub fn heap_growth(&self, bytes: u64) -> Option<u64> {
        let capacity = self.heap_capacity();
        let collects = WORTH_COLLECTING.max(self.heap.lived.saturating_mul(2));
        let is_full = self.heap.entries.len() >= self.heap.most_entries;
        if self.heap.zeal && capacity != 0 || capacity >= collects || is_full {
            return None;
        }
        Some(self.heap_room_for(capacity as u64, bytes))
    }

    /// How many bytes the heap should have after a collection; `None` if there is enough.
    pub fn heap_growth_after(&self, bytes: u64) -> Option<u64> {
        let (capacity, lived) = (self.heap_capacity() as u64, self.heap.lived as u64);
        let enough = lived.saturating_add(bytes) <= capacity / 2;
        let enough = enough || self.heap.zeal && lived + bytes <= capacity;
        (!enough).then(|| self.heap_room_for(lived.max(capacity / 2), bytes))
    }

    fn heap_room_for(&self, used: u64, bytes: u64) -> u64 {
        let needed = (used + bytes + 8).saturating_mul(2);
        needed.max(FIRST as u64).next_multiple_of(FIRST as u64).min(MOST)
    }

    /// Makes the heap larger.
    ///
    /// # Errors
    /// If there is no memory for it; then nothing has changed.
    pub fn heap_grow(&mut self, bytes: u64) -> Result<(), AllocError> {
        let words = usize::try_from(bytes.min(MOST) / 8).map_err(|_| AllocError)?;
        self.heap.space.words.grow(words)?;
        if self.heap_view().top == 0 {
            let view = self.heap_view();
            (view.top, view.limit) = (8, 8);
        }
        self.heap_changed();
        Ok(())
    }

    /// Whether so many bytes more have room.
    pub fn heap_has(&mut self, bytes: u64) -> bool {
        let top = self.heap_view().top as u64;
        let has = top + bytes <= self.heap_capacity() as u64;
        if has && self.heap.zeal {
            // Just this once.
            let _ = self.heap_window_of(bytes);
        }
        has
    }

    /// A window of just as many bytes.
    fn heap_window_of(&mut self, bytes: u64) -> Result<(), NoRoom> {
        self.heap_window(bytes)?;
        let view = self.heap_view();
        view.limit = view.top + bytes as usize;
        Ok(())
    }

    /// Collects what neither guests nor `roots` refer to; those are told where objects are now. Gives back the entries of
    /// host data that are gone.
    ///
    /// # Errors
    /// If there is no memory for a copy of what lives; then nothing has changed.
    pub fn collect(
        &mut self,
        roots: impl FnOnce(&mut dyn FnMut(&mut u64)),
    ) -> Result<Vec<u32>, AllocError> {
        let HeapView { top, .. } = *self.heap_view();
        if top == 0 {
            return Ok(Vec::new());
        }
        let words = self.heap.space.words.len;
        let spare = mem::replace(&mut self.heap.spare, Space::empty());
        let mut to = match spare.words.len == words {
            true => spare,
            false => Space { words: Buffer::zeroed(words)?, clean: 0 },
        };
        let slots = self.stack_roots();
        let mut heap = mem::take(&mut self.heap);
        let mut from = mem::replace(&mut heap.space, Space::empty());
        let mut copying = Copying {
            heap: &mut heap,
            from: from.words.as_mut_slice(),
            to: to.words.as_mut_slice(),
            top: 8,
            found: Vec::new(),
        };
        let stack = self.stack.as_mut_slice();
        for slot in slots {
            copying.root(&mut stack[slot]);
        }
        self.other_roots(&mut |slot| copying.root(slot));
        roots(&mut |slot| copying.root(slot));
        copying.scan();
        let Copying { top: lived, mut found, .. } = copying;
        found.sort_unstable();
        let is_gone = |entry: &u32| found.binary_search(entry).is_err();
        let gone = heap.entries.iter().copied().filter(is_gone).collect();
        heap.most_entries = ENTRIES + 2 * found.len();
        (heap.entries, heap.lived) = (found, lived);
        to.clean = to.clean.max(lived);
        from.clean = from.clean.max(top);
        if heap.zeal {
            // Nobody should look there any more.
            from.words.as_mut_slice().fill(0xdead_beef_dead_beef);
            from.clean = words * 8;
        }
        heap.space = to;
        if words * 8 <= WORTH_KEEPING {
            heap.spare = from;
        }
        self.heap = heap;
        let view = self.heap_view();
        (view.top, view.limit) = (lived, lived);
        self.heap_changed();
        Ok(gone)
    }
}

/// Roots.
impl Machine {
    /// The slots of the value stack that hold references.
    fn stack_roots(&self) -> Vec<usize> {
        let mut roots = Vec::new();
        let mut crossings = self.crossings.len();
        for at in core::iter::once(&self.current).chain(self.saved.iter().rev()) {
            self.roots_of_activation(at, &mut crossings, &mut roots);
        }
        roots
    }

    fn roots_of_activation(&self, at: &Activation, crossings: &mut usize, roots: &mut Vec<usize>) {
        let Activation { state, mut ip, mut fp, mut ctx, .. } = *at;
        // Where the innermost frame is: at an instruction, or in the call before it.
        let mut within = match state {
            State::Idle | State::Start | State::OnlyHost | State::Finished => return,
            State::Host => false,
            State::Calling { packed, .. } => {
                ip = ip.wrapping_add(packed >> 16);
                false
            }
            _ => true,
        };
        let mut last: Option<(&FuncCode, u32)> = None;
        loop {
            let place = if within { ip } else { ip.wrapping_sub(1) };
            let instance = self.instance_of(ctx);
            let known = last.filter(|(code, of)| *of == instance && code.contains(place));
            let code = match known {
                Some((code, _)) => code,
                None => match self.instances[instance as usize].code.find(place) {
                    Some((_, code)) => code,
                    None => return,
                },
            };
            last = Some((code, instance));
            // What has trapped does not go on.
            if state != State::Trapped || !within {
                roots_of_frame(code, (place as usize - code.start()) as u32, fp, roots);
            }
            let (back, distance) = unpack_return(self.stack.as_slice()[fp]);
            within = false;
            fp -= distance;
            ip = back;
            if ip == done() {
                return;
            }
            if ip == crossed() {
                *crossings -= 1;
                let caller = self.crossings[*crossings];
                (ctx, ip) = (caller.ctx, caller.ip);
            }
        }
    }

    /// Tables, globals, element segments, and what is still to be put into a table.
    fn other_roots(&mut self, root: &mut dyn FnMut(&mut u64)) {
        for &table in &self.gc_tables {
            self.tables[table.index()].get_mut().as_mut_slice().iter_mut().for_each(&mut *root);
        }
        for &global in &self.gc_globals {
            // SAFETY: cells live as long as the machine, and no handler runs.
            root(unsafe { &mut (*self.globals[global.index()])[0] });
        }
        for instance in &mut self.instances {
            let kinds = &instance.code.info().elems;
            for (items, kind) in instance.elems.iter_mut().zip(kinds) {
                if *kind == Kind::Gc {
                    items.iter_mut().for_each(&mut *root);
                }
            }
        }
        for (pinned, kind) in &mut self.pins {
            if *kind == Kind::Gc {
                root(pinned);
            }
        }
        root(&mut self.pending);
        let gc_tables = &self.gc_tables;
        for activation in self.saved.iter_mut().chain([&mut self.current]) {
            if let State::Filling { table, init, .. } = &mut activation.state
                && gc_tables.contains(table)
            {
                root(init);
            }
        }
    }
}

/// The slots of a frame that hold references, where its function is at a place of its code.
fn roots_of_frame(code: &FuncCode, place: u32, fp: usize, roots: &mut Vec<usize>) {
    let Some(map) = code.roots() else { return };
    let index = |slot: u16| fp + usize::from(slot) - HEADER;
    let list = map.list_at(place);
    for &(first, count) in &map.locals {
        // At its first instruction only its parameters are there.
        if list & NO_LOCALS == 0 && (place != 0 || usize::from(first) < HEADER) {
            roots.extend((first..first + count).map(index));
        }
    }
    roots.extend(map.slots(list).map(index));
}
