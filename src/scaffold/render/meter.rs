//! Bounds what rendering costs, since the engine has no limits for that.
//!
//! The cost of a tag follows from its words and from the size of the values that it may use; how often tags run is decided
//! by loops, and how large values become by assignments and some filters. So `metered` puts a call of [`STEP`] into every
//! loop and one of [`KEEP`] behind every assignment, and filters that can make much of little say what they made. One step is
//! about a word evaluated or a kilobyte copied.

use std::cell::Cell;
use std::fmt::{self, Write};
use std::rc::Rc;

use tera::{Kwargs, State, Tera, TeraResult, Value};

use crate::scaffold::limits;

/// Function that charges for one round of a loop.
pub(super) const STEP: &str = "__step";

/// Function that charges for the value of a variable.
pub(super) const KEEP: &str = "__keep";

/// Values nested deeper are refused, since dropping and printing them recurses.
const DEEPEST: usize = 16;

/// What a call of the meter costs itself.
const CALL: u64 = 10;

/// What may be spent on one scaffold. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Budget(Rc<Left>);

#[derive(Debug)]
struct Left {
    steps: Cell<u64>,
    bytes: Cell<u64>,
}

impl Default for Budget {
    fn default() -> Self {
        Self(Rc::new(Left { steps: Cell::new(limits::STEPS), bytes: Cell::new(limits::BYTES) }))
    }
}

impl Budget {
    #[cfg(test)]
    pub(super) fn steps(&self) -> u64 {
        limits::STEPS - self.0.steps.get()
    }

    pub(super) fn is_spent(&self) -> bool {
        self.0.steps.get() == 0 || self.0.bytes.get() == 0
    }

    /// Returns how large the next file may be.
    pub(super) fn bytes(&self) -> u64 {
        self.0.bytes.get().min(limits::FILE_BYTES)
    }

    /// Returns an error if a file of `bytes` is too large, or all files together have become so.
    pub(super) fn spend_bytes(&self, bytes: usize) -> Result<(), String> {
        let (bytes, left) = (bytes as u64, self.0.bytes.get());
        if bytes > limits::FILE_BYTES {
            return Err(format!("renders more than {} MiB", limits::FILE_BYTES >> 20));
        }
        self.0.bytes.set(left.saturating_sub(bytes));
        if bytes > left {
            return Err(format!("all files together render more than {} MiB", limits::BYTES >> 20));
        }
        Ok(())
    }
}

/// The static part of what tags cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weight {
    /// Words.
    pub(super) words: u64,
    /// How often values may be copied.
    pub(super) copies: u64,
    /// How often the list `files` may be copied, which is far larger than other values.
    pub(super) lists: u64,
}

impl Weight {
    pub(super) fn add(&mut self, other: Self) {
        self.words = self.words.saturating_add(other.words);
        self.copies = self.copies.saturating_add(other.copies);
        self.lists = self.lists.saturating_add(other.lists);
    }
}

/// The largest values that a template can use, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sizes {
    pub(super) value: usize,
    pub(super) files: usize,
}

#[derive(Clone, Copy, Default)]
struct Meter {
    left: u64,
    sizes: Sizes,
    /// Of the whole template.
    weight: Weight,
}

thread_local! {
    /// Functions and filters have no other way to the rendering that calls them.
    static METER: Cell<Meter> = Cell::default();
}

/// Runs `render` for a template of this `weight`, and charges `budget`.
pub(super) fn metered<T>(
    budget: &Budget,
    weight: Weight,
    sizes: Sizes,
    render: impl FnOnce() -> TeraResult<T>,
) -> TeraResult<T> {
    METER.set(Meter { left: budget.0.steps.get(), sizes, weight });
    let result = charge_tags(weight).and_then(|()| render());
    budget.0.steps.set(METER.get().left);
    result
}

