//! Debug information that is sound, against what wasmtime asks (the crate `addr2line`); and such that is not.

use std::path::Path;
use std::println;
use std::time::{Duration, Instant};
use std::vec::Vec;

use gimli::{EndianSlice, LittleEndian};
use wasmparser::{Parser, Payload};

use super::{DebugInfo, FrameSymbol};
use crate::Result;

const GUEST: &[u8] = include_bytes!("../../tests/debug/guest.wasm");

/// Sections with their names.
type Sections<'a> = Vec<(&'a str, &'a [u8])>;

/// The debug sections of a module, and the addresses of its instructions.
fn parse(bytes: &[u8]) -> Result<(Sections<'_>, Vec<u64>)> {
    let (mut sections, mut addresses, mut code) = (Vec::new(), Vec::new(), 0);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::CodeSectionStart { unchecked_range, .. } => code = unchecked_range.start,
            Payload::CodeSectionEntry(body) => {
                let mut operators = body.get_operators_reader()?;
                while !operators.eof() {
                    addresses.push(operators.original_position() - code);
                    operators.read()?;
                }
            }
            Payload::CustomSection(section) => sections.push((section.name(), section.data())),
            _ => {}
        }
    }
    sections.retain(|(name, _)| name.starts_with(".debug_"));
    Ok((sections, addresses))
}

fn debug_info(sections: &[(&str, &[u8])]) -> DebugInfo {
    let mut info = DebugInfo::default();
    sections.iter().for_each(|(name, data)| info.add_section(name, data));
    info
}

/// Compares the symbols of all instructions of a module; how many there are.
fn compare(bytes: &[u8]) -> Result<usize> {
    let (sections, addresses) = parse(bytes)?;
    let dwarf = gimli::Dwarf::load(|id| {
        let section = sections.iter().find(|(name, _)| *name == id.name());
        let data = section.map_or(&[][..], |section| section.1);
        Ok::<_, gimli::Error>(EndianSlice::new(data, LittleEndian))
    })?;
    let context = addr2line::Context::from_dwarf(dwarf)?;
    for (address, found) in addresses.iter().zip(debug_info(&sections).look_up(&addresses)) {
        let mut frames = context.find_frames(*address).skip_all_loads()?;
        let mut expected = Vec::new();
        while let Some(frame) = frames.next()? {
            let place = frame.location.as_ref();
            expected.push(FrameSymbol {
                name: frame.function.as_ref().and_then(|f| Some(f.raw_name().ok()?.into())),
                file: place.and_then(|place| Some(place.file?.into())),
                line: place.and_then(|place| place.line),
                column: place.and_then(|place| place.column),
            });
        }
        assert_eq!(*found, *expected, "at address {address:#x}");
    }
    Ok(addresses.len())
}

/// Of the guest, and of the modules whose paths are in `WASMOTE_DEBUG_MODULES`.
#[test]
fn every_instruction_has_the_symbols_that_addr2line_tells() -> Result<()> {
    assert!(compare(GUEST)? > 20);
    let more = std::env::var_os("WASMOTE_DEBUG_MODULES").unwrap_or_default();
    for path in std::env::split_paths(&more).filter(|path| path != Path::new("")) {
        println!("{}: {} addresses", path.display(), compare(&std::fs::read(&path)?)?);
    }
    Ok(())
}

/// Nothing is told, or something else; what there is to see is that it comes to an end.
#[test]
fn debug_information_may_be_damaged() -> Result<()> {
    let (sections, addresses) = parse(GUEST)?;
    for number in 0..sections.len() {
        let (name, data) = sections[number];
        for at in 0..data.len() {
            let damaged = |damage: &dyn Fn(&mut Vec<u8>)| {
                let mut data = data.to_vec();
                damage(&mut data);
                let mut sections = sections.clone();
                sections[number] = (name, &data);
                let symbols = debug_info(&sections).look_up(&addresses);
                assert_eq!(symbols.len(), addresses.len());
            };
            damaged(&|data| data.truncate(at));
            for byte in [0, 0x7f, 0x80, 0xff] {
                damaged(&|data| data[at] = byte);
                let end = data.len().min(at + 8);
                damaged(&|data| data[at..end].fill(byte));
            }
        }
    }
    Ok(())
}

