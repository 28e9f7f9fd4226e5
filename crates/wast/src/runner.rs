//! The entry of the crate: text in, [`Report`] out.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use wasmote::Engine;
use wast::Wast;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};

use crate::script::{Outcome, Script};
use crate::{Report, printable};

/// Where the `print*` functions of the `spectest` module write their lines.
pub(crate) type Output = Arc<dyn Fn(&str) + Send + Sync>;

/// Runs scripts on an engine. Each script has a store of its own.
#[derive(Clone)]
pub struct Runner {
    engine: Engine,
    output: Option<Output>,
}

impl Runner {
    /// A runner whose modules are compiled by `engine`, and so with the features of its
    /// configuration.
    pub fn new(engine: &Engine) -> Runner {
        Runner { engine: engine.clone(), output: None }
    }

    /// Hands every line that a script prints (through the functions `print`, `print_i32`, ... of the
    /// module `spectest`) to `output`. Without this the lines are dropped.
    pub fn output(mut self, output: impl Fn(&str) + Send + Sync + 'static) -> Runner {
        self.output = Some(Arc::new(output));
        self
    }

    /// Runs every directive of the script `text`; `file` is the name for the failures.
    ///
    /// A failed directive does not end the script. A panic of the engine is a failure of the
    /// directive that met it. A script that cannot be parsed counts as one failed directive.
    pub fn run(&self, file: &str, text: &str) -> Report {
        self.run_where(file, text, |_| true)
    }

    /// The same for those directives whose line satisfies `which`, as if the others were not there.
    pub fn run_where(&self, file: &str, text: &str, which: impl Fn(usize) -> bool) -> Report {
        let mut report = Report::default();
        if let Err(error) = self.run_into(file, text, &which, &mut report) {
            let (line, _) = error.span().linecol_in(text);
            report.fail(
                file,
                line + 1,
                one_line(&format!("script cannot be parsed: {}", error.message())),
            );
        }
        report
    }

    fn run_into(
        &self,
        file: &str,
        text: &str,
        which: &dyn Fn(usize) -> bool,
        report: &mut Report,
    ) -> Result<(), wast::Error> {
        // The suite has names with characters that look like others on purpose.
        let mut lexer = Lexer::new(text);
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer)?;
        let wast: Wast<'_> = parser::parse(&buffer)?;

        let mut script = match Script::new(&self.engine, self.output.clone()) {
            Ok(script) => script,
            Err(error) => {
                report.fail(file, 1, one_line(&format!("no `spectest` module: {error:#}")));
                return Ok(());
            }
        };
        for directive in wast.directives {
            let (line, _) = directive.span().linecol_in(text);
            if !which(line + 1) {
                continue;
            }
            // The store may be in any state after a panic, but what follows can at worst be judged
            // wrongly after a line that is a failure already.
            let outcome = catch_unwind(AssertUnwindSafe(|| script.run(directive)));
            let reason = match outcome {
                Ok(Ok(Outcome::Passed)) => {
                    report.passed += 1;
                    continue;
                }
                Ok(Ok(Outcome::Skipped)) => {
                    report.skipped += 1;
                    continue;
                }
                Ok(Err(error)) => one_line(&format!("{error:#}")),
                Err(payload) => {
                    one_line(&format!("the engine panicked: {}", panic_text(&*payload)))
                }
            };
            report.fail(file, line + 1, reason);
        }
        Ok(())
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("engine", &self.engine).finish_non_exhaustive()
    }
}

fn one_line(text: &str) -> String {
    let text = printable(text);
    text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" | ")
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "with a payload that is not text"
    }
}
