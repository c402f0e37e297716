//! What the service says to readers, in their language: pages and single mails. (An edition speaks the language of its
//! publication: `editions::phrases`.)
//!
//! The texts stand in `src/words/{language}/{area}.ftl` (Project Fluent's format, with its plurals). It promises: a text that
//! a language lacks is said in English, and one that English lacks shows its key, so that nobody meets an empty page; a
//! test lists both. It escapes nothing: templates do.

mod language;

pub use language::Language;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::borrow::{Borrow, Cow};
use std::fmt::Display;
use std::sync::LazyLock;

/// Everything one language says.
type Bundle = FluentBundle<FluentResource>;

macro_rules! texts {
    ($($area:literal),* $(,)?) => {
        /// The texts of a language, by area.
        const fn texts(language: Language) -> &'static [&'static str] {
            match language {
                Language::En => &[$(include_str!(concat!("en/", $area, ".ftl"))),*],
                Language::De => &[$(include_str!(concat!("de/", $area, ".ftl"))),*],
                Language::Fr => &[$(include_str!(concat!("fr/", $area, ".ftl"))),*],
                Language::Es => &[$(include_str!(concat!("es/", $area, ".ftl"))),*],
                Language::Ru => &[$(include_str!(concat!("ru/", $area, ".ftl"))),*],
            }
        }
    };
}
texts!("frame", "joining", "leaving", "mails", "privacy");

static BUNDLES: LazyLock<Vec<Bundle>> = LazyLock::new(|| Language::ALL.iter().map(|it| bundle(*it)).collect());

fn bundle(language: Language) -> Bundle {
    let mut bundle = FluentBundle::new_concurrent(vec![language.tag()]);
    // The marks around a value would be read aloud, copied, and shown by some mail programs.
    bundle.set_use_isolating(false);
    for text in texts(language) {
        // A line that does not read is left out; a test finds it.
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(rest, _)| rest);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// One language's voice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Words(pub Language);

impl Words {
    /// A fixed text.
    pub fn say(self, key: &str) -> Cow<'static, str> {
        self.find(key, None).unwrap_or_else(|| Cow::Owned(key.to_owned()))
    }

    /// A fixed text, if English or this language has it.
    pub fn known(self, key: &str) -> Option<Cow<'static, str>> {
        self.find(key, None)
    }

    /// A text with one `{ $name }` in it.
    pub fn of(self, key: &str, name: impl Display) -> Cow<'static, str> {
        self.fill(key, &[("name", &name)])
    }

    /// A text with a number `{ $n }`, which chooses its plural.
    pub fn count(self, key: &str, n: impl Borrow<i64>) -> Cow<'static, str> {
        let mut args = FluentArgs::new();
        args.set("n", FluentValue::from(*n.borrow()));
        self.find(key, Some(&args)).unwrap_or_else(|| Cow::Owned(key.to_owned()))
    }

    /// A text with several values.
    pub fn fill(self, key: &str, values: &[(&'static str, &dyn Display)]) -> Cow<'static, str> {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, FluentValue::from(value.to_string()));
        }
        self.find(key, Some(&args)).unwrap_or_else(|| Cow::Owned(key.to_owned()))
    }

    fn find(self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<Cow<'static, str>> {
        [self.0, Language::En].into_iter().find_map(|language| {
            let bundle = BUNDLES.get(language as usize)?;
            let pattern = bundle.get_message(key)?.value()?;
            let said = bundle.format_pattern(pattern, args, &mut Vec::new());
            Some(Cow::Owned(said.into_owned()))
        })
    }
}

#[cfg(test)]
mod tests;
