//! How a publication looks, over HTTP: colours that are told apart, a sample that writes nothing, a logo that is a picture.

use super::at_desk::AtDesk;
use crate::harness::{Answer, Harness, Newspaper, Newsroom, both_engines};
use lamplighter::lint::{self, Rule, Severity};
use lamplighter::operators::Role;

const PIER: &[u8] = include_bytes!("../../../web_templates/demo/images/pier.jpg");
const PATH: &str = "/desk/publications/evening/look";

fn form<'a>(seen: &'a str, does: &'a str, color: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("seen", seen),
        ("do", does),
        ("accent_color", color),
        ("accent_dark", ""),
        ("footer_text", "Printed on recycled electrons."),
        ("postal_address", "3 Lantern Quay, Saltmere"),
        ("logo_alt", "The Lamp"),
        ("logo_width", "160"),
    ]
}

/// The form with its picture, and the page that it leads to.
async fn upload(desk: &AtDesk, form: &[(&str, &str)], picture: &[u8]) -> Answer {
    let answer = desk.upload(PATH, form, ("logo_file", "a.png", picture)).await;
    if answer.status == 303 { desk.get(answer.header("location")).await } else { answer }
}

both_engines! {
    async fn a_look_is_shown_before_it_is_saved_and_nothing_is_written(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        let seen = desk.get(PATH).await.hidden("seen");
        let page = upload(&desk, &form(&seen, "preview", "#ffee00"), b"").await;
        page.says(200, &["Nothing is saved yet", "too faint for text", "the nearest that can be read", "accent_color=%23ffee00", "Printed on recycled electrons."]);
        assert_eq!(t.publication("evening").await.accent_color, "#b05108");
        let sample = desk.get(&format!("{PATH}/sample?accent_color=%23ffee00&logo_width=160&footer_text=Hello")).await;
        let policy = sample.header("content-security-policy").to_owned();
        assert!(policy.starts_with("sandbox; default-src 'none'") && policy.contains("frame-ancestors 'self'"), "{policy}");
        let html = sample.text;
        assert!(html.contains("#ffee00") && html.contains("Hello") && !html.contains("<img"), "no picture from elsewhere");
        let odd = desk.get(&format!("{PATH}/sample?accent_color=red%3B%7D%3C/style%3E")).await;
        odd.says(200, &["#b05108"]);
        let page = upload(&desk, &form(&seen, "save", "url(//a)"), b"").await;
        page.says(422, &["Colour is not a colour"]);
    }

    async fn a_logo_that_was_chosen_is_kept_through_a_showing_and_a_mistake_until_it_is_saved(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        let seen = desk.get(PATH).await.hidden("seen");
        upload(&desk, &form(&seen, "preview", "#7c2d12"), b"<svg/>").await.says(422, &["href=\"#logo_file\""]);
        let shown = upload(&desk, &form(&seen, "preview", "#7c2d12"), PIER).await;
        shown.says(200, &["The logo that you chose is not saved yet", "src=\"data:image/jpeg;base64,"]);
        assert!(t.publication("evening").await.logo_digest.is_none(), "nothing is written by a showing");
        let kept = shown.hidden("logo_kept");
        let with_logo = |does: &'static str, color: &'static str| {
            let mut form: Vec<(String, String)> =
                form(&seen, does, color).iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            form.push(("logo_kept".to_owned(), kept.clone()));
            form
        };
        let wrong = with_logo("save", "no colour");
        let wrong: Vec<(&str, &str)> = wrong.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let wrong = upload(&desk, &wrong, b"").await;
        assert_eq!((wrong.status, wrong.hidden("logo_kept")), (422, kept.clone()));
        let right = with_logo("save", "#7c2d12");
        let right: Vec<(&str, &str)> = right.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        upload(&desk, &right, b"").await.says(200, &["Saved, with the new logo."]);
        assert!(t.publication("evening").await.logo_digest.is_some());
        let seen = desk.get(PATH).await.hidden("seen");
        upload(&desk, &form(&seen, "save", "#7c2d12"), b"").await.says(200, &["No file was chosen, so the logo stays."]);
        let seen = desk.get(PATH).await.hidden("seen");
        upload(&desk, &form(&seen, "take_logo_away", "#7c2d12"), b"").await.says(200, &["the logo is taken away"]);
        let seen = desk.get(PATH).await.hidden("seen");
        upload(&desk, &form(&seen, "save", "#7c2d12"), b"").await.says(200, &["without a logo: no file was chosen"]);
    }

    async fn a_logo_is_uploaded_served_and_in_the_mail_that_follows(t: Harness) {
        let mut t = t;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        let seen = desk.get(PATH).await.hidden("seen");
        for hostile in [&b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"[..], b"GIF89a;<script>", b"\x89PNG\r\n\x1a\nnot"] {
            upload(&desk, &form(&seen, "save", "#b45309"), hostile).await.says(422, &["href=\"#logo_file\""]);
        }
        let large = vec![0; 600_000];
        upload(&desk, &form(&seen, "save", "#b45309"), &large).await.says(413, &[]);
        let polyglot = [PIER, b"<script>alert(1)</script>"].concat();
        upload(&desk, &form(&seen, "save", "#7c2d12"), &polyglot).await.says(200, &["Saved, with the new logo."]);
        let digest = t.publication("evening").await.logo_digest.unwrap();
        let logo = desk.doors.get(&format!("/logo/{digest}")).send().await.unwrap();
        assert_eq!(logo.headers().get("content-type").unwrap(), "image/jpeg");
        assert_eq!(logo.headers().get("x-content-type-options").unwrap(), "nosniff");
        assert!(logo.headers().get("cache-control").unwrap().to_str().unwrap().contains("immutable"));
        let bytes = logo.bytes().await.unwrap();
        assert!(bytes.len() <= PIER.len() && !bytes.windows(7).any(|it| it == b"<script"));
        assert_eq!(desk.get("/logo/..%2f..%2fetc").await.status, 404);
        // What stands at the foot of its editions stands in the mail that asks to confirm, too.
        t.subscribe("ben@readers.example").await;
        let asked = &t.sink.mails_to("ben@readers.example")[0];
        assert!(String::from_utf8_lossy(&asked.raw).contains("3 Lantern Quay"), "the publication's own address");
        for title in ["Harbour opens after years of works on the outer pier", "Bridge closes", "Ferry sails"] {
            paper.publish(title);
        }
        t.evening("2026-11-23").await;
        let mails = t.sink.mails_to("ada@readers.example");
        let mail = mails.iter().rev().find(|mail| mail.header("List-Unsubscribe").is_some()).unwrap();
        let raw = String::from_utf8_lossy(&mail.raw).replace("=\r\n", "").replace("=3D", "=");
        for word in [&format!("/logo/{digest}"), "alt=\"The Lamp\"", "width=\"160\"", "Printed on recycled electrons.", "3 Lantern Quay"] {
            assert!(raw.contains(word), "{word} is not in {raw}");
        }
        assert_eq!(raw.matches("3 Lantern Quay").count(), 2, "in both parts");
        let report = lint::lint(&mail.raw);
        // The paper of a test is on this machine.
        let errors: Vec<_> = report
            .findings
            .iter()
            .filter(|it| it.severity == Severity::Error && it.rule != Rule::Loopback)
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}
