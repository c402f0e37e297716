//! `[hooks]`: what other machines may tell this service.

use super::{ConfigError, Secret};
use data_encoding::BASE64;
use serde::Deserialize;
use std::path::{Path, PathBuf};

const SECRET_CHARS_MIN: usize = 16;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HooksConfig {
    /// With which the site signs `POST /hooks/publish`; without one no hook is taken.
    pub publish_secret: Option<Secret>,
    pub publish_secret_file: Option<PathBuf>,
    /// Amazon SES: the ARN of the SNS topic whose notifications are taken.
    pub ses_topic: Option<String>,
    /// Postmark: `user:password`, as they stand in the webhook's address.
    pub postmark_credentials: Option<Secret>,
    pub postmark_credentials_file: Option<PathBuf>,
    /// Mailgun: the HTTP webhook signing key.
    pub mailgun_signing_key: Option<Secret>,
    pub mailgun_signing_key_file: Option<PathBuf>,
    /// SendGrid: the verification key of the signed event webhook, base64.
    pub sendgrid_public_key: Option<String>,
}

impl HooksConfig {
    pub(super) fn check(&mut self, folder: &Path) -> Result<(), ConfigError> {
        let publish = "hooks.publish_secret";
        Secret::fill(&mut self.publish_secret, self.publish_secret_file.as_ref(), folder, publish)?;
        let postmark = "hooks.postmark_credentials";
        Secret::fill(&mut self.postmark_credentials, self.postmark_credentials_file.as_ref(), folder, postmark)?;
        let mailgun = "hooks.mailgun_signing_key";
        Secret::fill(&mut self.mailgun_signing_key, self.mailgun_signing_key_file.as_ref(), folder, mailgun)?;
        let password = |it: &Secret| it.expose().split_once(':').map(|(_, password)| Secret::new(password));
        let postmark_password = self.postmark_credentials.as_ref().and_then(password);
        for (key, secret) in
            [(publish, &self.publish_secret), (postmark, &postmark_password), (mailgun, &self.mailgun_signing_key)]
        {
            if secret.as_ref().is_some_and(|secret| secret.expose().chars().count() < SECRET_CHARS_MIN) {
                let next = match key == mailgun {
                    true => "copy the HTTP webhook signing key from Mailgun's settings",
                    false => "write at least 16 characters, such as the output of `openssl rand -hex 32`",
                };
                return Err(ConfigError::value(key, "is too short", next));
            }
        }
        if self.postmark_credentials.as_ref().is_some_and(|it| !it.expose().contains(':')) {
            return Err(ConfigError::value(postmark, "has no colon", "write it like user:password"));
        }
        if self.sendgrid_public_key.as_ref().is_some_and(|key| !is_p256(key)) {
            let next = "copy the webhook's verification key (Base64) from SendGrid's mail settings";
            return Err(ConfigError::value("hooks.sendgrid_public_key", "is no public key", next));
        }
        if self.ses_topic.as_ref().is_some_and(|arn| !arn.starts_with("arn:")) {
            let next = "write the topic's ARN, like arn:aws:sns:eu-west-1:123456789012:bounces";
            return Err(ConfigError::value("hooks.ses_topic", "is no ARN", next));
        }
        Ok(())
    }

    /// Whether any provider may tell us of bounces.
    pub const fn takes_bounces(&self) -> bool {
        self.ses_topic.is_some()
            || self.postmark_credentials.is_some()
            || self.mailgun_signing_key.is_some()
            || self.sendgrid_public_key.is_some()
    }
}

/// A SubjectPublicKeyInfo of a P-256 key has 91 octets (RFC 5480 2).
fn is_p256(text: &str) -> bool {
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    let base64: String = lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
    BASE64.decode(base64.as_bytes()).is_ok_and(|key| key.len() == 91)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_from_the_file_or_a_file_of_its_own_and_is_never_short() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("hook.secret"), "0123456789abcdef\n").unwrap();
        let check = |text: &str| {
            let mut config: HooksConfig = toml::from_str(text).unwrap();
            let checked = config.check(folder.path()).map_err(|error| error.to_string());
            checked.map(|()| config.publish_secret.map(|it| it.expose().to_owned()))
        };
        assert_eq!(check("publish_secret_file = 'hook.secret'"), Ok(Some("0123456789abcdef".to_owned())));
        assert_eq!(check(""), Ok(None));
        assert!(check("publish_secret = 'short'").unwrap_err().contains("too short"));
        assert!(check("publish_secret_file = 'nowhere'").unwrap_err().contains("cannot be read"));
        let both = "publish_secret = '0123456789abcdef'\npublish_secret_file = 'hook.secret'";
        assert!(check(both).unwrap_err().contains("one of the two"));
        assert!(check("ses_topic = 'bounces'").unwrap_err().contains("ARN"));
        assert!(check("postmark_credentials = 'a-long-user-name:short'").unwrap_err().contains("too short"));
        assert!(check("sendgrid_public_key = 'MFkw'").unwrap_err().contains("no public key"));
        assert!(check("postmark_credentials = '0123456789abcdef'").unwrap_err().contains("colon"));
        assert!(check("mailgun_signing_key = 'short'").unwrap_err().contains("too short"));
    }
}
