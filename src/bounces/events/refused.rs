//! Why a webhook's request is not believed, or not understood; each says the next step.
//!
//! Nothing of the request stands in the text: it may go into a log or an answer as it is.

use super::limits::BODY_BYTES_MAX;

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    #[error("the body is larger than {BODY_BYTES_MAX} bytes; let the provider send fewer events at once")]
    TooBig,
    /// Not JSON, or not of the form that the provider documents.
    #[error("the body is not understood: {0}")]
    Malformed(&'static str),
    #[error("{0}")]
    Unsupported(&'static str),
    /// A header or field that proves who speaks is missing.
    #[error("the request proves nothing: {0}")]
    Unsigned(&'static str),
    #[error("the request is not from whom it says: {0}")]
    WrongSignature(&'static str),
    /// Signed, and too long ago or in the future.
    #[error("signed at another time: check this machine's clock, then let the provider send the event again")]
    OtherTime,
    #[error("sent for another SNS topic than the configured one: compare the topic's ARN with the configuration")]
    OtherTopic,
    /// An address in the request is not the provider's; nothing may be fetched from it.
    #[error("an address in the request is not Amazon's own: {0}")]
    ForeignAddress(&'static str),
    /// Not the request is at fault: what is configured, or what was fetched, cannot serve as a key.
    #[error("the key cannot be used: {0}")]
    BadKey(&'static str),
}
