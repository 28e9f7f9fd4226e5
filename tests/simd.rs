//! Vectors through the API and in every place where code keeps them; relaxed operators; the same bits
//! on every machine. What the operators compute is what the suites of `spec.rs` are about.

use wasmote::*;

fn instantiate(config: &Config, wat: &str) -> (Store<()>, Instance) {
    let engine = Engine::new(config).unwrap();
    let module = Module::new(&engine, wat).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    (store, instance)
}

fn vector(low: u64, high: u64) -> V128 {
    V128::from(u128::from(low) | u128::from(high) << 64)
}

#[test]
fn vectors_are_in_locals_blocks_branches_calls_and_results() {
    let (mut store, instance) = instantiate(
        &Config::new(),
        r#"(module
            (func $swap (param v128 v128) (result v128 v128) (local.get 1) (local.get 0))
            (func (export "moves") (param $a v128) (param $n i32) (param $b v128) (result i32 v128 v128 v128)
                (local $c v128)
                ;; as it was before the set of the local that it reads
                (local.get $a)
                (local.set $a (i64x2.add (local.get $a) (v128.const i64x2 1 1)))
                (local.set $c)
                (local.get $n)
                (call $swap (local.tee $b (i64x2.add (local.get $b) (local.get $b))) (local.get $c))
                (block (param v128 v128) (result v128 v128)
                    (br_if 0 (local.get $n))
                    (call $swap))
                (local.get $a))
            (func (export "select") (param v128 v128 i32) (result v128)
                (select (local.get 0) (local.get 1) (local.get 2)))
            (func (export "branches") (param v128 v128 i32) (result v128)
                (block $one (result v128)
                    (block $zero (result v128)
                        (local.get 0)
                        (v128.not (local.get 1))
                        (br_table $zero $one (local.get 2)))
                    (br 1 (v128.not)))
                (return))
            (func (export "loop") (param v128 i32) (result v128)
                (local.get 0)
                (loop (param v128) (result v128)
                    (i32x4.add (local.get 0))
                    (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
                    (br_if 0 (local.get 1)))))"#,
    );
    let (a, b) = (vector(1, 2), vector(30, 40));
    let moves = instance
        .get_typed_func::<(V128, i32, V128), (i32, V128, V128, V128)>(&mut store, "moves")
        .unwrap();
    let later = vector(2, 3);
    let twice = vector(60, 80);
    assert_eq!(moves.call(&mut store, (a, 0, b)).unwrap(), (0, twice, a, later));
    assert_eq!(moves.call(&mut store, (a, 7, b)).unwrap(), (7, a, twice, later));

    let select = instance.get_typed_func::<(V128, V128, i32), V128>(&mut store, "select").unwrap();
    assert_eq!(select.call(&mut store, (a, b, 1)).unwrap(), a);
    assert_eq!(select.call(&mut store, (a, b, 0)).unwrap(), b);
    let branches =
        instance.get_typed_func::<(V128, V128, i32), V128>(&mut store, "branches").unwrap();
    assert_eq!(branches.call(&mut store, (a, b, 0)).unwrap(), b);
    assert_eq!(branches.call(&mut store, (a, b, 1)).unwrap(), vector(!30, !40));
    let looped = instance.get_typed_func::<(V128, i32), V128>(&mut store, "loop").unwrap();
    assert_eq!(
        looped.call(&mut store, (vector(1 << 32 | 1, 2), 9)).unwrap(),
        vector(10 << 32 | 10, 20)
    );
}

