//! What newsrooms publish, and what befalls machines.

use super::deeds::Deed;
use super::stories::Story;
use super::world::World;
use lamplighter::base::Span;
use lamplighter::gather::push::{PushOutcome, push_articles};
use lamplighter::operators::Actor;
use lamplighter::sink::Manners;
use serde_json::Value;

pub async fn publish(world: &mut World, deed: Deed) {
    let now = world.t().now();
    match deed {
        Deed::Push => push(world, 1, |_| ()).await,
        Deed::PushMany => {
            let many = world.dice.between(2, 9);
            push(world, many, |_| ()).await;
        }
        Deed::Embargo => {
            let until = now + Span::minutes(world.dice.between(-60, 3 * 1440));
            push(world, 1, |it| it.embargo = Some(until)).await;
        }
        Deed::OldNews => {
            let dated = now - Span::days(world.dice.between(1, 9));
            push(world, 1, |it| it.dated = Some(dated)).await;
        }
        Deed::Edit | Deed::Correct => {
            let Some(mut story) = an_earlier_story(world) else { return };
            let count = world.stories.all.len();
            story.embargo = None;
            if deed == Deed::Correct {
                story.text = format!(
                    "{} Correction: an earlier version of this story gave a wrong count of {count}.",
                    story.text
                );
            } else if world.dice.chance(50) {
                story.title = format!("{} again {count}", story.title);
            } else {
                story.text = format!("{} More came on day{count} from people there.", story.text);
            }
            hand_in(world, vec![story]).await;
        }
        Deed::Copy => {
            let Some(story) = an_earlier_story(world) else { return };
            let source = a_source(world);
            let copy = world.stories.copy(&story, &source);
            hand_in(world, vec![copy]).await;
        }
        Deed::Gather => {
            world.note("gather");
            world.t().gather().await;
        }
        _ => on_the_site(world, deed).await,
    }
}

fn a_source(world: &mut World) -> String {
    let paper = world.dice.below(world.papers.len());
    let sources = world.papers[paper].sources.clone();
    world.dice.pick(&sources).clone()
}

fn an_earlier_story(world: &mut World) -> Option<Story> {
    // Of the last days: what is older changes nothing any more.
    let all = &world.stories.all;
    let from = all.len().saturating_sub(25);
    let at = from + world.dice.below(all.len() - from);
    world.stories.all.get(at).cloned()
}

async fn push(world: &mut World, many: i64, change: impl Fn(&mut Story)) {
    let source = a_source(world);
    let stories: Vec<Story> = (0..many)
        .map(|_| {
            let mut story = world.stories.write(&source);
            change(&mut story);
            story
        })
        .collect();
    hand_in(world, stories).await;
}

async fn hand_in(world: &mut World, stories: Vec<Story>) {
    let names: Vec<String> = stories.iter().map(|it| format!("{}/{}", it.source, it.id)).collect();
    world.note(format!("hands in {names:?} embargo {:?}", stories.first().and_then(|it| it.embargo)));
    let body = Value::from(stories.iter().map(Story::json).collect::<Vec<_>>());
    let results = push_articles(&world.t().app, Actor::Console, body).await.expect("the articles are kept");
    for result in &results {
        assert_ne!(result.outcome, PushOutcome::Refused, "{result:?}");
    }
    for story in &stories {
        world.stories.remember(story);
    }
}

async fn on_the_site(world: &mut World, deed: Deed) {
    let Some(site) = world.site.clone() else { return };
    world.note(format!("{deed:?}"));
    let now = world.t().now();
    let count = site.titles().len();
    match deed {
        Deed::SitePublishes | Deed::SiteFloods => {
            let many = if deed == Deed::SiteFloods { 40 } else { world.dice.between(1, 3) };
            site.publish_many(&format!("News of hour {count}"), many, now);
            for title in site.titles().into_iter().skip(count) {
                site.edit(&title, |post| {
                    let url = site.url(&format!("/a/story-{}/", post.id));
                    world.stories.remember_text(url, &post.text);
                });
            }
        }
        Deed::SiteWithdraws if count > 0 => {
            let title = world.dice.pick(&site.titles()).clone();
            site.edit(&title, |post| post.is_withdrawn = !post.is_withdrawn);
        }
        Deed::SiteFails => site.change(|it| it.refuses = Some(("/", 503))),
        _ => site.change(|it| it.refuses = None),
    }
    world.t().poll().await;
}

pub async fn befall(world: &mut World, deed: Deed) {
    world.note(format!("{deed:?}"));
    match deed {
        Deed::Restart => world.restart().await,
        Deed::Die(point) => {
            let nth = world.dice.below(14) + 1;
            let died = world.die_in_a_turn(point, nth).await;
            world.note(format!("died at commit {nth}: {died}"));
            // The next process takes over what the dead one held once its silence is long enough.
            world.turn().await;
            world.t().advance(Span::seconds(25));
            world.turn().await;
        }
        Deed::SecondProcess => world.turn_of_two().await,
        Deed::AwayForMinutes => away(world, 5, 90).await,
        Deed::AwayForHours => away(world, 60, 20 * 60).await,
        Deed::AwayForDays => away(world, 1440, 12 * 1440).await,
        Deed::SetBack => {
            let back = Span::minutes(world.dice.between(1, 2 * 1440));
            world.was_set_back = true;
            let now = world.t().now();
            world.t().clock.set(now - back);
            world.back_at = now;
            world.turn().await;
        }
        Deed::SetForward => {
            let ahead = Span::minutes(world.dice.between(61, 600));
            world.t().advance(ahead);
            world.back_at = world.t().now();
            world.turn().await;
        }
        Deed::RelayBusy => world.t().sink.behave(Manners::BusyAtBanner),
        Deed::RelayAway => world.t().sink.behave(Manners::RefuseConnections),
        _ => world.t().sink.behave(Manners::Normal),
    }
}

/// Nobody looks at the clock for a while.
async fn away(world: &mut World, from: i64, to: i64) {
    let time = Span::minutes(world.dice.between(from, to));
    world.t().advance(time);
    world.restart().await;
    world.back_at = world.t().now();
    world.note("back");
    world.turn().await;
}
