//! The error type.

use std::fmt::{self, Display};

use wasmtime::error::Context as _;
use wasmtime::*;

use crate::report::Report;

#[derive(Debug)]
struct Own(u32);

impl Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "own {}", self.0)
    }
}

impl std::error::Error for Own {}

#[derive(Debug)]
struct Outer(Own);

impl Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outer")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

pub(super) fn run(report: &mut Report) {
    type Make = fn() -> Error;
    let errors: [(&str, Make); 10] = [
        ("a text", || Error::msg("text")),
        ("a value", || Error::new(Own(1))),
        ("a value with a source", || Error::new(Outer(Own(2)))),
        ("context", || Error::msg("cause").context("context")),
        ("context twice", || Error::new(Own(3)).context("inner").context(String::from("outer"))),
        ("an error as context", || Error::msg("cause").context(Own(4))),
        ("a trap", || Trap::OutOfFuel.into()),
        ("several lines", || Error::msg("one\ntwo").context("three\nfour")),
        ("of anyhow", || Error::from_anyhow(anyhow_error())),
        ("an empty text", || Error::msg("")),
    ];
    for (label, make) in errors {
        let error = make();
        report.see(
            label,
            format!(
                "{error}\n--\n{error:#}\n--\n{error:?}\n--\n{:?}\n{}",
                error.chain().map(ToString::to_string).collect::<Vec<_>>(),
                error.root_cause(),
            ),
        );
        report.see(
            format!("{label}: is"),
            format!(
                "Own {} Outer {} &str {} String {} Trap {}",
                error.is::<Own>(),
                error.is::<Outer>(),
                error.is::<&str>(),
                error.is::<String>(),
                error.is::<Trap>(),
            ),
        );
        report.see(
            format!("{label}: downcast"),
            format!("{:?}", error.downcast::<Own>().map_err(|error| error.to_string())),
        );
    }
    report.see("a value: alternate Debug", format!("{:#?}", Error::new(Own(1))));
    let none: Result<()> = None.context("missing");
    report.outcome("context of None", none);
    let bail = || -> Result<()> { bail!("number {}", 1) };
    report.outcome("bail!", bail());
    let ensure = |n: i32| -> Result<()> {
        ensure!(n == 1, "not {n}");
        Ok(())
    };
    report.outcome("ensure!: holds", ensure(1));
    report.outcome("ensure!: does not", ensure(2));
    let bare = |n: i32| -> Result<()> {
        ensure!(n == 1);
        Ok(())
    };
    report.outcome("ensure!: without text", bare(2));
    report.see("format_err!", format!("{:?}", format_err!("a {} of {what}", 1, what = "format")));
    report.see("format_err!: of a value", format!("{:?}", format_err!(Own(1)).is::<Own>()));
    let boxed = Error::new(Own(5)).into_boxed_dyn_error();
    report.see("boxed", format!("{boxed} {boxed:?} {}", boxed.is::<Own>()));
    let boxed = Error::from_boxed(Box::new(Own(6)));
    report.see("from_boxed", format!("{boxed} {}", boxed.is::<Own>()));
    let with = Err::<(), _>(Own(7)).with_context(|| format!("number {}", 7));
    report.outcome("with_context", with);
}

fn anyhow_error() -> anyhow::Error {
    anyhow::Error::new(Own(8)).context("of anyhow")
}
