//! When a publication comes, as one says it: `Monday to Friday at 18:30`, in the visitor's language.

use crate::publications::Slot;
use crate::words::Words;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Empty without a slot.
pub(super) fn schedule(slots: &[Slot], words: Words) -> String {
    let said: Vec<String> = slots.iter().map(|it| slot(it, words)).filter(|it| !it.is_empty()).collect();
    said.join(" \u{b7} ")
}

fn slot(slot: &Slot, words: Words) -> String {
    let time = format!("{:02}:{:02}", slot.send_minute / 60, slot.send_minute % 60);
    let days: Vec<usize> = (0..7).filter(|day| slot.weekdays & (1 << day) != 0).collect();
    let in_a_row = days.windows(2).all(|pair| matches!(pair, [one, next] if one + 1 == *next));
    let name = |form: &str, day: &usize| words.fill(form, &[("day", DAYS.get(*day).unwrap_or(&"sun"))]).into_owned();
    let said = match days.as_slice() {
        [0, 1, 2, 3, 4, 5, 6] => words.fill("schedule-every-day", &[("time", &time)]),
        [first, _, .., last] if in_a_row && days.len() > 2 => {
            let (from, to) = (name("day-from", first), name("day-to", last));
            words.fill("schedule-range", &[("from", &from), ("to", &to), ("time", &time)])
        }
        [rest @ .., last] if !rest.is_empty() => {
            let rest: Vec<String> = rest.iter().map(|day| name("day-in-list", day)).collect();
            let days = format!("{} {} {}", rest.join(", "), words.say("list-and"), name("day-in-list", last));
            words.fill("schedule-days", &[("days", &days), ("time", &time)])
        }
        [only] => words.fill("schedule-days", &[("days", &name("day-alone", only)), ("time", &time)]),
        _ => return String::new(),
    };
    capitalised(&said)
}

/// It begins a line.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    first + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publications::{PublicationId, SlotId};
    use crate::words::Language;

    fn say(weekdays: i64, language: Language) -> String {
        let slot = Slot {
            declared: None,
            archived_at: None,
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
        };
        schedule(&[slot], Words(language))
    }

    #[test]
    fn a_schedule_reads_as_one_would_say_it() {
        for (weekdays, said) in [
            (0b1111111, "Every day at 18:30"),
            (0b0011111, "Monday to Friday at 18:30"),
            (0b1100000, "Saturday and Sunday at 18:30"),
            (0b0010101, "Monday, Wednesday and Friday at 18:30"),
            (0b1000000, "Sundays at 18:30"),
            (0, ""),
        ] {
            assert_eq!(say(weekdays, Language::En), said);
        }
    }

    #[test]
    fn it_does_so_in_every_language() {
        let range = Language::ALL.map(|it| say(0b0011111, it));
        let two = Language::ALL.map(|it| say(0b1100000, it));
        insta::assert_snapshot!([range, two].concat().join("\n"), @r"
        Monday to Friday at 18:30
        Montag bis Freitag um 18:30 Uhr
        Du lundi au vendredi à 18:30
        De lunes a viernes a las 18:30
        С понедельника по пятницу в 18:30
        Saturday and Sunday at 18:30
        Samstags und sonntags um 18:30 Uhr
        Le samedi et le dimanche à 18:30
        Los sábados y los domingos a las 18:30
        По субботам и по воскресеньям в 18:30
        ");
    }
}
