//! Any words in the places of a head that feeds, settings and desks fill: no header is started by them, and what a reader
//! sees is what was meant.

#![no_main]

#[path = "../../tests/laws/head.rs"]
mod head;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    // Eight places, between NULs; one that is missing is empty.
    let mut words = text.split('\0');
    let mut next = || words.next().unwrap_or_default();
    let words = head::Words {
        sender: next(),
        answers_to: next(),
        subject: next(),
        list: next(),
        list_id: next(),
        link: next(),
        feedback: next(),
        language: next(),
    };
    if let Err(broken) = head::holds(words) {
        panic!("{broken}");
    }
    // The free texts alone, where what cannot stand in the others would end it early.
    let free = head::Words { list_id: "a.example", link: "https://a.example/", feedback: "a:b:c:senderid", language: "en", ..words };
    if let Err(broken) = head::holds(free) {
        panic!("{broken}");
    }
});
