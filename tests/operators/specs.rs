//! The operators under test: on what operands, on which memory or table, with what around them.

use super::code::*;
use super::machine::meaning;
use super::meaning::Meaning;
use super::module::*;
use super::table::{Imm, Ins, Op, Ty, V};

/// Stands for a local in the code of a [`Spec`].
pub(crate) const SCRATCH: u32 = u32::MAX;
/// What values an operand has.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Role {
    /// Any of its type.
    Any,
    /// An address in a memory of so many bytes.
    Address(u128),
    /// How much to do, and where, of so much.
    Piece(u128),
    /// Of a growth.
    Delta,
    Timeout,
    /// Of a branch among so many.
    Choice(u128),
}

/// An operator under test with what it needs around it.
#[derive(Clone)]
pub(crate) struct Spec {
    pub(crate) name: String,
    pub(crate) op: Ins,
    pub(crate) params: Vec<(Ty, Role)>,
    pub(crate) results: Vec<Ty>,
    /// The blocks around operands and operator, inner ones first: what they result in, and what follows the block.
    pub(crate) around: Vec<(Vec<Ty>, Vec<Ins>)>,
    /// It ends the function, with its own results.
    pub(crate) ends: bool,
    /// Memories or tables are to be looked at afterwards.
    pub(crate) effect: bool,
    pub(crate) nan: Option<u32>,
    /// Results that it may have, if it is relaxed.
    pub(crate) choices: u8,
    /// How many combinations are tried, about.
    pub(crate) tried: usize,
}

/// All combinations of two operands, and fewer of what has much in common with others: enough for every pair of places
/// among three operands or two.
const ALL: usize = 640;
const SOME: usize = 240;
const FEW: usize = 96;

/// The operators whose names say what they mean, each on every kind of memory.
fn regular() -> Vec<Spec> {
    let mut all = Vec::new();
    for o in Op::all() {
        let Some(m) = meaning(o) else { continue };
        let scalar = !m.effect && !m.params.contains(&Ty::V128);
        let base = Spec {
            name: o.name().into(),
            op: op(o),
            params: m.params.iter().map(|&ty| (ty, Role::Any)).collect(),
            results: m.results.clone(),
            around: vec![],
            ends: false,
            effect: m.effect && !o.name().contains("load"),
            nan: m.nan,
            choices: if o.name().contains("relaxed") { 4 } else { 1 },
            tried: match scalar {
                true => ALL,
                false => SOME,
            },
        };
        let lane = |n: u32| (0..n as u8).map(move |i| i.wrapping_mul(5) % n as u8);
        match &m.meaning {
            Meaning::Access(bytes, _) => {
                let lanes = if o.name().ends_with("_lane") { 16 / *bytes as u8 } else { 1 };
                for memory in 0..MEMORIES {
                    let offsets: &[u64] = if memory == 0 { &[0, 8, 0xffff] } else { &[0, 16] };
                    for (i, &offset) in offsets.iter().enumerate() {
                        let lane = (memory as u8 * 3 + i as u8) % lanes;
                        let ty = if memory == MEMORY64 { Ty::I64 } else { Ty::I32 };
                        let mut spec = base.clone();
                        if i > 0 || memory > 0 {
                            spec.tried = if m.params.len() > 2 { SOME } else { FEW };
                        } else if !o.name().contains("atomic") {
                            spec.tried = ALL;
                        }
                        spec.name += &format!(" (memory {memory}, offset {offset})");
                        spec.op = Ins::Op(o, Imm::Access { memory, offset, lane });
                        spec.params[0] = (ty, Role::Address(memory_size(memory)));
                        if o.name().contains("atomic_wait") {
                            spec.params[2].1 = Role::Timeout;
                        }
                        all.push(spec);
                    }
                }
            }
            Meaning::Compute(_) if o.name().ends_with("shuffle") => {
                for lanes in [
                    [0, 17, 2, 19, 4, 21, 6, 23, 8, 25, 10, 27, 12, 29, 14, 31],
                    [31, 0, 30, 1, 29, 2, 28, 3, 5, 5, 5, 5, 16, 15, 8, 24],
                ] {
                    all.push(Spec { op: Ins::Op(o, Imm::Lanes(lanes)), ..base.clone() });
                }
            }
            Meaning::Compute(_)
                if o.name().contains("_lane") && !o.name().contains("laneselect") =>
            {
                let n: u32 = o
                    .name()
                    .split_once('_')
                    .and_then(|(s, _)| s.split_once('x')?.1.parse().ok())
                    .unwrap();
                for lane in lane(n).take(3) {
                    all.push(Spec { op: Ins::Op(o, Imm::Lane(lane)), ..base.clone() });
                }
            }
            Meaning::Compute(_) => all.push(base),
        }
    }
    all
}

