// The statements: what is an instruction. Included by `exec` (accessors of operands for the handlers) and by `build/` (handler
// table, encoder, disassembler, verifier).
//
// First those without expressions: name, text, operands in the order in which they follow the handler in the code, facts. The
// operand types are those of `exec::operand`. Of the facts, `ends` means that what follows in the code is not executed after it,
// `fusable` that it can be the second of two statements in one instruction: the run loop finds the operands of others
// where an instruction has them. `sets_pinned`: the first operand is the slot of the pinned local, which is in its register
// afterwards. `metered` names the form that also pays. `trees`, `metering`, `threads`, `gc`, `simd`: only builds with this feature have it.
statements! {
    /// Jumps.
    Br "br" { target: Target } [ends fusable metered(BrMetered)]
    /// Returns from a function whose results are in place.
    Return "return" {} [ends fusable metered(ReturnMetered)]
    /// Traps.
    Unreachable "unreachable" {} [ends]
    /// Branches by a table of numbers of routes; `len` values from `src` on go along.
    BrTableRoutes "br_table" { index: Slot, len: U16, src: SrcRange, routes: RoutesAddress, choices: Choices } [ends metered(BrTableRoutesMetered)]
    /// Branches if the condition is not zero; `len` values from `src` on go along.
    BrIfMove "br_if" { dst: DstRange, len: U16, src: KeptRange, cond: Slot, target: Target } [metered(BrIfMoveMetered)]
    /// Calls a function of the same instance.
    Call "call" { entry: Entry, distance: Distance } [fusable metered(CallMetered)]
    /// Calls an imported function.
    CallImport "call_import" { func: ImportIndex, distance: Distance } [fusable metered(CallImportMetered)]
    /// Calls through a table; the index is in a slot.
    CallIndirect "call_indirect" { table: TableIndex, type_id: U32, index: Slot, distance: Distance } [fusable metered(CallIndirectMetered)]
    /// Calls in tail position a function of the same instance: `len` slots of arguments move to where this
    /// frame begins, unless they are there, and the return word to where it is in the callee's.
    ReturnCall "return_call" { first: First, args: TailArgs, len: U16, area: TailArea, entry: Entry } [ends metered(ReturnCallMetered)]
    /// Calls in tail position an imported function. A host function is called as by `call_import`, and
    /// returns to what follows, which returns.
    /// Its results are where its arguments were.
    ReturnCallImport "return_call_import" { first: First, args: TailArgs, func: ImportIndex } [metered(ReturnCallImportMetered)]
    /// Calls in tail position through a table, a host function as above.
    ReturnCallIndirect "return_call_indirect" { first: First, args: TailArgs, len: U16, area: TailArea, table: TableIndex, type_id: U32, index: Slot } [metered(ReturnCallIndirectMetered)]
    /// Calls a function by reference, which has so many slots of parameters and results.
    CallRef "call_ref" { params: U16, results: U16, callee: Slot, distance: Distance } [gc fusable metered(CallRefMetered)]
    /// The same in tail position.
    ReturnCallRef "return_call_ref" { first: First, args: TailArgs, len: U16, area: TailArea, params: U16, results: U16, callee: Slot } [gc metered(ReturnCallRefMetered)]
    /// `br`, metered, as all of this group.
    BrMetered "br" { target: Target, charge: Fuel } [metering ends]
    /// The charges of the routes are theirs, in addition.
    BrTableRoutesMetered "br_table" { index: Slot, len: U16, src: SrcRange, routes: RoutesAddress, charge: Fuel, choices: Choices } [metering ends]
    /// `br_if`.
    BrIfMoveMetered "br_if" { dst: DstRange, len: U16, src: KeptRange, cond: Slot, target: Target, taken: Fuel, not_taken: Fuel } [metering]
    /// `return`.
    ReturnMetered "return" { charge: Fuel } [metering ends]
    /// `call`.
    CallMetered "call" { entry: Entry, distance: Distance, charge: Fuel } [metering]
    /// `call_import`.
    CallImportMetered "call_import" { func: ImportIndex, distance: Distance, charge: Fuel } [metering]
    /// `call_indirect`.
    CallIndirectMetered "call_indirect" { table: TableIndex, type_id: U32, index: Slot, distance: Distance, charge: Fuel } [metering]
    /// `return_call`.
    ReturnCallMetered "return_call" { first: First, args: TailArgs, len: U16, area: TailArea, entry: Entry, charge: Fuel } [metering ends]
    /// `return_call_import`.
    ReturnCallImportMetered "return_call_import" { first: First, args: TailArgs, func: ImportIndex, charge: Fuel } [metering]
    /// `return_call_indirect`.
    ReturnCallIndirectMetered "return_call_indirect" { first: First, args: TailArgs, len: U16, area: TailArea, table: TableIndex, type_id: U32, index: Slot, charge: Fuel } [metering]
    /// `call_ref`.
    CallRefMetered "call_ref" { params: U16, results: U16, callee: Slot, distance: Distance, charge: Fuel } [gc metering]
    /// `return_call_ref`.
    ReturnCallRefMetered "return_call_ref" { first: First, args: TailArgs, len: U16, area: TailArea, params: U16, results: U16, callee: Slot, charge: Fuel } [gc metering]
    /// Enters a loop, whose head follows: pays, `advance` of it in advance, and checks.
    LoopCheck "loop_check" { charge: Fuel, advance: Fuel } [metering]
    /// Pays.
    Consume "consume" { charge: Fuel } [metering]
    /// Pays, before a boundary.
    Commit "commit" { charge: Fuel } [metering]
    /// Looks at the epoch.
    Look "look" {} [metering]
    /// Comes before an operation in bulk, the statement `op`, on so many units: pays, also for these, and checks.
    Bulk "bulk" { units: Units, weight: U16, op: U16, charge: Fuel } [metering]
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
    LoadPinned "pinned" { slot: Slot } [trees sets_pinned]
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
    /// Throws an exception that carries `len` slots from `src` on. Suspends, as the next one does.
    Throw "throw" { tag: TagNumber, len: U16, src: SrcRange } [ends]
    /// Throws an exception again.
    ThrowRef "throw_ref" { exception: Slot } [ends]
    /// Makes an object of so many bytes, zero behind its header; arrays have a length. What comes next initialises it. Where the
    /// heap has no room it suspends, as the next ones do, and runs again.
    New "new" { dst: Dst, ty: TypeCell, size: U32, length: U32 } [gc]
    /// Makes an array of zeroes, whose elements have 1 << `shift` bytes.
    NewArray "new_array" { dst: Dst, ty: TypeCell, shift: U16, length: Slot } [gc]
    /// Sets all elements of the array that was made last.
    InitAll "init_all" { shift: U16, value: Slot } [gc]
    /// The same of vectors.
    InitAllV128 "init_all" { value: Slot2 } [gc simd]
    /// Makes an array of a data segment.
    ArrayNewData "array.new_data" { dst: Dst, ty: TypeCell, shift: U16, segment: DataNumber, src: Slot, len: Slot } [gc]
    /// Makes an array of an element segment.
    ArrayNewElem "array.new_elem" { dst: Dst, ty: TypeCell, segment: ElemNumber, src: Slot, len: Slot } [gc]
    /// Fills elements. Suspends, as the next ones do.
    ArrayFill "array.fill" { shift: U16, array: Slot, dst: Slot, value: Slot, len: Slot } [gc]
    /// The same of vectors.
    ArrayFillV128 "array.fill" { array: Slot, dst: Slot, value: Slot2, len: Slot } [gc simd]
    /// Copies elements within or between arrays.
    ArrayCopy "array.copy" { shift: U16, dst_array: Slot, dst: Slot, src_array: Slot, src: Slot, len: Slot } [gc]
    /// Copies from a data segment.
    ArrayInitData "array.init_data" { shift: U16, segment: DataNumber, array: Slot, dst: Slot, src: Slot, len: Slot } [gc]
    /// Copies from an element segment.
    ArrayInitElem "array.init_elem" { segment: ElemNumber, array: Slot, dst: Slot, src: Slot, len: Slot } [gc]
    /// Whether a function is of a type or one of its subtypes, or null where that will do. Suspends.
    FuncIs "func_is" { dst: Dst, type_id: U32, nullable: U16, func: Units } [gc]
    /// `memory.size` of a shared memory.
    SharedSize "memory.size" { dst: Dst, memory: AnyMemory, page_size_log2: U16 } [threads]
    /// `memory.fill` of a shared memory.
    SharedFill "memory.fill" { memory: AnyMemory, dst: Slot, value: Slot, len: Slot } [threads]
    /// `memory.copy`, where one of the memories is shared or both are.
    SharedCopy "memory.copy" { dst_memory: AnyMemory, src_memory: AnyMemory, dst: Slot, src: Slot, len: Slot } [threads]
    /// Atomic operations of `atomics.rs`.
    AtomicLoad "atomic" { op: AtomicOp, memory: AnyMemory, offset: U64, address: Slot, dst: Dst } [threads]
    /// The same.
    AtomicStore "atomic" { op: AtomicOp, memory: AnyMemory, offset: U64, address: Slot, value: Slot } [threads]
    /// The same.
    AtomicRmw "atomic" { op: AtomicOp, memory: AnyMemory, offset: U64, address: Slot, value: Slot, dst: Dst } [threads]
    /// The same.
    AtomicCmpxchg "atomic" { op: AtomicOp, memory: AnyMemory, offset: U64, address: Slot, expected: Slot, replacement: Slot, dst: Dst } [threads]
    /// A fence.
    AtomicFence "atomic.fence" {} [threads]
    /// Waits for a notification. Suspends, as the next two do.
    MemoryWait32 "memory.atomic.wait32" { dst: Dst, memory: MemoryNumber, offset: U64, address: Slot, expected: Slot, timeout: Slot } [threads]
    /// The same for 64 bits.
    MemoryWait64 "memory.atomic.wait64" { dst: Dst, memory: MemoryNumber, offset: U64, address: Slot, expected: Slot, timeout: Slot } [threads]
    /// Notifies threads that wait.
    MemoryNotify "memory.atomic.notify" { dst: Dst, memory: MemoryNumber, offset: U64, address: Slot, count: Slot } [threads]
    /// The end of a call by the embedder (never emitted by the translator).
    Done "done" {} [ends]
    /// The end of a call from another instance (never emitted by the translator).
    Crossed "crossed" {} [ends]
}

