//! Where wasmote is not wasmtime, and means it.

/// What wasmote sees instead, and why.
pub(crate) struct Differences {
    pub(crate) because: &'static str,
    /// Program, label and value; an empty one where the program does not come as far as that.
    pub(crate) seen: &'static [(&'static str, &'static str, &'static str)],
}

pub(crate) const DIFFERENCES: &[Differences] = &[
    Differences {
        because: "wide arithmetic is on by default, as it is from wasmtime 49 on",
        seen: &[("configs", "wide arithmetic: by default", "ok")],
    },
    Differences {
        because: "wasmtime was built without components; with them it says this",
        seen: &[
            (
                "modules",
                "binary: a component",
                r#"failed to parse WebAssembly module

Caused by:
    expected a WebAssembly module but was given a WebAssembly component"#,
            ),
            (
                "modules",
                "binary: a component, perhaps text",
                r#"failed to parse WebAssembly module

Caused by:
    expected a WebAssembly module but was given a WebAssembly component"#,
            ),
            (
                "modules",
                "binary: a component, validated",
                "expected a WebAssembly module but was given a WebAssembly component",
            ),
        ],
    },
    Differences {
        because: "there is no code for any other target: its name is only compared",
        seen: &[
            ("configs", "a target that does not exist", "ok"),
            (
                "configs",
                "target: Module::new, compiler false",
                "Engine was not configured with a compiler",
            ),
            (
                "configs",
                "target: Module::new, compiler true",
                "configuration does not match the host: code for `aarch64-unknown-linux-gnu` is not supported",
            ),
        ],
    },
    Differences {
        because: "a registered type is shown by its number alone",
        seen: &[
            ("types", "(func (type $f))", "(type (func (param (ref null (concrete func 0)))))"),
            (
                "types",
                "(table i64 1 (ref null $f))",
                "table of (ref null (concrete func 0)), 1 to None, 64 true",
            ),
            (
                "types",
                "heap types",
                r#"extern
noextern
func
nofunc
any
eq
i31
array
struct
exn
noexn
none
(concrete func 0)"#,
            ),
            (
                "types",
                "references, null false",
                r#"(ref extern) (ref extern)
(ref noextern) (ref noextern)
(ref func) (ref func)
(ref nofunc) (ref nofunc)
(ref any) (ref any)
(ref eq) (ref eq)
(ref i31) (ref i31)
(ref array) (ref array)
(ref struct) (ref struct)
(ref exn) (ref exn)
(ref noexn) (ref noexn)
(ref none) (ref none)
(ref (concrete func 0)) (ref (concrete func 0))"#,
            ),
            (
                "types",
                "references, null true",
                r#"(ref null extern) (ref null extern)
(ref null noextern) (ref null noextern)
(ref null func) (ref null func)
(ref null nofunc) (ref null nofunc)
(ref null any) (ref null any)
(ref null eq) (ref null eq)
(ref null i31) (ref null i31)
(ref null array) (ref null array)
(ref null struct) (ref null struct)
(ref null exn) (ref null exn)
(ref null noexn) (ref null noexn)
(ref null none) (ref null none)
(ref null (concrete func 0)) (ref null (concrete func 0))"#,
            ),
            ("values", "Ref of func: ty", "(ref (concrete func 0))"),
            ("values", "a func: ty", "(ref (concrete func 0))"),
        ],
    },
    Differences {
        because: "the message says what is wrong with the arguments, not where this was noticed",
        seen: &[
            ("calls", "another store: Instance::exports", "object used with the wrong store"),
            ("links", "another engine: Func::new", "type used with the wrong engine"),
            ("links", "another engine: func_new", "type used with the wrong engine"),
            ("links", "another store: Linker::instance", "object used with the wrong store"),
            ("types", "array type: elements of another engine", "type is of a different engine"),
            (
                "types",
                "function type: eq to one of another engine",
                "type is of a different engine",
            ),
            (
                "types",
                "function type: matches one of another engine",
                "type is of a different engine",
            ),
            (
                "types",
                "function type: parameters of another engine",
                "type is of a different engine",
            ),
            (
                "types",
                "struct type: matches one of another engine",
                "type is of a different engine",
            ),
            ("types", "value types: of another engine", "type is of a different engine"),
            ("values", "a root of another store", "object used with the wrong store"),
            ("values", "i32: unwrap_v128", "expected v128"),
            ("values", "i64: unwrap_v128", "expected v128"),
        ],
    },
    Differences {
        because: "an error is shown with its sources, as anyhow does it",
        seen: &[
            (
                "errors",
                "a value with a source",
                r#"outer
--
outer: own 2
--
outer

Caused by:
    own 2

--
["outer", "own 2"]
own 2"#,
            ),
            (
                "errors",
                "of anyhow",
                r#"of anyhow
--
of anyhow: own 8
--
of anyhow

Caused by:
    own 8

--
["of anyhow", "own 8"]
own 8"#,
            ),
            (
                "modules",
                "file: missing",
                "failed to read input file: /there/is/no/such/file.wasm: No such file or directory (os error 2)",
            ),
        ],
    },
    Differences {
        because: "a failed allocation is told in units of what should have been made",
        seen: &[
            (
                "externals",
                "memory: too large",
                "out of memory: a memory of 281474976710655 pages could not be allocated",
            ),
            (
                "externals",
                "table: of 64 bits, too large",
                "out of memory: a table of 18446744073709551615 elements could not be allocated",
            ),
            (
                "externals",
                "table: too large",
                "out of memory: a table of 4294967295 elements could not be allocated",
            ),
        ],
    },
    Differences {
        because: "there is no heap of objects that would grow",
        seen: &[
            (
                "limiters",
                "tables, erring: a module",
                r#"ok
table_growing(0, 1, Some(4294967295))
table_growing(0, 1, Some(3))
table_growing(0, 1, Some(18446744073709551615))"#,
            ),
            (
                "limiters",
                "tables, refusing: a module",
                r#"ok
table_growing(0, 1, Some(4294967295))
table_growing(0, 1, Some(3))
table_growing(0, 1, Some(18446744073709551615))"#,
            ),
        ],
    },
    Differences {
        because: "a trap at the entry of a function is at its first instruction, not at its locals, and in that of the start function",
        seen: &[
            (
                "epochs",
                "a deadline of 1, after a tick",
                r#"error while executing at wasm backtrace:
    0:     0x1e - m!f

Caused by:
    wasm trap: interrupt"#,
            ),
            (
                "epochs",
                "no deadline set",
                r#"error while executing at wasm backtrace:
    0:     0x1e - m!f

Caused by:
    wasm trap: interrupt"#,
            ),
            (
                "epochs",
                "no deadline set: a start function",
                r#"error while executing at wasm backtrace:
    0:     0x1a - m!f

Caused by:
    wasm trap: interrupt"#,
            ),
            (
                "epochs",
                "trap: ticks",
                r#"error while executing at wasm backtrace:
    0:     0x42 - m!empty
    1:     0x47 - m!ticks

Caused by:
    wasm trap: interrupt
 Some(Interrupt)"#,
            ),
        ],
    },
    Differences {
        because: "a trap is at the instruction that traps; Cranelift makes `if` and `unreachable` one",
        seen: &[
            (
                "traps",
                "frames: 18",
                r#"error while executing at wasm backtrace:
    0:     0x27 - m!down
    1:     0x2e - m!down
    2:     0x2e - m!down
    3:     0x2e - m!down
    4:     0x2e - m!down
    5:     0x2e - m!down
    6:     0x2e - m!down
    7:     0x2e - m!down
    8:     0x2e - m!down
    9:     0x2e - m!down
   10:     0x2e - m!down
   11:     0x2e - m!down
   12:     0x2e - m!down
   13:     0x2e - m!down
   14:     0x2e - m!down
   15:     0x2e - m!down
   16:     0x2e - m!down
   17:     0x2e - m!down

Caused by:
    wasm trap: wasm `unreachable` instruction executed"#,
            ),
            (
                "traps",
                "frames: 20",
                r#"error while executing at wasm backtrace:
    0:     0x27 - m!down
    1:     0x2e - m!down
    2:     0x2e - m!down
    3:     0x2e - m!down
    4:     0x2e - m!down
    5:     0x2e - m!down
    6:     0x2e - m!down
    7:     0x2e - m!down
    8:     0x2e - m!down
    9:     0x2e - m!down
   10:     0x2e - m!down
   11:     0x2e - m!down
   12:     0x2e - m!down
   13:     0x2e - m!down
   14:     0x2e - m!down
   15:     0x2e - m!down
   16:     0x2e - m!down
   17:     0x2e - m!down
   18:     0x2e - m!down
   19:     0x2e - m!down

Caused by:
    wasm trap: wasm `unreachable` instruction executed"#,
            ),
            (
                "traps",
                "frames: 21",
                r#"error while executing at wasm backtrace:
    0:     0x27 - m!down
    1:     0x2e - m!down
    2:     0x2e - m!down
    3:     0x2e - m!down
    4:     0x2e - m!down
    5:     0x2e - m!down
    6:     0x2e - m!down
    7:     0x2e - m!down
    8:     0x2e - m!down
    9:     0x2e - m!down
   10:     0x2e - m!down
   11:     0x2e - m!down
   12:     0x2e - m!down
   13:     0x2e - m!down
   14:     0x2e - m!down
   15:     0x2e - m!down
   16:     0x2e - m!down
   17:     0x2e - m!down
   18:     0x2e - m!down
   19:     0x2e - m!down

Caused by:
    wasm trap: wasm `unreachable` instruction executed"#,
            ),
            (
                "traps",
                "frames: in a block",
                r#"error while executing at wasm backtrace:
    0:     0x27 - m!go

Caused by:
    wasm trap: wasm `unreachable` instruction executed"#,
            ),
            (
                "traps",
                "frames: in a block, one by one",
                r#"index 0 name Some("go") module Some("m") at Some(39) in it Some(9)"#,
            ),
        ],
    },
    Differences {
        because: "control characters of names are escaped",
        seen: &[(
            "traps",
            "frames: strange names",
            r#"error while executing at wasm backtrace:
    0:     0x1f - a\n!b\u{1b}

Caused by:
    wasm trap: wasm `unreachable` instruction executed"#,
        )],
    },
    Differences {
        because: "the address of an access that trapped is not known any more",
        seen: &[
            (
                "traps",
                "atomic out of bounds",
                r#"error while executing at wasm backtrace:
    0:     0x46 - traps!go

Caused by:
    wasm trap: out of bounds memory access"#,
            ),
            (
                "traps",
                "load",
                r#"error while executing at wasm backtrace:
    0:     0x46 - traps!go

Caused by:
    wasm trap: out of bounds memory access"#,
            ),
            (
                "traps",
                "store",
                r#"error while executing at wasm backtrace:
    0:     0x48 - traps!go

Caused by:
    wasm trap: out of bounds memory access"#,
            ),
        ],
    },
    Differences {
        because: "the message names the whole types, not only what is referred to",
        seen: &[(
            "links",
            r#""funcref" (global externref)"#,
            r#"incompatible import type for `h::funcref`

Caused by:
    global types incompatible: expected global of type `externref`, found global of type `funcref`"#,
        )],
    },
    Differences {
        because: "what is wrong is told in one way for all arguments",
        seen: &[
            (
                "objects",
                "after its scope: as a field",
                r#"cannot set field 0: type mismatch

Caused by:
    attempted to use a garbage-collected object that has been unrooted"#,
            ),
            (
                "objects",
                "after its scope: as a value",
                r#"field type mismatch

Caused by:
    attempted to use a garbage-collected object that has been unrooted"#,
            ),
            (
                "objects",
                r#""a" of an `I31`, typed"#,
                "type mismatch: expected `(ref (concrete array #))`, found `(ref i#)`",
            ),
            (
                "objects",
                r#""s" of an `I31`, typed"#,
                "type mismatch: expected `(ref (concrete struct #))`, found `(ref i#)`",
            ),
            (
                "objects",
                r#""s?" of an `I31`, typed"#,
                "type mismatch: expected `(ref (concrete struct #))`, found `(ref i#)`",
            ),
            (
                "values",
                "an argument out of scope",
                r#"argument type mismatch

Caused by:
    attempted to use a garbage-collected object that has been unrooted"#,
            ),
        ],
    },
    Differences {
        because: "what `Debug` shows of a type is not part of the interface",
        seen: &[
            (
                "linkers",
                "as defaults: a function of no null",
                r#"no default value exists for `m::h` with type `Func(FuncType((func (result (ref func)))))`

Caused by:
    function results do not have a default value"#,
            ),
            (
                "linkers",
                "as defaults: a table of no null",
                r#"no default value exists for `m::u` with type `Table(TableType { element: (ref func), minimum: 2, maximum: Some(3), is_64: false })`

Caused by:
    table element type does not have a default value"#,
            ),
            (
                "linkers",
                "as defaults: a shared memory",
                r#"no default value exists for `m::shared` with type `Memory(MemoryType { minimum: 1, maximum: Some(2), is_64: false, shared: true, page_size_log2: 16 })`

Caused by:
    shared memory support is disabled for this engine -- see `Config::shared_memory`"#,
            ),
        ],
    },
    Differences {
        because: "the alternate `Debug` lists the chain",
        seen: &[(
            "errors",
            "a value: alternate Debug",
            r#"[
    Own(
        1,
    ),
]"#,
        )],
    },
    Differences {
        because: "there is no line for no frames",
        seen: &[(
            "traps",
            "a backtrace of nothing",
            "[error while executing at wasm backtrace:] 0",
        )],
    },
    Differences {
        because: "the store and the module are of different engines, and it is the instantiation that is refused",
        seen: &[(
            "links",
            "another engine: the store",
            "error: cross-`Engine` instantiation is not currently supported",
        )],
    },
    Differences {
        because: "a stack of 512 KiB has room for more frames",
        seen: &[("fuel", "recursion without end", "131070, wasm trap: call stack exhausted")],
    },
    Differences {
        because: "null of the host's references is taken for one of functions there",
        seen: &[(
            "calls",
            "arguments: another reference",
            r#"argument type mismatch

Caused by:
    type mismatch: expected (ref null func), found (ref null noextern)"#,
        )],
    },
    Differences {
        because: "all missing imports are named",
        seen: &[(
            "links",
            "missing: two",
            "unknown import: `m::first` has not been defined, and neither has `m::second`",
        )],
    },
    Differences {
        because: "a name that is not mangled is no type of C++",
        seen: &[(
            "linkers",
            "module: _initialize that traps",
            r#"calling the Reactor initialization function

Caused by:
    0: error while executing at wasm backtrace:
    0:     0x28 - m!i
    1: wasm trap: wasm `unreachable` instruction executed"#,
        )],
    },
    Differences {
        because: "hooks are called around functions of the host, not around what the engine does itself",
        seen: &[
            ("hooks", "a sum: all", ""),
            ("hooks", "grow", "> wasm, < wasm"),
            ("hooks", "grow: hook 2 errs", "of hook 2"),
            ("hooks", "grow: hook 2 errs, all", "> wasm, < wasm"),
            ("hooks", "grow: hook 3 errs", ""),
            ("hooks", "grow: hook 3 errs, all", ""),
            ("hooks", "grow: hook 4 errs", ""),
            ("hooks", "grow: hook 4 errs, all", ""),
            ("hooks", "grow: typed, all", "> wasm, < wasm"),
        ],
    },
    Differences {
        because: "a guest that calls the host in tail position is still there",
        seen: &[
            (
                "hooks",
                "tail: hook 2 errs",
                r#"error while executing at wasm backtrace:
    0:     0xd7 - m!<wasm function 8>

Caused by:
    of hook 2"#,
            ),
            (
                "hooks",
                "tail: hook 3 errs",
                r#"error while executing at wasm backtrace:
    0:     0xd7 - m!<wasm function 8>

Caused by:
    of hook 3"#,
            ),
        ],
    },
];
