//! Character references: the names of HTML 4, and numbers.
//!
//! Feeds use HTML's names in XML, where only five are defined; they also mean windows-1252 when they write `&#146;`. An
//! unknown name stays as it is written. Entities that a DOCTYPE declares are never expanded.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The names of U+00A0 to U+00FF, in order.
const LATIN_1: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 \
sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring \
AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash \
Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml \
igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn \
yuml";

const OTHERS: &[(&str, u32)] = &[
    ("amp", 0x26),
    ("lt", 0x3c),
    ("gt", 0x3e),
    ("quot", 0x22),
    ("apos", 0x27),
    ("AMP", 0x26),
    ("LT", 0x3c),
    ("GT", 0x3e),
    ("QUOT", 0x22),
    ("OElig", 0x152),
    ("oelig", 0x153),
    ("Scaron", 0x160),
    ("scaron", 0x161),
    ("Yuml", 0x178),
    ("fnof", 0x192),
    ("circ", 0x2c6),
    ("tilde", 0x2dc),
    ("Alpha", 0x391),
    ("Beta", 0x392),
    ("Gamma", 0x393),
    ("Delta", 0x394),
    ("Omega", 0x3a9),
    ("alpha", 0x3b1),
    ("beta", 0x3b2),
    ("gamma", 0x3b3),
    ("delta", 0x3b4),
    ("epsilon", 0x3b5),
    ("lambda", 0x3bb),
    ("mu", 0x3bc),
    ("pi", 0x3c0),
    ("sigma", 0x3c3),
    ("omega", 0x3c9),
    ("ensp", 0x2002),
    ("emsp", 0x2003),
    ("thinsp", 0x2009),
    ("zwnj", 0x200c),
    ("zwj", 0x200d),
    ("lrm", 0x200e),
    ("rlm", 0x200f),
    ("ndash", 0x2013),
    ("mdash", 0x2014),
    ("lsquo", 0x2018),
    ("rsquo", 0x2019),
    ("sbquo", 0x201a),
    ("ldquo", 0x201c),
    ("rdquo", 0x201d),
    ("bdquo", 0x201e),
    ("dagger", 0x2020),
    ("Dagger", 0x2021),
    ("bull", 0x2022),
    ("hellip", 0x2026),
    ("permil", 0x2030),
    ("prime", 0x2032),
    ("Prime", 0x2033),
    ("lsaquo", 0x2039),
    ("rsaquo", 0x203a),
    ("oline", 0x203e),
    ("frasl", 0x2044),
    ("euro", 0x20ac),
    ("trade", 0x2122),
    ("larr", 0x2190),
    ("uarr", 0x2191),
    ("rarr", 0x2192),
    ("darr", 0x2193),
    ("harr", 0x2194),
    ("rArr", 0x21d2),
    ("part", 0x2202),
    ("prod", 0x220f),
    ("sum", 0x2211),
    ("minus", 0x2212),
    ("radic", 0x221a),
    ("infin", 0x221e),
    ("asymp", 0x2248),
    ("ne", 0x2260),
    ("equiv", 0x2261),
    ("le", 0x2264),
    ("ge", 0x2265),
    ("loz", 0x25ca),
    ("check", 0x2713),
    ("spades", 0x2660),
    ("clubs", 0x2663),
    ("hearts", 0x2665),
    ("diams", 0x2666),
    ("num", 0x23),
    ("lbrack", 0x5b),
    ("rbrack", 0x5d),
    ("lpar", 0x28),
    ("rpar", 0x29),
    ("colon", 0x3a),
    ("semi", 0x3b),
    ("comma", 0x2c),
    ("period", 0x2e),
    ("excl", 0x21),
    ("quest", 0x3f),
    ("sol", 0x2f),
    ("dollar", 0x24),
    ("percnt", 0x25),
    ("lowbar", 0x5f),
    ("hyphen", 0x2010),
    ("dash", 0x2010),
];

static NAMES: LazyLock<HashMap<&'static str, char>> = LazyLock::new(|| {
    let latin_1 = LATIN_1.split_whitespace().zip(0xa0..);
    latin_1.chain(OTHERS.iter().copied()).filter_map(|(name, code)| char::from_u32(code).map(|c| (name, c))).collect()
});

/// The longest name between `&` and `;` that is looked up, in bytes.
const NAME_BYTES_MAX: usize = 12;

/// What the reference `name` (without `&` and `;`) stands for.
pub(super) fn resolve(name: &str) -> Option<char> {
    match name.strip_prefix('#') {
        Some(number) => from_number(number),
        None if name.len() <= NAME_BYTES_MAX => NAMES.get(name).copied(),
        None => None,
    }
}

fn from_number(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) if digits.len() <= 8 => u32::from_str_radix(digits, 16).ok()?,
        None if number.len() <= 10 && number.bytes().all(|b| b.is_ascii_digit()) => number.parse().ok()?,
        _ => return None,
    };
    Some(resolve_number(code))
}

pub(super) fn resolve_number(code: u32) -> char {
    match code {
        // HTML section 13.2.5.80: these numbers mean windows-1252.
        0x80..=0x9f => {
            let byte = [u8::try_from(code).unwrap_or(b' ')];
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte).0.chars().next().unwrap_or(' ')
        }
        0..0x9 | 0xb | 0xc | 0xe..0x20 | 0x7f => ' ',
        _ => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

/// Resolves each reference once; what is none stays. One pass, linear.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at(at);
        out.push_str(before);
        let window = reference.bytes().take(NAME_BYTES_MAX + 2);
        let end = window.enumerate().skip(1).find(|(_, b)| !(b.is_ascii_alphanumeric() || *b == b'#'));
        match end {
            Some((end, b';')) if resolve(&reference[1..end]).is_some() => {
                out.extend(resolve(&reference[1..end]));
                rest = &reference[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &reference[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_resolved_once_and_the_unknown_stays() {
        assert_eq!(unescape("a &amp;amp; b"), "a &amp; b");
        assert_eq!(
            unescape("&nbsp;&yuml;&rsquo;&#8217;&#x2019;&#146;"),
            "\u{a0}\u{ff}\u{2019}\u{2019}\u{2019}\u{2019}"
        );
        assert_eq!(unescape("AT&T &unknown; &; & &#; &#xzz; &#0;"), "AT&T &unknown; &; & &#; &#xzz;  ");
        assert_eq!(unescape("&\u{e9}amp;&am"), "&\u{e9}amp;&am");
        assert_eq!(unescape("&#99999999;"), "\u{fffd}");
    }
}
