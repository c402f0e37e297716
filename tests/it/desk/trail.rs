//! The trail, for those who may see readers and for those who may not.

use super::at_desk;
use crate::harness::{Doors, Harness, Newsroom, both_engines};
use lamplighter::mail::EmailAddr;
use lamplighter::operators::{Actor, Role};
use lamplighter::subscribers::{self, ListError, SuppressionReason, reader_number};

both_engines! {
    async fn a_reader_is_a_link_and_an_address_for_those_alone_who_may_see_readers(mut t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe("ada@readers.example").await;
        t.subscribe("ben@readers.example").await;
        let ada = EmailAddr::parse("ada@readers.example").unwrap();
        let ben = EmailAddr::parse("ben@readers.example").unwrap();
        for person in [&ada, &ben] {
            subscribers::suppress(&t.app, Actor::Console, person, SuppressionReason::Operator).await.unwrap();
        }
        let id_of = async |email: &EmailAddr| {
            let mut tx = t.db().read().await.unwrap();
            subscribers::find_reader_by_address(&mut tx, email).await.unwrap().unwrap().id
        };
        let (ada_id, ben_id) = (id_of(&ada).await, id_of(&ben).await);
        subscribers::erase(&t.app, Actor::Console, &ben).await.unwrap();

        let doors = Doors::open(&mut t).await;
        let link = format!("<a href=\"/desk/subscribers/{ada_id}\">reader {ada_id}</a>, ada@readers.example");
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let page = edda.get("/desk/trail?subject=subscriber").await;
        assert!(page.text.contains(&link), "{link}: {}", page.text);
        // Whoever was erased is a number for everybody.
        assert!(page.text.contains(&format!("data-label=\"To\">reader {ben_id}</td>")), "{}", page.text);
        assert!(!page.text.contains("ben@"), "{}", page.text);
        let page = edda.get("/desk/trail?subject=subscription").await;
        let of_subscription = page.text.matches(&format!("<a href=\"/desk/subscribers/{ada_id}\">subscription ")).count();
        assert!(of_subscription > 0, "{}", page.text);
        for (name, role) in [("Vera", Role::Viewer), ("Abel", Role::Approver)] {
            let page = at_desk(&t, &doors, name, role).await.get("/desk/trail?subject=subscriber").await;
            assert!(page.text.contains(&format!("data-label=\"To\">reader {ada_id}</td>")), "{name}: {}", page.text);
            assert!(!page.text.contains("readers.example") && !page.text.contains("/desk/subscribers/"), "{name}");
        }
        // The verb itself says so, whatever a page asks.
        let numbers = reader_number("subscriber", Some(ada_id.0)).into_iter().collect();
        let asked = subscribers::readers_behind(&t.app, Actor::Visitor, &numbers).await;
        assert!(matches!(asked, Err(ListError::Forbidden(_))));
        assert_eq!((reader_number("edition", Some(1)), reader_number("subscriber", None)), (None, None));
    }
}
