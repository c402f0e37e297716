//! `[bounces]`: where mail to the bounce domain is taken from, beside `lamplighter bounce ingest` and the hooks.

use super::{ConfigError, Secret};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use url::Url;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BouncesConfig {
    /// `127.0.0.1:2424` or `unix:/run/lamplighter/lmtp.sock`: a mail server on this machine hands mail in (RFC 2033).
    pub lmtp: Option<LmtpAddress>,
    /// A folder with `new` and `cur`, looked into again and again.
    pub maildir: Option<PathBuf>,
    /// `imaps://user@host/INBOX`: a mailbox that is emptied.
    pub imap: Option<Url>,
    pub imap_password: Option<Secret>,
    pub imap_password_file: Option<PathBuf>,
    /// Between two looks at the Maildir or the mailbox.
    pub poll_seconds: u32,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub enum LmtpAddress {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl Default for BouncesConfig {
    fn default() -> Self {
        Self { lmtp: None, maildir: None, imap: None, imap_password: None, imap_password_file: None, poll_seconds: 60 }
    }
}

impl TryFrom<String> for LmtpAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wanted = "write 127.0.0.1:2424, or unix:/run/lamplighter/lmtp.sock";
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            return if path.is_absolute() {
                Ok(Self::Unix(path))
            } else {
                Err(format!("{text:?} names no whole path; {wanted}"))
            };
        }
        let address: SocketAddr = text.parse().map_err(|_| format!("{text:?} is no address; {wanted}"))?;
        if address.ip().is_loopback() {
            Ok(Self::Tcp(address))
        } else {
            // LMTP knows no login: whoever reaches it hands mail in.
            Err(format!("{text:?} can be reached from other machines, and LMTP asks nobody who they are; {wanted}"))
        }
    }
}

impl BouncesConfig {
    pub(super) fn check(&mut self, folder: &Path) -> Result<(), ConfigError> {
        if let Some(maildir) = &mut self.maildir {
            *maildir = folder.join(&*maildir);
        }
        let password = "bounces.imap_password";
        Secret::fill(&mut self.imap_password, self.imap_password_file.as_ref(), folder, password)?;
        if self.poll_seconds == 0 || self.poll_seconds > 86_400 {
            return Err(ConfigError::value(
                "bounces.poll_seconds",
                "is out of range",
                "write a number from 1 to 86400",
            ));
        }
        let Some(url) = &self.imap else {
            return match self.imap_password {
                Some(_) => Err(ConfigError::value(password, "stands without imap", "give bounces.imap, too")),
                None => Ok(()),
            };
        };
        let key = "bounces.imap";
        let wanted = "write it like imaps://bounces@imap.example/INBOX";
        if !matches!(url.scheme(), "imap" | "imaps") || url.host_str().is_none_or(str::is_empty) {
            return Err(ConfigError::value(key, "is no address of a mailbox", wanted));
        }
        if url.password().is_some() {
            return Err(ConfigError::value(key, "holds a password", "use imap_password_file"));
        }
        if url.username().is_empty() || self.imap_password.is_none() {
            let next = "write it like imaps://bounces@imap.example/INBOX, and name imap_password_file";
            return Err(ConfigError::value(key, "needs a user and a password", next));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<BouncesConfig, String> {
        let mut config: BouncesConfig = toml::from_str(text).map_err(|error| error.to_string())?;
        config.check(Path::new("/etc/lamp")).map_err(|error| error.to_string())?;
        Ok(config)
    }

    #[test]
    fn lmtp_is_for_this_machine_alone() {
        assert_eq!(checked("lmtp = '[::1]:24'").unwrap().lmtp, Some(LmtpAddress::Tcp("[::1]:24".parse().unwrap())));
        assert_eq!(checked("lmtp = 'unix:/run/l.sock'").unwrap().lmtp, Some(LmtpAddress::Unix("/run/l.sock".into())));
        for (wrong, told) in [("0.0.0.0:24", "other machines"), ("24", "no address"), ("unix:l.sock", "whole path")] {
            let error = checked(&format!("lmtp = '{wrong}'")).unwrap_err();
            assert!(error.contains(told) && error.contains("127.0.0.1:2424"), "{error}");
        }
    }

    #[test]
    fn a_mailbox_needs_a_user_and_a_password_that_stands_apart() {
        assert!(checked("imap = 'imaps://b@imap.example/INBOX'\nimap_password = 'secret'").is_ok());
        for (wrong, told) in [
            ("imap = 'imaps://b@imap.example/INBOX'", "a password"),
            ("imap = 'imaps://imap.example'\nimap_password = 'x'", "a user"),
            ("imap = 'imaps://b:c@imap.example'\nimap_password = 'x'", "imap_password_file"),
            ("imap = 'https://b@imap.example'\nimap_password = 'x'", "imaps://"),
            ("imap_password = 'x'", "without imap"),
            ("poll_seconds = 0", "1 to 86400"),
        ] {
            let error = checked(wrong).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
        assert_eq!(checked("maildir = 'mail'").unwrap().maildir, Some("/etc/lamp/mail".into()));
        assert!(
            !format!("{:?}", checked("imap = 'imaps://b@i.example'\nimap_password = 'hush77'").unwrap())
                .contains("hush77")
        );
    }
}
