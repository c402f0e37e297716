//! An e-mail address, parsed once at the door. Inside the house no function takes one as `&str`.
//!
//! Accepted is what can be mailed on the public internet: a dot-atom local part (RFC 5321 4.1.2; UTF-8 allowed, RFC
//! 6531) at a dotted domain, IDNs as A-labels (RFC 5891, UTS 46). Refused are quoted local parts, literals, one-label
//! domains, and the role traps that answer nobody. Two parsers must agree (`validator` and `lettre`), since each alone
//! accepts addresses that cannot be sent to.

use std::fmt;
use validator::ValidateEmail as _;

/// RFC 5321 4.5.3.1: a path of 256 octets with its angle brackets.
const ADDRESS_BYTES_MAX: usize = 254;
const LOCAL_PART_BYTES_MAX: usize = 64;

/// Mailboxes that must not be signed up: they belong to a role or answer nobody.
const ROLE_LOCAL_PARTS: &[&str] = &["postmaster", "abuse", "noreply", "no-reply", "mailer-daemon"];

/// A parsed address. It has no `Display`, so that none slips into a log: [`EmailAddr::masked`] is for people and logs,
/// [`EmailAddr::expose`] for the envelope and the database.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddr {
    local: String,
    domain: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddressError {
    #[error("the address is empty; write it like name@example.org")]
    Empty,
    #[error("the address is longer than 254 characters")]
    TooLong,
    #[error("the part before the @ is longer than 64 characters")]
    LocalPartTooLong,
    #[error("there is no @ in the address; write it like name@example.org")]
    NoAt,
    #[error("the part after the @ must be a full domain such as example.org")]
    Domain,
    #[error("the part before the @ holds characters that mail cannot carry")]
    LocalPart,
    #[error("this mailbox belongs to a role and cannot subscribe; use a personal address")]
    Role,
}

impl AddressError {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::LocalPartTooLong => "local_part_too_long",
            Self::NoAt => "no_at",
            Self::Domain => "domain",
            Self::LocalPart => "local_part",
            Self::Role => "role",
        }
    }
}

impl EmailAddr {
    /// Parses what a person typed; blanks around it are forgiven.
    ///
    /// # Errors
    /// [`AddressError`], in words for the person who typed it.
    pub fn parse(typed: &str) -> Result<Self, AddressError> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(AddressError::Empty);
        }
        if typed.len() > ADDRESS_BYTES_MAX * 2 {
            return Err(AddressError::TooLong);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(AddressError::NoAt)?;
        if local.len() > LOCAL_PART_BYTES_MAX {
            return Err(AddressError::LocalPartTooLong);
        }
        let domain = canonical_domain(domain)?;
        if local.len() + 1 + domain.len() > ADDRESS_BYTES_MAX {
            return Err(AddressError::TooLong);
        }
        if !is_dot_atom(local) {
            return Err(AddressError::LocalPart);
        }
        let is_plain = is_plain(local) && is_plain_domain(&domain);
        if !is_plain && !is_accepted_by_both(local, &domain) {
            return Err(AddressError::LocalPart);
        }
        if ROLE_LOCAL_PARTS.contains(&local.to_ascii_lowercase().as_str()) {
            return Err(AddressError::Role);
        }
        Ok(Self { local: local.to_owned(), domain })
    }

    /// The address for sending: the local part as typed, the domain in lower-case A-labels.
    pub fn expose(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }

    /// The same at the end of a buffer, for whoever writes a million of them.
    pub fn expose_into(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(self.local.as_bytes());
        into.push(b'@');
        into.extend_from_slice(self.domain.as_bytes());
    }

    /// How long [`EmailAddr::expose`] is.
    pub fn bytes(&self) -> usize {
        self.local.len() + 1 + self.domain.len()
    }

    /// The form that makes two spellings one person: the local part folded too. No dots or tags are taken away, for
    /// only the receiving host knows what they mean. A letter whose lower case is of another alphabet (the Kelvin sign and
    /// the Latin k) stays: it is another mailbox.
    pub fn key(&self) -> String {
        let mut key = String::with_capacity(self.local.len() + 1 + self.domain.len());
        for letter in self.local.chars() {
            let changes_alphabet = !letter.is_ascii() && letter.to_lowercase().any(|it| it.is_ascii());
            if changes_alphabet { key.push(letter) } else { key.extend(letter.to_lowercase()) }
        }
        key.push('@');
        key.push_str(&self.domain);
        key
    }

    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Needs a relay that speaks SMTPUTF8 (RFC 6531).
    pub fn needs_smtputf8(&self) -> bool {
        !self.local.is_ascii()
    }

    /// `a***@e***.org`: enough for a person who knows the address, too little for anyone else.
    pub fn masked(&self) -> String {
        let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
        let top = self.domain.rsplit('.').next().unwrap_or_default();
        format!("{}***@{}***.{top}", first(&self.local), first(&self.domain))
    }
}

impl fmt::Debug for EmailAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailAddr({})", self.masked())
    }
}

fn is_accepted_by_both(local: &str, domain: &str) -> bool {
    // HTML's rule knows no UTF-8 local parts; the domain is judged by its A-labels.
    let is_html = || !local.is_ascii() || format!("{local}@{domain}").validate_email();
    is_html() && lettre::Address::new(local, domain).is_ok()
}

