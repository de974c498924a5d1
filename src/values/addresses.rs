//! Networks, as a `NetworkPolicy` excepts them: `169.254.169.254,fd00:ec2::254/128`.
//! <https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource>

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Limits;
use super::invalid::{Invalid, shown};
use super::number;
use super::value::Value;

/// Reads `ADDRESS[/LENGTH],...`. The value has all lengths, and each network once.
pub(super) fn read(text: &str, _: &Limits) -> Result<Value, Invalid> {
    let mut seen = BTreeSet::new();
    let mut networks = Vec::new();
    for entry in text.split(',') {
        let entry = entry.trim();
        let whole = |part: String| text.replacen(entry, &part, 1);
        let network = network(entry).map_err(|invalid| invalid.map_suggestion(whole))?.to_string();
        if seen.insert(network.clone()) {
            networks.push(network);
        }
    }
    Ok(Value::Text(networks.join(",")))
}

/// The addresses that begin with the same bits.
struct Network {
    address: IpAddr,
    length: u32,
}

fn network(text: &str) -> Result<Network, Invalid> {
    let (address, length) =
        text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let Ok(address) = address.parse::<IpAddr>() else {
        return Err(Invalid::new(format!("{} is not an IP address", shown(address))));
    };
    // Kubernetes takes none.
    if let IpAddr::V6(mapped) = address
        && let Some(inner) = mapped.to_ipv4_mapped()
    {
        let reason = format!("{} is an IPv4 address written as IPv6", shown(text));
        return Err(Invalid::new(reason).suggest(inner.to_string()));
    }
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        None => most,
        Some(digits) => {
            number::positive(digits).filter(|length| (1..=most).contains(length)).ok_or_else(|| {
                let reason =
                    format!("{} has no length of a network; it is a number from 1 to {most}", shown(text));
                Invalid::new(reason).suggest(format!("{address}/{most}"))
            })?
        }
    };
    let network = Network { address: masked(address, length), length };
    if network.address != address {
        let reason = format!("{} is not the first address of its network", shown(text));
        return Err(Invalid::new(reason).suggest(network.to_string()));
    }
    Ok(network)
}

/// Clears the bits after the first `length`, which is between 1 and the number of bits.
fn masked(address: IpAddr, length: u32) -> IpAddr {
    match address {
        IpAddr::V4(address) => Ipv4Addr::from(u32::from(address) & (u32::MAX << (32 - length))).into(),
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & (u128::MAX << (128 - length))).into(),
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.length)
    }
}
