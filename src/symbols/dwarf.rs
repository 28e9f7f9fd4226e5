//! Functions and lines by address, from the DWARF sections of a module.
//!
//! All addresses are looked up in one pass over the units, which keeps nothing of what it has read: neither time nor
//! memory depends on what the sections pretend to contain. What is malformed ends the search in its unit; what was found
//! by then counts.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use gimli::{
    AttributeValue, ColumnType, DebuggingInformationEntry, Reader, Result, SectionId, UnitOffset,
    constants as dw,
};

use super::FrameSymbol;
use super::reader::{Budget, Bytes};

type Dwarf<'a> = gimli::Dwarf<Bytes<'a>>;
type Unit<'a> = gimli::Unit<Bytes<'a>>;
type Entry<'a> = DebuggingInformationEntry<Bytes<'a>>;

/// How many functions inlined into each other are told.
pub(super) const MAX_INLINED: usize = 64;

/// How many references from function to function are followed for a name.
const MAX_REFERENCES: usize = 16;

/// The sections that a lookup needs.
const NEEDED: &[SectionId] = &[
    SectionId::DebugAbbrev,
    SectionId::DebugAddr,
    SectionId::DebugInfo,
    SectionId::DebugLine,
    SectionId::DebugLineStr,
    SectionId::DebugRanges,
    SectionId::DebugRngLists,
    SectionId::DebugStr,
    SectionId::DebugStrOffsets,
];

/// The debug information that is kept of a module.
#[derive(Debug, Default)]
pub(crate) struct DebugInfo {
    sections: Vec<(SectionId, Box<[u8]>)>,
}

impl DebugInfo {
    /// Keeps a copy of a custom section, if it is of use. There should be one of a name at most; the last counts.
    pub(crate) fn add_section(&mut self, name: &str, data: &[u8]) {
        let Some(id) = NEEDED.iter().find(|id| id.name() == name) else {
            return;
        };
        self.sections.retain(|(other, _)| other != id);
        self.sections.push((*id, data.into()));
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    /// What is at addresses, which are offsets in the code section: for each the innermost function first, then those that
    /// it is inlined into.
    pub(crate) fn look_up(&self, addresses: &[u64]) -> Vec<Box<[FrameSymbol]>> {
        let mut sorted = addresses.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let mut probes: Vec<_> = sorted.iter().copied().map(Probe::new).collect();
        let size: usize = self.sections.iter().map(|(_, data)| data.len()).sum();
        // Sound sections take about a step a byte; what is told of an address, one for each character of names and paths.
        let budget = Budget::new(4 * size + (16 << 10) * probes.len());
        // An error means that the rest of the units cannot be found, or not be afforded.
        let _ = self.search(&mut probes, &budget);
        let symbols: Vec<_> = probes.into_iter().map(|probe| probe.found).collect();
        let find = |address| sorted.binary_search(address).expect("it was looked up");
        addresses.iter().map(|address| symbols[find(address)].clone()).collect()
    }

    fn search(&self, probes: &mut [Probe], budget: &Budget) -> Result<()> {
        let dwarf = Dwarf::load(|id| {
            let section = self.sections.iter().find(|(other, _)| *other == id);
            Ok::<_, gimli::Error>(Bytes::new(section.map_or(&[], |(_, data)| data), budget))
        })?;
        let mut units = dwarf.units();
        while let Some(header) = units.next()? {
            if let Ok(unit) = dwarf.unit(header) {
                let _ = Search { dwarf: &dwarf, unit: &unit, budget }.unit(probes);
            }
            if probes.iter().all(|probe| !probe.found.is_empty()) {
                break;
            }
        }
        Ok(())
    }
}

/// An address that is looked up.
struct Probe {
    address: u64,
    /// The function that is there and those inlined into it, the outermost first.
    functions: Vec<Function>,
    /// The function's entry has ended.
    complete: bool,
    /// What the line table says.
    place: Option<Place>,
    found: Box<[FrameSymbol]>,
}

impl Probe {
    fn new(address: u64) -> Probe {
        let found = Box::default();
        Probe { address, functions: Vec::new(), complete: false, place: None, found }
    }
}

#[derive(Default)]
struct Function {
    name: Option<Box<str>>,
    /// Where it is called that is inlined.
    call: Place,
}

#[derive(Clone, Copy, Default)]
struct Place {
    file: Option<u64>,
    line: Option<u32>,
    column: Option<u32>,
}

/// Which of the probes, that are sorted, lie in a range.
fn within(probes: &[Probe], begin: u64, end: u64) -> Range<usize> {
    let from = probes.partition_point(|probe| probe.address < begin);
    let to = probes.partition_point(|probe| probe.address < end);
    from..to.max(from)
}

/// A search in a unit.
struct Search<'d, 'a> {
    dwarf: &'d Dwarf<'a>,
    unit: &'d Unit<'a>,
    budget: &'a Budget,
}

impl<'a> Search<'_, 'a> {
    /// Finds what the unit says of those probes of which nothing is known yet.
    fn unit(&self, probes: &mut [Probe]) -> Result<()> {
        if !self.concerns(probes)? {
            return Ok(());
        }
        let functions = self.functions(probes);
        let lines = self.lines(probes);
        for probe in probes.iter_mut() {
            self.budget.spend(1)?;
            let functions = mem::take(&mut probe.functions);
            let place = probe.place.take();
            probe.complete = false;
            if probe.found.is_empty() && !(functions.is_empty() && place.is_none()) {
                probe.found = self.symbols(functions, place.unwrap_or_default())?;
            }
        }
        functions.and(lines)
    }

