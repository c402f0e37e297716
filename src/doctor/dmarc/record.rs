//! A DMARC record (RFC 9989 4.7). Pure.
//!
//! Promises: read as receivers read it: the version must come first and be exact, unknown tags are passed over, and
//! what is wrong in the rest takes its default and is told in [`DmarcRecord::faults`]. The tests below hold it.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    None,
    Quarantine,
    Reject,
}

impl Policy {
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }
}

/// What `psd=` says of the domain of the record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Psd {
    /// It is a public suffix.
    Yes,
    /// It is an organizational domain.
    No,
    /// The usual case.
    #[default]
    Unknown,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DmarcRecord {
    pub text: String,
    /// `p=`; missing or unreadable, it counts as none.
    pub policy: Option<Policy>,
    /// `sp=`, for subdomains.
    pub subdomain_policy: Option<Policy>,
    /// `adkim=s`.
    pub strict_dkim: bool,
    /// `aspf=s`.
    pub strict_spf: bool,
    pub psd: Psd,
    /// Where aggregate reports go, as URIs.
    pub rua: Vec<String>,
    /// `t=y`: receivers should not act on the policy.
    pub is_testing: bool,
    /// `pct`, if it is there and not 100.
    pub pct: Option<String>,
    /// Tags that RFC 9989 took out.
    pub obsolete: Vec<&'static str>,
    /// `sp=` or `np=` is there and is no policy.
    pub has_bad_subpolicy: bool,
    /// What is wrong, one phrase each.
    pub faults: Vec<String>,
}

const OBSOLETE: [&str; 3] = ["pct", "rf", "ri"];

/// Whether a TXT record is a DMARC record: `v=DMARC1` exactly, before anything else.
pub fn is_dmarc(text: &str) -> bool {
    let first = text.split(';').next().unwrap_or_default();
    first.split_once('=').is_some_and(|(name, value)| {
        name.trim_end().eq_ignore_ascii_case("v") && value.trim_matches([' ', '\t']) == "DMARC1"
    })
}

/// Reads a record of which [`is_dmarc`] holds.
pub fn parse(text: &str) -> DmarcRecord {
    let mut record = DmarcRecord { text: text.to_owned(), ..DmarcRecord::default() };
    let mut seen: Vec<String> = Vec::new();
    for part in text.split(';').skip(1).map(str::trim).filter(|part| !part.is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            record.faults.push(format!("{part:?} is not of the form tag=value"));
            continue;
        };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        if seen.contains(&name) {
            record.faults.push(format!("{name}= stands there twice"));
            continue;
        }
        record.take(&name, value);
        seen.push(name);
    }
    record
}

impl DmarcRecord {
    fn take(&mut self, name: &str, value: &str) {
        let value_lower = value.to_ascii_lowercase();
        let mut is_fine = true;
        match name {
            "p" | "sp" | "np" => {
                let policy = match value_lower.as_str() {
                    "none" => Some(Policy::None),
                    "quarantine" => Some(Policy::Quarantine),
                    "reject" => Some(Policy::Reject),
                    _ => None,
                };
                is_fine = policy.is_some();
                self.has_bad_subpolicy |= !is_fine && name != "p";
                match name {
                    "p" => self.policy = policy,
                    "sp" => self.subdomain_policy = policy,
                    // Nonexistent subdomains send no newsletters.
                    _ => {}
                }
            }
            "adkim" | "aspf" => {
                is_fine = matches!(value_lower.as_str(), "r" | "s");
                let slot = if name == "adkim" { &mut self.strict_dkim } else { &mut self.strict_spf };
                *slot = value_lower == "s";
            }
            "psd" => match value_lower.as_str() {
                "y" => self.psd = Psd::Yes,
                "n" => self.psd = Psd::No,
                other => is_fine = other == "u",
            },
            "t" => {
                is_fine = matches!(value_lower.as_str(), "y" | "n");
                self.is_testing = value_lower == "y";
            }
            "rua" => {
                self.rua = value.split(',').map(|uri| uri.trim().to_owned()).filter(|uri| !uri.is_empty()).collect()
            }
            "v" => is_fine = false,
            _ => {}
        }
        if name == "pct" && value != "100" {
            self.pct = Some(value.to_owned());
        }
        self.obsolete.extend(OBSOLETE.iter().find(|it| **it == name));
        if !is_fine {
            self.faults.push(format!("{name}={value} is no value that tag can have"));
        }
    }

