//! Runs that only accompany the text: invitations, lists of links, captions, bylines before it, notes after its end.
//!
//! Invitations are known by how they begin, in the languages that most newsrooms write; a run that is none of them stays.

use super::super::runs::{Kind, Run};
use super::super::tree::Tree;
use super::Hints;

/// A caption is not longer than this, in words.
const CAPTION_WORDS_MAX: usize = 30;
/// Runs at the end that may be notes on the site or the author.
const NOTES_MAX: usize = 6;
/// An invitation is not longer than this, in words.
const INVITATION_WORDS_MAX: usize = 25;
const NOTE_WORDS_MAX: usize = 60;

/// Beginnings of what invites readers elsewhere, small letters.
const INVITATIONS: &[&str] = &[
    "advert",
    "read more",
    "read also",
    "read next",
    "also read",
    "also see",
    "read:",
    "see also",
    "see more",
    "related:",
    "related stor",
    "related art",
    "watch:",
    "watch more",
    "more:",
    "more on ",
    "click here",
    "sign up",
    "subscribe",
    "follow us",
    "share this",
    "like this story",
    "you may also like",
    "you might also like",
    "recommended",
    "continue reading",
    "story continues",
    "article continues",
    "keep reading",
    "join our",
    "download our",
    "download the",
    "don't miss",
    "don\u{2019}t miss",
    "listen to this",
    "print this",
    "email this",
    "leave a comment",
    "leia tamb\u{e9}m",
    "leia mais",
    "veja tamb\u{e9}m",
    "lesen sie",
    "mehr zum thema",
    "lire aussi",
    "\u{e0} lire aussi",
    "lee tambi\u{e9}n",
    "leer m\u{e1}s",
    "leggi anche",
    "lees ook",
    "l\u{e4}s mer",
    "les ogs\u{e5}",
    "czytaj te\u{17c}",
    "baca juga",
    "\u{447}\u{438}\u{442}\u{430}\u{439}\u{442}\u{435} \u{442}\u{430}\u{43a}\u{436}\u{435}",
    "\u{447}\u{438}\u{442}\u{430}\u{439}\u{442}\u{435} \u{442}\u{430}\u{43a}\u{43e}\u{436}",
    "voc\u{ea} pode gostar",
    "loading",
];

/// Beginnings of notes that stand behind the end of a text, small letters.
const NOTES: &[&str] = &[
    "follow ",
    "have a tip",
    "got a tip",
    "get the latest",
    "get our",
    "get more",
    "send us",
    "contact ",
    "email ",
    "e-mail ",
    "for more ",
    "copyright",
    "\u{a9}",
    "(c) ",
    "all rights reserved",
    "tags:",
    "topics:",
    "filed under",
    "posted in",
    "listen to ",
    "want more",
    "if you enjoyed",
    "support ",
    "donate",
    "the views expressed",
    "the opinions expressed",
    "views expressed",
    "opinions expressed",
    "like us",
    "like what",
    "stay up to date",
    "stay informed",
    "find us",
    "join ",
    "check out",
    "reach ",
    "write to",
    "to comment",
    "to contact",
    "this material may not",
    "our standards",
    "you can follow",
    "you can reach",
    "what do you think",
    "let us know",
    "share your",
    "watch ",
    "categories:",
    "share ",
    "tell us",
];

/// Headings of what follows an article, small letters: comments and other articles.
const ENDS: &[&str] = &[
    "comments",
    "leave a reply",
    "leave a comment",
    "post a comment",
    "add a comment",
    "join the conversation",
    "related",
    "more from",
    "more stories",
    "you may also",
    "you might also",
    "recommended",
    "most popular",
    "most read",
    "popular",
    "latest news",
    "trending",
    "about the author",
    "share this",
    "read next",
    "up next",
    "kommentare",
    "kommentar",
    "commentaires",
    "comentarios",
    "coment\u{e1}rios",
    "commenti",
    "reacties",
    "\u{43e}\u{442}\u{437}\u{44b}\u{432}\u{44b}",
    "\u{43a}\u{43e}\u{43c}\u{43c}\u{435}\u{43d}\u{442}\u{430}\u{440}\u{438}\u{438}",
    "\u{441}\u{430}\u{43c}\u{44b}\u{435} \u{43f}\u{43e}\u{43f}",
    "\u{43f}\u{43e}\u{445}\u{43e}\u{436}\u{438}\u{435}",
    "artikel terkait",
    "berita terkait",
    "voc\u{ea} pode gostar",
    "das k\u{f6}nnte sie",
    "\u{30b3}\u{30e1}\u{30f3}\u{30c8}",
    "\u{95a2}\u{9023}\u{8a18}\u{4e8b}",
    "\u{8bc4}\u{8bba}",
    "\u{76f8}\u{5173}",
    "yorumlar",
    "komentarze",
    "kommentarer",
];
/// Of the prose, what may stand behind such a heading, in percent.
const BEHIND_END_PERCENT: usize = 35;

