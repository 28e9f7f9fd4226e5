//! Values: what crosses between the host and a guest.
//!
//! | file | what |
//! |---|---|
//! | `val.rs` | [`Val`]: any value |
//! | `reference.rs` | [`Ref`]: any reference |
//! | `raw.rs` | [`ValRaw`] and [`V128`]: values without their type |
//! | `func.rs` | [`Func`]: a function of a store, as a value; `src/func` is about calls |
//! | `root.rs` | [`Rooted`], [`OwnedRooted`], [`RootScope`]: how the host holds on to a guest's references |
//! | `extern_ref.rs` | [`ExternRef`]: host data as a reference |
//! | `exception.rs` | [`ThrownException`]: exceptions on their way through the host |

mod exception;
mod extern_ref;
mod func;
mod raw;
mod reference;
mod root;
mod val;

pub use self::exception::ThrownException;
pub use self::extern_ref::ExternRef;
pub use self::func::Func;
pub use self::raw::{V128, ValRaw};
pub use self::reference::{AnyRef, ContRef, ExnRef, NoExtern, NoFunc, NoneRef, Ref};
pub use self::root::{GcRef, OwnedRooted, RootScope, Rooted, RootedGcRef};
pub use self::val::Val;

#[cfg(test)]
mod tests;
