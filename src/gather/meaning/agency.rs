//! Which news agency an article comes from, where it says so itself. Pure.
//!
//! Shown only where it is certain: the byline is the agency or names it last ("Jane Roe, Reuters"), the text opens with a
//! dateline ("LONDON (AP) \u{2014}"), or it closes with a signature line ("\u{2014} AFP", "Source: TASS"). An agency that
//! is quoted ("told Reuters", "according to TASS"), thanked ("with reporting by AP") or written about is no attribution,
//! and neither is the credit of a picture. Two agencies at once are none: which one it is cannot be told. The bar is a
//! precision of 0.95 on the labelled snippets of `tests/agencies.rs`; what is missed is the price.

/// A byline longer than this is a sentence, in characters.
const BYLINE_CHARS_MAX: usize = 80;
/// A dateline is that short, in characters.
const DATELINE_CHARS_MAX: usize = 90;
/// A signature is a line of its own this short, in characters.
const SIGNATURE_CHARS_MAX: usize = 60;

struct Agency {
    name: &'static str,
    /// What it signs with, as written.
    marks: &'static [&'static str],
}

const AGENCIES: &[Agency] = &[
    Agency { name: "AFP", marks: &["AFP", "Agence France-Presse", "Agence France Presse"] },
    Agency { name: "Anadolu", marks: &["Anadolu Agency", "Anadolu Ajans\u{131}", "Anadolu"] },
    Agency { name: "ANI", marks: &["ANI", "Asian News International"] },
    Agency { name: "ANSA", marks: &["ANSA"] },
    Agency { name: "AP", marks: &["AP", "The Associated Press", "Associated Press"] },
    Agency { name: "APA", marks: &["APA", "Austria Presse Agentur"] },
    Agency { name: "Belga", marks: &["Belga", "Belga News Agency"] },
    Agency { name: "BelTA", marks: &["BelTA", "BELTA"] },
    Agency { name: "Bloomberg", marks: &["Bloomberg", "Bloomberg News"] },
    Agency { name: "dpa", marks: &["dpa", "DPA", "Deutsche Presse-Agentur"] },
    Agency { name: "EFE", marks: &["EFE", "Agencia EFE"] },
    Agency { name: "Europa Press", marks: &["Europa Press"] },
    Agency { name: "IANS", marks: &["IANS"] },
    Agency {
        name: "Interfax",
        marks: &["Interfax", "\u{418}\u{43d}\u{442}\u{435}\u{440}\u{444}\u{430}\u{43a}\u{441}"],
    },
    Agency { name: "Kazinform", marks: &["Kazinform", "KAZINFORM"] },
    Agency { name: "KNA", marks: &["KNA"] },
    Agency { name: "Kyodo News", marks: &["Kyodo", "Kyodo News"] },
    Agency { name: "Lusa", marks: &["Lusa"] },
    Agency { name: "NTB", marks: &["NTB"] },
    Agency { name: "PA Media", marks: &["PA Media", "Press Association", "PA"] },
    Agency { name: "PAP", marks: &["PAP"] },
    Agency { name: "PTI", marks: &["PTI", "Press Trust of India"] },
    Agency { name: "Reuters", marks: &["Reuters", "REUTERS", "Thomson Reuters"] },
    Agency {
        name: "RFE/RL",
        marks: &["RFE/RL", "Radio Free Europe/Radio Liberty", "RFE/RL's Radi", "\u{420}\u{421}\u{415}/\u{420}\u{421}"],
    },
    Agency {
        name: "RIA Novosti",
        marks: &["RIA Novosti", "\u{420}\u{418}\u{410} \u{41d}\u{43e}\u{432}\u{43e}\u{441}\u{442}\u{438}"],
    },
    Agency { name: "SID", marks: &["SID"] },
    Agency { name: "TASS", marks: &["TASS", "/TASS/", "\u{422}\u{410}\u{421}\u{421}"] },
    Agency { name: "TT", marks: &["TT"] },
    Agency { name: "Ukrinform", marks: &["Ukrinform"] },
    Agency { name: "UPI", marks: &["UPI", "United Press International"] },
    Agency { name: "Xinhua", marks: &["Xinhua", "Xinhua News Agency"] },
    Agency { name: "Yonhap", marks: &["Yonhap", "Yonhap News Agency"] },
];

