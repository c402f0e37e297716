//! Where a list goes on: opaque to its reader, bound to its list.
//!
//! A cursor holds the place of the last line that was shown, and not its number in the list: lines that come meanwhile
//! neither repeat a line nor hide one. One of another list is refused.

use crate::web::error::Error;
use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;

/// `list` names whose it is.
pub(super) fn write(list: &str, place: &[i64]) -> String {
    let place: Vec<String> = place.iter().map(i64::to_string).collect();
    BASE64URL_NOPAD.encode(format!("{list} {}", place.join(".")).as_bytes())
}

/// Of a list whose places are words: digits, letters and hyphens.
pub(super) fn write_text(list: &str, place: &str) -> String {
    BASE64URL_NOPAD.encode(format!("{list} {place}").as_bytes())
}

/// # Errors
/// As [`read`].
pub(super) fn read_text(list: &str, cursor: Option<&str>) -> Result<Option<String>, Error> {
    let Some(cursor) = cursor else { return Ok(None) };
    let place = || {
        let text = String::from_utf8(BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()?;
        let (name, place) = text.split_once(' ')?;
        let is_word = place.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (name == list && is_word).then(|| place.to_owned())
    };
    place().map(Some).ok_or_else(foreign)
}

fn foreign() -> Error {
    let public = "This cursor is not of this list; give next_cursor as the answer before gave it.";
    Error::new(StatusCode::BAD_REQUEST, "cursor", "Not a cursor", public)
}

/// # Errors
/// 400 for one that is not of this list.
pub(super) fn read<const N: usize>(list: &str, cursor: Option<&str>) -> Result<Option<[i64; N]>, Error> {
    let Some(cursor) = cursor else { return Ok(None) };
    let place = || {
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (name, place) = text.split_once(' ')?;
        let place: Vec<i64> = place.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
        (name == list).then_some(place)?.try_into().ok()
    };
    place().map(Some).ok_or_else(foreign)
}

/// Splits off what shows that there is more: of `limit + 1` lines the last, and the cursor of the one before.
pub(super) fn cut<T>(lines: &mut Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> Option<String> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if lines.len() <= limit {
        return None;
    }
    lines.truncate(limit);
    lines.last().map(cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_by_its_own_list_alone() {
        let cursor = write("editions", &[1_795_458_600, -7]);
        assert_eq!(read::<2>("editions", Some(&cursor)).unwrap(), Some([1_795_458_600, -7]));
        assert_eq!(read::<2>("editions", None).unwrap(), None);
        for (list, cursor) in
            [("articles", cursor.as_str()), ("editions", "x"), ("editions", ""), ("editions", "\u{e9}")]
        {
            assert_eq!(read::<2>(list, Some(cursor)).unwrap_err().code, "cursor", "{list} {cursor}");
        }
        assert!(read::<1>("editions", Some(&cursor)).is_err());
    }

    #[test]
    fn a_place_of_words_is_read_by_its_own_list_alone() {
        let cursor = write_text("suppressions", "0a9f");
        assert_eq!(read_text("suppressions", Some(&cursor)).unwrap().as_deref(), Some("0a9f"));
        assert_eq!(read_text("suppressions", None).unwrap(), None);
        for (list, cursor) in [("imports", cursor.as_str()), ("suppressions", "0a9f"), ("suppressions", "\u{e9}")] {
            assert_eq!(read_text(list, Some(cursor)).unwrap_err().code, "cursor", "{list} {cursor}");
        }
    }

    #[test]
    fn a_list_that_is_whole_has_no_cursor() {
        let cut_at = |count: i64, limit| {
            let mut lines: Vec<i64> = (0..count).collect();
            (cut(&mut lines, limit, |it| it.to_string()), lines.len())
        };
        assert_eq!(cut_at(3, 3), (None, 3));
        assert_eq!(cut_at(4, 3), (Some("2".to_owned()), 3));
        assert_eq!(cut_at(0, 3), (None, 0));
    }
}
