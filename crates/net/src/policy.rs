//! Which addresses may be reached.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::error::NetError;

/// Which addresses a client may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// True in the sandbox and in tests, where peers live on loopback; false in production,
    /// where an address registered by an ente must not open a door to the inner network.
    pub allow_private: bool,
}

impl Policy {
    /// Production: only public addresses.
    pub const PUBLIC_ONLY: Self = Self { allow_private: false };
    /// Sandbox: any address.
    pub const ANY: Self = Self { allow_private: true };

    /// Whether `address` may be reached.
    #[must_use]
    pub fn allows(self, address: IpAddr) -> bool {
        self.allow_private || is_public(address)
    }
}

/// Whether an address belongs to the public Internet: not private, loopback, link-local
/// (where clouds keep their metadata service), shared, reserved, multicast, documentation,
/// nor an IPv6 form that carries such an IPv4 address inside.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// Virtual address where one large cloud serves its machine configuration: public by range,
/// reachable only from inside, never a peer of ours.
const WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || address == WIRE_SERVER)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = address.segments();
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    // ::ffff:a.b.c.d, the mapped form, and 64:ff9b::a.b.c.d, the well-known NAT64 prefix.
    if (s0, s1, s2, s3, s4, s5) == (0, 0, 0, 0, 0, 0xffff)
        || (s0, s1, s2, s3, s4, s5) == (0x64, 0xff9b, 0, 0, 0, 0)
    {
        return embedded(s6, s7);
    }
    // 6to4 carries the IPv4 address after its prefix.
    if s0 == 0x2002 {
        return embedded(s1, s2);
    }
    // Only 2000::/3 is global unicast; of it, Teredo and the other special assignments of
    // 2001::/23, and the documentation ranges, are not peers.
    (s0 & 0xe000) == 0x2000
        && !(s0 == 0x2001 && s1 < 0x0200)
        && !(s0 == 0x2001 && s1 == 0x0db8)
        && !(s0 == 0x3fff && s1 < 0x1000)
}

/// Resolver that answers only addresses the policy allows. Being the resolver of the
/// connector, what it checks is what gets connected.
pub(crate) struct CheckedResolver(pub(crate) Policy);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let not_found = || Arc::new(NetError::NotFound { host: host.clone() });
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await.map_err(|_| Shared(not_found()))?.collect();
            // One refused address is enough: a name with a public and a private address is
            // the shape of a rebinding attempt, not of an honest peer.
            if let Some(refused) = found.iter().find(|a| !policy.allows(a.ip())) {
                let forbidden = NetError::Forbidden { host, address: refused.ip() };
                return Err(Shared(Arc::new(forbidden)).into());
            }
            if found.is_empty() {
                return Err(Shared(not_found()).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Carries our own error through the error chain of the HTTP library.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Shared(pub(crate) Arc<NetError>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_special_addresses_are_not_public() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "100.100.100.200",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
            "2001:0:1::1",
            "2001:db8::1",
            "3fff:0:1::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
        ] {
            let address: IpAddr = text.parse().unwrap();
            assert!(!is_public(address), "{text} must be refused");
        }
    }

    #[test]
    fn ordinary_addresses_are_public() {
        for text in [
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.254",
            "2001:4860:4860::8888",
            "2a00:1450:4002::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            let address: IpAddr = text.parse().unwrap();
            assert!(is_public(address), "{text} must be allowed");
        }
    }
}
