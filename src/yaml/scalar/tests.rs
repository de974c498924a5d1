use proptest::prelude::*;

use super::*;

#[test]
fn plain_scalars_mean_what_kubernetes_reads() {
    let table: &[(&str, Value)] = &[
        ("", Value::Null),
        ("~", Value::Null),
        ("NULL", Value::Null),
        ("nULL", Value::Text("nULL")),
        ("true", Value::Bool(true)),
        ("y", Value::Bool(true)),
        ("On", Value::Bool(true)),
        ("NO", Value::Bool(false)),
        ("oFF", Value::Text("oFF")),
        ("0", Value::Int(0)),
        ("-0", Value::Int(0)),
        ("+12", Value::Int(12)),
        ("1_000", Value::Int(1000)),
        ("012", Value::Int(10)),
        ("0o14", Value::Int(12)),
        ("0x1F", Value::Int(31)),
        ("-0b101", Value::Int(-5)),
        ("09", Value::Float(9.0)),
        ("18446744073709551615", Value::Int(18_446_744_073_709_551_615)),
        ("-9223372036854775808", Value::Int(-9_223_372_036_854_775_808)),
        ("18446744073709551616", Value::Float(18_446_744_073_709_551_616.0)),
        (".5", Value::Float(0.5)),
        ("1.", Value::Float(1.0)),
        ("1e3", Value::Float(1000.0)),
        ("1.5E-3", Value::Float(0.0015)),
        ("-.inf", Value::Float(f64::NEG_INFINITY)),
        ("1:30", Value::Text("1:30")),
        ("12:30:45", Value::Text("12:30:45")),
        ("2024-01-01", Value::Text("2024-01-01")),
        ("0.1.0", Value::Text("0.1.0")),
        ("_1", Value::Text("_1")),
        ("0x", Value::Text("0x")),
        ("0b2", Value::Text("0b2")),
        ("1e", Value::Text("1e")),
        (".", Value::Text(".")),
        ("-", Value::Text("-")),
        ("+-1", Value::Text("+-1")),
        ("0x+1", Value::Text("0x+1")),
        ("500m", Value::Text("500m")),
        ("<<", Value::Text("<<")),
    ];
    for (text, value) in table {
        assert_eq!(resolve(text, true, None), *value, "{text}");
        assert_eq!(resolve(text, false, None), Value::Text(text), "quoted {text}");
    }
    assert!(matches!(resolve(".NaN", true, None), Value::Float(number) if number.is_nan()));
}

#[test]
fn a_tag_decides() {
    let tag = |name: &str| format!("tag:yaml.org,2002:{name}");
    assert_eq!(resolve("1", true, Some(&tag("str"))), Value::Text("1"));
    assert_eq!(resolve("1", false, Some(&tag("int"))), Value::Int(1));
    assert_eq!(resolve("yes", true, Some("!reference")), Value::Text("yes"));
}

proptest! {
    /// What both kinds of readers have in common, this one reads alike: words and numbers that look the same in YAML
    /// 1.1 and 1.2.
    #[test]
    fn agrees_with_another_reader(text in "[-+]?([1-9][0-9]{0,17}|0)(\\.[0-9]{1,5})?([eE][-+]?[0-9]{1,2})?|true|false|null|[a-m]{3,9}") {
        let other: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let same = match resolve(&text, true, None) {
            Value::Null => other.is_null(),
            Value::Bool(value) => other.as_bool() == Some(value),
            Value::Int(value) => other.as_i64().map(i128::from) == Some(value),
            Value::Float(value) => other.as_f64() == Some(value),
            Value::Text(value) => other.as_str() == Some(value),
        };
        prop_assert!(same, "{text}: {other:?}");
    }

    #[test]
    fn never_panics(text in "\\PC{0,30}|[-+0-9_.xobeE]{0,30}") {
        resolve(&text, true, None);
    }
}
