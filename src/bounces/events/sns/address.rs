//! Which addresses are Amazon's own: HTTPS, the host `sns.REGION.amazonaws.com` or `.com.cn`, nothing else about it.
//!
//! An address must stand in its normal form, so that no two readers can see two hosts in it.

use super::super::refused::Refused;
use url::{Position, Url};

const ADDRESS_BYTES_MAX: usize = 2048;

/// The certificate: a `.pem` file, without query or fragment.
pub fn certificate(text: &str) -> Result<Url, Refused> {
    const WRONG: Refused = Refused::ForeignAddress("SigningCertURL must be https://sns.REGION.amazonaws.com/NAME.pem");
    let url = amazons(text).ok_or(WRONG)?;
    let is_file = url.path().ends_with(".pem") && !url.path().contains('%') && url[Position::AfterPath..].is_empty();
    if is_file { Ok(url) } else { Err(WRONG) }
}

/// The confirmation of a subscription to this topic, and no other deed of the service.
pub fn subscription(text: &str, topic_arn: &str) -> Result<Url, Refused> {
    const WRONG: Refused = Refused::ForeignAddress(
        "SubscribeURL must be https://sns.REGION.amazonaws.com/?Action=ConfirmSubscription with the configured topic",
    );
    let url = amazons(text).ok_or(WRONG)?;
    let only = |name: &str| {
        let mut values = url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        values.next().filter(|_| values.next().is_none())
    };
    let confirms = only("Action").as_deref() == Some("ConfirmSubscription");
    let is_topics = only("TopicArn").as_deref() == Some(topic_arn);
    if confirms && is_topics && url.path() == "/" && url.fragment().is_none() { Ok(url) } else { Err(WRONG) }
}

fn amazons(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= ADDRESS_BYTES_MAX)?;
    let region = url.host_str()?.strip_prefix("sns.")?;
    let region = region.strip_suffix(".amazonaws.com").or_else(|| region.strip_suffix(".amazonaws.com.cn"))?;
    let is_region = (1..=40).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let is_bare = url.scheme() == "https"
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && url.as_str() == text;
    (is_region && is_bare).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_lies_at_amazons_own_host_alone() {
        for right in [
            "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-01d088.pem",
            "https://sns.cn-north-1.amazonaws.com.cn/x.pem",
        ] {
            assert_eq!(certificate(right).unwrap().as_str(), right);
        }
        for wrong in [
            "http://sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com:443/x.pem",
            "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
            "https://a@sns.eu-west-1.amazonaws.com/x.pem",
            "https://a:b@sns.eu-west-1.amazonaws.com/x.pem",
            "https://@sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
            "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
            "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem",
            "https://evil.example#sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.evil.example.amazonaws.com/x.pem",
            "https://sns.amazonaws.com/x.pem",
            "https://sns..amazonaws.com/x.pem",
            "https://bucket.s3.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com./x.pem",
            "https://SNS.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com\\@evil.example/x.pem",
            "https://sns.eu-west-1.amazonaws.com/x.txt",
            "https://sns.eu-west-1.amazonaws.com/x.pem?y",
            "https://sns.eu-west-1.amazonaws.com/?x.pem",
            "https://sns.eu-west-1.amazonaws.com/x.pem#y",
            "https://sns.eu-west-1.amazonaws.com/%2e.pem",
            "https:///sns.eu-west-1.amazonaws.com/x.pem",
            " https://sns.eu-west-1.amazonaws.com/x.pem",
            "",
        ] {
            assert!(matches!(certificate(wrong), Err(Refused::ForeignAddress(_))), "{wrong}");
        }
    }

    #[test]
    fn a_subscription_is_confirmed_and_nothing_else_done() {
        let arn = "arn:aws:sns:eu-west-1:123456789012:returned";
        let host = "https://sns.eu-west-1.amazonaws.com/";
        assert!(subscription(&format!("{host}?Action=ConfirmSubscription&TopicArn={arn}&Token=2336412f"), arn).is_ok());
        for wrong in [
            format!("{host}?Action=Unsubscribe&TopicArn={arn}&Token=2"),
            format!("{host}?Action=ConfirmSubscription&Action=Publish&TopicArn={arn}&Token=2"),
            format!("{host}?Action=ConfirmSubscription&TopicArn={arn}x&Token=2"),
            format!("https://evil.example/?Action=ConfirmSubscription&TopicArn={arn}&Token=2"),
        ] {
            assert!(subscription(&wrong, arn).is_err(), "{wrong}");
        }
    }
}
