//! What of a page cannot be the text of its article, by the names of elements and of their classes.
//!
//! A name is a hint only: an element that holds much of the page's prose is kept whatever it is called.

use super::super::runs::Run;
use super::super::tree::Tree;

/// Which nodes are set aside.
pub(super) struct Dropped(Vec<bool>);

impl Dropped {
    pub fn holds(&self, at: usize) -> bool {
        self.0.get(at).copied().unwrap_or(false)
    }
}

/// Sums of prose over ranges of nodes.
pub(super) struct Prose(Vec<usize>);

impl Prose {
    pub fn of<'a>(tree: &Tree, runs: impl IntoIterator<Item = &'a Run>) -> Self {
        Self::sums(tree, runs.into_iter().map(|run| (run.at, run.prose())))
    }

    /// Of any measure: the node it belongs to, and the amount.
    pub fn sums(tree: &Tree, amounts: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut sums = vec![0; tree.nodes.len() + 1];
        for (at, amount) in amounts {
            if let Some(sum) = sums.get_mut(at + 1) {
                *sum += amount;
            }
        }
        let mut total = 0;
        for sum in &mut sums {
            total += *sum;
            *sum = total;
        }
        Self(sums)
    }

    pub fn within(&self, tree: &Tree, at: usize) -> usize {
        let until = |at: usize| self.0.get(at).copied().unwrap_or_default();
        until(tree.end(at)).saturating_sub(until(at))
    }
}

/// Names, and how many percent of the page's prose an element of that name may hold and still be set aside.
const NAMES: &[(u32, &[&str])] = &[
    (
        40,
        &[
            "related",
            "relateds",
            "recirc",
            "recirculation",
            "trending",
            "popular",
            "signup",
            "share",
            "shares",
            "sharing",
            "social",
            "socials",
            "sharedaddy",
            "addthis",
            "addtoany",
            "nav",
            "navbar",
            "menu",
            "menus",
            "pager",
            "pagination",
            "ad",
            "ads",
            "adsense",
            "adslot",
            "adbox",
            "promo",
            "promos",
            "sponsored",
            "sponsor",
            "footer",
            "masthead",
            "toolbar",
            "cookie",
            "cookies",
            "consent",
            "gdpr",
            "modal",
            "popup",
            "overlay",
            "lightbox",
            "tooltip",
            "login",
            "teaser",
            "teasers",
            "poll",
            "quiz",
            "rating",
            "ratings",
            "widget-area",
            "complementary",
            "contentinfo",
            "banner",
            "search",
            "dropdown",
            "printfriendly",
            "jp-relatedposts",
            "toc",
            "donate",
            "donation",
            "whatsapp",
            "facebook",
            "outbrain",
            "taboola",
            "disqus",
            "livefyre",
            "fyre",
            "wpfooter",
            "wpsidebar",
            "carousel",
            "slider",
            "slideshow",
            "ticker",
            "interstitial",
            "disclaimer",
            "disclosure",
            "callout",
        ],
    ),
    (
        20,
        &[
            "author",
            "authors",
            "byline",
            "bylines",
            "bio",
            "tag",
            "tags",
            "caption",
            "captions",
            "credit",
            "credits",
            "figcaption",
            "copyright",
            "gallery",
            "pullquote",
            "kicker",
            "eyebrow",
            "dateline",
            "timestamp",
            "hashtags",
            "breadcrumb",
            "breadcrumbs",
            "correction-policy",
            "wp-caption-text",
            "editors-picks",
            "topics",
            "tools",
            "photographer",
            "player",
            "jwplayer",
            "meta",
            "headline",
            "subheadline",
            "datepublished",
            "published",
        ],
    ),
];

/// Beginnings of names that are written together with others: `relatedposts`, `newslettersignup`.
const BEGINNINGS: &[&str] = &[
    "relatedp",
    "relateda",
    "relateds",
    "relatedc",
    "relatedn",
    "recommend",
    "newsletter",
    "sidebar",
    "breadcrumb",
    "advert",
    "taboola",
    "outbrain",
    "disqus",
    "subscri",
    "sponsor",
    "pagination",
    "navigation",
    "sharebar",
    "sharebut",
    "sharetool",
    "sociallinks",
    "socialshare",
    "socialbar",
    "socialmedia",
    "promobox",
    "mostread",
    "mostpopular",
    "popup",
    "copyright",
];

