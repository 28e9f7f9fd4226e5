//! What must hold for any input. `fuzz_targets/` has a fuzz target for each function here, and `tests/seeds.rs` runs
//! them on seeds.

mod api;
mod differential;
mod module;
pub mod oracle;
mod random;

pub use api::api;
pub use differential::{Coverage, differential};
pub use module::module;
pub use random::Random;
