//! The payloads of a module's bytes, one after the other, each after the validator has seen it.

use wasmparser::{
    BinaryReader, Chunk, Encoding, FunctionBody, Parser, Payload, ValidPayload, Validator,
};

use super::compile::Bodies;
use crate::{Engine, Result, bail};

/// What is left of a module.
pub(super) struct Payloads<'a> {
    parser: Parser,
    validator: Validator,
    rest: &'a [u8],
    ended: bool,
}

impl<'a> Payloads<'a> {
    /// All of `bytes`.
    pub(super) fn new(engine: &Engine, bytes: &'a [u8]) -> Payloads<'a> {
        // How long some integers may be depends on the features.
        let mut parser = Parser::new(0);
        parser.set_features(engine.features());
        let validator = Validator::new_with_features(engine.features());
        Payloads { parser, validator, rest: bytes, ended: false }
    }

    /// The next payload that is no body of a function; `None` behind the last one, or an error. Bodies before it are
    /// noted in `bodies`.
    pub(super) fn next(&mut self, bodies: &mut Bodies) -> Option<Result<Payload<'a>>> {
        while !self.ended {
            let payload = self.read(bodies).transpose();
            self.ended = matches!(payload, Some(Ok(Payload::End(_)) | Err(_)));
            if payload.is_some() {
                return payload;
            }
        }
        None
    }

    /// Reads a payload; `None` if it was a body.
    fn read(&mut self, bodies: &mut Bodies) -> Result<Option<Payload<'a>>> {
        let Chunk::Parsed { consumed, payload } = self.parser.parse(self.rest, true)? else {
            unreachable!("the bytes are all there");
        };
        self.rest = &self.rest[consumed..];
        if let Payload::Version { encoding: Encoding::Component, .. } = payload {
            bail!("expected a WebAssembly module but was given a WebAssembly component");
        }
        if let ValidPayload::Func(func, body) = self.validator.payload(&payload)? {
            bodies.push(func, &body);
            return Ok(None);
        }
        if let Payload::CodeSectionStart { count, unchecked_range, size } = &payload
            && let Some(code) = self.rest.get(..*size as usize)
            && self.note_all(code, unchecked_range.end - u64::from(*size), *count, bodies).is_some()
        {
            self.parser.skip_section();
            self.rest = &self.rest[code.len()..];
        }
        Ok(Some(payload))
    }

    /// Notes all bodies of a code section at once, which is several times faster than payload by payload. `None` if anything is
    /// odd: then the parser has to say what.
    fn note_all(
        &mut self,
        code: &'a [u8],
        offset: u64,
        count: u32,
        bodies: &mut Bodies,
    ) -> Option<()> {
        /// Larger bodies are not looked at here: there is a limit somewhere above.
        const MAX_SIZE: usize = 1 << 20;
        let reader = || BinaryReader::new(code, offset);
        let mut ahead = reader();
        for _ in 0..count {
            let size = ahead.read_var_u32().ok()? as usize;
            ahead.read_bytes(size).ok().filter(|_| size <= MAX_SIZE)?;
        }
        if !ahead.eof() || count == 0 {
            return None;
        }
        let mut reader = reader();
        let first = FunctionBody::new(reader.read_reader().ok()?);
        bodies.push(self.validator.code_section_entry(&first).ok()?, &first);
        while !reader.eof() {
            let size = reader.read_var_u32().ok()?;
            let start = reader.original_position() as u32;
            bodies.ranges.push(start..start + size);
            reader.read_bytes(size as usize).ok()?;
        }
        Some(())
    }
}
