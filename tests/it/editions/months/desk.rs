//! What operators do, in any order, at any time: what is not possible is refused and changes nothing.

use super::deeds::Deed;
use super::laws;
use super::world::World;
use lamplighter::base::Span;
use lamplighter::delivery;
use lamplighter::editions::{self, Cutoff, DraftError, Edition, EditionError};
use lamplighter::operators::Actor;

/// An edition of the last days or the next, of whichever publication.
pub async fn an_edition(world: &mut World) -> Option<Edition> {
    let slug = world.papers[world.dice.below(world.papers.len())].slug;
    let id = world.t().publication(slug).await.id;
    let mut tx = world.t().db().read().await.expect("a connection");
    let recent = editions::list_recent(&mut tx, Some(id), 7).await.expect("the database answers");
    drop(tx);
    // Mostly one that is under way.
    let open: Vec<Edition> =
        recent.iter().filter(|it| !it.state.is_end() && it.state != editions::EditionState::Planned).cloned().collect();
    let from = if !open.is_empty() && world.dice.chance(70) { open } else { recent };
    (!from.is_empty()).then(|| world.dice.pick(&from).clone())
}

pub async fn act(world: &mut World, deed: Deed) {
    match deed {
        Deed::Draft | Deed::Extra => draft(world, deed == Deed::Extra).await,
        Deed::MoveSlot | Deed::Holiday => set_up(world, deed).await,
        _ => {
            let Some(edition) = an_edition(world).await else { return };
            on(world, deed, edition).await;
        }
    }
}

/// Where no draft goes out by itself, somebody mostly looks at it in time.
pub async fn morning_round(world: &mut World) {
    if world.papers.iter().all(|it| it.approval == "auto") || !world.dice.chance(50) {
        return;
    }
    for paper in world.papers.clone() {
        if paper.approval == "auto" {
            continue;
        }
        let id = world.t().publication(paper.slug).await.id;
        let mut tx = world.t().db().read().await.expect("a connection");
        let open = editions::list_open(&mut tx, id).await.expect("the database answers");
        drop(tx);
        for edition in open.into_iter().filter(|it| it.state == editions::EditionState::Drafted) {
            on(world, Deed::Approve, edition).await;
        }
    }
}

async fn draft(world: &mut World, extra: bool) {
    let slug = world.papers[world.dice.below(world.papers.len())].slug;
    let publication = world.t().publication(slug).await;
    let done = editions::draft(&world.t().app, Actor::Console, &publication, extra).await;
    world.note(format!("draft {slug} extra {extra}: {:?}", done.as_ref().map(|it| it.label.clone())));
    if let Err(DraftError::Edition(error)) = done {
        panic!("a draft was refused: {error}");
    }
}

async fn on(world: &mut World, deed: Deed, edition: Edition) {
    let app = world.t().app.clone();
    let (who, id) = (Actor::Console, edition.id);
    let before = laws::digest(world).await;
    let done: Result<(), EditionError> = match deed {
        Deed::Approve => editions::approve(&app, who, id).await.map(drop),
        Deed::Flag => editions::flag(&app, who, id, "a name is wrong").await,
        Deed::Cancel => editions::cancel(&app, who, id, "the desk is on strike").await.map(drop),
        Deed::SendNow => delivery::send_now(&app, who, id).await.map(drop),
        Deed::Pause => editions::pause(&app, who, id, "a wrong name").await.map(drop),
        Deed::Resume => editions::resume(&app, who, id).await.map(drop),
        Deed::Abort => delivery::abort(&app, who, id, "the top story is wrong").await.map(drop),
        _ => {
            use editions::EditionState as S;
            if matches!(edition.state, S::Planned | S::Collecting | S::Approved) {
                return;
            }
            // What was done once is not done again.
            let claimed = editions::claim(&app, Actor::System, id, Cutoff::Planned).await.map(drop);
            let sealed = delivery::seal(&app, Actor::System, id).await.map(drop);
            assert!(claimed.is_err() && sealed.is_err(), "twice: {claimed:?} {sealed:?} {}", edition.state);
            claimed.and(sealed)
        }
    };
    judge(world, deed, &edition, done, before).await;
}

/// What is refused changes nothing.
pub async fn judge(world: &mut World, deed: Deed, on: &Edition, done: Result<(), EditionError>, before: Vec<String>) {
    use EditionError as E;
    let what = done.as_ref().map_or_else(ToString::to_string, |()| "done".to_owned());
    world.note(format!("{deed:?} {} {}: {what}", on.label, on.state));
    match done {
        Ok(()) => {}
        Err(E::WrongState { .. } | E::ChecksFailed(_) | E::Approval(_) | E::Shape(_) | E::Conflict(_)) => {
            let after = laws::digest(world).await;
            assert_eq!(before, after, "a verb that was refused changed something\n{}", world.lived.join("\n"));
        }
        Err(error) => panic!("{error}\n{}", world.lived.join("\n")),
    }
    world.deliver().await;
}

async fn set_up(world: &mut World, deed: Deed) {
    let paper = world.dice.below(world.papers.len());
    let slot = world.dice.below(world.papers[paper].slots.len());
    let zone = world.papers[paper].zone;
    let date = (world.t().now() + Span::days(world.dice.between(0, 6))).in_zone(zone).date_naive();
    let slot = &mut world.papers[paper].slots[slot];
    match deed {
        Deed::MoveSlot => slot.move_to_another_time(&mut world.dice),
        _ => slot.holidays.push(date),
    }
    let what = format!("{deed:?} {:?} {date}", slot.now());
    world.note(what);
    world.apply().await;
    world.turn().await;
}
