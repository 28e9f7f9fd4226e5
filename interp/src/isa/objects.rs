// The operations on references and the fields of objects, in the same form as those of `operations.rs`. Only builds with the
// feature `gc` have handlers for them.
//
// A reference is a number of 32 bits: 0 is null, an odd one has 31 bits of a number above its lowest bit, all others are
// distances from the heap's base, or numbers of functions. So what is about null and equality is arithmetic.
objects! {
    // No operators: their results are references.
    unary {
        RefI31 "ref.i31" u32 => u32 = |a| a << 1 | 1;
    }
    // no operators either
    reference {
        RefCastNonNull "ref.cast_non_null" u32 => u32 = |a| if a == 0 { Err(TrapCode::CastFailure) } else { Ok(a) };
        RefCastNull "ref.cast_null" u32 => u32 = |a| if a != 0 { Err(TrapCode::CastFailure) } else { Ok(a) };
        RefAsNonNull "ref.as_non_null" u32 => u32 = |a| if a == 0 { Err(TrapCode::NullReference) } else { Ok(a) };
    }
    unary_trapping {
        I31GetS "i31.get_s" u32 => u32 = |a| if a == 0 { Err(TrapCode::NullReference) } else { Ok((a as i32 >> 1) as u32) };
        I31GetU "i31.get_u" u32 => u32 = |a| if a == 0 { Err(TrapCode::NullReference) } else { Ok(a >> 1) };
    }
    // no operator
    binary_trapping {
        RefCastIf "ref.cast_if" u32 => u32 = |a, is| if is == 0 { Err(TrapCode::CastFailure) } else { Ok(a) };
    }
    // What looks at the type of an object: the reference => whether it is of the type, or the reference.
    test {
        RefIs "ref.is";
    }
    cast {
        RefCast "ref.cast";
    }
    // name, text, type in the object => type of the value
    get {
        I32Get "i32.get" u32 => u32 = |m| m;
        I64Get "i64.get" u64 => u64 = |m| m;
        F32Get "f32.get" u32 => f32 = |m| f32::from_bits(m);
        F64Get "f64.get" u64 => f64 = |m| f64::from_bits(m);
        I32Get8S "i32.get8_s" i8 => u32 = |m| m as i32 as u32;
        I32Get8U "i32.get8_u" u8 => u32 = |m| m as u32;
        I32Get16S "i32.get16_s" i16 => u32 = |m| m as i32 as u32;
        I32Get16U "i32.get16_u" u16 => u32 = |m| m as u32;
    }
    // name, text, type of the value => type in the object
    put {
        I32Put "i32.put" u32 => u32 = |v| v;
        I64Put "i64.put" u64 => u64 = |v| v;
        F32Put "f32.put" f32 => u32 = |v| v.to_bits();
        F64Put "f64.put" f64 => u64 = |v| v.to_bits();
        I32Put8 "i32.put8" u32 => u8 = |v| v as u8;
        I32Put16 "i32.put16" u32 => u16 = |v| v as u16;
    }
}
