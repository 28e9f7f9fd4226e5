//! Valid modules of extreme shape: deep nesting, wide trees, long chains, and shapes that make a
//! translator with a quadratic step, or a recursive one, fail.

use crate::build::{body, func, funcs, with_locals};
use crate::run;
use wasm_encoder::{BlockType, Instruction as I, ValType as T};

const DEPTH: usize = 10_000;

#[test]
fn ten_thousand_nested_blocks() {
    for kind in [I::Block(BlockType::Empty), I::Loop(BlockType::Empty)] {
        let code = std::iter::repeat_n(kind, DEPTH)
            .chain(std::iter::repeat_n(I::End, DEPTH))
            .chain([I::I32Const(1)]);
        assert_eq!(run(func(&body(code))).expect("valid"), 1);
    }
}

/// Each loop looks ahead in its body: that must cost nothing for the loops around it.
#[test]
fn a_million_nested_loops() {
    let code = std::iter::repeat_n(I::Loop(BlockType::Empty), 100 * DEPTH)
        .chain(std::iter::repeat_n(I::End, 100 * DEPTH))
        .chain([I::I32Const(1)]);
    assert_eq!(run(func(&body(code))).expect("valid"), 1);
}

#[test]
fn ten_thousand_nested_ifs() {
    let code = std::iter::repeat_n([I::I32Const(1), I::If(BlockType::Result(T::I32))], DEPTH)
        .flatten()
        .chain([I::I32Const(42)])
        .chain(std::iter::repeat_n([I::Else, I::I32Const(0), I::End], DEPTH).flatten());
    assert_eq!(run(func(&body(code))).expect("valid"), 42);
}

#[test]
fn branches_out_of_ten_thousand_blocks() {
    let code = std::iter::repeat_n(I::Block(BlockType::Result(T::I32)), DEPTH)
        .chain([I::I32Const(7)])
        .chain((0..DEPTH as u32).flat_map(|depth| [I::I32Const(0), I::BrIf(depth)]))
        .chain([I::Br(DEPTH as u32 - 1)])
        .chain(std::iter::repeat_n(I::End, DEPTH));
    assert_eq!(run(func(&body(code))).expect("valid"), 7);
}

#[test]
fn ten_thousand_operands() {
    // Left-deep, right-deep, and as wide as the operand stack allows.
    let right = (0..=DEPTH).map(|_| I::I32Const(1)).chain((0..DEPTH).map(|_| I::I32Add));
    assert_eq!(run(func(&body(right))).expect("valid"), DEPTH as i32 + 1);
    let left =
        [I::I32Const(1)].into_iter().chain((0..DEPTH).flat_map(|_| [I::I32Const(1), I::I32Add]));
    assert_eq!(run(func(&body(left))).expect("valid"), DEPTH as i32 + 1);

    // The same of things that are not constant: one local read again and again.
    let read = |n: usize| (0..n).map(|_| I::LocalGet(0));
    let right = [I::I32Const(1), I::LocalSet(0)]
        .into_iter()
        .chain(read(DEPTH + 1))
        .chain((0..DEPTH).map(|_| I::I32Xor));
    assert_eq!(run(func(&with_locals([(1, T::I32)], right))).expect("valid"), 1);
    let left = [I::I32Const(1), I::LocalSet(0), I::LocalGet(0)]
        .into_iter()
        .chain((0..DEPTH).flat_map(|_| [I::LocalGet(0), I::I32Add]));
    assert_eq!(run(func(&with_locals([(1, T::I32)], left))).expect("valid"), DEPTH as i32 + 1);
}

#[test]
fn deep_unary_chains_and_selects() {
    let unary = [I::I32Const(1)].into_iter().chain((0..DEPTH * 2).map(|_| I::I32Eqz));
    assert_eq!(run(func(&body(unary))).expect("valid"), 1);
    let select = [I::I32Const(9)]
        .into_iter()
        .chain((0..DEPTH).flat_map(|_| [I::I32Const(3), I::I32Const(1), I::Select]));
    assert_eq!(run(func(&body(select))).expect("valid"), 9);
}

#[test]
fn many_pending_reads_and_many_writes() {
    // While n reads of a local wait on the operand stack, n writes of it (and of another) follow.
    // A translator that scans the stack at each write needs n * n steps.
    let code = |n: i32, written| {
        let code = (0..n)
            .map(|_| I::LocalGet(0))
            .chain((0..n).flat_map(|i| [I::I32Const(i), I::LocalSet(written)]))
            .chain((0..n).map(|_| I::Drop))
            .chain([I::LocalGet(written)]);
        func(&with_locals([(2, T::I32)], code))
    };
    for written in [0, 1] {
        assert_eq!(run(code(60_000, written)).expect("valid"), 59_999);
        // Too high a stack is refused, and not more slowly.
        let error = run(code(500_000, written)).expect_err("more slots than a frame has");
        assert!(format!("{error:?}").contains("slots"), "{error:?}");
    }
}

