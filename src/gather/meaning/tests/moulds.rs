//! Texts from one mould, which are never the same story, and copies, which are.

use super::super::likeness::Likeness;
use super::{Piece, likeness, likeness_of_sources};

const BRIDGE: &str = "The new bridge across the Norr opened to traffic on Monday after nine years of work, two court cases and a change of builder. \
    Mayor Maren Holt cut the ribbon before several hundred people who had walked from both banks in the rain. She said the crossing would halve the way to the hospital for everybody who lives on the eastern side. \
    The bridge cost 41 million crowns, eleven million more than the council had planned. The builder blames the ground, which turned out to be softer than the drawings said. \
    Lorries will have to use the old road until spring, when the ramps are finished. The ferry, which has carried people across since the war, sails for the last time on Sunday. Its crew of six will be offered work at the harbour.";

fn assert_not_folded(name: &str, one: Piece<'_>, other: Piece<'_>) {
    for (a, b) in [(one, other), (other, one)] {
        for sources in [(1, 1), (1, 2)] {
            let (found, permille) = likeness_of_sources((sources.0, a), (sources.1, b));
            assert_ne!(found, Likeness::Copy, "{name}, likeness {permille}");
        }
    }
}

fn changed(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

#[test]
fn a_copy_under_another_headline_is_one() {
    let longer = format!("{BRIDGE} The opening was shown on the screens in the market square.");
    let shorter = BRIDGE.replace(" Its crew of six will be offered work at the harbour.", "");
    let dateline = format!("NORRHOLM (AP) \u{2014} {BRIDGE}");
    let reworded =
        changed(BRIDGE, &[("who had walked", "who had come"), ("the ramps are finished", "the ramps are ready")]);
    let marks = BRIDGE.replace("Monday after", "Monday \u{2014} after").replace(". ", ".\n\n");
    for (name, body) in [
        ("same", BRIDGE.to_owned()),
        ("longer", longer),
        ("shorter", shorter),
        ("dateline", dateline),
        ("reworded", reworded),
        ("marks", marks),
    ] {
        for title in ["Bridge opens after nine years", "Norrholm at last has its crossing"] {
            let found = likeness(("Bridge opens after nine years", BRIDGE), (title, &body));
            assert_eq!(found.0, Likeness::Copy, "{name}: {found:?}");
        }
    }
}

#[test]
fn an_update_with_another_figure_name_or_negation_is_not_folded() {
    for change in [
        ("nine years", "ten years"),
        ("41 million", "44 million"),
        ("Maren Holt", "Carl Lund"),
        ("would halve", "would not halve"),
        ("on Monday", "on Tuesday"),
        ("crew of six", "crew of seven"),
    ] {
        let other = changed(BRIDGE, &[change]);
        let found = likeness(("Bridge opens", BRIDGE), ("Bridge opens", &other));
        assert_eq!(found.0, Likeness::Update, "{change:?}: {found:?}");
    }
}

#[test]
fn match_reports_are_never_one() {
    let mould = "Norrholm beat Sandvik 3-1 at home on Saturday in the second division of the northern league. Anna Berg put the hosts ahead after 12 minutes with a header from a corner, and Ida Moe made it two shortly before the break. Sandvik came back into the match when Vera Lind scored from the spot after 61 minutes. Berg had the last word with her second goal in stoppage time. The coach said that her team had played with patience and deserved the points. The next match is away on Wednesday evening.";
    let other = changed(
        mould,
        &[
            ("Norrholm", "Aldern"),
            ("Sandvik", "Hovden"),
            ("Anna Berg", "Liv Dahl"),
            ("Berg", "Dahl"),
            ("3-1", "2-1"),
            ("12", "34"),
        ],
    );
    assert_not_folded("match", ("Norrholm beat Sandvik", mould), ("Aldern beat Hovden", &other));
    let back = mould.replace("Norrholm", "X").replace("Sandvik", "Norrholm").replace('X', "Sandvik");
    assert_not_folded("return match", ("Norrholm beat Sandvik", mould), ("Sandvik beat Norrholm", &back));
    let score = changed(mould, &[("3-1", "3-2")]);
    assert_not_folded("another score", ("Norrholm beat Sandvik", mould), ("Norrholm beat Sandvik", &score));
}

#[test]
fn weather_obituaries_crime_notes_numbers_and_tickers_are_never_one() {
    let weather = "It stays dry along the coast in the morning with a light wind from the west. Clouds come in from the sea after noon and bring showers to the islands, some of them heavy. The highest temperature is 9 degrees in the town and 7 degrees in the hills. The night is clear with ground frost in the valleys, and drivers should watch for ice on bridges. Small boats are advised to stay in the harbour when the wind turns.";
    let next = changed(weather, &[("9 degrees", "11 degrees"), ("7 degrees", "8 degrees")]);
    assert_not_folded("weather", ("Weather for Monday", weather), ("Weather for Tuesday", &next));
    assert_not_folded("the same weather", ("Weather for Monday", weather), ("Weather for Tuesday", weather));

    let obituary = "Anna Berg of Norrholm died at home on Monday after a long illness, surrounded by her family. She was 84. Berg was born on the islands and came to the town as a teacher after the war. She taught at the school by the church for more than thirty years and sang in the choir for fifty. She leaves two daughters and five grandchildren. The funeral will be held in the church on Friday at noon, and the family asks for gifts to the sea rescue instead of flowers.";
    let other =
        changed(obituary, &[("Anna Berg", "Tove Lund"), ("Berg", "Lund"), ("84", "79"), ("Norrholm", "Hovden")]);
    assert_not_folded("obituary", ("Anna Berg 1942-2026", obituary), ("Tove Lund 1947-2026", &other));

    let note = "Police are looking for witnesses after a car was broken into in Quay Street in the night to Monday. A window was smashed between ten in the evening and six in the morning and a bag was taken from the back seat. The damage is put at 400 crowns. Anybody who has seen something is asked to call the station at the market square. Police advise people not to leave anything of value in a parked car.";
    let other = changed(note, &[("Quay Street", "Mill Lane"), ("400", "650")]);
    assert_not_folded("crime note", ("Car broken into", note), ("Car broken into", &other));
    let woman = "A man was found dead in the harbour basin in the early morning. Divers recovered the body at first light, and a doctor could do no more than confirm the death. Police do not suspect a crime but will wait for the result of the examination. The harbour master said that the steps at the old pier are slippery when it rains and should be closed.";
    let other = changed(woman, &[("A man was", "A woman was")]);
    assert_not_folded("man and woman", ("Body found in harbour", woman), ("Body found in harbour", &other));

    let numbers = "The exchange closed higher in quiet trading. The main index rose 12 points to 2,431 and the broad index 9 points to 1,120. Fish and timber were in demand while banks were sold. The crown was worth 8.41 to the euro in the late afternoon. Traders said that nobody wanted to take a position before the figures on employment, which are published tomorrow morning before trading begins.";
    let other = changed(numbers, &[("2,431", "2,443"), ("8.41", "8.39"), ("12 points", "14 points")]);
    assert_not_folded("numbers", ("Exchange closes higher", numbers), ("Exchange closes higher", &other));
    let fell = changed(numbers, &[("rose 12", "fell 12")]);
    assert_not_folded("the other way", ("Exchange closes higher", numbers), ("Exchange closes lower", &fell));
    assert_not_folded("days of a ticker", ("Ferry strike: day 12", BRIDGE), ("Ferry strike: day 13", BRIDGE));
}

#[test]
fn short_texts_and_furniture_are_never_one() {
    let teaser = "The harbour opens on Monday after a long winter and the ferries sail again.";
    assert_not_folded("teaser", ("Harbour opens", teaser), ("Harbour opens", teaser));
    let footer = "Read the whole story on our site and subscribe to the evening letter, which tells you each day at six what happened in the town, on the islands and at the harbour. You can leave at any time with one click. Our newsroom is paid by its readers alone and answers to nobody else. Write to us if something is wrong.";
    assert_not_folded_at_one_source(("Gallery: carnival in the rain", footer), ("The regatta in pictures", footer));
    assert_not_folded_at_one_source(("Photos: Norrholm carnival", footer), ("Photos: Norrholm regatta", footer));
}

fn assert_not_folded_at_one_source(one: Piece<'_>, other: Piece<'_>) {
    assert_ne!(likeness_of_sources((1, one), (1, other)).0, Likeness::Copy);
}

#[test]
fn a_text_half_of_which_is_new_is_an_update_and_another_story_is_not() {
    let half: String = BRIDGE.split_inclusive(". ").take(4).collect();
    let rest = "The council will now look at every contract of the last years, and a committee of five begins in January. The opposition wants to know who signed for the change of the builder and when the council was told about the ground. An answer is promised before the summer. The auditor of the province has asked for the books as well.";
    let found = likeness(("Bridge opens", BRIDGE), ("Council looks at bridge", &format!("{half}{rest}")));
    assert_eq!(found.0, Likeness::Update, "{found:?}");
    assert_eq!(likeness(("Bridge opens", BRIDGE), ("Council looks at bridge", rest)).0, Likeness::Unrelated);
}
