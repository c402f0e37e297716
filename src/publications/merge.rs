//! What becomes of a file's word where the desk has spoken too.
//!
//! Of each thing that a file declared, the values of that file are kept. A key that only the file changed since then
//! follows the file; one that only the desk changed stays, and is told as kept; one that both changed differently is a
//! conflict, and nothing at all is written (`docs/decisions/`). Pure.

use super::values::members;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What a file declared of a thing the last time, as it is stored.
pub(super) enum Base {
    /// Made at the desk: no file ever named it.
    Desk,
    /// Members that are missing were not kept: there the file is followed.
    File(Map<String, Value>),
}

impl Base {
    pub fn read(declared: Option<&str>) -> Self {
        match declared {
            None => Self::Desk,
            Some(text) => Self::File(serde_json::from_str(text).unwrap_or_default()),
        }
    }
}

pub(super) struct Merged<V> {
    pub values: V,
    /// Keys that stay as the desk has them.
    pub kept: Vec<String>,
    /// A sentence each.
    pub conflicts: Vec<String>,
}

/// `is_file_followed`: whoever applies the file wants its word everywhere.
pub(super) fn merge<V>(base: &Base, current: &V, file: &V, is_file_followed: bool) -> Merged<V>
where
    V: Serialize + DeserializeOwned + Clone,
{
    let now = members(current);
    let (mut kept, mut conflicts, mut out) = (Vec::new(), Vec::new(), Map::new());
    for (key, wanted) in members(file) {
        let here = now.get(&key).cloned().unwrap_or(Value::Null);
        let before = match base {
            Base::Desk => None,
            Base::File(declared) => Some(declared.get(&key).unwrap_or(&here)),
        };
        let value = if here == wanted || is_file_followed || before == Some(&here) {
            wanted
        } else if before == Some(&wanted) {
            kept.push(key.clone());
            here
        } else {
            conflicts.push(format!("{key} is {here} at the desk and {wanted} in the file"));
            here
        };
        out.insert(key, value);
    }
    let values = serde_json::from_value(Value::Object(out)).unwrap_or_else(|_| current.clone());
    Merged { values, kept, conflicts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
    struct Thing {
        name: String,
        rate: i64,
    }

    fn thing(name: &str, rate: i64) -> Thing {
        Thing { name: name.into(), rate }
    }

    fn file(it: &Thing) -> Base {
        Base::File(members(it))
    }

    #[test]
    fn each_key_follows_whoever_changed_it() {
        let merged = merge(&file(&thing("a", 1)), &thing("desk", 1), &thing("a", 2), false);
        assert_eq!((merged.values, merged.kept), (thing("desk", 2), vec!["name".to_owned()]));
        assert!(merged.conflicts.is_empty());
    }

    #[test]
    fn two_who_changed_it_differently_are_a_conflict_until_one_gives_way() {
        let merged = merge(&file(&thing("a", 1)), &thing("desk", 1), &thing("file", 1), false);
        assert_eq!(merged.conflicts, ["name is \"desk\" at the desk and \"file\" in the file"]);
        let merged = merge(&file(&thing("a", 1)), &thing("same", 1), &thing("same", 1), false);
        assert_eq!((merged.conflicts.len(), merged.kept.len()), (0, 0));
        let merged = merge(&file(&thing("a", 1)), &thing("desk", 1), &thing("file", 1), true);
        assert_eq!(merged.values, thing("file", 1));
    }

    #[test]
    fn what_was_made_at_the_desk_is_nobody_elses_to_change() {
        assert_eq!(merge(&Base::Desk, &thing("a", 1), &thing("a", 2), false).conflicts.len(), 1);
        assert_eq!(merge(&Base::Desk, &thing("a", 1), &thing("a", 1), false).conflicts.len(), 0);
    }

    #[test]
    fn of_what_an_older_program_declared_the_file_has_the_say() {
        let base = Base::read(Some("{}"));
        assert_eq!(merge(&base, &thing("a", 1), &thing("b", 2), false).values, thing("b", 2));
    }
}
