//! What is in the fields of objects, as the host reads and writes it.

use alloc::sync::Arc;

use wasmote_interp::Field;

use super::Val;
use crate::error::Context as _;
use crate::store::{KnownType, StoreOpaque};
use crate::{FieldType, Result, ensure};

impl StoreOpaque {
    /// What an object has in a field; what is smaller than an `i32` has no sign.
    pub(crate) fn field(&mut self, object: u32, field: &Field, ty: &FieldType) -> Val {
        let slots = self.machine.heap_get(object, field.offset, field.storage, false);
        Val::from_slots(self, ty.element_type().unpack(), slots)
    }

    /// Sets a field to a value of its type.
    ///
    /// # Errors
    /// If the value is no longer rooted.
    pub(crate) fn set_field(&mut self, object: u32, field: &Field, value: Val) -> Result<()> {
        let slots = value.to_slots(self)?;
        self.machine.heap_set(object, field.offset, field.storage, slots);
        Ok(())
    }

    /// What an object has in its fields, one after the other.
    pub(crate) fn fields(
        &mut self,
        object: u32,
        known: Arc<KnownType>,
    ) -> impl ExactSizeIterator<Item = Val> {
        let len = known.fields.len();
        (0..len).map(move |i| {
            let (field, ty) = &known.fields[i];
            self.field(object, field, ty)
        })
    }

    /// Errs unless there is a value of the right type for each field.
    ///
    /// # Panics
    /// If a value is of another store.
    pub(crate) fn check_fields(&self, fields: &[(Field, FieldType)], values: &[Val]) -> Result<()> {
        let (expected, found) = (fields.len(), values.len());
        ensure!(expected == found, "expected {expected} fields, got {found}");
        for ((_, ty), value) in fields.iter().zip(values) {
            assert!(value.is_of(self), "field value comes from the wrong store");
            value
                .ensure_matches(self, ty.element_type().unpack())
                .context("field type mismatch")?;
        }
        Ok(())
    }

    /// Sets all fields of an object.
    ///
    /// # Errors
    /// As [`StoreOpaque::set_field`].
    pub(crate) fn set_fields(
        &mut self,
        object: u32,
        fields: &[(Field, FieldType)],
        values: &[Val],
    ) -> Result<()> {
        let mut fields = fields.iter().zip(values);
        fields.try_for_each(|((field, _), value)| self.set_field(object, field, *value))
    }
}
