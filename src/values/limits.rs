//! Limits that narrow a type.

use serde::Deserialize;

use super::invalid::Invalid;
use super::quantity::Unit;

/// Limits as the scaffold writes them under `limits:`; each type takes only some of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limits {
    /// The least value: a number, or seconds of a duration.
    pub min: Option<u64>,
    /// The greatest value: a number, seconds of a duration, or items of a list.
    pub max: Option<u64>,
    /// The most characters a name may have.
    pub max_length: Option<usize>,
    /// Names that items of a list must not have.
    pub reserved: Vec<String>,
    /// The allowed values.
    pub choices: Vec<String>,
    /// Whether `*` is a value, too, which stands for any.
    pub any: bool,
    pub(crate) unit: Option<Unit>,
}

impl Limits {
    pub(super) fn given(&self) -> impl Iterator<Item = &'static str> {
        [
            ("min", self.min.is_some()),
            ("max", self.max.is_some()),
            ("max-length", self.max_length.is_some()),
            ("reserved", !self.reserved.is_empty()),
            ("choices", !self.choices.is_empty()),
            ("any", self.any),
            ("unit", self.unit.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, given)| given.then_some(name))
    }

    /// Rejects a value below `min` or above `max`; `written` formats a value.
    pub(super) fn within(&self, value: u64, written: impl Fn(u64) -> String) -> Result<(), Invalid> {
        let (side, limit) = match (self.min, self.max) {
            (Some(min), _) if value < min => ("less", min),
            (_, Some(max)) if value > max => ("more", max),
            _ => return Ok(()),
        };
        let (value, limit) = (written(value), written(limit));
        Err(Invalid::new(format!("`{value}` is {side} than `{limit}`")).suggest(limit))
    }
}