/// The others.
fn irregular() -> Vec<Spec> {
    let mut all = Vec::new();
    let plain = |name: &str, op: Ins, params: &[(Ty, Role)], results: &[Ty]| Spec {
        name: name.into(),
        op,
        params: params.into(),
        results: results.into(),
        around: vec![],
        ends: false,
        effect: false,
        nan: None,
        choices: 1,
        tried: SOME,
    };
    let any = |types: &[Ty]| types.iter().map(|&ty| (ty, Role::Any)).collect::<Vec<_>>();
    let flag = (Ty::I32, Role::Choice(1));
    let (i, l) = (Ty::I32, Ty::I64);

    for o in [Op::Nop, Op::AtomicFence] {
        all.push(plain(o.name(), op(o), &[], &[]));
    }
    all.push(Spec { ends: true, ..plain("unreachable", op(Op::Unreachable), &any(&[l]), &[]) });
    for ty in Ty::ALL {
        let name = |op: &str| format!("{op} ({ty:?})");
        all.push(plain(&name("drop"), op(Op::Drop), &any(&[ty]), &[]));
        let select =
            if ty.is_ref() { Ins::Op(Op::TypedSelect, Imm::Type(ty)) } else { op(Op::Select) };
        let three = [(ty, Role::Any), (ty, Role::Any), flag];
        all.push(plain(&name("select"), select, &three, &[ty]));
        all.push(plain(
            &name("typed select"),
            Ins::Op(Op::TypedSelect, Imm::Type(ty)),
            &three,
            &[ty],
        ));
        all.push(plain(&name("local.tee"), indexed(Op::LocalTee, SCRATCH), &any(&[ty]), &[ty]));
        let around = vec![(vec![], vec![indexed(Op::LocalGet, SCRATCH)])];
        let set = indexed(Op::LocalSet, SCRATCH);
        all.push(Spec { around, ..plain(&name("local.set"), set, &any(&[ty]), &[ty]) });
        if ty.is_ref() {
            all.push(plain(&name("ref.is_null"), op(Op::RefIsNull), &any(&[ty]), &[i]));
        }
        for g in [4, 5] {
            let set = indexed(Op::GlobalSet, global(ty, g));
            let back = vec![indexed(Op::GlobalGet, global(ty, g))];
            let around = vec![(vec![], back)];
            all.push(Spec { around, ..plain(&name("global.set"), set, &any(&[ty]), &[ty]) });
        }
        // Branches with values.
        let block = |after: Vec<Ins>| vec![(vec![ty], after)];
        all.push(Spec {
            around: block(vec![]),
            ..plain(&name("br"), indexed(Op::Br, 0), &any(&[ty]), &[ty])
        });
        let two = [(ty, Role::Any), flag];
        all.push(Spec {
            around: block(vec![]),
            ..plain(&name("br_if"), indexed(Op::BrIf, 0), &two, &[ty])
        });
        all.push(Spec { ends: true, ..plain(&name("return"), op(Op::Return), &any(&[ty]), &[ty]) });
        let values = [(ty, Role::Any), (l, Role::Any), (i, Role::Choice(2))];
        let nest = |n| match n {
            0 => (vec![ty, l], vec![i64(1), op(Op::I64Xor)]),
            _ => (vec![ty, l], vec![i64(2), op(Op::I64Add)]),
        };
        all.push(Spec {
            around: vec![nest(0), nest(1)],
            ..plain(
                &name("br_table"),
                Ins::Op(Op::BrTable, Imm::Targets(vec![1, 0], 1)),
                &values,
                &[ty, l],
            )
        });
        all.push(Spec {
            around: vec![(vec![ty, l], vec![])],
            ..plain(
                &name("br_if of two"),
                indexed(Op::BrIf, 0),
                &[(ty, Role::Any), (l, Role::Any), flag],
                &[ty, l],
            )
        });
        let sig = (vec![ty], vec![ty]);
        let (then, otherwise) = (vec![], vec![op(Op::Drop), constant(zero(ty))]);
        all.push(plain(&name("if"), Ins::If(sig.clone(), then, otherwise), &two, &[ty]));
        all.push(plain(
            &name("block"),
            Ins::Block(sig.clone(), vec![op(Op::Nop)]),
            &any(&[ty]),
            &[ty],
        ));
        all.push(plain(&name("loop"), Ins::Loop(sig, vec![op(Op::Nop)]), &any(&[ty]), &[ty]));
    }

    // Calls of every form.
    for (i, helper) in helpers().into_iter().enumerate() {
        let (params, results) = helper.ty.clone();
        let name = |op: &str| format!("{op} (function {i})");
        all.push(plain(&name("call"), indexed(Op::Call, i as u32), &any(&params), &results));
        all.push(Spec {
            ends: true,
            ..plain(
                &name("return_call"),
                indexed(Op::ReturnCall, i as u32),
                &any(&params),
                &results,
            )
        });
        if (SUB..SUB + 3).contains(&(i as u32)) {
            for (table, index) in [(CALLED, Ty::I32), (TABLE64, Ty::I64)] {
                let imm = || Imm::Signature(helper.ty.clone(), table);
                let params = [any(&params), vec![(index, Role::Choice(8))]].concat();
                let call = Ins::Op(Op::CallIndirect, imm());
                all.push(plain(&name("call_indirect"), call, &params, &results));
                let call = Ins::Op(Op::ReturnCallIndirect, imm());
                all.push(Spec {
                    ends: true,
                    ..plain(&name("return_call_indirect"), call, &params, &results)
                });
            }
        }
    }

    for m in 0..MEMORIES {
        let ty = if m == MEMORY64 { l } else { i };
        let size = memory_size(m);
        let name = |op: &str| format!("{op} (memory {m})");
        let (at, n) = ((ty, Role::Address(size)), (ty, Role::Piece(64)));
        let effect = |spec| Spec { effect: true, ..spec };
        all.push(plain(&name("memory.size"), indexed(Op::MemorySize, m), &[], &[ty]));
        all.push(effect(plain(
            &name("memory.grow"),
            indexed(Op::MemoryGrow, m),
            &[(ty, Role::Delta)],
            &[ty],
        )));
        all.push(effect(plain(
            &name("memory.fill"),
            indexed(Op::MemoryFill, m),
            &[at, (i, Role::Any), n],
            &[],
        )));
        let init = Ins::Op(Op::MemoryInit, Imm::Pair(m, 0));
        let of_data = [at, (i, Role::Piece(256)), (i, Role::Piece(256))];
        all.push(effect(plain(&name("memory.init"), init.clone(), &of_data, &[])));
        let nothing = [constant(V(ty, 0)), i32(0), i32(1)];
        let after = [&nothing[..], &[init]].concat();
        let around = vec![(vec![], after)];
        all.push(effect(Spec {
            around,
            ..plain(&name("data.drop"), indexed(Op::DataDrop, 0), &[], &[])
        }));
        for from in 0..MEMORIES {
            let from_ty = if from == MEMORY64 { l } else { i };
            let from_size = memory_size(from);
            let len = if ty == l && from_ty == l { l } else { i };
            let copy = Ins::Op(Op::MemoryCopy, Imm::Pair(m, from));
            let params = [at, (from_ty, Role::Address(from_size)), (len, Role::Piece(64))];
            all.push(effect(plain(&format!("memory.copy ({m} from {from})"), copy, &params, &[])));
        }
    }
    for t in 1..TABLES {
        let (ty, size) = match t {
            TABLE64 => (l, 10),
            _ => (i, if t == 2 { 9 } else { 8 }),
        };
        let element = (if t == 3 { Ty::Extern } else { Ty::Func }, Role::Any);
        let name = |op: &str| format!("{op} (table {t})");
        let at = (ty, Role::Piece(size));
        let effect = |spec| Spec { effect: true, ..spec };
        all.push(plain(&name("table.size"), indexed(Op::TableSize, t), &[], &[ty]));
        all.push(plain(&name("table.get"), indexed(Op::TableGet, t), &[at], &[element.0]));
        all.push(effect(plain(&name("table.set"), indexed(Op::TableSet, t), &[at, element], &[])));
        let delta = (ty, Role::Delta);
        all.push(effect(plain(
            &name("table.grow"),
            indexed(Op::TableGrow, t),
            &[element, delta],
            &[ty],
        )));
        all.push(effect(plain(
            &name("table.fill"),
            indexed(Op::TableFill, t),
            &[at, element, at],
            &[],
        )));
        for from in (1..TABLES).filter(|&from| (from == 3) == (t == 3)) {
            let from_ty = if from == TABLE64 { l } else { i };
            let len = if ty == l && from_ty == l { l } else { i };
            let copy = Ins::Op(Op::TableCopy, Imm::Pair(t, from));
            let params = [at, (from_ty, Role::Piece(8)), (len, Role::Piece(8))];
            all.push(effect(plain(&format!("table.copy ({t} from {from})"), copy, &params, &[])));
        }
        if t != 3 {
            let init = Ins::Op(Op::TableInit, Imm::Pair(t, 0));
            let params = [at, (i, Role::Piece(6)), (i, Role::Piece(6))];
            all.push(effect(plain(&name("table.init"), init.clone(), &params, &[])));
            let after = vec![constant(V(ty, 0)), i32(0), i32(1), init];
            let around = vec![(vec![], after)];
            all.push(effect(Spec {
                around,
                ..plain(&name("elem.drop"), indexed(Op::ElemDrop, 0), &[], &[])
            }));
        }
    }
    all
}

