//! `operator 3` is a person: the labels of histories and of the trail, in names.

use crate::base::text::one_line;
use crate::operators::Operator;
use std::collections::HashMap;

pub(in crate::web) struct Names(HashMap<i64, String>);

impl Names {
    pub(in crate::web) fn of(people: &[Operator]) -> Self {
        Self(people.iter().map(|it| (it.id.0, one_line(&it.name))).collect())
    }

    /// What is no operator of ours stays as it is.
    pub(in crate::web) fn of_label(&self, label: &str) -> String {
        let id = label.strip_prefix("operator ").and_then(|id| id.parse().ok());
        id.and_then(|id: i64| self.0.get(&id)).cloned().unwrap_or_else(|| label.to_owned())
    }

    /// Every `operator 3` in a sentence.
    pub(in crate::web) fn in_text(&self, text: &str) -> String {
        let mut pieces = text.split("operator ");
        let mut told = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let digits = piece.len() - piece.trim_start_matches(|it: char| it.is_ascii_digit()).len();
            let (number, rest) = piece.split_at(digits);
            match number.parse().ok().and_then(|id: i64| self.0.get(&id)) {
                Some(name) => told.push_str(name),
                None => told.extend(["operator ", number]),
            }
            told.push_str(rest);
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_known_is_called_by_name() {
        let names = Names(HashMap::from([(3, "Edda".to_owned())]));
        assert_eq!(names.of_label("operator 3"), "Edda");
        assert_eq!(names.of_label("operator 4"), "operator 4");
        assert_eq!(names.of_label("token 3"), "token 3");
        assert_eq!(
            names.in_text("held by operator 3: the operator of the crane"),
            "held by Edda: the operator of the crane"
        );
        assert_eq!(names.in_text("operator 33 and operator 3"), "operator 33 and Edda");
    }
}