#[test]
fn vectors_are_in_globals_of_guest_and_host() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = Module::new(
        &engine,
        r#"(module
            (import "" "shared" (global $shared (mut v128)))
            (import "" "fixed" (global $fixed v128))
            (global $own (export "own") (mut v128) (v128.const i32x4 1 2 3 4))
            (global $copy (export "copy") v128 (global.get $fixed))
            (func (export "add") (param v128)
                (global.set $shared (i32x4.add (global.get $shared) (local.get 0)))
                (global.set $own (i32x4.add (global.get $own) (global.get $fixed)))))"#,
    )
    .unwrap();
    let global = |store: &mut Store<()>, mutability, v: V128| {
        Global::new(store, GlobalType::new(ValType::V128, mutability), v.into()).unwrap()
    };
    let shared = global(&mut store, Mutability::Var, vector(5, 6));
    let fixed = global(&mut store, Mutability::Const, vector(7, 8));
    let instance = Instance::new(&mut store, &module, &[shared.into(), fixed.into()]).unwrap();
    instance
        .get_typed_func::<V128, ()>(&mut store, "add")
        .unwrap()
        .call(&mut store, vector(10, 20))
        .unwrap();
    assert_eq!(shared.get(&mut store).unwrap_v128(), vector(15, 26));
    let mut exported =
        |name| instance.get_global(&mut store, name).unwrap().get(&mut store).unwrap_v128();
    assert_eq!(exported("own"), vector((2 << 32 | 1) + 7, (4 << 32 | 3) + 8));
    assert_eq!(exported("copy"), vector(7, 8));
}

#[test]
fn vectors_go_through_host_functions() {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = Module::new(
        &engine,
        r#"(module
            (import "" "f" (func $f (param i32 v128 i64) (result v128 i32)))
            (func (export "f") (param v128) (result i32 v128)
                (local $n i32)
                (call $f (i32.const 1) (i8x16.add (local.get 0) (local.get 0)) (i64.const 2))
                (local.set $n)
                (local.set 0)
                (local.get $n)
                (local.get 0)))"#,
    )
    .unwrap();
    let f = Func::wrap(&mut store, |a: i32, v: V128, b: i64| {
        (V128::from(v.as_u128() + b as u128), a + 1)
    });
    let instance = Instance::new(&mut store, &module, &[f.into()]).unwrap();
    let f = instance.get_typed_func::<V128, (i32, V128)>(&mut store, "f").unwrap();
    assert_eq!(f.call(&mut store, vector(0x7f01, 1)).unwrap(), (2, vector(0xfe04, 2)));
}

#[test]
fn accesses_trap_in_order_and_change_nothing_beyond_memory() {
    let (mut store, instance) = instantiate(
        &Config::new(),
        r#"(module
            (memory (export "memory") 1)
            (func $unreachable (result i32) unreachable)
            (func (export "store") (param i32 v128) (v128.store offset=1 (local.get 0) (local.get 1)))
            (func (export "lane") (param i32 v128) (v128.store16_lane 7 (local.get 0) (local.get 1)))
            ;; the address and then the vector trap before the load does
            (func (export "order") (param i32 i32) (result v128)
                (v128.load8_lane 3
                    (i32.div_u (i32.const 70000) (local.get 0))
                    (v128.load (local.get 1)))))"#,
    );
    let store_at = instance.get_typed_func::<(i32, V128), ()>(&mut store, "store").unwrap();
    let ones = vector(u64::MAX, u64::MAX);
    let trap = |r: Result<()>| *r.unwrap_err().downcast_ref::<Trap>().unwrap();
    assert_eq!(trap(store_at.call(&mut store, (65520, ones))), Trap::MemoryOutOfBounds);
    assert_eq!(trap(store_at.call(&mut store, (-1, ones))), Trap::MemoryOutOfBounds);
    store_at.call(&mut store, (65519, ones)).unwrap();
    let lane = instance.get_typed_func::<(i32, V128), ()>(&mut store, "lane").unwrap();
    assert_eq!(trap(lane.call(&mut store, (65535, ones))), Trap::MemoryOutOfBounds);
    lane.call(&mut store, (65517, vector(0, 0xabcd << 48))).unwrap();
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    let mut end = [1; 20];
    memory.read(&store, 65516, &mut end).unwrap();
    assert_eq!(end[..5], [0, 0xcd, 0xab, 0, 0xff]);
    assert_eq!(end[5..], [0xff; 15]);

    let order = instance.get_typed_func::<(i32, i32), V128>(&mut store, "order").unwrap();
    let mut trap =
        |a, b| *order.call(&mut store, (a, b)).unwrap_err().downcast_ref::<Trap>().unwrap();
    assert_eq!(trap(0, -1), Trap::IntegerDivisionByZero);
    assert_eq!(trap(1, 0), Trap::MemoryOutOfBounds);
}