/// The agency that an article with these bylines and this text comes from.
pub fn agency_of(authors: &[String], text: &str) -> Option<&'static str> {
    let mut found: Vec<&'static str> = authors.iter().flat_map(|author| of_byline(author)).collect();
    found.extend(dateline(text).map(|it| it.agency));
    found.extend(of_signature(text));
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

/// The text behind its agency's dateline, for comparing it with the same text elsewhere.
pub(super) fn without_dateline(text: &str) -> &str {
    dateline(text).map_or(text, |it| it.rest)
}

fn exact(mark: &str) -> Option<&'static str> {
    let mark = mark.trim();
    AGENCIES.iter().find(|it| it.marks.contains(&mark)).map(|it| it.name)
}

/// Capitals may be lost in a byline, for marks too long to be a word of another meaning.
fn byline_mark(mark: &str) -> Option<&'static str> {
    let mark = mark.trim();
    exact(mark).or_else(|| {
        let same = |known: &&&str| known.len() >= 6 && known.to_lowercase() == mark.to_lowercase();
        AGENCIES.iter().find(|it| it.marks.iter().any(|known| same(&known))).map(|it| it.name)
    })
}

/// `Reuters`, `By AFP`, `Jane Roe, Reuters`, `Jane Roe (AP)`, `REUTERS/Jane Roe`, `dpa/AFP`, `RFE/RL's Kazakh Service`.
fn of_byline(author: &str) -> Vec<&'static str> {
    let mut text = author.trim();
    if text.chars().count() > BYLINE_CHARS_MAX {
        return Vec::new();
    }
    for opening in ["By ", "by ", "Von ", "von ", "Par ", "par ", "Por ", "por ", "Di ", "From "] {
        text = text.strip_prefix(opening).unwrap_or(text);
    }
    if let Some(one) = byline_mark(text) {
        return vec![one];
    }
    // Its own services sign as such.
    if text.starts_with("RFE/RL's ") && text.ends_with("Service") {
        return vec!["RFE/RL"];
    }
    if let Some((_, mark)) = text.strip_suffix(')').and_then(|it| it.rsplit_once('(')) {
        return byline_mark(mark).into_iter().collect();
    }
    if text.starts_with("REUTERS/") {
        return vec!["Reuters"];
    }
    // A mark that holds a slash itself.
    if let Some(one) = text.rsplit_once(", ").filter(|(_, mark)| mark.contains('/')).and_then(|(_, mark)| exact(mark)) {
        return vec![one];
    }
    // Several in a row, every one an agency; or a person and an agency behind.
    let parts: Vec<&str> = text.split(&['/', ',', '|', ';', '&', '\u{2013}', '\u{2014}'][..]).collect();
    let parts: Vec<&str> = parts.iter().flat_map(|it| it.split(" and ")).flat_map(|it| it.split(" - ")).collect();
    let marks: Vec<&'static str> = parts.iter().filter_map(|it| byline_mark(it)).collect();
    let is_all = marks.len() == parts.len();
    let is_last = parts.len() > 1 && parts.last().is_some_and(|it| byline_mark(it).is_some());
    let desk = text
        .strip_suffix(" staff")
        .or_else(|| text.strip_suffix(" Writer"))
        .or_else(|| text.strip_suffix(" correspondent"));
    match desk.map(|it| it.rsplit(", ").next().unwrap_or(it)).and_then(byline_mark) {
        Some(one) => vec![one],
        None if is_all || is_last => marks,
        None => Vec::new(),
    }
}

struct Dateline<'a> {
    agency: &'static str,
    rest: &'a str,
}

/// `LONDON (AP) \u{2014} The ..`, `MOSCOW, November 24. /TASS/. The ..`, `Berlin (dpa) - Der ..`, `(Reuters) - The ..`.
fn dateline(text: &str) -> Option<Dateline<'_>> {
    let text = text.trim_start();
    let end = text.char_indices().nth(DATELINE_CHARS_MAX).map_or(text.len(), |(at, _)| at);
    let head = text.get(..end)?;
    let head = head.split('\n').next().unwrap_or(head);
    if let Some((place, _)) = head.split_once("/TASS/") {
        let rest = text.get(place.len() + "/TASS/".len()..)?.trim_start_matches(['.', ' ']);
        return is_place(place).then_some(Dateline { agency: "TASS", rest });
    }
    let open = head.find('(')?;
    let close = open + head.get(open..)?.find(')')?;
    let agency = exact(head.get(open + 1..close)?)?;
    let place = head.get(..open)?;
    let behind = text.get(close + 1..)?;
    // A dash between spaces, or a colon: a bracket in a sentence is followed by more of it.
    let behind_trimmed = behind.trim_start().trim_start_matches('.').trim_start();
    let mark = behind_trimmed.chars().next()?;
    let is_dash = matches!(mark, '-' | '\u{2013}' | '\u{2014}' | '\u{2212}' | ':');
    let rest = behind_trimmed.trim_start_matches(['-', '\u{2013}', '\u{2014}', '\u{2212}', ':', ' ']);
    let is_explained = is_short_for(head.get(open + 1..close)?, place);
    (is_dash && is_place(place) && !is_explained).then_some(Dateline { agency, rest })
}