    /// Whether a probe of which nothing is known may lie in the unit.
    fn concerns(&self, probes: &[Probe]) -> Result<bool> {
        let mut entries = self.unit.entries();
        let Some(root) = entries.next_dfs()? else {
            return Ok(false);
        };
        let (mut any, mut concerns) = (false, false);
        self.ranges(root, |begin, end| {
            any = true;
            let probes = &probes[within(probes, begin, end)];
            self.budget.spend(probes.len())?;
            concerns |= probes.iter().any(|probe| probe.found.is_empty());
            Ok(())
        })?;
        // A unit that does not say where it is may be anywhere.
        Ok(concerns || !any)
    }

    /// Calls `each` with the ranges of addresses of an entry that are not empty.
    fn ranges(
        &self,
        entry: &Entry<'a>,
        mut each: impl FnMut(u64, u64) -> Result<()>,
    ) -> Result<()> {
        let (mut low, mut high, mut size, mut list) = (None, None, None, None);
        for attr in entry.attrs() {
            match (attr.name(), attr.value()) {
                (dw::DW_AT_low_pc, value) => low = self.dwarf.attr_address(self.unit, value)?,
                (dw::DW_AT_high_pc, AttributeValue::Udata(value)) => size = Some(value),
                (dw::DW_AT_high_pc, value) => high = self.dwarf.attr_address(self.unit, value)?,
                (dw::DW_AT_ranges, value) => list = self.dwarf.attr_ranges(self.unit, value)?,
                _ => {}
            }
        }
        if let Some(mut list) = list {
            while let Some(range) = list.next()? {
                if range.begin < range.end {
                    each(range.begin, range.end)?;
                }
            }
        } else if let Some(begin) = low
            && let Some(end) = high.or_else(|| begin.checked_add(size?))
            && begin < end
        {
            each(begin, end)?;
        }
        Ok(())
    }

