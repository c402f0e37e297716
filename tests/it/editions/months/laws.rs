//! What holds at every moment, whatever happened: asked of the database after each day.
//!
//! A law is a query for what breaks it; no row is right.

use super::world::World;
use super::{content, times};
use lamplighter::base::{Span, Timestamp};
use lamplighter::db::{Sql, Tx};
use lamplighter::editions::EditionState;

const LAWS: [(&str, &str); 20] = [
    (
        "a story is claimed once",
        "SELECT k.story_key AS value FROM claims k GROUP BY k.publication_id, k.story_key, k.kind HAVING COUNT(*) > 1",
    ),
    (
        "an article stands in one edition",
        "SELECT 'article ' || CAST(i.article_id AS TEXT) AS value FROM edition_items i JOIN editions e ON e.id = i.edition_id
         WHERE e.state NOT IN ('cancelled', 'missed', 'skipped') AND e.kind IN ('regular', 'extra') AND i.origin <> 'archive'
         GROUP BY e.publication_id, i.article_id HAVING COUNT(*) > 1",
    ),
    (
        "what is claimed has its claim",
        "SELECT 'article ' || CAST(c.article_id AS TEXT) AS value FROM candidates c WHERE c.state = 'claimed'
         AND NOT EXISTS (SELECT 1 FROM claims k WHERE k.publication_id = c.publication_id AND k.article_id = c.article_id AND k.kind = 'news')",
    ),
    (
        "a claim's article is claimed",
        "SELECT 'article ' || CAST(k.article_id AS TEXT) AS value FROM claims k WHERE k.kind = 'news'
         AND NOT EXISTS (SELECT 1 FROM candidates c WHERE c.publication_id = k.publication_id AND c.article_id = k.article_id AND c.state = 'claimed')",
    ),
    (
        "a claim belongs to an edition that has a draft and did not end without being sent",
        "SELECT e.label || ' ' || e.state AS value FROM claims k JOIN editions e ON e.id = k.edition_id
         WHERE e.state IN ('planned', 'collecting', 'cancelled', 'missed', 'skipped')",
    ),
    (
        "a claim has its item",
        "SELECT e.label || ' article ' || CAST(k.article_id AS TEXT) AS value FROM claims k JOIN editions e ON e.id = k.edition_id WHERE k.kind = 'news'
         AND NOT EXISTS (SELECT 1 FROM edition_items i WHERE i.edition_id = k.edition_id AND i.article_id = k.article_id)",
    ),
    (
        "an item has its claim",
        "SELECT e.label || ' article ' || CAST(i.article_id AS TEXT) AS value FROM edition_items i JOIN editions e ON e.id = i.edition_id
         WHERE e.state NOT IN ('cancelled', 'missed', 'skipped') AND e.kind IN ('regular', 'extra') AND i.origin <> 'archive'
         AND NOT EXISTS (SELECT 1 FROM claims k WHERE k.edition_id = i.edition_id AND k.article_id = i.article_id AND k.kind = 'news')",
    ),
    (
        "every article that a publication's source showed has its state there",
        "SELECT 'article ' || CAST(g.article_id AS TEXT) AS value FROM sightings g JOIN publication_sources p ON p.source_id = g.source_id
         WHERE NOT EXISTS (SELECT 1 FROM candidates c WHERE c.publication_id = p.publication_id AND c.article_id = g.article_id)",
    ),
    (
        "nothing is claimed that came at the cutoff or after it",
        "SELECT e.label || ' article ' || CAST(i.article_id AS TEXT) AS value FROM edition_items i JOIN editions e ON e.id = i.edition_id
         JOIN candidates c ON c.publication_id = e.publication_id AND c.article_id = i.article_id
         WHERE i.origin = 'claim' AND c.state = 'claimed' AND c.eligible_at >= e.cutoff_at AND e.state NOT IN ('cancelled', 'missed', 'skipped')
         AND e.kind IN ('regular', 'extra')",
    ),
    (
        "a slot has one edition on a date",
        "SELECT local_date AS value FROM editions WHERE slot_id IS NOT NULL GROUP BY publication_id, slot_id, local_date HAVING COUNT(*) > 1",
    ),
    (
        "no mail is empty",
        "SELECT e.label AS value FROM editions e WHERE EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = e.id) AND e.kind <> 'correction'
         AND NOT EXISTS (SELECT 1 FROM edition_items i WHERE i.edition_id = e.id AND i.placement <> 'hidden')",
    ),
    (
        "the audience is accounted for",
        "SELECT e.label AS value FROM editions e WHERE e.sealed_at IS NOT NULL AND (
             e.prepared_count <> (SELECT COUNT(*) FROM deliveries d WHERE d.edition_id = e.id)
             OR e.candidates_count <> e.prepared_count + (SELECT COUNT(*) FROM audience_exclusions x WHERE x.edition_id = e.id))",
    ),
    (
        "what was accepted says when, by whom and at which attempt",
        "SELECT 'delivery ' || CAST(d.id AS TEXT) AS value FROM deliveries d WHERE d.state = 'accepted' AND (d.attempts < 1 OR d.finished_at IS NULL OR d.relay IS NULL)",
    ),
    (
        "a sent edition has nobody waiting",
        "SELECT e.label AS value FROM editions e JOIN deliveries d ON d.edition_id = e.id WHERE e.state IN ('sent', 'aborted')
         AND d.state IN ('queued', 'leased', 'deferred') GROUP BY e.id, e.label",
    ),
    (
        "nobody is sent an edition that was not sealed",
        "SELECT e.label AS value FROM editions e JOIN deliveries d ON d.edition_id = e.id WHERE e.sealed_at IS NULL GROUP BY e.id, e.label",
    ),
    (
        "what is not shown has its reason",
        "SELECT c.state || ' article ' || CAST(c.article_id AS TEXT) AS value FROM candidates c WHERE c.state NOT IN ('pool', 'claimed') AND c.reason = ''",
    ),
    (
        "what is hidden in an edition has its reason",
        "SELECT e.label || ' article ' || CAST(i.article_id AS TEXT) AS value FROM edition_items i JOIN editions e ON e.id = i.edition_id
         WHERE i.placement = 'hidden' AND i.placement_reason = '' AND i.placement_by IS NULL",
    ),
    (
        "an edition that ended without being sent has its reason",
        "SELECT e.label AS value FROM editions e WHERE e.state IN ('skipped', 'cancelled', 'missed', 'aborted') AND e.reason = ''",
    ),
    (
        "an edition's history is one chain",
        "SELECT CAST(h.edition_id AS TEXT) || ': ' || h.before || ', then ' || h.from_state AS value FROM (
             SELECT edition_id, from_state, COALESCE(LAG(to_state) OVER (PARTITION BY edition_id ORDER BY id), 'planned') AS before FROM edition_events
         ) AS h WHERE h.before <> h.from_state",
    ),
    (
        "an edition is where its history left it",
        "SELECT e.label || ' ' || e.state AS value FROM editions e WHERE e.state <> COALESCE(
             (SELECT v.to_state FROM edition_events v WHERE v.edition_id = e.id ORDER BY v.id DESC LIMIT 1), 'planned')",
    ),
];

