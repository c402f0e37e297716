//! A newsroom's colour, made readable.
//!
//! A newsroom chooses one colour; as text it has to keep a contrast of 4.5:1 (WCAG 2.2, 1.4.3) on paper and on the
//! dark sheet. So it is darkened or lightened, in small steps, until it does. What is not `#rrggbb` is replaced:
//! nothing else ever reaches a style attribute.

/// The colour when the newsroom's own is not `#rrggbb`.
const AMBER: Rgb = Rgb(0xb4, 0x53, 0x09);
/// The lightest and the darkest surface that text in the accent colour stands on; the template uses the same values.
const SHEET_LIGHT: Rgb = Rgb(0xf5, 0xf0, 0xe5);
const SHEET_DARK: Rgb = Rgb(0x26, 0x24, 0x20);
const CONTRAST_MIN: f64 = 4.5;
const BLACK: Rgb = Rgb(0, 0, 0);
const WHITE: Rgb = Rgb(255, 255, 255);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Rgb(u8, u8, u8);

/// One colour in its three uses, each `#rrggbb`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Accent {
    /// For surfaces: as the newsroom gave it.
    pub as_given: String,
    /// For text and rules on the light sheet.
    pub on_light: String,
    /// For text and rules on the dark sheet.
    pub on_dark: String,
}

impl Accent {
    pub fn new(color: &str) -> Self {
        Self::of(color, "")
    }

    /// With a colour of its own for the dark sheet; what is no colour is the other one.
    pub fn of(color: &str, dark: &str) -> Self {
        let given = Rgb::parse(color).unwrap_or(AMBER);
        let dark = Rgb::parse(dark).unwrap_or(given);
        Self {
            as_given: given.hex(),
            on_light: given.until_readable(SHEET_LIGHT, BLACK).hex(),
            on_dark: dark.until_readable(SHEET_DARK, WHITE).hex(),
        }
    }
}

/// How a colour can be read as text on one of the two sheets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Legibility {
    pub color: String,
    /// In tenths: 45 is the 4.5:1 that is wanted.
    pub contrast_tenths: i64,
    pub is_enough: bool,
    /// The nearest colour that is; the same if it is enough.
    pub nearest: String,
}

impl Legibility {
    /// `4.5:1`
    pub fn ratio(&self) -> String {
        format!("{}.{}:1", self.contrast_tenths / 10, self.contrast_tenths % 10)
    }
}

/// What becomes of a publication's colours on the light and on the dark sheet; `dark` may be empty. None if a colour is not
/// `#rrggbb`.
pub fn judge_accent(color: &str, dark: &str) -> Option<(Legibility, Legibility)> {
    let light = Rgb::parse(color)?;
    let dark = if dark.is_empty() { light } else { Rgb::parse(dark)? };
    let judged = |color: Rgb, ground: Rgb, end: Rgb| {
        let ratio = contrast(color, ground);
        Legibility {
            color: color.hex(),
            // Cut, so that 4.49 does not read as enough.
            contrast_tenths: (ratio * 10.0).floor() as i64,
            is_enough: ratio >= CONTRAST_MIN,
            nearest: color.until_readable(ground, end).hex(),
        }
    };
    Some((judged(light, SHEET_LIGHT, BLACK), judged(dark, SHEET_DARK, WHITE)))
}

impl Rgb {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self(red, green, blue))
    }

    fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// The nearest mixture with `end`, in steps of 2 %, that can be read on `ground`; `end` itself always can.
    fn until_readable(self, ground: Self, end: Self) -> Self {
        (0..=50).map(|step| self.mixed(end, step)).find(|c| contrast(*c, ground) >= CONTRAST_MIN).unwrap_or(end)
    }

    fn mixed(self, end: Self, fiftieths: u32) -> Self {
        let mix = |from: u8, to: u8| ((u32::from(from) * (50 - fiftieths) + u32::from(to) * fiftieths) / 50) as u8;
        Self(mix(self.0, end.0), mix(self.1, end.1), mix(self.2, end.2))
    }

    /// Relative luminance, WCAG 2.2.
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }
}

fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (a.luminance(), b.luminance());
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_colour_becomes_readable_on_both_sheets() {
        for color in ["#ffffff", "#000000", "#ffff00", "#b45309", "#1d4ed8", "#777777"] {
            let accent = Accent::new(color);
            assert_eq!(accent.as_given, color);
            assert!(contrast(Rgb::parse(&accent.on_light).unwrap(), SHEET_LIGHT) >= CONTRAST_MIN, "{color}");
            assert!(contrast(Rgb::parse(&accent.on_dark).unwrap(), SHEET_DARK) >= CONTRAST_MIN, "{color}");
        }
    }

    #[test]
    fn a_colour_that_can_be_read_is_left_as_it_is() {
        assert_eq!(Accent::new("#7c2d12").on_light, "#7c2d12");
    }

    #[test]
    fn a_colour_is_judged_on_both_sheets_and_a_near_one_is_offered() {
        let (light, dark) = judge_accent("#ffee00", "").unwrap();
        assert!(!light.is_enough && dark.is_enough);
        assert_ne!(light.nearest, "#ffee00");
        assert_eq!(judge_accent(&light.nearest, "").unwrap().0.nearest, light.nearest);
        assert_eq!(light.ratio(), "1.0:1");
        assert!(!judge_accent("#b45309", "#000000").unwrap().1.is_enough);
        let ours = crate::publications::PublicationValues::blank("evening".to_owned(), "Evening").accent_color;
        assert!(judge_accent(&ours, "").unwrap().0.is_enough, "what nobody chose can be read");
        assert_eq!(judge_accent("red", ""), None);
        assert_eq!(Accent::of("#7c2d12", "#ffee00").on_dark, "#ffee00");
        assert_eq!(Accent::of("#7c2d12", "url(x)").on_dark, Accent::new("#7c2d12").on_dark);
    }

    #[test]
    fn what_is_no_colour_never_reaches_a_style() {
        for color in ["", "red", "#fff", "#12345g", "#b45309;x:url(//a)", "#\u{e9}\u{e9}\u{e9}"] {
            assert_eq!(Accent::new(color).as_given, "#b45309", "{color}");
        }
    }
}
