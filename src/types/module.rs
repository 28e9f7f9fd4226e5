//! The types of one module: registered with the engine group by group while the module is parsed,
//! and looked up by the module's own type indices.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use hashbrown::HashMap;
use wasmote_interp::{CompositeType, Kind, Types};
use wasmparser::{
    AbstractHeapType, CompositeInnerType, FieldType as ParsedField, HeapType as ParsedHeap,
    RecGroup, StorageType as ParsedStorage, UnpackedIndex, ValType as ParsedValue,
};

use super::{FuncType, GlobalType, Mutability, RefType, TableType, ValType};
use crate::engine::definition::{
    Composite, Field, Heap, Reader, Shape, Signature, Storage, SubType, TypeRef, Value, key,
};
use crate::{Engine, MemoryType, Result, bail};

/// The registered types of a module, by type index. Holds one count of each group; gives them back
/// when dropped.
pub(crate) struct ModuleTypes {
    engine: Engine,
    /// As the machine needs them, each once.
    pub(crate) types: Arc<Types>,
    /// The place of a type there, by its number, until all types are registered.
    places: HashMap<u32, u32>,
}

impl ModuleTypes {
    /// No types yet.
    pub(crate) fn new(engine: &Engine) -> ModuleTypes {
        ModuleTypes { engine: engine.clone(), types: Arc::default(), places: HashMap::new() }
    }

    /// Registers the next group of the module, which must have been validated.
    ///
    /// # Errors
    /// If the group has types that this version does not support.
    ///
    /// # Panics
    /// If the module has all its types already.
    pub(crate) fn add_group(&mut self, group: &RecGroup) -> Result<()> {
        let shapes = group.types().map(shape).collect::<Result<Vec<_>>>()?;
        let scope = Scope { types: &self.types, group: &shapes };
        if shapes.is_empty() {
            return Ok(());
        }
        let key = key(group.types().map(|ty| scope.definition(ty)));
        let first = self.engine.types().register(&key);
        let types = Arc::get_mut(&mut self.types).expect("there are types to come");
        if self.places.contains_key(&first) {
            self.engine.types().release([first].into_iter());
            (first..).zip(&shapes).for_each(|(number, _)| types.push(self.places[&number]));
            return Ok(());
        }
        let (mut reader, _) = Reader::new(&key);
        for (number, parsed) in (first..).zip(group.types()) {
            let supertype = parsed.supertype_idxs.first();
            let supertype = supertype.map(|index| module_index(index.unpack()));
            let field = |field: &Field| (field.storage.stored(), field.mutable);
            let place = match &reader.definition().composite {
                Composite::Func(signature) => {
                    let params = signature.params().map(Value::kind);
                    let results = signature.results().map(Value::kind);
                    types.define_func(number, supertype, params, results)
                }
                Composite::Struct(fields) => {
                    types.define_struct(number, supertype, fields.iter().map(field))
                }
                Composite::Array(element) => types.define_array(number, supertype, field(element)),
                Composite::Exn(_) => unreachable!("modules define no types of exceptions"),
            };
            self.places.insert(number, place);
            types.push(place);
        }
        Ok(())
    }

    /// What the machine needs of the types: there are no more.
    pub(crate) fn finish(&mut self) -> Arc<Types> {
        self.places = HashMap::new();
        Arc::get_mut(&mut self.types).expect("it happens once").shrink_to_fit();
        self.types.clone()
    }

    /// The types when there are no more groups to come, or none besides those before.
    fn scope(&self) -> Scope<'_> {
        Scope { types: &self.types, group: &[] }
    }

    /// How values of a type are kept.
    pub(crate) fn kind(&self, ty: ParsedValue) -> Kind {
        self.scope().value(ty).kind()
    }

    /// The function type at `index`.
    pub(crate) fn func_type(&self, index: u32) -> FuncType {
        FuncType::from_index(&self.engine, self.types.func(index).id)
    }

    /// A value type of the module.
    pub(crate) fn val_type(&self, ty: ParsedValue) -> ValType {
        ValType::from_registry(&self.engine, self.scope().value(ty))
    }

    /// A reference type of the module.
    pub(crate) fn ref_type(&self, ty: wasmparser::RefType) -> RefType {
        match self.val_type(ParsedValue::Ref(ty)) {
            ValType::Ref(ty) => ty,
            _ => unreachable!("references become references"),
        }
    }

    /// A global type of the module.
    pub(crate) fn global_type(&self, ty: &wasmparser::GlobalType) -> GlobalType {
        let mutability = if ty.mutable { Mutability::Var } else { Mutability::Const };
        GlobalType::new(self.val_type(ty.content_type), mutability)
    }

    /// A table type of the module.
    pub(crate) fn table_type(&self, ty: &wasmparser::TableType) -> TableType {
        let element = self.ref_type(ty.element_type);
        if ty.table64 {
            TableType::new64(element, ty.initial, ty.maximum)
        } else {
            let narrow = |n| u32::try_from(n).expect("validated to fit the index type");
            TableType::new(element, narrow(ty.initial), ty.maximum.map(narrow))
        }
    }

    /// A memory type of the module.
    pub(crate) fn memory_type(&self, ty: &wasmparser::MemoryType) -> MemoryType {
        MemoryType::from_parser(ty)
    }
}