#[test]
fn vectors_can_be_switched_off() {
    let mut config = Config::new();
    config.wasm_simd(false);
    let error = Engine::new(&config).unwrap_err().to_string();
    assert_eq!(error, "cannot disable the simd proposal but enable the relaxed simd proposal");
    config.wasm_relaxed_simd(false);
    let engine = Engine::new(&config).unwrap();
    assert!(Module::new(&engine, "(module (func (param v128)))").is_err());
    let relaxed = "(module (func (param v128) (result v128)
        (f32x4.relaxed_min (local.get 0) (local.get 0))))";
    let engine = Engine::new(Config::new().wasm_relaxed_simd(false)).unwrap();
    assert!(Module::new(&engine, relaxed).is_err());
    assert!(Module::new(&Engine::default(), relaxed).is_ok());
}

/// A function for each of these operators, from vectors to a vector, and a store of the result.
fn module_of(operators: &[(&str, usize)]) -> String {
    let functions: String = operators
        .iter()
        .map(|(operator, arity)| {
            let params = "v128 ".repeat(*arity);
            let gets: String = (0..*arity).map(|i| format!("(local.get {i})")).collect();
            format!(
                "(func (export {operator:?}) (param {params}) (result v128) ({operator} {gets}))"
            )
        })
        .collect();
    format!("(module {functions})")
}

/// What an operator computes of the same vector as every operand.
fn compute(store: &mut Store<()>, instance: &Instance, operator: &str, operands: &[V128]) -> u128 {
    let func = instance.get_func(&mut *store, operator).unwrap();
    let operands: Vec<Val> = operands.iter().map(|v| Val::V128(*v)).collect();
    let mut result = [Val::I32(0)];
    func.call(store, &operands, &mut result).unwrap();
    result[0].unwrap_v128().as_u128()
}

#[test]
fn relaxed_operators_are_those_of_the_proposal_if_they_must_be_deterministic() {
    // In the deterministic profile they are the operators that they relax.
    let pairs = [
        ("f32x4.relaxed_min", "f32x4.min"),
        ("f32x4.relaxed_max", "f32x4.max"),
        ("f64x2.relaxed_min", "f64x2.min"),
        ("f64x2.relaxed_max", "f64x2.max"),
        ("i8x16.relaxed_swizzle", "i8x16.swizzle"),
        ("i16x8.relaxed_q15mulr_s", "i16x8.q15mulr_sat_s"),
    ];
    let single = [
        ("i32x4.relaxed_trunc_f32x4_s", "i32x4.trunc_sat_f32x4_s"),
        ("i32x4.relaxed_trunc_f32x4_u", "i32x4.trunc_sat_f32x4_u"),
        ("i32x4.relaxed_trunc_f64x2_s_zero", "i32x4.trunc_sat_f64x2_s_zero"),
    ];
    let of = |(relaxed, strict), arity| [(relaxed, arity), (strict, arity)];
    let operators: Vec<(&str, usize)> = pairs
        .into_iter()
        .flat_map(|p| of(p, 2))
        .chain(single.into_iter().flat_map(|p| of(p, 1)))
        .collect();
    let mut config = Config::new();
    config.relaxed_simd_deterministic(true).cranelift_nan_canonicalization(true);
    let (mut store, instance) = instantiate(&config, &module_of(&operators));
    // NaNs, zeros of both signs, large numbers.
    let a = vector(0x7fc1_2345_8000_0000, 0xffc0_0000_4f00_0000);
    let b = vector(0x3f80_0000_0000_0000, 0x0000_0000_cf80_0000);
    let mut of = |operator, operands: &[V128]| compute(&mut store, &instance, operator, operands);
    for (relaxed, strict) in pairs {
        for (x, y) in [(a, b), (b, a), (a, a)] {
            assert_eq!(of(relaxed, &[x, y]), of(strict, &[x, y]), "{relaxed}");
        }
    }
    for (relaxed, strict) in single {
        for x in [a, b] {
            assert_eq!(of(relaxed, &[x]), of(strict, &[x]), "{relaxed}");
        }
    }
}