/// An abbreviation table: a unit with a line program, a function, an inlined one.
const ABBREVIATIONS: &[u8] = &[
    1, 0x11, 1, 0x10, 0x17, 0,
    0, // DW_TAG_compile_unit with children, DW_AT_stmt_list DW_FORM_sec_offset
    2, 0x2e, 1, 0x11, 1, 0x12, 6, 0,
    0, // DW_TAG_subprogram, DW_AT_low_pc addr, DW_AT_high_pc data4
    3, 0x1d, 1, 0x11, 1, 0x12, 6, 0, 0, // DW_TAG_inlined_subroutine, the same
    0,
];

/// A unit of `.debug_info` with these entries.
fn unit(entries: &[u8]) -> Vec<u8> {
    let mut unit = Vec::from((entries.len() as u32 + 7 + 5).to_le_bytes());
    unit.extend([4, 0, 0, 0, 0, 0, 4]); // version, place of the abbreviations, size of an address
    unit.extend([1, 0, 0, 0, 0]);
    unit.extend(entries);
    unit
}

/// A line program of `len` rows.
fn line_program(len: usize) -> Vec<u8> {
    let header = [1, 1, 1, 0, 14, 1, 0, 0];
    let opcodes = core::iter::repeat_n(0x10, len);
    let mut program = Vec::from((2 + 4 + header.len() as u32 + len as u32).to_le_bytes());
    program.extend([4, 0]);
    program.extend((header.len() as u32).to_le_bytes());
    program.extend(header);
    program.extend(opcodes);
    program
}

#[track_caller]
fn in_time<R>(run: impl FnOnce() -> R) -> R {
    let start = Instant::now();
    let result = run();
    assert!(start.elapsed() < Duration::from_secs(10), "it took {:?}", start.elapsed());
    result
}

#[test]
fn units_that_share_a_line_program_do_not_cost_it_each() {
    let info: Vec<u8> = (0..20_000).flat_map(|_| unit(&[])).collect();
    let lines = line_program(200_000);
    let sections =
        [(".debug_abbrev", ABBREVIATIONS), (".debug_info", &info), (".debug_line", &lines)];
    let info = debug_info(&sections);
    in_time(|| info.look_up(&[u64::MAX / 2]));
    // It is a program that tells lines.
    assert_eq!(info.look_up(&[0x10])[0][0].line(), Some(17));
}

#[test]
fn functions_may_be_inlined_into_each_other_a_million_times() {
    let entry = |abbreviation| [abbreviation, 0, 0, 0, 0, 100, 0, 0, 0];
    let inlined = core::iter::repeat_n(entry(3), 1_000_000);
    let entries: Vec<u8> = [entry(2)].into_iter().chain(inlined).flatten().collect();
    let info = unit(&entries);
    let lines = line_program(1);
    let sections =
        [(".debug_abbrev", ABBREVIATIONS), (".debug_info", &info), (".debug_line", &lines)];
    let symbols = in_time(|| debug_info(&sections).look_up(&[1, 2, 3]));
    assert_eq!(symbols[0].len(), 1 + super::dwarf::MAX_INLINED);
}

#[test]
fn attributes_that_take_no_bytes_are_not_free() {
    // DW_TAG_subprogram with DW_AT_external, DW_FORM_flag_present, again and again.
    let mut abbreviations = Vec::from(&ABBREVIATIONS[..ABBREVIATIONS.len() - 1]);
    abbreviations.extend([4, 0x2e, 0]);
    abbreviations.extend([0x3f, 0x19].repeat(100_000));
    abbreviations.extend([0, 0, 0]);
    let info = unit(&[4; 100_000]);
    let sections = [(".debug_abbrev", &abbreviations[..]), (".debug_info", &info)];
    in_time(|| debug_info(&sections).look_up(&[1]));
}