/// Where the article ends by a heading that says so.
fn end_by_heading(runs: &[&Run]) -> usize {
    let total: usize = runs.iter().map(|run| run.prose()).sum();
    let mut before = 0;
    for (at, run) in runs.iter().enumerate() {
        before += run.prose();
        let is_heading = run.words <= 6 && run.weight <= 60 && (run.is_heading() || !run.text.ends_with(['.', ',']));
        if is_heading && (total - before) * 100 <= total * BEHIND_END_PERCENT && before > 0 && begins(run, ENDS) {
            return at;
        }
    }
    runs.len()
}

pub(super) fn trim<'a>(tree: &Tree, runs: Vec<&'a Run>, hints: Hints<'_>) -> Vec<&'a Run> {
    let title = bare(hints.title);
    let pictures = Pictures::of(tree);
    let follows: Vec<bool> = runs.iter().skip(1).map(|run| run.prose() > 0).chain([false]).collect();
    let is_title = |run: &Run| run.is_heading() && !title.is_empty() && bare(&run.text) == title;
    let goes = |run: &Run, before_prose: bool| {
        is_title(run) || is_links(run, before_prose) || invites(run) || pictures.is_captioned_by(tree, run)
    };
    let mut kept: Vec<&Run> = runs
        .into_iter()
        .zip(follows)
        .filter(|(run, before_prose)| !goes(run, *before_prose))
        .map(|(run, _)| run)
        .collect();
    kept.truncate(end_by_heading(&kept));
    // What stands before the first sentence is a byline, a date, a picture's credit.
    let first = kept.iter().position(|run| run.prose() > 0).unwrap_or(0);
    let mut at = 0;
    kept.retain(|run| {
        at += 1;
        at > first || (run.is_heading() && !matches!(run.kind, Kind::Heading(1)))
    });
    without_end(&mut kept);
    for _ in 0..NOTES_MAX {
        let is_note = kept.len() > 3 && kept.last().is_some_and(|run| is_note(run));
        if !is_note {
            break;
        }
        kept.pop();
        without_end(&mut kept);
    }
    kept
}

/// Headings without a text and scraps behind the last sentence go.
fn without_end(kept: &mut Vec<&Run>) {
    let last = kept.iter().rposition(|run| run.prose() > 0 || (run.ends_a_sentence() && !run.is_heading()));
    kept.truncate(last.map_or(0, |it| it + 1));
}

fn is_links(run: &Run, before_prose: bool) -> bool {
    let own = run.weight - run.link_weight;
    if run.links == 0 || !run.is_mostly_links() {
        return run.text.chars().all(|c| !c.is_alphanumeric());
    }
    match run.kind {
        Kind::Heading(_) => !before_prose,
        Kind::Paragraph => run.link_weight * 10 > run.weight * 8 && own < 60,
        Kind::Item | Kind::Cell | Kind::Loose => own < 30,
    }
}

fn begins(run: &Run, with: &[&str]) -> bool {
    let head: String = run.text.chars().take(40).flat_map(char::to_lowercase).collect();
    let head = head.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '\u{a9}' && c != '(');
    with.iter().any(|it| head.starts_with(it))
}

fn invites(run: &Run) -> bool {
    let is_short = run.words <= INVITATION_WORDS_MAX && (run.links > 0 || run.words <= 6 || run.is_heading());
    is_short && begins(run, INVITATIONS)
}

/// A line in italics with a link is on the author or the site; so is what begins like one.
fn is_note(run: &Run) -> bool {
    let leads_away = run.links > 0 || run.text.contains('@');
    let is_soft = run.soft_weight * 10 >= run.weight * 6;
    let says_so = begins(run, NOTES) || begins(run, INVITATIONS);
    run.words <= NOTE_WORDS_MAX
        && ((leads_away && (is_soft || says_so)) || (says_so && run.words <= 12) || (is_soft && says_so))
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Sums of pictures and of text over ranges of nodes.
struct Pictures {
    pictures: Vec<usize>,
    chars: Vec<usize>,
}

impl Pictures {
    fn of(tree: &Tree) -> Self {
        let (mut pictures, mut chars) = (vec![0], vec![0]);
        let (mut seen, mut read) = (0, 0);
        for node in &tree.nodes {
            seen += usize::from(matches!(node.name.as_str(), "img" | "picture" | "video" | "amp-img"));
            read += node.text.chars().filter(|c| !c.is_whitespace()).count();
            pictures.push(seen);
            chars.push(read);
        }
        Self { pictures, chars }
    }

    fn within(sums: &[usize], tree: &Tree, at: usize) -> usize {
        let until = |at: usize| sums.get(at).copied().unwrap_or_default();
        until(tree.end(at)).saturating_sub(until(at))
    }

    /// Whether the run is all the text of an element that shows a picture.
    fn is_captioned_by(&self, tree: &Tree, run: &Run) -> bool {
        if run.words > CAPTION_WORDS_MAX || run.is_heading() || (run.kind == Kind::Paragraph && run.ends_a_sentence()) {
            return false;
        }
        let own = run.text.chars().filter(|c| !c.is_whitespace()).count();
        std::iter::once(run.owner)
            .chain(tree.ancestors(run.owner).take(3))
            .take_while(|at| Self::within(&self.chars, tree, *at) <= own + 12)
            .any(|at| Self::within(&self.pictures, tree, at) > 0)
    }
}
