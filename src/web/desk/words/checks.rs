//! What the house's checks are called: an id is for scripts, a name for people.

/// The name of what was looked at, by the first word of its id.
pub(in crate::web::desk) fn name_of_check(id: &str) -> &'static str {
    match id {
        "database.backup" => "Backups",
        "site.clock" => "Clock",
        "site.postal_address" => "Postal address",
        "mail.from" => "Sender address",
        _ => match id.split_once('.').map_or(id, |(area, _)| area) {
            "database" => "Database",
            "sources" => "Sources",
            "site" => "Public address",
            "relay" => "Relay",
            "returns" => "Bounces and complaints",
            "dns" => "Name server",
            "from" => "Sender address",
            "domain" | "mail" => "Mail domain",
            "spf" => "Who may send for you (SPF)",
            "dkim" => "Signature (DKIM)",
            "dmarc" => "Policy of your domain (DMARC)",
            "reverse" => "Name of the sending server",
            "tls" => "Encryption to your mail servers",
            "publications" | "publication" => "Publications",
            _ => "Other",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::name_of_check;
    use crate::doctor::finding::CHECKS;

    #[test]
    fn every_check_has_a_name() {
        for id in CHECKS {
            assert_ne!(name_of_check(id), "Other", "{id}");
        }
    }
}
