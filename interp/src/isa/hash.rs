/// Where the search for `key` begins in a selection table of `len` entries. (Included by
/// `build/`, which fills the table, and by `table`, which looks it up.)
const fn slot_of(key: u64, len: usize) -> usize {
    let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    ((hash * len as u64) >> 32) as usize
}
