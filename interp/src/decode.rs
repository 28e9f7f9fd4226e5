//! Operators from bytes to a visitor, the frequent ones quickly.
//!
//! `wasmparser` reads any operator of any proposal, in one function that is too large to be part of the loop
//! that calls it. Nine of ten operators in real code are among the few below, with immediates of one or two bytes; these are
//! decoded here. Everything else, and whatever might be wrong, is left to `wasmparser`.

use wasmparser::{
    BinaryReader, BinaryReaderError, BlockType, FrameStack, MemArg, MemArgTarget, ValType,
    VisitOperator, WasmFeatures,
};

/// The operators of a function or expression, to be visited one after the other.
#[derive(Clone, Debug)]
pub struct Operators<'a> {
    bytes: &'a [u8],
    /// Where the next operator begins in them.
    at: usize,
    /// Where they begin in the module.
    start: u64,
    features: WasmFeatures,
}

impl<'a> Operators<'a> {
    /// Those that `reader` has before it.
    ///
    /// # Errors
    /// None: it has as many bytes as it says.
    pub fn new(mut reader: BinaryReader<'a>) -> Result<Operators<'a>, BinaryReaderError> {
        let start = reader.original_position();
        let features = reader.features();
        let bytes = reader.read_bytes(reader.bytes_remaining())?;
        Ok(Operators { bytes, at: 0, start, features })
    }

    /// Whether there is nothing left.
    #[inline(always)]
    pub fn eof(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Where the next operator begins in the module.
    #[inline(always)]
    pub fn position(&self) -> u64 {
        self.start + self.at as u64
    }

    /// What is left, for `wasmparser`.
    pub fn reader(&self) -> BinaryReader<'a> {
        BinaryReader::new_features(&self.bytes[self.at..], self.position(), self.features)
    }

    /// Does what [`BinaryReader::visit_operator`] does.
    ///
    /// # Errors
    /// If what comes next is no operator, or none may come here. The error of the visitor is in its output.
    #[inline(always)]
    pub fn visit<V>(&mut self, visitor: &mut V) -> Result<V::Output, BinaryReaderError>
    where
        V: VisitOperator<'a> + FrameStack,
    {
        let mut ahead = Bytes { bytes: self.bytes, at: self.at };
        if visitor.current_frame().is_some()
            && let Some(output) = frequent(&mut ahead, visitor)
        {
            self.at = ahead.at;
            return Ok(output);
        }
        let mut reader = self.reader();
        let output = reader.visit_operator(visitor)?;
        self.at += reader.current_position();
        Ok(output)
    }
}

/// Bytes from some place on.
struct Bytes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bytes<'_> {
    #[inline(always)]
    fn next(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }
}

/// Visits the next operator if it is one of the frequent ones.
#[inline(always)]
fn frequent<'a, V: VisitOperator<'a>>(
    reader: &mut Bytes<'_>,
    visitor: &mut V,
) -> Option<V::Output> {
    Some(match reader.next()? {
        0x02 => visitor.visit_block(block_type(reader)?),
        0x03 => visitor.visit_loop(block_type(reader)?),
        0x04 => visitor.visit_if(block_type(reader)?),
        0x0b => visitor.visit_end(),
        0x0c => visitor.visit_br(unsigned(reader)?),
        0x0d => visitor.visit_br_if(unsigned(reader)?),
        0x10 => visitor.visit_call(unsigned(reader)?),
        0x1a => visitor.visit_drop(),
        0x1b => visitor.visit_select(),
        0x20 => visitor.visit_local_get(unsigned(reader)?),
        0x21 => visitor.visit_local_set(unsigned(reader)?),
        0x22 => visitor.visit_local_tee(unsigned(reader)?),
        0x23 => visitor.visit_global_get(unsigned(reader)?),
        0x24 => visitor.visit_global_set(unsigned(reader)?),
        0x28 => visitor.visit_i32_load(memarg(reader, 2)?),
        0x29 => visitor.visit_i64_load(memarg(reader, 3)?),
        0x2d => visitor.visit_i32_load8_u(memarg(reader, 0)?),
        0x2f => visitor.visit_i32_load16_u(memarg(reader, 1)?),
        0x36 => visitor.visit_i32_store(memarg(reader, 2)?),
        0x37 => visitor.visit_i64_store(memarg(reader, 3)?),
        0x3a => visitor.visit_i32_store8(memarg(reader, 0)?),
        0x41 => visitor.visit_i32_const(signed(reader)?),
        0x42 => visitor.visit_i64_const(i64::from(signed(reader)?)),
        0x45 => visitor.visit_i32_eqz(),
        0x46 => visitor.visit_i32_eq(),
        0x47 => visitor.visit_i32_ne(),
        0x49 => visitor.visit_i32_lt_u(),
        0x4b => visitor.visit_i32_gt_u(),
        0x6a => visitor.visit_i32_add(),
        0x6b => visitor.visit_i32_sub(),
        0x71 => visitor.visit_i32_and(),
        0x72 => visitor.visit_i32_or(),
        0x74 => visitor.visit_i32_shl(),
        0x76 => visitor.visit_i32_shr_u(),
        0x7c => visitor.visit_i64_add(),
        _ => return None,
    })
}

