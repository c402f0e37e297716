//! Programs that end with the tests: a shell starts them and holds a pipe from this process. When the pipe closes, by
//! `Drop`, by the end of the run or by `kill -9`, the shell ends what it started and clears up.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub struct Leash {
    pipe: Option<ChildStdin>,
    keeper: Child,
    /// Kept open, for a program may go on talking.
    output: BufReader<ChildStdout>,
}

impl Leash {
    /// Starts a keeper and reads what it prints until a line says what was waited for.
    ///
    /// # Errors
    /// All that was printed, if it ended before.
    pub fn start<T>(mut keeper: Command, awaited: impl Fn(&str) -> Option<T>) -> Result<(Self, T), String> {
        // A Ctrl-C at the terminal is for the tests; the keeper clears up after them.
        keeper.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = keeper.spawn().map_err(|error| error.to_string())?;
        let (pipe, output) = (keeper.stdin.take(), keeper.stdout.take().ok_or("no pipe")?);
        let mut output = BufReader::new(output);
        let found = listen(&mut output, awaited)?;
        Ok((Self { pipe, keeper, output }, found))
    }

    /// Says a line to the keeper and reads what it prints until it answers with this word.
    ///
    /// # Errors
    /// All that was printed, if it ended before.
    pub fn ask(&mut self, line: &str, answer: &str) -> Result<(), String> {
        let pipe = self.pipe.as_mut().ok_or("no pipe")?;
        writeln!(pipe, "{line}").map_err(|error| error.to_string())?;
        listen(&mut self.output, |line| (line == answer).then_some(()))
    }
}

fn listen<T>(output: &mut BufReader<ChildStdout>, awaited: impl Fn(&str) -> Option<T>) -> Result<T, String> {
    let mut said = String::new();
    loop {
        let start = said.len();
        if output.read_line(&mut said).map_err(|error| error.to_string())? == 0 {
            return Err(said);
        }
        if let Some(found) = awaited(said[start..].trim_end()) {
            return Ok(found);
        }
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.keeper.wait();
    }
}