/// `Advanced Placement (AP)` says what the letters stand for.
fn is_short_for(mark: &str, place: &str) -> bool {
    let initials: String = place.split_whitespace().filter_map(|word| word.chars().next()).collect();
    initials.len() > 1 && initials.to_lowercase().ends_with(&mark.to_lowercase())
}

/// Places, days and months in front of the mark: every word begins with a capital or a digit, and there are few.
fn is_place(text: &str) -> bool {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == '/').filter(|it| !it.is_empty()).collect();
    let small = ["de", "del", "la", "el", "am", "of", "le", "di", "den"];
    let is_part = |word: &str, before: Option<&&str>| {
        let first = word.trim_start_matches(['"', '\u{2013}', '-', '(']).chars().next();
        // `24 nov`: many languages write months small.
        let is_month = before.is_some_and(|it| it.trim_end_matches('.').parse::<u8>().is_ok());
        first.is_none_or(|c| !c.is_lowercase()) || small.contains(&word) || is_month
    };
    let before = std::iter::once(None).chain(words.iter().map(Some));
    words.len() <= 8 && words.iter().zip(before).all(|(word, before)| is_part(word, before))
}

/// The last line, if it is a signature: `\u{2014} AFP`, `(Reuters)`, `Source: TASS`, `Quelle: dpa`, `/AFP`, `dpa/AFP`.
fn of_signature(text: &str) -> Vec<&'static str> {
    let text = text.trim_end();
    let line = text.rsplit('\n').next().unwrap_or_default().trim();
    let own_line = (line.chars().count() <= SIGNATURE_CHARS_MAX && line.len() < text.len()).then_some(line);
    if let Some(line) = own_line {
        let mut bare = line.trim_end_matches('.');
        let mut is_labelled = false;
        for label in [
            "Source:",
            "Quelle:",
            "Source :",
            "Fuente:",
            "Fonte:",
            "Agency:",
            "\u{418}\u{441}\u{442}\u{43e}\u{447}\u{43d}\u{438}\u{43a}:",
        ] {
            if let Some(rest) = bare.strip_prefix(label) {
                (bare, is_labelled) = (rest.trim(), true);
            }
        }
        let bare = bare.trim_matches(['(', ')', '[', ']', '\u{2014}', '\u{2013}', '-', ' ', '\u{a9}']);
        if let Some(one) = exact(bare) {
            return vec![one];
        }
        let marks: Vec<Option<&'static str>> =
            bare.split(['/', ',']).map(exact).filter(|_| is_labelled || bare.contains('/')).collect();
        // `dpa/abc`: the sign of the agency and of the person; a list of agencies is theirs together.
        if !marks.is_empty() && marks.iter().all(Option::is_some) {
            return marks.into_iter().flatten().collect();
        }
        if let Some(mark) = bare.strip_prefix('/').and_then(exact) {
            return vec![mark];
        }
    }
    trailing(text).into_iter().collect()
}

/// Behind the last sentence: `.. he said. /AFP`, `.. he said. (AP)`, `.. he said. \u{2014} Reuters`.
fn trailing(text: &str) -> Option<&'static str> {
    let end = text.trim_end_matches('.');
    AGENCIES.iter().find_map(|it| {
        it.marks.iter().find_map(|mark| {
            let bracketed =
                end.strip_suffix(')').and_then(|rest| rest.strip_suffix(mark)).and_then(|rest| rest.strip_suffix('('));
            let dashed = || {
                end.strip_suffix(mark)
                    .and_then(|rest| rest.strip_suffix('/').or_else(|| rest.strip_suffix("\u{2014} ")))
            };
            let before = bracketed.or_else(dashed)?.trim_end();
            before.ends_with(['.', '!', '?', '"', '\u{201d}', '\u{bb}']).then_some(it.name)
        })
    })
}
