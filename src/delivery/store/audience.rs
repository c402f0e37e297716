//! Freezing an edition's audience into `deliveries` and `audience_exclusions`, in the order of its waves.
//!
//! The distinct choices go into `seal_choices`, and each statement below runs once over the whole audience, so that a
//! million readers cost one pass and no memory. An audience is stated alike in all of them (`$n` for breaking alone, an
//! edition that was wrong and the variants of it that were); [`Audience`] gives these three values. `CROSS JOIN` on
//! SQLite fixes the order: readers by number, the choice of each by its key.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, Value, args, row, statements};
use crate::editions::{EditionId, SealedVariant};
use crate::publications::PublicationId;
use serde::Serialize;
use std::collections::BTreeMap;

statements! {
    // Distinct first, then in order: else SQLite sorts every reader.
    LIST_CHOICES = "SELECT sections, time_zone, hour FROM (SELECT DISTINCT sections, time_zone, hour FROM subscriptions WHERE publication_id = $1 AND state = 'active') AS choices ORDER BY sections, time_zone, hour";
    COUNT_ACTIVE = "SELECT COUNT(*) AS value FROM subscriptions s WHERE s.publication_id = $1 AND s.state = 'active' AND (s.breaking OR NOT CAST($2 AS BOOLEAN)) AND (CAST($3 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = $3 AND d.subscriber_id = s.subscriber_id AND d.state IN ('started', 'accepted', 'uncertain') AND $4 LIKE '%,' || d.variant || ',%'))";
    INSERT_CHOICES = sqlite: "INSERT INTO seal_choices (edition_id, sections, time_zone, hour, variant, stories, not_before, expires_at, window_number) SELECT $1, json_extract(value, '$.sections'), json_extract(value, '$.time_zone'), json_extract(value, '$.hour'), json_extract(value, '$.variant'), json_extract(value, '$.stories'), json_extract(value, '$.not_before'), json_extract(value, '$.expires_at'), json_extract(value, '$.window_number') FROM json_each($2)",
        postgres: "INSERT INTO seal_choices (edition_id, sections, time_zone, hour, variant, stories, not_before, expires_at, window_number) SELECT $1, value ->> 'sections', value ->> 'time_zone', CAST(value ->> 'hour' AS BIGINT), value ->> 'variant', CAST(value ->> 'stories' AS BIGINT), CAST(value ->> 'not_before' AS BIGINT), CAST(value ->> 'expires_at' AS BIGINT), CAST(value ->> 'window_number' AS BIGINT) FROM json_array_elements(CAST($2 AS json)) AS rows(value)";
    EXCLUDE_SUPPRESSED = "INSERT INTO audience_exclusions (edition_id, subscriber_id, reason) SELECT $1, s.subscriber_id, 'suppressed' FROM suppressions x CROSS JOIN subscribers p CROSS JOIN subscriptions s WHERE (x.expires_at IS NULL OR x.expires_at > $6) AND p.address_hash = x.address_hash AND s.subscriber_id = p.id AND s.publication_id = $2 AND s.state = 'active' AND (s.breaking OR NOT CAST($3 AS BOOLEAN)) AND (CAST($4 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = $4 AND d.subscriber_id = s.subscriber_id AND d.state IN ('started', 'accepted', 'uncertain') AND $5 LIKE '%,' || d.variant || ',%'))";
    // The condition of the partial index to the letter: only readers with such a wish are looked at. $6 is now; $7 the
    // weekday of an edition that readers may choose by its day and size, and NULL for one that comes whatever the day.
    EXCLUDE_UNWANTED = "INSERT INTO audience_exclusions (edition_id, subscriber_id, reason) SELECT $1, s.subscriber_id, CASE WHEN s.paused_until > $6 THEN 'paused' WHEN s.weekday <> CAST($7 AS BIGINT) THEN 'other_day' ELSE 'too_few_stories' END FROM subscriptions s WHERE s.publication_id = $2 AND (s.paused_until IS NOT NULL OR s.weekday IS NOT NULL OR s.stories_min IS NOT NULL) AND s.state = 'active' AND (s.breaking OR NOT CAST($3 AS BOOLEAN)) AND CAST($4 AS BIGINT) IS NULL AND CAST($5 AS TEXT) = '' AND (s.paused_until > $6 OR s.weekday <> $7 OR ($7 IS NOT NULL AND EXISTS (SELECT 1 FROM seal_choices c WHERE c.edition_id = $1 AND c.sections = COALESCE(s.sections, '') AND c.time_zone = COALESCE(s.time_zone, '') AND c.hour = COALESCE(s.hour, -1) AND c.variant IS NOT NULL AND c.stories < s.stories_min))) AND NOT EXISTS (SELECT 1 FROM audience_exclusions x WHERE x.edition_id = $1 AND x.subscriber_id = s.subscriber_id)";
    EXCLUDE_EMPTY = "INSERT INTO audience_exclusions (edition_id, subscriber_id, reason) SELECT $1, s.subscriber_id, 'skipped_empty' FROM subscriptions s CROSS JOIN seal_choices c WHERE s.publication_id = $2 AND s.state = 'active' AND (s.breaking OR NOT CAST($3 AS BOOLEAN)) AND (CAST($4 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = $4 AND d.subscriber_id = s.subscriber_id AND d.state IN ('started', 'accepted', 'uncertain') AND $5 LIKE '%,' || d.variant || ',%')) AND c.edition_id = $1 AND c.sections = CASE WHEN CAST($6 AS BOOLEAN) THEN '' ELSE COALESCE(s.sections, '') END AND c.time_zone = CASE WHEN CAST($6 AS BOOLEAN) THEN '' ELSE COALESCE(s.time_zone, '') END AND c.hour = CASE WHEN CAST($6 AS BOOLEAN) THEN -1 ELSE COALESCE(s.hour, -1) END AND c.variant IS NULL AND NOT EXISTS (SELECT 1 FROM audience_exclusions x WHERE x.edition_id = $1 AND x.subscriber_id = s.subscriber_id)";
    // By wave, so that each is a range of numbers, and within one by reader. A canary is drawn anew for each edition.
    FREEZE = sqlite: "WITH domains AS MATERIALIZED (SELECT key AS domain, value AS number FROM json_each($7)) INSERT INTO deliveries (edition_id, subscriber_id, subscription_id, variant, state, reason, next_attempt_at, expires_at, wave) SELECT CAST($1 AS BIGINT), s.subscriber_id, s.id, c.variant, 'queued', '', c.not_before, c.expires_at, (c.window_number * $8 + COALESCE(m.number, 0)) * 3 + CASE WHEN (s.subscriber_id * 48271 + CAST($1 AS BIGINT) * 7919) % 10000 < $9 THEN 0 WHEN CAST($10 AS BIGINT) IS NOT NULL AND EXISTS (SELECT 1 FROM deliveries w WHERE w.edition_id = $10 AND w.subscriber_id = s.subscriber_id AND w.state = 'expired') THEN 1 ELSE 2 END FROM subscriptions s CROSS JOIN seal_choices c CROSS JOIN subscribers p LEFT JOIN domains m ON m.domain = substr(p.email, instr(p.email, '@') + 1) WHERE p.id = s.subscriber_id AND s.publication_id = $2 AND s.state = 'active' AND (s.breaking OR NOT CAST($3 AS BOOLEAN)) AND (CAST($4 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = $4 AND d.subscriber_id = s.subscriber_id AND d.state IN ('started', 'accepted', 'uncertain') AND $5 LIKE '%,' || d.variant || ',%')) AND c.edition_id = $1 AND c.sections = CASE WHEN CAST($6 AS BOOLEAN) THEN '' ELSE COALESCE(s.sections, '') END AND c.time_zone = CASE WHEN CAST($6 AS BOOLEAN) THEN '' ELSE COALESCE(s.time_zone, '') END AND c.hour = CASE WHEN CAST($6 AS BOOLEAN) THEN -1 ELSE COALESCE(s.hour, -1) END AND c.variant IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audience_exclusions x WHERE x.edition_id = $1 AND x.subscriber_id = s.subscriber_id) ORDER BY 9, s.subscriber_id",
        postgres: "WITH domains AS MATERIALIZED (SELECT key AS domain, CAST(value AS BIGINT) AS number FROM json_each_text(CAST($7 AS json))) INSERT INTO deliveries (edition_id, subscriber_id, subscription_id, variant, state, reason, next_attempt_at, expires_at, wave) SELECT CAST($1 AS BIGINT), s.subscriber_id, s.id, c.variant, 'queued', '', c.not_before, c.expires_at, (c.window_number * $8 + COALESCE(m.number, 0)) * 3 + CASE WHEN (s.subscriber_id * 48271 + CAST($1 AS BIGINT) * 7919) % 10000 < $9 THEN 0 WHEN CAST($10 AS BIGINT) IS NOT NULL AND EXISTS (SELECT 1 FROM deliveries w WHERE w.edition_id = $10 AND w.subscriber_id = s.subscriber_id AND w.state = 'expired') THEN 1 ELSE 2 END FROM subscriptions s CROSS JOIN seal_choices c CROSS JOIN subscribers p LEFT JOIN domains m ON m.domain = split_part(p.email, '@', 2) WHERE p.id = s.subscriber_id AND s.publication_id = $2 AND s.state = 'active' AND (s.breaking OR NOT CAST($3 AS BOOLEAN)) AND (CAST($4 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = $4 AND d.subscriber_id = s.subscriber_id AND d.state IN ('started', 'accepted', 'uncertain') AND $5 LIKE '%,' || d.variant || ',%')) AND c.edition_id = $1 AND c.sections = CASE WHEN CAST($6 AS BOOLEAN) THEN '' ELSE COALESCE(s.sections, '') END AND c.time_zone = CASE WHEN CAST($6 AS BOOLEAN) THEN '' ELSE COALESCE(s.time_zone, '') END AND c.hour = CASE WHEN CAST($6 AS BOOLEAN) THEN -1 ELSE COALESCE(s.hour, -1) END AND c.variant IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audience_exclusions x WHERE x.edition_id = $1 AND x.subscriber_id = s.subscriber_id) ORDER BY 9, s.subscriber_id";
    COUNT_EXCLUSIONS = "SELECT reason, CAST(SUM(readers) AS BIGINT) AS readers FROM (SELECT reason, COUNT(*) AS readers FROM audience_exclusions WHERE edition_id = $1 GROUP BY reason UNION ALL SELECT reason, count AS readers FROM delivery_counts WHERE edition_id = $1 AND state = 'excluded') AS counted GROUP BY reason ORDER BY reason";
}

