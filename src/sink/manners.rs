//! How the server treats everybody, whatever their addresses. Pure.

use super::behaviour::While;
use super::behaviour::{Deed, Step};

/// How the server treats every connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Manners {
    /// By the address alone.
    #[default]
    Normal,
    /// Closes each connection before the banner.
    RefuseConnections,
    /// `421` instead of the banner.
    BusyAtBanner,
    /// `535` to every AUTH.
    RefuseLogins,
    /// `550` to every MAIL FROM.
    RefuseSenders,
    /// This at every such step.
    At(Step, Deed),
}

impl Manners {
    /// Reads `STEP-DEED`, as in an address: `banner-421`, `ehlo-silent`, `mail-multiline-550`, `dot-slow-200`.
    pub fn parse(text: &str) -> Option<Self> {
        let (step, deed) = text.split_once('-')?;
        match Deed::timed(deed)? {
            (deed, While::Always) => Some(Self::At(Step::named(step)?, deed)),
            _ => None,
        }
    }

    pub(super) fn deed_at(self, step: Step) -> Option<Deed> {
        match self {
            Self::At(at, deed) if at == step => Some(deed),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::behaviour::Tone;
    use super::*;

    #[test]
    fn the_whole_server_is_told_in_the_words_of_an_address() {
        let busy = Deed::Refuse { code: 421, tone: Tone::Plain };
        assert_eq!(Manners::parse("banner-421"), Some(Manners::At(Step::Banner, busy)));
        assert_eq!(Manners::parse("ehlo-silent"), Some(Manners::At(Step::Ehlo, Deed::Silence)));
        for wrong in ["", "banner", "noon-421", "dot-250", "dot-451-2"] {
            assert_eq!(Manners::parse(wrong), None, "{wrong}");
        }
    }
}
