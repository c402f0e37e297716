//! Any bytes as a mail that came back, and as a relay's words: an answer within the limits, and nobody is failed for good
//! by what was no final failure.

#![no_main]

#[path = "../../tests/laws/report.rs"]
mod report;

use lamplighter::bounces::{Action, Class, classify, read_for};

/// Where our own addresses end and the mail begins.
fn parts(bytes: &[u8]) -> (Vec<&str>, &[u8]) {
    let Some(end) = bytes.iter().take(300).position(|byte| *byte == 0) else { return (Vec::new(), bytes) };
    let envelope = std::str::from_utf8(&bytes[..end]).unwrap_or_default();
    (envelope.split(' ').filter(|it| !it.is_empty()).collect(), &bytes[end + 1..])
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (envelope, mail) = parts(bytes);
    let read = read_for(mail, &envelope);
    assert!(report::is_bounded(&read) && report::is_sound(&read));

    let words = String::from_utf8_lossy(mail);
    let (enhanced, text) = words.split_once(' ').unwrap_or((&words, ""));
    let code = bytes.first().map(|byte| 200 + u16::from(*byte) * 2);
    for action in [Action::Failed, Action::Delayed] {
        let ruling = classify(code, Some(enhanced), text, action);
        if action != Action::Failed || code.is_some_and(|code| (400..500).contains(&code)) {
            assert_ne!(ruling.class, Class::Hard);
        }
    }
});
