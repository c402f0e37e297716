//! The fields of the set-up's forms: label, hint, value, what is wrong with it, what somebody else has set meanwhile.
//!
//! Every form of these pages is a list of them, shown by one template (`desk/setup/fields.html`), so that each mistake has
//! its place and its link in the same manner everywhere.

use crate::publications::rules::Mistake;

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
    chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| name.contains('/') || *name == "UTC").collect()
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
    fn what_somebody_else_chose_is_told_in_words() {
        let choice =
            || Kind::Choice(vec![("auto".into(), "by itself".into()), ("manual".into(), "by a person".into())]);
        let mut typed = vec![field("approval", "Approval", choice(), "auto", "")];
        compare(&mut typed, &[field("approval", "Approval", choice(), "manual", "")]);
        assert_eq!(typed[0].is_now, "by a person");
    }
}
