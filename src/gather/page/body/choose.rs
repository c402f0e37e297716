//! The element that holds the article.

use super::super::runs::Run;
use super::super::tree::Tree;
use super::Hints;
use super::unlikely::Prose;
use std::collections::{HashMap, HashSet};

/// The chosen element, and those beside it that go on with the text.
pub(super) struct Root {
    pub top: usize,
    end: usize,
    /// Ranges inside that belong to other articles.
    others: Vec<(usize, usize)>,
}

/// Characters of prose that make an article; a shorter one is a teaser.
const ARTICLE_PROSE_MIN: usize = 250;
/// Articles on one page that are told apart.
const ARTICLES_MAX: usize = 50;

impl Root {
    fn at(tree: &Tree, top: usize) -> Self {
        Self { top, end: tree.end(top), others: Vec::new() }
    }

    pub fn holds(&self, at: usize) -> bool {
        (self.top..self.end).contains(&at) && !self.others.iter().any(|(from, end)| (*from..*end).contains(&at))
    }

    /// Sites that go on with the next article on the same page put each into an element of its own.
    fn without_other_articles(mut self, tree: &Tree, runs: &[&Run], prose: &Prose) -> Self {
        let mut articles = Vec::new();
        let mut at = self.top + 1;
        while at < self.end {
            if tree.name(at) == "article" {
                articles.push(at);
                at = tree.end(at).max(at + 1);
            } else {
                at += 1;
            }
        }
        let with_prose = articles.iter().copied().filter(|at| prose.within(tree, *at) > 0);
        let all: usize = with_prose.clone().map(|at| prose.within(tree, at)).sum();
        let Some(first) = with_prose.clone().next().filter(|_| all * 10 >= prose.within(tree, self.top) * 7) else {
            return self;
        };
        let ranges = with_prose.filter(|at| *at != first && prose.within(tree, first) >= ARTICLE_PROSE_MIN);
        let holds_link_heading = |from: usize| {
            let inside = |run: &&&Run| (from..tree.end(from)).contains(&run.at);
            runs.iter().filter(inside).any(|run| run.is_heading() && run.is_mostly_links())
        };
        let holds_title = (first..tree.end(first)).any(|at| tree.name(at) == "h1");
        self.others = ranges
            .filter(|at| holds_title || holds_link_heading(*at))
            .map(|at| (at, tree.end(at)))
            .take(ARTICLES_MAX)
            .collect();
        self
    }
}

/// An article shorter than this says too little to find it by.
const KNOWN_BODY_CHARS_MIN: usize = 400;

pub(super) fn root(tree: &Tree, runs: &[&Run], hints: Hints<'_>) -> Root {
    let prose = Prose::of(tree, runs.iter().copied());
    let top = by_known_body(tree, runs, hints.article_body).or_else(|| by_item(tree, &prose));
    Root::at(tree, top.unwrap_or_else(|| by_score(tree, runs, &prose))).without_other_articles(tree, runs, &prose)
}

/// The lowest element around what the page's own JSON-LD gives as the text.
fn by_known_body(tree: &Tree, runs: &[&Run], body: &str) -> Option<usize> {
    if body.len() < KNOWN_BODY_CHARS_MIN {
        return None;
    }
    let known: HashSet<u64> = shingles(body).collect();
    let mut matched: Vec<&Run> = Vec::new();
    let mut prose = 0;
    for run in runs.iter().filter(|run| run.prose() > 0) {
        let all: Vec<u64> = shingles(&run.text).collect();
        if all.iter().filter(|it| known.contains(it)).count() * 10 >= all.len() * 7 {
            prose += run.prose();
            matched.push(run);
        }
    }
    if prose * 10 < body.chars().count() * 5 {
        return None;
    }
    lowest(tree, &matched, 90)
}

fn shingles(text: &str) -> impl Iterator<Item = u64> {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let shingle = |words: &[String]| {
        let mut hasher = DefaultHasher::new();
        words.hash(&mut hasher);
        hasher.finish()
    };
    let hashes: Vec<u64> = words.windows(3).map(shingle).collect();
    hashes.into_iter()
}

/// The lowest element that holds so many percent of the prose of these runs.
fn lowest(tree: &Tree, runs: &[&Run], percent: usize) -> Option<usize> {
    let total: usize = runs.iter().map(|run| run.prose()).sum();
    let prose = Prose::of(tree, runs.iter().copied());
    let mut top = 0;
    let mut at = 1;
    while at < tree.end(top) {
        if prose.within(tree, at) * 100 >= total * percent && !tree.name(at).is_empty() {
            top = at;
            at += 1;
        } else {
            at = tree.end(at).max(at + 1);
        }
    }
    (total > 0).then_some(if is_single(tree, top) { tree.parent(top).unwrap_or(top) } else { top })
}

/// An element that is one paragraph itself.
fn is_single(tree: &Tree, at: usize) -> bool {
    matches!(tree.name(at), "p" | "span" | "h1" | "h2" | "blockquote" | "b" | "strong" | "font" | "li")
}

