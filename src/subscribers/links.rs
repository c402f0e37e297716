//! The links by which a reader acts without a password. They work for ever (CASL 11(2)), through key rotation, and each
//! serves its one purpose.

use crate::app::{App, Purpose};

/// Stands for a token in the links of a test mail: the pages behind it say what a reader would find, and do nothing.
pub const TEST_TOKEN: &str = "test";

/// The links of a test mail: to unsubscribe, to the preferences, and by mail.
pub fn test_links(app: &App) -> [String; 3] {
    links_with(app, TEST_TOKEN)
}

/// To unsubscribe, to the preferences, and to unsubscribe by mail, with a token or with what stands for one.
pub fn links_with(app: &App, token: &str) -> [String; 3] {
    let link = |page: &str| app.config.site.link(&format!("/{page}/{token}"));
    [link("unsubscribe"), link("preferences"), mailto(app, token)]
}

/// `{base_url}/unsubscribe/{token}`: opens a page with a button; a POST to it leaves at once (RFC 8058).
pub fn unsubscribe_link(app: &App, subscription_id: i64) -> String {
    app.config.site.link(&format!("/unsubscribe/{}", app.keys.sign(Purpose::Unsubscribe, subscription_id)))
}

/// `{base_url}/preferences/{token}`
pub fn preferences_link(app: &App, subscription_id: i64) -> String {
    app.config.site.link(&format!("/preferences/{}", app.keys.sign(Purpose::Preferences, subscription_id)))
}

/// For mail programs that unsubscribe by mail (RFC 2369 section 3.2): `mailto:unsubscribe+{token}@{bounce_domain}`, which
/// needs neither subject nor body; without such a domain `mailto:{reply_to}?subject=unsubscribe-{token}`.
pub fn unsubscribe_mailto(app: &App, subscription_id: i64) -> String {
    mailto(app, &app.keys.sign(Purpose::Unsubscribe, subscription_id))
}

fn mailto(app: &App, token: &str) -> String {
    let mail = &app.config.mail;
    if let Some(domain) = &mail.bounce_domain {
        return format!("mailto:unsubscribe+{token}@{domain}");
    }
    let to = &mail.reply_to.as_ref().unwrap_or(&mail.from).email;
    format!("mailto:{}?subject=unsubscribe-{token}", percent_encoded(to.as_ref()))
}

/// Leaves what RFC 6068 section 2 lets stand in the address of a mailto URI.
fn percent_encoded(address: &str) -> String {
    address
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' | b'+' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;

    #[tokio::test]
    async fn each_link_carries_a_token_of_its_own_purpose() {
        let house = TestHouse::open().await;
        let app = &house.app;
        let leave = unsubscribe_link(app, 7);
        let token = leave.strip_prefix("https://news.example/unsubscribe/").unwrap();
        assert_eq!(app.keys.verify(Purpose::Unsubscribe, token), Some(7));
        assert_eq!(app.keys.verify(Purpose::Preferences, token), None);
        assert!(preferences_link(app, 7).starts_with("https://news.example/preferences/"));
        assert_eq!(unsubscribe_mailto(app, 7), format!("mailto:unsubscribe+{token}@bounces.news.example"));
        let mut app = app.clone();
        let mut config = crate::config::Config::clone(&app.config);
        config.mail.bounce_domain = None;
        app.config = std::sync::Arc::new(config);
        assert_eq!(unsubscribe_mailto(&app, 7), format!("mailto:lamp@news.example?subject=unsubscribe-{token}"));
        assert_eq!(percent_encoded("a%b?c@x.example"), "a%25b%3Fc@x.example");
    }
}
