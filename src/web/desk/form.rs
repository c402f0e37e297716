//! The parts of the desk's forms: an entry to choose, and a field with its label, hint, value, what is wrong with it, and
//! what somebody else has set meanwhile.
//!
//! The forms of the set-up and of the relays are lists of fields, shown by one template (`desk/setup/fields.html`), so that each mistake has
//! its place and its link in the same manner everywhere.

use crate::publications::rules::Mistake;

/// One entry of a select, or a tick.
pub(in crate::web::desk) struct Choice {
    pub value: String,
    pub name: String,
    pub is_chosen: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, name: impl Into<String>, chosen: &str) -> Self {
        let value = value.into();
        Self { is_chosen: value == chosen, value, name: name.into() }
    }
}

/// How a field is filled in.
#[derive(Clone, Debug)]
pub(in crate::web::desk) enum Kind {
    Text,
    /// Several lines.
    Area,
    Url,
    Time,
    Number {
        min: i64,
        max: i64,
    },
    Color,
    File {
        accept: &'static str,
    },
    Tick,
    /// Value and words, one of which is chosen.
    Choice(Vec<(String, String)>),
    /// Value and words, of which any are chosen; the values are in the field's, with spaces.
    Several(Vec<(String, String)>),
    /// Typed, with names to pick from; `zones` is the list of the page.
    Zone,
    /// Typed, with tags and names to pick from.
    Language(Vec<(&'static str, &'static str)>),
}

#[derive(Clone, Debug)]
pub(in crate::web::desk) struct Field {
    pub id: String,
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub kind: Kind,
    pub value: String,
    pub error: String,
    /// What somebody else has set since the page was opened.
    pub is_now: String,
    pub is_required: bool,
}

pub(in crate::web::desk) fn field(
    name: &'static str,
    label: &'static str,
    kind: Kind,
    value: impl ToString,
    hint: &'static str,
) -> Field {
    Field {
        id: name.to_owned(),
        name,
        label,
        hint,
        kind,
        value: value.to_string(),
        error: String::new(),
        is_now: String::new(),
        is_required: false,
    }
}

impl Field {
    pub(in crate::web::desk) fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// Where a page has several forms with the same field.
    pub(in crate::web::desk) fn within(self, prefix: &str) -> Self {
        Self { id: format!("{prefix}-{}", self.name), ..self }
    }

    pub fn describes(&self) -> String {
        let mut out = Vec::new();
        if !self.hint.is_empty() {
            out.push(format!("{}-hint", self.id));
        }
        if !self.error.is_empty() {
            out.push(format!("{}-error", self.id));
        }
        if !self.is_now.is_empty() {
            out.push(format!("{}-now", self.id));
        }
        out.join(" ")
    }

    pub fn is_on(&self) -> bool {
        self.value == "yes"
    }

    pub fn has(&self, value: &str) -> bool {
        self.value.split(' ').any(|it| it == value)
    }

    /// How the value is told to people: the words of a choice, `yes` and `no` of a tick.
    fn told(&self, value: &str) -> String {
        match &self.kind {
            Kind::Choice(list) => {
                list.iter().find(|(it, _)| it == value).map_or(value, |(_, words)| words.as_str()).to_owned()
            }
            Kind::Several(list) => {
                let chosen = list.iter().filter(|(it, _)| value.split(' ').any(|v| v == it));
                chosen.map(|(_, words)| words.as_str()).collect::<Vec<_>>().join(", ")
            }
            Kind::Tick if value != "yes" => "no".to_owned(),
            _ if value.is_empty() => "empty".to_owned(),
            _ => value.to_owned(),
        }
    }
}

/// The fields with what is wrong with them; what belongs to none of them is on the list alone.
pub(in crate::web::desk) fn mark(fields: &mut [Field], mistakes: &[Mistake]) -> Vec<Wrong> {
    let mut out = Vec::new();
    for it in mistakes {
        match fields.iter_mut().find(|field| field.name == it.field) {
            Some(field) => {
                let text = sentence(field.label, &it.message);
                field.error.clone_from(&text);
                out.push(Wrong { id: field.id.clone(), text });
            }
            None => out.push(Wrong { id: String::new(), text: sentence(&it.field.replace('_', " "), &it.message) }),
        }
    }
    out
}

/// The fields with what is set now, where that is not what was typed.
pub(in crate::web::desk) fn compare(fields: &mut [Field], now: &[Field]) {
    for field in fields {
        let other = now.iter().find(|it| it.name == field.name && it.value != field.value);
        if let Some(other) = other {
            field.is_now = field.told(&other.value);
        }
    }
}

/// One line of the summary; `id` is empty where there is no field to link to.
#[derive(Clone, Debug)]
pub(in crate::web::desk) struct Wrong {
    pub id: String,
    pub text: String,
}

fn sentence(label: &str, message: &str) -> String {
    let end = if message.ends_with(['.', '?']) { "" } else { "." };
    format!("{label} {message}{end}")
}

/// The names of all zones, for the field that takes one.
pub(in crate::web::desk) fn zones() -> Vec<&'static str> {
    chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect()
}

