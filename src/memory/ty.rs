//! `MemoryType` and its builder.

use crate::{Result, bail, format_err};

/// log2 of the size of a page unless a memory says otherwise: 64 KiB.
const DEFAULT_PAGE_SIZE_LOG2: u8 = 16;

/// The type of a linear memory: its size in pages, now and at most, and how it is addressed.
///
/// # Examples
/// ```
/// use wasmote::{MemoryType, MemoryTypeBuilder};
///
/// let ty = MemoryType::new(1, Some(4));
/// assert_eq!((ty.minimum(), ty.maximum()), (1, Some(4)));
/// assert_eq!(ty.page_size(), 65536);
///
/// assert!(MemoryTypeBuilder::new().min(2).max(Some(1)).build().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MemoryType {
    minimum: u64,
    maximum: Option<u64>,
    is_64: bool,
    shared: bool,
    page_size_log2: u8,
}

impl MemoryType {
    /// A memory addressed by `i32`, of `minimum` pages now and `maximum` at most.
    ///
    /// # Panics
    /// If `minimum` is larger than `maximum` or than 65,536 pages, or `maximum` is.
    pub fn new(minimum: u32, maximum: Option<u32>) -> MemoryType {
        let maximum = maximum.map(u64::from);
        MemoryTypeBuilder::new().min(minimum.into()).max(maximum).build().unwrap()
    }

    /// A memory addressed by `i64`, of `minimum` pages now and `maximum` at most.
    ///
    /// # Panics
    /// If `minimum` is larger than `maximum`, or not less than 2^48 pages.
    pub fn new64(minimum: u64, maximum: Option<u64>) -> MemoryType {
        let mut builder = MemoryTypeBuilder::new();
        builder.memory64(true).min(minimum).max(maximum);
        builder.build().unwrap()
    }

    /// A memory addressed by `i32` that several threads can use.
    ///
    /// # Panics
    /// If `minimum` is larger than `maximum` or than 65,536 pages, or `maximum` is.
    pub fn shared(minimum: u32, maximum: u32) -> MemoryType {
        let mut builder = MemoryTypeBuilder::new();
        builder.shared(true).min(minimum.into()).max(Some(maximum.into()));
        builder.build().unwrap()
    }

    /// A builder, for everything that can be said about a memory.
    pub fn builder() -> MemoryTypeBuilder {
        MemoryTypeBuilder::new()
    }

    /// Whether the memory is addressed by `i64`.
    pub fn is_64(&self) -> bool {
        self.is_64
    }

    /// Whether several threads can use the memory.
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// How many pages there are at first.
    pub fn minimum(&self) -> u64 {
        self.minimum
    }

    /// How many pages there may be, if that is limited.
    pub fn maximum(&self) -> Option<u64> {
        self.maximum
    }

    /// The size of a page in bytes.
    pub fn page_size(&self) -> u64 {
        1 << self.page_size_log2
    }

    /// The size of a page in bytes as a power of two: 16, or 0 with custom page sizes.
    pub fn page_size_log2(&self) -> u8 {
        self.page_size_log2
    }

    /// The type of a validated module's memory.
    pub(crate) fn from_parser(ty: &wasmparser::MemoryType) -> MemoryType {
        MemoryType {
            minimum: ty.initial,
            maximum: ty.maximum,
            is_64: ty.memory64,
            shared: ty.shared,
            page_size_log2: ty.page_size_log2.map_or(DEFAULT_PAGE_SIZE_LOG2, |log2| log2 as u8),
        }
    }
}

/// Makes a [`MemoryType`].
///
/// Without any settings it is a memory addressed by `i32`, not shared, of 0 pages of 64 KiB and
/// without a maximum.
///
/// # Examples
/// ```
/// use wasmote::MemoryTypeBuilder;
///
/// let ty = MemoryTypeBuilder::new().memory64(true).min(2).max(Some(10)).build()?;
/// assert!(ty.is_64() && !ty.is_shared());
/// assert_eq!((ty.minimum(), ty.maximum()), (2, Some(10)));
/// assert!(MemoryTypeBuilder::new().min(2).max(Some(1)).build().is_err());
/// # Ok::<(), wasmote::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemoryTypeBuilder {
    ty: MemoryType,
}

impl Default for MemoryTypeBuilder {
    fn default() -> MemoryTypeBuilder {
        let page_size_log2 = DEFAULT_PAGE_SIZE_LOG2;
        let ty =
            MemoryType { minimum: 0, maximum: None, is_64: false, shared: false, page_size_log2 };
        MemoryTypeBuilder { ty }
    }
}

impl MemoryTypeBuilder {
    /// The default settings.
    pub fn new() -> MemoryTypeBuilder {
        MemoryTypeBuilder::default()
    }

    /// How many pages there are at first.
    pub fn min(&mut self, minimum: u64) -> &mut Self {
        self.ty.minimum = minimum;
        self
    }

    /// How many pages there may be.
    pub fn max(&mut self, maximum: Option<u64>) -> &mut Self {
        self.ty.maximum = maximum;
        self
    }

    /// Whether the memory is addressed by `i64`.
    pub fn memory64(&mut self, is_64: bool) -> &mut Self {
        self.ty.is_64 = is_64;
        self
    }

    /// Whether several threads can use the memory; it then needs a maximum.
    pub fn shared(&mut self, shared: bool) -> &mut Self {
        self.ty.shared = shared;
        self
    }

    /// The size of a page in bytes as a power of two: 16 or 0.
    pub fn page_size_log2(&mut self, page_size_log2: u8) -> &mut Self {
        self.ty.page_size_log2 = page_size_log2;
        self
    }

