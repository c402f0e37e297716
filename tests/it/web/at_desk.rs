//! Somebody at the desk, over HTTP: a log-in, forms as a browser sends them without a script.

use crate::harness::{Doors, Harness};
use lamplighter::operators::{Actor, Role, create};
use reqwest::{Response, StatusCode};

const PASSWORD: &str = "correct horse battery";

pub(super) struct AtDesk {
    pub doors: Doors,
    cookie: String,
}

/// A page that was answered.
pub(super) struct Page {
    pub status: StatusCode,
    pub text: String,
}

impl AtDesk {
    pub(super) async fn with(t: &mut Harness, role: Role) -> Self {
        let email = format!("{}@news.example", role.as_str());
        create(&t.app, Actor::Console, &email, "Ada", role, PASSWORD).await.unwrap();
        let doors = Doors::open(t).await;
        let form = [("email", email.as_str()), ("password", PASSWORD)];
        let answer = doors.post("/desk/login").form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let cookie = answer.headers().get("set-cookie").unwrap().to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { doors, cookie }
    }

    async fn read(answer: Response) -> Page {
        Page { status: answer.status(), text: answer.text().await.unwrap() }
    }

    pub(super) async fn get(&self, path: &str) -> Page {
        Self::read(self.answer(path).await).await
    }

    pub(super) async fn answer(&self, path: &str) -> Response {
        self.doors.get(path).header("cookie", &self.cookie).send().await.unwrap()
    }

    /// A form; answers the page that it shows again, or the one it leads to.
    pub(super) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Page {
        let answer = self.doors.post(path).header("cookie", &self.cookie).form(form).send().await.unwrap();
        self.follow(answer).await
    }

    /// A form with a file.
    pub(super) async fn upload(&self, path: &str, form: &[(&str, &str)], file: (&str, &[u8])) -> Page {
        let mut body = Vec::new();
        for (name, value) in form {
            body.extend(format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        let (name, bytes) = file;
        let head = "content-type: image/png\r\n";
        body.extend(
            format!("--x\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"a.png\"\r\n{head}\r\n").bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend(b"\r\n--x--\r\n");
        let post = self.doors.post(path).header("cookie", &self.cookie);
        let answer = post.header("content-type", "multipart/form-data; boundary=x").body(body).send().await.unwrap();
        self.follow(answer).await
    }

    /// The page after a deed, with what it says.
    async fn follow(&self, answer: Response) -> Page {
        if answer.status() != StatusCode::SEE_OTHER {
            return Self::read(answer).await;
        }
        let to = answer.headers().get("location").unwrap().to_str().unwrap().to_owned();
        let said = answer.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap());
        let said: Vec<&str> = said.filter_map(|it| it.split(';').next()).collect();
        let cookies = format!("{}; {}", self.cookie, said.join("; "));
        Self::read(self.doors.get(&to).header("cookie", cookies).send().await.unwrap()).await
    }
}

impl Page {
    /// The value of the first hidden field of this name.
    pub(super) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.text.split_once(&start).unwrap_or_else(|| panic!("no {name} in {}", self.text)).1;
        rest.split('"').next().unwrap().to_owned()
    }

    #[track_caller]
    pub(super) fn says(&self, status: u16, words: &[&str]) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        for word in words {
            assert!(self.text.contains(word), "{word:?} is not in {}", self.text);
        }
    }
}
