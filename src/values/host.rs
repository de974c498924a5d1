//! Hosts and ports, as URLs and image names hold them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::invalid::{Invalid, shown};
use super::number;

/// Splits `host[:port]` and checks both. IPv6 addresses need brackets.
pub(super) fn authority(text: &str) -> Result<&str, Invalid> {
    let (host, number) = match text.rsplit_once(':') {
        Some((host, number)) if !text.ends_with(']') => (host, Some(number)),
        _ => (text, None),
    };
    check(host)?;
    match number {
        Some(number) if port(number).is_none() => {
            Err(Invalid::new(format!("{} is not a port; a port is a number from 1 to 65535", shown(number))))
        }
        _ => Ok(host),
    }
}

/// Parses a port number in plain decimal digits.
pub(crate) fn port(text: &str) -> Option<u16> {
    number::positive(text)
}

pub(super) fn check(host: &str) -> Result<(), Invalid> {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let good = match address {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => host.len() <= 253 && host.split('.').all(is_label) && !is_broken_address(host),
    };
    if good { Ok(()) } else { Err(Invalid::new(format!("{} is not a valid host name", shown(host)))) }
}

fn is_label(label: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = label.as_bytes();
    bytes.len() <= 63
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

/// A name that ends in a number must be an IP address: no top-level domain is a number.
fn is_broken_address(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    last.bytes().all(|byte| byte.is_ascii_digit()) && host.parse::<Ipv4Addr>().is_err()
}
