//! Errors: one word, a chain of causes, and whatever was put in can be taken out again.

mod chain;
mod context;
#[cfg(feature = "anyhow")]
mod convert;
mod layer;
#[doc(hidden)]
pub mod macros;
mod oom;
mod result;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use core::any::Any;
use core::fmt;
use core::ops::Deref;

pub use self::chain::Chain;
pub use self::context::Context;
pub use self::oom::OutOfMemory;
pub use self::result::ToWasmtimeResult;
pub use crate::{bail, ensure, format_err};

use self::layer::{Boxed, Foreign, Layer, Message};

type DynError = dyn core::error::Error + Send + Sync + 'static;

/// A result whose error is [`Error`] if nothing else is said.
///
/// # Examples
/// ```
/// fn number(text: &str) -> wasmote::Result<i32> {
///     Ok(text.parse()?) // any error becomes an `Error`
/// }
/// assert_eq!(number("7").unwrap(), 7);
/// assert!(number("seven").unwrap_err().is::<std::num::ParseIntError>());
/// # Ok::<(), wasmote::Error>(())
/// ```
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// `Ok` of this crate's [`Result`], where the type of the error cannot be inferred.
///
/// # Examples
/// ```
/// let parse = |text: &str| {
///     let number: i32 = text.parse()?;
///     wasmote::error::Ok(number)
/// };
/// assert_eq!(parse("7").unwrap(), 7);
/// ```
#[allow(non_snake_case)]
pub fn Ok<T>(value: T) -> Result<T> {
    Result::Ok(value)
}

/// What went wrong: any error or message, below any number of contexts.
///
/// Everything that implements [`core::error::Error`] becomes an `Error` with `?`. What it was made of is
/// found again by [`downcast_ref`](Error::downcast_ref), below every context: a [`Trap`](crate::Trap), the
/// [`WasmBacktrace`](crate::WasmBacktrace) of the same trap, or what a host function returned.
///
/// `{}` shows the outermost context or error, `{:#}` all of them in a line, `{:?}` all of them in lines.
///
/// An `Error` is one word. It has a native backtrace with the Cargo feature `backtrace` only, where the
/// environment asks for one (`RUST_BACKTRACE`, `RUST_LIB_BACKTRACE`).
///
/// # Examples
/// ```
/// use wasmote::{Error, Trap};
///
/// let error = Error::from(Trap::OutOfFuel).context("running the plugin");
/// assert_eq!(error.to_string(), "running the plugin");
/// assert_eq!(format!("{error:#}"), "running the plugin: wasm trap: all fuel consumed by WebAssembly");
/// assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::OutOfFuel));
/// assert!(error.is::<&str>());
/// ```
pub struct Error(Box<Inner>);

/// What an [`Error`] points to.
struct Inner {
    layer: Box<dyn Layer>,
    /// What this is a context of.
    cause: Option<Error>,
    #[cfg(feature = "backtrace")]
    backtrace: Option<std::backtrace::Backtrace>,
}

impl Error {
    /// An error of an error.
    #[cold]
    #[track_caller]
    pub fn new<E>(error: E) -> Error
    where
        E: core::error::Error + Send + Sync + 'static,
    {
        Error::of(Box::new(Foreign(error)))
    }

    /// An error of a message, which it can be downcast to.
    #[cold]
    #[track_caller]
    pub fn msg<M>(message: M) -> Error
    where
        M: fmt::Display + fmt::Debug + Send + Sync + 'static,
    {
        Error::of(Box::new(Message(message)))
    }

    /// An error of a boxed one. It can be downcast to the box, not to what is in the box.
    #[cold]
    #[track_caller]
    pub fn from_boxed(error: Box<dyn core::error::Error + Send + Sync + 'static>) -> Error {
        Error::of(Box::new(Boxed(error)))
    }

    /// This error below a context: what was being done when it happened.
    ///
    /// The new error can be downcast to the context and to all that `self` could be downcast to.
    #[cold]
    pub fn context<C>(self, context: C) -> Error
    where
        C: fmt::Display + Send + Sync + 'static,
    {
        Error::layered(Box::new(context::Layered(context)), Some(self))
    }

