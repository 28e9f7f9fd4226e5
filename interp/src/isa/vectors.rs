// The operations on vectors: one line each, as in `operations.rs`, and used in the same places.
//
// What a line calls is in `vector.rs`: `i8x16::map`, `zip`, `of` and so on make a vector lane by
// lane.
//
// Lanes and the pattern of a shuffle are operands, too: constants. The loads that extend, splat or
// set one lane, and the stores of one lane, are trees of these operations and scalar accesses.
vectors! {
    unary {
        I8x16Splat "i8x16.splat" u32 => V128 = |a| i8x16::splat(a as i8);
        I16x8Splat "i16x8.splat" u32 => V128 = |a| i16x8::splat(a as i16);
        I32x4Splat "i32x4.splat" u32 => V128 = |a| u32x4::splat(a);
        I64x2Splat "i64x2.splat" u64 => V128 = |a| u64x2::splat(a);
        F32x4Splat "f32x4.splat" f32 => V128 = |a| f32x4::splat(a);
        F64x2Splat "f64x2.splat" f64 => V128 = |a| f64x2::splat(a);
        V128Not "v128.not" V128 => V128 = |a| u64x2::map(a, |x| !x);
        V128AnyTrue "v128.any_true" V128 => u32 = |a| any_true(a) as u32;
        I8x16Abs "i8x16.abs" V128 => V128 = |a| i8x16::map(a, i8::wrapping_abs);
        I8x16Neg "i8x16.neg" V128 => V128 = |a| i8x16::map(a, i8::wrapping_neg);
        I8x16AllTrue "i8x16.all_true" V128 => u32 = |a| (bitmask8(u8x16::zip(a, V128::ZERO, |x, y| mask8(x == y))) == 0) as u32;
        I8x16Bitmask "i8x16.bitmask" V128 => u32 = |a| bitmask8(a);
        I8x16Popcnt "i8x16.popcnt" V128 => V128 = |a| u8x16::map(a, |x| x.count_ones() as u8);
        I16x8Abs "i16x8.abs" V128 => V128 = |a| i16x8::map(a, i16::wrapping_abs);
        I16x8Neg "i16x8.neg" V128 => V128 = |a| i16x8::map(a, i16::wrapping_neg);
        I16x8AllTrue "i16x8.all_true" V128 => u32 = |a| (bitmask16(u16x8::zip(a, V128::ZERO, |x, y| mask16(x == y))) == 0) as u32;
        I16x8Bitmask "i16x8.bitmask" V128 => u32 = |a| bitmask16(a);
        I32x4Abs "i32x4.abs" V128 => V128 = |a| i32x4::map(a, i32::wrapping_abs);
        I32x4Neg "i32x4.neg" V128 => V128 = |a| i32x4::map(a, i32::wrapping_neg);
        I32x4AllTrue "i32x4.all_true" V128 => u32 = |a| (bitmask32(u32x4::zip(a, V128::ZERO, |x, y| mask32(x == y))) == 0) as u32;
        I32x4Bitmask "i32x4.bitmask" V128 => u32 = |a| bitmask32(a);
        I64x2Abs "i64x2.abs" V128 => V128 = |a| i64x2::map(a, i64::wrapping_abs);
        I64x2Neg "i64x2.neg" V128 => V128 = |a| i64x2::map(a, i64::wrapping_neg);
        I64x2AllTrue "i64x2.all_true" V128 => u32 = |a| (bitmask64(u64x2::zip(a, V128::ZERO, |x, y| mask64(x == y))) == 0) as u32;
        I64x2Bitmask "i64x2.bitmask" V128 => u32 = |a| bitmask64(a);
        F32x4Abs "f32x4.abs" V128 => V128 = |a| u32x4::map(a, |x| x & (u32::MAX >> 1));
        F32x4Neg "f32x4.neg" V128 => V128 = |a| u32x4::map(a, |x| x ^ (1 << 31));
        F32x4Ceil "f32x4.ceil" V128 => V128 = |a| f32x4::map(a, round32::ceil);
        F32x4Floor "f32x4.floor" V128 => V128 = |a| f32x4::map(a, round32::floor);
        F32x4Trunc "f32x4.trunc" V128 => V128 = |a| f32x4::map(a, round32::trunc);
        F32x4Nearest "f32x4.nearest" V128 => V128 = |a| f32x4::map(a, round32::nearest);
        F32x4Sqrt "f32x4.sqrt" V128 => V128 = |a| f32x4::map(a, float::sqrt32);
        F64x2Abs "f64x2.abs" V128 => V128 = |a| u64x2::map(a, |x| x & (u64::MAX >> 1));
        F64x2Neg "f64x2.neg" V128 => V128 = |a| u64x2::map(a, |x| x ^ (1 << 63));
        F64x2Ceil "f64x2.ceil" V128 => V128 = |a| f64x2::map(a, round64::ceil);
        F64x2Floor "f64x2.floor" V128 => V128 = |a| f64x2::map(a, round64::floor);
        F64x2Trunc "f64x2.trunc" V128 => V128 = |a| f64x2::map(a, round64::trunc);
        F64x2Nearest "f64x2.nearest" V128 => V128 = |a| f64x2::map(a, round64::nearest);
        F64x2Sqrt "f64x2.sqrt" V128 => V128 = |a| f64x2::map(a, float::sqrt64);
        I16x8ExtAddPairwiseI8x16S "i16x8.extadd_pairwise_i8x16_s" V128 => V128 = |a| { let l = i8x16::lanes(a); i16x8::of(|i| l[2 * i] as i16 + l[2 * i + 1] as i16) };
        I16x8ExtAddPairwiseI8x16U "i16x8.extadd_pairwise_i8x16_u" V128 => V128 = |a| { let l = u8x16::lanes(a); u16x8::of(|i| l[2 * i] as u16 + l[2 * i + 1] as u16) };
        I16x8ExtendLowI8x16S "i16x8.extend_low_i8x16_s" V128 => V128 = |a| { let l = i8x16::lanes(a); i16x8::of(|i| l[i] as i16) };
        I16x8ExtendLowI8x16U "i16x8.extend_low_i8x16_u" V128 => V128 = |a| { let l = u8x16::lanes(a); u16x8::of(|i| l[i] as u16) };
        I16x8ExtendHighI8x16S "i16x8.extend_high_i8x16_s" V128 => V128 = |a| { let l = i8x16::lanes(a); i16x8::of(|i| l[i + 8] as i16) };
        I16x8ExtendHighI8x16U "i16x8.extend_high_i8x16_u" V128 => V128 = |a| { let l = u8x16::lanes(a); u16x8::of(|i| l[i + 8] as u16) };
        I32x4ExtAddPairwiseI16x8S "i32x4.extadd_pairwise_i16x8_s" V128 => V128 = |a| { let l = i16x8::lanes(a); i32x4::of(|i| l[2 * i] as i32 + l[2 * i + 1] as i32) };
        I32x4ExtAddPairwiseI16x8U "i32x4.extadd_pairwise_i16x8_u" V128 => V128 = |a| { let l = u16x8::lanes(a); u32x4::of(|i| l[2 * i] as u32 + l[2 * i + 1] as u32) };
        I32x4ExtendLowI16x8S "i32x4.extend_low_i16x8_s" V128 => V128 = |a| { let l = i16x8::lanes(a); i32x4::of(|i| l[i] as i32) };
        I32x4ExtendLowI16x8U "i32x4.extend_low_i16x8_u" V128 => V128 = |a| { let l = u16x8::lanes(a); u32x4::of(|i| l[i] as u32) };
        I32x4ExtendHighI16x8S "i32x4.extend_high_i16x8_s" V128 => V128 = |a| { let l = i16x8::lanes(a); i32x4::of(|i| l[i + 4] as i32) };
        I32x4ExtendHighI16x8U "i32x4.extend_high_i16x8_u" V128 => V128 = |a| { let l = u16x8::lanes(a); u32x4::of(|i| l[i + 4] as u32) };
        I64x2ExtendLowI32x4S "i64x2.extend_low_i32x4_s" V128 => V128 = |a| { let l = i32x4::lanes(a); i64x2::of(|i| l[i] as i64) };
        I64x2ExtendLowI32x4U "i64x2.extend_low_i32x4_u" V128 => V128 = |a| { let l = u32x4::lanes(a); u64x2::of(|i| l[i] as u64) };
        I64x2ExtendHighI32x4S "i64x2.extend_high_i32x4_s" V128 => V128 = |a| { let l = i32x4::lanes(a); i64x2::of(|i| l[i + 2] as i64) };
        I64x2ExtendHighI32x4U "i64x2.extend_high_i32x4_u" V128 => V128 = |a| { let l = u32x4::lanes(a); u64x2::of(|i| l[i + 2] as u64) };
        I32x4TruncSatF32x4S "i32x4.trunc_sat_f32x4_s" V128 => V128 = |a| trunc_sat_s(a);
        I32x4TruncSatF32x4U "i32x4.trunc_sat_f32x4_u" V128 => V128 = |a| trunc_sat_u(a);
        F32x4ConvertI32x4S "f32x4.convert_i32x4_s" V128 => V128 = |a| i32x4::map(a, |x| x as f32);
        F32x4ConvertI32x4U "f32x4.convert_i32x4_u" V128 => V128 = |a| u32x4::map(a, |x| x as f32);
        I32x4TruncSatF64x2SZero "i32x4.trunc_sat_f64x2_s_zero" V128 => V128 = |a| { let l = f64x2::lanes(a); i32x4::of(|i| if i < 2 { l[i] as i32 } else { 0 }) };
        I32x4TruncSatF64x2UZero "i32x4.trunc_sat_f64x2_u_zero" V128 => V128 = |a| { let l = f64x2::lanes(a); u32x4::of(|i| if i < 2 { l[i] as u32 } else { 0 }) };
        F64x2ConvertLowI32x4S "f64x2.convert_low_i32x4_s" V128 => V128 = |a| { let l = i32x4::lanes(a); f64x2::of(|i| l[i] as f64) };
        F64x2ConvertLowI32x4U "f64x2.convert_low_i32x4_u" V128 => V128 = |a| { let l = u32x4::lanes(a); f64x2::of(|i| l[i] as f64) };
        F32x4DemoteF64x2Zero "f32x4.demote_f64x2_zero" V128 => V128 = |a| { let l = f64x2::lanes(a); f32x4::of(|i| if i < 2 { l[i] as f32 } else { 0.0 }) };
        F64x2PromoteLowF32x4 "f64x2.promote_low_f32x4" V128 => V128 = |a| { let l = f32x4::lanes(a); f64x2::of(|i| l[i] as f64) };
    }
    binary {
        V128And "v128.and" V128, V128 => V128, swap V128And = |a, b| u64x2::zip(a, b, |x, y| x & y);
        V128AndNot "v128.andnot" V128, V128 => V128 = |a, b| u64x2::zip(a, b, |x, y| x & !y);
        V128Or "v128.or" V128, V128 => V128, swap V128Or = |a, b| u64x2::zip(a, b, |x, y| x | y);
        V128Xor "v128.xor" V128, V128 => V128, swap V128Xor = |a, b| u64x2::zip(a, b, |x, y| x ^ y);
        I8x16Eq "i8x16.eq" V128, V128 => V128, swap I8x16Eq = |a, b| u8x16::zip(a, b, |x, y| mask8(x == y));
        I8x16Ne "i8x16.ne" V128, V128 => V128, swap I8x16Ne = |a, b| u8x16::zip(a, b, |x, y| mask8(x != y));
        I8x16LtS "i8x16.lt_s" V128, V128 => V128, swap I8x16GtS = |a, b| i8x16::zip(a, b, |x, y| mask8(x < y));
        I8x16LtU "i8x16.lt_u" V128, V128 => V128, swap I8x16GtU = |a, b| u8x16::zip(a, b, |x, y| mask8(x < y));
        I8x16GtS "i8x16.gt_s" V128, V128 => V128, swap I8x16LtS = |a, b| i8x16::zip(a, b, |x, y| mask8(x > y));
        I8x16GtU "i8x16.gt_u" V128, V128 => V128, swap I8x16LtU = |a, b| u8x16::zip(a, b, |x, y| mask8(x > y));
        I8x16LeS "i8x16.le_s" V128, V128 => V128, swap I8x16GeS = |a, b| i8x16::zip(a, b, |x, y| mask8(x <= y));
        I8x16LeU "i8x16.le_u" V128, V128 => V128, swap I8x16GeU = |a, b| u8x16::zip(a, b, |x, y| mask8(x <= y));
        I8x16GeS "i8x16.ge_s" V128, V128 => V128, swap I8x16LeS = |a, b| i8x16::zip(a, b, |x, y| mask8(x >= y));
        I8x16GeU "i8x16.ge_u" V128, V128 => V128, swap I8x16LeU = |a, b| u8x16::zip(a, b, |x, y| mask8(x >= y));
        I16x8Eq "i16x8.eq" V128, V128 => V128, swap I16x8Eq = |a, b| u16x8::zip(a, b, |x, y| mask16(x == y));
        I16x8Ne "i16x8.ne" V128, V128 => V128, swap I16x8Ne = |a, b| u16x8::zip(a, b, |x, y| mask16(x != y));
        I16x8LtS "i16x8.lt_s" V128, V128 => V128, swap I16x8GtS = |a, b| i16x8::zip(a, b, |x, y| mask16(x < y));
        I16x8LtU "i16x8.lt_u" V128, V128 => V128, swap I16x8GtU = |a, b| u16x8::zip(a, b, |x, y| mask16(x < y));
        I16x8GtS "i16x8.gt_s" V128, V128 => V128, swap I16x8LtS = |a, b| i16x8::zip(a, b, |x, y| mask16(x > y));
        I16x8GtU "i16x8.gt_u" V128, V128 => V128, swap I16x8LtU = |a, b| u16x8::zip(a, b, |x, y| mask16(x > y));
        I16x8LeS "i16x8.le_s" V128, V128 => V128, swap I16x8GeS = |a, b| i16x8::zip(a, b, |x, y| mask16(x <= y));
        I16x8LeU "i16x8.le_u" V128, V128 => V128, swap I16x8GeU = |a, b| u16x8::zip(a, b, |x, y| mask16(x <= y));
        I16x8GeS "i16x8.ge_s" V128, V128 => V128, swap I16x8LeS = |a, b| i16x8::zip(a, b, |x, y| mask16(x >= y));
        I16x8GeU "i16x8.ge_u" V128, V128 => V128, swap I16x8LeU = |a, b| u16x8::zip(a, b, |x, y| mask16(x >= y));
        I32x4Eq "i32x4.eq" V128, V128 => V128, swap I32x4Eq = |a, b| u32x4::zip(a, b, |x, y| mask32(x == y));
        I32x4Ne "i32x4.ne" V128, V128 => V128, swap I32x4Ne = |a, b| u32x4::zip(a, b, |x, y| mask32(x != y));
        I32x4LtS "i32x4.lt_s" V128, V128 => V128, swap I32x4GtS = |a, b| i32x4::zip(a, b, |x, y| mask32(x < y));
        I32x4LtU "i32x4.lt_u" V128, V128 => V128, swap I32x4GtU = |a, b| u32x4::zip(a, b, |x, y| mask32(x < y));
        I32x4GtS "i32x4.gt_s" V128, V128 => V128, swap I32x4LtS = |a, b| i32x4::zip(a, b, |x, y| mask32(x > y));
        I32x4GtU "i32x4.gt_u" V128, V128 => V128, swap I32x4LtU = |a, b| u32x4::zip(a, b, |x, y| mask32(x > y));
        I32x4LeS "i32x4.le_s" V128, V128 => V128, swap I32x4GeS = |a, b| i32x4::zip(a, b, |x, y| mask32(x <= y));
        I32x4LeU "i32x4.le_u" V128, V128 => V128, swap I32x4GeU = |a, b| u32x4::zip(a, b, |x, y| mask32(x <= y));
        I32x4GeS "i32x4.ge_s" V128, V128 => V128, swap I32x4LeS = |a, b| i32x4::zip(a, b, |x, y| mask32(x >= y));
        I32x4GeU "i32x4.ge_u" V128, V128 => V128, swap I32x4LeU = |a, b| u32x4::zip(a, b, |x, y| mask32(x >= y));
        I64x2Eq "i64x2.eq" V128, V128 => V128, swap I64x2Eq = |a, b| u64x2::zip(a, b, |x, y| mask64(x == y));
        I64x2Ne "i64x2.ne" V128, V128 => V128, swap I64x2Ne = |a, b| u64x2::zip(a, b, |x, y| mask64(x != y));
        I64x2LtS "i64x2.lt_s" V128, V128 => V128, swap I64x2GtS = |a, b| i64x2::zip(a, b, |x, y| mask64(x < y));
        I64x2GtS "i64x2.gt_s" V128, V128 => V128, swap I64x2LtS = |a, b| i64x2::zip(a, b, |x, y| mask64(x > y));
        I64x2LeS "i64x2.le_s" V128, V128 => V128, swap I64x2GeS = |a, b| i64x2::zip(a, b, |x, y| mask64(x <= y));
        I64x2GeS "i64x2.ge_s" V128, V128 => V128, swap I64x2LeS = |a, b| i64x2::zip(a, b, |x, y| mask64(x >= y));
        F32x4Eq "f32x4.eq" V128, V128 => V128, swap F32x4Eq = |a, b| f32x4::zip(a, b, |x, y| mask32(x == y));
        F32x4Ne "f32x4.ne" V128, V128 => V128, swap F32x4Ne = |a, b| f32x4::zip(a, b, |x, y| mask32(x != y));
        F32x4Lt "f32x4.lt" V128, V128 => V128, swap F32x4Gt = |a, b| f32x4::zip(a, b, |x, y| mask32(x < y));
        F32x4Gt "f32x4.gt" V128, V128 => V128, swap F32x4Lt = |a, b| f32x4::zip(a, b, |x, y| mask32(x > y));
        F32x4Le "f32x4.le" V128, V128 => V128, swap F32x4Ge = |a, b| f32x4::zip(a, b, |x, y| mask32(x <= y));
        F32x4Ge "f32x4.ge" V128, V128 => V128, swap F32x4Le = |a, b| f32x4::zip(a, b, |x, y| mask32(x >= y));
        F64x2Eq "f64x2.eq" V128, V128 => V128, swap F64x2Eq = |a, b| f64x2::zip(a, b, |x, y| mask64(x == y));
        F64x2Ne "f64x2.ne" V128, V128 => V128, swap F64x2Ne = |a, b| f64x2::zip(a, b, |x, y| mask64(x != y));
        F64x2Lt "f64x2.lt" V128, V128 => V128, swap F64x2Gt = |a, b| f64x2::zip(a, b, |x, y| mask64(x < y));
        F64x2Gt "f64x2.gt" V128, V128 => V128, swap F64x2Lt = |a, b| f64x2::zip(a, b, |x, y| mask64(x > y));
        F64x2Le "f64x2.le" V128, V128 => V128, swap F64x2Ge = |a, b| f64x2::zip(a, b, |x, y| mask64(x <= y));
        F64x2Ge "f64x2.ge" V128, V128 => V128, swap F64x2Le = |a, b| f64x2::zip(a, b, |x, y| mask64(x >= y));
        I8x16Add "i8x16.add" V128, V128 => V128, swap I8x16Add = |a, b| i8x16::zip(a, b, i8::wrapping_add);
        I8x16Sub "i8x16.sub" V128, V128 => V128 = |a, b| i8x16::zip(a, b, i8::wrapping_sub);
        I8x16MinS "i8x16.min_s" V128, V128 => V128, swap I8x16MinS = |a, b| i8x16::zip(a, b, |x, y| if x < y { x } else { y });
        I8x16MaxS "i8x16.max_s" V128, V128 => V128, swap I8x16MaxS = |a, b| i8x16::zip(a, b, |x, y| if x > y { x } else { y });
        I8x16MinU "i8x16.min_u" V128, V128 => V128, swap I8x16MinU = |a, b| u8x16::zip(a, b, |x, y| if x < y { x } else { y });
        I8x16MaxU "i8x16.max_u" V128, V128 => V128, swap I8x16MaxU = |a, b| u8x16::zip(a, b, |x, y| if x > y { x } else { y });
        I8x16AddSatS "i8x16.add_sat_s" V128, V128 => V128, swap I8x16AddSatS = |a, b| i8x16::zip(a, b, i8::saturating_add);
        I8x16SubSatS "i8x16.sub_sat_s" V128, V128 => V128 = |a, b| i8x16::zip(a, b, i8::saturating_sub);
        I8x16AddSatU "i8x16.add_sat_u" V128, V128 => V128, swap I8x16AddSatU = |a, b| u8x16::zip(a, b, u8::saturating_add);
        I8x16SubSatU "i8x16.sub_sat_u" V128, V128 => V128 = |a, b| u8x16::zip(a, b, u8::saturating_sub);
        I8x16AvgrU "i8x16.avgr_u" V128, V128 => V128, swap I8x16AvgrU = |a, b| u8x16::zip(a, b, |x, y| ((x as u32 + y as u32 + 1) >> 1) as u8);
        I8x16Shl "i8x16.shl" V128, u32 => V128 = |a, b| shl8(a, b);
        I8x16ShrS "i8x16.shr_s" V128, u32 => V128 = |a, b| i8x16::map(a, |x| x >> (b & 7));
        I8x16ShrU "i8x16.shr_u" V128, u32 => V128 = |a, b| shr8(a, b);
        I16x8Add "i16x8.add" V128, V128 => V128, swap I16x8Add = |a, b| i16x8::zip(a, b, i16::wrapping_add);
        I16x8Sub "i16x8.sub" V128, V128 => V128 = |a, b| i16x8::zip(a, b, i16::wrapping_sub);
        I16x8Mul "i16x8.mul" V128, V128 => V128, swap I16x8Mul = |a, b| i16x8::zip(a, b, i16::wrapping_mul);
        I16x8MinS "i16x8.min_s" V128, V128 => V128, swap I16x8MinS = |a, b| i16x8::zip(a, b, |x, y| if x < y { x } else { y });
        I16x8MaxS "i16x8.max_s" V128, V128 => V128, swap I16x8MaxS = |a, b| i16x8::zip(a, b, |x, y| if x > y { x } else { y });
        I16x8MinU "i16x8.min_u" V128, V128 => V128, swap I16x8MinU = |a, b| u16x8::zip(a, b, |x, y| if x < y { x } else { y });
        I16x8MaxU "i16x8.max_u" V128, V128 => V128, swap I16x8MaxU = |a, b| u16x8::zip(a, b, |x, y| if x > y { x } else { y });
        I16x8AddSatS "i16x8.add_sat_s" V128, V128 => V128, swap I16x8AddSatS = |a, b| i16x8::zip(a, b, i16::saturating_add);
        I16x8SubSatS "i16x8.sub_sat_s" V128, V128 => V128 = |a, b| i16x8::zip(a, b, i16::saturating_sub);
        I16x8AddSatU "i16x8.add_sat_u" V128, V128 => V128, swap I16x8AddSatU = |a, b| u16x8::zip(a, b, u16::saturating_add);
        I16x8SubSatU "i16x8.sub_sat_u" V128, V128 => V128 = |a, b| u16x8::zip(a, b, u16::saturating_sub);
        I16x8AvgrU "i16x8.avgr_u" V128, V128 => V128, swap I16x8AvgrU = |a, b| u16x8::zip(a, b, |x, y| ((x as u32 + y as u32 + 1) >> 1) as u16);
        I16x8Shl "i16x8.shl" V128, u32 => V128 = |a, b| shl16(a, b);
        I16x8ShrS "i16x8.shr_s" V128, u32 => V128 = |a, b| i16x8::map(a, |x| x >> (b & 15));
        I16x8ShrU "i16x8.shr_u" V128, u32 => V128 = |a, b| shr16(a, b);
        I32x4Add "i32x4.add" V128, V128 => V128, swap I32x4Add = |a, b| i32x4::zip(a, b, i32::wrapping_add);
        I32x4Sub "i32x4.sub" V128, V128 => V128 = |a, b| i32x4::zip(a, b, i32::wrapping_sub);
        I32x4Mul "i32x4.mul" V128, V128 => V128, swap I32x4Mul = |a, b| i32x4::zip(a, b, i32::wrapping_mul);
        I32x4MinS "i32x4.min_s" V128, V128 => V128, swap I32x4MinS = |a, b| i32x4::zip(a, b, |x, y| if x < y { x } else { y });
        I32x4MaxS "i32x4.max_s" V128, V128 => V128, swap I32x4MaxS = |a, b| i32x4::zip(a, b, |x, y| if x > y { x } else { y });
        I32x4MinU "i32x4.min_u" V128, V128 => V128, swap I32x4MinU = |a, b| u32x4::zip(a, b, |x, y| if x < y { x } else { y });
        I32x4MaxU "i32x4.max_u" V128, V128 => V128, swap I32x4MaxU = |a, b| u32x4::zip(a, b, |x, y| if x > y { x } else { y });
        I32x4Shl "i32x4.shl" V128, u32 => V128 = |a, b| shl32(a, b);
        I32x4ShrS "i32x4.shr_s" V128, u32 => V128 = |a, b| i32x4::map(a, |x| x >> (b & 31));
        I32x4ShrU "i32x4.shr_u" V128, u32 => V128 = |a, b| shr32(a, b);
        I64x2Add "i64x2.add" V128, V128 => V128, swap I64x2Add = |a, b| i64x2::zip(a, b, i64::wrapping_add);
        I64x2Sub "i64x2.sub" V128, V128 => V128 = |a, b| i64x2::zip(a, b, i64::wrapping_sub);
        I64x2Mul "i64x2.mul" V128, V128 => V128, swap I64x2Mul = |a, b| i64x2::zip(a, b, i64::wrapping_mul);
        I64x2Shl "i64x2.shl" V128, u32 => V128 = |a, b| shl64(a, b);
        I64x2ShrS "i64x2.shr_s" V128, u32 => V128 = |a, b| i64x2::map(a, |x| x >> (b & 63));
        I64x2ShrU "i64x2.shr_u" V128, u32 => V128 = |a, b| shr64(a, b);
        I8x16NarrowI16x8S "i8x16.narrow_i16x8_s" V128, V128 => V128 = |a, b| narrow8(a, b, |x| x.clamp(-128, 127) as u8);
        I8x16NarrowI16x8U "i8x16.narrow_i16x8_u" V128, V128 => V128 = |a, b| narrow8(a, b, |x| x.clamp(0, 255) as u8);
        I16x8NarrowI32x4S "i16x8.narrow_i32x4_s" V128, V128 => V128 = |a, b| narrow16(a, b, |x| x.clamp(-32768, 32767) as u16);
        I16x8NarrowI32x4U "i16x8.narrow_i32x4_u" V128, V128 => V128 = |a, b| narrow16(a, b, |x| x.clamp(0, 65535) as u16);
        I16x8Q15MulrSatS "i16x8.q15mulr_sat_s" V128, V128 => V128, swap I16x8Q15MulrSatS = |a, b| i16x8::zip(a, b, |x, y| ((x as i32 * y as i32 + 0x4000) >> 15).min(0x7fff) as i16);
        I32x4DotI16x8S "i32x4.dot_i16x8_s" V128, V128 => V128, swap I32x4DotI16x8S = |a, b| dot16(a, b);
        I16x8ExtMulLowI8x16S "i16x8.extmul_low_i8x16_s" V128, V128 => V128, swap I16x8ExtMulLowI8x16S = |a, b| { let (l, r) = (i8x16::lanes(a), i8x16::lanes(b)); i16x8::of(|i| l[i] as i16 * r[i] as i16) };
        I16x8ExtMulLowI8x16U "i16x8.extmul_low_i8x16_u" V128, V128 => V128, swap I16x8ExtMulLowI8x16U = |a, b| { let (l, r) = (u8x16::lanes(a), u8x16::lanes(b)); u16x8::of(|i| l[i] as u16 * r[i] as u16) };
        I16x8ExtMulHighI8x16S "i16x8.extmul_high_i8x16_s" V128, V128 => V128, swap I16x8ExtMulHighI8x16S = |a, b| { let (l, r) = (i8x16::lanes(a), i8x16::lanes(b)); i16x8::of(|i| l[i + 8] as i16 * r[i + 8] as i16) };
        I16x8ExtMulHighI8x16U "i16x8.extmul_high_i8x16_u" V128, V128 => V128, swap I16x8ExtMulHighI8x16U = |a, b| { let (l, r) = (u8x16::lanes(a), u8x16::lanes(b)); u16x8::of(|i| l[i + 8] as u16 * r[i + 8] as u16) };
        I32x4ExtMulLowI16x8S "i32x4.extmul_low_i16x8_s" V128, V128 => V128, swap I32x4ExtMulLowI16x8S = |a, b| { let (l, r) = (i16x8::lanes(a), i16x8::lanes(b)); i32x4::of(|i| l[i] as i32 * r[i] as i32) };
        I32x4ExtMulLowI16x8U "i32x4.extmul_low_i16x8_u" V128, V128 => V128, swap I32x4ExtMulLowI16x8U = |a, b| { let (l, r) = (u16x8::lanes(a), u16x8::lanes(b)); u32x4::of(|i| l[i] as u32 * r[i] as u32) };
        I32x4ExtMulHighI16x8S "i32x4.extmul_high_i16x8_s" V128, V128 => V128, swap I32x4ExtMulHighI16x8S = |a, b| { let (l, r) = (i16x8::lanes(a), i16x8::lanes(b)); i32x4::of(|i| l[i + 4] as i32 * r[i + 4] as i32) };
        I32x4ExtMulHighI16x8U "i32x4.extmul_high_i16x8_u" V128, V128 => V128, swap I32x4ExtMulHighI16x8U = |a, b| { let (l, r) = (u16x8::lanes(a), u16x8::lanes(b)); u32x4::of(|i| l[i + 4] as u32 * r[i + 4] as u32) };
        I64x2ExtMulLowI32x4S "i64x2.extmul_low_i32x4_s" V128, V128 => V128, swap I64x2ExtMulLowI32x4S = |a, b| { let (l, r) = (i32x4::lanes(a), i32x4::lanes(b)); i64x2::of(|i| l[i] as i64 * r[i] as i64) };
        I64x2ExtMulLowI32x4U "i64x2.extmul_low_i32x4_u" V128, V128 => V128, swap I64x2ExtMulLowI32x4U = |a, b| { let (l, r) = (u32x4::lanes(a), u32x4::lanes(b)); u64x2::of(|i| l[i] as u64 * r[i] as u64) };
        I64x2ExtMulHighI32x4S "i64x2.extmul_high_i32x4_s" V128, V128 => V128, swap I64x2ExtMulHighI32x4S = |a, b| { let (l, r) = (i32x4::lanes(a), i32x4::lanes(b)); i64x2::of(|i| l[i + 2] as i64 * r[i + 2] as i64) };
        I64x2ExtMulHighI32x4U "i64x2.extmul_high_i32x4_u" V128, V128 => V128, swap I64x2ExtMulHighI32x4U = |a, b| { let (l, r) = (u32x4::lanes(a), u32x4::lanes(b)); u64x2::of(|i| l[i + 2] as u64 * r[i + 2] as u64) };
        F32x4Add "f32x4.add" V128, V128 => V128 = |a, b| f32x4::zip(a, b, |x, y| x + y);
        F32x4Sub "f32x4.sub" V128, V128 => V128 = |a, b| f32x4::zip(a, b, |x, y| x - y);
        F32x4Mul "f32x4.mul" V128, V128 => V128 = |a, b| f32x4::zip(a, b, |x, y| x * y);
        F32x4Div "f32x4.div" V128, V128 => V128 = |a, b| f32x4::zip(a, b, |x, y| x / y);
        F32x4Min "f32x4.min" V128, V128 => V128 = |a, b| f32x4::zip(a, b, min32);
        F32x4Max "f32x4.max" V128, V128 => V128 = |a, b| f32x4::zip(a, b, max32);
        F32x4PMin "f32x4.pmin" V128, V128 => V128 = |a, b| f32x4::zip(a, b, |x, y| if y < x { y } else { x });
        F32x4PMax "f32x4.pmax" V128, V128 => V128 = |a, b| f32x4::zip(a, b, |x, y| if x < y { y } else { x });
        F64x2Add "f64x2.add" V128, V128 => V128 = |a, b| f64x2::zip(a, b, |x, y| x + y);
        F64x2Sub "f64x2.sub" V128, V128 => V128 = |a, b| f64x2::zip(a, b, |x, y| x - y);
        F64x2Mul "f64x2.mul" V128, V128 => V128 = |a, b| f64x2::zip(a, b, |x, y| x * y);
        F64x2Div "f64x2.div" V128, V128 => V128 = |a, b| f64x2::zip(a, b, |x, y| x / y);
        F64x2Min "f64x2.min" V128, V128 => V128 = |a, b| f64x2::zip(a, b, min64);
        F64x2Max "f64x2.max" V128, V128 => V128 = |a, b| f64x2::zip(a, b, max64);
        F64x2PMin "f64x2.pmin" V128, V128 => V128 = |a, b| f64x2::zip(a, b, |x, y| if y < x { y } else { x });
        F64x2PMax "f64x2.pmax" V128, V128 => V128 = |a, b| f64x2::zip(a, b, |x, y| if x < y { y } else { x });
        I16x8RelaxedDotI8x16I7x16S "i16x8.relaxed_dot_i8x16_i7x16_s" V128, V128 => V128 = |a, b| dot8(a, b);
    }
    ternary {
        V128Bitselect "v128.bitselect" V128, V128, V128 => V128 = |a, b, c| bitselect(a, b, c);
        I32x4RelaxedDotI8x16I7x16AddS "i32x4.relaxed_dot_i8x16_i7x16_add_s" V128, V128, V128 => V128 = |a, b, c| dot8_add(a, b, c);
        F32x4RelaxedMadd "f32x4.relaxed_madd" V128, V128, V128 => V128 = |a, b, c| f32x4::zip3(a, b, c, |x, y, z| x * y + z);
        F32x4RelaxedNmadd "f32x4.relaxed_nmadd" V128, V128, V128 => V128 = |a, b, c| f32x4::zip3(a, b, c, |x, y, z| -x * y + z);
        F64x2RelaxedMadd "f64x2.relaxed_madd" V128, V128, V128 => V128 = |a, b, c| f64x2::zip3(a, b, c, |x, y, z| x * y + z);
        F64x2RelaxedNmadd "f64x2.relaxed_nmadd" V128, V128, V128 => V128 = |a, b, c| f64x2::zip3(a, b, c, |x, y, z| -x * y + z);
    }
    // The last operand is a constant.
    extract {
        I8x16ExtractLaneS "i8x16.extract_lane_s" V128, u32 => u32 = |a, b| lane8(a, b) as i8 as i32 as u32;
        I8x16ExtractLaneU "i8x16.extract_lane_u" V128, u32 => u32 = |a, b| lane8(a, b) as u32;
        I16x8ExtractLaneS "i16x8.extract_lane_s" V128, u32 => u32 = |a, b| lane16(a, b) as i16 as i32 as u32;
        I16x8ExtractLaneU "i16x8.extract_lane_u" V128, u32 => u32 = |a, b| lane16(a, b) as u32;
        I32x4ExtractLane "i32x4.extract_lane" V128, u32 => u32 = |a, b| lane32(a, b);
        I64x2ExtractLane "i64x2.extract_lane" V128, u32 => u64 = |a, b| lane64(a, b);
        F32x4ExtractLane "f32x4.extract_lane" V128, u32 => f32 = |a, b| f32::from_bits(lane32(a, b));
        F64x2ExtractLane "f64x2.extract_lane" V128, u32 => f64 = |a, b| f64::from_bits(lane64(a, b));
    }
    replace {
        I8x16ReplaceLane "i8x16.replace_lane" V128, u32, u32 => V128 = |a, b, c| with8(a, c, b as u8);
        I16x8ReplaceLane "i16x8.replace_lane" V128, u32, u32 => V128 = |a, b, c| with16(a, c, b as u16);
        I32x4ReplaceLane "i32x4.replace_lane" V128, u32, u32 => V128 = |a, b, c| with32(a, c, b);
        I64x2ReplaceLane "i64x2.replace_lane" V128, u64, u32 => V128 = |a, b, c| with64(a, c, b);
        F32x4ReplaceLane "f32x4.replace_lane" V128, f32, u32 => V128 = |a, b, c| with32(a, c, b.to_bits());
        F64x2ReplaceLane "f64x2.replace_lane" V128, f64, u32 => V128 = |a, b, c| with64(a, c, b.to_bits());
        I8x16Shuffle "i8x16.shuffle" V128, V128, V128 => V128 = |a, b, c| shuffle(a, b, c);
    }
    // What operators use in another way.
    part {
        V128Low32 "v128.low32" u32 => V128 = |a| u64x2::of(|i| if i == 0 { a as u64 } else { 0 });
        F32x4Canonical "f32x4.canonical" V128 => V128 = |a| f32x4::map(a, float::canonical32);
        F64x2Canonical "f64x2.canonical" V128 => V128 = |a| f64x2::map(a, float::canonical64);
        I32x4FastTruncF32x4S "i32x4.relaxed_trunc_f32x4_s" V128 => V128 = |a| trunc_s(a);
        V128Low64 "v128.low64" u64 => V128 = |a| u64x2::of(|i| if i == 0 { a } else { 0 });
    }
    part2 {
        // The machine's own choice for relaxed operators, where it costs less.
        F32x4FastMin "f32x4.relaxed_min" V128, V128 => V128 = |a, b| f32x4::zip(a, b, |x, y| if x < y { x } else { y });
        F32x4FastMax "f32x4.relaxed_max" V128, V128 => V128 = |a, b| f32x4::zip(a, b, |x, y| if x > y { x } else { y });
        F64x2FastMin "f64x2.relaxed_min" V128, V128 => V128 = |a, b| f64x2::zip(a, b, |x, y| if x < y { x } else { y });
        F64x2FastMax "f64x2.relaxed_max" V128, V128 => V128 = |a, b| f64x2::zip(a, b, |x, y| if x > y { x } else { y });
        I8x16Swizzle "i8x16.swizzle" V128, V128 => V128 = |a, b| swizzle(a, b);
    }
    load {
        V128Load "v128.load" V128 => V128 = |m| m;
    }
    store {
        V128Store "v128.store" V128 => V128 = |v| v;
    }
    // fields of objects: as in `objects.rs`
    get {
        V128Get "v128.get" V128 => V128 = |m| m;
    }
    put {
        V128Put "v128.put" V128 => V128 = |v| v;
    }
}
