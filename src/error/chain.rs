//! The causes of an error, outermost first.

use core::iter::FusedIterator;

/// An error and its causes; see [`Error::chain`](crate::Error::chain).
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
