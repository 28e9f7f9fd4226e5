//! Modules by hand, for what text and encoders do not like to write.

use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, Instruction, Module,
    TypeSection, ValType,
};

/// A module of one function `f: [] -> [i32]`.
pub(crate) fn func(f: &Function) -> Vec<u8> {
    funcs(&[(&[], &[ValType::I32], f)])
}

/// A module of functions with their types; the first is exported as `f`.
pub(crate) fn funcs(funcs: &[(&[ValType], &[ValType], &Function)]) -> Vec<u8> {
    let (mut types, mut section, mut code) =
        (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    for (index, (params, results, body)) in funcs.iter().enumerate() {
        types.ty().function(params.iter().copied(), results.iter().copied());
        section.function(index as u32);
        code.function(body);
    }
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, 0);
    let mut module = Module::new();
    module.section(&types).section(&section).section(&exports).section(&code);
    module.finish()
}

/// A body: the instructions, then `end`.
pub(crate) fn body<'a>(instructions: impl IntoIterator<Item = Instruction<'a>>) -> Function {
    with_locals([], instructions)
}

/// A body with locals.
pub(crate) fn with_locals<'a>(
    locals: impl IntoIterator<Item = (u32, ValType), IntoIter: ExactSizeIterator>,
    instructions: impl IntoIterator<Item = Instruction<'a>>,
) -> Function {
    let mut function = Function::new(locals);
    for instruction in instructions {
        function.instruction(&instruction);
    }
    function.instruction(&Instruction::End);
    function
}

/// The header of a module followed by raw sections.
pub(crate) fn raw(sections: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    for (id, contents) in sections {
        bytes.push(*id);
        bytes.extend(leb(contents.len() as u32));
        bytes.extend_from_slice(contents);
    }
    bytes
}

/// An unsigned LEB128 number.
pub(crate) fn leb(mut n: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (n & 0x7f) as u8;
        n >>= 7;
        if n == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}