/// For whom an edition is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Audience {
    /// Every reader of the publication: each gets the sections and the hour that were chosen.
    Everybody,
    /// Those alone who chose breaking news: the same mail, at once.
    Breaking,
    /// Those alone who got one of these variants of an edition that was wrong: the same mail, at once.
    ReceivedWrong { edition: EditionId, variants: Vec<String> },
}

impl Audience {
    /// Whether everybody in it gets the same mail at the same time.
    pub const fn is_of_one_mail(&self) -> bool {
        !matches!(self, Self::Everybody)
    }

    /// Breaking alone, the edition that was wrong, its variants that were.
    fn values(&self) -> [Value; 3] {
        match self {
            Self::Everybody => [false.into(), None::<i64>.into(), "".into()],
            Self::Breaking => [true.into(), None::<i64>.into(), "".into()],
            Self::ReceivedWrong { edition, variants } => {
                [false.into(), (*edition).into(), format!(",{},", variants.join(",")).into()]
            }
        }
    }
}

row! {
    /// Subscribers who want the same mail at the same time.
    #[derive(Default)]
    pub struct Choice {
        /// JSON as stored; None is every section.
        pub sections: Option<String>,
        pub time_zone: Option<String>,
        pub hour: Option<i64>,
    }
}

/// What a choice comes to.
#[derive(Serialize)]
pub struct SealedChoice {
    sections: String,
    time_zone: String,
    hour: i64,
    /// None: nothing is left to read.
    variant: Option<String>,
    stories: usize,
    not_before: Timestamp,
    expires_at: Timestamp,
    window_number: usize,
}

