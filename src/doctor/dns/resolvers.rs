//! Which resolvers are asked: `--resolver`, or those of `/etc/resolv.conf`. Pure but for reading that file.
//!
//! Of `resolv.conf` only the `nameserver` lines are read: search lists and options are for names without dots, which
//! are never asked for here.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

const PORT: u16 = 53;
/// As the C library has it (resolv.conf(5)).
const RESOLVERS_MAX: usize = 3;

/// Reads `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353`.
///
/// # Errors
/// What is wrong, in words for the person who typed it.
pub fn parse_resolver(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, PORT));
    }
    text.parse()
        .map_err(|_| format!("{text:?} is no resolver; write its address like 192.0.2.53 or [2001:db8::53]:5353"))
}

/// The resolvers that a `resolv.conf` names, the first three; the one on this machine if there are none.
pub fn parse_resolv_conf(text: &str) -> Vec<SocketAddr> {
    let mut resolvers: Vec<SocketAddr> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let is_nameserver = words.next() == Some("nameserver");
            // A scope such as fe80::1%eth0 cannot be kept in an address: such a resolver is left out.
            let ip = words.next().filter(|_| is_nameserver)?.parse().ok()?;
            Some(SocketAddr::new(ip, PORT))
        })
        .take(RESOLVERS_MAX)
        .collect();
    if resolvers.is_empty() {
        resolvers.push(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), PORT));
    }
    resolvers
}

/// The resolvers of this machine.
pub fn system_resolvers() -> Vec<SocketAddr> {
    let text = std::fs::read(Path::new("/etc/resolv.conf")).unwrap_or_default();
    parse_resolv_conf(&String::from_utf8_lossy(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolver_is_an_address_with_or_without_a_port() {
        for (text, expected) in [
            ("192.0.2.53", "192.0.2.53:53"),
            (" 192.0.2.53:5353 ", "192.0.2.53:5353"),
            ("2001:db8::53", "[2001:db8::53]:53"),
            ("[2001:db8::53]", "[2001:db8::53]:53"),
            ("[2001:db8::53]:5353", "[2001:db8::53]:5353"),
        ] {
            assert_eq!(parse_resolver(text).map(|it| it.to_string()), Ok(expected.to_owned()));
        }
        for text in ["", "dns.example", "192.0.2.53:", "192.0.2.53:99999", "[::1"] {
            assert!(parse_resolver(text).is_err_and(|error| error.contains("192.0.2.53")), "{text}");
        }
    }

    #[test]
    fn resolv_conf_gives_three_at_most_and_this_machine_for_want_of_any() {
        let text = "# nameserver 192.0.2.9\nsortlist 192.0.2.8\nnameserver 192.0.2.1\n nameserver\t2001:db8::1\n\
                    nameserver fe80::1%eth0\nnameserver 192.0.2.3 # x\nnameserver 192.0.2.4\nnameserver\n";
        let resolvers: Vec<String> = parse_resolv_conf(text).iter().map(SocketAddr::to_string).collect();
        assert_eq!(resolvers, ["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.3:53"]);
        assert_eq!(parse_resolv_conf("options rotate"), ["127.0.0.1:53".parse().unwrap()]);
    }
}
