//! Colours and the contrast of two of them (WCAG 2.2, 1.4.3). What is not opaque or depends on something is unknown.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Color(pub u8, pub u8, pub u8);

const NAMES: &[(&str, Color)] = &[
    ("black", Color(0, 0, 0)),
    ("white", Color(255, 255, 255)),
    ("red", Color(255, 0, 0)),
    ("green", Color(0, 128, 0)),
    ("blue", Color(0, 0, 255)),
    ("navy", Color(0, 0, 128)),
    ("gray", Color(128, 128, 128)),
    ("grey", Color(128, 128, 128)),
    ("silver", Color(192, 192, 192)),
    ("maroon", Color(128, 0, 0)),
    ("yellow", Color(255, 255, 0)),
    ("orange", Color(255, 165, 0)),
    ("purple", Color(128, 0, 128)),
    ("teal", Color(0, 128, 128)),
];

impl Color {
    /// `#abc`, `#aabbcc`, `rgb(1,2,3)` or one of the common names, in lower case.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        if let Some(digits) = value.strip_prefix('#') {
            return Self::from_hex(digits);
        }
        if let Some(inside) = value.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')')) {
            let mut parts =
                inside.split([',', ' ']).filter(|part| !part.is_empty()).map(|part| part.parse::<u8>().ok());
            let color = Self(parts.next()??, parts.next()??, parts.next()??);
            return parts.next().is_none().then_some(color);
        }
        NAMES.iter().find(|(name, _)| *name == value).map(|(_, color)| *color)
    }

    fn from_hex(digits: &str) -> Option<Self> {
        let nibbles: Option<Vec<u8>> =
            digits.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
        match nibbles?.as_slice() {
            [r, g, b] => Some(Self(r * 17, g * 17, b * 17)),
            [r, s, g, h, b, c] => Some(Self(r * 16 + s, g * 16 + h, b * 16 + c)),
            _ => None,
        }
    }

    fn luminance(self) -> f32 {
        let part = |value: u8| {
            let value = f32::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(self.0) + 0.7152 * part(self.1) + 0.0722 * part(self.2)
    }

    /// From 1 to 21.
    pub fn contrast(self, other: Self) -> f32 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }
}

impl std::fmt::Display for Color {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read() {
        assert_eq!(Color::parse("#fff"), Some(Color(255, 255, 255)));
        assert_eq!(Color::parse("#57514a"), Some(Color(0x57, 0x51, 0x4a)));
        assert_eq!(Color::parse("rgb(1, 2 3)"), Some(Color(1, 2, 3)));
        for unknown in ["transparent", "#ffff", "#ää", "rgb(1,2)", "rgb(1,2,3,4)", "rgba(1,2,3,.5)", ""] {
            assert_eq!(Color::parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        let (black, white) = (Color(0, 0, 0), Color(255, 255, 255));
        assert!((white.contrast(black) - 21.0).abs() < 0.01);
        assert!((Color(0x77, 0x77, 0x77).contrast(white) - 4.48).abs() < 0.01);
    }
}
