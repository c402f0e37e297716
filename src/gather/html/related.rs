//! The list of related articles at the end of an article: a heading that says so, links, and a byline after each.

use super::Related;
use super::absolute;
use super::blocks::{Block, Kind};
use crate::base::text::collapse_spaces;
use url::Url;

/// Articles taken from one list.
const RELATED_MAX: usize = 10;
/// A line without a link and with at most this many words is a byline.
const BYLINE_WORDS_MAX: usize = 8;

/// Takes the list out of the blocks.
pub(super) fn take(blocks: &mut Vec<Block>, base: Option<&Url>) -> Vec<Related> {
    let Some(heading) = blocks.iter().rposition(is_heading) else { return Vec::new() };
    let mut found: Vec<Related> = Vec::new();
    let mut end = heading + 1;
    for block in blocks.get(heading + 1..).unwrap_or_default() {
        match block.links.iter().find(|link| link.text.chars().count() * 2 >= block.text.chars().count()) {
            Some(link) => {
                let Some(url) = absolute(base, &link.href) else { break };
                let byline = byline(&collapse_spaces(&block.text.replacen(&link.text, "", 1)));
                match found.last_mut() {
                    // A picture's link and a headline's link to the same article; an author's link is a byline.
                    Some(last) if last.url == url => {}
                    Some(last) if last.byline.is_empty() && is_author_page(&url) => {
                        last.byline = self::byline(&link.text)
                    }
                    _ => found.push(Related { title: link.text.clone(), url, byline }),
                }
            }
            None => match found.last_mut() {
                Some(last) if last.byline.is_empty() && is_byline(&block.text) => last.byline = byline(&block.text),
                _ => break,
            },
        }
        end += 1;
    }
    if found.is_empty() {
        return found;
    }
    blocks.drain(heading..end);
    found.truncate(RELATED_MAX);
    found
}

fn is_heading(block: &Block) -> bool {
    let text = block.text.trim_end_matches([':', '\u{2026}', '.']).trim().to_lowercase();
    let is_short = text.split_whitespace().count() <= 4 && block.links.is_empty();
    let says_so =
        ["related", "see also", "read also", "read next", "more on this", "you may also like", "further reading"];
    is_short
        && (says_so.contains(&text.as_str())
            || (text.starts_with("related ") && (block.kind == Kind::Heading || text.split(' ').count() <= 2)))
}

fn is_byline(text: &str) -> bool {
    text.split_whitespace().count() <= BYLINE_WORDS_MAX && !text.ends_with(['.', '!', '?', ':'])
}

fn byline(text: &str) -> String {
    let text = text.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '-' | '\u{2013}' | '\u{2014}' | '|' | '\u{b7}' | '(' | ')' | ',')
    });
    let name = ["By ", "by ", "BY "].iter().find_map(|by| text.strip_prefix(by)).unwrap_or(text);
    if is_byline(name) { name.trim().to_owned() } else { String::new() }
}

fn is_author_page(url: &str) -> bool {
    ["/author/", "/authors/", "/by/", "/staff/"].iter().any(|part| url.contains(part))
}

#[cfg(test)]
mod tests {
    use crate::gather::html::{Related, read};

    fn related(title: &str, url: &str, byline: &str) -> Related {
        Related { title: title.to_owned(), url: url.to_owned(), byline: byline.to_owned() }
    }

    #[test]
    fn the_list_at_the_end_of_an_article_is_taken_out_of_its_text() {
        let markup = "<p>The harbour opens.</p><h3>Related articles</h3>\
            <ul><li><a href='https://news.example/a'>The old harbour</a></li></ul><p>Anna Ray</p>\
            <p><a href='https://news.example/b'>The new bridge</a><br>By Ben Ode</p>\
            <div><a href='https://news.example/c'><img src='c.jpg'></a><h4><a href='https://news.example/c'>A ferry</a></h4>\
            <span>News Staff</span></div><p>Subscribe to our evening newsletter to stay informed during these times!</p>";
        let body = read(markup, None);
        assert_eq!(
            body.related,
            [
                related("The old harbour", "https://news.example/a", "Anna Ray"),
                related("The new bridge", "https://news.example/b", "Ben Ode"),
                related("A ferry", "https://news.example/c", "News Staff"),
            ]
        );
        assert!(body.text.starts_with("The harbour opens.\n\nSubscribe"));
    }

    #[test]
    fn an_article_about_relations_keeps_its_text() {
        let markup = "<p>One.</p><h2>Related questions</h2><p>They asked for more and got it.</p>";
        let body = read(markup, None);
        assert!(body.related.is_empty());
        assert!(body.text.contains("Related questions"));
    }
}
