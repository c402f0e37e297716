//! Whose list it is, and what its columns mean.
//!
//! The exports of listmonk, Mailchimp, Ghost, Substack and Buttondown and our own are recognised by the names of their
//! columns, and each is read with its own words for a person's status: what `active_subscription` says at Substack (they
//! pay) has nothing to do with being mailed. Any other list is read by common names; without one for the address the
//! first column is taken. `--map` overrules it all. What a column has no place for here is left out, and said so.
//! Held to it by the tests below and the sample files of `tests/it/subscribers/lists/`.

use crate::db::text_enum;
use crate::subscribers::own_csv;

text_enum! {
    pub enum Format {
        Lamplighter = "lamplighter",
        Listmonk = "listmonk",
        Mailchimp = "mailchimp",
        Ghost = "ghost",
        Substack = "substack",
        Buttondown = "buttondown",
        Other = "other",
    }
}

text_enum! {
    /// What a column of a list is taken for.
    pub enum Field {
        Email = "email",
        /// A word of the service's.
        Status = "status",
        Language = "language",
        TimeZone = "time_zone",
        Hour = "hour",
        Sections = "sections",
        SubscribedAt = "subscribed_at",
        /// Not empty: they left.
        LeftAt = "left_at",
        /// With `left_at`: why.
        LeftWhy = "left_why",
        /// Not empty: the mailbox refused.
        BouncedAt = "bounced_at",
        /// No means that they left.
        WantsMail = "wants_mail",
        /// Yes means that they left.
        MailDisabled = "mail_disabled",
        Ignore = "ignore",
    }
}

/// Columns that together belong to one service alone, in the order in which they are looked for.
const SIGNS: &[(Format, &[&str])] = &[
    (Format::Mailchimp, &["emailaddress", "leid", "euid"]),
    (Format::Ghost, &["email", "subscribedtoemails", "complimentaryplan"]),
    (Format::Substack, &["email", "activesubscription", "emaildisabled"]),
    (Format::Substack, &["email", "activesubscription", "expiry"]),
    (Format::Listmonk, &["uuid", "email", "attributes", "status"]),
    (Format::Buttondown, &["email", "subscribertype", "creationdate"]),
    (Format::Buttondown, &["emailaddress", "type", "creationdate"]),
    (Format::Buttondown, &["email", "type", "creationdate"]),
];

/// Names of columns by service; the first that is there is taken for the field.
const fn names(format: Format) -> &'static [(Field, &'static [&'static str])] {
    match format {
        Format::Lamplighter => &[(Field::Email, &["email"])],
        Format::Listmonk => {
            &[(Field::Email, &["email"]), (Field::Status, &["status"]), (Field::SubscribedAt, &["createdat"])]
        }
        Format::Mailchimp => &[
            (Field::Email, &["emailaddress"]),
            (Field::SubscribedAt, &["confirmtime", "optintime"]),
            (Field::TimeZone, &["timezone"]),
            (Field::Language, &["language", "mclanguage"]),
            (Field::Sections, &["tags"]),
            (Field::LeftAt, &["unsubtime"]),
            (Field::LeftWhy, &["unsubreason"]),
            (Field::BouncedAt, &["cleantime"]),
        ],
        Format::Ghost => &[
            (Field::Email, &["email"]),
            (Field::WantsMail, &["subscribedtoemails"]),
            (Field::LeftAt, &["deletedat"]),
            (Field::SubscribedAt, &["createdat"]),
            (Field::Sections, &["labels"]),
        ],
        Format::Substack => &[
            (Field::Email, &["email"]),
            (Field::MailDisabled, &["emaildisabled"]),
            (Field::SubscribedAt, &["createdat"]),
        ],
        Format::Buttondown => &[
            (Field::Email, &["email", "emailaddress"]),
            (Field::Status, &["subscribertype", "type"]),
            (Field::SubscribedAt, &["creationdate"]),
            (Field::Sections, &["tags"]),
        ],
        Format::Other => &[
            (Field::Email, &["email", "emailaddress", "mail", "subscriberemail", "address"]),
            (Field::Status, &["status", "state", "subscriptionstatus", "subscribed", "type"]),
            (Field::WantsMail, &["subscribedtoemails"]),
            (Field::MailDisabled, &["emaildisabled"]),
            (Field::Language, &["language", "lang", "locale"]),
            (Field::TimeZone, &["timezone", "tz"]),
            (Field::Hour, &["hour"]),
            (Field::Sections, &["sections", "tags", "topics", "segments"]),
            (Field::SubscribedAt, &["subscribedat", "createdat", "signupdate", "optintime", "confirmtime"]),
            (Field::LeftAt, &["unsubscribedat", "unsubtime"]),
            (Field::BouncedAt, &["bouncedat", "cleantime"]),
        ],
    }
}