// Then those with expressions: name and parameters as a Rust type (an operation `O`, expressions), what the expressions have to
// compute, text, operands of their own (before those of the expressions; after them), facts.
//
// A text is that of the lists (`build/notation.rs`), with `{0}` and `{1}` for the expressions and `{op}` for the operation; what has
// `$` for an operand is in no list. `Dst`, `Value` and `Offset` are as wide as what is set, stored or accessed. Of the facts, `op`
// means that it is one statement for each load or store, `falls_through` that it does nothing but what it is for, so that it can be
// the first of two in one instruction, `sets_acc` that the accumulator has the value afterwards, `moves` that slots move whatever
// their type, `traps` that it may trap itself. `metered` lists what its metered form has besides. All of them can be the second.
statements_with_expressions! {
    /// Sets a slot, and the accumulator to the same value: the next statement need not wait until the slot can be read.
    Set<X> (any) "% = {0}" { Dst; } [falls_through sets_acc moves]
    /// Sets the pinned local: its slot and the register.
    SetPinned<X> (any) "pinned % = {0}" { Dst; } [falls_through sets_pinned]
    /// Sets the accumulator of the expression's type for the next statement.
    SetAcc<X> (any) "acc = {0}" { ; } [falls_through sets_acc]
    /// Stores to memory 0.
    Store<O, X, Y> (u32, stored) "{op} +o + {0}, {1}" { Offset; } [op falls_through traps]
    /// Stores to a field of an object.
    Put<O, X, Y> (u32, stored) "{op} +o + {0}, {1}" { Offset; } [op falls_through traps]
    /// Stores to a field of the object that was made last.
    Init<O, X> (stored) "init {op} +o, {0}" { Offset; } [op falls_through traps]
    /// Stores to an element of an array.
    PutElem<O, X, I, Y> (u32, u32, stored) "elem {op} +o + {0}, {1}, {2}" { Offset; } [op falls_through traps]
    /// Loads from any memory that is not shared, by any address type, with a 64-bit offset.
    LoadGeneral<O> () "{op} $ $ + $ to $" { MemoryIndex, U64, Slot, Dst; } [op traps]
    /// Stores to any memory that is not shared, in the same way.
    StoreGeneral<O> () "{op} $ $ + $, $" { MemoryIndex, U64, Slot, Value; } [op traps]
    /// Loads from a shared memory.
    SharedLoad<O> () "{op} $ $ + $ to $" { AnyMemory, U64, Slot, Dst; } [op traps]
    /// Stores to a shared memory.
    SharedStore<O> () "{op} $ $ + $, $" { AnyMemory, U64, Slot, Value; } [op traps]
    /// Sets a global of the instance's own.
    SetGlobal<X> (any) "global = {0}" { GlobalCell; } [falls_through moves]
    /// Sets an imported global.
    SetGlobalImport<X> (any) "imported = {0}" { GlobalPointer; } [falls_through moves]
    /// Branches if the expression is not zero.
    BrIf<X> (u32) "br_if @ {0}" { Target; } [metered(FuelWide, Fuel)]
    /// Branches if the expression is zero.
    BrIfZero<X> (u32) "br_if_zero @ {0}" { Target; } [metered(FuelWide, Fuel)]
    /// Branches to one of a list of targets, the last one if the index is beyond.
    BrTable<X> (u32) "br_table {0} @" { ; Targets } [ends metered(Fuels)]
    /// Returns a value from a function of one result.
    ReturnValue<X> (any) "return % {0}" { First; } [ends moves metered(Fuel)]
}
