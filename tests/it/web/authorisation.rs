//! Every door of the desk, tried by everybody: the list comes from the doors themselves, so that a new page is tried without
//! a word here, and a route that is hung elsewhere is found.

use super::*;
use crate::harness::{Window, both_engines};
use lamplighter::base::hash::sha256_hex;
use lamplighter::base::{Span, Timestamp};
use lamplighter::operators::{Actor, OperatorId, Permission, Role, create};
use lamplighter::web::{Door, Needs, list_doors};

const PASSWORD: &str = "correct horse battery";
const ADD_SESSION: Sql = Sql::both(
    "INSERT INTO sessions (token_hash, operator_id, stage, browser, network, created_at, expires_at) VALUES ($1, $2, $3, '', '', $4, $5)",
);

/// A session that needs no hashing of passwords.
pub(super) async fn session(t: &Harness, operator: OperatorId, stage: &str, until: Timestamp) -> String {
    let token = t.app.context.random.token::<32>();
    let hash = sha256_hex(format!("session {token}").as_bytes());
    let mut tx = t.db().begin().await.unwrap();
    let values = vec![hash.into(), operator.into(), stage.into(), t.now().into(), until.into()];
    tx.execute(ADD_SESSION, values).await.unwrap();
    tx.commit().await.unwrap();
    token
}

/// With something in the place of each parameter that is there in no test: ids begin far above it.
fn sample(door: &Door) -> String {
    let parts: Vec<String> =
        door.path.split('/').map(|part| if part.starts_with('{') { "1".to_owned() } else { part.to_owned() }).collect();
    parts.join("/")
}

/// Status and where it leads; the body may be a stream without end.
async fn knock(doors: &Doors, door: &Door, token: &str) -> (u16, String) {
    let path = sample(door);
    let request = match door.method {
        "POST" => doors
            .post(&path)
            .header("origin", "https://news.example")
            .header("sec-fetch-site", "same-origin")
            .form(&[("none", "")]),
        _ => doors.get(&path),
    };
    let request =
        if token.is_empty() { request } else { request.header("cookie", format!("__Host-lamplighter={token}")) };
    let answer = request.send().await.unwrap();
    let to = answer.headers().get("location").map(|it| it.to_str().unwrap().to_owned());
    (answer.status().as_u16(), to.unwrap_or_default())
}

fn is_shown_out((status, to): &(u16, String)) -> bool {
    *status == 303
        && (to == "/desk/login" || to.starts_with("/desk/login?next=") || to.starts_with("/desk/login?ended="))
}

