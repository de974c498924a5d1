//! Numbers: ports, quantities, counts and percentages.

use super::Refusals;
use crate::check::model::lookup::is_placeholder;
use crate::check::rendered_value::RenderedValue;

/// Checks the number of a port; a name is accepted.
pub(super) fn port(refusals: &mut Refusals<'_>, value: &RenderedValue<'_>) {
    if let Some(number) = value.as_int().filter(|number| !(1..=65535).contains(number)) {
        let message = format!("`{number}` is not a port; ports are 1 to 65535");
        refusals.add(value, message, "must be between 1 and 65535, inclusive");
    }
}

/// Checks the address of a host.
pub(super) fn address(refusals: &mut Refusals<'_>, value: &RenderedValue<'_>) {
    if !is_placeholder(value.text()) && value.text().parse::<std::net::IpAddr>().is_err() {
        let words = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
        refusals.add(value, format!("`{}` is not an address", value.text()), words);
    }
}

/// Returns the address and the length of the prefix of a network.
pub(super) fn network(text: &str) -> Option<(std::net::IpAddr, u32)> {
    let (address, length) = text.split_once('/')?;
    let address: std::net::IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    length.parse().ok().filter(|length| *length <= longest).map(|length| (address, length))
}

/// Checks a network.
pub(super) fn cidr(refusals: &mut Refusals<'_>, value: &RenderedValue<'_>) {
    if !is_placeholder(value.text()) && network(value.text()).is_none() {
        let words = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
        refusals.add(value, format!("`{}` is not a network", value.text()), words);
    }
}

/// Checks the name of a port.
pub(super) fn port_name(refusals: &mut Refusals<'_>, name: &RenderedValue<'_>) {
    let text = name.text();
    if is_placeholder(text) {
        return;
    }
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let words = if text.len() > 15 {
        "must be no more than 15 characters"
    } else if !text.bytes().all(is_inner) {
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
    } else if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        "must contain at least one letter (a-z)"
    } else if text.contains("--") {
        "must not contain consecutive hyphens"
    } else if text.starts_with('-') || text.ends_with('-') {
        "must not begin or end with a hyphen"
    } else {
        return;
    };
    refusals.add(name, format!("`{text}` cannot be the name of a port"), words);
}

/// Checks that the counts at `fields` are not negative.
pub(in super::super) fn counts(refusals: &mut Refusals<'_>, owner: &RenderedValue<'_>, fields: &[&str]) {
    for field in fields {
        if let Some(value) = owner.get(field).filter(|value| value.as_int().is_some_and(|number| number < 0))
        {
            refusals.add(value, format!("`{field}` is negative"), "must be greater than or equal to 0");
        }
    }
}

/// Checks a number or a percentage, of which at most 100% is allowed if `is_part`.
pub(super) fn share(refusals: &mut Refusals<'_>, value: &RenderedValue<'_>, is_part: bool) {
    if value.as_int().is_some_and(|number| number < 0) {
        return refusals.add(value, "the number is negative", "must be greater than or equal to 0");
    }
    let Some(text) = value.as_str().filter(|text| !is_placeholder(text)) else { return };
    let percent = text.strip_suffix('%').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    match percent.map(str::parse::<u64>) {
        Some(Ok(percent)) if percent > 100 && is_part => {
            refusals.add(value, "more than all of them", "must not be greater than 100%");
        }
        Some(Ok(_)) => {}
        _ => {
            let words = "a valid percent string must be a numeric string followed by an ending '%'";
            refusals.add(value, format!("`{text}` is neither a number nor a percentage"), words);
        }
    }
}

/// Whether the number or percentage is zero.
pub(in super::super) fn is_zero(value: &RenderedValue<'_>) -> bool {
    value.as_int() == Some(0) || value.as_str() == Some("0%")
}

/// Returns a quantity in billionths. `None` if it is not one, or too large to compare.
pub(super) fn quantity(text: &str) -> Option<i128> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() > 20 || whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let (twos, tens) = scale(suffix)?;
    let power = 9 + tens - i32::try_from(fraction.len()).ok()?;
    let scaled = digits.checked_mul(1_i128.checked_shl(twos)?)?;
    let factor = 10_i128.checked_pow(power.unsigned_abs())?;
    if power < 0 { Some(scaled / factor) } else { scaled.checked_mul(factor) }
}

/// Returns the powers of two and of ten that `suffix` stands for.
fn scale(suffix: &str) -> Option<(u32, i32)> {
    Some(match suffix {
        "n" => (0, -9),
        "u" => (0, -6),
        "m" => (0, -3),
        "" => (0, 0),
        "k" => (0, 3),
        "M" => (0, 6),
        "G" => (0, 9),
        "T" => (0, 12),
        "P" => (0, 15),
        "E" => (0, 18),
        "Ki" => (10, 0),
        "Mi" => (20, 0),
        "Gi" => (30, 0),
        "Ti" => (40, 0),
        "Pi" => (50, 0),
        "Ei" => (60, 0),
        _ => (0, suffix.strip_prefix(['e', 'E'])?.parse().ok().filter(|power: &i32| power.abs() <= 20)?),
    })
}

#[cfg(test)]
mod tests {
    use super::quantity;

    #[test]
    fn quantities_compare_by_value() {
        for (one, other) in
            [("1Gi", "1024Mi"), ("0.1", "100m"), ("1e3", "1k"), ("1.5Gi", "1536Mi"), ("2", "2000m")]
        {
            assert_eq!(quantity(one), quantity(other), "{one} {other}");
        }
        assert!(quantity("2Gi") > quantity("1Gi") && quantity("1G") < quantity("1Gi"));
        for text in ["", "Gi", "1 Gi", "1.2.3", "1GB", "99999999999999999999Ei"] {
            assert_eq!(quantity(text), None, "{text}");
        }
    }
}
