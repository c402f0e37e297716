//! An edition that shows every part of the page: for snapshots, previews and whoever changes the templates.

use super::{CorrectionView, EditionView, HeadlineView, ImageView, RelatedView, SectionView, StoryView};

const SITE: &str = "https://gazette.example";

impl EditionView {
    /// The evening edition of an invented newspaper in an invented harbour town.
    pub fn sample() -> Self {
        Self {
            language: "en".into(),
            dir: "ltr",
            publication_name: "The Evening Lamp".into(),
            site_name: "The Saltmere Gazette".into(),
            site_url: format!("{SITE}/"),
            accent_color: "#b45309".into(),
            accent_dark: String::new(),
            logo: None,
            footer_text: String::new(),
            date_long: "Monday, 23 November 2026".into(),
            label: "2026-11-23".into(),
            subject: "The Evening Lamp: Old ferry pier to stay open through the winter".into(),
            preheader: "Also, a night market returns to Rope Street; the observatory finds its missing comet".into(),
            stories: 8,
            minutes: 11,
            note:
                "Good evening. The wind has turned and the harbour is quiet; most of tonight\u{2019}s news comes from \
                   the council chamber.\n\nThank you for the many letters about the tram."
                    .into(),
            top: Some(top_story()),
            sections: vec![
                SectionView { name: "City".into(), stories: vec![night_market(), tram()] },
                SectionView { name: "Science".into(), stories: vec![comet()] },
            ],
            headlines: vec![
                headline("Rowing club elects its first woman as harbour steward", "City", "Ines Falk", 311),
                headline("Price of smoked herring falls for the third week", "Harbour & Trade", "", 312),
                headline("Choir of St Brannock seeks tenors before Advent", "Culture", "Odo Lindqvist", 313),
            ],
            missed: vec![headline("How the lighthouse got its second lamp", "Culture", "Maren Tolliver", 298)],
            corrections: vec![CorrectionView {
                headline: "Dredging of the north channel begins".into(),
                url: format!("{SITE}/?p=290"),
                was: "The work was said to cost 4.1 million crowns.".into(),
                is: "It costs 1.4 million crowns.".into(),
            }],
            more: 12,
            view_url: "https://letters.gazette.example/archive/evening/2026-11-23".into(),
            unsubscribe_url: "https://unsubscribe.invalid/".into(),
            preferences_url: "https://preferences.invalid/".into(),
            privacy_url: "https://letters.gazette.example/privacy".into(),
            subscribe_url: "https://letters.gazette.example/subscribe".into(),
            postal_address: "The Saltmere Gazette, 4 Rope Street, Saltmere".into(),
            why: "You get this because you asked for The Evening Lamp, every weekday at half past six.".into(),
        }
    }
}

fn top_story() -> StoryView {
    StoryView {
        headline: "Old ferry pier to stay open through the winter".into(),
        url: format!("{SITE}/?p=301"),
        section: "Harbour & Trade".into(),
        byline: "Maren Tolliver and Jory Penhale".into(),
        excerpt: "The council has found the money to keep the old ferry pier open until spring, four days before it \
                  was to close. Repairs to the eastern piles will be done at night, so that the morning boats to \
                  Norrholm can sail as they always have."
            .into(),
        image: Some(ImageView {
            url: format!("{SITE}/images/pier.jpg"),
            alt: "A wooden pier with three lamps, seen from the water at dusk".into(),
            caption: "The ferry pier on Sunday evening, after the last boat".into(),
            credit: "Ines Falk / Saltmere Gazette".into(),
        }),
        minutes: 3,
        related: vec![
            related("Forty winters on the Norrholm boat", 240, "Maren Tolliver"),
            related("What the tide gauge has seen since 1911", 198, "Pell Arkwright"),
            related("The pier in pictures", 177, ""),
        ],
        ..story()
    }
}

fn night_market() -> StoryView {
    StoryView {
        headline: "Night market returns to Rope Street after three years".into(),
        url: format!("{SITE}/?p=302"),
        section: "City".into(),
        byline: "Odo Lindqvist".into(),
        excerpt: "Sixty stalls will open on the first Friday of December. \u{201c}People have asked for nothing else,\u{201d} \
                  said the street\u{2019}s warden."
            .into(),
        note: "We shall publish the map of the stalls on Thursday.".into(),
        image: Some(ImageView {
            url: format!("{SITE}/images/market.jpg"),
            alt: "Paper lanterns above a narrow street".into(),
            credit: "Odo Lindqvist".into(),
            ..ImageView::default()
        }),
        minutes: 2,
        ..story()
    }
}

fn tram() -> StoryView {
    StoryView {
        headline: "Tram line 2 will run every eight minutes from January".into(),
        url: format!("{SITE}/?p=303"),
        section: "City".into(),
        byline: "Ines Falk".into(),
        excerpt:
            "The tramway company has hired eleven drivers and will run the line more often than at any time since \
                  it was built. The fare does not change."
                .into(),
        minutes: 2,
        ..story()
    }
}

fn comet() -> StoryView {
    StoryView {
        headline: "Observatory finds its missing comet, a month late".into(),
        url: format!("{SITE}/?p=304"),
        section: "Science".into(),
        byline: "Pell Arkwright".into(),
        excerpt: "The comet that the observatory on Gull Hill announced last winter has turned up after all, a hand\u{2019}s \
                  breadth from where it was expected. It may be seen with field glasses from Wednesday."
            .into(),
        minutes: 4,
        ..story()
    }
}

fn story() -> StoryView {
    StoryView { language: "en".into(), dir: "ltr", ..StoryView::default() }
}

fn headline(headline: &str, section: &str, byline: &str, number: u32) -> HeadlineView {
    HeadlineView {
        headline: headline.into(),
        url: format!("{SITE}/?p={number}"),
        section: section.into(),
        byline: byline.into(),
        language: "en".into(),
        dir: "ltr",
    }
}

fn related(title: &str, number: u32, byline: &str) -> RelatedView {
    RelatedView { title: title.into(), url: format!("{SITE}/?p={number}"), byline: byline.into() }
}
