//! A whole evening by the real commands, made from feeds as they are found in the wild.

use super::*;
use crate::harness::{Loopback, TestDatabase, both_engines};
use std::path::Path;
use std::sync::Arc;

/// Feeds that are not part of the project; None, and said aloud, where they are not at hand.
fn feeds() -> Option<Vec<(String, String, Vec<u8>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/feeds/netnewswire");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("!!! {} is not there: no edition was made from feeds of the wild", folder.display());
        return None;
    };
    let mut feeds = Vec::new();
    for file in files {
        let path = file.expect("the folder is readable").path();
        let kind = match path.extension().and_then(|ending| ending.to_str()) {
            Some("json") => "application/json",
            Some("atom") => "application/atom+xml",
            Some("rss" | "rdf" | "xml") => "text/xml",
            _ => continue,
        };
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        feeds.push((name, kind.to_owned(), std::fs::read(&path).expect("the file is readable")));
    }
    Some(feeds)
}

both_engines! {
    async fn an_edition_is_made_from_feeds_of_the_wild(database: Arc<TestDatabase>) {
        let Some(feeds) = feeds() else { return };
        let names: Vec<String> = feeds.iter().map(|(name, ..)| name.clone()).collect();
        let site = Loopback::serve(feeds).await;
        let sink = relay();
        let place = Place::configured(&database, sink.address());
        let urls: Vec<String> = names.iter().map(|name| site.url(name)).collect();
        place.declare(&urls).await;

        let gathered = place.run(&["gather", "--json"]).await.ok().json();
        let sources = gathered["sources"].as_array().expect("a list");
        assert_eq!(sources.len(), names.len());
        let empty: Vec<_> = sources.iter().filter(|source| source["entries"] == 0).collect();
        assert!(empty.is_empty(), "{empty:#?}");
        let again = place.run(&["gather", "--json"]).await.ok().json();
        let new: u64 = again["sources"].as_array().expect("a list").iter().filter_map(|it| it["articles_new"].as_u64()).sum();
        assert_eq!(new, 0, "what was seen is not new: {again:#}");

        place.import(&["anna@readers.example".to_owned()]).await;
        let draft = place.run(&["edition", "draft", "--json"]).await.ok().json();
        assert!(draft["items"].as_array().is_some_and(|items| items.len() > 100), "{draft:#}");
        let preview = place.run(&["edition", "preview", "--json"]).await.ok().json();
        place.run(&["edition", "send", "--now", "--wait"]).await.ok();

        let mails = sink.mails();
        let [mail] = mails.as_slice() else { panic!("{} mails", mails.len()) };
        assert_eq!(mail.subject, preview["subject"].as_str().expect("a subject"));
        assert!(mail.raw.len() < 102_400 && mail.html.contains("</html>") && mail.text.len() > 500);
        assert!(mail.header("List-Unsubscribe-Post").is_some());
        assert_eq!(sink.ledger().violations, []);
    }
}
