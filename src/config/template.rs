//! The commented file that `init` writes. A test parses it, so that it cannot go stale.

use crate::base::text::one_line;

/// Of nobody; whoever sets a newsroom up writes their own. The newsroom's name stands before it.
const POSTAL_ADDRESS: &str = "1 Harbour Street, Exampleton";

/// Whether this is still the postal address of the example, which must not go out.
pub fn is_sample_postal_address(text: &str) -> bool {
    text.split_whitespace().collect::<Vec<_>>().join(" ").ends_with(POSTAL_ADDRESS)
}

/// `lamplighter.toml` for a trial on one's own machine.
pub fn template(site_name: &str) -> String {
    let text = |text: String| toml::Value::String(text);
    let name = text(site_name.to_owned());
    let postal_address = text(format!("{site_name}, {POSTAL_ADDRESS}"));
    // A name in a header is one line, and what would end its quotation is left out.
    let from_name: String = one_line(site_name).chars().filter(|it| !matches!(it, '"' | '\\' | '<' | '>')).collect();
    let is_plain = from_name.chars().all(|it| it.is_alphanumeric() || it == ' ');
    let from_name = if is_plain { from_name } else { format!("\"{from_name}\"") };
    let from = text(format!("{from_name} <evening@news.example>").trim_start().to_owned());
    format!(
        r#"# Lamplighter. Every key can also come from the environment: LAMPLIGHTER_SECTION__KEY.
# Publications, slots, sections and sources live in the database: see newsroom.toml and `lamplighter apply`.

[site]
# The newsroom's name, as readers know it.
name = {name}
# Where this service is reached from outside; every link in a mail begins with it.
base_url = "http://127.0.0.1:8080"
# The law wants a postal address at the foot of each edition.
postal_address = {postal_address}

[database]
# A file beside this one, or postgres://user:password@host/name
url = "sqlite:lamplighter.db"

[web]
listen = "127.0.0.1:8080"
# Proxies whose X-Forwarded-For is believed.
trusted_proxies = []
# Whether everybody at the desk needs a second step at the log-in: a code of an app on their phone.
# require_second_step = true

[mail]
# An address of the newsroom's own domain.
from = {from}
# reply_to = "The Newsroom <desk@news.example>"
# bounce_domain = "bounces.news.example"

# Mails are signed (DKIM) with each of these keys; leave them out if your relay signs.
# `lamplighter dkim key --selector lamp2026` makes one and says what to publish in DNS.
# [[mail.dkim]]
# selector = "lamp2026"
# key_file = "dkim-lamp2026.pem"
# domain = "news.example"

# The SMTP server that takes the mail. `lamplighter sink` listens on this one for trials.
[[relay]]
url = "smtp://127.0.0.1:2525"
# For a real one: smtp://mail.example:587 (STARTTLS) or smtps://mail.example:465, and
# username = "newsroom"
# password_file = "relay.password"
connections = 4
# Limits; 0 is none. rate is mails in a second, the others hold for any hour and any 24 hours.
# rate = 0
# per_hour = 0
# per_day = 0
# mails_per_connection = 100

# What one mailbox provider gets. gmail, outlook, yahoo, icloud, gmx and many more are known by their domains; a name of
# your own needs domains = [..]; everybody else is in "other". `lamplighter limit list` shows them.
# [[group]]
# name = "gmail"
# connections = 10
# rate = 20
# per_hour = 0
# per_day = 0
# A new relay or domain: so many mails on the first day, half as many again on each day after it.
# warm_up = 0

# [delivery]
# Of a hundred readers so many go first, drawn anew for each edition; the others when it went well with them. 0 is none.
# canary_percent = 1
# Addresses of your own at the great providers, which get each edition as a test before anybody else.
# seeds = []
# Evenly over this time, instead of as fast as the limits allow.
# spread_minutes = 0

[hooks]
# With a secret, your site can say POST /hooks/publish when it has something new; see docs/OPERATIONS.md.
# publish_secret_file = "hook.secret"
# The mail service that you send through tells of bounces and complaints at POST /hooks/bounces/ses (or postmark, mailgun,
# sendgrid), signed; see docs/RETURNS.md.
# ses_topic = "arn:aws:sns:eu-west-1:123456789012:bounces"
# postmark_credentials_file = "postmark.credentials"
# mailgun_signing_key_file = "mailgun.key"
# sendgrid_public_key = "MFkwEwYHKo..."

# Where mail to mail.bounce_domain is taken from; a mail server can also pipe it into `lamplighter bounce ingest`.
# [bounces]
# lmtp = "127.0.0.1:2424"
# maildir = "/var/mail/bounces"
# imap = "imaps://bounces@imap.example/INBOX"
# imap_password_file = "imap.password"
# poll_seconds = 60

[limits]
# A sign-up without the token of a form (from the API, or a form on a page of your own) counts twice.
signups_per_network_hour = 120
# Mails that sign-ups cause to one address: in a day, and the minutes between two of them.
confirmations_per_address_day = 3
confirmation_window_minutes = 60
confirmations_per_domain_hour = 500
confirmations_per_hour = 2000
logins_per_network_hour = 20
confirm_link_hours = 48
# Networks that are not public and that sources may nevertheless be read from, as "10.1.0.0/16".
# While base_url is on this machine, sources on this machine may be read too.
private_networks = []
# Whether the links and images of a draft are asked for before it is approved.
check_links = true

[signup]
# With true, a form without a token (plain HTML on a page of your own) asks for one more press of a button.
require_form_token = false
# A form that comes back sooner was filled in by a program; it counts twice, or is asked for one more press.
form_seconds_min = 2
form_hours_max = 24
# Puzzles that a browser solves by itself (ALTCHA); whoever has no script waits some seconds instead.
proof_of_work = false
proof_difficulty = 50000
# One reminder to those who have not confirmed, after so many hours (fewer than confirm_link_hours); 0 sends none.
reminder_hours = 24
# A welcome, with the latest edition's headlines, to those who have confirmed.
welcome = true

[retention]
# Days. Sign-ups that nobody confirmed; confirmations and other single mails after they were sent.
pending_days = 7
outbox_days = 7
# Who was sent which edition and how that went, after it ended; then only counts stay. 0 keeps it for ever.
delivery_days = 90
# What came back (bounces, complaints); it names readers by number only.
bounce_days = 90
# The address of a reader after their last subscription ended; then only a keyed digest stays. 0 keeps it for ever.
leaver_days = 28
# What webhooks were told, and what they answered.
webhook_days = 30
# The network from which a consent came. 0 keeps it as long as the consent.
network_days = 90

# What the page /privacy says, beside the limits and days above. All of it may be left out.
[privacy]
# Who decides what is done with addresses; else the name of the site.
# controller = "The Newsroom Ltd"
# contact = "privacy@news.example"
# data_protection_officer = "Jo Doe, dpo@news.example"
# In the place of the texts that the page has in each language:
# purposes = "To send the newsletters that you chose."
# legal_basis = "Your consent."
# Companies that see addresses on your behalf, one section each:
# [[privacy.processors]]
# name = "Relay Ltd"
# purpose = "hands our mails to your mailbox provider"
# country = "Ireland"

# `lamplighter doctor` asks the DNS about these too, where the addresses that mail leaves from are your own.
# [doctor]
# sending_ips = ["192.0.2.1"]
# The name that the mail server there gives in HELO.
# helo = "mail.news.example"

[log]
level = "info"
format = "text"
"#
    )
}
