//! A correct edition, put together from pieces that a test can spoil. Its signature has the right digest of the body;
//! the rest of it nobody verifies here.

use crate::base::hash::sha256;
use crate::mail::dkim::canonical::relaxed_body;
use data_encoding::BASE64;

#[derive(Clone)]
pub struct Mail {
    pub head: Vec<(String, String)>,
    pub text: String,
    pub html: String,
    /// The heads of the parts.
    pub text_head: String,
    pub html_head: String,
    /// What stands between `DKIM-Signature:` and `bh=`; None is no signature.
    pub signature: Option<String>,
    /// In bytes.
    pub signature_length: usize,
}

const BOUNDARY: &str = "=_edge";

const SIGNED: &str = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=news.example;\r\n\ts=lamp;\r\n\t\
    h=From:From:To:To:Subject:Subject:Date:Date:Reply-To:Reply-To:Message-ID:\r\n\tMIME-Version:Content-Type:List-Id:\
    List-Unsubscribe:\r\n\tList-Unsubscribe-Post:Feedback-ID:Auto-Submitted;";

pub const STORY: &str = "The council found the money to keep the old pier open through the winter, and the ferry \
    leaves twice every day until the harbour is closed for repairs in spring. Nobody spoke against it.";

impl Mail {
    pub fn good() -> Self {
        let head = [
            ("Date", "Fri, 27 Nov 2026 18:30:00 +0000"),
            ("From", "\"The Harbour Post\" <evening@news.example>"),
            ("To", "ada@readers.example"),
            ("Reply-To", "desk@news.example"),
            ("Subject", "=?utf-8?Q?H=C3=A4fen=3A?= the pier opens"),
            ("Message-ID", "<a1.b2@news.example>"),
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "OOF, AutoReply"),
            ("List-Id", "\"The Evening\" <evening.news.example>"),
            ("List-Unsubscribe", "<https://news.example/unsubscribe/abc>,\r\n <mailto:unsubscribe+abc@news.example>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("List-Archive", "<https://news.example/archive>"),
            ("List-Help", "<https://news.example/help>"),
            ("List-Owner", "<mailto:desk@news.example>"),
            ("List-Post", "NO"),
            ("Feedback-ID", "20261127:evening:edition:lamplighter"),
            ("Precedence", "bulk"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "multipart/alternative;\r\n boundary=\"=_edge\""),
        ];
        let part = |kind: &str| {
            format!("Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n")
        };
        Self {
            head: head.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            text: good_text(),
            html: good_html(),
            text_head: part("plain"),
            html_head: part("html"),
            signature: Some(SIGNED.to_owned()),
            signature_length: 256,
        }
    }

    pub fn with(name: &str, value: &str) -> Self {
        let mut mail = Self::good();
        mail.set(name, value);
        mail
    }

    pub fn without(name: &str) -> Self {
        let mut mail = Self::good();
        mail.head.retain(|(it, _)| it != name);
        mail
    }

    pub fn set(&mut self, name: &str, value: &str) {
        let field = self.head.iter_mut().find(|(it, _)| it == name);
        match field {
            Some((_, old)) => *old = value.to_owned(),
            None => self.head.push((name.to_owned(), value.to_owned())),
        }
    }

    /// With the HTML changed; it must have been there.
    pub fn html(from: &str, to: &str) -> Self {
        let mut mail = Self::good();
        assert!(mail.html.contains(from), "{from}");
        mail.html = mail.html.replacen(from, to, 1);
        mail
    }

    /// With something more at the end of the page.
    pub fn more(html: &str) -> Self {
        Self::html("</td></tr></table></div>", &format!("{html}</td></tr></table></div>"))
    }

    pub fn signed(from: &str, to: &str) -> Self {
        let mut mail = Self::good();
        assert!(SIGNED.contains(from), "{from}");
        mail.signature = Some(SIGNED.replacen(from, to, 1));
        mail
    }

