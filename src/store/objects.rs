//! Types of objects that the host has made or looked into.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use wasmote_interp::{CompositeType, Field, Fields, FuncSig, Kind, Type};

use super::StoreOpaque;
use crate::engine::ObjectType;
use crate::{FieldType, HeapType};

/// A type of objects that the host has made or looked into. The store keeps it, so that it stays registered as long as there
/// may be objects of it.
#[derive(Debug)]
pub(crate) struct KnownType {
    /// Keeps the type.
    _ty: HeapType,
    /// By which the machine knows it.
    pub(crate) descriptor: u32,
    /// The fields of a struct, the elements of an array, or what an exception carries.
    pub(crate) fields: Box<[(Field, FieldType)]>,
}

/// By the types' canonical ids.
pub(super) type KnownTypes = BTreeMap<u32, Arc<KnownType>>;

impl StoreOpaque {
    /// What is known of a concrete type of structs, arrays or exceptions, which is of this engine.
    ///
    /// # Panics
    /// If it is another one.
    pub(crate) fn known_type(&mut self, ty: impl Into<HeapType>) -> Arc<KnownType> {
        let ty = ty.into();
        let id = match &ty {
            HeapType::ConcreteStruct(ty) => ty.type_index(),
            HeapType::ConcreteArray(ty) => ty.type_index(),
            HeapType::ConcreteExn(ty) => ty.type_index(),
            _ => unreachable!("a type of objects"),
        };
        if let Some(known) = self.known_types.get(&id) {
            return known.clone();
        }
        let ObjectType { supertypes, fields } = self.engine().types().object_type(id);
        let supertypes = supertypes.iter().rev().copied();
        let (descriptor, types): (_, Vec<FieldType>) = match &ty {
            HeapType::ConcreteArray(ty) => {
                let composite = CompositeType::Array(fields[0]);
                let descriptor = self.machine.heap_describe(Type { id, composite }, supertypes);
                (descriptor, [ty.field_type()].into())
            }
            HeapType::ConcreteExn(ty) => {
                let tag = ty.tag_type();
                let params: Vec<Kind> = tag.ty().params().map(|ty| ty.kind()).collect();
                let sig = FuncSig { params: &params, results: &[], id: tag.ty().type_index() };
                (self.machine.exception_descriptor(sig), ty.fields().collect())
            }
            HeapType::ConcreteStruct(ty) => {
                let composite = CompositeType::Struct(Fields::new(&fields));
                let descriptor = self.machine.heap_describe(Type { id, composite }, supertypes);
                (descriptor, ty.fields().collect())
            }
            _ => unreachable!("looked at above"),
        };
        let fields = fields.iter().copied().zip(types).collect();
        let known = Arc::new(KnownType { _ty: ty, descriptor, fields });
        self.known_types.insert(id, known.clone());
        known
    }
}
