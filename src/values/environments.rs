//! The ordered list of environments: `staging,production=shop-live`.

use std::collections::BTreeSet;

use super::Limits;
use super::invalid::{Invalid, shown};
use super::name;
use super::value::{Item, Value};

pub(super) const MOST: u64 = 20;

/// Reads `NAME[=NAMESPACE],...`: at least one, names and given namespaces distinct, none reserved.
pub(super) fn read(text: &str, limits: &Limits) -> Result<Value, Invalid> {
    list(text, limits).map(Value::Items).map_err(|invalid| invalid.suggest(suggestion(text, limits)))
}

fn list(text: &str, limits: &Limits) -> Result<Vec<Item>, Invalid> {
    let items = text.split(',').map(|part| item(part.trim(), limits)).collect::<Result<Vec<_>, _>>()?;
    if let Some(name) = duplicate(items.iter().map(|item| item.name.as_str())) {
        return Err(Invalid::new(format!("duplicate environment `{name}`")));
    }
    if let Some(name) = duplicate(items.iter().filter_map(|item| item.value.as_deref())) {
        return Err(Invalid::new(format!("duplicate namespace `{name}`")));
    }
    let most = limits.max.unwrap_or(MOST);
    if items.len() as u64 > most {
        return Err(Invalid::new(format!(
            "{} environments are given; at most {most} are allowed",
            items.len()
        )));
    }
    Ok(items)
}

fn item(text: &str, limits: &Limits) -> Result<Item, Invalid> {
    if text.is_empty() {
        return Err(Invalid::new("an environment has no name; separate names by single commas"));
    }
    let (name, value) = split(text);
    if name.is_empty() {
        return Err(Invalid::new(format!("{} has no name before the `=`", shown(text))));
    }
    name::check(name, name::LONGEST)?;
    if limits.reserved.iter().any(|reserved| reserved == name) {
        return Err(Invalid::new(format!("`{name}` is reserved for the scaffold")));
    }
    match value {
        Some("") => return Err(Invalid::new(format!("{} has no namespace after the `=`", shown(text)))),
        Some(namespace) => name::check(namespace, name::LONGEST)?,
        None => {}
    }
    Ok(Item { name: name.to_owned(), value: value.map(str::to_owned) })
}

fn split(text: &str) -> (&str, Option<&str>) {
    match text.split_once('=') {
        Some((name, value)) => (name.trim_end(), Some(value.trim_start())),
        None => (text, None),
    }
}

fn duplicate<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

/// Returns the list with corrected names, without empty, reserved and duplicate ones.
fn suggestion(text: &str, limits: &Limits) -> String {
    let mut items: Vec<Item> = Vec::new();
    for part in text.split(',') {
        let (name, value) = split(part.trim());
        let name = name::suggestion(name, name::LONGEST);
        let value =
            value.map(|value| name::suggestion(value, name::LONGEST)).filter(|value| !value.is_empty());
        let unusable = name.is_empty() || limits.reserved.contains(&name);
        if !unusable && items.iter().all(|item| item.name != name) {
            items.push(Item { name, value });
        }
        if items.len() as u64 == MOST {
            break;
        }
    }
    Value::Items(items).to_text()
}
