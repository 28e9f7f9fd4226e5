//! Which operators occurred, and what was pending below them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use wasmparser::{FuncToValidate, Operator, Parser, ValidPayload, Validator, WasmFeatures};

use super::operators::{name_of, operator_names};

/// How often an operator occurred that could be reached.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    all: u64,
    /// With a tree below it on the stack that was not computed yet.
    above_one: u64,
    /// With several.
    above_more: u64,
}

/// The operators of modules.
#[derive(Debug, Default)]
pub struct Coverage {
    counts: BTreeMap<&'static str, Count>,
}

impl Coverage {
    /// Counts the operators of a module.
    pub fn add(&mut self, wasm: &[u8]) {
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload.expect("it is a module");
            if let ValidPayload::Func(function, body) =
                validator.payload(&payload).expect("it is valid")
            {
                self.function(function, &body);
            }
        }
    }

    fn function(
        &mut self,
        function: FuncToValidate<wasmparser::ValidatorResources>,
        body: &wasmparser::FunctionBody<'_>,
    ) {
        let mut validator = function.into_validator(Default::default());
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader).expect("it is valid");
        // Whether what is on the stack is a tree that is not computed yet.
        let mut pending: Vec<bool> = Vec::new();
        for operator in body.get_operators_reader().expect("it is valid") {
            let operator = operator.expect("it is valid");
            let reached = validator.get_control_frame(0).is_some_and(|frame| !frame.unreachable);
            let arity = operator.operator_arity(&validator.visitor(0));
            let name = name_of(&operator);
            let (params, _) = arity.unwrap_or_default();
            let below = pending.len().saturating_sub(params as usize);
            if reached {
                let trees = pending[..below].iter().filter(|pending| **pending).count();
                let count = self.counts.entry(name).or_default();
                count.all += 1;
                count.above_one += u64::from(trees > 0);
                count.above_more += u64::from(trees > 1);
            }
            // The offset is for messages, and must not be that of the module.
            validator.op(1, &operator).expect("it is valid");
            pending.truncate(below);
            if spills(&operator) {
                pending.fill(false);
            }
            pending.resize(validator.operand_stack_height() as usize, is_tree(name));
        }
    }

    /// A line per operator that wasmote translates, and how many of them never occurred, or never above trees.
    pub fn report(&self) -> String {
        let mut out = String::from("operator: occurrences, above a pending tree, above several\n");
        let (mut never, mut alone) = (Vec::new(), Vec::new());
        for name in operator_names() {
            let count = self.counts.get(name).copied().unwrap_or_default();
            let _ =
                writeln!(out, "{name}: {}, {}, {}", count.all, count.above_one, count.above_more);
            if count.all == 0 {
                never.push(name);
            } else if count.above_one == 0 {
                alone.push(name);
            }
        }
        let all = operator_names().count();
        let _ = writeln!(
            out,
            "{all} operators; never: {never:?}; never above a pending tree: {alone:?}"
        );
        out
    }
}

/// Whether nothing is pending after an operator, whatever it is.
fn spills(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::Block { .. }
            | O::Loop { .. }
            | O::If { .. }
            | O::Else
            | O::End
            | O::BrIf { .. }
            | O::Call { .. }
            | O::CallIndirect { .. }
    )
}

/// Whether the result of an operator is a tree, and not a leaf or in its slot.
fn is_tree(name: &str) -> bool {
    const SPILLING: [&str; 13] = [
        "Block",
        "Loop",
        "If",
        "Else",
        "End",
        "Call",
        "CallIndirect",
        "LocalGet",
        "LocalTee",
        "MemorySize",
        "TableSize",
        "TableGet",
        "RefFunc",
    ];
    let has = |texts: &[&str]| texts.iter().any(|text| name.contains(text));
    !(SPILLING.contains(&name)
        || has(&["Const", "Null", "Grow", "Atomic", "128", "Wide"]) && !name.starts_with("V128"))
}
