//! Which statements on references and objects have handlers.

use crate::declarations::*;
use crate::shapes::*;
use crate::statement::*;

/// What programs use most: accumulators, too, on hosts.
const COMMON: &[OpId] = ops![
    RefI31 RefAsNonNull I31GetS I31GetU I32Get I64Get F64Get I32Get8U I32Get16U
    I32Put I64Put F64Put I32Put8 I32Put16
];

/// Every operation on slots, and more for what programs use.
pub(crate) fn objects(s: &mut Shapes, simd: bool, host: bool) {
    for o in OpId::all().filter(|o| o.object && (simd || !o.vector)) {
        let common = host && COMMON.contains(&o);
        match o.class {
            Class::Unary | Class::UnaryTrapping => {
                let t = o.operands[0];
                s.add(Set.of(un(o, slot(t))));
                if common {
                    s.add(SetAcc.of(un(o, slot(t))));
                    s.add(Set.of(un(o, acc(t))));
                    s.add(SetAcc.of(un(o, acc(t))));
                }
            }
            Class::BinaryTrapping => s.add(Set.of(bin(o, slot(U32), slot(U32)))),
            Class::Test | Class::Cast => {
                s.add(Set.of(test(o, slot(U32))));
                if host {
                    s.add(SetAcc.of(test(o, slot(U32))));
                    s.expr(test(o, acc(U32)));
                }
                if host && o.class == Class::Test {
                    s.branch(test(o, slot(U32)));
                    s.branch(test(o, acc(U32)));
                }
            }
            Class::Get => gets(s, o, common),
            Class::Put => puts(s, o, common),
            class => unreachable!("{class:?} of objects"),
        }
    }
}

fn gets(s: &mut Shapes, o: OpId, common: bool) {
    let mut forms = vec![get(o, slot(U32)), elem(o, slot(U32), slot(U32))];
    if common {
        forms.extend([
            get(o, acc(U32)),
            elem(o, slot(U32), acc(U32)),
            elem(o, acc(U32), slot(U32)),
            elem(o, slot(U32), imm(U32)),
        ]);
    }
    for e in forms {
        if common {
            s.add(SetAcc.of(e.clone()));
        }
        s.add(Set.of(e));
    }
}

fn puts(s: &mut Shapes, o: OpId, common: bool) {
    let t = o.operands[0];
    let mut values = vec![slot(t)];
    if common {
        values.push(acc(t));
        // Constants of vectors have 128 bits.
        values.extend((t != V128).then(|| imm(t)));
    }
    for y in values {
        s.add(Put.on(o, [slot(U32), y.clone()]));
        s.add(Init.on(o, [y.clone()]));
        s.add(PutElem.on(o, [slot(U32), slot(U32), y]));
    }
}
