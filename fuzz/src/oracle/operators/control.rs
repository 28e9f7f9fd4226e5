//! Blocks, branches, calls, and local variables that are set while pending trees read them.

use wasm_encoder::{BlockType, Instruction as I, ValType};

use super::steps::{Body, Value};
use super::world;

/// How deep blocks are nested.
const MAX_DEPTH: u32 = 3;

impl Body<'_> {
    /// Does one of the things below, above what is on the stack.
    pub fn control(&mut self, which: usize) {
        match which % 17 {
            0 | 1 => self.call(),
            2 => self.call_indirect(),
            3 => self.set_local(false),
            4 => self.set_local(true),
            5 => self.set_global(),
            6 => self.drop_value(),
            7 => self.select(),
            8 | 9 => self.block(),
            10 => self.loop_(),
            11 => self.if_(),
            12 => self.return_(),
            13 => self.tail_call(),
            14 => self.unreachable(),
            15 => self.after_branch(),
            _ => self.pinned_loop(),
        }
    }

    fn arguments(&mut self, params: &[ValType]) {
        for ty in params {
            let size = 1 + self.random.below(4);
            self.tree(*ty, size, true);
        }
    }

    fn results(&mut self, results: &[ValType]) {
        self.stack.extend(results.iter().map(|ty| Value { ty: *ty, clean: true }));
    }

    fn call(&mut self) {
        let callee = self.random.below(self.callees.len());
        let signature = self.callees[callee].clone();
        self.arguments(&signature.params);
        self.emit(&I::Call(callee as u32));
        self.results(&signature.results);
    }

    /// Pushes the index of a function in a table, and gives the table.
    fn index_of(&mut self, callee: usize) -> u32 {
        let table = if self.random.percent(50) { 0 } else { 2 };
        let ty = if world::table_is_64(table) { ValType::I64 } else { ValType::I32 };
        // See `world::module`.
        let index = callee as u64 + u64::from(table == 0);
        match self.random.below(20) {
            0 => self.masked(ty, 4, 15, 30),
            1..8 => {
                // An index that is computed, and known all the same.
                let local = self.local(ty);
                self.emit(&I::LocalGet(local));
                self.integer_const(ty, 0);
                self.emit(if ty == ValType::I32 { &I::I32And } else { &I::I64And });
                self.integer_const(ty, index);
                self.emit(if ty == ValType::I32 { &I::I32Or } else { &I::I64Or });
            }
            _ => self.integer_const(ty, index),
        }
        table
    }

    fn call_indirect(&mut self) {
        let callee = self.random.below(self.callees.len());
        let signature = self.callees[callee].clone();
        self.arguments(&signature.params);
        let table_index = self.index_of(callee);
        self.emit(&I::CallIndirect { type_index: callee as u32, table_index });
        self.results(&signature.results);
    }

    /// Sets a local variable, which what is below may read.
    fn set_local(&mut self, tee: bool) {
        let ty = match self.stack.last() {
            Some(value) if self.random.percent(70) => value.ty,
            _ => self.any_type(),
        };
        let (size, local) = (1 + self.random.below(6), self.local(ty));
        self.tree(ty, size, true);
        if tee {
            self.emit(&I::LocalTee(local));
            self.stack.push(Value { ty, clean: true });
        } else {
            self.emit(&I::LocalSet(local));
        }
    }

    fn set_global(&mut self) {
        let global = self.random.below(world::MUTABLE.len());
        let size = 1 + self.random.below(6);
        self.tree(world::MUTABLE[global], size, true);
        self.emit(&I::GlobalSet(global as u32));
    }

    fn drop_value(&mut self) {
        let (ty, size) = (self.any_type(), 1 + self.random.below(6));
        self.tree(ty, size, false);
        self.emit(&I::Drop);
        self.emit(&I::Nop);
    }

    fn select(&mut self) {
        let ty = world::MUTABLE[self.random.below(5)];
        for ty in [ty, ty, ValType::I32] {
            let size = 1 + self.random.below(6);
            self.tree(ty, size, true);
        }
        self.emit(&I::Select);
        self.stack.push(Value { ty, clean: true });
    }

    /// The type of a block, whose parameters are pushed, and its results. With several of them it is that of a callee.
    fn block_type(&mut self) -> (BlockType, Vec<ValType>) {
        match self.random.below(4) {
            0 => (BlockType::Empty, vec![]),
            1 | 2 => {
                let ty = self.any_type();
                (BlockType::Result(ty), vec![ty])
            }
            _ => {
                let callee = self.random.below(self.callees.len());
                let signature = self.callees[callee].clone();
                self.arguments(&signature.params);
                self.stack.extend(signature.params.iter().map(|ty| Value { ty: *ty, clean: true }));
                (BlockType::FunctionType(callee as u32), signature.results)
            }
        }
    }

    fn push_all(&mut self, types: &[ValType]) {
        for ty in types {
            let size = 1 + self.random.below(5);
            self.tree(*ty, size, true);
        }
    }

    /// What a block takes from the stack.
    fn parameters(&self, block: BlockType) -> Vec<ValType> {
        match block {
            BlockType::FunctionType(callee) => self.callees[callee as usize].params.clone(),
            _ => vec![],
        }
    }

    /// What is in a block: its parameters fold, and something that may be more blocks happens.
    fn inside(&mut self, parameters: usize) {
        let below = self.stack.len() - parameters;
        self.depth += 1;
        let outside: Vec<Value> = self.stack.drain(..below).collect();
        // Sometimes the parameters stay pending for what comes.
        if self.random.percent(50) {
            self.fold_to(0);
        }
        if self.random.percent(60) {
            self.pending();
        }
        if self.depth < MAX_DEPTH && self.random.percent(50) {
            let which = self.random.below(17);
            self.control(which);
        } else {
            let entries = self.entries;
            let which = self.random.below(entries.len());
            self.apply(&entries[which]);
        }
        self.fold_to(0);
        self.stack = outside;
        self.depth -= 1;
    }

    /// A condition, or an index of branches.
    fn condition(&mut self) {
        let size = 1 + self.random.below(5);
        self.tree(ValType::I32, size, true);
    }

    /// Values are carried out of blocks, from above others.
    fn block(&mut self) {
        let (outer, results) = self.block_type();
        let taken = self.parameters(outer).len();
        self.emit(&I::Block(outer));
        self.inside(taken);
        // An inner block of the same results.
        let inner = match outer {
            BlockType::FunctionType(callee) if !self.callees[callee as usize].params.is_empty() => {
                None
            }
            other => Some(other),
        };
        if let Some(inner) = inner {
            self.emit(&I::Block(inner));
        }
        let depths = if inner.is_some() { 2 } else { 1 };
        let height = self.stack.len();
        for _ in 0..1 + self.random.below(2) {
            if self.random.percent(70) {
                self.depth += 1;
                self.pending();
                self.depth -= 1;
            }
            self.push_all(&results);
            self.condition();
            let depth = self.random.below(depths) as u32;
            if self.random.percent(60) {
                self.emit(&I::BrIf(depth));
                self.results(&results);
                self.fold_to(height);
            } else {
                self.table_of_branches(&results, height, depths as u32);
            }
        }
        self.push_all(&results);
        if self.random.percent(30) {
            self.emit(&I::Br(0));
        }
        self.emit(&I::End);
        if inner.is_some() {
            self.results(&results);
            self.inside_of_outer(&results);
            self.emit(&I::End);
        }
        self.stack.truncate(height);
        self.results(&results);
    }

    /// After the inner block: its results fold, the outer one's are made anew.
    fn inside_of_outer(&mut self, results: &[ValType]) {
        let height = self.stack.len() - results.len();
        if self.random.percent(50) {
            self.depth += 1;
            self.pending();
            self.depth -= 1;
        }
        self.fold_to(height);
        self.push_all(results);
    }

    /// `br_table` with values above some others, if a condition holds, which is on the stack above more values.
    fn table_of_branches(&mut self, results: &[ValType], height: usize, depths: u32) {
        self.emit(&I::If(BlockType::Empty));
        let outside = self.stack.clone();
        self.pending();
        self.push_all(results);
        self.masked(ValType::I32, 4, 7, 10);
        let targets: Vec<u32> =
            (0..self.random.below(6)).map(|_| 1 + self.random.bits() as u32 % depths).collect();
        let default = 1 + self.random.bits() as u32 % depths;
        self.emit(&I::BrTable(targets.into(), default));
        self.emit(&I::End);
        self.stack = outside;
        self.results(results);
        self.fold_to(height);
    }

    /// A loop with parameters, some times.
    fn loop_(&mut self) {
        if self.depth >= MAX_DEPTH {
            return self.set_local(true);
        }
        let counter = self.counter();
        let callees: Vec<usize> = (0..self.callees.len())
            .filter(|i| self.callees[*i].params == self.callees[*i].results)
            .collect();
        // At least one: a function of the host.
        let block = BlockType::FunctionType(self.random.pick(&callees) as u32);
        let values = self.parameters(block);
        self.emit(&I::I32Const(0));
        self.emit(&I::LocalSet(counter));
        self.push_all(&values);
        self.results(&values);
        self.emit(&I::Loop(block));
        self.inside(values.len());
        let height = self.stack.len();
        self.depth += 1;
        self.pending();
        self.depth -= 1;
        self.push_all(&values);
        self.emit(&I::LocalGet(counter));
        self.emit(&I::I32Const(1));
        self.emit(&I::I32Add);
        self.emit(&I::LocalTee(counter));
        self.emit(&I::I32Const(3));
        self.emit(&I::I32LtU);
        self.emit(&I::BrIf(0));
        self.results(&values);
        self.fold_to(height);
        self.push_all(&values);
        self.emit(&I::End);
        self.results(&values);
    }

    fn if_(&mut self) {
        let (block, results) = self.block_type();
        let taken = self.parameters(block).len();
        self.condition();
        self.emit(&I::If(block));
        self.inside(taken);
        self.push_all(&results);
        if !results.is_empty() || taken > 0 || self.random.percent(50) {
            self.emit(&I::Else);
            let values = self.parameters(block);
            self.results(&values);
            self.inside(taken);
            self.push_all(&results);
        }
        self.emit(&I::End);
        self.results(&results);
    }

    /// Something that ends the function, sometimes.
    fn sometimes(&mut self, then: impl FnOnce(&mut Self)) {
        self.condition();
        self.masked(ValType::I32, 2, 3, 0);
        self.emit(&I::I32Eq);
        self.emit(&I::If(BlockType::Empty));
        let outside = self.stack.clone();
        if self.random.percent(60) {
            self.pending();
        }
        then(self);
        self.emit(&I::End);
        self.stack = outside;
    }

    fn return_(&mut self) {
        self.sometimes(|body| {
            let results = body.signature.results.clone();
            body.push_all(&results);
            // A branch to the function is a return, too.
            if body.random.percent(50) || body.depth > 0 {
                body.emit(&I::Return);
            } else {
                body.emit(&I::Br(1));
            }
        });
    }

    /// A tail call, if there is a callee with the right results.
    pub fn tail_call(&mut self) {
        let callees: Vec<usize> = (0..self.callees.len())
            .filter(|i| self.callees[*i].results == self.signature.results)
            .collect();
        if callees.is_empty() {
            return;
        }
        self.sometimes(|body| {
            let callee = body.random.pick(&callees);
            let params = body.callees[callee].params.clone();
            body.arguments(&params);
            if body.random.percent(50) {
                body.emit(&I::ReturnCall(callee as u32));
            } else {
                let table_index = body.index_of(callee);
                body.emit(&I::ReturnCallIndirect { type_index: callee as u32, table_index });
            }
        });
    }

    fn unreachable(&mut self) {
        self.sometimes(|body| {
            body.emit(&I::Unreachable);
        });
    }

    /// Code that cannot be reached, with blocks in it.
    fn after_branch(&mut self) {
        self.emit(&I::Block(BlockType::Empty));
        let outside = std::mem::take(&mut self.stack);
        self.pending();
        self.emit(&I::Br(0));
        self.stack.clear();
        self.emit(&I::I32Const(1));
        self.emit(&I::If(BlockType::Empty));
        self.set_local(true);
        self.emit(&I::Drop);
        self.stack.clear();
        self.emit(&I::Else);
        self.emit(&I::Unreachable);
        self.emit(&I::End);
        self.emit(&I::End);
        self.stack = outside;
    }

    /// A loop of simple statements on local variables, as compilers make them.
    fn pinned_loop(&mut self) {
        if self.depth >= MAX_DEPTH {
            return self.set_local(false);
        }
        let counter = self.counter();
        self.emit(&I::I32Const(0));
        self.emit(&I::LocalSet(counter));
        self.emit(&I::Loop(BlockType::Empty));
        let outside = std::mem::take(&mut self.stack);
        self.depth += 1;
        for _ in 0..1 + self.random.below(4) {
            let entries = self.entries;
            let stores: Vec<_> = entries
                .iter()
                .filter(|entry| {
                    entry.is_access && entry.results.is_empty() && !entry.name.contains("Atomic")
                })
                .collect();
            match self.random.below(6) {
                0 => {
                    let store = self.random.pick(&stores);
                    self.apply(store);
                }
                1 => self.select(),
                _ => {
                    let tee = self.random.percent(20);
                    self.set_local(tee);
                }
            }
            self.fold_all();
        }
        self.depth -= 1;
        self.emit(&I::LocalGet(counter));
        self.emit(&I::I32Const(1));
        self.emit(&I::I32Add);
        self.emit(&I::LocalTee(counter));
        self.emit(&I::I32Const(4));
        let unsigned = self.random.percent(50);
        self.emit(if unsigned { &I::I32LtU } else { &I::I32Ne });
        self.emit(&I::BrIf(0));
        self.emit(&I::End);
        self.stack = outside;
    }
}
