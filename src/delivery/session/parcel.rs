//! One mail by itself, for whoever has no more than one.

use super::super::outcome::{Failure, FailureClass, Outcome};
use super::{Courier, Envelope, Session};
use crate::base::{CrashPoint, Faults};
use crate::mail::{EmailAddr, stencil};
use lettre::Address;

/// What the relay is given.
pub struct Parcel<'a> {
    pub sender: &'a Address,
    pub to: &'a EmailAddr,
    /// CRLF at each line's end.
    pub bytes: &'a [u8],
}

impl Session {
    /// Sends one mail to one recipient.
    pub async fn send(&mut self, parcel: &Parcel<'_>, faults: &Faults) -> Outcome {
        let to = parcel.to.expose();
        let mut courier = Single { parcel, to: &to, faults, outcome: None };
        self.carry((), &mut courier).await;
        courier.outcome.unwrap_or_else(|| {
            let what = "the mail came to no end";
            Outcome::NotSent(Failure::new(FailureClass::Lost, &self.label, what))
        })
    }
}

struct Single<'a> {
    parcel: &'a Parcel<'a>,
    to: &'a str,
    faults: &'a Faults,
    outcome: Option<Outcome>,
}

impl Courier for Single<'_> {
    type Mail = ();

    fn next(&mut self) -> Option<()> {
        None
    }

    fn envelope<'a>(&'a self, (): &'a ()) -> Envelope<'a> {
        Envelope {
            sender: self.parcel.sender.as_ref(),
            to: self.to,
            needs_smtputf8: self.parcel.to.needs_smtputf8(),
            is_eight_bit: !self.parcel.bytes.is_ascii(),
            size: Some(self.parcel.bytes.len()),
        }
    }

    fn write(&mut self, (): &(), into: &mut Vec<u8>) {
        stencil::stuff(self.parcel.bytes, into);
    }

    async fn begin(&mut self, (): &()) -> bool {
        self.faults.hit(CrashPoint::AfterDataGranted).await;
        true
    }

    async fn end(&mut self, (): (), outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}