/// An unsigned LEB128 number of at most two bytes.
#[inline(always)]
fn unsigned(reader: &mut Bytes<'_>) -> Option<u32> {
    let low = u32::from(reader.next()?);
    if low < 0x80 {
        return Some(low);
    }
    let high = u32::from(reader.next()?);
    (high < 0x80).then_some(low & 0x7f | high << 7)
}

/// A signed LEB128 number of at most two bytes.
#[inline(always)]
fn signed(reader: &mut Bytes<'_>) -> Option<i32> {
    let low = i32::from(reader.next()?);
    if low < 0x80 {
        return Some(low << 25 >> 25);
    }
    let high = i32::from(reader.next()?);
    (high < 0x80).then_some((low & 0x7f | high << 7) << 18 >> 18)
}

/// The type of a block without parameters, and with at most one result, a number.
#[inline(always)]
fn block_type(reader: &mut Bytes<'_>) -> Option<BlockType> {
    Some(match reader.next()? {
        0x40 => BlockType::Empty,
        0x7f => BlockType::Type(ValType::I32),
        0x7e => BlockType::Type(ValType::I64),
        _ => return None,
    })
}

/// The alignment and offset of an access to memory 0.
#[inline(always)]
fn memarg(reader: &mut Bytes<'_>, max_align: u8) -> Option<MemArg> {
    let align = reader.next()?;
    // From bit 4 on the bits say that there is more than these two.
    if align >= 1 << 4 {
        return None;
    }
    let offset = u64::from(unsigned(reader)?);
    Some(MemArg { align, max_align, offset, target: MemArgTarget::Memory(0), ordering: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use wasmparser::FrameKind;

    /// Says what it was told.
    struct Echo;

    macro_rules! echo {
        ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            impl<'a> VisitOperator<'a> for Echo {
                type Output = String;
                $(fn $visit(&mut self $($(, $arg: $ty)*)?) -> String {
                    format!("{} {:?}", stringify!($op), ($($(&$arg,)*)?))
                })*
            }
        };
    }
    wasmparser::for_each_visit_operator!(echo);

    impl FrameStack for Echo {
        fn current_frame(&self) -> Option<FrameKind> {
            Some(FrameKind::If)
        }
    }

    #[test]
    fn every_operator_is_what_wasmparser_takes_it_for() {
        let tails: [&[u8]; 6] =
            [&[], &[0], &[0x7f], &[0x80], &[0x80, 0x7f], &[0xff, 0x80, 0x01, 0]];
        let extended = WasmFeatures::MULTI_MEMORY | WasmFeatures::MEMORY64;
        let all = (0..=u8::MAX).flat_map(|op| (0..=u8::MAX).map(move |next| [op, next]));
        for (bytes, tail) in all.flat_map(|bytes| tails.map(|tail| (bytes, tail))) {
            let bytes = [&bytes, tail].concat();
            for features in [WasmFeatures::WASM2, WasmFeatures::WASM2 | extended] {
                let mut theirs = BinaryReader::new_features(&bytes, 7, features);
                let expected = theirs.visit_operator(&mut Echo).map_err(|e| e.to_string());
                let mut ours =
                    Operators::new(BinaryReader::new_features(&bytes, 7, features)).unwrap();
                let found = ours.visit(&mut Echo).map_err(|e| e.to_string());
                assert_eq!(found, expected, "{bytes:x?}");
                if found.is_ok() {
                    assert_eq!(ours.position(), theirs.original_position(), "{bytes:x?}");
                    assert_eq!(ours.eof(), theirs.eof(), "{bytes:x?}");
                }
            }
        }
    }
}