/// With the time, in microseconds.
const TIMELY: [(&str, &str); 2] = [
    (
        "no edition is left behind",
        "SELECT e.label || ' ' || e.state AS value FROM editions e WHERE e.slot_id IS NOT NULL AND e.latest_send_at < $1
         AND e.state IN ('planned', 'collecting', 'drafted', 'in_review', 'approved', 'sealed')",
    ),
    (
        "nothing in the pool was left behind by a draft",
        "SELECT e.label || ' article ' || CAST(c.article_id AS TEXT) AS value FROM candidates c JOIN editions e ON e.publication_id = c.publication_id
         JOIN edition_events v ON v.edition_id = e.id AND v.verb = 'draft'
         WHERE c.state = 'pool' AND c.changed_at < v.at AND c.eligible_at < e.cutoff_at AND v.at <= $1
         AND e.state NOT IN ('cancelled', 'missed', 'skipped') AND e.kind IN ('regular', 'extra')",
    ),
];

const LATE: Sql = Sql::both(
    "SELECT p.slug || ' ' || CAST(COUNT(*) AS TEXT) AS value FROM editions e JOIN publications p ON p.id = e.publication_id
     WHERE e.kind = 'regular' AND e.sealed_at >= $1 AND e.send_at < $1 AND e.sealed_at > e.send_at + 300000000
     AND e.approved_by = 'system' GROUP BY p.slug HAVING COUNT(*) > 1",
);
const STEPS: Sql = Sql::both("SELECT DISTINCT from_state || ' ' || to_state AS value FROM edition_events");
const PLANNED: Sql = Sql::both(
    "SELECT e.local_date || ' ' || e.state || ' ' || CAST(e.cutoff_at AS TEXT) || ' ' || CAST(e.send_at AS TEXT) AS value
     FROM editions e JOIN publications p ON p.id = e.publication_id JOIN slots s ON s.id = e.slot_id
     WHERE p.slug = $1 AND s.name = $2 AND e.cutoff_at > $3 ORDER BY e.cutoff_at",
);
const DELIVERIES: Sql = Sql::both(
    "SELECT CAST(d.id AS TEXT) || ' ' || d.state || ' '
         || CASE WHEN d.state = 'accepted' THEN '1' ELSE '0' END || ' '
         || CAST((SELECT COUNT(*) FROM delivery_attempts a WHERE a.delivery_id = d.id AND a.outcome IN ('uncertain', 'started')) AS TEXT) AS value
     FROM deliveries d WHERE d.expires_at > $1 ORDER BY d.id",
);
const DIGEST: Sql = Sql::both(
    "SELECT 'e' || CAST(id AS TEXT) || state || CAST(revision AS TEXT) || ' ' || CAST(cutoff_at AS TEXT) || ' ' || CAST(send_at AS TEXT) || subject AS value FROM editions
     UNION ALL SELECT 'v' || CAST(COUNT(*) AS TEXT) FROM edition_events
     UNION ALL SELECT 'i' || CAST(COUNT(*) AS TEXT) || ' ' || CAST(COALESCE(SUM(id * position), 0) AS TEXT) FROM edition_items
     UNION ALL SELECT 'k' || CAST(COUNT(*) AS TEXT) || ' ' || CAST(COALESCE(SUM(id), 0) AS TEXT) FROM claims
     UNION ALL SELECT 'c' || state || CAST(COUNT(*) AS TEXT) FROM candidates GROUP BY state
     UNION ALL SELECT 'd' || state || CAST(COUNT(*) AS TEXT) FROM deliveries GROUP BY state
     UNION ALL SELECT 'o' || CAST(COUNT(*) AS TEXT) FROM outbox
     UNION ALL SELECT 'x' || CAST(COUNT(*) AS TEXT) FROM edition_variants",
);

