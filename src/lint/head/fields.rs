//! The fields of a head, as they stand there: name, value with its folds undone, and the line.
//!
//! Promises: linear, any bytes, nothing forgiven in silence. A line that is no field is kept as a fault.

use crate::lint::bytes::lines;

pub(in crate::lint) struct Field {
    /// In lower case.
    pub name: String,
    /// As it is written.
    pub spelled: String,
    /// Unfolded (RFC 5322 2.2.3): the line ends are gone, the white space behind them is not.
    pub value: String,
    /// The line of the mail on which it begins, from 1.
    pub line: usize,
}

pub(in crate::lint) struct Fields {
    pub all: Vec<Field>,
    /// Lines that belong to no field: their number and how they begin.
    pub strays: Vec<(usize, String)>,
}

impl Fields {
    /// Those of a head or of a part's head.
    pub fn read(head: &[u8]) -> Self {
        let mut read = Self { all: Vec::new(), strays: Vec::new() };
        for (line, bytes) in lines(head) {
            if bytes.is_empty() {
                continue;
            }
            let text = String::from_utf8_lossy(bytes);
            let is_folded = text.starts_with([' ', '\t']);
            match (is_folded, read.all.last_mut(), text.split_once(':')) {
                (true, Some(field), _) => field.value.push_str(&text),
                (false, _, Some((name, value))) if is_name(name) => read.all.push(Field {
                    name: name.to_ascii_lowercase(),
                    spelled: name.to_owned(),
                    value: value.to_owned(),
                    line,
                }),
                _ => read.strays.push((line, text.chars().take(100).collect())),
            }
        }
        read
    }

    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Field> {
        self.all.iter().filter(move |field| field.name == name)
    }

    pub fn first(&self, name: &str) -> Option<&Field> {
        self.all.iter().find(|field| field.name == name)
    }

    /// The trimmed value.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.first(name).map(|field| field.value.trim())
    }
}

/// RFC 5322 3.6.8: printable, no colon, no space.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_undone_and_strays_are_kept() {
        let fields = Fields::read(b" lost\r\nSubject: One\r\n\tTwo\r\nnot a field\r\nX-A:b\r\n");
        let read: Vec<_> = fields.all.iter().map(|it| (it.name.as_str(), it.value.as_str(), it.line)).collect();
        assert_eq!(read, [("subject", " One\tTwo", 2), ("x-a", "b", 5)]);
        assert_eq!(fields.strays, [(1, " lost".to_owned()), (4, "not a field".to_owned())]);
    }
}
