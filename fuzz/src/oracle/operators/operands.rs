//! Constants that are worth something, and operands with which an operator does something.

use wasm_encoder::{Instruction as I, ValType};

use super::steps::Body;
use super::table::Entry;
use super::world;
use crate::random::Random;

/// An integer: small, at a boundary, or any.
pub fn integer(random: &mut Random) -> u64 {
    const BOUNDARIES: [u64; 12] = [
        0,
        1,
        u64::MAX,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
        i64::MAX as u64,
        1 << 63,
        0x7fff,
        0x8000,
        0xff,
        0x1_0000,
    ];
    match random.below(10) {
        0..4 => random.below(64) as u64,
        4..7 => random.pick(&BOUNDARIES),
        7 => 1 << random.below(64),
        8 => (random.below(2000) as i64 - 1000) as u64,
        _ => random.wide(),
    }
}

pub fn float32(random: &mut Random) -> f32 {
    const CHOICES: [u32; 10] = [
        0,
        0x8000_0000,
        0x3f80_0000,
        0xbfc0_0000,
        0x7f80_0000,
        0xff80_0000,
        0x7fc0_0000,
        0x7f7f_ffff,
        1,
        0x4f00_0000,
    ];
    match random.below(3) {
        0 => f32::from_bits(random.pick(&CHOICES)),
        1 => (random.below(2000) as f32 - 1000.0) / 8.0,
        _ => f32::from_bits(random.bits() as u32),
    }
}

pub fn float64(random: &mut Random) -> f64 {
    const CHOICES: [u64; 10] = [
        0,
        1 << 63,
        0x3ff0_0000_0000_0000,
        0xbff8_0000_0000_0000,
        0x7ff0_0000_0000_0000,
        0xfff0_0000_0000_0000,
        0x7ff8_0000_0000_0000,
        0x7fef_ffff_ffff_ffff,
        1,
        0x41e0_0000_0000_0000,
    ];
    match random.below(3) {
        0 => f64::from_bits(random.pick(&CHOICES)),
        1 => (random.below(2000) as f64 - 1000.0) / 8.0,
        _ => f64::from_bits(random.wide()),
    }
}

/// Whether an operator computes NaNs whose bits the specification leaves open.
pub fn makes_nans(name: &str) -> bool {
    const OPERATIONS: [&str; 11] =
        ["Add", "Sub", "Mul", "Div", "Min", "Max", "Sqrt", "Ceil", "Floor", "Trunc", "Nearest"];
    let rest = ["F32x4", "F64x2", "F32", "F64"].iter().find_map(|ty| name.strip_prefix(ty));
    rest.is_some_and(|rest| {
        let rest = rest.strip_prefix("Relaxed").unwrap_or(rest);
        OPERATIONS.contains(&rest)
            || rest.starts_with("Demote")
            || rest.starts_with("Promote")
            || rest.ends_with("Madd")
            || rest.ends_with("Nmadd")
    })
}

/// Whether an operator shows the bits of a NaN among its operands.
fn shows_bits(name: &str) -> bool {
    let compares = ["Eq", "Ne", "Lt", "Gt", "Le", "Ge"].iter().any(|op| name.ends_with(op));
    !compares && !makes_nans(name) && !name.contains("Trunc")
}

