use proptest::prelude::*;

use super::*;

#[test]
fn plain_scalars_mean_what_kubernetes_reads() {
    let table: &[(&str, ScalarValue)] = &[
        ("", ScalarValue::Null),
        ("~", ScalarValue::Null),
        ("NULL", ScalarValue::Null),
        ("nULL", ScalarValue::Text("nULL")),
        ("true", ScalarValue::Bool(true)),
        ("y", ScalarValue::Bool(true)),
        ("On", ScalarValue::Bool(true)),
        ("NO", ScalarValue::Bool(false)),
        ("oFF", ScalarValue::Text("oFF")),
        ("0", ScalarValue::Int(0)),
        ("-0", ScalarValue::Int(0)),
        ("+12", ScalarValue::Int(12)),
        ("1_000", ScalarValue::Int(1000)),
        ("012", ScalarValue::Int(10)),
        ("0o14", ScalarValue::Int(12)),
        ("0x1F", ScalarValue::Int(31)),
        ("-0b101", ScalarValue::Int(-5)),
        ("09", ScalarValue::Float(9.0)),
        ("18446744073709551615", ScalarValue::Int(18_446_744_073_709_551_615)),
        ("-9223372036854775808", ScalarValue::Int(-9_223_372_036_854_775_808)),
        ("18446744073709551616", ScalarValue::Float(18_446_744_073_709_551_616.0)),
        (".5", ScalarValue::Float(0.5)),
        ("1.", ScalarValue::Float(1.0)),
        ("1e3", ScalarValue::Float(1000.0)),
        ("1.5E-3", ScalarValue::Float(0.0015)),
        ("-.inf", ScalarValue::Float(f64::NEG_INFINITY)),
        ("1:30", ScalarValue::Text("1:30")),
        ("12:30:45", ScalarValue::Text("12:30:45")),
        ("2024-01-01", ScalarValue::Text("2024-01-01")),
        ("0.1.0", ScalarValue::Text("0.1.0")),
        ("_1", ScalarValue::Text("_1")),
        ("0x", ScalarValue::Text("0x")),
        ("0b2", ScalarValue::Text("0b2")),
        ("1e", ScalarValue::Text("1e")),
        (".", ScalarValue::Text(".")),
        ("-", ScalarValue::Text("-")),
        ("+-1", ScalarValue::Text("+-1")),
        ("0x+1", ScalarValue::Text("0x+1")),
        ("500m", ScalarValue::Text("500m")),
        ("<<", ScalarValue::Text("<<")),
    ];
    for (text, value) in table {
        assert_eq!(resolve(text, true, None), *value, "{text}");
        assert_eq!(resolve(text, false, None), ScalarValue::Text(text), "quoted {text}");
    }
    assert!(matches!(resolve(".NaN", true, None), ScalarValue::Float(number) if number.is_nan()));
}

#[test]
fn a_tag_decides() {
    let tag = |name: &str| format!("tag:yaml.org,2002:{name}");
    assert_eq!(resolve("1", true, Some(&tag("str"))), ScalarValue::Text("1"));
    assert_eq!(resolve("1", false, Some(&tag("int"))), ScalarValue::Int(1));
    assert_eq!(resolve("yes", true, Some("!reference")), ScalarValue::Text("yes"));
}

proptest! {
    /// Agrees with both kinds of readers on words and numbers that look the same in YAML 1.1 and 1.2.
    #[test]
    fn agrees_with_another_reader(text in "[-+]?([1-9][0-9]{0,17}|0)(\\.[0-9]{1,5})?([eE][-+]?[0-9]{1,2})?|true|false|null|[a-m]{3,9}") {
        let other: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let same = match resolve(&text, true, None) {
            ScalarValue::Null => other.is_null(),
            ScalarValue::Bool(value) => other.as_bool() == Some(value),
            ScalarValue::Int(value) => other.as_i64().map(i128::from) == Some(value),
            ScalarValue::Float(value) => other.as_f64() == Some(value),
            ScalarValue::Text(value) => other.as_str() == Some(value),
        };
        prop_assert!(same, "{text}: {other:?}");
    }

    #[test]
    fn never_panics(text in "\\PC{0,30}|[-+0-9_.xobeE]{0,30}") {
        resolve(&text, true, None);
    }
}
