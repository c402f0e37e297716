//! The verbs of the set-up: who may, what is refused, what is a conflict, what the trail says.

use crate::harness::{Harness, Newsroom, both_engines};
use lamplighter::operators::{Actor, OperatorId, Role, audit};
use lamplighter::publications::{
    BrandPatch, BrandValues, PublicationId, PublicationPatch, PublicationValues, SectionPatch, SetUpError, SlotPatch,
    Version, add_section, add_slot, change_brand, change_publication, create_publication, find_logo, find_publication,
    list_sections, order_version, reorder_sections,
};

const EDITOR: Actor = Actor::Operator { id: OperatorId(1), role: Role::Editor };

fn name(name: &str) -> PublicationPatch {
    PublicationPatch { name: Some(name.to_owned()), ..PublicationPatch::default() }
}

async fn version(t: &Harness, id: PublicationId) -> Version {
    let it = find_publication(&mut t.db().read().await.unwrap(), id).await.unwrap().unwrap();
    Version::of(&PublicationValues::of(&it))
}

async fn brand_version(t: &Harness, id: PublicationId) -> Version {
    let it = find_publication(&mut t.db().read().await.unwrap(), id).await.unwrap().unwrap();
    Version::of(&BrandValues::of(&it))
}

fn fields(error: SetUpError) -> Vec<&'static str> {
    let SetUpError::Invalid(mistakes) = error else { panic!("{error}") };
    mistakes.iter().map(|it| it.field).collect()
}

both_engines! {
    async fn a_newsroom_is_set_up_from_nothing(t: Harness) {
        let patch = PublicationPatch { time_zone: Some("Europe/Berlin".to_owned()), ..PublicationPatch::default() };
        let id = create_publication(&t.app, Actor::Console, "The Evening Lamp", None, patch).await.unwrap();
        let it = t.publication("the-evening-lamp").await;
        assert_eq!((it.id, it.time_zone.as_str(), it.declared), (id, "Europe/Berlin", None));
        let again = create_publication(&t.app, Actor::Console, "The Evening Lamp", None, name("x")).await.unwrap_err();
        assert_eq!(fields(again), ["slug"]);
        t.tick().await;
        let open = lamplighter::editions::list_open(&mut t.db().read().await.unwrap(), id).await.unwrap();
        assert_eq!(open.len(), 3, "its evenings are planned");
    }

    async fn only_who_configures_may_and_nothing_is_written(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let id = t.publication("evening").await.id;
        let seen = version(&t, id).await;
        let refused = change_publication(&t.app, EDITOR, id, &seen, name("x")).await;
        assert!(matches!(refused, Err(SetUpError::Forbidden(_))));
        assert!(create_publication(&t.app, EDITOR, "x", None, PublicationPatch::default()).await.is_err());
        assert!(add_section(&t.app, EDITOR, id, "x", None, SectionPatch::default()).await.is_err());
        assert!(add_slot(&t.app, EDITOR, id, "x", SlotPatch::default()).await.is_err());
        assert!(change_brand(&t.app, EDITOR, id, &seen, BrandPatch::default()).await.is_err());
        assert_eq!(version(&t, id).await, seen);
    }

    async fn the_second_of_two_who_change_the_same_is_told_and_overwrites_nothing(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let id = t.publication("evening").await.id;
        let seen = version(&t, id).await;
        let (one, two) = tokio::join!(
            change_publication(&t.app, Actor::Console, id, &seen, name("One")),
            change_publication(&t.app, Actor::Console, id, &seen, name("Two")),
        );
        let won = [one.is_ok(), two.is_ok()];
        assert_eq!(won.iter().filter(|it| **it).count(), 1, "{won:?}");
        let loser = if one.is_ok() { two } else { one };
        assert!(matches!(loser, Err(SetUpError::Conflict)));
        let expected = if won[0] { "One" } else { "Two" };
        assert_eq!(t.publication("evening").await.name, expected);
    }

    async fn the_trail_says_what_was_and_what_is(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let id = t.publication("evening").await.id;
        let patch = PublicationPatch {
            reply_to: Some("Desk <desk@news.example>".to_owned()),
            ..name("The Late Lamp")
        };
        change_publication(&t.app, Actor::Console, id, &version(&t, id).await, patch).await.unwrap();
        let trail = audit::list(&mut t.db().read().await.unwrap(), ("publication", id.0), 5).await.unwrap();
        let detail = &trail[0].detail;
        assert!(detail.contains("The Late Lamp") && detail.contains("before"), "{detail}");
        assert!(!detail.contains("desk@news.example"), "{detail}");
    }

    async fn mistakes_are_all_told_by_field(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let id = t.publication("evening").await.id;
        let patch = PublicationPatch {
            time_zone: Some("Europe/Berln".to_owned()),
            site_url: Some("javascript:alert(1)".to_owned()),
            full_items_max: Some(900),
            ..name("\u{202e}")
        };
        let error = change_publication(&t.app, Actor::Console, id, &version(&t, id).await, patch).await.unwrap_err();
        assert!(error.to_string().contains("Europe/Berlin"), "{error}");
        assert_eq!(fields(error), ["name", "time_zone", "site_url", "full_items_max"]);
    }

    async fn sections_are_put_into_an_order_once(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let id = t.publication("evening").await.id;
        let sections = list_sections(&mut t.db().read().await.unwrap(), id).await.unwrap();
        let seen = order_version(&sections);
        let order: Vec<_> = [2, 0, 1].into_iter().map(|at: usize| sections[at].id).collect();
        reorder_sections(&t.app, Actor::Console, id, &seen, &order).await.unwrap();
        let now = list_sections(&mut t.db().read().await.unwrap(), id).await.unwrap();
        assert_eq!(now.iter().map(|it| it.slug.as_str()).collect::<Vec<_>>(), ["sport", "world", "local"]);
        let again = reorder_sections(&t.app, Actor::Console, id, &seen, &order).await;
        assert!(matches!(again, Err(SetUpError::Conflict)));
        let lost = reorder_sections(&t.app, Actor::Console, id, &order_version(&now), &order[..2]).await;
        assert!(matches!(lost, Err(SetUpError::Conflict)));
    }

    async fn a_logo_is_kept_as_a_picture_and_an_svg_is_refused(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let id = t.publication("evening").await.id;
        let svg = BrandPatch { logo_file: Some(b"<svg onload='alert(1)'/>".to_vec()), ..BrandPatch::default() };
        let seen = brand_version(&t, id).await;
        let error = change_brand(&t.app, Actor::Console, id, &seen, svg).await.unwrap_err();
        assert_eq!(fields(error), ["logo_file"]);
        let png = include_bytes!("../../../web_templates/demo/images/pier.jpg").to_vec();
        let patch = BrandPatch { logo_file: Some(png), logo_alt: Some("The Lamp".to_owned()), ..BrandPatch::default() };
        change_brand(&t.app, Actor::Console, id, &seen, patch).await.unwrap();
        let digest = t.publication("evening").await.logo_digest.unwrap();
        let logo = find_logo(&t.app, &digest).await.unwrap().unwrap();
        assert_eq!((logo.media_type.as_str(), lamplighter::base::hash::sha256_hex(&logo.bytes)), ("image/jpeg", digest));
        // What the file says afterwards leaves it alone.
        t.set_up(Newsroom::empty()).await;
        assert!(t.publication("evening").await.logo_digest.is_some());
    }
}
