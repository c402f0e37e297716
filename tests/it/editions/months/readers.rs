//! What readers do, and what is done for them.

use super::deeds::Deed;
use super::world::World;
use lamplighter::mail::EmailAddr;
use lamplighter::operators::Actor;
use lamplighter::subscribers::{
    self, Choices, LeaveOutcome, LeaveScope, PreferencesError, SuppressionReason, UndoOutcome,
};

pub async fn act(world: &mut World, deed: Deed) {
    world.note(format!("{deed:?}"));
    if deed == Deed::Join {
        world.join().await;
        return;
    }
    let at = world.dice.below(world.readers.len());
    let reader = world.readers[at].clone();
    let app = world.t().app.clone();
    let email = EmailAddr::parse(&reader.address).expect("an address");
    let token = |link: String| link.rsplit('/').next().expect("a link ends in its token").to_owned();
    let leaving = token(subscribers::unsubscribe_link(&app, reader.subscription.0));
    match deed {
        Deed::Leave => {
            let outcome = subscribers::leave(&app, &leaving, LeaveScope::One).await.expect("the database answers");
            assert!(!matches!(outcome, LeaveOutcome::Invalid));
            world.readers[at].is_gone = true;
        }
        Deed::ComeBack => {
            let outcome = subscribers::undo_leave(&app, &leaving).await.expect("the database answers");
            if matches!(outcome, UndoOutcome::Back { .. } | UndoOutcome::Subscribed { .. }) {
                world.readers[at].is_gone = false;
            }
        }
        Deed::Choose => {
            let sections = match world.dice.below(3) {
                0 => vec!["world".to_owned()],
                1 => vec!["local".to_owned(), "sport".to_owned()],
                _ => Vec::new(),
            };
            let hour = world.dice.chance(50).then(|| world.dice.between(0, 23));
            let zones = ["Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"];
            let time_zone = world.dice.chance(40).then(|| (*world.dice.pick(&zones)).to_owned());
            let choices = Choices { sections, hour, time_zone, ..Choices::default() };
            let link = token(subscribers::preferences_link(&app, reader.subscription.0));
            match subscribers::change_preferences(&app, &link, None, &choices).await {
                Ok(_) | Err(PreferencesError::Left | PreferencesError::Gone | PreferencesError::Invalid) => {}
                Err(error) => panic!("{error}"),
            }
        }
        Deed::Suppress => {
            let done = subscribers::suppress(&app, Actor::Console, &email, SuppressionReason::Complaint).await;
            done.expect("an address can be suppressed");
            world.readers[at].is_gone = true;
        }
        _ => {
            subscribers::erase(&app, Actor::Console, &email).await.expect("a person can be erased");
            world.readers[at].is_gone = true;
        }
    }
}