    pub fn bytes(&self) -> Vec<u8> {
        let encode = |head: &str, body: &str| {
            if head.contains("quoted-printable") { quoted_printable(body) } else { body.to_owned() }
        };
        let body = format!(
            "--{BOUNDARY}\r\n{}\r\n{}\r\n--{BOUNDARY}\r\n{}\r\n{}\r\n--{BOUNDARY}--\r\n",
            self.text_head,
            encode(&self.text_head, &self.text),
            self.html_head,
            encode(&self.html_head, &self.html)
        );
        self.around(&body)
    }

    /// The head and the signature around a body.
    pub fn around(&self, body: &str) -> Vec<u8> {
        let mut head = String::new();
        if let Some(signature) = &self.signature {
            let mut canonical = Vec::new();
            relaxed_body(body.as_bytes(), &mut canonical);
            let filler = BASE64.encode(&vec![7; self.signature_length]);
            let lines: Vec<&str> =
                filler.as_bytes().chunks(70).map(|line| std::str::from_utf8(line).unwrap()).collect();
            head = format!(
                "DKIM-Signature: {signature}\r\n\tbh={};\r\n\tb={}\r\n",
                BASE64.encode(&sha256(&canonical)),
                lines.join("\r\n\t")
            );
        }
        for (name, value) in &self.head {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        format!("{head}\r\n{body}").into_bytes()
    }
}

pub fn good_text() -> String {
    let mut text = String::from("The Harbour Post\r\n\r\nThe pier opens\r\nhttps://news.example/pier\r\n\r\n");
    let mut line = String::new();
    for word in STORY.split_whitespace() {
        if line.len() + word.len() > 70 {
            text.push_str(&format!("{}\r\n", line.trim_end()));
            line.clear();
        }
        line.push_str(&format!("{word} "));
    }
    text.push_str(&format!("{}\r\n\r\nUnsubscribe:\r\nhttps://news.example/unsubscribe/abc\r\n", line.trim_end()));
    text
}

pub fn good_html() -> String {
    format!(
        "<!DOCTYPE html>\r\n<html lang=\"en\" dir=\"ltr\"><head><meta charset=\"utf-8\">\r\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\r\n\
         <meta name=\"color-scheme\" content=\"light dark\">\r\n\
         <meta name=\"supported-color-schemes\" content=\"light dark\">\r\n\
         <title>The pier opens</title>\r\n\
         <style>@media (prefers-color-scheme:dark){{.page{{background-color:#111!important}}\
         .ink{{color:#eee!important}}}}</style></head>\r\n\
         <body style=\"margin:0\"><div class=\"page\" lang=\"en\" dir=\"ltr\" style=\"background-color:#ffffff\">\r\n\
         <table role=\"presentation\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"width:100%;max-width:600px\"><tr><td class=\"ink\" style=\"font:16px/24px Georgia,serif;color:#222222\">\r\n\
         <h1>The Harbour Post</h1>\r\n\
         <h2><a class=\"ink\" href=\"https://news.example/pier\" style=\"color:#111111\">The pier opens</a></h2>\r\n\
         <p>{STORY}</p>\r\n\
         <p><a class=\"ink\" href=\"https://news.example/unsubscribe/abc\" style=\"color:#333333\">Unsubscribe</a></p>\r\n\
         </td></tr></table></div></body></html>\r\n"
    )
}

fn quoted_printable(text: &str) -> String {
    let mut out = String::new();
    for line in text.split("\r\n") {
        let mut length = 0;
        for byte in line.bytes() {
            let token = match byte {
                b' '..=b'~' if byte != b'=' => char::from(byte).to_string(),
                byte => format!("={byte:02X}"),
            };
            if length + token.len() > 75 {
                out.push_str("=\r\n");
                length = 0;
            }
            length += token.len();
            out.push_str(&token);
        }
        out.push_str("\r\n");
    }
    out.strip_suffix("\r\n").unwrap().to_owned()
}
