//! Other processes of the demonstration: the service and two departments, each this same program.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use huoshui_kernel::fault::{Fault, Result};
use serde_json::Value;

use crate::faults;

/// This program with these arguments, as it is typed into a shell.
pub fn typed<'a>(arguments: impl Iterator<Item = &'a str>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=@".contains(c);
    let word = |text: &str| match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    };
    let program = std::env::args().next().unwrap_or_else(|| "huoshui".to_owned());
    arguments.fold(word(&program), |line, argument| format!("{line} {}", word(argument)))
}

/// A process that is stopped when it is no longer needed.
pub struct Process {
    child: Child,
    /// What it said when it was ready.
    pub ready: Value,
}

impl Process {
    /// Starts this program with these arguments and waits for the line that says it is ready. What it logs goes to a file.
    pub fn start(what: &'static str, log: &Path, arguments: &[&str]) -> Result<Self> {
        let failed = |why: String| Fault::new(&faults::PROCESS).with("what", what).with("why", why);
        let failing = |e: std::io::Error| failed(e.kind().to_string());
        let program = std::env::current_exe().map_err(failing)?;
        let log = std::fs::File::create(log).map_err(failing)?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().map_err(failing)?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line).map_err(failing)?;
        }
        match serde_json::from_str(&line) {
            Ok(ready) => Ok(Self { child, ready }),
            Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(failed(line.trim().to_owned()))
            }
        }
    }

    /// A word of what it said.
    pub fn said(&self, name: &str) -> &str {
        self.ready.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Waits until it ends by itself.
    pub fn wait(mut self) {
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