#[test]
fn nans_are_canonical_if_that_is_wanted() {
    let mut operators = vec![("f32x4.demote_f64x2_zero", 1), ("f64x2.promote_low_f32x4", 1)];
    for unary in ["sqrt", "ceil", "floor", "trunc", "nearest"] {
        operators.extend([(unary, 1)]);
    }
    for binary in ["add", "sub", "mul", "div", "min", "max", "relaxed_min", "relaxed_max"] {
        operators.extend([(binary, 2)]);
    }
    operators.extend([("relaxed_madd", 3), ("relaxed_nmadd", 3)]);
    let names: Vec<(String, usize)> = operators
        .iter()
        .flat_map(|(name, arity)| match name.contains('.') {
            true => vec![(name.to_string(), *arity)],
            false => vec![(format!("f32x4.{name}"), *arity), (format!("f64x2.{name}"), *arity)],
        })
        .collect();
    let names: Vec<(&str, usize)> = names.iter().map(|(n, a)| (&**n, *a)).collect();
    let mut config = Config::new();
    config.relaxed_simd_deterministic(true).cranelift_nan_canonicalization(true);
    let (mut store, instance) = instantiate(&config, &module_of(&names));
    // NaNs with other bits, quiet and signalling, of both signs.
    let f32s = [0x7fc0_1234_u32, 0xffc0_0000, 0x7f80_0001, 0xff81_2345];
    let f64s = [0x7ff8_0000_0000_1234_u64, 0xfff8_0000_0000_0000, 0x7ff0_0000_0000_0001];
    for &(name, arity) in &names {
        for i in 0..f32s.len() {
            let operand = if name.contains("demote")
                || name.starts_with("f64x2") && !name.contains("promote")
            {
                vector(f64s[i % 3], f64s[i % 3])
            } else {
                let twice = u64::from(f32s[i]) << 32 | u64::from(f32s[i]);
                vector(twice, twice)
            };
            let result = compute(&mut store, &instance, name, &vec![operand; arity]);
            let expected = match name {
                "f32x4.demote_f64x2_zero" => 0x7fc0_0000_7fc0_0000,
                _ if name.starts_with("f32x4") => 0x7fc0_0000_7fc0_0000_7fc0_0000_7fc0_0000,
                _ => 0x7ff8_0000_0000_0000_7ff8_0000_0000_0000,
            };
            assert_eq!(result, expected, "{name} of {operand:?}: {result:#x}");
        }
    }
}

#[test]
fn scalar_nans_are_canonical_if_that_is_wanted() {
    let mut config = Config::new();
    config.cranelift_nan_canonicalization(true);
    let mut functions = String::new();
    let (unary, binary) =
        (["sqrt", "ceil", "floor", "trunc", "nearest"], ["add", "sub", "mul", "div", "min", "max"]);
    let mut names = Vec::new();
    for (float, int) in [("f32", "i32"), ("f64", "i64")] {
        let arities = unary.iter().map(|n| (n, 1)).chain(binary.iter().map(|n| (n, 2)));
        for (name, arity) in arities {
            let operand = format!("({float}.reinterpret_{int} (local.get 0))");
            let operands = operand.repeat(arity);
            names.push((format!("{float}.{name}"), float));
            functions += &format!(
                "(func (export \"{float}.{name}\") (param {int}) (result {int})
                    ({int}.reinterpret_{float} ({float}.{name} {operands})))"
            );
        }
    }
    functions += r#"
        (func (export "demote") (param i64) (result i32)
            (i32.reinterpret_f32 (f32.demote_f64 (f64.reinterpret_i64 (local.get 0)))))
        (func (export "promote") (param i32) (result i64)
            (i64.reinterpret_f64 (f64.promote_f32 (f32.reinterpret_i32 (local.get 0)))))
        (func (export "neg") (param i32) (result i32)
            (i32.reinterpret_f32 (f32.neg (f32.reinterpret_i32 (local.get 0)))))"#;
    let (mut store, instance) = instantiate(&config, &format!("(module {functions})"));
    let (f32s, f64s) = (
        [0x7fc0_1234_u32, 0xffc0_0000, 0x7f80_0001],
        [0x7ff8_0000_0000_1234_u64, 0xfff0_0000_0000_0001],
    );
    for (name, float) in names {
        if float == "f32" {
            let f = instance.get_typed_func::<u32, u32>(&mut store, &name).unwrap();
            for nan in f32s {
                assert_eq!(f.call(&mut store, nan).unwrap(), 0x7fc0_0000, "{name}");
            }
        } else {
            let f = instance.get_typed_func::<u64, u64>(&mut store, &name).unwrap();
            for nan in f64s {
                assert_eq!(f.call(&mut store, nan).unwrap(), 0x7ff8 << 48, "{name}");
            }
        }
    }
    let demote = instance.get_typed_func::<u64, u32>(&mut store, "demote").unwrap();
    assert_eq!(demote.call(&mut store, f64s[1]).unwrap(), 0x7fc0_0000);
    let promote = instance.get_typed_func::<u32, u64>(&mut store, "promote").unwrap();
    assert_eq!(promote.call(&mut store, f32s[2]).unwrap(), 0x7ff8 << 48);
    let neg = instance.get_typed_func::<u32, u32>(&mut store, "neg").unwrap();
    assert_eq!(neg.call(&mut store, f32s[0]).unwrap(), 0xffc0_1234);
}

