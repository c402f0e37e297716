//! What people and programs are shown.

use super::good::Mail;
use super::lint;
use crate::lint::cli_text;

#[test]
fn people_read_the_worst_first_and_a_count_at_the_end() {
    let mut mail = Mail::without("List-Help");
    mail.set("Subject", "Re: \u{1b}[2Jpier");
    let text = cli_text(&lint(&mail.bytes()));
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} in {text}"));
    assert!(at("an edition of") < at("\nErrors\n") && at("\nErrors\n") < at("\nWarnings\n"));
    assert!(at("\nWarnings\n") < at("\nNotes\n") && at("\nNotes\n") < at("Not shown everywhere"));
    assert!(text.contains("signed by: rsa-sha256 news.example"), "{text}");
    assert!(text.contains("  a10.false_reply  head line "), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.ends_with("The mail should not go out like this: 1 error, 1 warning, 1 note.\n"), "{text}");
}

#[test]
fn a_good_mail_is_called_good() {
    let text = cli_text(&lint(&Mail::good().bytes()));
    assert!(text.starts_with("Häfen: the pier opens\n  an edition of "), "{text}");
    assert!(text.ends_with("The mail is well made: 0 errors, 0 warnings, 0 notes.\n"), "{text}");
}

#[test]
fn programs_read_stable_names() {
    let json = serde_json::to_value(lint(&Mail::without("List-Id").bytes())).unwrap();
    let finding = &json["findings"][0];
    assert_eq!((&finding["rule"], &finding["severity"]), (&"h4.list_id".into(), &"error".into()));
    assert_eq!(finding["place"], serde_json::json!({ "section": "head" }));
    assert_eq!(json["kind"], "edition");
    assert!(json["html_bytes"]["encoded"].as_u64() > Some(1000));
    assert!(json["support"][0]["unsupported_in"].is_array());
}
