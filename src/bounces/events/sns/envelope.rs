//! The JSON that SNS puts around a message, and the text that its signature is over.
//!
//! The signed fields are read once and never again from the body. What is not signed (UnsubscribeURL and whatever may
//! be added) is not used.

use super::super::json;
use super::super::refused::Refused;
use serde_json::Value;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Notification,
    SubscriptionConfirmation,
    UnsubscribeConfirmation,
}

pub struct Envelope {
    pub kind: Kind,
    body: Value,
}

impl Envelope {
    pub fn read(body: &[u8]) -> Result<Self, Refused> {
        let body = json::read(body)?;
        let kind = match body.get("Type").and_then(Value::as_str) {
            Some("Notification") => Kind::Notification,
            Some("SubscriptionConfirmation") => Kind::SubscriptionConfirmation,
            Some("UnsubscribeConfirmation") => Kind::UnsubscribeConfirmation,
            Some(_) => return Err(Refused::Unsupported("Type names no message of SNS that is known here")),
            None if body.get("notificationType").is_some() || body.get("eventType").is_some() => {
                return Err(Refused::Unsupported(
                    "raw message delivery is not signed; switch it off in the SNS subscription",
                ));
            }
            None => return Err(Refused::Malformed("it is no SNS message: Type is missing")),
        };
        Ok(Self { kind, body })
    }

    /// A field's text as it stands, with its escapes undone.
    pub fn field(&self, name: &'static str) -> Result<&str, Refused> {
        self.body.get(name).and_then(Value::as_str).ok_or(Refused::Unsigned(name))
    }

    pub fn check_topic(&self, topic_arn: &str) -> Result<(), Refused> {
        let is_same = !topic_arn.is_empty() && self.field("TopicArn")? == topic_arn;
        if is_same { Ok(()) } else { Err(Refused::OtherTopic) }
    }

    /// Names and values line by line, in the order of their names (SNS developer guide, "Verifying the signatures").
    pub fn canonical(&self) -> Result<String, Refused> {
        let names: &[&'static str] = match self.kind {
            Kind::Notification if self.body.get("Subject").is_some_and(Value::is_string) => {
                &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
            }
            Kind::Notification => &["Message", "MessageId", "Timestamp", "TopicArn", "Type"],
            _ => &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
        };
        let mut text = String::new();
        for name in names {
            text.push_str(name);
            text.push('\n');
            text.push_str(self.field(name)?);
            text.push('\n');
        }
        Ok(text)
    }
}