impl SealedChoice {
    /// `window_number` is the window's place among the distinct ones.
    pub fn new(choice: &Choice, variant: Option<SealedVariant>, window: Window, window_number: usize) -> Self {
        Self {
            window_number,
            sections: choice.sections.clone().unwrap_or_default(),
            time_zone: choice.time_zone.clone().unwrap_or_default(),
            hour: choice.hour.unwrap_or(-1),
            stories: variant.as_ref().map_or(0, |it| it.stories),
            variant: variant.map(|it| it.key),
            not_before: window.not_before,
            expires_at: window.expires_at,
        }
    }

    /// Nothing is left to read.
    pub const fn is_empty(&self) -> bool {
        self.variant.is_none()
    }
}

row! {
    /// Who was left out at the seal.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct Exclusion {
        pub reason: String,
        pub readers: i64,
    }
}

impl Exclusion {
    /// The reason for people.
    pub fn words(&self) -> &str {
        match self.reason.as_str() {
            "paused" => "paused: the reader wants no mail for a while",
            "other_day" => "other_day: the reader wants the edition of another weekday",
            "too_few_stories" => "too_few_stories: fewer stories than the reader wants an edition to have",
            "suppressed" => "suppressed: the address must not be mailed",
            "skipped_empty" => "skipped_empty: nothing in the sections that the reader chose",
            other => other,
        }
    }
}

