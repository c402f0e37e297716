//! Somebody at the desk, over HTTP: a log-in, and a [`Window`] that is shared by whoever asks.

use crate::harness::{Answer, Doors, Harness, Window};
use lamplighter::operators::{Actor, Role, create};
use std::collections::BTreeMap;
use std::sync::Mutex;

const PASSWORD: &str = "correct horse battery";

pub(super) struct AtDesk {
    pub doors: Doors,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl AtDesk {
    pub(super) async fn with(t: &mut Harness, role: Role) -> Self {
        Self::named(t, role, "Ada").await
    }

    pub(super) async fn named(t: &mut Harness, role: Role, name: &str) -> Self {
        let email = format!("{}@news.example", role.as_str());
        create(&t.app, Actor::Console, &email, name, role, PASSWORD).await.unwrap();
        let doors = Doors::open(t).await;
        let mut window = Window::new(&doors);
        assert_eq!(window.log_in(&email, PASSWORD).await.status, 303);
        let cookies = Mutex::new(std::mem::take(&mut window.cookies));
        Self { doors, cookies }
    }

    async fn at_window(&self, deed: impl AsyncFnOnce(&mut Window<'_>) -> Answer) -> Answer {
        let mut window = Window::new(&self.doors);
        window.cookies = self.cookies.lock().unwrap().clone();
        let answer = deed(&mut window).await;
        *self.cookies.lock().unwrap() = window.cookies;
        answer
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.at_window(async |it| it.get(path).await).await
    }

    /// A page that has to be there.
    pub(super) async fn shows(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.text
    }

    pub(super) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.at_window(async |it| it.post(path, form).await).await
    }

    /// A form; answers the page that it shows again, or the one it leads to.
    pub(super) async fn press(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.at_window(async |it| it.press(path, form).await).await
    }

    /// A form with a file.
    pub(super) async fn upload(&self, path: &str, form: &[(&str, &str)], file: (&str, &str, &[u8])) -> Answer {
        self.at_window(async |it| it.upload(path, form, file).await).await
    }
}