    /// Finds the functions of the probes.
    fn functions(&self, probes: &mut [Probe]) -> Result<()> {
        let mut entries = self.unit.entries();
        // The probes in whose functions the entries are, with the depths of these, which only rise.
        let mut open: Vec<(usize, isize)> = Vec::new();
        while let Some(entry) = entries.next_dfs()? {
            // There are attributes that take no bytes.
            self.budget.spend(entry.attrs().len())?;
            let depth = entry.depth();
            while let Some((at, _)) = open.pop_if(|(_, function)| *function >= depth) {
                probes[at].complete = true;
            }
            let inlined = match entry.tag() {
                dw::DW_TAG_subprogram => false,
                dw::DW_TAG_inlined_subroutine => true,
                _ => continue,
            };
            let mut function = None;
            self.ranges(entry, |begin, end| {
                let range = within(probes, begin, end);
                self.budget.spend(range.len())?;
                for at in range {
                    let probe = &mut probes[at];
                    let known = !probe.found.is_empty() || probe.complete;
                    if known
                        || inlined == probe.functions.is_empty()
                        || probe.functions.len() > MAX_INLINED
                    {
                        continue;
                    }
                    if function.is_none() {
                        function = Some(self.function(entry)?);
                    }
                    if let Some(Function { name, call }) = &function {
                        self.budget.spend(name.as_ref().map_or(0, |name| name.len()))?;
                        probe.functions.push(Function { name: name.clone(), call: *call });
                        if !inlined {
                            open.push((at, depth));
                        }
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// The function of an entry.
    fn function(&self, entry: &Entry<'a>) -> Result<Function> {
        let mut call = Place::default();
        for attr in entry.attrs() {
            let number = || attr.udata_value().map(|n| n as u32).filter(|n| *n != 0);
            match attr.name() {
                dw::DW_AT_call_file => {
                    // Before version 5 number 0 means no file.
                    if let AttributeValue::FileIndex(file) = attr.value()
                        && (file > 0 || self.unit.header.version() >= 5)
                    {
                        call.file = Some(file);
                    }
                }
                dw::DW_AT_call_line => call.line = number(),
                dw::DW_AT_call_column => call.column = number(),
                _ => {}
            }
        }
        let name = self.name(entry, MAX_REFERENCES)?;
        Ok(Function { name, call })
    }

    /// The name of the function of an entry, the mangled one if there is one, or of the entry that it refers to.
    fn name(&self, entry: &Entry<'a>, references: usize) -> Result<Option<Box<str>>> {
        let name = [dw::DW_AT_linkage_name, dw::DW_AT_MIPS_linkage_name, dw::DW_AT_name]
            .iter()
            .filter_map(|name| entry.attr_value(*name))
            .find_map(|value| self.dwarf.attr_string(self.unit, value).ok());
        if let Some(name) = name {
            return Ok(Some(name.to_string_lossy()?.into()));
        }
        let other = [dw::DW_AT_abstract_origin, dw::DW_AT_specification]
            .iter()
            .find_map(|name| entry.attr_value(*name));
        match other {
            _ if references == 0 => Ok(None),
            Some(AttributeValue::UnitRef(offset)) => self.name_at(offset, references),
            Some(AttributeValue::DebugInfoRef(offset)) => {
                let mut units = self.dwarf.units();
                while let Some(header) = units.next()? {
                    if let Some(offset) = offset.to_unit_offset(&header) {
                        let unit = self.dwarf.unit(header)?;
                        let search = Search { dwarf: self.dwarf, unit: &unit, budget: self.budget };
                        return search.name_at(offset, references);
                    }
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn name_at(&self, offset: UnitOffset, references: usize) -> Result<Option<Box<str>>> {
        self.name(&self.unit.entry(offset)?, references - 1)
    }

    /// Finds the lines of the probes.
    fn lines(&self, probes: &mut [Probe]) -> Result<()> {
        let Some(program) = self.unit.line_program.clone() else {
            return Ok(());
        };
        let mut rows = program.rows();
        let mut last: Option<(u64, Place)> = None;
        while let Some((_, row)) = rows.next_row()? {
            self.budget.spend(1)?;
            let address = row.address();
            if let Some((begin, place)) = last {
                let range = within(probes, begin, address);
                self.budget.spend(range.len())?;
                for probe in &mut probes[range] {
                    probe.place.get_or_insert(place);
                }
            }
            let line = row.line().map(|line| line.get() as u32).filter(|line| *line != 0);
            let column = match row.column() {
                ColumnType::LeftEdge => 0,
                ColumnType::Column(column) => column.get() as u32,
            };
            let place = Place { file: Some(row.file_index()), line, column: line.map(|_| column) };
            last = (!row.end_sequence()).then_some((address, place));
        }
        Ok(())
    }

    /// What is told of a probe.
    fn symbols(&self, functions: Vec<Function>, mut place: Place) -> Result<Box<[FrameSymbol]>> {
        let symbol = |name, place: Place| {
            let file = match place.file {
                Some(file) => self.file(file)?,
                None => None,
            };
            Ok(FrameSymbol { name, file, line: place.line, column: place.column })
        };
        if functions.is_empty() {
            return Ok([symbol(None, place)?].into());
        }
        let functions = functions.into_iter().rev();
        functions
            .map(|function| symbol(function.name, mem::replace(&mut place, function.call)))
            .collect()
    }

    /// The path of a file of the unit's line program.
    fn file(&self, file: u64) -> Result<Option<Box<str>>> {
        let Some(header) = self.unit.line_program.as_ref().map(|program| program.header()) else {
            return Ok(None);
        };
        let Some(file) = header.file(file) else {
            return Ok(None);
        };
        let mut path = match &self.unit.comp_dir {
            Some(dir) => dir.to_string_lossy()?.into_owned(),
            None => String::new(),
        };
        let mut push = |value| {
            let part = self.dwarf.attr_string(self.unit, value)?;
            push(&mut path, &part.to_string_lossy()?);
            Ok::<_, gimli::Error>(())
        };
        // Directory 0 is that of the unit.
        if file.directory_index() != 0
            && let Some(dir) = file.directory(header)
        {
            push(dir)?;
        }
        push(file.path_name())?;
        Ok(Some(path.into()))
    }
}

/// Adds what may be relative to a path, as the system does that the path is of.
fn push(path: &mut String, part: &str) {
    let is_windows = |path: &str| path.starts_with('\\') || path.get(1..3) == Some(":\\");
    if part.starts_with('/') || part.get(1..3) == Some(":/") || is_windows(part) {
        *path = part.to_owned();
        return;
    }
    let separator = if is_windows(path) { '\\' } else { '/' };
    if !path.is_empty() && !path.ends_with(separator) {
        path.push(separator);
    }
    path.push_str(part);
}
