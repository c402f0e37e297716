//! A mail is three files: no mail without its text part, no mail without a subject. And a page of the desk has no button
//! without the dress of one.

use super::{expect_none, files_in, read};
use std::collections::{BTreeMap, BTreeSet};

/// Mails whose subject is not a template: an editor writes it.
const SUBJECT_BY_EDITOR: &[&str] = &["edition"];

#[test]
fn every_mail_has_a_subject_a_text_and_html() {
    let mut mails: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files_in("email_templates") {
        if let Some((mail, file)) = path.trim_start_matches("email_templates/").split_once('/')
            && !mail.starts_with('_')
        {
            mails.entry(mail.to_owned()).or_default().insert(file.to_owned());
        }
    }
    let mut wrong = Vec::new();
    for (mail, files) in &mails {
        for file in ["subject.txt", "body.txt", "body.html"] {
            let excused = file == "subject.txt" && SUBJECT_BY_EDITOR.contains(&mail.as_str());
            if !files.contains(file) && !excused {
                wrong.push(format!("email_templates/{mail}/{file} is missing"));
            }
        }
    }
    expect_none(&wrong, "a mail has a subject, a text part and an HTML part:");
}

/// Two looks, `button` and `quiet`; what else stands in the class only changes the first.
#[test]
fn every_button_of_the_desk_is_dressed_as_one() {
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for path in files_in("web_templates/desk").iter().filter(|path| !path.ends_with("plain_form.html")) {
        let text = read(path);
        for button in text.split("<button").skip(1) {
            seen += 1;
            let tag = button.split('>').next().unwrap_or_default();
            if ![" class=\"button", " class=\"quiet"].iter().any(|dress| tag.contains(dress)) {
                wrong.push(format!("{path}: <button{tag}>"));
            }
        }
    }
    assert!(seen > 100, "{seen} buttons");
    expect_none(&wrong, "a button begins its class with `button` or `quiet`:");
}