/// All operators under test.
pub(crate) fn specs() -> Vec<Spec> {
    let mut all = [regular(), irregular()].concat();
    for spec in all.iter_mut().filter(|spec| spec.params.len() > 3) {
        spec.tried = ALL / 2 * (spec.params.len() - 2);
    }
    all
}
/// The values of a type that are worth trying.
pub(crate) fn values(ty: Ty, role: Role) -> Vec<u128> {
    let edge =
        |bytes: u128| vec![8, 0, 1, 64, 255, bytes - 16, bytes - 8, bytes - 4, bytes - 1, bytes];
    let unsigned_max = if ty == Ty::I64 { u64::MAX.into() } else { u128::from(u32::MAX) };
    // There is fuel for so much.
    let too_much = if ty == Ty::I64 { 1 << 62 } else { u128::from(u32::MAX) };
    match (role, ty) {
        (Role::Address(bytes), _) => {
            [edge(bytes), vec![16, 24, unsigned_max, unsigned_max - 7]].concat()
        }
        (Role::Piece(n), _) => vec![1, 0, 3, 2, n / 2, n - 1, n, n + 1, too_much],
        (Role::Delta, _) => vec![1, 0, 2, 5, 21, too_much],
        (Role::Timeout, _) => vec![0, 1, 1000],
        (Role::Choice(n), _) => (0..=n).chain([unsigned_max]).collect(),
        (_, Ty::I32) => vec![
            0,
            1,
            2,
            7,
            31,
            32,
            33,
            0x7f,
            0x80,
            0xff,
            0x8000,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            0x1234_5678,
        ],
        (_, Ty::I64) => vec![
            0,
            1,
            2,
            31,
            63,
            64,
            0x80,
            0x8000,
            1 << 31,
            1 << 32,
            (1 << 63) - 1,
            1 << 63,
            u64::MAX.into(),
            0x0123_4567_89ab_cdef,
            0xffff_ffff,
        ],
        (_, Ty::F32) => [
            0.0,
            -0.0,
            1.0,
            -1.5,
            2.5,
            0.5,
            f32::MIN_POSITIVE / 4.0,
            f32::MAX,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
            -2147483648.0,
            4294967296.0,
            9.3e18,
            -1.9e19,
            8388609.0,
            3.0e-3,
        ]
        .map(|x: f32| u128::from(x.to_bits()))
        .into_iter()
        .chain([0xffc0_0000, 0x7fa0_0000, 0xff80_0001])
        .collect(),
        (_, Ty::F64) => [
            0.0,
            -0.0,
            1.0,
            -1.5,
            2.5,
            0.5,
            f64::MIN_POSITIVE / 4.0,
            f64::MAX,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            -2147483649.0,
            4294967295.5,
            9.3e18,
            -1.9e19,
            4503599627370497.5,
            1e-300,
            16777217.0,
        ]
        .map(|x: f64| u128::from(x.to_bits()))
        .into_iter()
        .chain([0xfff8 << 48, 0x7ff4 << 48, 0xfff0_0000_0000_0001])
        .collect(),
        (_, Ty::V128) => vec![
            0,
            u128::MAX,
            0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100,
            0x8000_7fff_ffff_0001_80ff_7f01_fe02_8081,
            0x7fc0_0000_ff80_0000_3fc0_0000_bf80_0000,
            0x7fa0_0001_8000_0000_0000_0001_4f00_0000,
            0xc1e0_0000_0020_0000_7ff0_0000_0000_0000,
            0x7ff8_0000_0000_0000_8000_0000_0000_0000,
            0x3ff8_0000_0000_0000_c000_0000_0000_0000,
            0x0123_4567_89ab_cdef_fedc_ba98_7654_3210,
        ],
        (_, Ty::Func) => vec![0, 1, SUB.into(), (SUB + 1).into(), HELPERS.into()],
        (_, Ty::Extern) => vec![0, 1, 2, 3],
    }
}
