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
//! | `any_ref.rs` | [`AnyRef`] and [`EqRef`]: any internal object |
//! | `i31.rs` | [`I31`]: small numbers that are references |
//! | `struct_ref.rs` | [`StructRef`]: structs, and how the host makes them |
//! | `array_ref.rs` | [`ArrayRef`]: arrays, and how the host makes them |
//! | `fields.rs` | what structs, arrays and exceptions hold |
//! | `exn_ref.rs` | [`ExnRef`]: exceptions as objects |
//! | `tag.rs` | [`Tag`]: what kind of exception one is |
//! | `exception.rs` | [`ThrownException`]: exceptions on their way through the host |

mod any_ref;
#[cfg(feature = "gc")]
mod array_ref;
mod exception;
mod exn_ref;
mod extern_ref;
#[cfg(feature = "gc")]
mod fields;
mod func;
#[cfg(feature = "gc")]
mod i31;
mod raw;
mod reference;
mod root;
#[cfg(feature = "gc")]
mod struct_ref;
mod tag;
mod val;

pub use self::any_ref::AnyRef;
#[cfg(feature = "gc")]
pub use self::any_ref::EqRef;
#[cfg(feature = "gc")]
pub use self::array_ref::{ArrayRef, ArrayRefPre};
pub use self::exception::ThrownException;
pub use self::exn_ref::ExnRef;
#[cfg(feature = "gc")]
pub use self::exn_ref::ExnRefPre;
pub use self::extern_ref::ExternRef;
pub use self::func::Func;
#[cfg(feature = "gc")]
pub use self::i31::I31;
pub use self::raw::{V128, ValRaw};
pub use self::reference::{ContRef, NoExtern, NoFunc, NoneRef, Ref};
pub use self::root::{GcRef, OwnedRooted, RootScope, Rooted, RootedGcRef};
#[cfg(feature = "gc")]
pub use self::struct_ref::{StructRef, StructRefPre};
pub use self::tag::Tag;
pub use self::val::Val;

#[cfg(test)]
mod tests;
