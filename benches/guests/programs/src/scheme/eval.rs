//! The evaluator.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

/// A value.
#[derive(Clone)]
pub(crate) enum Value {
    Nil,
    Bool(bool),
    Int(i64),
    Symbol(Rc<str>),
    Pair(Rc<(Value, Value)>),
    Primitive(Primitive),
    Closure(Rc<Closure>),
}

/// A function with the variables around it.
pub(crate) struct Closure {
    body: Rc<Code>,
    around: Rc<Frame>,
}

/// A compiled expression.
pub(crate) enum Code {
    Constant(Value),
    Local {
        depth: usize,
        index: usize,
    },
    Global(usize),
    SetGlobal(usize, Box<Code>),
    /// The condition and what to do if it holds and if not.
    If(Box<[Code; 3]>),
    Lambda(Rc<Code>),
    Begin(Vec<Code>),
    /// The function and its arguments.
    Call(Vec<Code>),
}

/// The arguments of a function, and the frame that the function was made in.
pub(crate) struct Frame {
    slots: Vec<Value>,
    outer: Option<Rc<Frame>>,
}

impl Frame {
    pub(crate) fn new(slots: Vec<Value>, outer: Option<Rc<Frame>>) -> Rc<Self> {
        Rc::new(Self { slots, outer })
    }

    fn get(&self, depth: usize, index: usize) -> &Value {
        let mut frame = self;
        for _ in 0..depth {
            frame = frame.outer.as_deref().expect("the compiler counted the frames");
        }
        &frame.slots[index]
    }
}

pub(crate) type Globals = Rc<RefCell<Vec<Value>>>;

/// The functions that are not written in Scheme.
#[derive(Clone, Copy)]
pub(crate) enum Primitive {
    Add,
    Subtract,
    Multiply,
    Quotient,
    Remainder,
    Less,
    Equal,
    Cons,
    Car,
    Cdr,
    IsNull,
    IsPair,
}

impl Primitive {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            "quotient" => Self::Quotient,
            "remainder" => Self::Remainder,
            "<" => Self::Less,
            "=" => Self::Equal,
            "cons" => Self::Cons,
            "car" => Self::Car,
            "cdr" => Self::Cdr,
            "null?" => Self::IsNull,
            "pair?" => Self::IsPair,
            _ => return None,
        })
    }

    fn call(self, args: &[Value]) -> Value {
        match (self, args) {
            (Self::Add, [Value::Int(a), Value::Int(b)]) => Value::Int(a.wrapping_add(*b)),
            (Self::Subtract, [Value::Int(a), Value::Int(b)]) => Value::Int(a.wrapping_sub(*b)),
            (Self::Multiply, [Value::Int(a), Value::Int(b)]) => Value::Int(a.wrapping_mul(*b)),
            (Self::Quotient, [Value::Int(a), Value::Int(b)]) => Value::Int(a / b),
            (Self::Remainder, [Value::Int(a), Value::Int(b)]) => Value::Int(a % b),
            (Self::Less, [Value::Int(a), Value::Int(b)]) => Value::Bool(a < b),
            (Self::Equal, [Value::Int(a), Value::Int(b)]) => Value::Bool(a == b),
            (Self::Equal, [Value::Symbol(a), Value::Symbol(b)]) => Value::Bool(a == b),
            (Self::Equal, [_, _]) => Value::Bool(false),
            (Self::Cons, [head, tail]) => Value::Pair(Rc::new((head.clone(), tail.clone()))),
            (Self::Car, [Value::Pair(pair)]) => pair.0.clone(),
            (Self::Cdr, [Value::Pair(pair)]) => pair.1.clone(),
            (Self::IsNull, [value]) => Value::Bool(matches!(value, Value::Nil)),
            (Self::IsPair, [value]) => Value::Bool(matches!(value, Value::Pair(_))),
            _ => panic!("a primitive has arguments of the wrong kind"),
        }
    }
}

/// The value of `code` with the variables of `frame`.
pub(crate) fn eval(code: &Code, frame: &Rc<Frame>, globals: &Globals) -> Value {
    match code {
        Code::Constant(value) => value.clone(),
        Code::Local { depth, index } => frame.get(*depth, *index).clone(),
        Code::Global(place) => globals.borrow()[*place].clone(),
        Code::SetGlobal(place, value) => {
            let value = eval(value, frame, globals);
            globals.borrow_mut()[*place] = value;
            Value::Nil
        }
        Code::If(parts) => {
            let [condition, yes, no] = &**parts;
            let no_value = matches!(eval(condition, frame, globals), Value::Bool(false));
            eval(if no_value { no } else { yes }, frame, globals)
        }
        Code::Lambda(body) => {
            Value::Closure(Rc::new(Closure { body: body.clone(), around: frame.clone() }))
        }
        Code::Begin(parts) => {
            let mut last = Value::Nil;
            for part in parts {
                last = eval(part, frame, globals);
            }
            last
        }
        Code::Call(parts) => {
            let (function, args) = operands(parts, frame, globals);
            apply(function, args, globals)
        }
    }
}

fn operands(parts: &[Code], frame: &Rc<Frame>, globals: &Globals) -> (Value, Vec<Value>) {
    let function = eval(&parts[0], frame, globals);
    let args = parts[1..].iter().map(|part| eval(part, frame, globals)).collect();
    (function, args)
}

/// Calls `function`; what it calls last is called from here, so that a loop does not nest.
pub(crate) fn apply(mut function: Value, mut args: Vec<Value>, globals: &Globals) -> Value {
    loop {
        let closure = match function {
            Value::Primitive(primitive) => return primitive.call(&args),
            Value::Closure(closure) => closure,
            _ => panic!("only functions can be called"),
        };
        let frame = Frame::new(args, Some(closure.around.clone()));
        let mut code = &*closure.body;
        (function, args) = loop {
            match code {
                Code::Begin(parts) => {
                    let Some((last, before)) = parts.split_last() else { return Value::Nil };
                    for part in before {
                        eval(part, &frame, globals);
                    }
                    code = last;
                }
                Code::If(parts) => {
                    let [condition, yes, no] = &**parts;
                    let no_value = matches!(eval(condition, &frame, globals), Value::Bool(false));
                    code = if no_value { no } else { yes };
                }
                Code::Call(parts) => break operands(parts, &frame, globals),
                other => return eval(other, &frame, globals),
            }
        };
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("()"),
            Self::Bool(value) => f.write_str(if *value { "#t" } else { "#f" }),
            Self::Int(value) => write!(f, "{value}"),
            Self::Symbol(name) => f.write_str(name),
            Self::Primitive(_) | Self::Closure(_) => f.write_str("#<procedure>"),
            Self::Pair(first) => {
                write!(f, "({}", first.0)?;
                let mut rest = &first.1;
                while let Self::Pair(pair) = rest {
                    write!(f, " {}", pair.0)?;
                    rest = &pair.1;
                }
                match rest {
                    Self::Nil => f.write_str(")"),
                    value => write!(f, " . {value})"),
                }
            }
        }
    }
}