    #[track_caller]
    fn of(layer: Box<dyn Layer>) -> Error {
        Error::layered(layer, None)
    }

    #[track_caller]
    fn layered(layer: Box<dyn Layer>, cause: Option<Error>) -> Error {
        #[cfg(feature = "backtrace")]
        let backtrace = cause.is_none().then(std::backtrace::Backtrace::capture);
        Error(Box::new(Inner {
            layer,
            cause,
            #[cfg(feature = "backtrace")]
            backtrace,
        }))
    }

    /// Where in the host the error was made, if the environment asks for native backtraces.
    #[cfg(feature = "backtrace")]
    pub fn backtrace(&self) -> &std::backtrace::Backtrace {
        static NONE: std::backtrace::Backtrace = std::backtrace::Backtrace::disabled();
        self.layers().find_map(|error| error.0.backtrace.as_ref()).unwrap_or(&NONE)
    }

    /// This error, its cause, the cause's cause and so on, to the [`root_cause`](Error::root_cause).
    ///
    /// # Examples
    /// ```
    /// let error = wasmote::Error::msg("no such file").context("reading the module");
    /// let texts: Vec<_> = error.chain().map(|error| error.to_string()).collect();
    /// assert_eq!(texts, ["reading the module", "no such file"]);
    /// ```
    pub fn chain(&self) -> Chain<'_> {
        Chain::of(&**self)
    }

    /// The innermost of the [`chain`](Error::chain).
    pub fn root_cause(&self) -> &(dyn core::error::Error + 'static) {
        self.chain().last().expect("a chain begins with the error")
    }

    /// Whether this error or one below it is an `E`.
    pub fn is<E>(&self) -> bool
    where
        E: fmt::Display + fmt::Debug + Send + Sync + 'static,
    {
        self.downcast_ref::<E>().is_some()
    }

    /// The outermost `E` of this error and those below it.
    ///
    /// # Errors
    /// The error itself if there is no `E`.
    ///
    /// # Examples
    /// ```
    /// use wasmote::{Error, Trap};
    ///
    /// let error = Error::from(Trap::Interrupt).context("too slow");
    /// let error = error.downcast::<std::fmt::Error>().unwrap_err();
    /// assert_eq!(error.downcast::<Trap>().unwrap(), Trap::Interrupt);
    /// ```
    pub fn downcast<E>(self) -> Result<E, Error>
    where
        E: fmt::Display + fmt::Debug + Send + Sync + 'static,
    {
        if !self.is::<E>() {
            return Err(self);
        }
        let mut error = self;
        loop {
            let Inner { layer, cause, .. } = *error.0;
            if layer.value().is::<E>() {
                let value = layer.into_value().downcast::<E>();
                return Result::Ok(*value.expect("asked above"));
            }
            #[cfg(feature = "anyhow")]
            let layer = match layer.into_value().downcast::<anyhow::Error>() {
                Result::Ok(inner) => match inner.downcast::<E>() {
                    Result::Ok(value) => return Result::Ok(value),
                    Err(_) => unreachable!("an error of anyhow has no cause of ours"),
                },
                Err(layer) => layer,
            };
            drop(layer);
            error = cause.expect("one of the layers is an E");
        }
    }

    /// The outermost `E` of this error and those below it.
    pub fn downcast_ref<E>(&self) -> Option<&E>
    where
        E: fmt::Display + fmt::Debug + Send + Sync + 'static,
    {
        self.layers().find_map(|error| {
            let value = error.0.layer.value();
            #[cfg(feature = "anyhow")]
            if let Some(inner) = value.downcast_ref::<anyhow::Error>()
                && let Some(found) = inner.downcast_ref::<E>()
            {
                return Some(found);
            }
            value.downcast_ref::<E>()
        })
    }

    /// The outermost `E` of this error and those below it, to be changed.
    pub fn downcast_mut<E>(&mut self) -> Option<&mut E>
    where
        E: fmt::Display + fmt::Debug + Send + Sync + 'static,
    {
        let mut error = self;
        loop {
            if found_in::<E>(error.0.layer.value()) {
                return found_in_mut(error.0.layer.value_mut());
            }
            error = error.0.cause.as_mut()?;
        }
    }

    /// The error as a box of a standard trait object.
    pub fn into_boxed_dyn_error(self) -> Box<dyn core::error::Error + Send + Sync + 'static> {
        match self.0.cause {
            None => self.0.layer.into_boxed(),
            Some(_) => self.0,
        }
    }

    fn layers(&self) -> impl Iterator<Item = &Error> {
        core::iter::successors(Some(self), |error| error.0.cause.as_ref())
    }
}

