//! A name of the DNS: labels of octets, compared without regard to case.
//!
//! Promises: a [`Name`] can be asked for (labels of 1 to 63 octets, 255 octets on the wire, RFC 1035 2.3.4); nothing
//! that comes from outside becomes one in any other way. It does not demand letters and digits: SPF macros and service
//! labels make names of anything. The laws at the end hold it.

use std::fmt;
use std::net::IpAddr;

/// Octets of a name on the wire, with the length octets and the root.
pub const WIRE_BYTES_MAX: usize = 255;
const LABEL_BYTES_MAX: usize = 63;

/// Lower-case labels, the most specific one first. No labels at all is the root.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Name {
    labels: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NameError {
    #[error("a label of the name is empty")]
    EmptyLabel,
    #[error("a label of the name is longer than 63 octets")]
    LabelTooLong,
    #[error("the name is longer than 253 characters")]
    TooLong,
    #[error("the name is no domain name")]
    NotADomain,
}

impl Name {
    pub const fn root() -> Self {
        Self { labels: Vec::new() }
    }

    /// Takes octets between dots as they are; one dot at the end is forgiven.
    ///
    /// # Errors
    /// [`NameError`] where the DNS could not hold it.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.strip_suffix('.').unwrap_or(text);
        Self::from_labels(text.split('.').map(|label| label.as_bytes().to_vec()))
    }

    /// A domain as a person writes it: IDNs become A-labels (RFC 5891), and it needs two labels at least.
    ///
    /// # Errors
    /// [`NameError`] where it is none.
    pub fn domain(text: &str) -> Result<Self, NameError> {
        let ascii = idna::domain_to_ascii(text.trim()).map_err(|_| NameError::NotADomain)?;
        let name = Self::parse(&ascii)?;
        if name.labels.len() < 2 { Err(NameError::NotADomain) } else { Ok(name) }
    }

    /// # Errors
    /// [`NameError`] where a label or the whole is too long, or a label is empty.
    pub fn from_labels(labels: impl Iterator<Item = Vec<u8>>) -> Result<Self, NameError> {
        let mut wire_bytes = 1;
        let mut name = Self::root();
        for mut label in labels {
            match label.len() {
                0 => return Err(NameError::EmptyLabel),
                1..=LABEL_BYTES_MAX => wire_bytes += 1 + label.len(),
                _ => return Err(NameError::LabelTooLong),
            }
            if wire_bytes > WIRE_BYTES_MAX {
                return Err(NameError::TooLong);
            }
            label.make_ascii_lowercase();
            name.labels.push(label);
        }
        Ok(name)
    }

    /// The name under which the PTR records of an address stand (RFC 1035 3.5, RFC 3596 2.5).
    pub fn reverse(ip: IpAddr) -> Self {
        let mut labels: Vec<String> = match ip {
            IpAddr::V4(ip) => ip.octets().iter().rev().map(u8::to_string).collect(),
            IpAddr::V6(ip) => {
                ip.octets().iter().rev().flat_map(|o| [format!("{:x}", o & 15), format!("{:x}", o >> 4)]).collect()
            }
        };
        labels.push(if ip.is_ipv4() { "in-addr" } else { "ip6" }.to_owned());
        labels.push("arpa".to_owned());
        Self { labels: labels.into_iter().map(String::into_bytes).collect() }
    }

    /// The name with more labels in front of it, such as `_dmarc`.
    ///
    /// # Errors
    /// [`NameError`] if it gets too long.
    pub fn below(&self, labels: &str) -> Result<Self, NameError> {
        let front = labels.split('.').map(|label| label.as_bytes().to_vec());
        Self::from_labels(front.chain(self.labels.iter().cloned()))
    }

    pub fn labels(&self) -> &[Vec<u8>] {
        &self.labels
    }

    /// The last labels of it, all of them if there are fewer.
    pub fn last_labels(&self, count: usize) -> Self {
        Self { labels: self.labels.iter().skip(self.labels.len().saturating_sub(count)).cloned().collect() }
    }

    /// Whether it is the other name or stands below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.labels.ends_with(&other.labels)
    }
}

impl fmt::Display for Name {
    /// The presentation form without the last dot; what is no plain character is escaped (RFC 1035 5.1). The root is
    /// a dot.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.labels.is_empty() {
            return f.write_str(".");
        }
        for (at, label) in self.labels.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            for byte in label {
                match byte {
                    b'.' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
                    0x21..=0x7e => write!(f, "{}", char::from(*byte))?,
                    _ => write!(f, "\\{byte:03}")?,
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_what_the_dns_can_hold() {
        assert_eq!(Name::parse("News.Example.").unwrap().to_string(), "news.example");
        assert_eq!(Name::parse("a..b"), Err(NameError::EmptyLabel));
        assert_eq!(Name::parse(""), Err(NameError::EmptyLabel));
        assert_eq!(Name::parse(&"a".repeat(64)), Err(NameError::LabelTooLong));
        assert!(Name::parse(&"a".repeat(63)).is_ok());
        let longest = [vec!["a".repeat(63); 3].join("."), "a".repeat(61)].join(".");
        assert_eq!(longest.len(), 253);
        assert!(Name::parse(&longest).is_ok());
        assert_eq!(Name::parse(&format!("{longest}a")), Err(NameError::TooLong));
    }

    #[test]
    fn a_domain_of_a_person_is_turned_into_a_labels() {
        assert_eq!(Name::domain(" B\u{fc}cher.example ").unwrap().to_string(), "xn--bcher-kva.example");
        assert_eq!(Name::domain("localhost"), Err(NameError::NotADomain));
        assert!(Name::domain("a b.example").is_ok_and(|name| name.to_string() == "a\\032b.example"));
    }

    #[test]
    fn reverse_names_are_those_of_the_rfcs() {
        assert_eq!(Name::reverse("192.0.2.65".parse().unwrap()).to_string(), "65.2.0.192.in-addr.arpa");
        let v6 = Name::reverse("2001:db8::cb01".parse().unwrap()).to_string();
        assert_eq!(v6, "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    }

    #[test]
    fn a_name_is_within_itself_and_what_is_above_it() {
        let name = |text| Name::parse(text).unwrap();
        assert!(name("a.b.example").is_within(&name("b.example")) && name("b.example").is_within(&name("B.example")));
        assert!(!name("ab.example").is_within(&name("b.example")));
        assert_eq!(name("a.b.example").last_labels(2), name("b.example"));
        assert_eq!(name("example").last_labels(7), name("example"));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_every_name_fits_the_wire(text in "\\PC{0,300}") {
            if let Ok(name) = Name::parse(&text) {
                prop_assert!(name.labels().iter().map(|label| label.len() + 1).sum::<usize>() < WIRE_BYTES_MAX);
                prop_assert!(name.is_within(&name.last_labels(1)));
            }
            let _ = Name::domain(&text);
        }
    }
}
