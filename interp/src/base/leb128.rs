//! Numbers of 32 bits, most of which are small, as bytes.

/// Reads a number.
pub(crate) fn read(mut next: impl FnMut() -> Option<u8>) -> Option<u32> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = next()?;
        number |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}
