//! A small language of formulas: text to tokens, tokens to a tree by precedence, the tree simplified and evaluated.

use kernels::Random;
use programs::below;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Token {
    Number(f64),
    Name(u8),
    Operator(u8),
    Open,
    Close,
}

enum Tree {
    Number(f64),
    Name(u8),
    Negate(Box<Tree>),
    Binary(u8, Box<Tree>, Box<Tree>),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        tokens.push(match *first {
            b' ' => continue,
            b'(' => Token::Open,
            b')' => Token::Close,
            b'a'..=b'z' => Token::Name(first - b'a'),
            b'0'..=b'9' => {
                let mut value = f64::from(first - b'0');
                let mut scale = 0.0;
                while let [byte @ (b'0'..=b'9' | b'.'), after @ ..] = rest {
                    rest = after;
                    match byte {
                        b'.' => scale = 1.0,
                        digit => {
                            value = value * 10.0 + f64::from(digit - b'0');
                            scale *= 10.0;
                        }
                    }
                }
                Token::Number(if scale > 1.0 { value / scale } else { value })
            }
            operator => Token::Operator(operator),
        });
    }
    tokens
}

struct Parser<'a>(core::iter::Peekable<core::slice::Iter<'a, Token>>);

impl Parser<'_> {
    fn expression(&mut self, least: u8) -> Option<Tree> {
        let mut left = match *self.0.next()? {
            Token::Number(value) => Tree::Number(value),
            Token::Name(name) => Tree::Name(name),
            Token::Operator(b'-') => Tree::Negate(Box::new(self.expression(5)?)),
            Token::Open => {
                let inner = self.expression(0)?;
                (*self.0.next()? == Token::Close).then_some(inner)?
            }
            _ => return None,
        };
        while let Some(Token::Operator(operator)) = self.0.peek() {
            let binding = match operator {
                b'<' | b'=' => 1,
                b'+' | b'-' => 2,
                b'*' | b'/' | b'%' => 3,
                _ => return None,
            };
            if binding <= least {
                break;
            }
            self.0.next();
            let right = self.expression(binding)?;
            left = Tree::Binary(*operator, Box::new(left), Box::new(right));
        }
        Some(left)
    }
}

fn apply(operator: u8, left: f64, right: f64) -> f64 {
    match operator {
        b'+' => left + right,
        b'-' => left - right,
        b'*' => left * right,
        b'/' => left / right,
        b'%' => left - right * (left / right).trunc(),
        b'<' => f64::from(u8::from(left < right)),
        _ => f64::from(u8::from(left == right)),
    }
}

/// Constants are folded, and what is added to nothing or multiplied by one is gone.
fn simplify(tree: Tree) -> Tree {
    match tree {
        Tree::Negate(inner) => match simplify(*inner) {
            Tree::Number(value) => Tree::Number(-value),
            Tree::Negate(inner) => *inner,
            inner => Tree::Negate(Box::new(inner)),
        },
        Tree::Binary(operator, left, right) => {
            match (operator, simplify(*left), simplify(*right)) {
                (_, Tree::Number(left), Tree::Number(right)) => {
                    Tree::Number(apply(operator, left, right))
                }
                (b'+', Tree::Number(0.0), other)
                | (b'+' | b'-', other, Tree::Number(0.0))
                | (b'*', Tree::Number(1.0), other)
                | (b'*' | b'/', other, Tree::Number(1.0)) => other,
                (_, left, right) => Tree::Binary(operator, Box::new(left), Box::new(right)),
            }
        }
        leaf => leaf,
    }
}

fn evaluate(tree: &Tree, names: &[f64; 26]) -> f64 {
    match tree {
        Tree::Number(value) => *value,
        Tree::Name(name) => names[usize::from(*name)],
        Tree::Negate(inner) => -evaluate(inner, names),
        Tree::Binary(operator, left, right) => {
            apply(*operator, evaluate(left, names), evaluate(right, names))
        }
    }
}

/// The text of a formula of some depth.
fn formula(random: &mut Random, depth: u32, text: &mut String) {
    match below(random, if depth == 0 { 2 } else { 7 }) {
        0 => *text += &format!("{}.{}", below(random, 30), below(random, 100)),
        1 => text.push(char::from(b'a' + below(random, 26) as u8)),
        2 => {
            *text += "-(";
            formula(random, depth - 1, text);
            text.push(')');
        }
        _ => {
            let operator = ["+", " - ", "*", "/", " % ", " < ", "="][below(random, 7)];
            text.push('(');
            formula(random, depth - 1, text);
            *text += operator;
            formula(random, depth - 1, text);
            text.push(')');
            if below(random, 2) == 0 {
                *text += operator;
                formula(random, depth - 1, text);
            }
        }
    }
}

/// Reads 20 formulas `n` times and evaluates each 40 times; a hash of the values.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    let known = Parser(tokens("2*(3+4.5) - -6/3%4").iter().peekable()).expression(0);
    assert_eq!(known.map(|tree| evaluate(&simplify(tree), &[0.0; 26])), Some(17.0));
    let mut random = Random::new(34);
    let mut texts = Vec::new();
    while texts.len() < 20 {
        let mut text = String::new();
        formula(&mut random, 7, &mut text);
        if text.len() > 200 && text.len() < 2000 {
            texts.push(text);
        }
    }
    let mut names: [f64; 26] = core::array::from_fn(|i| i as f64 - 7.5);
    let mut hash = 0u64;
    for round in 0..n {
        for text in &texts {
            let tokens = tokens(text);
            let tree = Parser(tokens.iter().peekable()).expression(0).expect("a formula");
            let tree = simplify(tree);
            for i in 0..40 {
                names[(i + round as usize) % 26] += 0.25;
                let value = evaluate(&tree, &names);
                // What NaN there is depends on the engine.
                let bits = if value.is_nan() { 1 } else { value.to_bits() };
                hash = hash.rotate_left(5) ^ bits;
            }
        }
    }
    hash as i64
}
