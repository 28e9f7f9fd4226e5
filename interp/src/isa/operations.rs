// The operations of WebAssembly that compute a value: one line each, which is the only place where
// an operation's operand and result types, its text and its meaning are written.
//
// This file is included twice with different meanings of `operations!`: by `isa` (types and semantics) and by
// `build/` (which enumerates the handlers, and makes the translator's methods for wasmparser's operators, whose names
// these are). `u32` stands for i32, `u64` for i64 and references.
//
// `swap X`: `op(a, b) = X(b, a)`. `not X`: `op(a, b) = !X(a, b)`.
operations! {
    unary {
        I32Eqz "i32.eqz" u32 => u32 = |a| (a == 0) as u32;
        I64Eqz "i64.eqz" u64 => u32 = |a| (a == 0) as u32;
        I32Clz "i32.clz" u32 => u32 = |a| a.leading_zeros();
        I32Ctz "i32.ctz" u32 => u32 = |a| a.trailing_zeros();
        I32Popcnt "i32.popcnt" u32 => u32 = |a| a.count_ones();
        I64Clz "i64.clz" u64 => u64 = |a| a.leading_zeros() as u64;
        I64Ctz "i64.ctz" u64 => u64 = |a| a.trailing_zeros() as u64;
        I64Popcnt "i64.popcnt" u64 => u64 = |a| a.count_ones() as u64;
        F32Abs "f32.abs" f32 => f32 = |a| f32::from_bits(a.to_bits() & 0x7fff_ffff);
        F32Neg "f32.neg" f32 => f32 = |a| f32::from_bits(a.to_bits() ^ 0x8000_0000);
        F32Ceil "f32.ceil" f32 => f32 = |a| float::ceil32(a);
        F32Floor "f32.floor" f32 => f32 = |a| float::floor32(a);
        F32Trunc "f32.trunc" f32 => f32 = |a| float::trunc32(a);
        F32Nearest "f32.nearest" f32 => f32 = |a| float::nearest32(a);
        F32Sqrt "f32.sqrt" f32 => f32 = |a| float::sqrt32(a);
        F64Abs "f64.abs" f64 => f64 = |a| f64::from_bits(a.to_bits() & (u64::MAX >> 1));
        F64Neg "f64.neg" f64 => f64 = |a| f64::from_bits(a.to_bits() ^ (1 << 63));
        F64Ceil "f64.ceil" f64 => f64 = |a| float::ceil64(a);
        F64Floor "f64.floor" f64 => f64 = |a| float::floor64(a);
        F64Trunc "f64.trunc" f64 => f64 = |a| float::trunc64(a);
        F64Nearest "f64.nearest" f64 => f64 = |a| float::nearest64(a);
        F64Sqrt "f64.sqrt" f64 => f64 = |a| float::sqrt64(a);
        I32WrapI64 "i32.wrap_i64" u64 => u32 = |a| a as u32;
        I64ExtendI32S "i64.extend_i32_s" u32 => u64 = |a| a as i32 as i64 as u64;
        I64ExtendI32U "i64.extend_i32_u" u32 => u64 = |a| a as u64;
        F32ConvertI32S "f32.convert_i32_s" u32 => f32 = |a| a as i32 as f32;
        F32ConvertI32U "f32.convert_i32_u" u32 => f32 = |a| a as f32;
        F32ConvertI64S "f32.convert_i64_s" u64 => f32 = |a| a as i64 as f32;
        F32ConvertI64U "f32.convert_i64_u" u64 => f32 = |a| a as f32;
        F32DemoteF64 "f32.demote_f64" f64 => f32 = |a| a as f32;
        F64ConvertI32S "f64.convert_i32_s" u32 => f64 = |a| a as i32 as f64;
        F64ConvertI32U "f64.convert_i32_u" u32 => f64 = |a| a as f64;
        F64ConvertI64S "f64.convert_i64_s" u64 => f64 = |a| a as i64 as f64;
        F64ConvertI64U "f64.convert_i64_u" u64 => f64 = |a| a as f64;
        F64PromoteF32 "f64.promote_f32" f32 => f64 = |a| a as f64;
        I32ReinterpretF32 "i32.reinterpret_f32" f32 => u32 = |a| a.to_bits();
        I64ReinterpretF64 "i64.reinterpret_f64" f64 => u64 = |a| a.to_bits();
        F32ReinterpretI32 "f32.reinterpret_i32" u32 => f32 = |a| f32::from_bits(a);
        F64ReinterpretI64 "f64.reinterpret_i64" u64 => f64 = |a| f64::from_bits(a);
        I32Extend8S "i32.extend8_s" u32 => u32 = |a| a as i8 as i32 as u32;
        I32Extend16S "i32.extend16_s" u32 => u32 = |a| a as i16 as i32 as u32;
        I64Extend8S "i64.extend8_s" u64 => u64 = |a| a as i8 as i64 as u64;
        I64Extend16S "i64.extend16_s" u64 => u64 = |a| a as i16 as i64 as u64;
        I64Extend32S "i64.extend32_s" u64 => u64 = |a| a as i32 as i64 as u64;
        I32TruncSatF32S "i32.trunc_sat_f32_s" f32 => u32 = |a| a as i32 as u32;
        I32TruncSatF32U "i32.trunc_sat_f32_u" f32 => u32 = |a| a as u32;
        I32TruncSatF64S "i32.trunc_sat_f64_s" f64 => u32 = |a| a as i32 as u32;
        I32TruncSatF64U "i32.trunc_sat_f64_u" f64 => u32 = |a| a as u32;
        I64TruncSatF32S "i64.trunc_sat_f32_s" f32 => u64 = |a| a as i64 as u64;
        I64TruncSatF32U "i64.trunc_sat_f32_u" f32 => u64 = |a| a as u64;
        I64TruncSatF64S "i64.trunc_sat_f64_s" f64 => u64 = |a| a as i64 as u64;
        I64TruncSatF64U "i64.trunc_sat_f64_u" f64 => u64 = |a| a as u64;
    }
    // What operators use in another way: NaNs made the canonical one, on request.
    part {
        F32Canonical "f32.canonical" f32 => f32 = |a| float::canonical32(a);
        F64Canonical "f64.canonical" f64 => f64 = |a| float::canonical64(a);
    }
    // The bounds are the largest and smallest floats whose truncation fits, exclusive or inclusive
    // as the neighbouring integer is representable or not.
    unary_trapping {
        I32TruncF32S "i32.trunc_f32_s" f32 => u32 = |a| float::truncate(a >= -2147483648.0 && a < 2147483648.0, a != a, a as i32 as u32);
        I32TruncF32U "i32.trunc_f32_u" f32 => u32 = |a| float::truncate(a > -1.0 && a < 4294967296.0, a != a, a as u32);
        I32TruncF64S "i32.trunc_f64_s" f64 => u32 = |a| float::truncate(a > -2147483649.0 && a < 2147483648.0, a != a, a as i32 as u32);
        I32TruncF64U "i32.trunc_f64_u" f64 => u32 = |a| float::truncate(a > -1.0 && a < 4294967296.0, a != a, a as u32);
        I64TruncF32S "i64.trunc_f32_s" f32 => u64 = |a| float::truncate(a >= -9223372036854775808.0 && a < 9223372036854775808.0, a != a, a as i64 as u64);
        I64TruncF32U "i64.trunc_f32_u" f32 => u64 = |a| float::truncate(a > -1.0 && a < 18446744073709551616.0, a != a, a as u64);
        I64TruncF64S "i64.trunc_f64_s" f64 => u64 = |a| float::truncate(a >= -9223372036854775808.0 && a < 9223372036854775808.0, a != a, a as i64 as u64);
        I64TruncF64U "i64.trunc_f64_u" f64 => u64 = |a| float::truncate(a > -1.0 && a < 18446744073709551616.0, a != a, a as u64);
    }
    binary {
        I32Eq "i32.eq" u32 => u32, swap I32Eq, not I32Ne = |a, b| (a == b) as u32;
        I32Ne "i32.ne" u32 => u32, swap I32Ne, not I32Eq = |a, b| (a != b) as u32;
        I32LtS "i32.lt_s" u32 => u32, swap I32GtS, not I32GeS = |a, b| ((a as i32) < b as i32) as u32;
        I32LtU "i32.lt_u" u32 => u32, swap I32GtU, not I32GeU = |a, b| (a < b) as u32;
        I32GtS "i32.gt_s" u32 => u32, swap I32LtS, not I32LeS = |a, b| (a as i32 > b as i32) as u32;
        I32GtU "i32.gt_u" u32 => u32, swap I32LtU, not I32LeU = |a, b| (a > b) as u32;
        I32LeS "i32.le_s" u32 => u32, swap I32GeS, not I32GtS = |a, b| (a as i32 <= b as i32) as u32;
        I32LeU "i32.le_u" u32 => u32, swap I32GeU, not I32GtU = |a, b| (a <= b) as u32;
        I32GeS "i32.ge_s" u32 => u32, swap I32LeS, not I32LtS = |a, b| (a as i32 >= b as i32) as u32;
        I32GeU "i32.ge_u" u32 => u32, swap I32LeU, not I32LtU = |a, b| (a >= b) as u32;
        I64Eq "i64.eq" u64 => u32, swap I64Eq, not I64Ne = |a, b| (a == b) as u32;
        I64Ne "i64.ne" u64 => u32, swap I64Ne, not I64Eq = |a, b| (a != b) as u32;
        I64LtS "i64.lt_s" u64 => u32, swap I64GtS, not I64GeS = |a, b| ((a as i64) < b as i64) as u32;
        I64LtU "i64.lt_u" u64 => u32, swap I64GtU, not I64GeU = |a, b| (a < b) as u32;
        I64GtS "i64.gt_s" u64 => u32, swap I64LtS, not I64LeS = |a, b| (a as i64 > b as i64) as u32;
        I64GtU "i64.gt_u" u64 => u32, swap I64LtU, not I64LeU = |a, b| (a > b) as u32;
        I64LeS "i64.le_s" u64 => u32, swap I64GeS, not I64GtS = |a, b| (a as i64 <= b as i64) as u32;
        I64LeU "i64.le_u" u64 => u32, swap I64GeU, not I64GtU = |a, b| (a <= b) as u32;
        I64GeS "i64.ge_s" u64 => u32, swap I64LeS, not I64LtS = |a, b| (a as i64 >= b as i64) as u32;
        I64GeU "i64.ge_u" u64 => u32, swap I64LeU, not I64LtU = |a, b| (a >= b) as u32;
        F32Eq "f32.eq" f32 => u32, swap F32Eq, not F32Ne = |a, b| (a == b) as u32;
        F32Ne "f32.ne" f32 => u32, swap F32Ne, not F32Eq = |a, b| (a != b) as u32;
        F32Lt "f32.lt" f32 => u32, swap F32Gt = |a, b| (a < b) as u32;
        F32Gt "f32.gt" f32 => u32, swap F32Lt = |a, b| (a > b) as u32;
        F32Le "f32.le" f32 => u32, swap F32Ge = |a, b| (a <= b) as u32;
        F32Ge "f32.ge" f32 => u32, swap F32Le = |a, b| (a >= b) as u32;
        F64Eq "f64.eq" f64 => u32, swap F64Eq, not F64Ne = |a, b| (a == b) as u32;
        F64Ne "f64.ne" f64 => u32, swap F64Ne, not F64Eq = |a, b| (a != b) as u32;
        F64Lt "f64.lt" f64 => u32, swap F64Gt = |a, b| (a < b) as u32;
        F64Gt "f64.gt" f64 => u32, swap F64Lt = |a, b| (a > b) as u32;
        F64Le "f64.le" f64 => u32, swap F64Ge = |a, b| (a <= b) as u32;
        F64Ge "f64.ge" f64 => u32, swap F64Le = |a, b| (a >= b) as u32;
        I32Add "i32.add" u32 => u32, swap I32Add = |a, b| a.wrapping_add(b);
        I32Sub "i32.sub" u32 => u32 = |a, b| a.wrapping_sub(b);
        I32Mul "i32.mul" u32 => u32, swap I32Mul = |a, b| a.wrapping_mul(b);
        I32And "i32.and" u32 => u32, swap I32And = |a, b| a & b;
        I32Or "i32.or" u32 => u32, swap I32Or = |a, b| a | b;
        I32Xor "i32.xor" u32 => u32, swap I32Xor = |a, b| a ^ b;
        I32Shl "i32.shl" u32 => u32 = |a, b| a.wrapping_shl(b);
        I32ShrS "i32.shr_s" u32 => u32 = |a, b| (a as i32).wrapping_shr(b) as u32;
        I32ShrU "i32.shr_u" u32 => u32 = |a, b| a.wrapping_shr(b);
        I32Rotl "i32.rotl" u32 => u32 = |a, b| a.rotate_left(b & 31);
        I32Rotr "i32.rotr" u32 => u32 = |a, b| a.rotate_right(b & 31);
        I64Add "i64.add" u64 => u64, swap I64Add = |a, b| a.wrapping_add(b);
        I64Sub "i64.sub" u64 => u64 = |a, b| a.wrapping_sub(b);
        I64Mul "i64.mul" u64 => u64, swap I64Mul = |a, b| a.wrapping_mul(b);
        I64And "i64.and" u64 => u64, swap I64And = |a, b| a & b;
        I64Or "i64.or" u64 => u64, swap I64Or = |a, b| a | b;
        I64Xor "i64.xor" u64 => u64, swap I64Xor = |a, b| a ^ b;
        I64Shl "i64.shl" u64 => u64 = |a, b| a.wrapping_shl(b as u32);
        I64ShrS "i64.shr_s" u64 => u64 = |a, b| (a as i64).wrapping_shr(b as u32) as u64;
        I64ShrU "i64.shr_u" u64 => u64 = |a, b| a.wrapping_shr(b as u32);
        I64Rotl "i64.rotl" u64 => u64 = |a, b| a.rotate_left(b as u32 & 63);
        I64Rotr "i64.rotr" u64 => u64 = |a, b| a.rotate_right(b as u32 & 63);
        F32Add "f32.add" f32 => f32 = |a, b| a + b;
        F32Sub "f32.sub" f32 => f32 = |a, b| a - b;
        F32Mul "f32.mul" f32 => f32 = |a, b| a * b;
        F32Div "f32.div" f32 => f32 = |a, b| a / b;
        F32Min "f32.min" f32 => f32 = |a, b| float::min32(a, b);
        F32Max "f32.max" f32 => f32 = |a, b| float::max32(a, b);
        F32Copysign "f32.copysign" f32 => f32 = |a, b| f32::from_bits(a.to_bits() & 0x7fff_ffff | b.to_bits() & 0x8000_0000);
        F64Add "f64.add" f64 => f64 = |a, b| a + b;
        F64Sub "f64.sub" f64 => f64 = |a, b| a - b;
        F64Mul "f64.mul" f64 => f64 = |a, b| a * b;
        F64Div "f64.div" f64 => f64 = |a, b| a / b;
        F64Min "f64.min" f64 => f64 = |a, b| float::min64(a, b);
        F64Max "f64.max" f64 => f64 = |a, b| float::max64(a, b);
        F64Copysign "f64.copysign" f64 => f64 = |a, b| f64::from_bits(a.to_bits() & (u64::MAX >> 1) | b.to_bits() & (1 << 63));
    }
    binary_trapping {
        I32DivS "i32.div_s" u32 => u32 = |a, b| if b == 0 { Err(TrapCode::IntegerDivisionByZero) } else if a == 1 << 31 && b == u32::MAX { Err(TrapCode::IntegerOverflow) } else { Ok((a as i32).wrapping_div(b as i32) as u32) };
        I32DivU "i32.div_u" u32 => u32 = |a, b| if b == 0 { Err(TrapCode::IntegerDivisionByZero) } else { Ok(a / b) };
        I32RemS "i32.rem_s" u32 => u32 = |a, b| if b == 0 { Err(TrapCode::IntegerDivisionByZero) } else { Ok((a as i32).wrapping_rem(b as i32) as u32) };
        I32RemU "i32.rem_u" u32 => u32 = |a, b| if b == 0 { Err(TrapCode::IntegerDivisionByZero) } else { Ok(a % b) };
        I64DivS "i64.div_s" u64 => u64 = |a, b| if b == 0 { Err(TrapCode::IntegerDivisionByZero) } else if a == 1 << 63 && b == u64::MAX { Err(TrapCode::IntegerOverflow) } else { Ok((a as i64).wrapping_div(b as i64) as u64) };
        I64DivU "i64.div_u" u64 => u64 = |a, b| if b == 0 { Err(TrapCode::IntegerDivisionByZero) } else { Ok(a / b) };
        I64RemS "i64.rem_s" u64 => u64 = |a, b| if b == 0 { Err(TrapCode::IntegerDivisionByZero) } else { Ok((a as i64).wrapping_rem(b as i64) as u64) };
        I64RemU "i64.rem_u" u64 => u64 = |a, b| if b == 0 { Err(TrapCode::IntegerDivisionByZero) } else { Ok(a % b) };
    }
    // name, text, type in memory => type of the value
    load {
        I32Load "i32.load" u32 => u32 = |m| m;
        I64Load "i64.load" u64 => u64 = |m| m;
        F32Load "f32.load" u32 => f32 = |m| f32::from_bits(m);
        F64Load "f64.load" u64 => f64 = |m| f64::from_bits(m);
        I32Load8S "i32.load8_s" i8 => u32 = |m| m as i32 as u32;
        I32Load8U "i32.load8_u" u8 => u32 = |m| m as u32;
        I32Load16S "i32.load16_s" i16 => u32 = |m| m as i32 as u32;
        I32Load16U "i32.load16_u" u16 => u32 = |m| m as u32;
        I64Load8S "i64.load8_s" i8 => u64 = |m| m as i64 as u64;
        I64Load8U "i64.load8_u" u8 => u64 = |m| m as u64;
        I64Load16S "i64.load16_s" i16 => u64 = |m| m as i64 as u64;
        I64Load16U "i64.load16_u" u16 => u64 = |m| m as u64;
        I64Load32S "i64.load32_s" i32 => u64 = |m| m as i64 as u64;
        I64Load32U "i64.load32_u" u32 => u64 = |m| m as u64;
    }
    // name, text, type of the value => type in memory
    store {
        I32Store "i32.store" u32 => u32 = |v| v;
        I64Store "i64.store" u64 => u64 = |v| v;
        F32Store "f32.store" f32 => u32 = |v| v.to_bits();
        F64Store "f64.store" f64 => u64 = |v| v.to_bits();
        I32Store8 "i32.store8" u32 => u8 = |v| v as u8;
        I32Store16 "i32.store16" u32 => u16 = |v| v as u16;
        I64Store8 "i64.store8" u64 => u8 = |v| v as u8;
        I64Store16 "i64.store16" u64 => u16 = |v| v as u16;
        I64Store32 "i64.store32" u64 => u32 = |v| v as u32;
    }
}
