//! DMARC (RFC 9989, reports RFC 9990): what the owner of the From domain wants done with mail that fails.
//!
//! Promises: the record ([`record`]), its discovery ([`walk`]) and both put into words ([`check`]). No mail is judged
//! here. The steps of the walk and the rules of alignment follow RFC 9989 sections 4.7, 4.10 and 5.3. The tests beside
//! each file hold it.

pub mod check;
pub mod record;
pub mod walk;