impl Body<'_> {
    /// Pushes the operands of an operator; whether those that are its result as they are must have known bits is
    /// `clean`.
    pub fn operands(&mut self, entry: &Entry, size: usize, clean: bool) {
        for (i, ty) in entry.params.iter().enumerate() {
            let size = size / entry.params.len();
            self.operand(entry, i, *ty, size, clean);
        }
    }

    fn operand(&mut self, entry: &Entry, i: usize, ty: ValType, size: usize, clean: bool) {
        let name = entry.name;
        let last = i + 1 == entry.params.len();
        let has = |texts: &[&str]| texts.iter().any(|text| name.contains(text));
        if has(&["Wait"]) && i == 2 {
            // Nanoseconds.
            let timeout = self.random.below(2000) as i64;
            self.emit(&I::I64Const(timeout));
        } else if entry.is_access && i == 0 {
            let mask = if name.contains("Atomic") { 0x1ff0 } else { 0x1fff };
            self.masked(ty, size, mask, 6);
        } else if has(&["MemoryGrow", "TableGrow"]) && last {
            self.masked(ty, size, 1, 10);
        } else if has(&["MemoryFill", "MemoryCopy", "MemoryInit"]) && ty_is_integer(ty) {
            match (i, last) {
                (0, _) => self.masked(ty, size, 0xfff, 5),
                // Now and then more than is done in one go.
                (_, true) if !name.contains("Init") && self.random.percent(4) => {
                    self.integer_const(ty, 0xf000);
                }
                (_, true) => self.masked(ty, size, 63, 5),
                _ if name.contains("Fill") => self.tree(ty, size, true),
                _ => self.masked(ty, size, if name.contains("Init") { 31 } else { 0xfff }, 5),
            }
        } else if has(&["TableFill", "TableCopy", "TableInit", "TableGet", "TableSet"])
            && ty_is_integer(ty)
        {
            let mask = if last && !has(&["Get", "Set"]) { 3 } else { 7 };
            self.masked(ty, size, mask, 5);
        } else if has(&["I32Div", "I32Rem", "I64Div", "I64Rem"]) && i == 1 {
            self.tree(ty, size, true);
            if self.random.percent(85) {
                self.integer_const(ty, 1);
                self.emit(if ty == ValType::I32 { &I::I32Or } else { &I::I64Or });
            }
        } else if has(&["I32TruncF", "I64TruncF"]) && self.random.percent(85) {
            self.masked(ValType::I32, size, 0xffff, 0);
            self.emit(if ty == ValType::F32 { &I::F32ConvertI32S } else { &I::F64ConvertI32S });
        } else if has(&["Relaxed"]) {
            self.relaxed_operand(name, i, size);
        } else {
            let inherits = ["F32Abs", "F32Neg", "F64Abs", "F64Neg"].contains(&name)
                || name.ends_with("Copysign") && i == 0
                || name == "TypedSelect";
            let clean = if inherits { clean } else { shows_bits(name) };
            self.tree(ty, size, clean);
        }
    }

    /// Pushes an operand with which a relaxed operator has one result.
    fn relaxed_operand(&mut self, name: &str, i: usize, size: usize) {
        let vector = |body: &mut Self| body.tree(ValType::V128, size, true);
        let small = |body: &mut Self, and: u128| {
            vector(body);
            body.emit(&I::V128Const(and as i128));
            body.emit(&I::V128And);
        };
        match name {
            // Indices are below 16 or have the highest bit.
            "I8x16RelaxedSwizzle" if i == 1 => {
                small(self, 0x8f0f_8f0f_8f0f_8f0f_8f0f_8f0f_8f0f_8f0f)
            }
            // Masks are whole lanes.
            "I8x16RelaxedLaneselect" if i == 2 => {
                vector(self);
                vector(self);
                self.emit(&I::I8x16LtS);
            }
            "I16x8RelaxedLaneselect" if i == 2 => {
                vector(self);
                vector(self);
                self.emit(&I::I16x8GtU);
            }
            "I32x4RelaxedLaneselect" if i == 2 => {
                vector(self);
                vector(self);
                self.emit(&I::F32x4Lt);
            }
            "I64x2RelaxedLaneselect" if i == 2 => {
                vector(self);
                vector(self);
                self.emit(&I::I64x2Eq);
            }
            // Numbers fit, products are exact, no zero is negative and nothing is a NaN.
            _ if name.contains("F64x2") => {
                small(self, 0x7fff_0000_7fff_u128 << 64 | 0x7fff_0000_7fff);
                self.emit(&I::F64x2ConvertLowI32x4U);
            }
            _ if name.contains("F32x4") => {
                small(self, 0x3ff_0000_03ff_u128 << 64 | 0x3ff_0000_03ff);
                self.emit(&I::F32x4ConvertI32x4U);
            }
            // Not both are the least.
            "I16x8RelaxedQ15mulrS" if i == 0 => small(self, u128::MAX / 0xffff * 0x7fff),
            // Seven bits.
            _ if name.contains("RelaxedDot") && i == 1 => small(self, u128::MAX / 0xff * 0x7f),
            _ => vector(self),
        }
    }

    /// Pushes a number below `mask`, or with some chance in a hundred a larger one.
    pub fn masked(&mut self, ty: ValType, size: usize, mask: u64, wild: usize) {
        if self.random.percent(wild) {
            return self.tree(ty, size, true);
        }
        if size == 0 || self.random.percent(20) {
            let value = self.random.bits() & mask;
            return self.integer_const(ty, value);
        }
        self.tree(ty, size, true);
        self.integer_const(ty, mask);
        self.emit(if ty == ValType::I32 { &I::I32And } else { &I::I64And });
    }

    pub fn integer_const(&mut self, ty: ValType, value: u64) {
        match ty {
            ValType::I32 => self.emit(&I::I32Const(value as i32)),
            _ => self.emit(&I::I64Const(value as i64)),
        }
    }

    /// Puts the canonical NaN in place of any on top of the stack.
    pub fn canonicalize(&mut self, ty: ValType, vector: Option<bool>) {
        let scratch = self.scratch(ty);
        self.emit(&I::LocalTee(scratch));
        match (ty, vector) {
            (ValType::F32, _) => {
                self.emit(&I::F32Const(f32::from_bits(0x7fc0_0000).into()));
                self.emit(&I::LocalGet(scratch));
                self.emit(&I::LocalGet(scratch));
                self.emit(&I::F32Eq);
                self.emit(&I::Select);
            }
            (ValType::F64, _) => {
                self.emit(&I::F64Const(f64::from_bits(0x7ff8_0000_0000_0000).into()));
                self.emit(&I::LocalGet(scratch));
                self.emit(&I::LocalGet(scratch));
                self.emit(&I::F64Eq);
                self.emit(&I::Select);
            }
            (_, is_double) => {
                let double = is_double == Some(true);
                let nan = if double {
                    0x7ff8_0000_0000_0000_7ff8_0000_0000_0000
                } else {
                    0x7fc0_0000_7fc0_0000_7fc0_0000_7fc0_0000
                };
                self.emit(&I::V128Const(nan));
                self.emit(&I::LocalGet(scratch));
                self.emit(&I::LocalGet(scratch));
                self.emit(if double { &I::F64x2Eq } else { &I::F32x4Eq });
                self.emit(&I::V128Bitselect);
            }
        }
    }

    /// Pushes a constant, local variable or global.
    pub fn leaf(&mut self, ty: ValType) {
        match self.random.below(10) {
            0..5 => {
                let local = self.local(ty);
                self.emit(&I::LocalGet(local));
            }
            5..8 => self.constant(ty),
            _ => {
                let count = world::MUTABLE.len() + world::CONSTANT.len();
                let of_type = |i: &usize| {
                    *world::MUTABLE.iter().chain(&world::CONSTANT).nth(*i).expect("below") == ty
                };
                let globals: Vec<usize> = (0..count).filter(of_type).collect();
                let global = self.random.pick(&globals);
                self.emit(&I::GlobalGet(global as u32));
            }
        }
    }

    fn constant(&mut self, ty: ValType) {
        match ty {
            ValType::I32 => {
                let value = integer(self.random) as i32;
                self.emit(&I::I32Const(value));
            }
            ValType::I64 => {
                let value = integer(self.random) as i64;
                self.emit(&I::I64Const(value));
            }
            ValType::F32 => {
                let value = float32(self.random);
                self.emit(&I::F32Const(value.into()));
            }
            ValType::F64 => {
                let value = float64(self.random);
                self.emit(&I::F64Const(value.into()));
            }
            ValType::V128 => {
                let value = u128::from(integer(self.random)) << 64 | u128::from(self.random.wide());
                self.emit(&I::V128Const(value as i128));
            }
            ValType::FUNCREF if self.random.percent(50) => {
                let function = self.random.below(4) as u32;
                self.emit(&I::RefFunc(function));
            }
            ValType::FUNCREF => self.emit(&I::RefNull(wasm_encoder::HeapType::FUNC)),
            _ => self.emit(&I::RefNull(wasm_encoder::HeapType::EXTERN)),
        }
    }
}

fn ty_is_integer(ty: ValType) -> bool {
    matches!(ty, ValType::I32 | ValType::I64)
}
