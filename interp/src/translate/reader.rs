//! Operators from bytes to a visitor, the frequent ones quickly.
//!
//! `wasmparser` reads any operator of any proposal, in one function that is too large to be part of the loop
//! that calls it. Nearly all operators in real code are among those below; these are decoded here. Everything else, and
//! whatever might be wrong, is left to `wasmparser`.

use wasmparser::{
    BinaryReader, BinaryReaderError, BlockType, FrameKind, FrameStack, MemArg, MemArgTarget,
    ValType, VisitOperator, WasmFeatures,
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

    /// The kind of block that the next operator may come in, if it comes in a valid function.
    #[inline(always)]
    pub(super) fn frame(&self) -> FrameKind {
        match self.bytes.get(self.at) {
            // `catch`, `delegate` and `catch_all`; then there is `else`.
            Some(0x07 | 0x18 | 0x19) => FrameKind::LegacyTry,
            _ => FrameKind::If,
        }
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

    /// The rest of a number of five bytes, of which there have been two, and the last of its bytes. Linkers leave numbers
    /// of this length where they put addresses and functions in.
    #[inline(always)]
    fn long(&mut self, low: u32) -> Option<(u32, u8)> {
        let bytes = self.bytes.get(self.at..)?.first_chunk::<3>()?;
        let [third, fourth, last] = *bytes;
        if third & fourth & 0x80 == 0 || last >= 0x80 {
            return None;
        }
        self.at += 3;
        let number = low | two(third, fourth) << 14 | u32::from(last) << 28;
        Some((number, last))
    }
}

/// Visits the next operator if it is one of the frequent ones.
#[inline(always)]
fn frequent<'a, V: VisitOperator<'a>>(
    reader: &mut Bytes<'_>,
    visitor: &mut V,
) -> Option<V::Output> {
    Some(match reader.next()? {
        0x00 => visitor.visit_unreachable(),
        0x02 => visitor.visit_block(block_type(reader)?),
        0x03 => visitor.visit_loop(block_type(reader)?),
        0x04 => visitor.visit_if(block_type(reader)?),
        0x0b => visitor.visit_end(),
        0x0c => visitor.visit_br(unsigned(reader)?),
        0x0d => visitor.visit_br_if(unsigned(reader)?),
        0x0f => visitor.visit_return(),
        0x10 => visitor.visit_call(unsigned(reader)?),
        0x11 => {
            let ty = unsigned(reader)?;
            let table = reader.next().filter(|table| *table == 0)?;
            visitor.visit_call_indirect(ty, table.into())
        }
        0x1a => visitor.visit_drop(),
        0x1b => visitor.visit_select(),
        0x20 => visitor.visit_local_get(unsigned(reader)?),
        0x21 => visitor.visit_local_set(unsigned(reader)?),
        0x22 => visitor.visit_local_tee(unsigned(reader)?),
        0x23 => visitor.visit_global_get(unsigned(reader)?),
        0x24 => visitor.visit_global_set(unsigned(reader)?),
        0x28 => visitor.visit_i32_load(memarg(reader, 2)?),
        0x29 => visitor.visit_i64_load(memarg(reader, 3)?),
        0x2c => visitor.visit_i32_load8_s(memarg(reader, 0)?),
        0x2d => visitor.visit_i32_load8_u(memarg(reader, 0)?),
        0x2f => visitor.visit_i32_load16_u(memarg(reader, 1)?),
        0x36 => visitor.visit_i32_store(memarg(reader, 2)?),
        0x37 => visitor.visit_i64_store(memarg(reader, 3)?),
        0x3a => visitor.visit_i32_store8(memarg(reader, 0)?),
        0x3b => visitor.visit_i32_store16(memarg(reader, 1)?),
        0x41 => visitor.visit_i32_const(signed(reader)?),
        0x42 => visitor.visit_i64_const(i64::from(signed(reader)?)),
        0x45 => visitor.visit_i32_eqz(),
        0x46 => visitor.visit_i32_eq(),
        0x47 => visitor.visit_i32_ne(),
        0x48 => visitor.visit_i32_lt_s(),
        0x49 => visitor.visit_i32_lt_u(),
        0x4a => visitor.visit_i32_gt_s(),
        0x4b => visitor.visit_i32_gt_u(),
        0x4d => visitor.visit_i32_le_u(),
        0x4f => visitor.visit_i32_ge_u(),
        0x6a => visitor.visit_i32_add(),
        0x6b => visitor.visit_i32_sub(),
        0x6c => visitor.visit_i32_mul(),
        0x71 => visitor.visit_i32_and(),
        0x72 => visitor.visit_i32_or(),
        0x73 => visitor.visit_i32_xor(),
        0x74 => visitor.visit_i32_shl(),
        0x76 => visitor.visit_i32_shr_u(),
        0x7c => visitor.visit_i64_add(),
        0x7e => visitor.visit_i64_mul(),
        0x83 => visitor.visit_i64_and(),
        0x84 => visitor.visit_i64_or(),
        0x85 => visitor.visit_i64_xor(),
        0x86 => visitor.visit_i64_shl(),
        0x88 => visitor.visit_i64_shr_u(),
        0xa7 => visitor.visit_i32_wrap_i64(),
        0xad => visitor.visit_i64_extend_i32_u(),
        _ => return None,
    })
}

/// An unsigned LEB128 number of 32 bits.
#[inline(always)]
fn unsigned(reader: &mut Bytes<'_>) -> Option<u32> {
    let low = reader.next()?;
    if low < 0x80 {
        return Some(low.into());
    }
    let high = reader.next()?;
    if high < 0x80 {
        return Some(two(low, high));
    }
    let (number, last) = reader.long(two(low, high))?;
    // Of a fifth byte there is room for four bits.
    (last < 1 << 4).then_some(number)
}

/// A signed LEB128 number of 32 bits.
#[inline(always)]
fn signed(reader: &mut Bytes<'_>) -> Option<i32> {
    let low = reader.next()?;
    if low < 0x80 {
        return Some(i32::from(low) << 25 >> 25);
    }
    let high = reader.next()?;
    if high < 0x80 {
        return Some((two(low, high) as i32) << 18 >> 18);
    }
    let (number, last) = reader.long(two(low, high))?;
    // The rest of a fifth byte repeats the sign.
    matches!(last, 0..0x08 | 0x78..0x80).then_some(number as i32)
}

/// What the first two bytes of a number say.
#[inline(always)]
fn two(low: u8, high: u8) -> u32 {
    u32::from(low & 0x7f) | u32::from(high & 0x7f) << 7
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
        let mut tails: Vec<Vec<u8>> =
            [&[][..], &[0], &[0x7f], &[0x80], &[0x80, 0x7f], &[0xff, 0x80, 0x01, 0]]
                .map(Vec::from)
                .into();
        // Numbers of five bytes that fit, or do not.
        for last in [0, 0x07, 0x08, 0x0f, 0x10, 0x70, 0x77, 0x78, 0x7f, 0x80, 0xff] {
            tails.push(Vec::from([0xa5, 0xff, 0x80, last, 0]));
            tails.push(Vec::from([0xa5, 0xff, 0x80, 0x80, last, 0]));
        }
        let extended = WasmFeatures::MULTI_MEMORY | WasmFeatures::MEMORY64;
        let all = (0..=u8::MAX).flat_map(|op| (0..=u8::MAX).map(move |next| [op, next]));
        for (bytes, tail) in all.flat_map(|bytes| tails.iter().map(move |tail| (bytes, tail))) {
            let bytes = [&bytes, &tail[..]].concat();
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
