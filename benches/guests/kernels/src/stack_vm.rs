//! A virtual machine in the guest: an interpreter of one-byte instructions on an operand stack, running a program that
//! counts the ways to place eight queens. What an interpreter makes of an interpreter.

/// The instructions; an operand, where there is one, is the byte behind.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Op {
    /// Pushes the operand.
    Const,
    /// Pushes the local of this frame that the operand says.
    Get,
    Set,
    Add,
    Sub,
    Shl,
    Shr,
    And,
    Or,
    /// Pushes whether the two operands are equal.
    Equal,
    /// Jumps to the operand if the value on top is zero.
    JumpIfZero,
    Jump,
    /// Calls the function at the operand; its arguments become its first locals.
    Call,
    /// Ends the function; its result is on top.
    Return,
}

/// `solve(all, columns, left, right)`: the number of ways to complete the board whose occupied columns and diagonals
/// are the bits of the other three.
///
/// ```text
/// solve: if columns == all { return 1 }
///        free = all & ((columns | left | right) ^ all);  count = 0       (xor as: all - (x & all))
///        while free { bit = free & (0 - free); free -= bit
///            count += solve(all, columns | bit, ((left | bit) << 1) & all, (right | bit) >> 1) }
///        return count
/// ```
fn program() -> Vec<u8> {
    use Op::*;
    const ALL: u8 = 0;
    const COLUMNS: u8 = 1;
    const LEFT: u8 = 2;
    const RIGHT: u8 = 3;
    const FREE: u8 = 4;
    const COUNT: u8 = 5;
    const BIT: u8 = 6;
    enum Item {
        Do(Op),
        With(Op, u8),
        To(Op, usize),
        Label(usize),
    }
    use Item::*;
    let items = [
        With(Get, COLUMNS),
        With(Get, ALL),
        Do(Equal),
        To(JumpIfZero, 0),
        With(Const, 1),
        Do(Return),
        Label(0),
        With(Get, ALL),
        With(Get, COLUMNS),
        With(Get, LEFT),
        Do(Or),
        With(Get, RIGHT),
        Do(Or),
        With(Get, ALL),
        Do(And),
        Do(Sub),
        With(Set, FREE),
        With(Const, 0),
        With(Set, COUNT),
        Label(1),
        With(Get, FREE),
        To(JumpIfZero, 2),
        With(Get, FREE),
        With(Const, 0),
        With(Get, FREE),
        Do(Sub),
        Do(And),
        With(Set, BIT),
        With(Get, FREE),
        With(Get, BIT),
        Do(Sub),
        With(Set, FREE),
        With(Get, COUNT),
        With(Get, ALL),
        With(Get, COLUMNS),
        With(Get, BIT),
        Do(Or),
        With(Get, LEFT),
        With(Get, BIT),
        Do(Or),
        With(Const, 1),
        Do(Shl),
        With(Get, ALL),
        Do(And),
        With(Get, RIGHT),
        With(Get, BIT),
        Do(Or),
        With(Const, 1),
        Do(Shr),
        With(Call, 0),
        Do(Add),
        With(Set, COUNT),
        To(Jump, 1),
        Label(2),
        With(Get, COUNT),
        Do(Return),
    ];
    let mut labels = [0; 3];
    let mut code = Vec::new();
    // The first pass finds the labels, the second uses them.
    for _ in 0..2 {
        code.clear();
        for item in &items {
            match *item {
                Do(op) => code.push(op as u8),
                With(op, operand) => code.extend([op as u8, operand]),
                To(op, label) => code.extend([op as u8, labels[label]]),
                Label(label) => labels[label] = code.len() as u8,
            }
        }
    }
    code
}

const PARAMETERS: usize = 4;
const LOCALS: usize = 7;

struct Vm<'a> {
    code: &'a [u8],
    stack: Vec<u32>,
    /// Where to return to, and where the caller's locals begin.
    frames: Vec<(usize, usize)>,
}

impl Vm<'_> {
    fn pop(&mut self) -> u32 {
        self.stack.pop().expect("the program keeps the stack")
    }

    fn binary(&mut self, op: impl FnOnce(u32, u32) -> u32) {
        let (b, a) = (self.pop(), self.pop());
        self.stack.push(op(a, b));
    }

    #[inline(never)]
    fn call(&mut self, args: [u32; PARAMETERS]) -> u32 {
        const OPS: [Op; 14] = {
            use Op::*;
            [Const, Get, Set, Add, Sub, Shl, Shr, And, Or, Equal, JumpIfZero, Jump, Call, Return]
        };
        self.stack.clear();
        self.stack.extend(args);
        self.stack.resize(LOCALS, 0);
        let (mut pc, mut base) = (0, 0);
        loop {
            let op = OPS[usize::from(self.code[pc])];
            pc += 1;
            let mut operand = || {
                pc += 1;
                usize::from(self.code[pc - 1])
            };
            match op {
                Op::Const => {
                    let value = operand() as u32;
                    self.stack.push(value);
                }
                Op::Get => {
                    let local = operand();
                    self.stack.push(self.stack[base + local]);
                }
                Op::Set => {
                    let local = operand();
                    let value = self.pop();
                    self.stack[base + local] = value;
                }
                Op::Add => self.binary(u32::wrapping_add),
                Op::Sub => self.binary(u32::wrapping_sub),
                Op::Shl => self.binary(u32::wrapping_shl),
                Op::Shr => self.binary(u32::wrapping_shr),
                Op::And => self.binary(|a, b| a & b),
                Op::Or => self.binary(|a, b| a | b),
                Op::Equal => self.binary(|a, b| u32::from(a == b)),
                Op::JumpIfZero => {
                    let target = operand();
                    if self.pop() == 0 {
                        pc = target;
                    }
                }
                Op::Jump => pc = operand(),
                Op::Call => {
                    let target = operand();
                    self.frames.push((pc, base));
                    base = self.stack.len() - PARAMETERS;
                    self.stack.resize(base + LOCALS, 0);
                    pc = target;
                }
                Op::Return => {
                    let result = self.pop();
                    let Some(caller) = self.frames.pop() else { return result };
                    self.stack.truncate(base);
                    self.stack.push(result);
                    (pc, base) = caller;
                }
            }
        }
    }
}

/// Counts the 92 ways `n` times; how many those are.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i32 {
    let code = program();
    let mut vm = Vm { code: &code, stack: Vec::new(), frames: Vec::new() };
    let mut ways = 0;
    for _ in 0..n {
        let count = vm.call([0xff, 0, 0, 0]);
        assert_eq!(count, 92);
        ways += count;
    }
    ways as i32
}