#[test]
fn reads_of_many_locals_between_stores_and_calls() {
    // Pending loads and reads, cut off again and again by a store and by a call.
    let n = 20_000;
    let code = (0..n)
        .flat_map(|i| [I::LocalGet(i % 100), I::LocalGet(i % 7), I::I32Add, I::Call(1)])
        .chain((0..n).map(|_| I::Drop))
        .chain([I::I32Const(2)]);
    let main = with_locals([(100, T::I32)], code);
    let callee = body([]);
    let wasm = funcs(&[(&[], &[T::I32], &main), (&[], &[], &callee)]);
    assert_eq!(run(wasm).expect("valid"), 2);
}

#[test]
fn many_values_through_many_branches() {
    // Each conditional branch takes a thousand values along: code may grow with the values, but
    // time and memory have to stay in bounds.
    let values = vec![T::I32; 1000];
    let conditions = 2_000;
    let code = [I::Block(BlockType::FunctionType(1))]
        .into_iter()
        .chain((0..1000).map(I::I32Const))
        .chain((0..conditions).flat_map(|_| [I::I32Const(0), I::BrIf(0)]))
        .chain([I::End])
        .chain((0..999).map(|_| I::Drop));
    let main = body(code);
    let other = body((0..1000).map(I::I32Const));
    let wasm = funcs(&[(&[], &[T::I32], &main), (&[], &values, &other)]);
    assert_eq!(run(wasm).expect("valid"), 0);
}

#[test]
fn many_tiny_functions() {
    let n = if cfg!(debug_assertions) { 20_000 } else { 200_000 };
    let tiny = body([I::I32Const(1)]);
    let last = body([I::Call(n), I::I32Const(1), I::I32Add]);
    let mut list: Vec<(&[T], &[T], &wasm_encoder::Function)> = vec![(&[], &[T::I32], &last)];
    list.extend((0..n).map(|_| (&[][..], &[T::I32][..], &tiny)));
    assert_eq!(run(funcs(&list)).expect("valid"), 2);
}

#[test]
fn long_code_that_cannot_be_reached() {
    let dead = (0..100_000).flat_map(|_| [I::I32Add, I::Br(0), I::LocalGet(0), I::Drop]);
    let code = [I::I32Const(3), I::Return].into_iter().chain(dead).chain([I::Unreachable]);
    assert_eq!(run(func(&with_locals([(1, T::I32)], code))).expect("valid"), 3);
}

#[test]
fn long_constant_expressions() {
    let sum = "(i32.const 1) ".repeat(5_000) + &"i32.add ".repeat(4_999);
    let text = format!(
        "(module (global $g i32 {sum}) (func (export \"f\") (result i32) (global.get $g)))"
    );
    assert_eq!(run(wat::parse_str(text).expect("the text is valid")).expect("valid"), 5_000);
}

#[test]
fn an_export_name_of_a_hundred_thousand_bytes_and_twice_the_same() {
    let name = "x".repeat(99_000);
    let text =
        format!("(module (func (export \"{name}\") (export \"f\") (result i32) (i32.const 1)))");
    assert_eq!(run(wat::parse_str(text).expect("the text is valid")).expect("valid"), 1);
    let twice = wat::parse_str("(module (func) (export \"a\" (func 0)) (export \"b\" (func 0)))")
        .expect("the text is valid");
    let at = twice.iter().rposition(|&byte| byte == b'b').expect("it is there");
    let mut same = twice;
    same[at] = b'a';
    assert!(crate::refused(same).contains("duplicate export name"));
}

/// Tail calls whose arguments all change places: there is an order to be found for each.
#[test]
fn many_tail_calls_whose_arguments_change_places() {
    for params in [2, 16, 17, 1000] {
        let get = |i: usize| format!("local.get {} ", (i + 1) % params);
        let args: String = (0..params).map(get).collect();
        let call = format!("block local.get 0 br_if 0 {args} return_call $g end\n");
        let calls = call.repeat(100_000 / params);
        let ones = "i32.const 1 ".repeat(params);
        let text = format!(
            "(module (func (export \"f\") (result i32) {ones} return_call $g)
                (func $g (param {}) (result i32) {calls} i32.const 7))",
            "i32 ".repeat(params)
        );
        assert_eq!(run(wat::parse_str(&text).unwrap()).expect("valid"), 7, "{params}");
    }
}
