//! Who wrote an article, from bylines in all their shapes.
//!
//! It promises names and nothing else: "By", mail addresses, handles, roles and places off; several told apart; names of
//! staffs and agencies kept; capitals and small letters set right where a name is written in one of them only. Held to it
//! by the table below.

/// Names of one article.
const AUTHORS_MAX: usize = 32;
/// A longer line is a sentence about somebody.
const NAME_CHARS_MAX: usize = 80;
const NAME_WORDS_MAX: usize = 8;

const LEAD_INS: &[&str] = &[
    "by ",
    "by: ",
    "by:",
    "written by ",
    "posted by ",
    "story by ",
    "words by ",
    "text by ",
    "report by ",
    "reported by ",
    "author: ",
    "author ",
    "authors: ",
    "von ",
    "par ",
    "por ",
    "text: ",
    "autor: ",
    "autore: ",
    "auteur: ",
    "di: ",
    "\u{430}\u{432}\u{442}\u{43e}\u{440}: ",
    "\u{442}\u{435}\u{43a}\u{441}\u{442}: ",
];

/// The last word of what somebody is.
const ROLES: &[&str] = &[
    "reporter",
    "reporters",
    "correspondent",
    "editor",
    "editors",
    "writer",
    "writers",
    "columnist",
    "contributor",
    "producer",
    "journalist",
    "anchor",
    "photographer",
    "analyst",
    "critic",
    "fellow",
    "professor",
    "blogger",
    "intern",
    "chief",
    "host",
    "presenter",
    "redakteur",
    "redakteurin",
    "korrespondent",
    "korrespondentin",
    "journaliste",
    "redactor",
    "redactora",
    "columnista",
    "periodista",
    "giornalista",
];

/// Words of names that are no person's.
const STAFF: &[&str] = &[
    "staff",
    "desk",
    "team",
    "agencies",
    "news",
    "newsroom",
    "press",
    "editors",
    "reporters",
    "service",
    "agency",
    "bureau",
    "board",
    "features",
    "media",
    "wire",
    "wires",
    "redaktion",
    "redacci\u{f3}n",
    "r\u{e9}daction",
    "sports",
    "times",
    "post",
];

/// What programs write where nobody is named.
const NOBODY: &[&str] = &[
    "admin",
    "administrator",
    "webmaster",
    "wordpress",
    "root",
    "user",
    "author",
    "unknown",
    "null",
    "undefined",
    "none",
    "n/a",
    "anonymous",
    "guest",
    "super user",
    "superuser",
    "nan",
    "default",
    "by",
    "\u{433}\u{43e}\u{441}\u{442}\u{44c}",
    "redakcja",
    "editor",
    "contributor",
];

pub(super) fn tidy(lines: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for name in lines.iter().flat_map(|line| names(line)) {
        if out.len() < AUTHORS_MAX && !out.iter().any(|known| known.to_lowercase() == name.to_lowercase()) {
            out.push(name);
        }
    }
    out
}

fn names(line: &str) -> Vec<String> {
    let line = line.trim();
    if line.starts_with("http") || line.contains("://") || line.chars().count() > NAME_CHARS_MAX * 4 {
        return Vec::new();
    }
    let line = without_brackets(&without_addresses(line));
    let line = without_lead_in(&line);
    let parts = line.split([';', '|', '\u{2022}', '\u{b7}', '\n']).flat_map(split_at_and);
    let parts = parts.flat_map(|part| split_at_commas(&part)).collect::<Vec<_>>();
    let is_alone = parts.len() == 1;
    parts.iter().enumerate().filter_map(|(at, part)| name(part, at == 0 && is_alone)).collect()
}

/// `anna@news.example (Anna Ray)` and `Anna Ray <anna@news.example>` are Anna Ray.
fn without_addresses(line: &str) -> String {
    if let Some((before, after)) = line.split_once('(')
        && before.contains('@')
    {
        return after.trim_end().trim_end_matches(')').to_owned();
    }
    let words = line.split_whitespace().filter(|word| !word.contains('@'));
    words.collect::<Vec<_>>().join(" ")
}

/// "Anna Ray (with Ben Ode and Cy Lee)", "Anna Ray (Berlin)"
fn without_brackets(line: &str) -> String {
    match line.split_once('(').and_then(|(before, rest)| Some((before, rest.split_once(')')?.1))) {
        Some((before, after)) if before.trim().contains(' ') => format!("{before}{after}"),
        _ => line.to_owned(),
    }
}

fn without_lead_in(line: &str) -> &str {
    let mut line = line.trim();
    for _ in 0..2 {
        let lead = LEAD_INS.iter().find(|lead| {
            let begins = line.get(..lead.len()).is_some_and(|head| head.to_lowercase() == **lead);
            begins
                && line.get(lead.len()..).is_some_and(|rest| rest.trim_start().starts_with(|c: char| c.is_alphabetic()))
        });
        let Some(lead) = lead else { break };
        line = line.get(lead.len()..).unwrap_or_default().trim();
    }
    // "Analysis by Anna Ray"
    match line.split_once(" by ") {
        Some((what, who)) if !what.trim().contains(' ') && who.starts_with(char::is_uppercase) => who,
        _ => line,
    }
}

