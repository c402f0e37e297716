//! Where a text of the program names a command, the desk names its own page or button.
//!
//! The verbs speak to whoever calls them, and most of them are called at a terminal too. It promises: no sentence that went
//! through [`at_desk`] tells an editor to type something into one. What can be done at the terminal alone is called so.

/// Parts of sentences, for which a name in place of the command would not do.
const PHRASES: &[(&str, &str)] = &[
    (" into newsroom.toml, and run `lamplighter apply`", " at Set-up"),
    (" in newsroom.toml and run `lamplighter apply newsroom.toml`", " at the source's page"),
    (", or declare it in newsroom.toml", ""),
    (" (min_items in newsroom.toml)", " (\u{201c}Fewest stories\u{201d} at Set-up)"),
    ("take the holiday out of newsroom.toml and apply it", "take the holiday out at Set-up, Times"),
    ("correct newsroom.toml and apply it", "correct the times at Set-up"),
    ("breaking_per_day_max in newsroom.toml", "\u{201c}Breaking editions in a day\u{201d} at Set-up"),
    ("full_items_max", "\u{201c}Most stories in full\u{201d} at Set-up"),
    ("a new one is made by the first `lamplighter apply` or `serve`", "a new one is made when the service is started"),
    ("the next `lamplighter serve` brings it up to date", "the next start of the service brings it up to date"),
    ("unless a mail server pipes them into `lamplighter bounce ingest`", "unless a mail server hands them on"),
    (
        "Run `lamplighter backup FILE` every day, and keep the copy elsewhere; a copy that other tools made is noted with \
         `lamplighter backup --made-elsewhere`",
        "Make one every day at Backups, and keep the copy elsewhere; a copy that other tools made is noted there",
    ),
];

/// The beginning of a command, and what the desk calls that; of two that fit, the longer one stands first.
const PLACES: &[(&str, &str)] = &[
    ("subscriber add", "\u{201c}Add a reader\u{201d} at Subscribers"),
    ("subscriber import", "\u{201c}Import\u{201d} at Subscribers"),
    ("source add", "\u{201c}Add a source\u{201d} at Sources"),
    ("source list", "the list at Sources"),
    ("source show", "its page at Sources"),
    ("source test", "\u{201c}What would come in?\u{201d} on its page at Sources"),
    ("source resume", "\u{201c}Resume\u{201d} on its page at Sources"),
    ("source release", "\u{201c}Accept what was held back\u{201d} on its page at Sources"),
    ("source remove", "\u{201c}Remove\u{201d} on its page at Sources"),
    ("gather", "\u{201c}Read it now\u{201d} on a source's page"),
    ("article list", "the pool on the edition's page"),
    ("article show", "the report of the edition"),
    ("article restore", "\u{201c}Add\u{201d} on the edition's page"),
    ("article release", "\u{201c}Release\u{201d} on the edition's page"),
    ("edition draft", "\u{201c}Draft an edition by hand\u{201d} at All editions"),
    ("edition show", "its page at All editions"),
    ("edition list", "the list at All editions"),
    ("edition items", "its page"),
    ("edition report", "its report"),
    ("edition review", "\u{201c}I have read it\u{201d}"),
    ("edition approve", "\u{201c}Approve\u{201d} on its page"),
    ("edition check", "\u{201c}Size and checks\u{201d} on its page"),
    ("edition reopen", "\u{201c}Back to a draft\u{201d} on its page"),
    ("edition hold", "\u{201c}Hold\u{201d} on its page"),
    ("edition send", "\u{201c}Send now\u{201d} on its page"),
    ("edition test-send", "\u{201c}Send a test\u{201d} on its page"),
    ("edition pause", "\u{201c}Pause\u{201d} on its page"),
    ("edition resume", "\u{201c}Go on\u{201d} on its page"),
    ("edition abort", "\u{201c}End it\u{201d} on its page"),
    ("edition cancel", "\u{201c}Give this edition up\u{201d} on its page"),
    ("edition remove", "\u{201c}Take it out\u{201d} on its page"),
    ("edition add", "\u{201c}Add\u{201d} on its page"),
    ("edition correct", "Corrections on its page"),
    ("apply", "Set-up"),
    ("doctor", "Checks"),
    ("inspect mail", "\u{201c}Size and checks\u{201d}"),
    ("inspect feed", "\u{201c}What would come in?\u{201d} on a source's page"),
    ("inspect page", "\u{201c}What would come in?\u{201d} on a source's page"),
    ("backup", "Backups"),
    ("restore --rehearse", "`lamplighter restore --rehearse FILE` on the server"),
    ("token", "API keys"),
    ("webhook", "Webhooks"),
    ("limit", "Relays"),
    ("operator", "People"),
    // These are for whoever keeps the machine; the desk has no button for them.
    ("dkim key", "`lamplighter dkim key` on the server"),
    ("bounce", "`lamplighter bounce` on the server"),
    ("serve", "the service on its server"),
];

const COMMAND: &str = "`lamplighter ";

/// The text with the desk's own names in place of commands.
pub(in crate::web::desk) fn at_desk(text: &str) -> String {
    let mut text = text.to_owned();
    for (of_terminal, of_desk) in PHRASES {
        text = text.replace(of_terminal, of_desk);
    }
    let mut told = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, command)) = rest.split_once(COMMAND) {
        told.push_str(before);
        let Some((command, after)) = command.split_once('`') else {
            told.push_str(COMMAND);
            rest = command;
            continue;
        };
        match place_of(command) {
            Some(place) => told.push_str(place),
            None => told.extend([COMMAND, command, "`"]),
        }
        rest = after;
    }
    told.push_str(rest);
    told
}

fn place_of(command: &str) -> Option<&'static str> {
    PLACES.iter().find(|(begins, _)| command.starts_with(begins)).map(|(_, place)| *place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_command_is_told_as_the_place_of_the_desk() {
        assert_eq!(
            at_desk("nobody is subscribed yet; add somebody with `lamplighter subscriber add`, or let readers sign up"),
            "nobody is subscribed yet; add somebody with \u{201c}Add a reader\u{201d} at Subscribers, or let readers sign up"
        );
        assert_eq!(
            at_desk("paused; `lamplighter source resume \"Wire\"`"),
            "paused; \u{201c}Resume\u{201d} on its page at Sources"
        );
        assert_eq!(
            at_desk("`lamplighter frobnicate` and `lamplighter open"),
            "`lamplighter frobnicate` and `lamplighter open"
        );
        assert_eq!(
            at_desk("Write it like \"a\" into newsroom.toml, and run `lamplighter apply`."),
            "Write it like \"a\" at Set-up."
        );
    }

    fn commands_in(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if ["cli", "config", "words"].iter().all(|it| !path.ends_with(it)) {
                    commands_in(&path, found);
                }
                continue;
            }
            if path.extension().is_none_or(|it| it != "rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            // A command may be broken over two lines of a text.
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let text = lines.map(|line| line.trim().trim_end_matches('\\')).collect::<String>();
            found.extend(text.split(COMMAND).skip(1).map(|it| it.chars().take(40).collect()));
        }
    }

    #[test]
    fn every_command_that_the_program_names_has_a_place_at_the_desk() {
        let mut found = Vec::new();
        commands_in(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut found);
        assert!(found.len() > 40, "{found:?}");
        let unknown: Vec<&String> = found.iter().filter(|it| place_of(it).is_none()).collect();
        assert!(unknown.is_empty(), "name the desk's page or button for each: {unknown:?}");
    }
}
