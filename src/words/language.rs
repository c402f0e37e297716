//! The languages the service speaks, and how one is chosen.

use unic_langid::LanguageIdentifier;

/// In the order in which they are offered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(usize)]
pub enum Language {
    En,
    De,
    Fr,
    Es,
    Ru,
}

impl Language {
    pub const ALL: [Self; 5] = [Self::En, Self::De, Self::Fr, Self::Es, Self::Ru];

    /// BCP 47, for `lang` and `?language=`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
            Self::Ru => "ru",
        }
    }

    /// As its speakers call it.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
            Self::Fr => "Fran\u{e7}ais",
            Self::Es => "Espa\u{f1}ol",
            Self::Ru => "\u{420}\u{443}\u{441}\u{441}\u{43a}\u{438}\u{439}",
        }
    }

    pub(super) fn tag(self) -> LanguageIdentifier {
        self.code().parse().unwrap_or_default()
    }

    /// By the primary subtag of a BCP 47 tag: `de-AT` is German.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|it| it.code().eq_ignore_ascii_case(primary))
    }

    /// The best of an `Accept-Language` header (RFC 9110 section 12.5.4): the highest weight counts, and among equals the
    /// first; weight 0 is a refusal.
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(u32, Self)> = None;
        for range in header.split(',').take(RANGES_MAX) {
            let mut parts = range.split(';');
            let Some(language) = Self::of_tag(parts.next().unwrap_or_default()) else { continue };
            let weight = parts.find_map(|it| it.trim().strip_prefix("q=")).map_or(1000, thousandths);
            if weight > best.map_or(0, |(weight, _)| weight) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

/// Ranges of one header that are looked at.
const RANGES_MAX: usize = 32;

fn thousandths(weight: &str) -> u32 {
    let weight: f64 = weight.trim().parse().unwrap_or(0.0);
    if (0.0..=1.0).contains(&weight) { (weight * 1000.0).round() as u32 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_language_we_speak_is_taken() {
        let best = |header: &str| Language::accepted(header).map(Language::code);
        assert_eq!(best("de-AT,de;q=0.9,en;q=0.8"), Some("de"));
        assert_eq!(best("it, fr;q=0.4, es;q=0.7"), Some("es"));
        assert_eq!(best("ru;q=0"), None);
        assert_eq!(best("en;q=nonsense, fr;q=0.1"), Some("fr"));
        assert_eq!(best(""), None);
        assert_eq!(best("*"), None);
        assert_eq!(Language::of_tag("ES_mx"), Some(Language::Es));
    }
}
