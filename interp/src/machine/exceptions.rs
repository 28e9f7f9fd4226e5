//! Exceptions: the search for a handler, and the way there.
//!
//! The search goes from frame to frame as a backtrace does, and asks the code of each what its handlers are where it was
//! left. Nothing changes before one is found: an exception that nobody catches still has its backtrace. Then the frames above the
//! handler's are gone at once, what the exception carries is moved, and the guest goes on. At the end of an activation the
//! exception is *pending*: the embedder takes it, or has the guest below search on ([`Machine::throw_pending`]).
//!
//! What the search has found out is kept: where it was for the code around a site ([`KnownSites`]), and, in a long search, which
//! ranges have no clause for the tag. So a search takes time by how many frames and how many clauses there are, not by their product.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use core::ops::Range;

use super::activation::State;
use super::run::{Exit, Next, slot_index};
use super::{Machine, TagId};
use crate::code::handlers::{ANY_TAG, Clause, Handlers, NO_RANGE, NO_SLOT};
use crate::code::{crossed, done};
use crate::exec::statements as stmt;
use crate::exec::{Regs, Route, Suspend, unpack_return};
use crate::isa::operand::{HEADER, WORD};
use crate::runtime::Context;
use crate::wasm::TrapCode;

/// An exception that has left a guest, or that the embedder throws.
#[derive(Debug)]
pub struct Exception {
    /// Its tag.
    pub tag: TagId,
    /// What it carries, as slots.
    pub carried: Box<[u64]>,
}

/// What was found out about sites: the function's index in its module, and the innermost range there. A direct-mapped cache.
#[derive(Debug, Default)]
pub(super) struct KnownSites {
    sites: Box<[(usize, u32, u32)]>,
}

impl KnownSites {
    const LEN: usize = 64;

    /// What is known of a site, or is found out now.
    #[inline]
    fn get(&mut self, site: *const u8, find: impl FnOnce() -> (u32, u32)) -> (u32, u32) {
        if self.sites.is_empty() {
            self.sites = alloc::vec![(0, 0, NO_RANGE); KnownSites::LEN].into();
        }
        let hash = (site as usize as u32).wrapping_mul(0x9e37_79b9) >> 26;
        let known = &mut self.sites[hash as usize % KnownSites::LEN];
        if known.0 != site as usize {
            let (func, range) = find();
            *known = (site as usize, func, range);
        }
        (known.1, known.2)
    }
}

/// Ranges without a clause for the tag of a search: of which instance and function, and the range.
#[derive(Default)]
struct Searched {
    /// Ranges and clauses so far.
    steps: usize,
    ranges: BTreeSet<(u32, u32, u32)>,
}

impl Searched {
    /// A search that is shorter notes nothing.
    const SHORT: usize = 64;

    /// Whether a range was searched before.
    fn contains(&self, range: (u32, u32, u32)) -> bool {
        !self.ranges.is_empty() && self.ranges.contains(&range)
    }

    fn add(&mut self, range: (u32, u32, u32), clauses: usize) {
        self.steps += 1 + clauses;
        if self.steps > Searched::SHORT {
            self.ranges.insert(range);
        }
    }
}

/// A frame on the way from an exception to its handler.
#[derive(Clone, Copy)]
struct Place {
    ctx: *mut Context,
    fp: usize,
    site: *const u8,
    /// How many crossings there are below it.
    crossings: usize,
}

/// The handler of an exception.
struct Found {
    frame: Place,
    clause: Clause,
    route: Route,
}

impl Machine {
    /// The pending exception, if there is one: the last one that left a guest, unless it was taken.
    pub fn take_pending(&mut self) -> Option<Exception> {
        self.pending.take()
    }

    /// Whether there is a pending exception.
    pub fn has_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Makes an exception the pending one, instead of the one that was.
    pub fn set_pending(&mut self, exception: Exception) {
        self.pending = Some(exception);
    }

    /// Throws the pending exception where the guest of [`Exit::Host`] calls the host function. If a frame of the activation catches it, it
    /// is no longer pending, and [`Machine::run`] goes on there; otherwise nothing changes.
    #[cold]
    pub fn throw_pending(&mut self) -> bool {
        if self.current.state != State::Host {
            return false;
        }
        let Some(Exception { tag, carried }) = self.pending.take() else { return false };
        let frame = Place {
            ctx: self.current.ctx,
            fp: self.current.fp,
            site: self.current.ip.wrapping_sub(1),
            crossings: self.crossings.len(),
        };
        let Some(found) = self.find_handler(tag, frame) else {
            self.pending = Some(Exception { tag, carried });
            return false;
        };
        let to = self.carried_at(&found, carried.len());
        let taken = &carried[..to.len()];
        self.stack.as_mut_slice()[to].copy_from_slice(taken);
        self.land(&found);
        self.current.state = State::Landed;
        true
    }