fn split_at_and(part: &str) -> Vec<String> {
    let mut parts = vec![part.trim().to_owned()];
    for and in [" and ", " & ", " und ", " et ", " y ", " e ", " \u{438} ", " \u{442}\u{430} ", " with ", " AND "] {
        parts = parts
            .iter()
            .flat_map(|part| {
                let sides: Vec<&str> = part.split(and).map(str::trim).filter(|it| !it.is_empty()).collect();
                // "Staff and agencies", "News and Features Desk" are one; a first name alone shares the last one's.
                let is_one = sides.iter().any(|side| {
                    let last = side.rsplit(' ').next().unwrap_or_default().to_lowercase();
                    !side.contains(' ')
                        && (STAFF.contains(&last.as_str()) || is_role(side) || !matches!(and, " and " | " AND "))
                });
                let ends_in_staff =
                    sides.last().is_some_and(|side| is_staff(side)) && sides.iter().any(|it| !it.contains(' '));
                if is_one || ends_in_staff {
                    vec![part.clone()]
                } else {
                    sides.into_iter().map(str::to_owned).collect()
                }
            })
            .collect();
    }
    parts
}

/// At commas where each part has two words or more; what follows a comma otherwise is a role, a place or a title.
fn split_at_commas(part: &str) -> Vec<String> {
    let parts: Vec<&str> =
        part.split([',', '\u{60c}', '\u{3001}']).map(str::trim).filter(|it| !it.is_empty()).collect();
    let Some((first, rest)) = parts.split_first() else { return Vec::new() };
    let others: Vec<&str> = rest.iter().copied().filter(|it| !is_role(it)).collect();
    let is_list = first.contains(' ') && others.iter().all(|it| it.contains(' ') || is_known_short(it));
    if is_list {
        return std::iter::once(*first).chain(others).map(str::to_owned).collect();
    }
    if others.is_empty() || others.len() < rest.len() || first.contains(' ') {
        // "Anna Ray, Berlin", "Anna Ray, MD"
        return vec![(*first).to_owned()];
    }
    vec![parts.join(", ")]
}

/// Agencies and stations that sign with letters; other letters behind a name are degrees.
const LETTERS: &[&str] = &[
    "AP", "AFP", "TASS", "BBC", "CNN", "PTI", "ANI", "IANS", "UPI", "EFE", "ANSA", "DPA", "DW", "RFE/RL", "VOA", "NPR",
    "EPA", "APA", "STT", "NTB", "TT", "KYODO", "XINHUA", "REUTERS", "BELTA", "PAP", "CTK", "MTI",
];

fn is_known_short(name: &str) -> bool {
    LETTERS.contains(&name.to_uppercase().as_str())
}

fn is_role(part: &str) -> bool {
    let lower = part.to_lowercase();
    let words: Vec<&str> = lower.split([' ', '-', '/']).filter(|it| !it.is_empty()).collect();
    let has_place = words.iter().position(|it| matches!(*it, "at" | "for" | "of" | "in"));
    let what = words.get(..has_place.unwrap_or(words.len())).unwrap_or_default();
    what.last().is_some_and(|word| ROLES.contains(word)) && !lower.starts_with("the ")
}

fn is_staff(name: &str) -> bool {
    name.to_lowercase().split(' ').any(|word| STAFF.contains(&word))
}

fn name(part: &str, is_alone: bool) -> Option<String> {
    let mut name = without_lead_in(part);
    if let Some((before, _)) = name.split_once(['(', '[', '<']) {
        name = before;
    }
    for dash in [" - ", " \u{2013} ", " \u{2014} ", " / "] {
        if let Some((before, after)) = name.split_once(dash)
            && (is_role(after) || before.contains(' '))
        {
            name = before;
        }
    }
    // "Anna Ray in Kyiv", "Anna Ray for The News"
    for joint in [" in ", " for ", " at "] {
        if let Some((before, after)) = name.split_once(joint)
            && before.contains(' ')
            && after.starts_with(char::is_uppercase)
        {
            name = before;
        }
    }
    let name = name.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | ':' | '-' | '\u{2013}' | '\u{2014}' | '*' | '"' | '/' | '|')
    });
    let name = if name.ends_with('.') && !name.contains(' ') { name.trim_end_matches('.') } else { name };
    let name = without_day(name);
    let lower = name.to_lowercase();
    let is_date = name.chars().any(|c| c.is_ascii_digit()) && name.split(' ').count() > 1;
    let is_nobody = is_date || NOBODY.contains(&lower.as_str()) || !name.chars().any(char::is_alphabetic);
    let is_too_long = name.chars().count() > NAME_CHARS_MAX || name.split(' ').count() > NAME_WORDS_MAX;
    let is_role = is_role(name) && (!is_alone || is_plain_role(&lower));
    (!is_nobody && !is_too_long && !is_role).then(|| display(name))
}