pub(super) fn register(tera: &mut Tera) {
    tera.register_function(STEP, |with: Kwargs, _: &State| -> TeraResult<&'static str> {
        let number = |name| with.must_get::<u64>(name);
        charge(CALL)?;
        charge_tags(Weight { words: number("words")?, copies: number("copies")?, lists: number("lists")? })?;
        Ok("")
    });
    tera.register_function(KEEP, |with: Kwargs, _: &State| -> TeraResult<&'static str> {
        charge(CALL)?;
        with.get::<&Value>("value")?.map_or(Ok(()), keep)?;
        Ok("")
    });
}

fn charge_tags(weight: Weight) -> TeraResult<()> {
    let Sizes { value, files } = METER.get().sizes;
    let copied = |times: u64, bytes: usize| times.saturating_mul(bytes.max(1024) as u64) / 1024;
    charge(
        weight.words.saturating_add(copied(weight.copies, value)).saturating_add(copied(weight.lists, files)),
    )
}

pub(super) fn charge(steps: u64) -> TeraResult<()> {
    let meter = METER.get();
    let left = meter.left.checked_sub(steps).filter(|left| *left > 0);
    METER.set(Meter { left: left.unwrap_or_default(), ..meter });
    left.map(drop).ok_or_else(|| {
        tera::Error::message(format!("rendering takes more than {} million steps", limits::STEPS / 1_000_000))
    })
}

/// Charges for a value that the rest of the template may use.
pub(super) fn keep(value: &Value) -> TeraResult<()> {
    keep_bytes(size(value, limits::VALUE_BYTES)?)
}

/// As [`keep`], for a value that prints as so many bytes.
pub(super) fn keep_bytes(bytes: usize) -> TeraResult<()> {
    if bytes > limits::VALUE_BYTES {
        return Err(too_large());
    }
    let meter = METER.get();
    let grown = bytes.saturating_sub(meter.sizes.value.max(1024));
    if grown > 0 {
        METER.set(Meter { sizes: Sizes { value: bytes, ..meter.sizes }, ..meter });
    }
    // Whatever runs before the next charge runs once.
    charge((bytes as u64 + meter.weight.copies.saturating_mul(grown as u64)) / 1024)
}

fn too_large() -> tera::Error {
    tera::Error::message(format!("a value has more than {} KiB", limits::VALUE_BYTES >> 10))
}

/// Returns the number of bytes that `value` prints as.
///
/// # Errors
/// It has more than `most`, or is nested too deeply.
pub(super) fn size(value: &Value, most: usize) -> TeraResult<usize> {
    let mut count = Count { bytes: 0, most };
    match count.value(value, 0) {
        Ok(()) => Ok(count.bytes),
        Err(fmt::Error) if count.bytes > most => Err(too_large()),
        Err(fmt::Error) => {
            Err(tera::Error::message(format!("a value is nested deeper than {DEEPEST} levels")))
        }
    }
}

/// Counts instead of printing, which would need the memory.
struct Count {
    bytes: usize,
    most: usize,
}

impl Count {
    fn value(&mut self, value: &Value, depth: usize) -> fmt::Result {
        if depth > DEEPEST {
            return Err(fmt::Error);
        }
        if let Some(text) = value.as_str() {
            // Inside lists, text is quoted.
            return if depth == 0 { self.write_str(text) } else { write!(self, "{text:?}") };
        }
        if let Some(items) = value.as_array() {
            return items.iter().try_for_each(|item| {
                self.add(2)?;
                self.value(item, depth + 1)
            });
        }
        if let Some(map) = value.as_map() {
            return map.iter().try_for_each(|(key, value)| {
                write!(self, "{:?}", key.as_str().unwrap_or_default())?;
                self.add(4)?;
                self.value(value, depth + 1)
            });
        }
        // Numbers and the like are never long.
        self.add(value.to_string().len())
    }

    fn add(&mut self, bytes: usize) -> fmt::Result {
        self.bytes += bytes;
        if self.bytes > self.most { Err(fmt::Error) } else { Ok(()) }
    }
}

impl Write for Count {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add(text.len())
    }
}
