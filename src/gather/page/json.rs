//! JSON as pages carry it: wrapped in comments, with commas and control characters that the standard forbids.
//!
//! It promises one pass of repair over a block that does not parse, and no value that the block does not state. Held to
//! it by the tests below.

use serde_json::Value;

/// The values of a block: one, or several one behind the other; none if it cannot be read at all.
pub(super) fn values(block: &str) -> Vec<Value> {
    let block = unwrap(block);
    if block.is_empty() {
        return Vec::new();
    }
    let strict = several(block);
    if !strict.is_empty() {
        return strict;
    }
    several(&repair(block))
}

fn several(text: &str) -> Vec<Value> {
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value {
            Ok(value) => values.push(value),
            // A semicolon behind the end, or something worse; the values before it stand.
            Err(_) => break,
        }
    }
    values
}

/// Without the comment or CDATA section around it.
fn unwrap(block: &str) -> &str {
    let begin = block.find(['{', '[']).unwrap_or(block.len());
    let (before, inside) = block.split_at(begin);
    // `<![CDATA[` has brackets of its own.
    let inside = match before.trim_end().ends_with("<!") {
        true => inside.get(1..).and_then(|it| it.find(['{', '[']).map(|at| it.get(at + 1..).unwrap_or_default())),
        false => None,
    }
    .map_or(inside, |behind| {
        let behind = behind.trim_start();
        if behind.starts_with(['{', '[']) { behind } else { inside }
    });
    let end = inside.rfind(['}', ']']).map_or(0, |at| at + 1);
    let whole = inside.get(..end).unwrap_or_default();
    whole.strip_suffix("]]").filter(|_| before.contains("<!")).map_or(whole, str::trim_end)
}

/// Escapes control characters and stray quotes inside strings; drops commas before a closing bracket and bad escapes.
fn repair(block: &str) -> String {
    let mut out = String::with_capacity(block.len() + block.len() / 16);
    let mut chars = block.char_indices().peekable();
    let mut in_string = false;
    while let Some((at, c)) = chars.next() {
        let behind = || block.get(at + c.len_utf8()..).unwrap_or_default().trim_start();
        match c {
            '"' if !in_string => {
                in_string = true;
                out.push('"');
            }
            '"' => {
                let next = behind();
                if next.is_empty() || next.starts_with([',', ':', '}', ']']) {
                    in_string = false;
                    out.push('"');
                } else {
                    out.push_str("\\\"");
                }
            }
            // An escape that there is none of loses its backslash.
            '\\' if in_string => {
                let next = chars.peek().map(|(_, next)| *next);
                if let Some(next @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u')) = next {
                    out.push('\\');
                    out.push(next);
                    chars.next();
                }
            }
            c if in_string && c.is_control() => out.push(' '),
            ',' if !in_string && behind().starts_with(['}', ']', ',']) => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_programs_around_json_leave_behind_is_forgiven() {
        let wanted = vec![json!({"a": ["b c", "d"]})];
        for block in [
            "{\"a\": [\"b c\", \"d\"]}",
            "<!--\n{\"a\": [\"b c\", \"d\",],}\n-->",
            "//<![CDATA[\n{\"a\": [\"b c\", \"d\"]}\n//]]>",
            "<![CDATA[{\"a\": [\"b\nc\", \"d\"]}]]>",
            "{\"a\": [\"b\\ c\", \"d\"]};",
            "\u{feff} {\"a\": [\"b\tc\",, \"d\"]}",
        ] {
            assert_eq!(values(block), wanted, "{block}");
        }
        assert_eq!(values("{\"a\": \"say \"yes\" now\"}"), [json!({"a": "say \"yes\" now"})]);
        assert_eq!(values("[1]"), [json!([1])]);
        assert_eq!(values("{\"a\":1}{\"b\":2}").len(), 2);
    }

    #[test]
    fn what_is_no_json_gives_nothing() {
        for block in ["", "<!-- -->", "var a = 1;", "{{{{", "]", "\"", &"[".repeat(100_000), &"{\"a\":".repeat(10_000)]
        {
            assert!(values(block).is_empty(), "{}", block.len());
        }
        values(&"\" ".repeat(100_000));
    }
}
