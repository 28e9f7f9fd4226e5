//! The types of one module: registered with the engine group by group while the module is parsed,
//! and looked up by the module's own type indices.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use hashbrown::HashMap;
use wasmote_interp::FuncTypes;
use wasmparser::{
    AbstractHeapType, CompositeInnerType, HeapType as ParsedHeap, RecGroup, UnpackedIndex,
    ValType as ParsedValue,
};

use super::{FuncType, GlobalType, Mutability, RefType, TableType, ValType};
use crate::engine::definition::{Composite, Heap, Signature, SubType, TypeRef, Value, key};
use crate::{Engine, MemoryType, Result, bail};

/// The registered types of a module, by type index. Holds one count of each group; gives them back
/// when dropped.
pub(crate) struct ModuleTypes {
    engine: Engine,
    /// As the machine needs them, each once.
    pub(crate) types: Arc<FuncTypes>,
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
        let definitions =
            group.types().map(|ty| self.definition(ty)).collect::<Result<Vec<_>>>()?;
        if definitions.is_empty() {
            return Ok(());
        }
        let first = self.engine.types().register(&key(&definitions));
        if self.places.contains_key(&first) {
            self.engine.types().release([first].into_iter());
        }
        let types = Arc::get_mut(&mut self.types).expect("there are types to come");
        for (number, ty) in (first..).zip(&definitions) {
            let place = self.places.entry(number).or_insert_with(|| {
                let Composite::Func(signature) = &ty.composite;
                let params = signature.params().map(Value::kind);
                types.define(number, params, signature.results().map(Value::kind))
            });
            types.push(*place);
        }
        Ok(())
    }

    /// What the machine needs of the types: there are no more.
    pub(crate) fn finish(&mut self) -> Arc<FuncTypes> {
        self.places = HashMap::new();
        Arc::get_mut(&mut self.types).expect("it happens once").shrink_to_fit();
        self.types.clone()
    }

    /// A definition in key form, where types from the next group on are members of the group
    /// itself.
    fn definition(&self, ty: &wasmparser::SubType) -> Result<SubType> {
        let CompositeInnerType::Func(func) = &ty.composite_type.inner else {
            bail!("types other than function types are not supported");
        };
        // Validation allows one supertype at most.
        let supertype = ty.supertype_idxs.first().map(|index| self.type_ref(index.unpack()));
        Ok(SubType {
            is_final: ty.is_final,
            supertype,
            composite: Composite::Func(Signature::new(
                func.params().iter().map(|ty| self.value(*ty)),
                func.results().iter().map(|ty| self.value(*ty)),
            )),
        })
    }

    fn type_ref(&self, index: UnpackedIndex) -> TypeRef {
        let UnpackedIndex::Module(index) = index else {
            unreachable!("a module as parsed refers to types by index");
        };
        match self.types.len().checked_sub(index + 1) {
            Some(_) => TypeRef::Engine(self.types.get(index).id),
            None => TypeRef::Group(index - self.types.len()),
        }
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
                Heap::Concrete(self.type_ref(index))
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

    /// The function type at `index`.
    pub(crate) fn func_type(&self, index: u32) -> FuncType {
        FuncType::from_index(&self.engine, self.types.get(index).id)
    }

    /// A value type of the module.
    pub(crate) fn val_type(&self, ty: ParsedValue) -> ValType {
        ValType::from_registry(&self.engine, self.value(ty))
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

impl Drop for ModuleTypes {
    fn drop(&mut self) {
        // Later groups name earlier ones: releasing them first keeps each removal small.
        self.engine.types().release(self.types.iter().rev().map(|ty| ty.id));
    }
}

impl fmt::Debug for ModuleTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModuleTypes").field("len", &self.types.len()).finish_non_exhaustive()
    }
}