/// A small deterministic generator (an LCG).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// Operators on vectors, by the types of their operands (`v`ector, `i`32), with their text. All have vectors
/// as results but the last ones.
const OPERATORS: &[(&str, &str)] = &[
    ("vv", "i32x4.add"),
    ("vv", "f32x4.add"),
    ("vv", "f32x4.mul"),
    ("vv", "f32x4.sub"),
    ("vv", "f64x2.mul"),
    ("vv", "v128.or"),
    ("vv", "v128.xor"),
    ("vv", "i16x8.add"),
    ("vv", "i16x8.mul"),
    ("vv", "i8x16.eq"),
    ("vv", "i32x4.dot_i16x8_s"),
    ("vv", "i16x8.extmul_low_i8x16_u"),
    ("vv", "i8x16.shuffle 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31"),
    ("v", "i16x8.extend_low_i8x16_s"),
    ("v", "i16x8.extend_high_i8x16_s"),
    ("v", "v128.not"),
    ("vi", "i32x4.shl"),
    ("vi", "i32x4.shr_u"),
    ("vi", "i16x8.replace_lane 3"),
    ("i", "i32x4.splat"),
    ("i", "v128.load offset=3"),
    ("i", "v128.load8x8_u"),
    ("i", "v128.load32_splat"),
    ("iv", "v128.load16_lane 5"),
    ("vvv", "v128.bitselect"),
    ("vvi", "select"),
    ("v", "v128.any_true"),
    ("v", "i8x16.bitmask"),
    ("v", "i32x4.extract_lane 2"),
];
const TO_I32: usize = 3;

/// An expression, as it is and with a call of a function for every operator.
fn expression(random: &mut Random, ty: char, depth: usize) -> [String; 2] {
    let leaf = depth == 0 || random.below(4) == 0;
    if leaf && ty == 'v' {
        let leaf = match random.below(6) {
            0 => "(v128.const i32x4 1 -2 0x7fc00001 0x40490fdb)".into(),
            1 => "(global.get $v)".into(),
            n => format!("(local.get $v{})", n % 4),
        };
        return [leaf.clone(), leaf];
    }
    if leaf {
        let leaf = match random.below(3) {
            0 => format!("(i32.const {})", random.below(40)),
            _ => format!("(i32.and (local.get $i{}) (i32.const 1023))", random.below(2)),
        };
        return [leaf.clone(), leaf];
    }
    let first = OPERATORS.len() - TO_I32;
    let operator = if ty == 'v' { random.below(first) } else { first + random.below(TO_I32) };
    let (operands, text) = OPERATORS[operator];
    let mut both = [format!("({text}"), format!("(call $f{operator}")];
    for operand in operands.chars() {
        let [mut plain, mut called] = expression(random, operand, depth - 1);
        // Addresses must not trap.
        if operand == 'i' && text.starts_with("v128.load") {
            plain = format!("(i32.and {plain} (i32.const 1023))");
            called = format!("(i32.and {called} (i32.const 1023))");
        }
        both[0] += &plain;
        both[1] += &called;
    }
    both.map(|text| text + ")")
}