/// The zone that is meant: by its own name in any letters, or by its city (`berlin`, `New York`, `Paris, France`). What is
/// none stays as it was typed, and the rule says so.
pub(in crate::web::desk) fn zone_of(typed: &str) -> String {
    let text = typed.trim();
    let place = text.split(',').next().unwrap_or(text).trim().replace(' ', "_");
    let is_city = |name: &&&'static str| name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&place));
    let all = zones();
    let exact = all.iter().find(|name| name.eq_ignore_ascii_case(text));
    // Of a city with an old name beside the new one, the shorter one is the usual.
    let found = exact.or_else(|| all.iter().filter(is_city).min_by_key(|name| name.len()));
    found.map_or_else(|| typed.to_owned(), |name| (*name).to_owned())
}

/// Languages to pick from; others are typed by their tag.
pub(in crate::web::desk) fn languages() -> Vec<(&'static str, &'static str)> {
    LANGUAGES.to_vec()
}

const LANGUAGES: [(&str, &str); 32] = [
    ("ar", "Arabic"),
    ("bg", "Bulgarian"),
    ("cs", "Czech"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("en", "English"),
    ("en-GB", "English (United Kingdom)"),
    ("en-US", "English (United States)"),
    ("es", "Spanish"),
    ("et", "Estonian"),
    ("fi", "Finnish"),
    ("fr", "French"),
    ("he", "Hebrew"),
    ("hr", "Croatian"),
    ("hu", "Hungarian"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("lt", "Lithuanian"),
    ("lv", "Latvian"),
    ("nb", "Norwegian"),
    ("nl", "Dutch"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("pt-BR", "Portuguese (Brazil)"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("sk", "Slovak"),
    ("sv", "Swedish"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("zh", "Chinese"),
];

/// The tag of a language that was typed by its name; what is none of ours stays as it was typed.
pub(in crate::web::desk) fn language_of(typed: &str) -> String {
    let text = typed.trim();
    let is_it = |(tag, name): &&(&str, &str)| tag.eq_ignore_ascii_case(text) || name.eq_ignore_ascii_case(text);
    LANGUAGES.iter().find(is_it).map_or_else(|| typed.to_owned(), |(tag, _)| (*tag).to_owned())
}

/// What a tag is the language of; one that is none of ours stays.
pub(in crate::web::desk) fn language_name(tag: &str) -> String {
    let found = LANGUAGES.iter().find(|(it, _)| it.eq_ignore_ascii_case(tag));
    found.map_or_else(|| tag.to_owned(), |(_, name)| (*name).to_owned())
}

/// An address as it is typed into a browser: without a scheme it is a site of the web.
pub(in crate::web::desk) fn web_address(typed: &str) -> String {
    let text = typed.trim();
    let host = text.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let is_bare = !text.contains("://") && host.contains('.') && !text.contains(char::is_whitespace);
    if is_bare { format!("https://{text}") } else { typed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_told_at_its_field_and_in_the_summary() {
        let mut fields = vec![field("name", "Name", Kind::Text, "", "").within("s1")];
        let wrong = mark(&mut fields, &[Mistake::new("name", "is empty"), Mistake::new("logo_file", "is damaged")]);
        assert_eq!(fields[0].error, "Name is empty.");
        assert_eq!((wrong[0].id.as_str(), wrong[1].text.as_str()), ("s1-name", "logo file is damaged."));
    }

    #[test]
    fn a_city_leads_to_its_zone_and_a_language_to_its_tag() {
        for (typed, zone) in [
            ("Berlin", "Europe/Berlin"),
            ("new york", "America/New_York"),
            (" Paris, France ", "Europe/Paris"),
            ("europe/berlin", "Europe/Berlin"),
            ("utc", "UTC"),
            ("Louisville", "America/Louisville"),
            ("Japan", "Japan"),
            ("Exampleton", "Exampleton"),
            ("", ""),
        ] {
            assert_eq!(zone_of(typed), zone, "{typed}");
        }
        assert_eq!(
            (language_of("german"), language_of("pt-br"), language_of("sw")),
            ("de".into(), "pt-BR".into(), "sw".into())
        );
        assert_eq!(zones().len(), chrono_tz::TZ_VARIANTS.len());
    }

    #[test]
    fn an_address_without_a_scheme_is_one_of_the_web() {
        for (typed, told) in [
            ("news.example", "https://news.example"),
            (" news.example/city ", "https://news.example/city"),
            ("news.example:8443/x", "https://news.example:8443/x"),
            ("http://news.example", "http://news.example"),
            ("javascript:alert(1)", "javascript:alert(1)"),
            ("data:text/html,a.b", "data:text/html,a.b"),
            ("our site", "our site"),
            ("", ""),
        ] {
            assert_eq!(web_address(typed), told, "{typed}");
        }
    }

    #[test]
    fn what_somebody_else_chose_is_told_in_words() {
        let choice =
            || Kind::Choice(vec![("auto".into(), "by itself".into()), ("manual".into(), "by a person".into())]);
        let mut typed = vec![field("approval", "Approval", choice(), "auto", "")];
        compare(&mut typed, &[field("approval", "Approval", choice(), "manual", "")]);
        assert_eq!(typed[0].is_now, "by a person");
    }
}
