//! Whether the From domain is one whose owner lets nobody else send with it. Pure.
//!
//! Promises: `from.free_mail`: a From domain of a mailbox provider is a fault, since these publish a DMARC policy that
//! makes receivers refuse mail which others send with it. The list is short: it is there to catch a beginner's
//! slip, not to know every provider. `config/free_mail.rs` has it, and holds it.

use crate::config::is_free_mail;
use crate::doctor::finding::Finding;
use crate::doctor::name::Name;

/// Checks the domain of the From address.
pub fn check_free_mail(from: &Name) -> Finding {
    if is_free_mail(&from.to_string()) {
        Finding::fail(
            "from.free_mail",
            format!("{from} belongs to a mailbox provider: mail that others send with it is refused or filed as spam."),
            "Send from an address of a domain of your own.",
        )
    } else {
        Finding::ok("from.free_mail", format!("{from} is no domain of a known mailbox provider."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;
    use crate::doctor::testing::name;

    #[test]
    fn a_providers_domain_is_a_fault() {
        assert_eq!(check_free_mail(&name("Yahoo.co.uk")).level, Level::Fail);
        assert_eq!(check_free_mail(&name("news.example")).level, Level::Ok);
    }
}
