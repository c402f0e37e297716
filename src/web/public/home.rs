//! `GET /`: the newsroom's publications, each with its sign-up.

use super::form::SignUpForm;
use crate::app::App;
use crate::db::{StoreError, Tx};
use crate::publications::{Publication, Slot, list_publications, list_slots};
use crate::web::error::Error;
use crate::web::page::{Frame, show};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "public/home.html")]
struct HomePage {
    frame: Frame,
    cards: Vec<Card>,
}

struct Card {
    form: SignUpForm,
    /// `Monday to Friday at 18:30`
    schedule: String,
    has_sections: bool,
}

pub(super) async fn get_home(State(app): State<App>) -> Result<Response, Error> {
    let mut tx = app.db.read().await?;
    let mut cards = Vec::new();
    for publication in list_publications(&mut tx).await? {
        cards.push(card(&mut tx, &publication).await?);
    }
    let frame = Frame::of(&app, "Newsletters");
    show(StatusCode::OK, &HomePage { frame, cards })
}

async fn card(tx: &mut Tx, publication: &Publication) -> Result<Card, StoreError> {
    let mut form = SignUpForm::of(tx, publication).await?;
    let has_sections = !form.sections.is_empty();
    // The front page asks for the address alone; the sections are chosen on the publication's own page.
    form.sections.clear();
    form.offers_breaking = false;
    let slots = list_slots(tx, publication.id).await?;
    Ok(Card { form, schedule: schedule(&slots), has_sections })
}

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// In words, for people: `Monday to Friday at 18:30`; empty without a slot.
pub(super) fn schedule(slots: &[Slot]) -> String {
    let words: Vec<String> = slots.iter().map(slot_in_words).collect();
    words.join(" \u{b7} ")
}

fn slot_in_words(slot: &Slot) -> String {
    let time = format!("{:02}:{:02}", slot.send_minute / 60, slot.send_minute % 60);
    let days: Vec<usize> = (0..7).filter(|day| slot.weekdays & (1 << day) != 0).collect();
    let name = |day: &usize| WEEKDAYS.get(*day).copied().unwrap_or_default();
    let in_a_row = days.windows(2).all(|pair| matches!(pair, [one, next] if one + 1 == *next));
    let days = match days.as_slice() {
        [0, 1, 2, 3, 4, 5, 6] => "Every day".to_owned(),
        [first, _, .., last] if in_a_row && days.len() > 2 => format!("{} to {}", name(first), name(last)),
        [rest @ .., last] if !rest.is_empty() => {
            format!("{} and {}", rest.iter().map(name).collect::<Vec<_>>().join(", "), name(last))
        }
        [only] => format!("{}s", name(only)),
        _ => return String::new(),
    };
    format!("{days} at {time}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publications::{PublicationId, SlotId};

    #[test]
    fn a_schedule_reads_as_one_would_say_it() {
        let say = |weekdays: i64| {
            schedule(&[Slot {
                id: SlotId(1),
                publication_id: PublicationId(1),
                name: "evening".into(),
                weekdays,
                cutoff_minute: 1_080,
                send_minute: 1_110,
                time_zone: "UTC".into(),
                latest_send_minute: None,
                holidays: Vec::new(),
                created_at: crate::base::Timestamp::EPOCH,
            }])
        };
        assert_eq!(say(0b1111111), "Every day at 18:30");
        assert_eq!(say(0b0011111), "Monday to Friday at 18:30");
        assert_eq!(say(0b1100000), "Saturday and Sunday at 18:30");
        assert_eq!(say(0b0010101), "Monday, Wednesday and Friday at 18:30");
        assert_eq!(say(0b1000000), "Sundays at 18:30");
    }
}
