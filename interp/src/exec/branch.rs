//! Branches that move the values they take along, for code that has so many of them that they must be short.

use super::grammar::Stmt;
use super::memory::copy_up;
use super::statements::{BrIfMove, BrIfMoveMetered, BrTableRoutes, BrTableRoutesMetered};
use super::{Flow, Regs, meter, next};
use crate::base::unaligned::read;

/// A route that several `br_table`s of a function share. It is not part of the code, which has the address of the first one
/// and numbers.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Route {
    /// The address of an instruction of the function.
    pub(crate) target: usize,
    /// The first of the slots where the target expects its values.
    pub(crate) to: u16,
    /// What is paid on the route, besides what is owed where it begins.
    pub(crate) charge: u16,
}

impl Route {
    /// Bytes of the number of one.
    pub(crate) const NUMBER: usize = 3;
}

/// Takes the route that an index chooses: pays for it, moves `len` values to where its target expects them, and is there.
///
/// # Safety
/// `choices` points at a number of 32 bits, and as many numbers of routes and one more; these are at `routes`. The values
/// are at `src`, and there are slots for them where each route leads.
#[inline(always)]
unsafe fn take<const METERED: bool>(
    m: &mut Regs,
    index: u32,
    choices: *const u8,
    routes: *const Route,
    src: *const u64,
    len: usize,
) {
    // No accumulator outlives a branch: the value at hand frees a register. What is read of the route is read before the
    // values are moved, for the same reason.
    m.acc = m.fp as usize as u64;
    // SAFETY: the caller's.
    unsafe {
        let last = read::<u32>(choices);
        let index = if index < last { index } else { last };
        let choice = choices.wrapping_add(4 + Route::NUMBER * index as usize);
        let number = u32::from(read::<u16>(choice)) | u32::from(*choice.wrapping_add(2)) << 16;
        let route = &*routes.wrapping_add(number as usize);
        m.ip = route.target as *const u8;
        if METERED {
            m.fuel = m.fuel.plus(route.charge.into());
        }
        copy_up(src, m.fp.wrapping_add(route.to as usize), len);
    }
}

impl Stmt for BrTableRoutes {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: the verifier checked numbers, slots and targets.
        unsafe {
            let (index, len) = (*Self::index(&m, at) as u32, Self::len(&m, at) as usize);
            let (src, routes) = (Self::src(&m, at), Self::routes(&m, at));
            let choices = Self::choices(&m, at);
            take::<false>(&mut m, index, choices, routes, src, len);
            next(m)
        }
    }
}

impl Stmt for BrTableRoutesMetered {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: as above.
        unsafe {
            m.fuel = m.fuel.plus(Self::charge(&m, at));
            let (index, len) = (*Self::index(&m, at) as u32, Self::len(&m, at) as usize);
            let (src, routes) = (Self::src(&m, at), Self::routes(&m, at));
            let choices = Self::choices(&m, at);
            take::<true>(&mut m, index, choices, routes, src, len);
            meter::go(m, 0)
        }
    }
}

impl Stmt for BrIfMove {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: the verifier checked the slots and the target.
        unsafe {
            if *Self::cond(&m, at) as u32 == 0 {
                return next(m.advance(at + Self::LEN));
            }
            copy_up(Self::src(&m, at), Self::dst(&m, at), Self::len(&m, at) as usize);
            m.ip = Self::target(&m, at);
            next(m)
        }
    }
}

impl Stmt for BrIfMoveMetered {
    #[inline(always)]
    unsafe fn run(mut m: Regs, at: usize) -> Flow {
        // SAFETY: as above.
        unsafe {
            if *Self::cond(&m, at) as u32 == 0 {
                m.fuel = m.fuel.plus(Self::not_taken(&m, at));
                return next(m.advance(at + Self::LEN));
            }
            copy_up(Self::src(&m, at), Self::dst(&m, at), Self::len(&m, at) as usize);
            let charge = Self::taken(&m, at);
            m.ip = Self::target(&m, at);
            meter::go(m, charge)
        }
    }
}
