//! What the checks say of the draft, as the page lists it: what keeps it back, what to know, and, folded where they are more
//! than a few, the pictures without a description.
//!
//! Held to it by the tests below and by `tests/it/desk/tonight.rs`.

use crate::editions::{Check, CheckKind};
use crate::web::desk::words::at_desk;

/// Pictures without a description that are named one by one.
const UNDESCRIBED_SHOWN_MAX: usize = 2;

pub(super) struct Remark {
    pub text: String,
    /// The story that it is about.
    pub article: Option<i64>,
}

pub(super) struct Remarks {
    pub red: Vec<Remark>,
    pub warnings: Vec<Remark>,
    /// Pictures without words, where they are more than a few.
    pub undescribed: Vec<Remark>,
}

impl Remarks {
    pub(super) fn of(checks: &[Check]) -> Self {
        let is_undescribed = |it: &Check| !it.is_red() && it.kind == CheckKind::AltText;
        let is_folded = checks.iter().filter(|it| is_undescribed(it)).count() > UNDESCRIBED_SHOWN_MAX;
        let (mut red, mut warnings, mut undescribed) = (Vec::new(), Vec::new(), Vec::new());
        for it in checks {
            let list = match it {
                it if it.is_red() => &mut red,
                it if is_folded && is_undescribed(it) => &mut undescribed,
                _ => &mut warnings,
            };
            list.push(Remark { text: at_desk(&it.message), article: it.article_id.map(|id| id.0) });
        }
        Self { red, warnings, undescribed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editions::Severity;

    fn sizes(undescribed: usize) -> (usize, usize, usize) {
        let check = |severity, kind| Check { severity, kind, article_id: None, message: "m".to_owned() };
        let mut checks = vec![check(Severity::Red, CheckKind::Size), check(Severity::Warning, CheckKind::Excerpt)];
        checks.extend((0..undescribed).map(|_| check(Severity::Warning, CheckKind::AltText)));
        let Remarks { red, warnings, undescribed } = Remarks::of(&checks);
        (red.len(), warnings.len(), undescribed.len())
    }

    #[test]
    fn a_few_pictures_are_named_and_many_are_folded() {
        assert_eq!([sizes(0), sizes(2), sizes(3)], [(1, 1, 0), (1, 3, 0), (1, 1, 3)]);
    }
}
