//! Creation and growth of memories and tables: the limiter is asked first, then the type's maximum
//! is enforced, then the machine allocates. WebAssembly code and the host take the same path, which waits
//! only where the limiter is asynchronous.

use alloc::boxed::Box;

use wasmote_interp::{MemoryId, TableId};

use super::SharedMemory;
use crate::limits::Limiter;
use crate::memory::HostMemory;
use crate::store::StoreOpaque;
use crate::{Error, MemoryType, Result, TableType, bail, ensure, format_err};

/// The largest size in bytes that can be reported for memories with pages of `page` bytes.
fn largest(page: u64) -> usize {
    0usize.wrapping_sub(page as usize)
}

/// `pages` in bytes, if that is a `usize`.
fn bytes(pages: u64, page: u64) -> Option<usize> {
    usize::try_from(pages.checked_mul(page)?).ok()
}

/// The greatest size in bytes that the type of a memory allows; `None` if it is beyond `usize`. Without a maximum that is all
/// that can be addressed, to the last whole page of 64 bits.
pub(crate) fn max_bytes(ty: &MemoryType) -> Option<usize> {
    let max = match ty.maximum() {
        Some(max) => max.checked_mul(ty.page_size())?,
        None if ty.is_64() => 0u64.wrapping_sub(ty.page_size()),
        None => 1 << 32,
    };
    usize::try_from(max).ok()
}

/// The greatest size in bytes that `memory.grow` can tell from failure, which is -1.
pub(crate) fn tellable_bytes(ty: &MemoryType) -> usize {
    if !ty.is_64() && ty.page_size() == 1 { u32::MAX as usize - 1 } else { usize::MAX }
}

/// The greatest number of elements that the type of a table allows, which indices alone limit if it has no maximum.
fn max_elements(ty: &TableType) -> Option<usize> {
    let indices = if ty.is_64() { u64::MAX } else { u32::MAX.into() };
    usize::try_from(ty.maximum().unwrap_or(indices)).ok()
}

/// The size in bytes of a new memory.
///
/// # Errors
/// If it is beyond `usize`, or more than the type allows.
pub(crate) fn min_bytes(ty: &MemoryType) -> Result<usize> {
    let most = max_bytes(ty).unwrap_or(usize::MAX).min(tellable_bytes(ty));
    let within = |bytes: &usize| *bytes <= most;
    bytes(ty.minimum(), ty.page_size()).filter(within).ok_or_else(|| minimum_exceeded(ty))
}

/// The error of a memory that is too large from the beginning.
#[cold]
fn minimum_exceeded(ty: &MemoryType) -> Error {
    format_err!("memory minimum size of {} pages exceeds memory limits", ty.minimum())
}

/// Makes a memory of type `ty`.
pub(crate) async fn new_memory(
    store: &mut StoreOpaque,
    mut limiter: Limiter<'_>,
    ty: &MemoryType,
) -> Result<MemoryId> {
    if ty.is_shared() {
        return new_shared_memory(store, limiter, ty).await?.add_to(store);
    }
    let (page, pages) = (ty.page_size(), ty.minimum());
    let minimum = bytes(pages, page);
    if !limiter.memory_growing(0, minimum.unwrap_or(largest(page)), max_bytes(ty)).await? {
        return Err(minimum_exceeded(ty));
    }
    let minimum = min_bytes(ty)?;
    let config = store.engine().config();
    let limit = config.largest_memory();
    ensure!(
        minimum <= limit,
        "memory has a minimum byte size of {minimum} which exceeds the limit of {limit} bytes"
    );
    let room = config.memory_room(minimum, max_bytes(ty));
    let made = match config.get_memory_creator() {
        Some(creator) => {
            let reserved = (!config.get_memory_may_move()).then_some(room);
            let bytes = creator.new_memory(ty.clone(), minimum, max_bytes(ty), reserved, 0);
            let bytes = bytes.map_err(Error::msg)?;
            store.machine.memory_of_host(minimum, Box::new(HostMemory(bytes)))
        }
        None => store.machine.memory_alloc(minimum, room),
    };
    let id = made.map_err(|_| {
        format_err!("out of memory: a memory of {pages} pages could not be allocated")
    })?;
    store.add_memory(id, ty.clone());
    Ok(id)
}

/// Makes a shared memory of type `ty` because a guest wants one.
///
/// Other stores may grow it, and all it can have is reserved at once: so the limiter is asked for that,
/// and not again.
pub(crate) async fn new_shared_memory(
    store: &StoreOpaque,
    mut limiter: Limiter<'_>,
    ty: &MemoryType,
) -> Result<SharedMemory> {
    let maximum = max_bytes(ty);
    let desired = maximum.unwrap_or(largest(ty.page_size()));
    if !limiter.memory_growing(0, desired, maximum).await? {
        let pages = ty.maximum().unwrap_or(ty.minimum());
        bail!("shared memory maximum size of {pages} pages exceeds memory limits");
    }
    SharedMemory::new(store.engine(), ty.clone())
}