/// When the deliveries of a choice may begin, and when they are worth nothing any more.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Window {
    pub not_before: Timestamp,
    pub expires_at: Timestamp,
}

/// The edition whose audience is frozen.
pub struct Freeze<'a> {
    pub edition: EditionId,
    pub publication: PublicationId,
    pub audience: &'a Audience,
}

impl Freeze<'_> {
    fn values(&self) -> Vec<Value> {
        let [breaking, wrong, variants] = self.audience.values();
        args![self.edition, self.publication, breaking, wrong, variants]
    }
}

/// Choices written by one statement.
const CHOICES_AT_ONCE: usize = 500;

pub async fn list_choices(tx: &mut Tx, publication: PublicationId) -> Result<Vec<Choice>, StoreError> {
    tx.fetch_all(LIST_CHOICES, args![publication]).await
}

pub async fn count_active(tx: &mut Tx, freeze: &Freeze<'_>) -> Result<i64, StoreError> {
    let [breaking, wrong, variants] = freeze.audience.values();
    tx.fetch_value(COUNT_ACTIVE, args![freeze.publication, breaking, wrong, variants]).await
}

pub async fn insert_choices(tx: &mut Tx, edition: EditionId, choices: &[SealedChoice]) -> Result<(), StoreError> {
    for choices in choices.chunks(CHOICES_AT_ONCE) {
        tx.execute(INSERT_CHOICES, args![edition, choices]).await?;
    }
    Ok(())
}

pub async fn exclude_suppressed(tx: &mut Tx, now: Timestamp, freeze: &Freeze<'_>) -> Result<u64, StoreError> {
    let mut values = freeze.values();
    values.push(now.into());
    tx.execute(EXCLUDE_SUPPRESSED, values).await
}

/// Leaves out who has paused; and, of an edition that may be chosen by its `weekday` (0 is Monday), who wants another day's
/// or a longer one. A correction goes to whoever got what was wrong.
pub async fn exclude_unwanted(
    tx: &mut Tx,
    now: Timestamp,
    freeze: &Freeze<'_>,
    weekday: Option<i64>,
) -> Result<u64, StoreError> {
    let mut values = freeze.values();
    values.push(now.into());
    values.push(weekday.into());
    tx.execute(EXCLUDE_UNWANTED, values).await
}

/// Leaves out those whose choice has no variant.
pub async fn exclude_empty(tx: &mut Tx, freeze: &Freeze<'_>) -> Result<u64, StoreError> {
    tx.execute(EXCLUDE_EMPTY, with_one_mail(freeze)).await
}

/// How the audience is cut into waves.
pub struct Cut<'a> {
    /// The number of the mail group of each known domain; any other is of group 0.
    pub domains: &'a BTreeMap<String, usize>,
    pub groups: usize,
    /// Of ten thousand readers, this many go first.
    pub canary: i64,
    /// The edition that some had to wait for in vain.
    pub waited: Option<EditionId>,
}

/// Writes the delivery of everybody who is left; answers how many. Its wave is
/// `(window * groups + group) * 3 + rank`.
pub async fn freeze(tx: &mut Tx, freeze: &Freeze<'_>, cut: &Cut<'_>) -> Result<u64, StoreError> {
    let mut values = with_one_mail(freeze);
    let domains = serde_json::to_string(cut.domains).unwrap_or_else(|_| "{}".to_owned());
    values.extend(args![domains, cut.groups, cut.canary, cut.waited]);
    tx.execute(FREEZE, values).await
}

fn with_one_mail(freeze: &Freeze<'_>) -> Vec<Value> {
    let mut values = freeze.values();
    values.push(freeze.audience.is_of_one_mail().into());
    values
}

/// By reason.
pub async fn count_exclusions(tx: &mut Tx, edition: EditionId) -> Result<Vec<Exclusion>, StoreError> {
    tx.fetch_all(COUNT_EXCLUSIONS, args![edition]).await
}
