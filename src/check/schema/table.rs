//! The fields of known kinds. `tests/tables` generates `tables.txt` from the Go modules of the projects; of its sorted lines,
//! only those are parsed that the manifests need.
//!
//! ```text
//! k GROUP KIND VERSION TYPE DEPRECATED REMOVED SUCCESSOR     a kind; `-` for none, `core` for the core group
//! m PROJECT MODULE VERSION                                   a module that the lines are from
//! t TYPE [*] FIELD[!][:SHAPE] ...                            a mapping; `*` allows other fields, `!` is required
//! ```
//!
//! A shape is `[` and the shape of items, `{` and the shape of values, `=` and the allowed strings, a lower-case letter
//! (see [`Shape::read`]), or the name of a type. A field without a shape is a string.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::LazyLock;

const TEXT: &str = include_str!("tables.txt");

/// The values that a field may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Any,
    Text,
    Label,
    /// An RFC 3339 time.
    Time,
    /// A Go duration.
    Duration,
    Base64,
    Choice(Vec<Cow<'static, str>>),
    Integer,
    Number,
    Boolean,
    /// An integer or a string, such as a port.
    IntOrString,
    /// A number with a unit, such as `500m`.
    Quantity,
    List(Box<Shape>),
    Map(Box<Shape>),
    /// A mapping whose type has this name in the tables.
    Known(&'static str),
    /// A mapping whose type a CRD of the repository defines.
    Own(Rc<ObjectType>),
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ObjectType {
    /// Whether unlisted fields are allowed.
    pub(crate) is_open: bool,
    /// Sorted by name.
    pub(crate) fields: Vec<Field>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: Cow<'static, str>,
    pub(crate) is_required: bool,
    pub(crate) shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) kind: &'static str,
    /// Without the group.
    pub(crate) version: &'static str,
    /// The name of its type.
    pub(crate) fields: Option<&'static str>,
    /// The release that deprecated it; `yes` if the release is unknown.
    pub(crate) deprecated: Option<&'static str>,
    /// The first release that does not serve it.
    pub(crate) removed: Option<&'static str>,
    /// The `apiVersion` to use instead, or `apiVersion/Kind` if the kind changes too.
    pub(crate) successor: Option<&'static str>,
}

/// Types by name; each is parsed once.
#[derive(Debug, Default)]
pub(crate) struct ObjectTypes(RefCell<BTreeMap<&'static str, Rc<ObjectType>>>);

/// The kinds by group: every manifest is looked up here, often more than once.
static KINDS: LazyLock<HashMap<&str, Vec<Served>>> = LazyLock::new(|| {
    let mut kinds = HashMap::<_, Vec<_>>::new();
    for (group, served) in lines("k ".to_owned()).filter_map(Served::read) {
        kinds.entry(group).or_default().push(served);
    }
    kinds
});

/// Returns the kinds of a group in all their versions, sorted by kind; `""` is the core group.
pub(crate) fn kinds(group: &str) -> &'static [Served] {
    KINDS.get(group).map_or(&[], Vec::as_slice)
}

/// Returns the versions of a kind.
pub(crate) fn versions(group: &str, kind: &str) -> &'static [Served] {
    let kinds = kinds(group);
    let start = kinds.partition_point(|served| served.kind < kind);
    let end = start + kinds[start..].partition_point(|served| served.kind == kind);
    &kinds[start..end]
}

pub(crate) fn elsewhere(kind: &str) -> impl Iterator<Item = (&'static str, Served)> {
    lines("k ".to_owned()).filter_map(Served::read).filter(move |(_, served)| served.kind == kind)
}

/// Returns the number of types with a field of this name.
pub(crate) fn holders(field: &str) -> usize {
    let is_whole = |at: usize| TEXT[at + field.len() + 1..].starts_with(['!', ':', ' ', '\n']);
    TEXT.match_indices(&format!(" {field}")).filter(|(at, _)| is_whole(*at)).count()
}

/// Returns the known projects: name, Go module, version.
pub(crate) fn modules() -> impl Iterator<Item = (String, &'static str, &'static str)> {
    lines("m ".to_owned()).filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?.replace('_', " "), words.next()?, words.next()?))
    })
}

fn lines(prefix: String) -> impl Iterator<Item = &'static str> {
    TEXT[start(&prefix)..].lines().take_while(move |line| line.starts_with(&prefix))
}

/// Returns the byte offset of the first line that does not sort before `prefix`.
fn start(prefix: &str) -> usize {
    let (mut low, mut high) = (0, TEXT.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let begin = TEXT[..middle].rfind('\n').map_or(0, |at| at + 1);
        let end = TEXT[begin..].find('\n').map_or(TEXT.len(), |at| begin + at);
        if TEXT[begin..end] < *prefix {
            low = end + 1;
        } else {
            high = begin;
        }
    }
    low
}

impl Served {
    fn read(line: &'static str) -> Option<(&'static str, Self)> {
        let mut words = line.split(' ').skip(1);
        let group = match words.next()? {
            "core" => "",
            group => group,
        };
        let (kind, version) = (words.next()?, words.next()?);
        let mut optional = || words.next().filter(|word| *word != "-");
        let (fields, deprecated, removed, successor) = (optional(), optional(), optional(), optional());
        Some((group, Self { kind, version, fields, deprecated, removed, successor }))
    }
}

impl ObjectTypes {
    /// Returns an open type without fields if the tables have none of this name.
    pub(crate) fn get(&self, name: &'static str) -> Rc<ObjectType> {
        let mut types = self.0.borrow_mut();
        Rc::clone(types.entry(name).or_insert_with(|| {
            let line = lines(format!("t {name}")).find(|line| line.split(' ').nth(1) == Some(name));
            Rc::new(
                line.map_or_else(|| ObjectType { is_open: true, ..ObjectType::default() }, ObjectType::read),
            )
        }))
    }

