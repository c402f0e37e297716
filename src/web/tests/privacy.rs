//! The page on privacy says what the configuration says.

use super::*;

#[tokio::test]
async fn each_value_of_the_configuration_stands_on_the_page() {
    let usual = get(&TestHouse::open().await, "/privacy").await.text;
    for (section, key, value, said) in [
        ("limits", "confirm_link_hours", "31", "works for 31 hours"),
        ("limits", "signups_per_network_hour", "77", "77 sign-ups an hour"),
        ("limits", "confirmation_window_minutes", "45", "at most one confirmation in 45 minutes"),
        ("limits", "confirmations_per_address_day", "9", "at most 9 in a day"),
        ("retention", "pending_days", "11", "deleted after 11 days"),
        ("retention", "outbox_days", "12", "deleted 12 days after it was sent"),
        ("retention", "delivery_days", "13", "kept for 13 days, then only counted"),
        ("retention", "leaver_days", "14", "kept for 14 days, then only as a keyed digest"),
        ("retention", "network_days", "15", "deleted after 15 days"),
        ("privacy", "controller", "\"Lamp Ltd\"", "Lamp Ltd, "),
        ("privacy", "contact", "\"rights@news.example\"", "mailto:rights@news.example"),
        ("privacy", "data_protection_officer", "\"Jo Doe\"", "Data protection officer: Jo Doe"),
        ("privacy", "purposes", "\"To ring a bell.\"", "To ring a bell."),
        ("privacy", "legal_basis", "\"A contract.\"", "A contract."),
    ] {
        assert!(!usual.contains(said), "{key} is no change");
        let page = get(&TestHouse::open_with(&format!("[{section}]\n{key} = {value}\n")).await, "/privacy").await;
        assert!(page.status == 200 && page.text.contains(said), "{key}: {}", page.text);
    }
    assert!(usual.contains("has named no company"));
    let processors =
        "[[privacy.processors]]\nname = \"Relay <b>\"\npurpose = \"carries mail\"\ncountry = \"Ireland\"\n";
    let page = get(&TestHouse::open_with(processors).await, "/privacy").await.text;
    assert!(page.contains("Relay &#60;b&#62;, Ireland") && page.contains("carries mail"));
    assert!(!page.contains("has named no company"));
}

#[tokio::test]
async fn it_is_read_in_five_languages() {
    let house = TestHouse::open_with("[retention]\nleaver_days = 21\n").await;
    for (language, said) in [
        ("de", "21 Tage lang aufbewahrt"),
        ("fr", "conserv\u{e9}e 21 jours"),
        ("es", "se guarda 21 d\u{ed}as"),
        ("ru", "\u{445}\u{440}\u{430}\u{43d}\u{438}\u{442}\u{441}\u{44f} 21 \u{434}\u{435}\u{43d}\u{44c}"),
    ] {
        let page = get(&house, &format!("/privacy?language={language}")).await;
        assert!(page.text.contains(said), "{language}: {}", page.text);
    }
}
