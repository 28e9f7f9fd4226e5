//! Every number of parameters and results, with and without a caller.

use crate::*;

/// A function of `i64`s that gives its parameters back in reverse, and calls through a guest.
macro_rules! arities {
    ($($name:ident: $($a:ident)* => $($b:ident)*;)*) => {$(
        #[test]
        fn $name() {
            let (engine, mut store, mut linker) = setup();
            linker.func_wrap("m", "plain", |$($a: i64),*| ($($b,)*)).unwrap();
            linker.func_wrap("m", "caller", |_: Caller<'_, ()>, $($a: i64),*| ($($b,)*)).unwrap();
            linker
                .func_wrap("m", "result", |$($a: i64),*| -> Result<_> { Ok(($($b,)*)) })
                .unwrap();
            let names: &[&str] = &[$(stringify!($a)),*];
            let n = names.len();
            let types = "i64 ".repeat(n);
            let args: String = (0..n).map(|i| format!("(local.get {i})")).collect();
            for name in ["plain", "caller", "result"] {
                let text = format!(
                    r#"(module
                        (import "m" "{name}" (func $f (param {types}) (result {types})))
                        (func (export "run") (param {types}) (result {types}) {args} (call $f)))"#
                );
                let instance = linker.instantiate(&mut store, &module(&engine, &text)).unwrap();
                let run = instance.get_func(&mut store, "run").unwrap();
                let params: Vec<Val> = (0..n as i64).map(Val::I64).collect();
                let mut results = vec![Val::I32(0); n];
                run.call(&mut store, &params, &mut results).unwrap();
                let results: Vec<i64> = results.iter().map(Val::unwrap_i64).collect();
                let reversed: Vec<i64> = (0..n as i64).rev().collect();
                assert_eq!(results, reversed, "{name}");

                let mut next = 0..;
                $(let $a: i64 = next.next().unwrap();)*
                let _ = &mut next;
                let run = run.typed::<($(arities!(@i64 $a),)*), ($(arities!(@i64 $a),)*)>(&store).unwrap();
                assert_eq!(run.call(&mut store, ($($a,)*)).unwrap(), ($($b,)*), "{name}");
            }
        }
    )*};
    (@i64 $a:ident) => { i64 };
}

arities! {
    arity_0: => ;
    arity_1: a => a;
    arity_2: a b => b a;
    arity_3: a b c => c b a;
    arity_4: a b c d => d c b a;
    arity_5: a b c d e => e d c b a;
    arity_6: a b c d e f => f e d c b a;
    arity_7: a b c d e f g => g f e d c b a;
    arity_8: a b c d e f g h => h g f e d c b a;
    arity_9: a b c d e f g h i => i h g f e d c b a;
    arity_10: a b c d e f g h i j => j i h g f e d c b a;
    arity_11: a b c d e f g h i j k => k j i h g f e d c b a;
    arity_12: a b c d e f g h i j k l => l k j i h g f e d c b a;
}

/// Beyond twelve, tuples have no `PartialEq`.
macro_rules! long_arities {
    ($($name:ident: $($a:ident)*;)*) => {$(
        #[test]
        fn $name() {
            let (_, mut store, _) = setup();
            let plain = Func::wrap(&mut store, |$($a: i32),*| ($($a,)*));
            let caller = Func::wrap(&mut store, |_: Caller<'_, ()>, $($a: i32),*| ($($a,)*));
            let n = [$(stringify!($a)),*].len();
            for func in [plain, caller] {
                assert_eq!(func.ty(&store).params().len(), n);
                let typed = func
                    .typed::<($(long_arities!(@i32 $a),)*), ($(long_arities!(@i32 $a),)*)>(&store)
                    .unwrap();
                let mut next = 0..;
                let params = ($({ let $a: i32 = next.next().unwrap(); $a },)*);
                let ($($a,)*) = typed.call(&mut store, params).unwrap();
                assert_eq!([$($a),*].to_vec(), (0..n as i32).collect::<Vec<_>>());
            }
        }
    )*};
    (@i32 $a:ident) => { i32 };
}

long_arities! {
    arity_13: a b c d e f g h i j k l m;
    arity_14: a b c d e f g h i j k l m n0;
    arity_15: a b c d e f g h i j k l m n0 o;
    arity_16: a b c d e f g h i j k l m n0 o p;
    arity_17: a b c d e f g h i j k l m n0 o p q;
}