/// A column of the list and what it is taken for.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ColumnUse {
    pub column: String,
    pub field: Field,
}

/// What was recognised.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Layout {
    pub format: Format,
    /// In the order of the list.
    pub columns: Vec<ColumnUse>,
}

/// Names of columns are a stranger's words: no escape sequence of theirs reaches a terminal.
fn harmless(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).collect()
}

fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

impl Layout {
    /// `overrules` name columns as the list writes them.
    ///
    /// # Errors
    /// The name of a column that the list does not have.
    pub(super) fn of(header: &[String], overrules: &[(String, Field)]) -> Result<Self, String> {
        let folded_names: Vec<String> = header.iter().map(|name| folded(name)).collect();
        let has = |name: &&str| folded_names.iter().any(|it| it == name);
        let format = if own_csv::is_header(header) {
            Format::Lamplighter
        } else {
            let sign = SIGNS.iter().find(|(_, signs)| signs.iter().all(has));
            sign.map_or(Format::Other, |(format, _)| *format)
        };
        let mut fields = vec![Field::Ignore; header.len()];
        let mut take = |at: usize, field: Field| {
            if let Some(place) = fields.get_mut(at) {
                *place = field;
            }
        };
        for (field, names) in names(format) {
            if let Some(at) = names.iter().find_map(|name| folded_names.iter().position(|it| it == name)) {
                take(at, *field);
            }
        }
        for (column, field) in overrules {
            let at = header
                .iter()
                .position(|name| name.trim() == column.trim())
                .or_else(|| folded_names.iter().position(|name| !name.is_empty() && *name == folded(column)))
                .ok_or_else(|| column.clone())?;
            // A field has one column.
            for place in fields.iter_mut().filter(|it| **it == *field && *field != Field::Ignore) {
                *place = Field::Ignore;
            }
            if let Some(place) = fields.get_mut(at) {
                *place = *field;
            }
        }
        if !fields.contains(&Field::Email)
            && let Some(first) = fields.first_mut()
        {
            *first = Field::Email;
        }
        let columns =
            header.iter().zip(fields).map(|(name, field)| ColumnUse { column: name.clone(), field }).collect();
        Ok(Self { format, columns })
    }

    pub(super) fn place(&self, field: Field) -> Option<usize> {
        self.columns.iter().position(|it| it.field == field)
    }

    /// Columns that are no field of ours, and whose name says that somebody must not be mailed.
    pub(super) fn objections(&self) -> Vec<(usize, Says)> {
        let columns = self.columns.iter().enumerate().filter(|(_, it)| it.field == Field::Ignore);
        columns.filter_map(|(at, it)| Some((at, objection(&it.column)?))).collect()
    }

    /// What the address and the others are read from, for people.
    pub fn describe(&self) -> String {
        let used: Vec<String> = self
            .columns
            .iter()
            .filter(|it| it.field != Field::Ignore)
            .map(|it| format!("{} = {}", it.column, it.field))
            .collect();
        let objections = self.objections();
        let said: Vec<String> = objections
            .iter()
            .filter_map(|(at, _)| Some(format!("{} = says no", self.columns.get(*at)?.column)))
            .collect();
        let used: Vec<String> = used.into_iter().chain(said).collect();
        let ignored: Vec<&str> = self
            .columns
            .iter()
            .enumerate()
            .filter(|(at, it)| it.field == Field::Ignore && objections.iter().all(|(no, _)| no != at))
            .map(|(_, it)| it.column.as_str())
            .collect();
        let ignored = match ignored.as_slice() {
            [] => "every column is read".to_owned(),
            names => format!("left out: {}", names.join(", ")),
        };
        let service = match self.format {
            Format::Other => "a list of no service that is known by its columns".to_owned(),
            Format::Lamplighter => return "an export of Lamplighter: every column is read".to_owned(),
            known => format!("an export of {known}"),
        };
        harmless(&format!("{service}: {}; {ignored}", used.join(", ")))
    }
}

/// What a column of this name says of those for whom it holds yes; None for most.
fn objection(name: &str) -> Option<Says> {
    match folded(name).as_str() {
        "unsubscribed" | "unsubscribe" | "optedout" | "optout" | "donotmail" | "donotemail" | "blocked" => {
            Some(Says::Left)
        }
        "bounced" | "bounce" | "hardbounced" | "hardbounce" | "cleaned" => Some(Says::Bounced),
        "complained" | "complaint" | "spamcomplaint" | "abuse" => Some(Says::Complained),
        _ => None,
    }
}

