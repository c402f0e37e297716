//! The head of a mail under any words: the laws of `tests/laws/head.rs`, tried by chance.

use proptest::prelude::*;

#[path = "../../laws/head.rs"]
mod head;

/// Letters of every kind, those that start headers among them.
fn words() -> impl Strategy<Value = String> {
    let signs = prop_oneof![
        Just("\r\nBcc: spy@x.example".to_owned()),
        Just("\r\n\r\n<script>".to_owned()),
        Just("=?utf-8?Q?a?=".to_owned()),
        Just("\u{85}\u{2028}\u{2029}\u{202e}\u{2066}\u{92}".to_owned()),
        Just("\u{1f469}\u{200d}\u{1f692}".to_owned()),
        Just("\"\\(),:;<>@[]".to_owned()),
        "[a-z]{1,12} ",
        "[a-z]{60,300}",
        "[\u{0}-\u{ff}]{0,20}",
        "[\u{5d0}-\u{5ea}\u{4e00}-\u{4e20} ]{0,40}",
        "\\PC{0,20}",
        any::<String>(),
    ];
    proptest::collection::vec(signs, 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_word_starts_a_header_and_a_subject_arrives_as_it_was_meant(
        sender in words(), answers_to in words(), subject in words(), list in words()
    ) {
        let plain = head::Words {
            sender: &sender, answers_to: &answers_to, subject: &subject, list: &list,
            list_id: "evening.news.example", link: "https://news.example/unsubscribe/x",
            feedback: "a:b:c:senderid", language: "en",
        };
        prop_assert_eq!(head::holds(plain), Ok(()));
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_refused(
        list_id in words(), link in words(), feedback in words(), language in words()
    ) {
        let wild = head::Words {
            sender: "The Lamp", answers_to: "The desk", subject: "Tonight", list: "The Lamp",
            list_id: &list_id, link: &link, feedback: &feedback, language: &language,
        };
        prop_assert_eq!(head::holds(wild), Ok(()));
    }
}
