//! A browser window at the desk, without a browser: it keeps cookies, follows nothing by itself, and posts forms from its
//! own pages.

use super::Doors;
use reqwest::header::{HeaderMap, SET_COOKIE};
use std::collections::BTreeMap;

pub struct Window<'a> {
    doors: &'a Doors,
    pub cookies: BTreeMap<String, String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Status and where it leads.
    pub fn leads(&self) -> (u16, &str) {
        (self.status, self.header("location"))
    }
}

impl<'a> Window<'a> {
    pub fn new(doors: &'a Doors) -> Self {
        Self { doors, cookies: BTreeMap::new() }
    }

    /// With a session that is open already.
    pub fn with_session(doors: &'a Doors, token: &str) -> Self {
        Self { doors, cookies: BTreeMap::from([(SESSION.to_owned(), token.to_owned())]) }
    }

    /// The token of the session, if there is one.
    pub fn session(&self) -> Option<&str> {
        self.cookies.get(SESSION).map(String::as_str)
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.ask(self.doors.get(path)).await
    }

    /// As a form of our own pages is posted.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let own = [("origin", "https://news.example"), ("sec-fetch-site", "same-origin")];
        let request = own.iter().fold(self.doors.post(path), |request, (name, value)| request.header(*name, *value));
        self.ask(request.form(fields)).await
    }

    /// As a page of somebody else's posts a form.
    pub async fn post_from_elsewhere(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let evil = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
        let request = evil.iter().fold(self.doors.post(path), |request, (name, value)| request.header(*name, *value));
        self.ask(request.form(fields)).await
    }

    pub async fn log_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/desk/login", &[("email", email), ("password", password)]).await
    }

    pub async fn ask(&mut self, request: reqwest::RequestBuilder) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) };
        let answer = request.send().await.expect("the desk answers");
        for line in answer.headers().get_all(SET_COOKIE) {
            let line = line.to_str().expect("a cookie is text");
            let (name, value) = line.split(';').next().and_then(|it| it.split_once('=')).expect("a cookie has a name");
            if value.is_empty() || line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, text: answer.text().await.expect("a body") }
    }
}

/// The name of the session's cookie where the site is reached by https, as it is here.
const SESSION: &str = "__Host-lamplighter";
