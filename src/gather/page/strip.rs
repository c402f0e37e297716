//! What no reader sees is taken out of a page before it is read: scripts, styles, comments. JSON-LD is kept apart.
//!
//! It promises one pass over the page. An element that does not end is left to the parser. Held to it by the tests below.

/// A page without its scripts, and the JSON-LD it carried.
#[derive(Debug, Default)]
pub(super) struct Stripped {
    pub markup: String,
    pub json: Vec<String>,
}

/// Elements whose content is not text of the page.
const SILENT: &[&str] = &["script", "style", "svg", "template", "iframe", "noembed", "object"];

pub(super) fn strip(page: &str) -> Stripped {
    let mut out = Stripped { markup: String::with_capacity(page.len().min(1 << 20)), json: Vec::new() };
    let mut rest = page;
    // Once an end is not found there is none behind either.
    let mut endless: Vec<&str> = Vec::new();
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.markup.push_str(before);
        if tag.starts_with("<!--") && !endless.contains(&"-->") {
            match tag.find("-->") {
                Some(end) => {
                    rest = tag.get(end + 3..).unwrap_or_default();
                    continue;
                }
                None => endless.push("-->"),
            }
        }
        let name = SILENT.iter().find(|name| begins_with_tag(tag, name));
        if let Some(name) = name.filter(|name| !endless.contains(name)) {
            match element(tag, name) {
                Some((attributes, content, behind)) => {
                    if *name == "script" && attributes.to_ascii_lowercase().contains("ld+json") {
                        out.json.push(content.to_owned());
                    }
                    rest = behind;
                    continue;
                }
                None => endless.push(name),
            }
        }
        out.markup.push('<');
        rest = tag.get(1..).unwrap_or_default();
    }
    out.markup.push_str(rest);
    out
}

fn begins_with_tag(tag: &str, name: &str) -> bool {
    let after = tag.get(1..).unwrap_or_default();
    after.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name))
        && after.as_bytes().get(name.len()).is_some_and(|it| matches!(it, b' ' | b'>' | b'\n' | b'\t' | b'\r' | b'/'))
}

/// Attributes, content and what follows the end tag.
fn element<'a>(tag: &'a str, name: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let opened = tag.find('>')?;
    let attributes = tag.get(..opened)?;
    let inside = tag.get(opened + 1..)?;
    if attributes.ends_with('/') && name == "svg" {
        return Some((attributes, "", inside));
    }
    let mut from = 0;
    loop {
        let at = from + inside.get(from..)?.find("</")?;
        let end = inside.get(at + 2..)?;
        if end.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name)) {
            let behind = end.find('>').and_then(|close| end.get(close + 1..)).unwrap_or_default();
            return Some((attributes, inside.get(..at)?, behind));
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_go_and_json_ld_is_kept_apart() {
        let page = "a<script>if (a < b) { x('</div>') }</script>b<!-- c <p> --><STYLE>p{}</style>\
                    <script type='application/ld+json'>{\"a\": 1}</script><svg/>d<svg><path/></svg>e";
        let stripped = strip(page);
        assert_eq!(stripped.markup, "abde");
        assert_eq!(stripped.json, ["{\"a\": 1}"]);
    }

    #[test]
    fn what_does_not_end_is_left_alone() {
        assert_eq!(strip("a<script>b").markup, "a<script>b");
        assert_eq!(strip("a<!-- b < c <scripture>").markup, "a<!-- b < c <scripture>");
        let many = "<script>".repeat(100_000);
        assert_eq!(strip(&many).markup.len(), many.len());
    }
}