/// Two words that together say it.
const PAIRS: &[&str] = &[
    " read more ",
    " more stories ",
    " more news ",
    " more from ",
    " see also ",
    " also read ",
    " read also ",
    " most read ",
    " most viewed ",
    " also like ",
    " up next ",
    " next up ",
    " editors picks ",
    " latest news ",
    " top stories ",
    " pull quote ",
    " screen reader ",
    " sr only ",
    " visually hidden ",
    " article tools ",
    " print only ",
    " table of contents ",
    " author info ",
    " about author ",
    " about the author ",
    " call to action ",
    " sign up ",
    " read next ",
    " next article ",
    " prev next ",
    " article footer ",
    " story footer ",
    " post footer ",
    " entry footer ",
    " entry meta ",
    " post meta ",
    " article meta ",
    " photo credit ",
    " image credit ",
    " skip link ",
    " you may ",
    " latest posts ",
    " recent posts ",
    " post tags ",
    " link list ",
    " inline link ",
];

/// What is inside a paragraph and no part of it.
const CAPTIONS: &[&str] = &[
    " caption ",
    " credit ",
    " source ",
    " image container ",
    " screen reader ",
    " sr only ",
    " rollover ",
    " tooltip ",
    " popover ",
    " popup ",
    " hovercard ",
];

const COMMENTS: &[&str] = &[
    " comments ",
    " commentlist ",
    " comment list ",
    " comment respond ",
    " disqus ",
    " comment body ",
    " comment content ",
    " comment text ",
    " comment box ",
    " comment area ",
    " comment item ",
    " user comment ",
];

/// Comments, and what is set aside `by_name`.
pub(super) fn mark(tree: &Tree, runs: &[Run], by_name: bool) -> Dropped {
    let mut dropped = vec![false; tree.nodes.len()];
    let prose = Prose::of(tree, runs);
    let first_title = tree.nodes.iter().position(|it| it.name == "h1");
    let mut total = prose.within(tree, 0);
    // Comments may outweigh the article; they are found first, and do not count.
    let is_comments = |at: usize| {
        let hints = tree.hints(at);
        let holds_title = first_title.is_some_and(|title| (at..tree.end(at)).contains(&title));
        COMMENTS.iter().any(|name| hints.contains(name))
            && !holds_title
            && !matches!(tree.name(at), "body" | "html" | "a")
    };
    let mut at = 0;
    while at < tree.nodes.len() {
        let end = tree.end(at);
        if is_comments(at) && (first_title.is_some_and(|title| at > title) || prose.within(tree, at) * 2 < total) {
            total = total.saturating_sub(prose.within(tree, at));
            fill(&mut dropped, at, end);
            at = end.max(at + 1);
        } else {
            at += 1;
        }
    }
    at = if by_name { 1 } else { tree.nodes.len() };
    while at < tree.nodes.len() {
        let end = tree.end(at);
        let is_dropped = dropped.get(at).copied().unwrap_or(false);
        if is_dropped || is_unlikely(tree, at, prose.within(tree, at), total) {
            fill(&mut dropped, at, end);
            at = end.max(at + 1);
        } else {
            at += 1;
        }
    }
    Dropped(dropped)
}

fn fill(dropped: &mut [bool], from: usize, end: usize) {
    for it in dropped.iter_mut().take(end).skip(from) {
        *it = true;
    }
}

fn is_unlikely(tree: &Tree, at: usize, prose: usize, total: usize) -> bool {
    let Some(node) = tree.get(at) else { return false };
    let below = |percent: u32| (prose as u64) * 100 <= (total as u64) * u64::from(percent);
    let by_name = match node.name.as_str() {
        "" | "html" | "body" | "main" | "a" | "b" | "i" | "em" | "strong" => return false,
        "span" => return prose * 20 < total && CAPTIONS.iter().any(|name| node.hints.contains(name)),
        "nav" | "menu" | "dialog" | "figcaption" => 50,
        "aside" => 30,
        "footer" => 30,
        "form" => 20,
        "header" => 5,
        _ => 0,
    };
    if by_name > 0 && below(by_name) {
        return true;
    }
    let hints = node.hints.as_str();
    if hints.len() < 3 || hints.contains(" articlebody ") {
        return false;
    }
    if PAIRS.iter().any(|pair| hints.contains(pair)) && below(30) {
        return true;
    }
    hints.split_whitespace().any(|word| {
        BEGINNINGS.iter().any(|begin| word.starts_with(begin)) && below(40)
            || NAMES.iter().any(|(percent, names)| below(*percent) && names.contains(&word))
    })
}
