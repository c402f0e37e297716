//! Importing as pending: an opt-in mail to each, as if they had signed up themselves, and judged by the same gate.

use super::row;
use super::{ImportError, RowOutcome};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::Tx;
use crate::mail::EmailAddr;
use crate::publications::Publication;
use crate::subscribers::consent;
use crate::subscribers::model::{Consent, ConsentSource};
use crate::subscribers::sign_up::{Hourly, Owed, Wanted, Wish, owe};

/// What is asked of a row's person.
pub(super) fn wanted(now: Timestamp, email: &EmailAddr, row: &row::Wanted, publication: &Publication) -> Wanted {
    let wish = Wish {
        sections: row.sections.clone(),
        time_zone: row.time_zone.clone(),
        hour: row.hour,
        breaking: false,
        language: row.language.clone().unwrap_or_else(|| publication.language.clone()),
    };
    let given = Consent {
        publication_id: publication.id,
        source: ConsentSource::Import,
        text_version: consent::version(&wish.language),
        text: consent::text(publication, &wish.language),
        form_url: String::new(),
        ip_prefix: None,
        given_at: now,
        confirmed_at: None,
        confirmed_ip_prefix: None,
    };
    Wanted { email: email.clone(), wish, given, hourly: Hourly::Uncapped }
}

/// Queues the mails of a batch; answers what became of each, in order.
pub(super) async fn ask(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    wanted: &[Wanted],
) -> Result<Vec<RowOutcome>, ImportError> {
    let owed = owe(app, tx, now, wanted).await?;
    let outcome = |owed| match owed {
        Owed::Mail => RowOutcome::Asked,
        Owed::Later | Owed::Nothing => RowOutcome::AskedBefore,
    };
    Ok(owed.into_iter().map(outcome).collect())
}
