//! Which addresses belong to the public internet, after the registries of special-purpose addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Everything that is not public: this machine, private and shared networks, documentation, tests, groups.
const INSIDE_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The only part of the new addresses that is given out, and what in it is not public: protocols such as Teredo,
/// documentation, and addresses that carry an old one inside.
const GIVEN_OUT_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const INSIDE_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !INSIDE_V4.iter().any(|(net, bits)| (address.to_bits() ^ net.to_bits()) >> (32 - bits) == 0)
        }
        IpAddr::V6(address) => {
            let within = |(net, bits): &(Ipv6Addr, u32)| (address.to_bits() ^ net.to_bits()) >> (128 - bits) == 0;
            within(&GIVEN_OUT_V6) && !INSIDE_V6.iter().any(within)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    #[test]
    fn well_known_addresses_are_public() {
        for address in ["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.0", "2606:4700::1111", "2a00:1450::1"] {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn whatever_is_ours_in_any_spelling_is_not() {
        let inside = [
            "0.0.0.0",
            "127.0.0.1",
            "127.255.255.254",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "239.1.2.3",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::a00:1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "100::1",
            "3fff::1",
        ];
        for address in inside {
            assert!(!public(address), "{address}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_the_standard_library_calls_special_is_public(bits: u32) {
            let address = Ipv4Addr::from_bits(bits);
            let special = address.is_private() || address.is_loopback() || address.is_link_local()
                || address.is_multicast() || address.is_broadcast() || address.is_documentation()
                || address.is_unspecified();
            prop_assert!(!(special && is_public(address.into())), "{address}");
            prop_assert!(!is_public(address.to_ipv6_mapped().into()), "{address}");
            prop_assert!(!is_public(address.to_ipv6_compatible().into()), "{address}");
        }

        #[test]
        fn every_address_of_an_inner_range_is_inside(range in 0..INSIDE_V4.len(), host: u32) {
            let (net, bits) = INSIDE_V4[range];
            let address = Ipv4Addr::from_bits(net.to_bits() | host & (u32::MAX >> bits));
            prop_assert!(!is_public(address.into()), "{address}");
            let nat64 = Ipv6Addr::from_bits(0x0064_ff9b_u128 << 96 | u128::from(address.to_bits()));
            let six_to_four = Ipv6Addr::from_bits(0x2002_u128 << 112 | u128::from(address.to_bits()) << 80);
            prop_assert!(!is_public(nat64.into()) && !is_public(six_to_four.into()), "{address}");
        }

        #[test]
        fn new_addresses_are_public_only_where_they_are_given_out(bits: u128) {
            let address = Ipv6Addr::from_bits(bits);
            let special = address.is_loopback() || address.is_unspecified() || address.is_multicast()
                || address.is_unique_local() || address.is_unicast_link_local() || bits >> 125 != 1;
            prop_assert!(!(special && is_public(address.into())), "{address}");
        }
    }
}
