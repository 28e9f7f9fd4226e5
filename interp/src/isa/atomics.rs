// The atomic operations: one line each, which is the only place where an operation's text, its types and its
// meaning are written. `m` is the atomic integer in memory, of the given type; operands and results are
// integers of the operation's type (`I32`, `I64`), cut to that of the memory and zero-extended from it.
//
// The names are those of wasmparser's operators; `build/` makes the translator's visitor from them.
atomics! {
    // Results: what was read.
    load = |m| {
        I32AtomicLoad "i32.atomic.load" I32 u32 = m.load(SeqCst);
        I64AtomicLoad "i64.atomic.load" I64 u64 = m.load(SeqCst);
        I32AtomicLoad8U "i32.atomic.load8_u" I32 u8 = m.load(SeqCst);
        I32AtomicLoad16U "i32.atomic.load16_u" I32 u16 = m.load(SeqCst);
        I64AtomicLoad8U "i64.atomic.load8_u" I64 u8 = m.load(SeqCst);
        I64AtomicLoad16U "i64.atomic.load16_u" I64 u16 = m.load(SeqCst);
        I64AtomicLoad32U "i64.atomic.load32_u" I64 u32 = m.load(SeqCst);
    }
    store = |m, a| {
        I32AtomicStore "i32.atomic.store" I32 u32 = m.store(a, SeqCst);
        I64AtomicStore "i64.atomic.store" I64 u64 = m.store(a, SeqCst);
        I32AtomicStore8 "i32.atomic.store8" I32 u8 = m.store(a, SeqCst);
        I32AtomicStore16 "i32.atomic.store16" I32 u16 = m.store(a, SeqCst);
        I64AtomicStore8 "i64.atomic.store8" I64 u8 = m.store(a, SeqCst);
        I64AtomicStore16 "i64.atomic.store16" I64 u16 = m.store(a, SeqCst);
        I64AtomicStore32 "i64.atomic.store32" I64 u32 = m.store(a, SeqCst);
    }
    // Results: what was there before.
    rmw = |m, a| {
        I32AtomicRmwAdd "i32.atomic.rmw.add" I32 u32 = m.fetch_add(a, SeqCst);
        I64AtomicRmwAdd "i64.atomic.rmw.add" I64 u64 = m.fetch_add(a, SeqCst);
        I32AtomicRmw8AddU "i32.atomic.rmw8.add_u" I32 u8 = m.fetch_add(a, SeqCst);
        I32AtomicRmw16AddU "i32.atomic.rmw16.add_u" I32 u16 = m.fetch_add(a, SeqCst);
        I64AtomicRmw8AddU "i64.atomic.rmw8.add_u" I64 u8 = m.fetch_add(a, SeqCst);
        I64AtomicRmw16AddU "i64.atomic.rmw16.add_u" I64 u16 = m.fetch_add(a, SeqCst);
        I64AtomicRmw32AddU "i64.atomic.rmw32.add_u" I64 u32 = m.fetch_add(a, SeqCst);
        I32AtomicRmwSub "i32.atomic.rmw.sub" I32 u32 = m.fetch_sub(a, SeqCst);
        I64AtomicRmwSub "i64.atomic.rmw.sub" I64 u64 = m.fetch_sub(a, SeqCst);
        I32AtomicRmw8SubU "i32.atomic.rmw8.sub_u" I32 u8 = m.fetch_sub(a, SeqCst);
        I32AtomicRmw16SubU "i32.atomic.rmw16.sub_u" I32 u16 = m.fetch_sub(a, SeqCst);
        I64AtomicRmw8SubU "i64.atomic.rmw8.sub_u" I64 u8 = m.fetch_sub(a, SeqCst);
        I64AtomicRmw16SubU "i64.atomic.rmw16.sub_u" I64 u16 = m.fetch_sub(a, SeqCst);
        I64AtomicRmw32SubU "i64.atomic.rmw32.sub_u" I64 u32 = m.fetch_sub(a, SeqCst);
        I32AtomicRmwAnd "i32.atomic.rmw.and" I32 u32 = m.fetch_and(a, SeqCst);
        I64AtomicRmwAnd "i64.atomic.rmw.and" I64 u64 = m.fetch_and(a, SeqCst);
        I32AtomicRmw8AndU "i32.atomic.rmw8.and_u" I32 u8 = m.fetch_and(a, SeqCst);
        I32AtomicRmw16AndU "i32.atomic.rmw16.and_u" I32 u16 = m.fetch_and(a, SeqCst);
        I64AtomicRmw8AndU "i64.atomic.rmw8.and_u" I64 u8 = m.fetch_and(a, SeqCst);
        I64AtomicRmw16AndU "i64.atomic.rmw16.and_u" I64 u16 = m.fetch_and(a, SeqCst);
        I64AtomicRmw32AndU "i64.atomic.rmw32.and_u" I64 u32 = m.fetch_and(a, SeqCst);
        I32AtomicRmwOr "i32.atomic.rmw.or" I32 u32 = m.fetch_or(a, SeqCst);
        I64AtomicRmwOr "i64.atomic.rmw.or" I64 u64 = m.fetch_or(a, SeqCst);
        I32AtomicRmw8OrU "i32.atomic.rmw8.or_u" I32 u8 = m.fetch_or(a, SeqCst);
        I32AtomicRmw16OrU "i32.atomic.rmw16.or_u" I32 u16 = m.fetch_or(a, SeqCst);
        I64AtomicRmw8OrU "i64.atomic.rmw8.or_u" I64 u8 = m.fetch_or(a, SeqCst);
        I64AtomicRmw16OrU "i64.atomic.rmw16.or_u" I64 u16 = m.fetch_or(a, SeqCst);
        I64AtomicRmw32OrU "i64.atomic.rmw32.or_u" I64 u32 = m.fetch_or(a, SeqCst);
        I32AtomicRmwXor "i32.atomic.rmw.xor" I32 u32 = m.fetch_xor(a, SeqCst);
        I64AtomicRmwXor "i64.atomic.rmw.xor" I64 u64 = m.fetch_xor(a, SeqCst);
        I32AtomicRmw8XorU "i32.atomic.rmw8.xor_u" I32 u8 = m.fetch_xor(a, SeqCst);
        I32AtomicRmw16XorU "i32.atomic.rmw16.xor_u" I32 u16 = m.fetch_xor(a, SeqCst);
        I64AtomicRmw8XorU "i64.atomic.rmw8.xor_u" I64 u8 = m.fetch_xor(a, SeqCst);
        I64AtomicRmw16XorU "i64.atomic.rmw16.xor_u" I64 u16 = m.fetch_xor(a, SeqCst);
        I64AtomicRmw32XorU "i64.atomic.rmw32.xor_u" I64 u32 = m.fetch_xor(a, SeqCst);
        I32AtomicRmwXchg "i32.atomic.rmw.xchg" I32 u32 = m.swap(a, SeqCst);
        I64AtomicRmwXchg "i64.atomic.rmw.xchg" I64 u64 = m.swap(a, SeqCst);
        I32AtomicRmw8XchgU "i32.atomic.rmw8.xchg_u" I32 u8 = m.swap(a, SeqCst);
        I32AtomicRmw16XchgU "i32.atomic.rmw16.xchg_u" I32 u16 = m.swap(a, SeqCst);
        I64AtomicRmw8XchgU "i64.atomic.rmw8.xchg_u" I64 u8 = m.swap(a, SeqCst);
        I64AtomicRmw16XchgU "i64.atomic.rmw16.xchg_u" I64 u16 = m.swap(a, SeqCst);
        I64AtomicRmw32XchgU "i64.atomic.rmw32.xchg_u" I64 u32 = m.swap(a, SeqCst);
    }
    // `a` is expected, `b` the replacement.
    cmpxchg = |m, a, b| {
        I32AtomicRmwCmpxchg "i32.atomic.rmw.cmpxchg" I32 u32 = exchange(m.compare_exchange(a, b, SeqCst, SeqCst));
        I64AtomicRmwCmpxchg "i64.atomic.rmw.cmpxchg" I64 u64 = exchange(m.compare_exchange(a, b, SeqCst, SeqCst));
        I32AtomicRmw8CmpxchgU "i32.atomic.rmw8.cmpxchg_u" I32 u8 = exchange(m.compare_exchange(a, b, SeqCst, SeqCst));
        I32AtomicRmw16CmpxchgU "i32.atomic.rmw16.cmpxchg_u" I32 u16 = exchange(m.compare_exchange(a, b, SeqCst, SeqCst));
        I64AtomicRmw8CmpxchgU "i64.atomic.rmw8.cmpxchg_u" I64 u8 = exchange(m.compare_exchange(a, b, SeqCst, SeqCst));
        I64AtomicRmw16CmpxchgU "i64.atomic.rmw16.cmpxchg_u" I64 u16 = exchange(m.compare_exchange(a, b, SeqCst, SeqCst));
        I64AtomicRmw32CmpxchgU "i64.atomic.rmw32.cmpxchg_u" I64 u32 = exchange(m.compare_exchange(a, b, SeqCst, SeqCst));
    }
}