const HOURS: Sql = Sql::both(
    "SELECT CAST(d.next_attempt_at AS TEXT) || ' ' || CAST(e.send_at AS TEXT) || ' ' || CAST(s.hour AS TEXT) || ' ' || COALESCE(s.time_zone, p.time_zone) AS value
     FROM deliveries d JOIN editions e ON e.id = d.edition_id JOIN publications p ON p.id = e.publication_id JOIN subscriptions s ON s.id = d.subscription_id
     WHERE e.sealed_at = $1 AND e.kind = 'regular' AND d.state = 'queued' AND d.attempts = 0 AND s.hour IS NOT NULL",
);

async fn list(tx: &mut Tx, sql: Sql, values: Vec<lamplighter::db::Value>) -> Vec<String> {
    let rows: Vec<(String,)> = tx.fetch_all(sql, values).await.expect("a law is a query");
    rows.into_iter().map(|(value,)| value).collect()
}

/// The books in short.
pub async fn digest(world: &World) -> Vec<String> {
    let mut rows = list(&mut world.t().db().read().await.expect("a connection"), DIGEST, vec![]).await;
    rows.sort();
    rows
}

/// A second look at the same moment finds nothing to do.
pub async fn after_a_tick(world: &mut World) {
    let mut tx = world.t().db().read().await.expect("a connection");
    let late = list(&mut tx, LATE, vec![world.back_at.into()]).await;
    let hours = list(&mut tx, HOURS, vec![world.t().now().into()]).await;
    drop(tx);
    broken(world, "after a downtime one late mail is enough", &late);
    for row in hours {
        let fields: Vec<&str> = row.split(' ').collect();
        let at = |field: usize| Timestamp::from_micros(fields[field].parse().expect("a time"));
        let (hour, zone) = (fields[2].parse().expect("an hour"), fields[3].parse().expect("a zone"));
        assert_eq!(at(0), times::next_hour(zone, at(1), hour), "{row}\n{}", world.lived.join("\n"));
    }
    if world.dice.chance(60) {
        return;
    }
    let before = digest(world).await;
    let again = world.t().tick().await;
    let after = digest(world).await;
    assert!(
        again.steps.is_empty() && before == after,
        "twice is not once: {:?}\n{}",
        again.steps,
        world.lived.join("\n")
    );
}