    /// The type.
    ///
    /// # Errors
    /// If the maximum is less than the minimum, if the page size is not 64 KiB or 1 byte, if a shared memory
    /// has no maximum, if the minimum in bytes is beyond what addresses of the index type can reach or no `u64`, or
    /// if the maximum of a memory addressed by `i32` is beyond that.
    pub fn build(&self) -> Result<MemoryType> {
        let ty = &self.ty;
        if ty.maximum.is_some_and(|maximum| maximum < ty.minimum) {
            bail!("maximum page size cannot be smaller than the minimum page size");
        }
        let log2 = ty.page_size_log2;
        if log2 != 0 && log2 != DEFAULT_PAGE_SIZE_LOG2 {
            bail!(
                "page size must be 2**16 or 2**0, but was given 2**{log2}; note \
                 that future Wasm extensions might allow any power of two page \
                 size, but only 2**16 and 2**0 are currently valid"
            );
        }
        if ty.shared && ty.maximum.is_none() {
            bail!("shared memories must have a maximum size");
        }
        let bytes = |pages: u64| u128::from(pages) << log2;
        if bytes(ty.minimum) > u64::MAX.into() {
            let error = format_err!("size overflow calculating memory size");
            return Err(error.context("memory's minimum byte size must fit in a u64"));
        }
        // Of a memory that fills 64 bits of addresses the size in bytes is no `u64`: a page less is the most.
        let most = if ty.is_64 { (1 << 64) - bytes(1) } else { 1 << 32 };
        if bytes(ty.minimum) > most {
            bail!("minimum size is too large for this memory type's index type");
        }
        // What is more than can be addressed does no harm as a maximum of 64 bits.
        if !ty.is_64 && ty.maximum.is_some_and(|maximum| bytes(maximum) > most) {
            bail!("maximum size is too large for this memory type's index type");
        }
        Ok(ty.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn refusal(builder: &mut MemoryTypeBuilder) -> alloc::string::String {
        builder.build().unwrap_err().to_string()
    }

    #[test]
    fn sizes_end_where_addresses_do() {
        assert!(MemoryType::builder().min(65536).max(Some(65536)).build().is_ok());
        assert!(MemoryType::builder().page_size_log2(0).min(1 << 32).build().is_ok());
        let minimum = "minimum size is too large for this memory type's index type";
        assert_eq!(refusal(MemoryType::builder().min(65537)), minimum);
        assert_eq!(refusal(MemoryType::builder().page_size_log2(0).min((1 << 32) + 1)), minimum);
        let maximum = "maximum size is too large for this memory type's index type";
        for max in [65537, u64::MAX] {
            assert_eq!(refusal(MemoryType::builder().max(Some(max))), maximum);
        }
    }

    #[test]
    fn sizes_of_64_bits_are_numbers_of_64_bits() {
        let wide = |min, max| MemoryType::builder().memory64(true).min(min).max(max).build();
        let last = (1 << 48) - 1;
        for (min, max) in
            [(last, None), (last, Some(last)), (0, Some(1 << 48)), (0, Some(u64::MAX))]
        {
            let ty = wide(min, max).unwrap();
            assert_eq!((ty.minimum(), ty.maximum()), (min, max));
        }
        for min in [1 << 48, (1 << 48) + 1, u64::MAX] {
            let error = wide(min, None).unwrap_err();
            assert_eq!(error.to_string(), "memory's minimum byte size must fit in a u64");
            assert_eq!(error.root_cause().to_string(), "size overflow calculating memory size");
        }
        let mut bytes = MemoryType::builder();
        bytes.memory64(true).page_size_log2(0);
        assert!(bytes.min(u64::MAX).build().is_ok());
        // Without 64-bit addresses the overflow is found first, too.
        assert_eq!(
            refusal(MemoryType::builder().min(1 << 48)),
            "memory's minimum byte size must fit in a u64"
        );
    }

    #[test]
    fn contradictions_are_refused() {
        assert_eq!(
            refusal(MemoryType::builder().min(2).max(Some(1))),
            "maximum page size cannot be smaller than the minimum page size"
        );
        assert_eq!(
            refusal(MemoryType::builder().shared(true)),
            "shared memories must have a maximum size"
        );
        for log2 in [1, 12, 15, 17, 64, 255] {
            let given = alloc::format!("page size must be 2**16 or 2**0, but was given 2**{log2};");
            assert!(refusal(MemoryType::builder().page_size_log2(log2)).starts_with(&given));
        }
        // Of several, this one is told.
        assert_eq!(
            refusal(MemoryType::builder().shared(true).page_size_log2(12).min(2).max(Some(1))),
            "maximum page size cannot be smaller than the minimum page size"
        );
    }

    #[test]
    fn constructors_without_results_panic() {
        extern crate std;
        let panics = |make: fn() -> MemoryType| std::panic::catch_unwind(make).is_err();
        assert!(panics(|| MemoryType::new(2, Some(1))));
        assert!(panics(|| MemoryType::new(65537, None)));
        assert!(panics(|| MemoryType::new(0, Some(65537))));
        assert!(panics(|| MemoryType::new64(2, Some(1))));
        assert!(panics(|| MemoryType::new64(1 << 48, None)));
        assert!(panics(|| MemoryType::shared(2, 1)));
        assert!(panics(|| MemoryType::shared(0, 65537)));
        assert!(!panics(|| MemoryType::new64((1 << 48) - 1, Some(u64::MAX))));
    }
}
