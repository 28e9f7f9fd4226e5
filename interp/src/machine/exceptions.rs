//! Exceptions: the search for the clause that catches one, and the way there.
//!
//! The search goes from frame to frame as a backtrace does, and asks the code of each what is caught where it was left. Nothing
//! changes before a clause is found: an exception that nobody catches still has its backtrace. Then the frames above are gone at
//! once, what the exception carries is moved, and the guest goes on. An exception becomes an object only if somebody keeps a
//! reference to it. At the end of an activation it is *pending*: the embedder takes it, or has the guest below search on
//! ([`Machine::throw_pending`]).
//!
//! What the search has found out is kept: where it was for the code around a site ([`KnownSites`]), and, in a long search, which
//! ranges have no clause for the tag. So it takes time by how many frames and clauses there are, not by their product.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use core::ops::Range;

use super::activation::State;
use super::run::{Exit, Next, NoRoom, slot_index};
use super::{Machine, TagId};
use crate::code::catches::{ANY_TAG, Catches, Clause, NO_RANGE, NO_SLOT};
use crate::code::{crossed, done};
use crate::exec::statements as stmt;
use crate::exec::{Regs, Route, Suspend, unpack_return};
use crate::isa::operand::{HEADER, WORD};
use crate::runtime::Context;
use crate::wasm::{FuncSig, Kind, Layout, Storage, TrapCode};

/// An exception on its way.
enum Thrown {
    /// It is no object yet: what it carries lies in the value stack. `index` is that of its tag in the instance.
    Slots {
        instance: u32,
        index: u32,
        carried: Range<usize>,
    },
    Object(u32),
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

/// A frame on the way from an exception to where it is caught.
#[derive(Clone, Copy)]
struct Place {
    ctx: *mut Context,
    fp: usize,
    site: *const u8,
    /// How many crossings there are below it.
    crossings: usize,
}

/// Where an exception is caught.
struct Found {
    frame: Place,
    clause: Clause,
    route: Route,
}

/// Exceptions as objects.
impl Machine {
    /// An exception with a tag, whose type this is, and with as many values.
    ///
    /// # Errors
    /// If the heap has no room for it.
    pub fn exception_new(
        &mut self,
        tag: TagId,
        sig: FuncSig<'_>,
        carried: &[[u64; 2]],
    ) -> Result<u32, NoRoom> {
        let descriptor = self.exception_descriptor(sig);
        let exception = self.heap_new(descriptor, tag.0)?;
        for ((offset, kind), &value) in fields(sig).zip(carried) {
            self.heap_set(exception, offset, Storage::Value(kind), value);
        }
        Ok(exception)
    }

    /// The tag of an exception.
    ///
    /// # Panics
    /// If it is null.
    pub fn exception_tag(&self, exception: u32) -> TagId {
        TagId((self.heap_header(exception).expect("no exception") >> 32) as u32)
    }

    /// What an exception carries, whose tag has this type.
    pub fn exception_fields(
        &self,
        exception: u32,
        sig: FuncSig<'_>,
    ) -> impl Iterator<Item = [u64; 2]> {
        fields(sig).map(move |(offset, kind)| {
            self.heap_get(exception, offset, Storage::Value(kind), false)
        })
    }

    /// The object that an exception is, made if it is none yet.
    fn object(&mut self, thrown: &Thrown) -> Result<u32, NoRoom> {
        let (instance, index, carried) = match thrown {
            Thrown::Object(object) => return Ok(*object),
            Thrown::Slots { instance, index, carried } => (*instance, *index, carried),
        };
        let instance = &self.instances[instance as usize];
        let (code, tag) = (instance.code.clone(), instance.tags[index as usize]);
        let sig = code.info().tag_sig(index);
        let descriptor = self.exception_descriptor(sig);
        self.heap_window_for_guest(size(sig).into())?;
        let exception = self.heap_new(descriptor, tag.0)?;
        let mut at = carried.start;
        for (offset, kind) in fields(sig) {
            let slots = &self.stack.as_slice()[at..at + kind.slots() as usize];
            let value = [slots[0], slots.get(1).copied().unwrap_or(0)];
            self.heap_set(exception, offset, Storage::Value(kind), value);
            at += kind.slots() as usize;
        }
        Ok(exception)
    }

    /// The pending exception, which is none any more: the last one that left a guest, unless it was taken.
    pub fn take_pending(&mut self) -> Option<u32> {
        Some(core::mem::take(&mut self.pending) as u32).filter(|exception| *exception != 0)
    }

    /// Whether there is a pending exception.
    pub fn has_pending(&self) -> bool {
        self.pending != 0
    }

    /// Makes an exception the pending one, instead of the one that was.
    pub fn set_pending(&mut self, exception: u32) {
        self.pending = exception.into();
    }
}

/// The offsets and kinds of what an exception carries.
fn fields(sig: FuncSig<'_>) -> impl Iterator<Item = (u32, Kind)> {
    let mut layout = Layout::default();
    sig.params.iter().map(move |&kind| (layout.add(Storage::Value(kind)), kind))
}

/// How many bytes an exception takes.
fn size(sig: FuncSig<'_>) -> u32 {
    let mut layout = Layout::default();
    for &kind in sig.params {
        layout.add(Storage::Value(kind));
    }
    layout.size()
}

impl Machine {
    /// Throws the pending exception where the guest of [`Exit::Host`] calls the host function. If a frame of the activation
    /// catches it, it is no longer pending, and [`Machine::run`] goes on there; otherwise nothing changes.
    #[cold]
    pub fn throw_pending(&mut self) -> bool {
        if self.current.state != State::Host || self.pending == 0 {
            return false;
        }
        let exception = self.pending as u32;
        let frame = Place {
            ctx: self.current.ctx,
            fp: self.current.fp,
            site: self.current.ip.wrapping_sub(1),
            crossings: self.crossings.len(),
        };
        let Some(found) = self.find_catch(self.exception_tag(exception), frame) else {
            return false;
        };
        self.pending = 0;
        self.land(&found, &Thrown::Object(exception), exception);
        self.current.state = State::Landed;
        true
    }

