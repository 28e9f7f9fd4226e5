//! V8, in the program `node`.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a batch may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where `node` is, and how it is to be started.
#[derive(Clone, Debug)]
pub struct Node {
    /// The program.
    pub path: PathBuf,
    /// Its options.
    pub options: Vec<String>,
}

impl Node {
    /// The version of its V8.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn version(&self) -> std::io::Result<String> {
        let output = Command::new(&self.path).args(["-p", "process.versions.v8"]).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// What programs do, by their plans; a process for all of them.
    ///
    /// # Errors
    ///
    /// If node cannot be started, dies, or takes too long: with what it said.
    pub fn observe(&self, plans: &[String]) -> Result<Vec<String>, String> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/oracle/v8.mjs");
        let mut child = Command::new(&self.path)
            .args(&self.options)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", self.path.display()))?;
        let mut stdin = child.stdin.take().expect("it is piped");
        let mut stdout = child.stdout.take().expect("it is piped");
        let mut stderr = child.stderr.take().expect("it is piped");
        let (text, complaint) = std::thread::scope(|scope| {
            let text = scope.spawn(move || {
                let mut text = String::new();
                stdout.read_to_string(&mut text).map(|_| text)
            });
            let complaint = scope.spawn(move || {
                let mut text = String::new();
                stderr.read_to_string(&mut text).map(|_| text)
            });
            // It reads everything before it answers. If it dies, the output says so.
            let _ = plans.iter().try_for_each(|plan| stdin.write_all(plan.as_bytes()));
            drop(stdin);
            let since = Instant::now();
            while !text.is_finished() {
                if since.elapsed() > PATIENCE {
                    let _ = child.kill();
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            let join = |thread: std::thread::ScopedJoinHandle<'_, std::io::Result<String>>| {
                thread.join().expect("no panic").map_err(|error| error.to_string())
            };
            (join(text), join(complaint))
        });
        let status = child.wait().map_err(|error| error.to_string())?;
        let (text, complaint) = (text?, complaint?);
        if !status.success() {
            return Err(format!("node ended with {status}: {complaint}"));
        }
        let observed: Vec<String> = text.split("module\n").skip(1).map(str::to_owned).collect();
        if observed.len() != plans.len() {
            return Err(format!(
                "{} answers for {} programs: {complaint}",
                observed.len(),
                plans.len()
            ));
        }
        Ok(observed)
    }
}
