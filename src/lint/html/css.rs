//! Style sheets, as far as the rules need them: declarations, and the rules and conditions that they stand in.
//!
//! Promises: linear, without recursion, any text. It is no parser of all of CSS: nested rules are read as one, and what
//! is malformed is passed over.

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Declaration {
    /// In lower case.
    pub property: String,
    /// In lower case, without `!important`.
    pub value: String,
    pub is_important: bool,
}

/// A rule of a style sheet.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Rule {
    /// The innermost at-rule around it, such as `@media (prefers-color-scheme:dark)`; empty if there is none.
    pub condition: String,
    /// In lower case; an at-rule that holds declarations itself, such as `@font-face`, is one.
    pub selector: String,
    pub declarations: Vec<Declaration>,
}

/// The rules, and the at-rules that hold none, such as `@import url(x)`.
#[derive(Default)]
pub(super) struct Sheet {
    pub rules: Vec<Rule>,
    pub statements: Vec<String>,
}

/// At-rules that hold rules.
const CONDITIONS: &[&str] = &["@media", "@supports", "@layer", "@container", "@document", "@-moz-document"];

/// Of a `style` attribute, or of a rule.
pub(super) fn declarations(css: &str) -> Vec<Declaration> {
    let css = without_comments(css);
    pieces(&css).into_iter().filter_map(declaration).collect()
}

fn declaration(text: &str) -> Option<Declaration> {
    let (property, value) = text.split_once(':')?;
    let property = property.trim().to_ascii_lowercase();
    let value = value.trim().to_ascii_lowercase();
    let plain = value.strip_suffix("!important").map(str::trim_end);
    let (value, is_important) = (plain.unwrap_or(&value).to_owned(), plain.is_some());
    (!property.is_empty() && !value.is_empty()).then_some(Declaration { property, value, is_important })
}

/// Between the semicolons that stand in no quotes and no parentheses.
fn pieces(css: &str) -> Vec<&str> {
    let (mut all, mut start) = (Vec::new(), 0);
    let (mut quote, mut depth) = (None, 0_usize);
    for (at, c) in css.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ';') if depth == 0 => {
                all.extend(css.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    all.extend(css.get(start..));
    all
}

pub(super) fn sheet(css: &str) -> Sheet {
    let css = without_comments(css).to_ascii_lowercase();
    let mut sheet = Sheet::default();
    let mut conditions: Vec<&str> = Vec::new();
    let mut rest = css.as_str();
    while let Some(at) = rest.find(['{', '}', ';']) {
        let (before, after) = rest.split_at(at);
        let (before, mark) = (before.trim(), after.as_bytes().first().copied().unwrap_or_default());
        let after = after.get(1..).unwrap_or_default();
        rest = after;
        match mark {
            b';' if !before.is_empty() => sheet.statements.push(before.to_owned()),
            b'}' => _ = conditions.pop(),
            b'{' if CONDITIONS.iter().any(|it| before.starts_with(it)) => conditions.push(before),
            b'{' => {
                let end = after.find('}').unwrap_or(after.len());
                let body = after.get(..end).unwrap_or_default();
                rest = after.get(end + 1..).unwrap_or_default();
                sheet.rules.push(Rule {
                    condition: conditions.last().copied().unwrap_or_default().to_owned(),
                    selector: before.to_owned(),
                    declarations: pieces(body).into_iter().filter_map(declaration).collect(),
                });
            }
            _ => {}
        }
    }
    sheet
}

fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        out.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// A length in CSS pixels; None for what depends on something else.
pub(super) fn pixels(value: &str) -> Option<f32> {
    let value = value.trim();
    if value == "0" {
        return Some(0.0);
    }
    let (number, per_unit) = value.strip_suffix("px").map(|number| (number, 1.0)).or_else(|| {
        let points = value.strip_suffix("pt")?;
        Some((points, 4.0 / 3.0))
    })?;
    number.trim().parse::<f32>().ok().map(|number| number * per_unit).filter(|it| it.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_parted_where_css_parts_them() {
        let read = |css: &str| -> Vec<String> {
            declarations(css).into_iter().map(|it| format!("{}={}", it.property, it.value)).collect()
        };
        assert_eq!(read("Color: #FFF !important; /* x;y */font:1px \"A;B\""), ["color=#fff", "font=1px \"a;b\""]);
        assert_eq!(read("background:url(data:image/png;base64,x);;a"), ["background=url(data:image/png;base64,x)"]);
    }

    #[test]
    fn rules_know_their_condition() {
        let css = "@import url(x);a{color:red}@media (a){b{c:d}e{f:g}}@font-face{src:x}";
        let sheet = sheet(css);
        let rules: Vec<_> = sheet.rules.iter().map(|it| (it.condition.as_str(), it.selector.as_str())).collect();
        assert_eq!(rules, [("", "a"), ("@media (a)", "b"), ("@media (a)", "e"), ("", "@font-face")]);
        assert_eq!(sheet.statements, ["@import url(x)"]);
    }

    #[test]
    fn lengths_that_depend_on_nothing_are_known() {
        assert_eq!(pixels("14px"), Some(14.0));
        assert_eq!(pixels("12pt"), Some(16.0));
        assert_eq!(pixels("0"), Some(0.0));
        assert_eq!((pixels("1em"), pixels("px"), pixels("1")), (None, None, None));
    }
}