/// Makes a table of type `ty` with all elements `init`.
pub(crate) async fn new_table(
    store: &mut StoreOpaque,
    mut limiter: Limiter<'_>,
    ty: &TableType,
    init: u64,
) -> Result<TableId> {
    let elements = ty.minimum();
    let exceeded = || format_err!("table minimum size of {elements} elements exceeds table limits");
    let minimum = usize::try_from(elements);
    if !limiter.table_growing(0, minimum.unwrap_or(usize::MAX), max_elements(ty)).await? {
        return Err(exceeded());
    }
    let minimum = minimum.map_err(|_| exceeded())?;
    let limit = store.engine().config().largest_table();
    ensure!(
        minimum <= limit,
        "table has a minimum element size of {minimum} which exceeds the limit of {limit}"
    );
    if max_elements(ty).is_some_and(|max| minimum > max) {
        return Err(exceeded());
    }
    let id = store.machine.table_alloc(ty.element().kind(), minimum, init).map_err(|_| {
        format_err!("out of memory: a table of {elements} elements could not be allocated")
    })?;
    store.add_table(id, ty.clone());
    Ok(id)
}

/// Grows a memory by `delta` pages. Gives the old size in pages, or `None` if that is refused.
///
/// # Errors
/// What the limiter gives: a trap.
pub(crate) async fn grow_memory(
    store: &mut StoreOpaque,
    mut limiter: Limiter<'_>,
    id: MemoryId,
    delta: u64,
) -> Result<Option<u64>> {
    if let Some(memory) = SharedMemory::of_store(store, id) {
        return Ok(memory.try_grow(delta));
    }
    let ty = store.memory_type(id);
    let (page, maximum) = (ty.page_size(), max_bytes(ty));
    let current = store.machine.memory(id).len();
    let pages = current as u64 / page;
    if delta == 0 {
        return Ok(Some(pages));
    }
    let desired = pages.checked_add(delta).and_then(|pages| bytes(pages, page));
    let desired = desired.unwrap_or(largest(page));
    if desired > tellable_bytes(ty) {
        limiter.memory_grow_failed(format_err!("memory growth exceeds memory type's limits"))?;
        return Ok(None);
    }
    if !limiter.memory_growing(current, desired, maximum).await? {
        return Ok(None);
    }
    let config = store.engine().config();
    let mut most = maximum.unwrap_or(usize::MAX).min(config.largest_memory());
    if !config.get_memory_may_move() {
        most = most.min(store.machine.memory_room(id));
    }
    let room = config.memory_room_for_growth(desired, maximum);
    let failure = if desired > most {
        format_err!("Memory maximum size exceeded")
    } else if store.machine.memory_grow(id, desired, room).is_err() {
        format_err!("out of memory: a memory could not be grown to {desired} bytes")
    } else {
        return Ok(Some(pages));
    };
    limiter.memory_grow_failed(failure)?;
    Ok(None)
}

/// Grows a table by `delta` elements `init`. Gives the old size, or `None` if that is refused.
///
/// # Errors
/// What the limiter gives: a trap.
pub(crate) async fn grow_table(
    store: &mut StoreOpaque,
    mut limiter: Limiter<'_>,
    id: TableId,
    delta: u64,
    init: u64,
) -> Result<Option<u64>> {
    let ty = store.table_type(id);
    let maximum = max_elements(ty);
    let current = store.machine.table(id).len();
    if delta == 0 {
        return Ok(Some(current as u64));
    }
    let desired = usize::try_from(delta).ok().and_then(|delta| current.checked_add(delta));
    let failure = match desired {
        None => format_err!("overflow calculating new table size"),
        Some(desired) => {
            if !limiter.table_growing(current, desired, maximum).await? {
                return Ok(None);
            }
            let limit = store.engine().config().largest_table();
            if desired > maximum.unwrap_or(usize::MAX).min(limit) {
                format_err!("Table maximum size exceeded")
            } else if store.machine.table_grow(id, desired, init).is_err() {
                format_err!("out of memory: a table could not be grown to {desired} elements")
            } else {
                return Ok(Some(current as u64));
            }
        }
    };
    limiter.table_grow_failed(failure)?;
    Ok(None)
}

/// What the host gets for a growth that was refused.
pub(crate) fn refused<V>(grown: Option<V>, what: &str, delta: u64) -> Result<V> {
    match grown {
        Some(old) => Ok(old),
        None => bail!("failed to grow {what} by `{delta}`"),
    }
}
