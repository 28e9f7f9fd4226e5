//! The compiler: expressions to trees in which every variable is a place.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::eval::{Code, Primitive, Value};
use crate::read::Form;

/// What is known of the program so far.
#[derive(Default)]
pub(crate) struct Compiler {
    globals: BTreeMap<String, usize>,
}

/// The parameters of the functions around an expression, the innermost first.
struct Scope<'a> {
    names: Vec<&'a str>,
    outer: Option<&'a Scope<'a>>,
}

impl Compiler {
    /// How many global variables there are.
    pub(crate) fn globals(&self) -> usize {
        self.globals.len()
    }

    /// The place of a global variable, which may be defined later.
    pub(crate) fn global(&mut self, name: &str) -> usize {
        let next = self.globals.len();
        *self.globals.entry(name.to_owned()).or_insert(next)
    }

    /// Compiles an expression that no function surrounds.
    pub(crate) fn top(&mut self, form: &Form) -> Code {
        self.expression(form, &Scope { names: Vec::new(), outer: None })
    }

    fn all(&mut self, forms: &[Form], scope: &Scope) -> Vec<Code> {
        forms.iter().map(|form| self.expression(form, scope)).collect()
    }

    fn expression(&mut self, form: &Form, scope: &Scope) -> Code {
        match form {
            Form::Int(value) => Code::Constant(Value::Int(*value)),
            Form::Symbol(name) => self.variable(name, scope),
            Form::List(items) => match &items[..] {
                [] => Code::Constant(Value::Nil),
                [Form::Symbol(word), rest @ ..] => self.compound(word, rest, items, scope),
                _ => self.call(items, scope),
            },
        }
    }

    fn variable(&mut self, name: &str, scope: &Scope) -> Code {
        let mut depth = 0;
        let mut current = Some(scope);
        while let Some(scope) = current {
            if let Some(index) = scope.names.iter().position(|parameter| *parameter == name) {
                return Code::Local { depth, index };
            }
            depth += 1;
            current = scope.outer;
        }
        match Primitive::named(name) {
            Some(primitive) => Code::Constant(Value::Primitive(primitive)),
            None => Code::Global(self.global(name)),
        }
    }

    fn compound(&mut self, word: &str, rest: &[Form], items: &[Form], scope: &Scope) -> Code {
        match (word, rest) {
            ("if", [condition, yes, no]) => Code::If(Box::new([
                self.expression(condition, scope),
                self.expression(yes, scope),
                self.expression(no, scope),
            ])),
            ("define", [Form::Symbol(name), value]) => {
                let place = self.global(name);
                Code::SetGlobal(place, Box::new(self.expression(value, scope)))
            }
            ("define", [Form::List(head), body @ ..]) => {
                let [Form::Symbol(name), parameters @ ..] = &head[..] else {
                    panic!("a function has a name")
                };
                let place = self.global(name);
                Code::SetGlobal(place, Box::new(self.lambda(parameters, body, scope)))
            }
            ("lambda", [Form::List(parameters), body @ ..]) => self.lambda(parameters, body, scope),
            ("let", [Form::List(bindings), body @ ..]) => {
                let (mut names, mut call) = (Vec::new(), Vec::new());
                for binding in bindings {
                    let Form::List(pair) = binding else { panic!("a binding is a list") };
                    let [Form::Symbol(name), value] = &pair[..] else {
                        panic!("a binding is a name and a value")
                    };
                    names.push(name.as_str());
                    call.push(self.expression(value, scope));
                }
                call.insert(0, self.function(names, body, scope));
                Code::Call(call)
            }
            ("begin", body) => Code::Begin(self.all(body, scope)),
            ("quote", [datum]) => Code::Constant(quote(datum)),
            _ => self.call(items, scope),
        }
    }

    fn lambda(&mut self, parameters: &[Form], body: &[Form], scope: &Scope) -> Code {
        let names = parameters.iter().map(|parameter| match parameter {
            Form::Symbol(name) => name.as_str(),
            _ => panic!("a parameter is a name"),
        });
        self.function(names.collect(), body, scope)
    }

    fn function(&mut self, names: Vec<&str>, body: &[Form], scope: &Scope) -> Code {
        let inner = Scope { names, outer: Some(scope) };
        Code::Lambda(Rc::new(Code::Begin(self.all(body, &inner))))
    }

    fn call(&mut self, items: &[Form], scope: &Scope) -> Code {
        Code::Call(self.all(items, scope))
    }
}

/// The value of a quoted expression; symbols are their own names.
fn quote(form: &Form) -> Value {
    match form {
        Form::Int(value) => Value::Int(*value),
        Form::Symbol(name) => Value::Symbol(name.as_str().into()),
        Form::List(items) => items
            .iter()
            .rev()
            .fold(Value::Nil, |rest, item| Value::Pair(Rc::new((quote(item), rest)))),
    }
}
