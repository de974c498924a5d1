//! Numbers, quantities and durations.

use super::{canonical, kind, refuses, refuses_all, takes};

#[test]
fn integers() {
    let port = kind("integer", "{min: 1, max: 65535}");
    takes(&port, &["1", "8080", "65535"]);
    refuses(
        &port,
        &[
            ("0", "`0` is less than `1`", "1"),
            ("70000", "`70000` is more than `65535`", "65535"),
            ("0080", "`0080` starts with a zero, which some parsers read as octal", "80"),
            ("+80", "`+80` has the character `+`; a whole number has only decimal digits", "8080"),
            ("18446744073709551616", "`18446744073709551616` is too large", "8080"),
        ],
    );
    refuses_all(&port, &["-1", "1e3", "0x50", "8_080", "80.0", "٣", "00"]);
    takes(&kind("integer", "{}"), &["0", "18446744073709551615"]);
}

#[test]
fn quantities() {
    let cpu = kind("quantity", "{unit: cpu}");
    takes(&cpu, &["100m", "1", "0.5", "1.5", "0.001", "2000m", "1e1", "1000000u"]);
    refuses(
        &cpu,
        &[
            ("0.5m", "`0.5m` is less than `1m`, a thousandth of a CPU", "100m"),
            ("0.0001", "`0.0001` is less than `1m`, a thousandth of a CPU", "100m"),
            ("500M", "`500M` is not an amount of CPU; write it like `100m` or `0.5`", "500m"),
            ("0", "`0` is zero", "100m"),
        ],
    );
    refuses_all(&cpu, &["1Gi", "-1", "+1", "m", ".", "1.2.3", "1 m", "10u", "1mm", "99999999999999999999"]);
    let memory = kind("quantity", "{unit: memory}");
    takes(&memory, &["256Mi", "1Gi", "1.5Gi", "268435456", "129e6", "512M", "0.5Gi", "7Ei"]);
    refuses(
        &memory,
        &[
            ("256m", "`256m` counts fractions of a byte: it is 0 bytes", "256Mi"),
            ("512MB", "`512MB` has `MB`, which is not a quantity suffix", "512M"),
            ("512mb", "`512mb` has `mb`, which is not a quantity suffix", "512Mi"),
            ("512MiB", "`512MiB` has `MiB`, which is not a quantity suffix", "512Mi"),
            ("1g", "`1g` has `g`, which is not a quantity suffix", "1Gi"),
            ("256", "`256` is less than `1Mi`", "256Mi"),
            ("512Ki", "`512Ki` is less than `1Mi`", "512Mi"),
            ("256 Mi", "`256 Mi` has a space; a quantity is a number and a suffix", "256Mi"),
            ("0.1Gi", "`0.1Gi` is not a whole number of bytes", "256Mi"),
            ("1.00001Gi", "`1.00001Gi` is not a whole number of bytes", "256Mi"),
            ("8Ei", "`8Ei` is too large for Kubernetes", "256Mi"),
            ("9e255", "`9e255` is too large for Kubernetes", "256Mi"),
            ("000000000000000000001", "`000000000000000000001` has more than 20 digits", "256Mi"),
        ],
    );
    refuses_all(&memory, &["0", "0Mi", "Mi", "0x10", "1e-3", "1e", "100u", "١Mi"]);
    assert_eq!(kind("quantity", "{unit: storage}").noun(), "an amount of storage");
}

#[test]
fn durations() {
    let duration = kind("duration", "{min: 60, max: 86400}");
    takes(&duration, &["40m", "1h30m", "1h1m1s", "24h", "1h1s"]);
    for (text, written) in
        [("90m", "1h30m"), ("90s", "1m30s"), ("1h0m0s", "1h"), ("0h40m", "40m"), ("060m", "1h")]
    {
        assert_eq!(canonical(&duration, text), written);
    }
    refuses(
        &duration,
        &[
            ("40", "`40` has no unit", "40m"),
            ("59s", "`59s` is less than `1m`", "1m"),
            ("25h", "`25h` is more than `24h`", "24h"),
            ("1.5h", "`1.5h` has a fraction; use a smaller unit", "40m"),
            ("500ms", "`500ms` has a unit smaller than a second", "40m"),
            ("1d", "`1d` has the unit `d`; the units are `h`, `m` and `s`", "24h"),
            ("40 min", "`40 min` has the unit ` min`; the units are `h`, `m` and `s`", "40m"),
            ("1H30M", "`1H30M` has the unit `H`; the units are `h`, `m` and `s`", "1h30m"),
            ("1h30", "`1h30` has no unit after `30`", "40m"),
            ("30m1h", "`30m1h` does not have hours, minutes and seconds in that order", "40m"),
            ("0s", "`0s` is zero, which Tekton treats as no limit", "40m"),
            ("soon", "`soon` does not start with a number", "40m"),
        ],
    );
    refuses_all(
        &duration,
        &["-1h", "1h1h", "99999999999999999999h", "9223372037s", "5124095576030431h", "µs"],
    );
}