/// Letters and digits as nearly every address has them: both parsers accept these (a test asks them), and a list of
/// millions need not wait for it.
fn is_plain(local: &str) -> bool {
    local.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+'))
}

/// Of which IDNA makes the same again, unless a label or the whole is malformed. No `--`, and so no A-label.
fn is_plain_domain(domain: &str) -> bool {
    domain.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'))
        && !domain.contains("--")
}

fn is_dot_atom(local: &str) -> bool {
    let is_atext = |c: char| {
        c.is_ascii_alphanumeric()
            || "!#$%&'*+/=?^_`{|}~-".contains(c)
            || (!c.is_ascii() && !c.is_control() && !c.is_whitespace())
    };
    !local.is_empty() && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

/// Lower-case A-labels, at least two of them, the last one not a number.
fn canonical_domain(typed: &str) -> Result<String, AddressError> {
    let domain = if is_plain_domain(typed) {
        typed.to_owned()
    } else {
        idna::domain_to_ascii_strict(typed).map_err(|_| AddressError::Domain)?
    };
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let top_is_a_name = labels
        .last()
        .is_some_and(|top| top.len() >= 2 && (top.starts_with("xn--") || top.bytes().all(|b| b.is_ascii_alphabetic())));
    if labels.len() < 2 || domain.len() > 253 || !labels.iter().all(is_label) || !top_is_a_name {
        return Err(AddressError::Domain);
    }
    Ok(domain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_have_is_accepted() {
        for typed in [
            "a@example.org",
            " Anna.B+news@Example.ORG ",
            "o'neil@mail.example.co.uk",
            "x@b\u{fc}cher.example",
            "\u{f6}@b\u{fc}cher.example",
            "1@x--y.example",
        ] {
            assert!(EmailAddr::parse(typed).is_ok(), "{typed}");
        }
        let it = EmailAddr::parse("Anna@B\u{dc}CHER.example").unwrap();
        assert_eq!(it.expose(), "Anna@xn--bcher-kva.example");
        assert_eq!(it.key(), "anna@xn--bcher-kva.example");
    }

    #[test]
    fn what_cannot_be_mailed_is_refused_with_its_reason() {
        use AddressError as E;
        let long = format!("{}@example.org", "a".repeat(65));
        let cases = [
            ("", E::Empty),
            ("a", E::NoAt),
            ("@example.org", E::LocalPart),
            ("a@b", E::Domain),
            ("a@localhost", E::Domain),
            ("a@[127.0.0.1]", E::Domain),
            ("a@127.0.0.1", E::Domain),
            ("a..b@c.de", E::LocalPart),
            (".a@c.de", E::LocalPart),
            ("a.@c.de", E::LocalPart),
            ("\"a b\"@c.de", E::LocalPart),
            ("a b@c.de", E::LocalPart),
            ("a@b@c.de", E::LocalPart),
            ("a@-c.de", E::Domain),
            ("a@c_d.de", E::Domain),
            ("a@c..de", E::Domain),
            ("a@c.de.", E::Domain),
            ("a\r\nbcc:x@c.de", E::LocalPart),
            ("a@c.de\nx", E::Domain),
            ("abuse@c.de", E::Role),
            (long.as_str(), E::LocalPartTooLong),
            ("a,b@c.de", E::LocalPart),
        ];
        for (typed, reason) in cases {
            assert_eq!(EmailAddr::parse(typed), Err(reason), "{typed:?}");
        }
    }

    #[test]
    fn neither_debug_nor_mask_shows_the_address() {
        let it = EmailAddr::parse("anna@example.org").unwrap();
        assert_eq!(it.masked(), "a***@e***.org");
        assert_eq!(format!("{it:?}"), "EmailAddr(a***@e***.org)");
    }

    proptest! {
        #[test]
        fn no_input_panics_and_what_parses_parses_again_to_itself(typed in "\\PC{0,80}") {
            if let Ok(it) = EmailAddr::parse(&typed) {
                prop_assert_eq!(EmailAddr::parse(&it.expose()), Ok(it));
            }
        }

        #[test]
        fn what_is_plain_is_judged_as_the_parsers_would(
            local in "[a-zA-Z0-9._+-]{1,70}", domain in "([a-z0-9-]{1,66}\\.){0,4}[a-z0-9-]{0,12}\\.?"
        ) {
            if is_plain(&local)
                && is_plain_domain(&domain)
                && let Ok(it) = EmailAddr::parse(&format!("{local}@{domain}")) {
                prop_assert_eq!(idna::domain_to_ascii_strict(&domain).ok(), Some(it.domain.clone()));
                prop_assert!(is_accepted_by_both(&it.local, &it.domain));
            }
        }

        #[test]
        fn what_parses_can_be_put_into_an_envelope(local in "[a-z.+'_-]{1,70}", domain in "[a-z0-9.-]{1,80}") {
            if let Ok(it) = EmailAddr::parse(&format!("{local}@{domain}")) {
                prop_assert!(it.expose().parse::<lettre::Address>().is_ok());
            }
        }
    }
}