fn broken(world: &World, law: &str, by: &[String]) {
    assert!(by.is_empty(), "{law}: {by:?}\n{}", world.lived.join("\n"));
}

pub async fn at_the_end_of_a_day(world: &mut World) {
    let now = world.t().now();
    let mut tx = world.t().db().read().await.expect("a connection");
    for (law, text) in LAWS {
        broken(world, law, &list(&mut tx, Sql::both(text), vec![]).await);
    }
    for (law, text) in TIMELY {
        // What a clock that was set back leaves behind says nothing.
        if !world.was_set_back {
            broken(world, law, &list(&mut tx, Sql::both(text), vec![now.into()]).await);
        }
    }
    for step in list(&mut tx, STEPS, vec![]).await {
        let state = |word: &str| EditionState::ALL.iter().copied().find(|state| state.as_str() == word);
        let states: Vec<EditionState> = step.split(' ').filter_map(state).collect();
        let [from, to] = states[..] else { panic!("{step} names no two states") };
        assert!(from == to || from.may_become(to), "{step}\n{}", world.lived.join("\n"));
    }
    the_ledgers_agree(world, &mut tx, now - Span::days(2)).await;
    if !world.was_set_back {
        the_next_editions_are_planned(world, &mut tx, now).await;
    }
    drop(tx);
    content::holds(world).await;
    // That a relay is away is told, and is nobody's fault here.
    let complaints: Vec<String> =
        world.ear.take().into_iter().filter(|it| !it.contains("the relay takes no mail")).collect();
    broken(world, "the service has nothing to complain of", &complaints);
}

/// What the service says it sent, and what the relay took.
async fn the_ledgers_agree(world: &World, tx: &mut Tx, since: Timestamp) {
    for row in list(tx, DELIVERIES, vec![since.into()]).await {
        let fields: Vec<&str> = row.split(' ').collect();
        let number = |at: usize| fields[at].parse::<i64>().expect("a number");
        let (id, state, accepted, uncertain) = (number(0), fields[1], number(2), number(3));
        let copies = world.post.copies(id);
        let is_right = accepted <= copies
            && copies <= accepted + uncertain
            && (state != "accepted" || accepted == 1)
            && (accepted == 0 || state == "accepted");
        assert!(is_right, "delivery {row}: the relay took {copies}\n{}", world.lived.join("\n"));
    }
}

/// Three editions ahead in each slot, at the times that the wall clock says.
async fn the_next_editions_are_planned(world: &World, tx: &mut Tx, now: Timestamp) {
    for paper in &world.papers {
        for slot in &paper.slots {
            let rows = list(tx, PLANNED, vec![paper.slug.into(), slot.name().into(), now.into()]).await;
            let wanted: Vec<_> = times::dates_around(paper.zone, now)
                .filter(|date| times::is_weekday(slot.weekdays, *date) && !slot.holidays.contains(date))
                .filter_map(|date| Some((date, times::due(paper.zone, date, slot.now().0, slot.now().1)?)))
                .filter(|(_, (cutoff_at, _))| *cutoff_at > now)
                .take(3)
                .collect();
            for (date, (cutoff_at, send_at)) in wanted {
                let of_date: Vec<&String> = rows.iter().filter(|row| row.starts_with(&date.to_string())).collect();
                let times = format!("{} {}", cutoff_at.as_micros(), send_at.as_micros());
                // Today's may be over, or have kept the time it had.
                let is_planned = |row: &&String| row.contains(" planned ");
                let planned: Vec<_> = of_date.iter().copied().filter(is_planned).collect();
                let is_right = planned.iter().all(|row| row.ends_with(&times));
                assert!(
                    is_right,
                    "{} {date} should be due at {times}: {planned:?}\n{}",
                    paper.slug,
                    world.lived.join("\n")
                );
            }
        }
    }
}