both_engines! {
    async fn every_door_opens_to_those_it_is_declared_for_and_to_nobody_else(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        let (long, over) = (t.now() + Span::hours(10), t.now());
        let mut people = Vec::new();
        for role in Role::ALL {
            let email = format!("{role}@news.example");
            people.push((*role, create(&t.app, Actor::Console, &email, "N", *role, PASSWORD).await.unwrap()));
        }
        // Whatever an administrator does at a door, another is left to be tried at the next.
        create(&t.app, Actor::Console, "spare@news.example", "N", Role::Admin, PASSWORD).await.unwrap();
        let admin = people.iter().find(|(role, _)| *role == Role::Admin).unwrap().1;
        let mut wrong = Vec::new();
        for door in list_doors() {
            let mut expect = |who: &str, is_right: bool, answer: &(u16, String)| {
                if !is_right || answer.0 >= 500 {
                    wrong.push(format!("{} {} by {who}: {answer:?}, declared {:?}", door.method, door.path, door.needs));
                }
            };
            let shut = [
                ("nobody", String::new()),
                ("an expired session", session(&t, admin, "open", over).await),
                ("a foreign token", "a".repeat(52)),
                ("half a log-in", session(&t, admin, "code", long).await),
                ("a missing set-up", session(&t, admin, "set_up", long).await),
            ];
            for (who, token) in shut {
                let answer = knock(&doors, &door, &token).await;
                let is_right = match door.needs {
                    Needs::Nothing => answer.0 != 403,
                    _ => is_shown_out(&answer),
                };
                expect(who, is_right, &answer);
            }
            for (role, id) in &people {
                let answer = knock(&doors, &door, &session(&t, *id, "open", long).await).await;
                let may = match door.needs {
                    Needs::Nothing | Needs::Session => true,
                    Needs::Role(permission) => role.may(permission),
                };
                let is_right = match door.needs {
                    Needs::Nothing => answer.0 != 403,
                    _ if may => answer.0 != 403 && !is_shown_out(&answer),
                    _ => answer.0 == 403,
                };
                expect(role.as_str(), is_right, &answer);
            }
        }
        assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), wrong.join("\n"));
    }

    async fn no_door_of_the_desk_takes_a_form_from_another_site(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        let admin = create(&t.app, Actor::Console, "ada@news.example", "Ada", Role::Admin, PASSWORD).await.unwrap();
        let token = session(&t, admin, "open", t.now() + Span::hours(10)).await;
        let before = everything(&t).await;
        let mut posts = 0;
        for door in list_doors().iter().filter(|door| door.method == "POST") {
            let mut window = Window::with_session(&doors, &token);
            let refused = window.post_from_elsewhere(&sample(door), &[("email", "ada@news.example"), ("password", PASSWORD)]).await;
            assert!(refused.status == 403 && refused.text.contains("own pages"), "{}: {}", door.path, refused.status);
            assert!(refused.header("set-cookie").is_empty(), "{}", door.path);
            posts += 1;
        }
        assert!(posts > 10);
        assert_eq!(everything(&t).await, before, "and nothing was done");
        assert_eq!(Window::with_session(&doors, &token).get("/desk/account").await.status, 200);
    }

    async fn no_page_of_the_desk_stands_in_a_frame_of_another_site(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        let admin = create(&t.app, Actor::Console, "ada@news.example", "Ada", Role::Admin, PASSWORD).await.unwrap();
        let token = session(&t, admin, "open", t.now() + Span::hours(10)).await;
        for door in list_doors().iter().filter(|door| door.method == "GET") {
            let request = doors.get(&sample(door)).header("cookie", format!("__Host-lamplighter={token}"));
            let headers = request.send().await.unwrap().headers().clone();
            let header = |name: &str| headers.get(name).map_or("", |it| it.to_str().unwrap()).to_owned();
            let policy = header("content-security-policy");
            assert!(policy.contains("frame-ancestors 'none'") || policy.contains("frame-ancestors 'self'"), "{}: {policy}", door.path);
            assert!(!policy.contains("unsafe"), "{}: {policy}", door.path);
            assert_eq!((header("x-content-type-options"), header("referrer-policy")), ("nosniff".into(), "no-referrer".into()));
            if header("content-type").starts_with("text/html") {
                assert!(header("cache-control").contains("no-store"), "{}: what one person sees is kept nowhere", door.path);
            }
        }
    }
}

#[test]
fn every_route_of_the_desk_is_a_declared_door() {
    let mut wrong = Vec::new();
    let mut folders = vec![std::path::PathBuf::from("src/web/desk")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("doors.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                if text.contains(".route(") || text.contains("Router::new()") {
                    wrong.push(path.display().to_string());
                }
            }
        }
    }
    assert!(wrong.is_empty(), "hang these routes by `Doors`, so that they are tried: {wrong:?}");
    let doors = list_doors();
    for door in &doors {
        assert!(door.path == "/desk" || door.path.starts_with("/desk/"), "{}", door.path);
        let same = doors.iter().filter(|other| other.path == door.path && other.method == door.method);
        assert_eq!(same.count(), 1, "{} {}", door.method, door.path);
    }
    let open: Vec<_> = doors.iter().filter(|door| door.needs == Needs::Nothing).map(|door| door.path).collect();
    assert!(
        open.iter().all(|path| ["/desk/login", "/desk/logout", "/desk/welcome"].iter().any(|it| path.starts_with(it))),
        "{open:?}"
    );
    assert!(doors.iter().any(|door| door.needs == Needs::Role(Permission::ManageAccounts)));
}