    /// Serves a statement that throws.
    pub(super) fn throw(&mut self, reason: Suspend, m: Regs) -> Result<Next, TrapCode> {
        self.commit();
        if reason == Suspend::ThrowRef {
            // There are no references to exceptions but null.
            self.current.ip = m.ip.wrapping_add(WORD + stmt::ThrowRef::LEN - 1);
            return Err(TrapCode::NullReference);
        }
        // SAFETY: the instruction at `ip` is this statement.
        let (tag, len, src) = unsafe {
            let tag = stmt::Throw::tag(&m, WORD);
            (tag, stmt::Throw::len(&m, WORD), stmt::Throw::src(&m, WORD))
        };
        let tag = self.instances[self.instance_of(m.ctx) as usize].tags[tag as usize];
        let from = slot_index(self.stack.base, src);
        let carried = from..from + usize::from(len);
        let (fp, crossings) = (self.current.fp, self.crossings.len());
        let Some(found) = self.find_handler(tag, Place { ctx: m.ctx, fp, site: m.ip, crossings })
        else {
            let carried = self.stack.as_slice()[carried].into();
            self.pending = Some(Exception { tag, carried });
            // The last byte of the statement stands for it.
            self.current.ip = m.ip.wrapping_add(WORD + stmt::Throw::LEN - 1);
            self.current.state = State::Trapped;
            return Ok(Next::Stop(Exit::Thrown));
        };
        let to = self.carried_at(&found, carried.len());
        self.stack.as_mut_slice().copy_within(from..from + to.len(), to.start);
        self.land(&found);
        Ok(self.landed())
    }

    /// Where in the value stack the handler expects what the exception carries, which takes so many slots. One for any exception
    /// expects nothing.
    fn carried_at(&self, found: &Found, slots: usize) -> Range<usize> {
        let to = found.frame.fp + usize::from(found.route.to) - HEADER;
        if found.clause.tag == ANY_TAG { to..to } else { to..to + slots }
    }

    /// Goes to a handler.
    fn land(&mut self, found: &Found) {
        let Found { frame, clause, route } = found;
        if clause.reference != NO_SLOT {
            self.stack.as_mut_slice()[frame.fp + usize::from(clause.reference) - HEADER] = 0;
        }
        self.crossings.truncate(frame.crossings);
        self.current.ctx = frame.ctx;
        self.current.fp = frame.fp;
        self.current.ip = route.target as *const u8;
        self.current.area_len = 0;
        self.current.state = State::Ready;
        self.resume(true);
        self.meter.counter += i64::from(route.charge);
    }

    /// At a handler: a check point, for the way there may be one back in a loop.
    pub(super) fn landed(&mut self) -> Next {
        if self.meter.is_due() { self.target_reached() } else { Next::Run }
    }

    /// The handler of an exception with this tag that comes out of a frame of the current activation.
    fn find_handler(&mut self, tag: TagId, mut frame: Place) -> Option<Found> {
        let mut searched = Searched::default();
        loop {
            let instance = self.instance_of(frame.ctx);
            let code = &self.instances[instance as usize].code;
            let (func, mut range) = self.known_sites.get(frame.site, || {
                let (func, code) = code.find(frame.site).expect("a site is in a function");
                let at = frame.site as usize - code.start();
                (func, code.handlers().map_or(NO_RANGE, |handlers| handlers.range_at(at as u32)))
            });
            while range != NO_RANGE {
                let own = (instance, func, range);
                if searched.contains(own) {
                    break;
                }
                let function = code.func(func).expect("it has been running");
                let handlers = function.handlers().expect("it has a range");
                if let Some(clause) = self.clause(instance, handlers, range, tag) {
                    let route = function.routes()[clause.route as usize];
                    return Some(Found { frame, clause, route });
                }
                searched.add(own, handlers.clauses(range).len());
                range = handlers.ranges[range as usize].parent;
            }
            frame = self.caller_of(frame)?;
        }
    }

    /// The clause of a range for a tag.
    fn clause(&self, instance: u32, handlers: &Handlers, range: u32, tag: TagId) -> Option<Clause> {
        let tags = &self.instances[instance as usize].tags;
        let catches = |clause: &&Clause| clause.tag == ANY_TAG || tags[clause.tag as usize] == tag;
        handlers.clauses(range).iter().find(catches).copied()
    }

    /// The frame that called the function of another one, if it is of the same activation.
    fn caller_of(&self, mut frame: Place) -> Option<Place> {
        let (mut ip, distance) = unpack_return(self.stack.as_slice()[frame.fp]);
        if ip == done() {
            return None;
        }
        if ip == crossed() {
            frame.crossings -= 1;
            let caller = self.crossings[frame.crossings];
            (frame.ctx, ip) = (caller.ctx, caller.ip);
        }
        frame.fp -= distance;
        frame.site = ip.wrapping_sub(1);
        Some(frame)
    }
}