#[test]
fn trees_of_operators_are_what_the_operators_are() {
    let name = |c| if c == 'v' { "v128" } else { "i32" };
    let mut operators = String::new();
    for (i, (operands, text)) in OPERATORS.iter().enumerate() {
        let params: String = operands.chars().map(|c| format!("{} ", name(c))).collect();
        let gets: String = (0..operands.len()).map(|i| format!("(local.get {i})")).collect();
        let result = if i < OPERATORS.len() - TO_I32 { "v128" } else { "i32" };
        operators += &format!("(func $f{i} (param {params}) (result {result}) ({text} {gets}))\n");
    }
    let mut config = Config::new();
    config.cranelift_nan_canonicalization(true);
    let engine = Engine::new(&config).unwrap();
    let rounds = if cfg!(debug_assertions) { 60 } else { 1_000 };
    for seed in 0..rounds {
        let mut random = Random(seed);
        let mut bodies = [String::new(), String::new()];
        for _ in 0..8 {
            let vector = random.below(3) != 0;
            let n = random.below(if vector { 4 } else { 2 });
            let parts = expression(&mut random, if vector { 'v' } else { 'i' }, 5);
            for (body, part) in bodies.iter_mut().zip(parts) {
                *body += &match (vector, n) {
                    (true, 3) if seed % 2 == 0 => format!("(global.set $v {part})\n"),
                    (true, 2) => format!("(v128.store offset=64 (local.get $i0) {part})\n"),
                    (true, n) => format!("(local.set $v{n} {part})\n"),
                    (false, n) => format!("(local.set $i{n} (i32.and {part} (i32.const 1023)))\n"),
                };
            }
        }
        let run = |body: &str| {
            let wat = format!(
                r#"(module (memory 1)
                    (global $v (mut v128) (v128.const i64x2 0x0123456789abcdef -2))
                    (data (i32.const 0) "vectors of sixteen bytes, four numbers or two, \80\ff\7f\c1\00\01")
                    {operators}
                    (func (export "run") (param $i0 i32) (param $v0 v128) (param $v1 v128)
                        (result v128 v128 v128)
                        (local $i1 i32) (local $v2 v128) (local $v3 v128)
                        {body}
                        (local.get $v0)
                        (i32x4.add (local.get $v1) (v128.load offset=64 (local.get $i0)))
                        (v128.xor (v128.xor (local.get $v3) (global.get $v)) (i32x4.splat (local.get $i1)))))"#
            );
            let module = Module::new(&engine, &wat).unwrap_or_else(|e| panic!("{e:?}\n{wat}"));
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[]).unwrap();
            let run = instance
                .get_typed_func::<(i32, V128, V128), (V128, V128, V128)>(&mut store, "run")
                .unwrap();
            run.call(&mut store, (5, vector(0x3f80_0000_4000_0001, 77), vector(9, 1 << 63)))
                .unwrap()
        };
        assert_eq!(run(&bodies[0]), run(&bodies[1]), "seed {seed}: {}", bodies[0]);
    }
}

#[test]
fn lanes_from_far_memories_leave_the_vector_alone() {
    // The sum waits, and is split where it is spilled: by the load that does not reach memory 0 in the short way.
    let (mut store, instance) = instantiate(
        Config::new().wasm_multi_memory(true),
        r#"(module (memory 1) (memory $far 1)
            (data (i32.const 4) "\05") (data (i32.const 8) "\03")
            (func (export "f") (param i32 i32) (result i32 v128)
                (i32.add
                    (i32.div_s
                        (local.get 0)
                        (i32.rem_u (i32.load (local.get 1)) (i32.load (local.get 0))))
                    (i32.div_s (i32.load (local.get 1)) (i32.load (local.get 0))))
                (v128.load8_lane $far 0 (local.get 0) (i32x4.splat (memory.size)))))"#,
    );
    let f = instance.get_typed_func::<(i32, i32), (i32, V128)>(&mut store, "f").unwrap();
    let (sum, lanes) = f.call(&mut store, (8, 4)).unwrap();
    assert_eq!(sum, 8 / 2 + 1);
    assert_eq!(lanes, vector(1 << 32, 1 << 32 | 1));
}
