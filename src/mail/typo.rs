//! "Did you mean gmail.com?": the common domain that a typed one was probably meant to be.
//!
//! A hint, never a wall: people have addresses at all sorts of domains, and whoever ignores it is served like anybody. It
//! asks nobody; a list and a distance decide.

/// Where most people have their mailboxes, and what lies so near to them that it must not be taken for a slip.
const COMMON: &[&str] = &[
    "aol.com",
    "bluewin.ch",
    "email.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "icloud.com",
    "inbox.ru",
    "laposte.net",
    "libero.it",
    "live.com",
    "live.de",
    "live.fr",
    "mac.com",
    "mail.com",
    "mail.de",
    "mail.ru",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "outlook.es",
    "outlook.fr",
    "pm.me",
    "posteo.de",
    "proton.me",
    "protonmail.com",
    "rambler.ru",
    "sfr.fr",
    "t-online.de",
    "wanadoo.fr",
    "web.de",
    "ya.ru",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.de",
    "yahoo.es",
    "yahoo.fr",
    "yandex.com",
    "yandex.ru",
    "ymail.com",
];

/// Below this a single letter makes another name: `gmx.de` and `gmz.de`.
const ONE_SLIP_CHARS_MIN: usize = 7;
const TWO_SLIPS_CHARS_MIN: usize = 9;

/// The common domain that `domain` (lower case, A-labels) is one slip away from, or two where it is long.
pub fn meant(domain: &str) -> Option<&'static str> {
    if COMMON.contains(&domain) || domain.chars().count() > 40 {
        return None;
    }
    let nearest = COMMON.iter().map(|it| (strsim::osa_distance(domain, it), *it)).min_by_key(|(slips, _)| *slips);
    let (slips, common) = nearest?;
    let is_likely = match slips {
        1 => common.len() >= ONE_SLIP_CHARS_MIN,
        // The first letter is seldom wrong.
        2 => common.len() >= TWO_SLIPS_CHARS_MIN && domain.chars().next() == common.chars().next(),
        _ => false,
    };
    is_likely.then_some(common)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_slip_is_recognised() {
        for (typed, common) in [
            ("gmial.com", "gmail.com"),
            ("gmail.con", "gmail.com"),
            ("gmail.co", "gmail.com"),
            ("gamil.con", "gmail.com"),
            ("hotmial.com", "hotmail.com"),
            ("outlok.com", "outlook.com"),
            ("yaho.com", "yahoo.com"),
            ("t-onlin.de", "t-online.de"),
            ("yandx.ru", "yandex.ru"),
            ("iclould.com", "icloud.com"),
        ] {
            assert_eq!(meant(typed), Some(common), "{typed}");
        }
    }

    #[test]
    fn a_domain_of_its_own_is_left_alone() {
        for typed in ["gmail.com", "mail.com", "ymail.com", "gmx.de", "gmz.de", "news.example", "web.dk", "me.co", ""] {
            assert_eq!(meant(typed), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn no_hint_is_hinted_at_again(typed in "[a-z.-]{0,60}") {
            if let Some(common) = meant(&typed) {
                prop_assert_eq!(meant(common), None);
                prop_assert_ne!(common, typed);
            }
        }
    }
}