    /// Whether its policies are sound. If not, receivers take them for none where `rua` asks for reports, and the whole
    /// record for nothing where it does not (4.10.1).
    pub const fn has_sound_policy(&self) -> bool {
        self.policy.is_some() && !self.has_bad_subpolicy
    }

    /// The policy for mail from the record's own domain, or from one below it.
    pub fn policy_for(&self, is_subdomain: bool) -> Policy {
        if !self.has_sound_policy() {
            return Policy::None;
        }
        let own = self.policy.unwrap_or(Policy::None);
        if is_subdomain { self.subdomain_policy.unwrap_or(own) } else { own }
    }

    /// The record without the tags that are no more.
    pub fn without_obsolete(&self) -> String {
        let name = |part: &str| part.split('=').next().unwrap_or_default().trim().to_ascii_lowercase();
        let kept = self.text.split(';').map(str::trim).filter(|it| !it.is_empty() && !OBSOLETE.contains(&&*name(it)));
        kept.collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_version_comes_first_and_is_exact() {
        for text in ["v=DMARC1", "v=DMARC1; p=none", "V = DMARC1 ;p=none", "v=DMARC1;"] {
            assert!(is_dmarc(text), "{text}");
        }
        for text in ["", "v=dmarc1; p=none", "v=DMARC10", "p=none; v=DMARC1", "v=DMARC1 p=none", "v=spf1", "x"] {
            assert!(!is_dmarc(text), "{text}");
        }
    }

    #[test]
    fn tags_are_read_without_regard_to_case_and_order() {
        let record = parse(
            "v=DMARC1; RUA=mailto:a@x.example , mailto:B@y.example;P=Reject;sp=quarantine; adkim=S; aspf=r; psd=n; t=y",
        );
        assert_eq!((record.policy_for(false), record.policy_for(true)), (Policy::Reject, Policy::Quarantine));
        assert!(record.strict_dkim && !record.strict_spf && record.is_testing && record.psd == Psd::No);
        assert_eq!(record.rua, ["mailto:a@x.example", "mailto:B@y.example"]);
        assert_eq!(record.faults, Vec::<String>::new());
    }

    #[test]
    fn what_is_wrong_takes_its_default_and_is_told() {
        let record = parse("v=DMARC1; p=block; adkim=x; psd=maybe; t=1; hello; p=none; v=DMARC1");
        assert_eq!((record.policy, record.policy_for(true), record.strict_dkim), (None, Policy::None, false));
        assert_eq!(record.faults.len(), 7, "{:?}", record.faults);
        let bad_below = parse("v=DMARC1; p=reject; sp=some");
        assert_eq!((bad_below.has_sound_policy(), bad_below.policy_for(false)), (false, Policy::None));
    }

    #[test]
    fn what_was_taken_out_is_noticed() {
        let record = parse("v=DMARC1; pct=50; p=none; rf=afrf; RI=86400;");
        assert_eq!((record.obsolete.as_slice(), record.pct.as_deref()), (["pct", "rf", "ri"].as_slice(), Some("50")));
        assert_eq!(record.without_obsolete(), "v=DMARC1; p=none");
        assert_eq!(parse("v=DMARC1; pct=100").pct, None);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_left_out_is_gone(tail in "(;|=|pct|p|rf|none|rua|\\PC){0,12}") {
            let record = parse(&format!("v=DMARC1;{tail}"));
            prop_assert!(is_dmarc(&record.without_obsolete()));
            prop_assert_eq!(parse(&record.without_obsolete()).obsolete, Vec::<&str>::new());
        }
    }
}