/// Whether a column of this name, which is no field of ours, keeps people out for whom it says yes.
pub fn column_keeps_out(name: &str) -> bool {
    objection(name).is_some()
}

/// What a list says of a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Says {
    Yes,
    Left,
    Bounced,
    Complained,
    Unconfirmed,
}

/// What a service's word for a status means; `None` for a word that we do not know.
pub(super) fn status(format: Format, word: &str) -> Option<Says> {
    let word = folded(word);
    Some(match (format, word.as_str()) {
        (_, "unsubscribed" | "unsubscribe" | "removed" | "disabled" | "left" | "inactive" | "no" | "false" | "0") => {
            Says::Left
        }
        (_, "blocklisted" | "blacklisted" | "blocked" | "suppressed" | "deleted" | "archived") => Says::Left,
        (_, "bounced" | "cleaned" | "undeliverable" | "malformed" | "invalid" | "hardbounce") => Says::Bounced,
        (_, "complained" | "complaint" | "spammy" | "spam" | "abuse") => Says::Complained,
        (_, "unactivated" | "unconfirmed" | "pending" | "unpaid" | "nonsubscribed" | "transactional") => {
            Says::Unconfirmed
        }
        (Format::Listmonk, "enabled") => Says::Yes,
        (
            Format::Buttondown,
            "regular" | "premium" | "gifted" | "trialed" | "paused" | "churning" | "churned" | "pastdue",
        ) => Says::Yes,
        (
            Format::Other,
            "" | "active" | "enabled" | "subscribed" | "confirmed" | "free" | "paid" | "comped" | "complimentary"
            | "premium" | "regular" | "yes" | "true" | "1",
        ) => Says::Yes,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(header: &str) -> Layout {
        Layout::of(&header.split(',').map(str::to_owned).collect::<Vec<_>>(), &[]).unwrap()
    }

    #[test]
    fn each_service_is_recognised_by_the_columns_of_its_export() {
        for (header, format) in [
            ("uuid,email,name,attributes,status,created_at,updated_at", Format::Listmonk),
            (
                "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,TIMEZONE,LEID,EUID,TAGS",
                Format::Mailchimp,
            ),
            (
                "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers",
                Format::Ghost,
            ),
            ("email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at", Format::Substack),
            ("email,notes,tags,subscriber_type,creation_date", Format::Buttondown),
            ("name,email", Format::Other),
        ] {
            assert_eq!(layout(header).format, format, "{header}");
        }
        assert_eq!(Layout::of(&own_csv::header(), &[]).unwrap().format, Format::Lamplighter);
    }

    #[test]
    fn the_address_is_found_by_the_names_that_lists_give_it_and_else_taken_from_the_first_column() {
        assert_eq!(layout("name,E-Mail").place(Field::Email), Some(1));
        assert_eq!(layout("who,where").place(Field::Email), Some(0));
    }

    #[test]
    fn a_column_is_taken_for_what_the_operator_says() {
        let header: Vec<String> = ["email", "Mail 2", "kind"].map(str::to_owned).to_vec();
        let it =
            Layout::of(&header, &[("Mail 2".to_owned(), Field::Email), ("KIND".to_owned(), Field::Status)]).unwrap();
        assert_eq!((it.place(Field::Email), it.place(Field::Status)), (Some(1), Some(2)));
        assert_eq!(Layout::of(&header, &[("where".to_owned(), Field::Email)]), Err("where".to_owned()));
    }

    #[test]
    fn a_word_of_another_service_is_not_guessed_at() {
        assert_eq!(status(Format::Listmonk, "enabled"), Some(Says::Yes));
        assert_eq!(status(Format::Listmonk, "premium"), None);
        assert_eq!(status(Format::Buttondown, "unactivated"), Some(Says::Unconfirmed));
        assert_eq!(status(Format::Other, "somewhat"), None);
    }

    #[test]
    fn a_column_whose_name_says_no_is_heard_in_any_list_and_what_is_left_out_is_named() {
        let it = layout("email,unsubscribed,bounced,shoe size");
        assert_eq!(it.objections(), [(1, Says::Left), (2, Says::Bounced)]);
        let said = it.describe();
        assert!(said.contains("unsubscribed = says no") && said.ends_with("left out: shoe size"), "{said}");
        assert!(!layout("email,\u{1b}[31mred").describe().contains('\u{1b}'));
    }
}
