// The statements that have no operand expressions: name, text, operands in the order in which they
// follow the handler in the code. Included by `isa` (accessors for the handlers) and by `build/`
// (handler table, encoder, disassembler, verifier). The operand types are those of `exec::operand`.
statements! {
    /// Jumps.
    Br "br" { target: Target }
    /// Returns from a function whose results are in place.
    Return "return" {}
    /// Traps.
    Unreachable "unreachable" {}
    /// Branches by a table of numbers of routes; `len` values from `src` on go along.
    BrTableRoutes "br_table" { index: Slot, len: U16, src: SrcRange, routes: RoutesAddress, choices: Choices }
    /// Branches if the condition is not zero; `len` values from `src` on go along.
    BrIfMove "br_if" { dst: DstRange, len: U16, src: KeptRange, cond: Slot, target: Target }
    /// Calls a function of the same instance.
    Call "call" { entry: Entry, distance: Distance }
    /// Calls an imported function.
    CallImport "call_import" { func: ImportIndex, distance: Distance }
    /// Calls through a table; the index is in a slot.
    CallIndirect "call_indirect" { table: TableIndex, type_id: U32, index: Slot, distance: Distance }
    /// Calls in tail position a function of the same instance: `len` slots of arguments move to where this
    /// frame begins, unless they are there, and the return word to where it is in the callee's.
    ReturnCall "return_call" { first: First, args: TailArgs, len: U16, area: TailArea, entry: Entry }
    /// Calls in tail position an imported function. A host function is called as by `call_import`, and
    /// returns to what follows, which returns.
    /// Its results are where its arguments were.
    ReturnCallImport "return_call_import" { first: First, args: TailArgs, func: ImportIndex }
    /// Calls in tail position through a table, a host function as above.
    ReturnCallIndirect "return_call_indirect" { first: First, args: TailArgs, len: U16, area: TailArea, table: TableIndex, type_id: U32, index: Slot }
    /// `br`, metered, as all of this group.
    BrMetered "br" { target: Target, charge: Fuel }
    /// The charges of the routes are theirs, in addition.
    BrTableRoutesMetered "br_table" { index: Slot, len: U16, src: SrcRange, routes: RoutesAddress, charge: Fuel, choices: Choices }
    /// `br_if`.
    BrIfMoveMetered "br_if" { dst: DstRange, len: U16, src: KeptRange, cond: Slot, target: Target, taken: Fuel, not_taken: Fuel }
    /// `return`.
    ReturnMetered "return" { charge: Fuel }
    /// `call`.
    CallMetered "call" { entry: Entry, distance: Distance, charge: Fuel }
    /// `call_import`.
    CallImportMetered "call_import" { func: ImportIndex, distance: Distance, charge: Fuel }
    /// `call_indirect`.
    CallIndirectMetered "call_indirect" { table: TableIndex, type_id: U32, index: Slot, distance: Distance, charge: Fuel }
    /// `return_call`.
    ReturnCallMetered "return_call" { first: First, args: TailArgs, len: U16, area: TailArea, entry: Entry, charge: Fuel }
    /// `return_call_import`.
    ReturnCallImportMetered "return_call_import" { first: First, args: TailArgs, func: ImportIndex, charge: Fuel }
    /// `return_call_indirect`.
    ReturnCallIndirectMetered "return_call_indirect" { first: First, args: TailArgs, len: U16, area: TailArea, table: TableIndex, type_id: U32, index: Slot, charge: Fuel }
    /// Enters a loop, whose head follows: pays, `advance` of it in advance, and checks.
    LoopCheck "loop_check" { charge: Fuel, advance: Fuel }
    /// Pays.
    Consume "consume" { charge: Fuel }
    /// Pays, before a boundary.
    Commit "commit" { charge: Fuel }
    /// Looks at the epoch.
    Look "look" {}
    /// Comes before an operation in bulk, the statement `op`, on so many units: pays, also for these, and checks.
    Bulk "bulk" { units: Units, weight: U16, op: U16, charge: Fuel }
    /// Zeroes locals at function entry.
    Zero1 "zero" { at: Dst }
    /// Zeroes two slots.
    Zero2 "zero2" { at: Dst2 }
    /// Zeroes four slots (the frame has them).
    Zero4 "zero4" { at: Dst4 }
    /// Zeroes a range of slots.
    Zero "zero_range" { at: DstRange, len: U16 }
    /// Copies eight slots to where values lie one after the other.
    Gather "gather" { dst: Dst8, a: Slot, b: Slot, c: Slot, d: Slot, e: Slot, f: Slot, g: Slot, h: Slot }
    /// Sets four slots to constants of 32 bits without a sign.
    Constants "constants" { dst: Dst4, a: U32, b: U32, c: U32, d: U32 }
    /// Reads the pinned local from its slot into the register.
    LoadPinned "pinned" { slot: Slot }
    /// Copies slots, the lowest first; the ranges may overlap if the destination is below the source.
    Copy "copy" { dst: DstRange, len: U16, src: SrcRange }
    /// The sum of two numbers of 128 bits, low half first.
    Add128 "i64.add128" { dst: Dst2, a: Slot, a_high: Slot, b: Slot, b_high: Slot }
    /// Their difference.
    Sub128 "i64.sub128" { dst: Dst2, a: Slot, a_high: Slot, b: Slot, b_high: Slot }
    /// The whole product of two signed numbers.
    MulWideS "i64.mul_wide_s" { dst: Dst2, a: Slot, b: Slot }
    /// The whole product of two unsigned numbers.
    MulWideU "i64.mul_wide_u" { dst: Dst2, a: Slot, b: Slot }
    /// Size of a memory in pages.
    MemorySize "memory.size" { dst: Dst, memory: MemoryIndex, page_size_log2: U16 }
    /// Size of a table.
    TableSize "table.size" { dst: Dst, table: TableIndex }
    /// Reads a table element.
    TableGet "table.get" { dst: Dst, table: TableIndex, index: Slot }
    /// Writes a table element.
    TableSet "table.set" { table: TableIndex, index: Slot, value: Slot }
    /// A reference to a function of the module.
    RefFunc "ref.func" { dst: Dst, func: FuncIndex }
    /// Fills a memory.
    MemoryFill "memory.fill" { memory: MemoryIndex, dst: Slot, value: Slot, len: Slot }
    /// Copies within or between memories.
    MemoryCopy "memory.copy" { dst_memory: MemoryIndex, src_memory: MemoryIndex, dst: Slot, src: Slot, len: Slot }
    /// Grows a memory. Suspends, for the driver has a say.
    MemoryGrow "memory.grow" { dst: Dst, memory: MemoryNumber, delta: Slot }
    /// Copies a data segment. Suspends, as the next ones do up to `elem.drop`.
    MemoryInit "memory.init" { segment: DataNumber, memory: MemoryNumber, dst: Slot, src: Slot, len: Slot }
    /// Drops a data segment.
    DataDrop "data.drop" { segment: DataNumber }
    /// Grows a table.
    TableGrow "table.grow" { dst: Dst, table: TableNumber, init: Slot, delta: Slot }
    /// Fills a table.
    TableFill "table.fill" { table: TableNumber, dst: Slot, value: Slot, len: Slot }
    /// Copies within or between tables.
    TableCopy "table.copy" { dst_table: TableNumber, src_table: TableNumber, dst: Slot, src: Slot, len: Slot }
    /// Copies an element segment.
    TableInit "table.init" { segment: ElemNumber, table: TableNumber, dst: Slot, src: Slot, len: Slot }
    /// Drops an element segment.
    ElemDrop "elem.drop" { segment: ElemNumber }
    /// `memory.size` of a shared memory. What follows, up to `notify`, is there with the feature `threads`.
    SharedSize "memory.size" { dst: Dst, memory: AnyMemory, page_size_log2: U16 }
    /// `memory.fill` of a shared memory.
    SharedFill "memory.fill" { memory: AnyMemory, dst: Slot, value: Slot, len: Slot }
    /// `memory.copy`, where one of the memories is shared or both are.
    SharedCopy "memory.copy" { dst_memory: AnyMemory, src_memory: AnyMemory, dst: Slot, src: Slot, len: Slot }
    /// Atomic operations of `atomics.rs`.
    AtomicLoad "atomic" { op: AtomicOp, memory: AnyMemory, offset: U64, address: Slot, dst: Dst }
    /// The same.
    AtomicStore "atomic" { op: AtomicOp, memory: AnyMemory, offset: U64, address: Slot, value: Slot }
    /// The same.
    AtomicRmw "atomic" { op: AtomicOp, memory: AnyMemory, offset: U64, address: Slot, value: Slot, dst: Dst }
    /// The same.
    AtomicCmpxchg "atomic" { op: AtomicOp, memory: AnyMemory, offset: U64, address: Slot, expected: Slot, replacement: Slot, dst: Dst }
    /// A fence.
    AtomicFence "atomic.fence" {}
    /// Waits for a notification. Suspends, as the next two do.
    MemoryWait32 "memory.atomic.wait32" { dst: Dst, memory: MemoryNumber, offset: U64, address: Slot, expected: Slot, timeout: Slot }
    /// The same for 64 bits.
    MemoryWait64 "memory.atomic.wait64" { dst: Dst, memory: MemoryNumber, offset: U64, address: Slot, expected: Slot, timeout: Slot }
    /// Notifies threads that wait.
    MemoryNotify "memory.atomic.notify" { dst: Dst, memory: MemoryNumber, offset: U64, address: Slot, count: Slot }
    /// The end of a call by the embedder (never emitted by the translator).
    Done "done" {}
    /// The end of a call from another instance (never emitted by the translator).
    Crossed "crossed" {}
}
