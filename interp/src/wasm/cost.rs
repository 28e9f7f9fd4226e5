//! What operators cost in fuel.

/// For each operator what it costs, by the names of `wasmparser`'s operators.
macro_rules! operators {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        /// The fuel that each operator costs, and what operators cost whose work depends on an operand.
        ///
        /// By default a unit, and nothing for `nop`, `drop`, `block`, `loop`, `unreachable`, `return`, `else` and `end`.
        #[derive(Clone, PartialEq, Eq, Hash)]
        #[allow(missing_docs, non_snake_case)]
        pub struct OperatorCost {
            $(pub $op: u8,)*
            /// In addition, for each byte, page or element.
            pub variable: VariableOperatorCost,
        }

        impl OperatorCost {
            /// The default costs.
            pub const fn new() -> OperatorCost {
                OperatorCost {
                    $($op: default_cost(stringify!($op)) as u8,)*
                    variable: VariableOperatorCost::new(),
                }
            }
        }
    };
}
wasmparser::for_each_operator!(operators);

impl Default for OperatorCost {
    fn default() -> OperatorCost {
        OperatorCost::new()
    }
}

impl core::fmt::Debug for OperatorCost {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The names of all operators would be kilobytes in every program that shows a configuration.
        f.debug_struct("OperatorCost").field("variable", &self.variable).finish_non_exhaustive()
    }
}

/// Operators that cost no fuel by default.
const FREE: &[&str] = &["Nop", "Drop", "Block", "Loop", "Unreachable", "Return", "Else", "End"];

/// What an operator costs by default.
pub(crate) const fn default_cost(op: &str) -> u32 {
    !contains(FREE, op) as u32
}

/// Whether a name is among others.
pub(crate) const fn contains(names: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < names.len() {
        let (a, b) = (names[i].as_bytes(), name.as_bytes());
        let mut at = 0;
        while at < a.len() && at < b.len() && a[at] == b[at] {
            at += 1;
        }
        if at == a.len() && at == b.len() {
            return true;
        }
        i += 1;
    }
    false
}

macro_rules! variable {
    ($($(#[$doc:meta])* $name:ident = $default:literal,)*) => {
        /// The fuel that operators cost for each byte, page or element that they are asked to work on, in addition to
        /// what they cost anyway. Saturates at 2^63 - 1.
        #[derive(Clone, PartialEq, Eq, Hash, Debug)]
        pub struct VariableOperatorCost {
            $($(#[$doc])* pub $name: u8,)*
        }

        impl VariableOperatorCost {
            /// The default costs: one for each byte and element, nothing for pages.
            pub const fn new() -> VariableOperatorCost {
                VariableOperatorCost { $($name: $default,)* }
            }
        }
    };
}
variable! {
    /// Per byte of `memory.copy`.
    memory_copy_per_byte = 1,
    /// Per byte of `memory.fill`.
    memory_fill_per_byte = 1,
    /// Per byte of `memory.init`.
    memory_init_per_byte = 1,
    /// Per page that `memory.grow` asks for.
    memory_grow_per_page = 0,
    /// Per element of `table.copy`.
    table_copy_per_element = 1,
    /// Per element of `table.fill`.
    table_fill_per_element = 1,
    /// Per element of `table.init`.
    table_init_per_element = 1,
    /// Per element that `table.grow` asks for.
    table_grow_per_element = 1,
    /// Per element of `array.copy`.
    array_copy_per_element = 1,
    /// Per element of `array.fill`.
    array_fill_per_element = 1,
    /// Per element of `array.new_data`.
    array_new_data_per_element = 1,
    /// Per element of `array.init_data`.
    array_init_data_per_element = 1,
    /// Per element of `array.new_elem`.
    array_new_elem_per_element = 1,
    /// Per element of `array.init_elem`.
    array_init_elem_per_element = 1,
    /// Per element of `array.new_default`.
    array_new_default_per_element = 1,
    /// Per element of `array.new`.
    array_new_per_element = 1,
}

impl Default for VariableOperatorCost {
    fn default() -> VariableOperatorCost {
        VariableOperatorCost::new()
    }
}
