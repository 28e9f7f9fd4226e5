//! The causes of an error, outermost first.

use core::iter::FusedIterator;

/// An error and its causes; see [`Error::chain`](crate::Error::chain).
///
/// # Examples
/// ```
/// use wasmote::error::format_err;
///
/// let error = format_err!("no such file").context("cannot read the plugin").context("cannot start");
/// let texts: Vec<_> = error.chain().map(|cause| cause.to_string()).collect();
/// assert_eq!(texts, ["cannot start", "cannot read the plugin", "no such file"]);
/// ```
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    next: Option<&'a (dyn core::error::Error + 'static)>,
}

impl<'a> Chain<'a> {
    pub(super) fn of(error: &'a (dyn core::error::Error + 'static)) -> Chain<'a> {
        Chain { next: Some(error) }
    }
}

impl<'a> Iterator for Chain<'a> {
    type Item = &'a (dyn core::error::Error + 'static);

    fn next(&mut self) -> Option<Self::Item> {
        let error = self.next?;
        self.next = error.source();
        Some(error)
    }
}

impl FusedIterator for Chain<'_> {}