/// What kind of type a definition is.
fn shape(ty: &wasmparser::SubType) -> Result<Shape> {
    Ok(match &ty.composite_type.inner {
        CompositeInnerType::Func(_) => Shape::Func,
        CompositeInnerType::Struct(_) => Shape::Struct,
        CompositeInnerType::Array(_) => Shape::Array,
        CompositeInnerType::Cont(_) => bail!("continuation types are not supported"),
    })
}

fn module_index(index: UnpackedIndex) -> u32 {
    match index {
        UnpackedIndex::Module(index) => index,
        _ => unreachable!("a module as parsed refers to types by index"),
    }
}

/// What type indices mean where a type is written.
struct Scope<'a> {
    types: &'a Types,
    /// The members of the group that is being defined, which have the indices from the next one on.
    group: &'a [Shape],
}

impl Scope<'_> {
    /// A definition in key form.
    fn definition(&self, ty: &wasmparser::SubType) -> SubType {
        // Validation allows one supertype at most.
        let supertype = ty.supertype_idxs.first().map(|index| self.type_ref(index.unpack()).1);
        let composite = match &ty.composite_type.inner {
            CompositeInnerType::Func(func) => Composite::Func(Signature::new(
                func.params().iter().map(|ty| self.value(*ty)),
                func.results().iter().map(|ty| self.value(*ty)),
            )),
            CompositeInnerType::Struct(ty) => {
                Composite::Struct(ty.fields.iter().map(|field| self.field(field)).collect())
            }
            CompositeInnerType::Array(ty) => Composite::Array(self.field(&ty.0)),
            CompositeInnerType::Cont(_) => unreachable!("a group with one is refused"),
        };
        SubType { is_final: ty.is_final, supertype, composite }
    }

    fn type_ref(&self, index: UnpackedIndex) -> (Shape, TypeRef) {
        let index = module_index(index);
        if let Some(position) = index.checked_sub(self.types.len()) {
            return (self.group[position as usize], TypeRef::Group(position));
        }
        let ty = self.types.get(index);
        let shape = match ty.composite {
            CompositeType::Func(_) => Shape::Func,
            CompositeType::Struct(_) => Shape::Struct,
            CompositeType::Array(_) => Shape::Array,
        };
        (shape, TypeRef::Engine(ty.id))
    }

    fn field(&self, field: &ParsedField) -> Field {
        let storage = match field.element_type {
            ParsedStorage::I8 => Storage::I8,
            ParsedStorage::I16 => Storage::I16,
            ParsedStorage::Val(ty) => Storage::Value(self.value(ty)),
        };
        Field { storage, mutable: field.mutable }
    }

    fn value(&self, ty: ParsedValue) -> Value {
        match ty {
            ParsedValue::I32 => Value::I32,
            ParsedValue::I64 => Value::I64,
            ParsedValue::F32 => Value::F32,
            ParsedValue::F64 => Value::F64,
            ParsedValue::V128 => Value::V128,
            ParsedValue::Ref(ty) => {
                Value::Ref { nullable: ty.is_nullable(), heap: self.heap(ty.heap_type()) }
            }
        }
    }

    fn heap(&self, ty: ParsedHeap) -> Heap {
        match ty {
            ParsedHeap::Concrete(index) | ParsedHeap::Exact(index) => {
                let (shape, to) = self.type_ref(index);
                Heap::Concrete(shape, to)
            }
            ParsedHeap::Abstract { ty, .. } => match ty {
                AbstractHeapType::Extern => Heap::Extern,
                AbstractHeapType::NoExtern => Heap::NoExtern,
                AbstractHeapType::Func => Heap::Func,
                AbstractHeapType::NoFunc => Heap::NoFunc,
                AbstractHeapType::Any => Heap::Any,
                AbstractHeapType::Eq => Heap::Eq,
                AbstractHeapType::I31 => Heap::I31,
                AbstractHeapType::Array => Heap::Array,
                AbstractHeapType::Struct => Heap::Struct,
                AbstractHeapType::None => Heap::None,
                AbstractHeapType::Exn => Heap::Exn,
                AbstractHeapType::NoExn => Heap::NoExn,
                AbstractHeapType::Cont => Heap::Cont,
                AbstractHeapType::NoCont => Heap::NoCont,
            },
        }
    }
}

impl Drop for ModuleTypes {
    fn drop(&mut self) {
        // Later groups name earlier ones: releasing them first keeps each removal small.
        self.engine.types().release(self.types.ids().rev());
    }
}

impl fmt::Debug for ModuleTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModuleTypes").field("len", &self.types.len()).finish_non_exhaustive()
    }
}
