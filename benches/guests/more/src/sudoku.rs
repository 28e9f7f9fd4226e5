//! Puzzles by trial: sudoku on bit sets, always the cell with the fewest candidates next; and queens on a board.

use kernels::Random;

/// A board of digits and, for each row, column and box, the set of digits it has.
struct Sudoku {
    cells: [u8; 81],
    rows: [u16; 9],
    columns: [u16; 9],
    boxes: [u16; 9],
    tried: u32,
}

impl Sudoku {
    fn new(text: &str) -> Self {
        let mut board =
            Self { cells: [0; 81], rows: [0; 9], columns: [0; 9], boxes: [0; 9], tried: 0 };
        for (at, byte) in text.bytes().enumerate() {
            if byte != b'.' {
                board.toggle(at, 1 << (byte - b'1'));
                board.cells[at] = byte - b'0';
            }
        }
        board
    }

    fn toggle(&mut self, at: usize, digit: u16) {
        let (row, column) = (at / 9, at % 9);
        self.rows[row] ^= digit;
        self.columns[column] ^= digit;
        self.boxes[row / 3 * 3 + column / 3] ^= digit;
    }

    fn candidates(&self, at: usize) -> u16 {
        let (row, column) = (at / 9, at % 9);
        !(self.rows[row] | self.columns[column] | self.boxes[row / 3 * 3 + column / 3]) & 0x1ff
    }

    fn solve(&mut self) -> bool {
        let open = (0..81).filter(|&at| self.cells[at] == 0);
        let Some(at) = open.min_by_key(|&at| self.candidates(at).count_ones()) else {
            return true;
        };
        let mut candidates = self.candidates(at);
        while candidates != 0 {
            let digit = candidates & candidates.wrapping_neg();
            candidates ^= digit;
            self.tried += 1;
            self.toggle(at, digit);
            self.cells[at] = digit.trailing_zeros() as u8 + 1;
            if self.solve() {
                return true;
            }
            self.toggle(at, digit);
            self.cells[at] = 0;
        }
        false
    }
}

/// In how many ways `size` queens stand on a board of that size without threatening each other.
fn queens(size: u32, columns: u32, left: u32, right: u32) -> u32 {
    let all = (1 << size) - 1;
    if columns == all {
        return 1;
    }
    let mut free = all & !(columns | left | right);
    let mut ways = 0;
    while free != 0 {
        let queen = free & free.wrapping_neg();
        free ^= queen;
        ways += queens(size, columns | queen, (left | queen) << 1, (right | queen) >> 1);
    }
    ways
}

const PUZZLE: &str =
    "8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4..";

/// Solves a puzzle `n` times, each time with the digits exchanged; the tries, and a board of queens.
#[unsafe(no_mangle)]
pub extern "C" fn run(n: i32) -> i64 {
    assert_eq!(queens(7, 0, 0, 0), 40);
    let mut random = Random::new(36);
    let mut digits: Vec<char> = ('1'..='9').collect();
    let mut result = 0u64;
    for _ in 0..n {
        let i = (random.bits() >> 33) as usize % 9;
        digits.swap(0, i);
        let exchanged = |c: char| c.to_digit(10).map_or('.', |digit| digits[digit as usize - 1]);
        let mut board = Sudoku::new(&PUZZLE.chars().map(exchanged).collect::<String>());
        assert!(board.solve());
        let sum = board.cells.iter().fold(0u64, |sum, &cell| sum * 3 + u64::from(cell));
        result = result.rotate_left(9) ^ u64::from(board.tried) ^ sum;
        result = result.wrapping_add(u64::from(queens(8, 0, 0, 0)));
    }
    result as i64
}
