//! What the books say afterwards, and what lies in the mailboxes.

use super::Harness;
use lamplighter::db::{Sql, StoreError};
use lamplighter::delivery::{self, Counts};
use lamplighter::editions::{self, Edition, EditionState, Item};
use lamplighter::gather::ArticleId;
use lamplighter::sink::CaughtMail;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const ARTICLES_SEEN: Sql = Sql::both(
    "SELECT COUNT(DISTINCT g.article_id) AS value FROM sightings g
     JOIN publication_sources p ON p.source_id = g.source_id WHERE p.publication_id = $1",
);
const CLAIMS: Sql = Sql::both("SELECT COUNT(*) AS value FROM claims WHERE publication_id = $1 AND kind = 'news'");
const ITEMS_CLAIMED: Sql = Sql::both(
    "SELECT COUNT(DISTINCT i.article_id) AS value FROM edition_items i JOIN editions e ON e.id = i.edition_id
     WHERE e.publication_id = $1 AND e.kind IN ('regular', 'extra') AND e.state NOT IN ('cancelled', 'missed', 'skipped')",
);
const ARTICLE: Sql = Sql::both("SELECT id AS value FROM articles WHERE title = $1");

impl Harness {
    /// The editions of a publication, the earliest first.
    pub async fn editions_of(&self, publication: &str) -> Vec<Edition> {
        let id = self.publication(publication).await.id;
        let mut tx = self.db().read().await.expect("a connection");
        let mut all = editions::list_recent(&mut tx, Some(id), 100).await.expect("the database answers");
        all.reverse();
        all
    }

    /// An edition of `evening`: `2026-11-23`.
    pub async fn edition(&self, label: &str) -> Edition {
        let found = self.editions_of("evening").await.into_iter().find(|it| it.label == label);
        found.unwrap_or_else(|| panic!("there is no edition {label}"))
    }

    pub async fn state_of(&self, label: &str) -> EditionState {
        self.edition(label).await.state
    }

    /// The items of an edition of `evening`, in the order of the mail.
    pub async fn items_of(&self, label: &str) -> Vec<Item> {
        let edition = self.edition(label).await;
        let mut tx = self.db().read().await.expect("a connection");
        editions::list_items(&mut tx, edition.id).await.expect("the database answers")
    }

    /// The headlines of an edition of `evening`, in the order of the alphabet.
    pub async fn headlines(&self, label: &str) -> Vec<String> {
        let edition = self.edition(label).await;
        self.headlines_in(&edition).await
    }

    pub async fn headlines_in(&self, edition: &Edition) -> Vec<String> {
        let mut tx = self.db().read().await.expect("a connection");
        let items = editions::list_items(&mut tx, edition.id).await.expect("the database answers");
        let mut titles: Vec<String> = items.into_iter().map(|item| item.story.title).collect();
        titles.sort();
        titles
    }

    /// The one article of this title.
    pub async fn article(&self, title: &str) -> ArticleId {
        let mut tx = self.db().read().await.expect("a connection");
        tx.fetch_value(ARTICLE, vec![title.into()]).await.expect("there is one article of this title")
    }

    pub async fn articles<const N: usize>(&self, titles: [&str; N]) -> [ArticleId; N] {
        let mut ids = [ArticleId(0); N];
        for (id, title) in ids.iter_mut().zip(titles) {
            *id = self.article(title).await;
        }
        ids
    }

    /// How many articles `evening` keeps in each state.
    pub async fn candidates(&self) -> BTreeMap<String, i64> {
        self.candidates_of("evening").await
    }

    pub async fn candidates_of(&self, publication: &str) -> BTreeMap<String, i64> {
        let id = self.publication(publication).await.id;
        let mut tx = self.db().read().await.expect("a connection");
        let counts = editions::count_candidates(&mut tx, id).await.expect("the database answers");
        counts.into_iter().map(|count| (count.word, count.hits)).collect()
    }

    /// Every article that a publication saw is in exactly one state, and what is claimed stands in one live edition.
    pub async fn assert_conserved(&self, publication: &str) {
        let id = self.publication(publication).await.id;
        let counted = self.candidates_of(publication).await;
        let [seen, claims, items] = self.count_all([ARTICLES_SEEN, CLAIMS, ITEMS_CLAIMED], id.0).await.expect("counts");
        assert_eq!(counted.values().sum::<i64>(), seen, "an article was lost or counted twice: {counted:?}");
        let claimed = counted.get("claimed").copied().unwrap_or(0);
        assert_eq!((claimed, claimed), (claims, items), "claims and items differ: {counted:?}");
    }

    async fn count_all<const N: usize>(&self, sqls: [Sql; N], publication: i64) -> Result<[i64; N], StoreError> {
        let mut tx = self.db().read().await?;
        let mut counts = [0; N];
        for (count, sql) in counts.iter_mut().zip(sqls) {
            *count = tx.fetch_value(sql, vec![publication.into()]).await?;
        }
        Ok(counts)
    }

    /// What became of the audience of an edition; the sum is checked.
    pub async fn counts(&self, edition: &Edition) -> Counts {
        let mut tx = self.db().read().await.expect("a connection");
        let it = delivery::counts(&mut tx, edition.id).await.expect("the database answers");
        let sum = it.accepted + it.suppressed + it.failed + it.expired + it.waiting + it.uncertain;
        assert_eq!(sum, it.audience, "{it:?}");
        it
    }

    /// The editions in a mailbox, confirmations left out.
    pub fn editions_for(&self, address: &str) -> Vec<Arc<CaughtMail>> {
        self.sink.mails_to(address).into_iter().filter(is_edition).collect()
    }

    /// All editions that the relay took.
    pub fn editions_mailed(&self) -> Vec<Arc<CaughtMail>> {
        self.sink.mails().into_iter().filter(is_edition).collect()
    }

    /// Nobody has the same edition twice, whichever worker or process sent it.
    pub fn assert_nobody_was_mailed_twice(&self) {
        let mut seen = BTreeSet::new();
        for mail in self.editions_mailed() {
            let key = (mail.envelope_to.clone(), mail.header("List-Id").map(str::to_owned), mail.subject.clone());
            assert!(seen.insert(key.clone()), "twice: {key:?}");
        }
    }
}

fn is_edition(mail: &Arc<CaughtMail>) -> bool {
    mail.header("List-Unsubscribe").is_some()
}
