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

    /// The value of the first hidden field of this name.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.text.split_once(&start).unwrap_or_else(|| panic!("no {name} in {}", self.text)).1;
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub fn says(&self, status: u16, words: &[&str]) {
        assert_eq!(self.status, status, "{}", self.text);
        for word in words {
            assert!(self.text.contains(word), "{word:?} is not in {}", self.text);
        }
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

    /// As [`Self::post`]; answers the page that the form leads to, or the form with what is wrong.
    pub async fn press(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, fields).await;
        self.follow(answer).await
    }

    /// A form with a file: the field's name, the file's, and its bytes.
    pub async fn upload(&mut self, path: &str, fields: &[(&str, &str)], file: (&str, &str, &[u8])) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(
                format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        let (name, file_name, bytes) = file;
        let kind = "content-type: application/octet-stream";
        let of = format!("form-data; name=\"{name}\"; filename=\"{file_name}\"");
        body.extend(format!("--edge\r\ncontent-disposition: {of}\r\n{kind}\r\n\r\n").bytes());
        body.extend_from_slice(bytes);
        body.extend(b"\r\n--edge--\r\n");
        let request = self.doors.post(path).header("content-type", "multipart/form-data; boundary=edge");
        self.ask(request.body(body)).await
    }

    /// The page after a deed, with what it says.
    pub async fn follow(&mut self, answer: Answer) -> Answer {
        if answer.status != 303 {
            return answer;
        }
        let onward = answer.header("location").split('#').next().unwrap_or_default().to_owned();
        self.get(&onward).await
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
