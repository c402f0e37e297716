//! The folders of a Maildir, and its lock.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Files that one look lists in `new/`, and in `cur/`; the next look lists the rest.
const FILES_MAX: usize = 10_000;
const TOO_BIG: &str = ".too-big";
const LOCK: &str = "lamplighter.lock";

#[derive(Clone, Debug)]
pub struct Maildir(PathBuf);

impl Maildir {
    /// # Errors
    /// In words, with the next step, when there is no Maildir at this path.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, String> {
        let path = path.into();
        if path.join("new").is_dir() && path.join("cur").is_dir() {
            return Ok(Self(path));
        }
        let path = path.display();
        Err(format!(
            "{path} is no Maildir: it needs the folders new and cur; make it with maildirmake, or correct the path"
        ))
    }

    /// The lock, for as long as the file lives; none while another process has it.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let file = File::options().create(true).write(true).truncate(false).open(self.0.join(LOCK))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The mails, those in `new/` first, in the order of their names, which begin with the time.
    pub(super) fn mails(&self) -> io::Result<Vec<PathBuf>> {
        let mut mails = Vec::new();
        for part in ["new", "cur"] {
            let mut names = Vec::new();
            for entry in std::fs::read_dir(self.0.join(part))?.take(FILES_MAX) {
                let entry = entry?;
                let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
                if !is_hidden && entry.file_type().is_ok_and(|kind| kind.is_file()) {
                    names.push(entry.path());
                }
            }
            names.sort();
            mails.append(&mut names);
        }
        Ok(mails)
    }

    /// Moves a mail aside, within the file system and never over another one.
    pub(super) fn put_aside(&self, mail: &Path) -> io::Result<()> {
        let aside = self.0.join(TOO_BIG);
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(aside.join(part))?;
        }
        let name = mail.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let target = aside.join("cur").join(name);
        std::fs::hard_link(mail, &target)?;
        std::fs::remove_file(mail)
    }
}
