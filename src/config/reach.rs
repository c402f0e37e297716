//! Which addresses this program may connect to for somebody. An address is given by people, and where a name leads is up to
//! strangers: neither may make it speak to the machine it runs on or to the network behind it.

use super::{Config, Network};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// What the operator allows besides the public internet.
#[derive(Clone, Debug)]
pub struct Guard {
    private_networks: Arc<Vec<Network>>,
    loopback: bool,
}

impl Guard {
    /// `limits.private_networks`; and the machine itself while the site is a trial on it.
    pub fn of(config: &Config) -> Self {
        Self { private_networks: Arc::new(config.limits.private_networks.clone()), loopback: config.site.is_loopback() }
    }

    pub fn allows(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        is_public(ip) || (self.loopback && ip.is_loopback()) || self.private_networks.iter().any(|net| net.contains(ip))
    }
}

/// An address of the public internet: none of the special-purpose registries of RFC 6890.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !is_special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, y, z] = ip.segments();
    // An address of NAT64's well-known prefix (RFC 6052) leads where the IPv4 address in it leads. That of the prefix for
    // local use (RFC 8215) leads into the network at hand.
    if [a, b, c, d, e, f] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let [[y1, y2], [z1, z2]] = [y.to_be_bytes(), z.to_be_bytes()];
        return is_public_v4(Ipv4Addr::new(y1, y2, z1, z2));
    }
    // Global unicast, without Teredo, documentation and 6to4.
    (a & 0xe000) == 0x2000 && !(a == 0x2001 && b < 0x200) && !(a == 0x2001 && b == 0xdb8) && a != 0x2002 && a != 0x3fff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        let public = |ip: &str| is_public(ip.parse::<IpAddr>().unwrap().to_canonical());
        for ip in ["1.1.1.1", "93.184.216.34", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::101:101"] {
            assert!(public(ip), "{ip}");
        }
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:10.0.0.1",
            "ff02::1",
            "64:ff9b::a00:1",
            "2001:db8::1",
            "2002:a00:1::",
            "::127.0.0.1",
            "172.31.255.255",
            "100.127.255.255",
            "0.1.2.3",
            "239.255.255.250",
            "240.0.0.1",
            "192.0.0.8",
            "192.88.99.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "::ffff:127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::101:101",
            "64:ff9b:0:1::101:101",
            "2001::1",
            "2001:10::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fd12:3456::1",
            "fec0::1",
            "ff0e::1",
            "100::1",
        ] {
            assert!(!public(ip), "{ip}");
        }
    }

    #[test]
    fn the_operator_may_allow_more() {
        let guard = Guard { private_networks: Arc::new(vec!["10.0.0.0/8".parse().unwrap()]), loopback: true };
        assert!(guard.allows("10.9.9.9".parse().unwrap()));
        assert!(guard.allows("::1".parse().unwrap()));
        assert!(!guard.allows("192.168.0.1".parse().unwrap()));
    }
}