/// Whether a layer's value is an `E`, or an error of `anyhow` that can be downcast to one.
fn found_in<E: fmt::Display + fmt::Debug + Send + Sync + 'static>(value: &dyn Any) -> bool {
    #[cfg(feature = "anyhow")]
    if value.downcast_ref::<anyhow::Error>().is_some_and(|inner| inner.is::<E>()) {
        return true;
    }
    value.is::<E>()
}

fn found_in_mut<E>(value: &mut dyn Any) -> Option<&mut E>
where
    E: fmt::Display + fmt::Debug + Send + Sync + 'static,
{
    #[cfg(feature = "anyhow")]
    if !value.is::<E>() {
        return value.downcast_mut::<anyhow::Error>()?.downcast_mut();
    }
    value.downcast_mut()
}

impl Deref for Error {
    type Target = dyn core::error::Error + Send + Sync + 'static;

    fn deref(&self) -> &DynError {
        match self.0.cause {
            None => self.0.layer.as_error(),
            Some(_) => &*self.0,
        }
    }
}

impl AsRef<dyn core::error::Error> for Error {
    fn as_ref(&self) -> &(dyn core::error::Error + 'static) {
        &**self
    }
}

impl AsRef<dyn core::error::Error + Send + Sync> for Error {
    fn as_ref(&self) -> &DynError {
        &**self
    }
}

impl<E> From<E> for Error
where
    E: core::error::Error + Send + Sync + 'static,
{
    #[cold]
    #[track_caller]
    fn from(error: E) -> Error {
        Error::new(error)
    }
}

impl From<Error> for Box<dyn core::error::Error + Send + Sync + 'static> {
    fn from(error: Error) -> Self {
        error.into_boxed_dyn_error()
    }
}

impl From<Error> for Box<dyn core::error::Error + Send + 'static> {
    fn from(error: Error) -> Self {
        error.into_boxed_dyn_error()
    }
}

impl From<Error> for Box<dyn core::error::Error + 'static> {
    fn from(error: Error) -> Self {
        error.into_boxed_dyn_error()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(&**self, f);
        }
        for (number, error) in self.chain().enumerate() {
            write!(f, "{}{error}", if number == 0 { "" } else { ": " })?;
        }
        Result::Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return f.debug_list().entries(self.chain()).finish();
        }
        fmt::Display::fmt(&**self, f)?;
        let causes = self.chain().skip(1).count();
        if causes > 0 {
            f.write_str("\n\nCaused by:\n")?;
        }
        for (number, cause) in self.chain().skip(1).enumerate() {
            match causes {
                1 => writeln!(f, "    {cause}")?,
                _ => writeln!(f, "{number: >5}: {cause}")?,
            }
        }
        #[cfg(feature = "backtrace")]
        if self.backtrace().status() == std::backtrace::BacktraceStatus::Captured {
            let end = if causes == 0 { "\n" } else { "" };
            write!(f, "{end}\nStack backtrace:\n{}", self.backtrace())?;
        }
        Result::Ok(())
    }
}

/// A context and what is below it, as the standard trait sees them.
impl core::error::Error for Inner {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.cause.as_ref().map(AsRef::as_ref)
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.layer.as_error(), f)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
