//! Tonight by its forms: what is in the edition, in which order, who decides, and who was faster.

use super::{MONDAY, at_desk, drafted, said};
use crate::harness::{Doors, Harness, Newspaper, Newsroom, both_engines};
use lamplighter::editions::{self, EditionState as S, ItemChange};
use lamplighter::gather::ArticleId;
use lamplighter::operators::{Actor, Role};

const THREE: &[&str] = &["Harbour opens", "Ferry sails", "Mayor speaks"];

async fn order(t: &Harness) -> Vec<String> {
    let id = t.edition(MONDAY).await.id;
    let items = editions::list_items(&mut t.db().read().await.unwrap(), id).await.unwrap();
    items.iter().map(|item| item.shown_headline().to_owned()).collect()
}

async fn item(t: &Harness, article: ArticleId) -> editions::Item {
    let id = t.edition(MONDAY).await.id;
    let items = editions::list_items(&mut t.db().read().await.unwrap(), id).await.unwrap();
    items.into_iter().find(|item| item.article_id == article).unwrap()
}

both_engines! {
    async fn an_editor_sends_tonights_edition_by_what_the_page_offers(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", THREE).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let page = edda.get("/desk").await;
        assert_eq!(page.status, 200);
        for words in ["It waits for a person", "Harbour opens", "Approve", "all checks are green", "18:30 UTC", "As it will arrive"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        let id = t.edition(MONDAY).await.id;
        let revision = page.hidden("revision");
        let approve = [("revision", revision.as_str()), ("action", "approve")];
        let page = edda.press(&format!("/desk/editions/{id}/decide"), &approve).await;
        assert_eq!(said(&page), ("good", "Approved.".to_owned()));
        assert_eq!(t.edition(MONDAY).await.state, S::Approved);
        assert!(page.text.contains("Back to a draft") && !page.text.contains("value=\"approve\""));
        // The message is said once.
        assert!(!edda.get("/desk").await.text.contains("role=\"status\">Approved."));
        t.live_until("2026-11-23 18:32").await;
        assert_eq!(t.edition(MONDAY).await.state, S::Sent);
        let page = edda.get(&format!("/desk/editions/{id}")).await;
        assert!(page.text.contains("1 of 1 readers are done with"), "{}", page.text);
    }

    async fn a_story_is_moved_pinned_edited_taken_out_and_put_back(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", THREE).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let edition = t.edition(MONDAY).await;
        let base = format!("/desk/editions/{}", edition.id);
        let before = order(&t).await;
        let last = t.article(&before[2]).await.to_string();

        let page = edda.get(&base).await;
        let revision = page.hidden("revision");
        let up = [("revision", revision.as_str()), ("article", last.as_str()), ("position", "3"), ("to", "up")];
        let page = edda.press(&format!("{base}/order"), &up).await;
        assert_eq!(said(&page).0, "good");
        assert_eq!(order(&t).await, [before[0].clone(), before[2].clone(), before[1].clone()]);
        assert!(page.text.contains("pinned"));

        let revision = page.hidden("revision");
        let page = edda.press(&format!("{base}/order"), &[("revision", &revision), ("article", &last), ("to", "1")]).await;
        assert_eq!(order(&t).await, [before[2].clone(), before[0].clone(), before[1].clone()]);

        let revision = page.hidden("revision");
        let words = [("revision", revision.as_str()), ("headline", "The <b>mayor</b> & you"), ("excerpt", ""), ("note", ""), ("section", ""), ("place", "auto"), ("image", "own")];
        let page = edda.press(&format!("{base}/items/{last}"), &words).await;
        assert_eq!(said(&page), ("good", "Saved.".to_owned()));
        assert!(page.text.contains("The &#60;b&#62;mayor&#60;/b&#62; &#38; you") && !page.text.contains("<b>mayor"));

        let revision = page.hidden("revision");
        let page = edda.press(&format!("{base}/items/{last}/remove"), &[("revision", &revision), ("to", "back")]).await;
        assert_eq!(order(&t).await.len(), 2);
        assert!(page.text.contains("In the pool") && page.text.contains(&before[2]), "{}", page.text);
        let revision = page.hidden("revision");
        let page = edda.press(&format!("{base}/items"), &[("revision", &revision), ("article", &last)]).await;
        assert_eq!(said(&page).0, "good");
        assert_eq!(order(&t).await.len(), 3);
        assert!(page.text.contains("added by hand"));
    }

    async fn who_was_slower_loses_nothing_and_overwrites_nothing(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", THREE).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let mut emil = at_desk(&t, &doors, "Emil", Role::Editor).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        let ferry = t.article("Ferry sails").await.to_string();
        let (hers, his) = (edda.get(&base).await, emil.get(&base).await);
        let revision = hers.hidden("revision");
        let page = edda.press(&format!("{base}/words"), &[("revision", &revision), ("subject", "Edda's evening"), ("subject_choice", "own")]).await;
        assert_eq!(said(&page).0, "good");

        let stale = his.hidden("revision");
        let page = emil.press(&format!("{base}/items/{ferry}"), &[("revision", &stale), ("headline", "Emil's ferry")]).await;
        assert_eq!(page.status, 409);
        for words in ["Somebody was faster", "Edda", "subject", "Emil&#39;s ferry", "Save mine now"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        assert!(!order(&t).await.contains(&"Emil's ferry".to_owned()));
        // The form of that page saves it over what was shown.
        let fresh = page.hidden("revision");
        let page = emil.press(&format!("{base}/items/{ferry}"), &[("revision", &fresh), ("headline", "Emil's ferry")]).await;
        assert_eq!(said(&page).0, "good");
        assert!(order(&t).await.contains(&"Emil's ferry".to_owned()));
        assert_eq!(t.edition(MONDAY).await.subject, "Edda's evening");

        // A decision from an old page is not taken.
        let page = edda.press(&format!("{base}/decide"), &[("revision", &revision), ("action", "approve")]).await;
        let (tone, words) = said(&page);
        assert!(tone == "bad" && words.contains("Emil"), "{words}");
        assert_eq!(t.edition(MONDAY).await.state, S::Drafted);
    }

    async fn words_are_saved_though_stories_were_moved_meanwhile_and_choices_are_told_in_words(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", THREE).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let mut emil = at_desk(&t, &doors, "Emil", Role::Editor).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        let ferry = t.article("Ferry sails").await.to_string();
        let stale = emil.get(&base).await.hidden("revision");
        let last = t.article(&order(&t).await[2]).await.to_string();
        let up = [("revision", stale.as_str()), ("article", last.as_str()), ("to", "1")];
        assert_eq!(said(&edda.press(&format!("{base}/order"), &up).await).0, "good");
        let moved = order(&t).await;
        let headline = [("revision", stale.as_str()), ("headline", "Emil's ferry"), ("headline_was", "Ferry sails"), ("place", "auto"), ("place_was", "auto")];
        assert_eq!(said(&emil.press(&format!("{base}/items/{ferry}"), &headline).await), ("good", "Saved.".to_owned()));
        let now = order(&t).await;
        assert!(now.contains(&"Emil's ferry".to_owned()), "{now:?}");
        let place = moved.iter().position(|it| it == "Ferry sails");
        assert_eq!(now.iter().position(|it| it == "Emil's ferry"), place, "and the move stands");
        let words = [("revision", stale.as_str()), ("note", "Good evening")];
        // By now a headline was changed too: that is another's words, and told.
        assert_eq!(edda.press(&format!("{base}/words"), &words).await.status, 409);
        let placed = [("revision", stale.as_str()), ("headline", "x"), ("headline_was", "x"), ("place", "top"), ("place_was", "auto"), ("image", "none"), ("image_was", "own"), ("image_url", ""), ("image_url_was", ""), ("image_alt", ""), ("image_alt_was", "")];
        let page = emil.press(&format!("{base}/items/{ferry}"), &placed).await;
        assert_eq!(page.status, 409);
        for shown in ["Place in the mail</span> Top story", "Picture</span> None", "name=\"place\" value=\"top\""] {
            assert!(page.text.contains(shown), "{shown}: {}", page.text);
        }
        for raw in [">auto<", ">none<", ">top<", "What it shows", "typed-1"] {
            assert!(!page.text.contains(raw), "{raw}: {}", page.text);
        }
    }

    async fn what_does_not_fit_is_told_beside_what_was_typed_and_a_written_subject_goes_before_a_ticked_one(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", THREE).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        let page = edda.get(&base).await;
        let (revision, was) = (page.hidden("revision"), t.edition(MONDAY).await.subject);
        let ferry = t.article("Ferry sails").await;
        let long = "ferry ".repeat(60);
        let typed = [("revision", revision.as_str()), ("headline", long.trim()), ("note", "kept words")];
        let page = edda.press(&format!("{base}/items/{ferry}"), &typed).await;
        assert_eq!(page.status, 422);
        for words in ["Not saved", "200 are the most", long.trim(), "kept words"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        let typed = [("revision", revision.as_str()), ("subject_choice", "1"), ("subject_was", &was), ("subject", "What I wrote")];
        let page = edda.press(&format!("{base}/words"), &typed).await;
        assert_eq!(said(&page).0, "good");
        assert_eq!(t.edition(MONDAY).await.subject, "What I wrote");
    }

    async fn what_was_left_as_the_page_showed_it_goes_on_following_its_article(mut t: Harness) {
        let paper = drafted(&t, "approval = \"manual\"", THREE).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        let ferry = t.article("Ferry sails").await;
        let page = edda.get(&base).await;
        assert_eq!(page.text.matches("name=\"headline_was\"").count(), THREE.len());
        let excerpt = item(&t, ferry).await.shown_excerpt().to_owned();
        let revision = page.hidden("revision");
        let form = [
            ("revision", revision.as_str()), ("headline_was", "Ferry sails"), ("headline", "Ferry sails"),
            ("excerpt_was", &excerpt), ("excerpt", &excerpt), ("place_was", "auto"), ("place", "headline"),
            ("image_was", "own"), ("image", "own"),
        ];
        let page = edda.press(&format!("{base}/items/{ferry}"), &form).await;
        assert_eq!(said(&page), ("good", "Saved.".to_owned()));
        let saved = item(&t, ferry).await;
        assert_eq!((saved.headline, saved.excerpt, saved.placement), (None, None, editions::Placement::Headline));
        // Its own words, typed once more, are no others.
        let change = ItemChange { headline: Some("Ferry  sails".to_owned()), note: Some("Late".to_owned()), ..Default::default() };
        editions::change_item(&t.app, Actor::Console, t.edition(MONDAY).await.id, None, ferry, &change).await.unwrap();
        assert_eq!(item(&t, ferry).await.headline, None);

        // Who was slower is shown what they changed, and nothing else.
        let page = edda.press(&format!("{base}/items/{ferry}"), &[&form[..6], &[("place", "top")]].concat()).await;
        assert_eq!(page.status, 409);
        assert!(page.text.contains("name=\"place\"") && !page.text.contains("name=\"headline"), "{}", page.text);

        // A change of an approved edition says what it costs; the list says how the mail orders it.
        editions::approve(&t.app, Actor::Console, t.edition(MONDAY).await.id).await.unwrap();
        let ferry = ferry.to_string();
        let page = edda.get(&base).await;
        let order = [("revision", page.hidden("revision")), ("article", ferry.clone()), ("to", "3".to_owned())];
        let order: Vec<(&str, &str)> = order.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let page = edda.press(&format!("{base}/order"), &order).await;
        assert_eq!(said(&page).1, "Moved to place 3. The approval is void: approve it once more.");
        assert!(!page.text.contains("full stories by section"));
        let revision = page.hidden("revision");
        let page = edda.press(&format!("{base}/items/{ferry}"), &[("revision", &revision), ("place", "full")]).await;
        assert_eq!(said(&page).1, "Saved.");
        paper.publish_in("City", "Bridge closes");
        t.gather().await;
        let bridge = t.article("Bridge closes").await.to_string();
        let revision = page.hidden("revision");
        let page = edda.press(&format!("{base}/items"), &[("revision", &revision), ("article", &bridge), ("position", "2")]).await;
        assert!(!page.text.contains("full stories by section"), "the order of the list is the mail's");
        let revision = page.hidden("revision");
        let page = edda.press(&format!("{base}/order"), &[("revision", &revision), ("article", &bridge), ("to", "3")]).await;
        assert!(page.text.contains("full stories by section: without a section (2, 4), City (3)."), "{}", page.text);
        let mail = edda.get(&format!("{base}/preview?part=text")).await.text;
        assert!(mail.find("Bridge closes").unwrap() > mail.find("Ferry sails").unwrap(), "{mail}");
    }

    async fn without_sections_the_mail_has_the_stories_in_the_order_of_the_list(mut t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).without_sections().with("approval = \"manual\"")).await;
        t.subscribe("ada@readers.example").await;
        for (section, title) in [("City", "Harbour opens"), ("Sport", "Ferry sails"), ("City", "Mayor speaks"), ("Sport", "Bridge closes")] {
            paper.publish_in(section, title);
        }
        for minute in ["17:58", "18:00"] {
            t.go_to(&format!("{MONDAY} {minute}")).await;
            t.tick().await;
        }
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        let page = edda.get(&base).await;
        let before = order(&t).await;
        let (revision, last) = (page.hidden("revision"), t.article(&before[3]).await.to_string());
        let page = edda.press(&format!("{base}/order"), &[("revision", &revision), ("article", &last), ("to", "2")]).await;
        assert!(page.text.contains("City &middot; ") && !page.text.contains("full stories by section"), "{}", page.text);
        let listed = order(&t).await;
        assert_eq!(listed, [&before[0], &before[3], &before[1], &before[2]].map(String::as_str));
        let mail = edda.get(&format!("{base}/preview?part=text")).await.text;
        assert!(listed.iter().map(|it| mail.rfind(it.as_str()).unwrap()).is_sorted(), "{listed:?}: {mail}");
    }

    async fn two_who_press_send_at_the_same_instant_send_once(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", THREE).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let mut emil = at_desk(&t, &doors, "Emil", Role::Editor).await;
        let id = t.edition(MONDAY).await.id;
        let path = format!("/desk/editions/{id}/send");
        let revision = t.edition(MONDAY).await.revision.to_string();
        let fields = [("revision", revision.as_str()), ("sure", "yes")];
        let (one, two) = tokio::join!(edda.post(&path, &fields), emil.post(&path, &fields));
        assert_eq!((one.status, two.status), (303, 303));
        let (one, two) = (edda.get(&format!("/desk/editions/{id}")).await, emil.get(&format!("/desk/editions/{id}")).await);
        let mut tones = [said(&one).0, said(&two).0];
        tones.sort_unstable();
        assert_eq!(tones, ["bad", "good"], "{:?} {:?}", said(&one), said(&two));
        // Whoever comes third is told who was first, and not to press again.
        let third = emil.press(&path, &fields).await;
        let (tone, words) = said(&third);
        assert!(tone == "bad" && words.contains("has sent it already, at ") && words.contains("nothing left to do"), "{words}");
        assert!(words.starts_with("Edda") || words.starts_with("Emil"), "{words}");
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.sink.mails_to("ada@readers.example").iter().filter(|it| it.header("list-id").is_some()).count(), 1);
    }

    async fn nothing_is_sent_by_a_slip(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", THREE).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        let revision = t.edition(MONDAY).await.revision.to_string();
        let page = edda.press(&format!("{base}/send"), &[("revision", &revision)]).await;
        assert!(said(&page).1.contains("tick that you are sure"));
        assert_eq!(edda.post(&format!("{base}/send"), &[("sure", "yes")]).await.status, 422);
        assert_eq!(edda.post(&format!("{base}/decide"), &[("revision", &revision), ("action", "explode")]).await.status, 422);
        for (name, value) in [("article", "x"), ("article", "99999999999999999999"), ("to", "sideways")] {
            let fields = [("revision", revision.as_str()), (name, value)];
            assert_eq!(edda.post(&format!("{base}/order"), &fields).await.status, 422, "{name}={value}");
        }
        let page = edda.press(&format!("{base}/test-send"), &[("to", "no address")]).await;
        assert_eq!(said(&page).0, "bad");
        assert_eq!(t.edition(MONDAY).await.state, S::Drafted);
        assert_eq!(edda.get("/desk/editions/987654").await.status, 404);
    }

    async fn a_test_goes_to_whom_it_was_sent_and_to_nobody_else(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", THREE).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        let page = edda.press(&format!("{base}/test-send"), &[("to", "edda@news.example, proof@news.example")]).await;
        assert_eq!(said(&page), ("good", "A test is on its way to 2 addresses. Nothing counts as sent by it.".to_owned()));
        t.live_until("2026-11-23 18:03").await;
        assert_eq!(t.sink.mails_to("proof@news.example").len(), 1);
        assert_eq!(t.sink.mails_to("ada@readers.example").len(), 1, "the confirmation alone");
        assert_eq!(t.edition(MONDAY).await.state, S::Drafted);
    }

    async fn before_the_cutoff_wishes_are_noted_and_the_draft_is_made_by_hand(mut t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).with("approval = \"manual\"")).await;
        t.subscribe("ada@readers.example").await;
        for title in THREE {
            paper.publish(title);
        }
        t.go_to("2026-11-23 12:00").await;
        t.gather().await;
        t.tick().await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let page = edda.get("/desk").await;
        assert!(page.text.contains("Waiting for this edition") && page.text.contains("Lead with it"), "{}", page.text);
        let id = t.edition(MONDAY).await.id;
        let (mayor, ferry) = (t.article("Mayor speaks").await, t.article("Ferry sails").await);
        let revision = page.hidden("revision");
        let page = edda.press(&format!("/desk/editions/{id}/wishes/{mayor}"), &[("revision", &revision), ("wish", "first")]).await;
        assert_eq!(said(&page), ("good", "It will lead the edition.".to_owned()));
        let page = edda.press(&format!("/desk/editions/{id}/pool/{ferry}"), &[("verb", "hold")]).await;
        assert_eq!(said(&page).0, "good");
        assert!(page.text.contains("Held: waits for an editor"));
        let page = edda.press(&format!("/desk/editions/{id}/draft"), &[]).await;
        assert_eq!(said(&page), ("good", "Drafted. It holds what there is by now.".to_owned()));
        assert_eq!(order(&t).await, ["Mayor speaks", "Harbour opens"]);
    }

    async fn what_is_new_is_taken_in_and_a_draft_is_made_again_after_a_second_word(mut t: Harness) {
        let paper = drafted(&t, "approval = \"manual\"", THREE).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let id = t.edition(MONDAY).await.id;
        let base = format!("/desk/editions/{id}");
        let page = edda.get(&base).await;
        assert!(page.text.contains("Draft it again") && !page.text.contains("Take in what is new"), "nothing is new yet");
        paper.publish("Storm warning");
        t.gather().await;
        let page = edda.get(&base).await;
        assert!(page.text.contains("Take in what is new"), "{}", page.text);
        let page = edda.press(&format!("{base}/take-in"), &[("revision", page.hidden("revision").as_str())]).await;
        assert_eq!(said(&page).0, "good");
        assert!(order(&t).await.contains(&"Storm warning".to_owned()));
        assert!(page.text.contains("took in what was new: &#34;Storm warning&#34;"), "{}", page.text);

        let storm = t.article("Storm warning").await;
        let own = ItemChange { headline: Some("Edda's storm".to_owned()), ..ItemChange::default() };
        editions::change_item(&t.app, Actor::Console, id, None, storm, &own).await.unwrap();
        let page = edda.get(&base).await;
        let revision = page.hidden("revision");
        let page = edda.press(&format!("{base}/draft-again"), &[("revision", &revision)]).await;
        assert_eq!(said(&page).0, "bad");
        assert!(order(&t).await.contains(&"Edda's storm".to_owned()), "a slip loses nothing");
        let sure = [("revision", revision.as_str()), ("sure", "yes")];
        let page = edda.press(&format!("{base}/draft-again"), &sure).await;
        assert_eq!(said(&page), ("good", "Drafted again. It holds what there is by now.".to_owned()));
        assert!(order(&t).await.contains(&"Storm warning".to_owned()));
        let page = edda.press(&format!("{base}/take-in"), &[("revision", &revision)]).await;
        assert_eq!(said(&page).0, "bad", "from an old page");
    }

    async fn a_skipped_day_is_brought_back_and_a_sent_one_stays_in_sight_beside_the_next(mut t: Harness) {
        let _paper = drafted(&t, "", THREE).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let page = edda.get("/desk").await;
        assert!(page.text.contains("Skip this day") && !page.text.contains("Give this edition up"), "one way, not two");
        let id = t.edition(MONDAY).await.id;
        let revision = page.hidden("revision");
        let skip = [("revision", revision.as_str()), ("action", "skip"), ("reason", "the press is broken")];
        edda.press(&format!("/desk/editions/{id}/decide"), &skip).await;
        let page = edda.get("/desk").await;
        for words in ["Today&rsquo;s edition", "Skipped: the press is broken", "Bring it back", "until <time", "Tuesday 24 November 2026"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        assert!(edda.get(&format!("/desk/editions/{id}")).await.text.contains("Bring it back"));
        let revision = page.hidden("revision");
        let back = [("revision", revision.as_str()), ("action", "bring_back")];
        let page = edda.press(&format!("/desk/editions/{id}/decide"), &back).await;
        assert_eq!(said(&page).0, "good", "{:?}", said(&page));
        assert_eq!(t.edition(MONDAY).await.state, S::Planned);
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.edition(MONDAY).await.state, S::Sent);
        assert_eq!(t.sink.mails_to("ada@readers.example").iter().filter(|it| it.header("list-id").is_some()).count(), 1);

        let page = edda.get("/desk").await;
        for words in ["Sent Mon 23 Nov, 18:30 UTC to 1 reader.", "How it went", "Next:", "Tuesday 24 November 2026"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        assert!(!page.text.contains("Bring it back"));
    }

    async fn the_top_says_what_will_stop_it_and_names_no_command(mut t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        t.go_to("2026-11-23 17:50").await;
        t.tick().await;
        let page = edda.get("/desk").await;
        assert!(page.text.contains("As things are it does not go out then: nobody is subscribed yet, and its stories would be used up."), "{}", page.text);
        for title in THREE {
            paper.publish(title);
        }
        t.go_to("2026-11-23 17:58").await;
        t.tick().await;
        t.go_to("2026-11-23 18:00").await;
        t.tick().await;
        let page = edda.get("/desk").await;
        for words in ["It does not go out as it is: 1 check below says why", "Add a reader\u{201d} at Subscribers", "Due to go out"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        assert!(!page.text.contains("provided that its checks are green") && !page.text.contains("Approved by the service"));
        assert!(!page.text.contains("lamplighter subscriber"), "{}", page.text);
        t.subscribe("ada@readers.example").await;
        assert!(edda.get("/desk").await.text.contains("If nobody does anything, it goes out at 18:30"));
    }

    async fn the_preview_shows_the_mail_and_can_do_nothing(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", &["Harbour opens"]).await;
        let edition = t.edition(MONDAY).await;
        let hostile = ItemChange { headline: Some("Harbour <script>alert(1)</script> opens".to_owned()), ..ItemChange::default() };
        let article = t.article("Harbour opens").await;
        editions::change_item(&t.app, Actor::Console, edition.id, None, article, &hostile).await.unwrap();
        let doors = Doors::open(&mut t).await;
        let mut viewer = at_desk(&t, &doors, "Vera", Role::Viewer).await;
        let base = format!("/desk/editions/{}/preview", t.edition(MONDAY).await.id);
        let light = viewer.get(&base).await;
        let policy = light.header("content-security-policy").to_owned();
        for part in ["default-src 'none'", "sandbox", "form-action 'none'", "frame-ancestors 'self'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("http"), "nobody outside is asked: {policy}");
        assert!(!policy.contains("script") && !light.text.contains("<script>alert"), "{policy}");
        assert!(light.text.contains("@media not all{") && !light.text.contains("prefers-color-scheme"));
        let dark = viewer.get(&format!("{base}?look=dark")).await;
        assert!(dark.text.contains("@media all{") && dark.text.contains("color-scheme:dark"));
        let text = viewer.get(&format!("{base}?part=text")).await;
        assert!(text.text.contains("<pre") && text.text.contains("&#60;script&#62;"), "{}", text.text);
        // Its foot is that of a reader, and the links there that are their own lead nowhere.
        assert!(light.text.contains(">Unsubscribe</a>") && light.text.contains("href=\"#\" title=\"Each reader"), "{}", light.text);
        assert!(text.text.contains("own link)"), "{}", text.text);
        for page in [&light, &dark, &text] {
            assert!(!page.text.contains(".invalid"), "{}", page.text);
        }
    }

    async fn a_viewer_sees_no_button_and_an_approver_only_those_of_deciding(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", THREE).await;
        let doors = Doors::open(&mut t).await;
        let page = at_desk(&t, &doors, "Vera", Role::Viewer).await.get("/desk").await;
        assert_eq!(page.text.matches("<form").count(), 2, "to log out, in the bar and in the menu: {}", page.text);
        let page = at_desk(&t, &doors, "Abel", Role::Approver).await.get("/desk").await;
        assert!(page.text.contains("value=\"approve\"") && page.text.contains("Send now"));
        assert!(!page.text.contains("/order") && !page.text.contains("/items/") && !page.text.contains("/words"), "{}", page.text);
    }
}