/// "Anna Ray Monday": what stood behind the name was the date.
fn without_day(name: &str) -> &str {
    const DAYS: &[&str] = &[
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "Published",
        "Updated",
        "Posted",
    ];
    match name.rsplit_once(' ') {
        Some((before, day)) if DAYS.contains(&day) && before.contains(' ') => before,
        _ => name,
    }
}

/// "Staff Writer" and "Senior political correspondent" name nobody; "Times Editors" does.
fn is_plain_role(lower: &str) -> bool {
    let mut words = lower.split(' ').rev();
    words.next().is_some_and(|word| ROLES.contains(&word) && !word.ends_with("s"))
}

/// `ANNA RAY` and `anna ray` are Anna Ray; letters of agencies stay.
fn display(name: &str) -> String {
    let letters = || name.chars().filter(|c| c.is_alphabetic());
    let is_shouted = letters().all(char::is_uppercase);
    let is_whispered = letters().all(char::is_lowercase);
    let has_vowel = |word: &str| word.chars().any(|c| "aeiouyAEIOUY".contains(c) || !c.is_ascii());
    let words: Vec<&str> = name.split(' ').collect();
    let is_persons = words.len() >= 2 && !is_staff(name) && words.iter().all(|word| has_vowel(word) || word.len() <= 2);
    if !(is_shouted || is_whispered)
        || !is_persons
        || !letters().all(|c| c.is_ascii() || c.is_uppercase() || c.is_lowercase())
    {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len());
    let mut at_begin = true;
    for c in name.chars() {
        if at_begin {
            out.extend(c.to_uppercase())
        } else {
            out.extend(c.to_lowercase())
        }
        at_begin = !c.is_alphanumeric();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byline_is_names_and_nothing_else() {
        for (lines, wanted) in [
            (&["By Anna Ray and Ben Ode"] as &[&str], &["Anna Ray", "Ben Ode"] as &[&str]),
            (&["Anna Ray, Ben Ode and Cy Lee"], &["Anna Ray", "Ben Ode", "Cy Lee"]),
            (&["by Anna Ray, Staff Writer"], &["Anna Ray"]),
            (&["Anna Ray | Senior political correspondent"], &["Anna Ray"]),
            (&["Anna Ray in Kyiv and Ben Ode in London"], &["Anna Ray", "Ben Ode"]),
            (&["Anna Ray, AP"], &["Anna Ray", "AP"]),
            (&["Anna Ray (anna@news.example)"], &["Anna Ray"]),
            (&["anna@news.example (Anna Ray)"], &["Anna Ray"]),
            (&["Anna Ray @annaray"], &["Anna Ray"]),
            (&["noreply@news.example"], &[]),
            (&["https://facebook.example/annaray"], &[]),
            (&["Times Staff"], &["Times Staff"]),
            (&["Staff and agencies"], &["Staff and agencies"]),
            (&["The Associated Press"], &["The Associated Press"]),
            (&["ANNA RAY"], &["Anna Ray"]),
            (&["anne-marie o'brien"], &["Anne-Marie O'Brien"]),
            (&["BBC NEWS"], &["BBC NEWS"]),
            (&["TASS"], &["TASS"]),
            (&["admin"], &[]),
            (&["Staff Writer"], &[]),
            (&["Anna Ray - Reporter", "anna ray"], &["Anna Ray"]),
            (&["Ray, Anna"], &["Ray, Anna"]),
            (&["Anna Ray, Environment editor"], &["Anna Ray"]),
            (&["Von Anna Ray"], &["Anna Ray"]),
            (
                &[
                    "\u{410}\u{43d}\u{43d}\u{430} \u{420}\u{435}\u{439} \u{438} \u{411}\u{435}\u{43d} \u{41e}\u{434}\u{435}",
                ],
                &["\u{410}\u{43d}\u{43d}\u{430} \u{420}\u{435}\u{439}", "\u{411}\u{435}\u{43d} \u{41e}\u{434}\u{435}"],
            ),
            (&["News and Features Desk"], &["News and Features Desk"]),
            (&["Anna Ray for The Other News"], &["Anna Ray"]),
            (&["Analysis by Anna Ray"], &["Anna Ray"]),
            (&["Anna Ray (with Ben Ode and Cy Lee)"], &["Anna Ray"]),
            (&["Sea & I"], &["Sea & I"]),
            (&["Anna Ray, MS, RDN"], &["Anna Ray"]),
            (&["By Anna Ray Monday", "NEWS STAFF, November 20"], &["Anna Ray", "NEWS STAFF"]),
            (&["7", "", "-"], &[]),
        ] {
            let lines: Vec<String> = lines.iter().map(|it| (*it).to_owned()).collect();
            assert_eq!(tidy(&lines), wanted, "{lines:?}");
        }
    }
}
