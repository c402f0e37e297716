//! Importing as pending: an opt-in mail to each, as if they had signed up themselves.

use super::judge::Judge;
use super::row::Wanted;
use super::{ImportError, RowOutcome};
use crate::base::Timestamp;
use crate::db::Tx;
use crate::mail::EmailAddr;
use crate::subscribers::consent;
use crate::subscribers::model::{Consent, ConsentSource};
use crate::subscribers::sign_up::{Hourly, Owed, Wish, owe_mail};

impl Judge<'_> {
    pub(super) async fn ask(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        email: &EmailAddr,
        wanted: &Wanted,
    ) -> Result<RowOutcome, ImportError> {
        let Some(publication) = self.publication.filter(|_| self.seen.is_none()) else {
            return Ok(RowOutcome::Asked);
        };
        let wish = Wish {
            sections: wanted.sections.clone(),
            time_zone: wanted.time_zone.clone(),
            hour: wanted.hour,
            breaking: false,
            language: wanted.language.clone().unwrap_or_else(|| publication.language.clone()),
        };
        let given = Consent {
            publication_id: publication.id,
            source: ConsentSource::Import,
            text_version: consent::VERSION.to_owned(),
            text: consent::text(publication),
            form_url: String::new(),
            ip_prefix: None,
            given_at: now,
            confirmed_at: None,
        };
        let owed = owe_mail(self.app, tx, now, email, publication, &wish, &given, Hourly::Uncapped).await?;
        Ok(match owed {
            Owed::Mail => RowOutcome::Asked,
            Owed::Nothing => RowOutcome::AskedBefore,
        })
    }
}
