//! This program anew, in a role: it tells where it is or what it measured in lines, and ends with its standard input.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub const SINK: &str = "--be-the-sink";
pub const SEAL: &str = "--be-the-seal";
pub const ENGINE: &str = "--be-the-engine";
/// The word of one that waits for its sign.
pub const READY: &str = "ready";

pub struct Role {
    child: Child,
    // Closed, it is the sign to end.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Role {
    pub fn start(role: &str, arguments: &[String]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child =
            command.arg(role).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("itself")?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().context("a pipe")?);
        Ok(Self { child, input, output })
    }

    pub fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        ensure!(!line.is_empty(), "a process of the bench ended without a word");
        Ok(line.trim().to_owned())
    }

    /// Gives it the sign.
    pub fn dismiss(&mut self) {
        self.input = None;
    }

    /// Its last word, as JSON.
    pub fn end(mut self) -> Result<Value> {
        self.dismiss();
        let mut rest = String::new();
        self.output.read_to_string(&mut rest)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "a process of the bench failed: {status}\n{rest}");
        serde_json::from_str(rest.trim()).with_context(|| format!("not JSON: {rest}"))
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In a role: until the one who started it closes the pipe.
pub fn until_dismissed() {
    let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
}
