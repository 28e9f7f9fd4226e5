//! `format_err!`, `bail!` and `ensure!`, and what they expand to.

use alloc::string::ToString;
use core::fmt;

use super::Error;

pub use core::format_args;
pub use core::result::Result::Err;

/// An [`Error`](crate::Error) of a format string and arguments, or of anything that is an error or can be
/// displayed.
///
/// # Examples
/// ```
/// use wasmote::format_err;
///
/// let left = 3;
/// assert_eq!(format_err!("{left} of {} plugins left", 5).to_string(), "3 of 5 plugins left");
/// assert!(format_err!(wasmote::Trap::Interrupt).is::<wasmote::Trap>());
/// ```
#[macro_export]
macro_rules! format_err {
    ($message:literal $(, $($args:tt)*)?) => {
        $crate::error::macros::formatted($crate::error::macros::format_args!($message $(, $($args)*)?))
    };
    ($error:expr $(,)?) => {{
        use $crate::error::macros::kinds::*;
        let error = $error;
        (&&&error).maker().make(error)
    }};
}

/// Returns an [`Error`](crate::Error), made as [`format_err!`](crate::format_err) makes it, from the function
/// around it.
///
/// # Examples
/// ```
/// fn positive(number: i32) -> wasmote::Result<i32> {
///     if number <= 0 {
///         wasmote::bail!("{number} is not positive");
///     }
///     Ok(number)
/// }
/// assert_eq!(positive(-1).unwrap_err().to_string(), "-1 is not positive");
/// ```
#[macro_export]
macro_rules! bail {
    ($($args:tt)*) => {
        return $crate::error::macros::Err($crate::format_err!($($args)*))
    };
}

/// Returns an [`Error`](crate::Error) from the function around it unless a condition holds.
///
/// # Examples
/// ```
/// fn half(number: i32) -> wasmote::Result<i32> {
///     wasmote::ensure!(number % 2 == 0, "{number} is odd");
///     wasmote::ensure!(number != 0);
///     Ok(number / 2)
/// }
/// assert_eq!(half(3).unwrap_err().to_string(), "3 is odd");
/// assert_eq!(half(0).unwrap_err().to_string(), "Condition failed: `number != 0`");
/// ```
#[macro_export]
macro_rules! ensure {
    ($condition:expr $(,)?) => {
        $crate::ensure!($condition, ::core::concat!("Condition failed: `", ::core::stringify!($condition), "`"))
    };
    ($condition:expr, $($args:tt)*) => {
        if !$crate::error::macros::Condition::holds($condition) {
            $crate::bail!($($args)*);
        }
    };
}

/// The error of a format string and its arguments.
#[cold]
#[track_caller]
pub fn formatted(message: fmt::Arguments<'_>) -> Error {
    match message.as_str() {
        Some(text) => Error::msg(text),
        None => Error::msg(message.to_string()),
    }
}

/// What `ensure!` takes: a truth value, or a reference to one.
pub trait Condition {
    /// Whether it holds.
    fn holds(self) -> bool;
}

impl Condition for bool {
    fn holds(self) -> bool {
        self
    }
}

impl Condition for &bool {
    fn holds(self) -> bool {
        *self
    }
}

/// The kinds of values that `format_err!` makes errors of.
pub mod kinds {
    use core::fmt;

    use crate::Error;

    /// Declares a kind: a trait that a value has behind so many
    /// references, and a constructor.
    ///
    /// The fewer references a trait's implementation has, the sooner the compiler's search for the method `maker`
    /// finds it: first `anyhow::Error`, then errors, then what can be displayed.
    macro_rules! kinds {
        ($($(#[$cfg:meta])* $trait:ident, $maker:ident: [$($bounds:tt)*] $on:ty, $of:ty => $make:path;)*) => {
            $(
                /// Leads a value to its constructor.
                $(#[$cfg])*
                pub trait $trait {
                    /// The constructor.
                    fn maker(&self) -> $maker {
                        $maker
                    }
                }

                $(#[$cfg])*
                impl<$($bounds)*> $trait for $on {}

                /// A constructor of errors.
                $(#[$cfg])*
                pub struct $maker;

                $(#[$cfg])*
                impl $maker {
                    /// The error of a value.
                    #[cold]
                    #[track_caller]
                    pub fn make<$($bounds)*>(self, value: $of) -> Error {
                        $make(value)
                    }
                }
            )*
        };
    }

    kinds! {
        #[cfg(feature = "anyhow")]
        OfAnyhow, AnyhowMaker: [] &anyhow::Error, anyhow::Error => Error::from_anyhow;
        OfError, ErrorMaker: [E: core::error::Error + Send + Sync + 'static] &&E, E => Error::new;
        OfMessage, MessageMaker: [M: fmt::Display + fmt::Debug + Send + Sync + 'static] &&&M, M => Error::msg;
    }
}
