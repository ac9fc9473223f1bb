//! Where a request comes from, as far as that can be believed.

use std::{
    convert::Infallible,
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRef, FromRequestParts},
    http::{HeaderMap, HeaderName, request::Parts},
};

use crate::app::App;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who asks: the last hop that is not one of our own proxies.
#[derive(Debug, Clone, Copy)]
pub struct Address(pub IpAddr);

impl Address {
    /// What attempts are counted by. Whoever has one IPv6 address has the 2⁶⁴ of its network, so those are one.
    pub fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<S> FromRequestParts<S> for Address
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let app = App::from_ref(state);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let peer = peer.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        Ok(Self(client(&app.config.trusted_proxies, &parts.headers, peer)))
    }
}

/// The right-most hop that none of our proxies is: what stands left of it was written by whoever asks.
fn client(ours: &[IpAddr], headers: &HeaderMap, peer: IpAddr) -> IpAddr {
    let is_ours = |hop: IpAddr| ours.iter().any(|own| own.to_canonical() == hop);
    let mut seen = peer.to_canonical();
    let lines: Vec<&str> = headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok()).collect();
    let mut hops = lines.iter().flat_map(|line| line.split(',')).rev();
    while is_ours(seen) {
        // A hop that can't be read ends what can be known.
        let Some(hop) = hops.next().and_then(read) else { break };
        seen = hop;
    }
    seen
}

/// Some proxies write the port too.
fn read(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|hop| hop.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PROXY: &str = "10.0.0.1";
    const INNER: &str = "10.0.0.2";

    fn from(peer: &str, lines: &[&str]) -> String {
        let ours = [PROXY.parse().unwrap(), INNER.parse().unwrap()];
        let headers = lines.iter().map(|line| (FORWARDED_FOR, line.parse().unwrap())).collect();
        client(&ours, &headers, peer.parse().unwrap()).to_string()
    }

    #[test]
    fn nobody_but_a_proxy_of_ours_can_say_who_asks() {
        assert_eq!(from("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(from(PROXY, &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(from("::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(from(PROXY, &[]), PROXY);
    }

    #[test]
    fn what_the_asker_wrote_stands_left_and_is_not_believed() {
        assert_eq!(from(PROXY, &["1.1.1.1, 2.2.2.2, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(from(PROXY, &["1.1.1.1", "198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(from(PROXY, &["10.0.0.2", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(from(PROXY, &["1.1.1.1, unknown, 10.0.0.2"]), INNER);
        assert_eq!(from(PROXY, &["1.1.1.1, "]), PROXY);
        assert_eq!(from(PROXY, &["10.0.0.2, 10.0.0.1"]), INNER);
    }

    #[test]
    fn hops_may_carry_ports_and_brackets() {
        assert_eq!(from(PROXY, &["198.51.100.1:41002"]), "198.51.100.1");
        assert_eq!(from(PROXY, &["[2001:db8::7]:443"]), "2001:db8::7");
        assert_eq!(from(PROXY, &["[2001:db8::7]"]), "2001:db8::7");
        assert_eq!(from(PROXY, &["::ffff:198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one_address() {
        let of = |text: &str| Address(text.parse().unwrap()).network();

        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("198.51.100.1"), of("198.51.100.2"));
    }

    proptest! {
        #[test]
        fn no_header_moves_who_comes_without_a_proxy(lines in proptest::collection::vec("[ -~]{0,40}", 0..4)) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            prop_assert_eq!(from("203.0.113.9", &lines), "203.0.113.9");
        }

        #[test]
        fn through_a_proxy_only_the_hop_that_it_wrote_counts(written in "[ -~]{0,60}", hop: [u8; 4]) {
            let hop = IpAddr::from(hop);
            prop_assume!(![PROXY, INNER].contains(&hop.to_string().as_str()));
            let line = format!("{written}, {hop}");
            prop_assert_eq!(from(PROXY, &[&line]), hop.to_string());
        }
    }
}
