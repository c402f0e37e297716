//! The stories of a draft, and what is wanted before there is one, as an editor reads them.

use crate::base::text::cut_at_word;
use crate::cli::output::{harmless, say, say_table};
use crate::editions::{ChosenImage, Intent, Item, Origin};
use crate::gather::ArticleId;
use std::collections::HashMap;

const TITLE_CHARS_MAX: usize = 70;

/// A line each, in the order of the mail.
pub(super) fn say_items(items: &[Item], changed: &HashMap<ArticleId, Vec<&'static str>>) {
    if items.is_empty() {
        say(
            "it holds no story; `lamplighter edition add` takes one in, `lamplighter article list` shows what there is",
        );
        return;
    }
    let rows: Vec<Vec<String>> = items
        .iter()
        .map(|item| {
            vec![
                item.position.to_string(),
                item.article_id.to_string(),
                format!("{}{}", item.placement, if item.placement_by.is_some() { "*" } else { "" }),
                item.score_millis.to_string(),
                cut_at_word(&harmless(item.shown_headline()), TITLE_CHARS_MAX),
                remarks(item, changed.get(&item.article_id)),
            ]
        })
        .collect();
    say_table(&["PLACE", "ARTICLE", "IS", "SCORE", "HEADLINE", "REMARK"], &rows);
}

fn remarks(item: &Item, changed: Option<&Vec<&'static str>>) -> String {
    let mut out = Vec::new();
    if let Some(place) = item.pinned {
        out.push(format!("pinned at {place}"));
    }
    if item.origin != Origin::Claim {
        out.push(item.origin.to_string());
    }
    let own = [("headline", &item.headline), ("excerpt", &item.excerpt), ("note", &item.note)];
    let mut own: Vec<&str> = own.into_iter().filter_map(|(name, text)| text.as_ref().map(|_| name)).collect();
    if item.image.is_some() {
        own.push("image");
    }
    if !own.is_empty() {
        out.push(format!("own {}", own.join(", ")));
    }
    if !item.placement_reason.is_empty() {
        out.push(item.placement_reason.clone());
    }
    if let Some(by) = &item.placement_by {
        out.push(format!("placed by {by}"));
    }
    if let Some(fields) = changed {
        out.push(format!(
            "the article has changed since ({}): `lamplighter edition refresh {}`",
            fields.join(", "),
            item.article_id
        ));
    }
    out.join("; ")
}

/// A line for each article of which something is wanted.
pub(super) fn say_intents(intents: &[Intent]) {
    if intents.is_empty() {
        say(
            "it has no draft yet, and nothing is wanted of any article; `lamplighter edition item ARTICLE --pin 1` would",
        );
        return;
    }
    let rows: Vec<Vec<String>> = intents
        .iter()
        .map(|it| {
            let mut wanted = Vec::new();
            if let Some(place) = it.pinned {
                wanted.push(format!("pinned at {place}"));
            }
            wanted.extend(it.hidden.then(|| "hidden".to_owned()));
            wanted.extend(it.held.then(|| "held".to_owned()));
            let own = [("headline", &it.headline), ("excerpt", &it.excerpt), ("note", &it.note)];
            wanted.extend(own.into_iter().filter_map(|(name, text)| {
                text.as_ref().map(|text| format!("{name} {:?}", cut_at_word(&harmless(text), TITLE_CHARS_MAX)))
            }));
            wanted.extend(it.image.as_ref().map(|image| match image {
                ChosenImage::None => "no image".to_owned(),
                ChosenImage::This(image) => format!("image {}", harmless(&image.url)),
            }));
            let title = cut_at_word(&harmless(&it.title), TITLE_CHARS_MAX);
            vec![it.article_id.to_string(), title, wanted.join("; "), it.actor.clone()]
        })
        .collect();
    say_table(&["ARTICLE", "HEADLINE", "WANTED", "BY"], &rows);
}
