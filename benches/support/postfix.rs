//! Postfix's load generator and its sink, where they are installed.

use crate::figures;
use anyhow::{Context as _, Result, ensure};
use lamplighter::base::Context;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/libexec/postfix", "/usr/local/sbin"];

fn find(name: &str) -> Option<PathBuf> {
    FOLDERS.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists())
}

pub fn is_installed() -> bool {
    find("smtp-source").is_some() && find("smtp-sink").is_some()
}

pub struct TheirSink(Child, pub SocketAddr);

impl TheirSink {
    pub fn start() -> Result<Self> {
        let program = find("smtp-sink").context("smtp-sink is not installed")?;
        let address = TcpListener::bind(crate::sinks::ANY_PORT)?.local_addr()?;
        let mut command = Command::new(program);
        // It refuses to run as root; elsewhere it refuses to change.
        if std::fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0) {
            command.args(["-u", "nobody"]);
        }
        let child = command.args([&address.to_string(), "1000"]).stdout(Stdio::null()).spawn()?;
        let sink = Self(child, address);
        let clock = Context::system();
        let begin = clock.now();
        while TcpStream::connect(address).is_err() {
            ensure!(clock.now().since(begin).as_seconds() < 5, "smtp-sink does not listen at {address}");
            std::thread::yield_now();
        }
        Ok(sink)
    }
}

impl Drop for TheirSink {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Seconds and seconds of CPU for so many mails.
pub fn send(to: SocketAddr, sessions: u32, kilobytes: usize, count: u64) -> Result<(f64, f64)> {
    let program = find("smtp-source").context("smtp-source is not installed")?;
    let arguments = [
        "-d".to_owned(),
        "-s".to_owned(),
        u64::from(sessions).min(count).to_string(),
        "-m".to_owned(),
        count.to_string(),
        "-l".to_owned(),
        (kilobytes * 1024).to_string(),
        "-f".to_owned(),
        "evening@news.example".to_owned(),
        "-t".to_owned(),
        "reader@readers.example".to_owned(),
        to.to_string(),
    ];
    let (clock, spent) = (Context::system(), figures::cpu_seconds_of_children());
    let begin = clock.now();
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).status()?;
    let seconds = clock.now().since(begin).as_micros() as f64 / 1e6;
    ensure!(status.success(), "smtp-source failed: {status}");
    Ok((seconds, figures::cpu_seconds_of_children() - spent))
}