    /// Returns the type of a mapping, or of the mappings in a list.
    pub(crate) fn of(&self, shape: &Shape) -> Option<Rc<ObjectType>> {
        match shape {
            Shape::Known(name) => Some(self.get(name)),
            Shape::Own(fields) => Some(Rc::clone(fields)),
            Shape::List(inner) => self.of(inner),
            _ => None,
        }
    }
}

impl ObjectType {
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        let at = self.fields.binary_search_by(|field| field.name.as_ref().cmp(name)).ok()?;
        self.fields.get(at)
    }

    fn read(line: &'static str) -> Self {
        let mut made = Self::default();
        for word in line.split(' ').skip(2) {
            match word {
                "*" => made.is_open = true,
                word => made.fields.push(Field::read(word)),
            }
        }
        made
    }
}

impl Field {
    fn read(word: &'static str) -> Self {
        let (name, shape) = word.split_once(':').unwrap_or((word, "s"));
        let (name, is_required) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
        Self { name: Cow::Borrowed(name), is_required, shape: Shape::read(shape) }
    }
}

impl Shape {
    fn read(text: &'static str) -> Self {
        if let Some(inner) = text.strip_prefix('[') {
            return Self::List(Box::new(Self::read(inner)));
        }
        if let Some(inner) = text.strip_prefix('{') {
            return Self::Map(Box::new(Self::read(inner)));
        }
        if let Some(choices) = text.strip_prefix('=') {
            return Self::Choice(choices.split('|').map(Cow::Borrowed).collect());
        }
        match text {
            "s" => Self::Text,
            "l" => Self::Label,
            "t" => Self::Time,
            "d" => Self::Duration,
            "y" => Self::Base64,
            "i" => Self::Integer,
            "n" => Self::Number,
            "b" => Self::Boolean,
            "p" => Self::IntOrString,
            "q" => Self::Quantity,
            "x" => Self::Any,
            name => Self::Known(name),
        }
    }

    /// Whether its values are strings.
    pub(crate) fn is_string(&self) -> bool {
        matches!(
            self,
            Self::Text | Self::Label | Self::Time | Self::Duration | Self::Base64 | Self::Choice(_)
        )
    }

    /// Whether its values are neither mappings nor lists.
    pub(crate) fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_) | Self::Known(_) | Self::Own(_) | Self::Any)
    }

    /// Returns the name in messages, with its article.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "`true` or `false`",
            Self::IntOrString => "a whole number or a string",
            Self::Quantity => "a quantity",
            Self::List(_) => "a list",
            Self::Map(_) | Self::Known(_) | Self::Own(_) | Self::Any => "a mapping",
            _ => "a string",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The search cuts the text between any two bytes, and relies on the order.
    #[test]
    fn lines_are_sorted_and_ascii() {
        assert!(TEXT.is_ascii());
        assert!(TEXT.lines().is_sorted());
        assert!(TEXT.lines().all(|line| ["k ", "m ", "t "].iter().any(|start| line.starts_with(start))));
    }

    #[test]
    fn every_type_that_is_named_is_there() {
        let types = ObjectTypes::default();
        let mut seen = BTreeSet::new();
        let mut todo: Vec<_> =
            lines("k ".to_owned()).filter_map(Served::read).filter_map(|(_, served)| served.fields).collect();
        while let Some(name) = todo.pop() {
            if !seen.insert(name) {
                continue;
            }
            let known = types.get(name);
            assert!(!known.is_open || !known.fields.is_empty(), "{name}");
            assert!(known.fields.is_sorted_by(|a, b| a.name < b.name), "{name}");
            for field in &known.fields {
                let mut shape = &field.shape;
                while let Shape::List(inner) | Shape::Map(inner) = shape {
                    shape = inner;
                }
                if let Shape::Known(name) = shape {
                    todo.push(name);
                }
            }
        }
        let lines = lines("t ".to_owned()).count();
        assert_eq!(seen.len(), lines, "as many types as are used");
    }

    #[test]
    fn a_kind_is_found_by_its_group() {
        let names: Vec<_> = versions("apps", "Deployment").iter().map(|served| served.version).collect();
        assert_eq!(names, ["v1", "v1beta1", "v1beta2"]);
        assert_eq!(versions("", "Pod").iter().map(|served| served.fields).collect::<Vec<_>>(), [Some("Pod")]);
        assert_eq!(versions("", "Po"), []);
        assert_eq!(versions("apps", ""), []);
        assert_eq!(versions("apps", "Deployment v1"), []);
        assert_eq!(kinds("example.com"), []);
        assert!(kinds("batch").len() > 2);
        assert!(KINDS.values().all(|kinds| kinds.is_sorted_by(|one, next| one.kind <= next.kind)));
        assert_eq!(
            elsewhere("Deployment").map(|(group, _)| group).collect::<Vec<_>>(),
            ["apps", "apps", "apps", "extensions"]
        );
    }

    #[test]
    fn a_type_says_what_its_fields_are() {
        let types = ObjectTypes::default();
        let container = types.get("Container");
        assert!(container.field("name").is_some_and(|field| field.is_required));
        let pull = container.field("imagePullPolicy").unwrap();
        assert!(matches!(&pull.shape, Shape::Choice(choices) if choices.len() == 3));
        assert!(container.field("imagepullpolicy").is_none());
        assert!(types.get("NoSuchType").is_open);
    }

    #[test]
    fn the_modules_have_versions() {
        let argo = modules().find(|(project, ..)| project == "Argo CD").unwrap();
        assert!(argo.2.starts_with("v3."), "{argo:?}");
    }
}