/// What is marked up as the body of an article (schema.org).
fn by_item(tree: &Tree, prose: &Prose) -> Option<usize> {
    let total = prose.within(tree, 0);
    let marked = (0..tree.nodes.len()).filter(|at| tree.hints(*at).contains(" articlebody ") && !is_single(tree, *at));
    let mut best = None;
    for at in marked {
        let own = prose.within(tree, at);
        if own >= 250 && own * 5 >= total && best.is_none_or(|(_, most)| own > most) {
            best = Some((at, own));
        }
    }
    best.map(|(at, _)| at)
}

fn by_score(tree: &Tree, runs: &[&Run], prose: &Prose) -> usize {
    let mut scores: HashMap<usize, f64> = HashMap::new();
    let mut links: HashMap<usize, (usize, usize)> = HashMap::new();
    for run in runs {
        let own = run.prose();
        let weighty = 1.0 + count(run.marks).min(10.0) + (count(own) / 100.0).min(5.0);
        let first = if is_single(tree, run.owner) { tree.parent(run.owner) } else { Some(run.owner) };
        for (level, at) in
            first.into_iter().chain(first.into_iter().flat_map(|it| tree.ancestors(it))).take(5).enumerate()
        {
            if own > 0 {
                let share = if level == 0 { 1.0 } else { 1.0 / (2.0 * count(level)) };
                *scores.entry(at).or_default() += weighty * share;
            }
            let (all, linked) = links.entry(at).or_default();
            *all += run.weight;
            *linked += run.link_weight;
        }
    }
    for (at, score) in &mut scores {
        if let Some((all, linked)) = links.get(at).filter(|(all, _)| *all > 0) {
            *score *= 1.0 - count(*linked) / count(*all);
        }
        *score *= kindness(tree, *at);
    }
    let best = scores.iter().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(a.0)));
    best.map_or(0, |(at, _)| whole(tree, runs, prose, *at))
}

/// Of what an element adds to the text, how much must be prose, and how much may be links, in percent.
const ADDED_PROSE_PERCENT: usize = 70;
const ADDED_LINKS_PERCENT: usize = 12;

/// Up from the part of a text to all of it: articles are cut into sections, by pictures, boxes and advertisements.
fn whole(tree: &Tree, runs: &[&Run], prose: &Prose, part: usize) -> usize {
    let weights = Prose::sums(tree, runs.iter().map(|run| (run.at, run.weight)));
    let links = Prose::sums(tree, runs.iter().map(|run| (run.at, run.link_weight)));
    let article = tree.ancestors(part).filter(|at| tree.name(*at) == "article").last();
    let (mut top, mut branch) = (part, part);
    for up in tree.ancestors(part) {
        let from = std::mem::replace(&mut branch, up);
        let added = |sums: &Prose| sums.within(tree, up).saturating_sub(sums.within(tree, top));
        let is_text = added(prose) > 0
            && added(prose) * 100 >= added(&weights) * ADDED_PROSE_PERCENT
            && added(&links) * 100 <= added(&weights) * ADDED_LINKS_PERCENT;
        let is_inside = article.is_some_and(|article| article <= up) && added(prose) * 5 >= prose.within(tree, top);
        if is_text && !matches!(tree.name(up), "html" | "body" | "") && (is_inside || goes_on(tree, prose, up, from)) {
            top = up;
        }
    }
    top
}

/// Whether the elements beside one of them are made like it, for the most part of their prose.
fn goes_on(tree: &Tree, prose: &Prose, parent: usize, branch: usize) -> bool {
    let (mut alike, mut all) = (0, 0);
    let mut at = parent + 1;
    while at < tree.end(parent) {
        if at != branch {
            let own = prose.within(tree, at);
            all += own;
            alike += if own > 0 && is_alike(tree, at, branch) { own } else { 0 };
        }
        at = tree.end(at).max(at + 1);
    }
    alike * 10 >= all * 6 && all > 0
}

fn is_alike(tree: &Tree, one: usize, other: usize) -> bool {
    let (hints, others) = (tree.hints(one), tree.hints(other));
    let shares = others.split_whitespace().any(|word| word.len() >= 3 && hints.split_whitespace().any(|it| it == word));
    tree.name(one) == tree.name(other) && (shares || hints.len() + others.len() <= 2)
}

/// Names that newsrooms give to the element of the text.
const KIND: &[&str] = &[
    " article body ",
    " article content ",
    " article text ",
    " story body ",
    " story content ",
    " story text ",
    " entry content ",
    " post content ",
    " post body ",
    " post text ",
    " article__body ",
    " body content ",
    " content body ",
    " main content ",
    " news text ",
    " articlebody ",
    " body copy ",
    " page content ",
    " text content ",
    " articletext ",
    " storytext ",
    " articlecontent ",
    " content encoded ",
];

fn kindness(tree: &Tree, at: usize) -> f64 {
    let hints = tree.hints(at);
    let mut kindness = match tree.name(at) {
        "article" => 1.2,
        "blockquote" | "ul" | "ol" | "dl" | "table" | "tr" | "form" | "aside" => 0.7,
        "body" | "html" | "" => 0.6,
        _ => 1.0,
    };
    if KIND.iter().any(|name| hints.contains(name)) {
        kindness *= 1.3;
    }
    kindness
}

/// Counts are far below 2^53.
fn count(number: usize) -> f64 {
    number as f64
}