    /// Serves a statement that throws.
    pub(super) fn throw(&mut self, reason: Suspend, m: Regs) -> Result<Next, TrapCode> {
        self.commit();
        let instance = self.instance_of(m.ctx);
        // SAFETY: the instruction at `ip` is the statement.
        let (thrown, tag, len) = unsafe {
            if reason == Suspend::ThrowRef {
                let exception = *stmt::ThrowRef::exception(&m, WORD) as u32;
                let tag = self.heap_header(exception).map(|header| TagId((header >> 32) as u32));
                (Thrown::Object(exception), tag, stmt::ThrowRef::LEN)
            } else {
                let index = stmt::Throw::tag(&m, WORD);
                let from = slot_index(self.stack.base, stmt::Throw::src(&m, WORD));
                let carried = from..from + usize::from(stmt::Throw::len(&m, WORD));
                let tag = self.instances[instance as usize].tags[index as usize];
                (Thrown::Slots { instance, index, carried }, Some(tag), stmt::Throw::LEN)
            }
        };
        // The last byte of the statement stands for it.
        let site = m.ip.wrapping_add(WORD + len - 1);
        let Some(tag) = tag else {
            self.current.ip = site;
            return Err(TrapCode::NullReference);
        };
        let (fp, crossings) = (self.current.fp, self.crossings.len());
        let found = self.find_catch(tag, Place { ctx: m.ctx, fp, site, crossings });
        let mut object = 0;
        if found.as_ref().is_none_or(|found| found.clause.kept) {
            object = match self.object(&thrown) {
                Ok(object) => object,
                // The statement runs again.
                Err(NoRoom::Bytes(bytes)) => return Ok(Next::Stop(Exit::Collect { bytes })),
                Err(NoRoom::TooLarge) => {
                    self.current.ip = site;
                    return Err(TrapCode::AllocationTooLarge);
                }
            };
        }
        let Some(found) = found else {
            self.pending = object.into();
            self.current.ip = site;
            self.current.state = State::Trapped;
            return Ok(Next::Stop(Exit::Thrown));
        };
        self.land(&found, &thrown, object);
        Ok(self.landed())
    }

    /// Moves what an exception carries to where the clause's target expects it. One for any exception expects nothing.
    fn deliver(&mut self, found: &Found, thrown: &Thrown) {
        let Found { frame, clause, route } = found;
        if clause.tag == ANY_TAG {
            return;
        }
        let mut to = frame.fp + usize::from(route.to) - HEADER;
        match thrown {
            Thrown::Slots { carried, .. } => {
                self.stack.as_mut_slice().copy_within(carried.clone(), to)
            }
            Thrown::Object(exception) => {
                let code = self.instances[self.instance_of(frame.ctx) as usize].code.clone();
                for (offset, kind) in fields(code.info().tag_sig(clause.tag)) {
                    let value = self.heap_get(*exception, offset, Storage::Value(kind), false);
                    let slots = kind.slots() as usize;
                    self.stack.as_mut_slice()[to..to + slots].copy_from_slice(&value[..slots]);
                    to += slots;
                }
            }
        }
    }

    /// Goes to where an exception is caught, which is an object if that is kept.
    fn land(&mut self, found: &Found, thrown: &Thrown, object: u32) {
        self.deliver(found, thrown);
        let Found { frame, clause, route } = found;
        if clause.reference != NO_SLOT {
            let reference = if clause.kept { object.into() } else { 0 };
            self.stack.as_mut_slice()[frame.fp + usize::from(clause.reference) - HEADER] =
                reference;
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

    /// Where an exception is caught: a check point, for the way there may be one back in a loop.
    pub(super) fn landed(&mut self) -> Next {
        if self.meter.is_due() { self.catch_reached() } else { Next::Run }
    }

    /// Where an exception with this tag is caught that comes out of a frame of the current activation.
    fn find_catch(&mut self, tag: TagId, mut frame: Place) -> Option<Found> {
        let mut searched = Searched::default();
        loop {
            let instance = self.instance_of(frame.ctx);
            let code = &self.instances[instance as usize].code;
            let (func, mut range) = self.known_sites.get(frame.site, || {
                let (func, code) = code.find(frame.site).expect("a site is in a function");
                let at = frame.site as usize - code.start();
                (func, code.catches().map_or(NO_RANGE, |catches| catches.range_at(at as u32)))
            });
            while range != NO_RANGE {
                let own = (instance, func, range);
                if searched.contains(own) {
                    break;
                }
                let function = code.func(func).expect("it has been running");
                let catches = function.catches().expect("it has a range");
                if let Some(clause) = self.clause(instance, catches, range, tag) {
                    let route = function.routes()[clause.route as usize];
                    return Some(Found { frame, clause, route });
                }
                searched.add(own, catches.clauses(range).len());
                range = catches.ranges[range as usize].parent;
            }
            frame = self.caller_of(frame)?;
        }
    }

    /// The clause of a range for a tag.
    fn clause(&self, instance: u32, catches: &Catches, range: u32, tag: TagId) -> Option<Clause> {
        let tags = &self.instances[instance as usize].tags;
        let has_tag = |clause: &&Clause| clause.tag == ANY_TAG || tags[clause.tag as usize] == tag;
        catches.clauses(range).iter().find(has_tag).copied()
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
