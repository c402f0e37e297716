//! What holds for the report on any mail that comes back. Held against chance by the suite (`bounces::laws`) and against
//! search by `fuzz/fuzz_targets/bounce.rs`.

use lamplighter::bounces::{Class, Report, limits};

/// The limits that every report keeps.
pub fn is_bounded(report: &Report) -> bool {
    let hints = &report.hints;
    let lists = [
        &hints.delivered_to,
        &hints.message_ids,
        &hints.list_unsubscribe,
        &hints.returned_senders,
        &hints.returned_to,
        &hints.original_recipients,
        &hints.envelope_ids,
    ];
    let is_short = |text: &Option<String>| text.as_ref().is_none_or(|text| text.len() <= limits::REPLY_BYTES_MAX);
    report.recipients.len() <= limits::RECIPIENTS_MAX
        && lists
            .iter()
            .all(|list| list.len() <= limits::HINTS_MAX && list.iter().all(|v| v.len() <= limits::FIELD_BYTES_MAX))
        && report.recipients.iter().all(|recipient| {
            recipient.reply.len() <= limits::REPLY_BYTES_MAX
                && is_short(&recipient.address)
                && is_short(&recipient.original)
                && is_short(&recipient.remote_mta)
                && !recipient.reply.contains(['\n', '\r', '\0'])
        })
}

/// Only a failure may be hard, and its reason must be of that kind.
pub fn is_sound(report: &Report) -> bool {
    report.recipients.iter().all(|recipient| {
        recipient.remedy == recipient.reason.remedy()
            && (recipient.class != Class::Hard || recipient.is_failure() && recipient.reason.class() == Class::Hard)
    })
}
