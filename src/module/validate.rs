//! Validation of a function without translation.

use wasmote_interp::Operators;
use wasmparser::{BinaryReaderError, FuncValidator, FunctionBody, ValidatorResources};

/// Errs unless the function is valid. Like [`FuncValidator::validate`], but faster.
pub(super) fn function(
    validator: &mut FuncValidator<ValidatorResources>,
    body: &FunctionBody<'_>,
) -> Result<(), BinaryReaderError> {
    let mut locals = body.get_binary_reader();
    validator.read_locals(&mut locals)?;
    let mut operators = Operators::new(locals)?;
    while !operators.eof() {
        let position = operators.position();
        operators.visit(&mut validator.visitor(position))??;
    }
    let end = operators.reader();
    end.finish_expression(&validator.visitor(end.original_position()))
}
