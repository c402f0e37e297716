//! The desk without the lock of its doors: roles are enforced in the verbs, and this is where it shows.

use super::super::desk::{Needs, list_doors, unlocked_router};
use super::FORM;
use crate::app::fixtures::TestHouse;
use crate::operators::sessions::log_in;
use crate::operators::visit::Visit;
use crate::operators::{Actor, Role, create};
use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt as _;

const PASSWORD: &str = "correct horse battery";

/// Its verb takes the publication of an edition, which there is none of here; `tests/it/tidy/verbs.rs` sees that it asks.
const LOOKS_FIRST: &[&str] = &["/desk/editions/{id}/pool/{article}"];

/// Where a story goes.
fn whither(path: &str) -> &'static str {
    match path.rsplit('/').next() {
        Some("order") => "&to=1",
        Some("remove") => "&to=back",
        _ => "",
    }
}

#[tokio::test]
async fn without_a_lock_before_them_the_verbs_say_no() {
    let house = TestHouse::open().await;
    let app = &house.app;
    let publications = crate::publications::list_publications(&mut app.db.read().await.unwrap()).await.unwrap();
    let slug = publications[0].slug.clone();
    let source = "(id, name, kind, url, created_at, status, next_fetch_at) VALUES (1, 'Paper', 'feed', 'https://paper.example/feed', 0, 'new', 0)";
    house.insert("sources", source).await;
    // What a handler wants before it calls its verb: the buttons and the numbers of the page that it stands on.
    let form = format!(
        "revision=1&sure=yes&which=all&action=pause&article=1&verb=hold&wish=first&publication={slug}&scope=group%3Agmail"
    );
    let router = unlocked_router().with_state(app.clone());
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for role in Role::ALL {
        let email = format!("{role}@news.example");
        create(app, Actor::Console, &email, "N", *role, PASSWORD).await.unwrap();
        let token = log_in(app, &email, PASSWORD, &Visit::default()).await.unwrap().token;
        for door in list_doors() {
            let Needs::Role(permission) = door.needs else { continue };
            if role.may(permission) {
                continue;
            }
            let path = door.path.replace("{slug}", &slug);
            let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
            let request = Request::builder()
                .method(door.method)
                .uri(path.join("/"))
                .header("cookie", format!("__Host-lamplighter={token}"))
                .header(FORM.0, FORM.1)
                .body(Body::from(format!("{form}{}", whither(door.path))))
                .unwrap();
            let status = router.clone().oneshot(request).await.unwrap().status().as_u16();
            tried += 1;
            let expected = if LOOKS_FIRST.contains(&door.path) { 404 } else { 403 };
            if status != expected {
                wrong.push(format!("{} {} by {role}: {status}", door.method, door.path));
            }
        }
    }
    assert!(tried > 100, "{tried}");
    assert!(wrong.is_empty(), "{} doors that rely on their lock:\n{}", wrong.len(), wrong.join("\n"));
}
