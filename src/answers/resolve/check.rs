//! What is wrong with answers that are fine one by one. A name made of several answers has a limit of its own,
//! and two names that land in one place must differ.

use std::collections::BTreeMap;

use super::InvalidAnswer;
use crate::scaffold::Scaffold;
use crate::scaffold::definition::Derived;
use crate::scaffold::render::scope::{AnswerScope, DerivedName};
use crate::values::value::{Answer, Answers, Provenance, Value};

/// A derived name that is not valid.
struct BadName {
    fault: InvalidAnswer,
    /// How long the blamed answer may be at most, where its length is what is wrong.
    at_most: Option<usize>,
}

/// Everything wrong, in the order of the definition.
pub(super) fn faults(scaffold: &Scaffold, scope: &AnswerScope<'_>, answers: &Answers) -> Vec<InvalidAnswer> {
    let bad = scope.names().iter().filter_map(|name| bad_name(scaffold, name, answers));
    let mut faults = strictest(bad.collect());
    faults.extend(collisions(scaffold, scope, answers));
    faults
}

/// One answer that is too long makes many names too long; only the tightest of them is worth a message.
fn strictest(bad: Vec<BadName>) -> Vec<InvalidAnswer> {
    let mut tightest: BTreeMap<String, usize> = BTreeMap::new();
    for name in &bad {
        if let Some(at_most) = name.at_most {
            let known = tightest.entry(name.fault.question.clone()).or_insert(at_most);
            *known = at_most.min(*known);
        }
    }
    bad.into_iter()
        .filter(|name| match name.at_most {
            None => true,
            Some(at_most) => {
                let is_tightest = tightest.get(&name.fault.question) == Some(&at_most);
                if is_tightest {
                    tightest.remove(&name.fault.question);
                }
                is_tightest
            }
        })
        .map(|name| name.fault)
        .collect()
}

/// Why a derived name is not valid, if so. An empty one names nothing.
fn bad_name(scaffold: &Scaffold, name: &DerivedName, answers: &Answers) -> Option<BadName> {
    let derived = &scaffold.definition.derived[name.index];
    let value = &name.value;
    let invalid = derived.kind.parse(value).err().filter(|_| !value.is_empty())?;
    let subject = subject(derived, name);
    let room = room(scaffold, name, answers);
    let reason = match &room {
        Some(room) => format!(
            "{subject} would be `{value}`, which has {} characters; at most {} are allowed, so `{}` may have at most {}",
            value.chars().count(),
            room.whole,
            derived.from,
            room.part,
        ),
        None => format!("{subject} would not be valid: {}", invalid.reason),
    };
    let fault = blame(scaffold, &derived.from, answers, reason);
    Some(BadName { fault, at_most: room.map(|room| room.part) })
}

/// How long a whole name and the answer in it may be.
struct Room {
    whole: usize,
    part: usize,
}

/// How much of the blamed answer fits, where length is what is wrong. The types of answers do not tell their
/// limits, so shorter and shorter stand-ins are tried; this happens only on the way to a message.
fn room(scaffold: &Scaffold, name: &DerivedName, answers: &Answers) -> Option<Room> {
    let derived = &scaffold.definition.derived[name.index];
    let Some(Answer { value: Value::Text(text), .. }) = answers.get(&derived.from) else {
        return None;
    };
    let given = text.chars().count();
    for length in (1..=given).rev() {
        let value = with_stand_in(scaffold, name, answers, &"a".repeat(length))?;
        if derived.kind.parse(&value).is_ok() {
            // Where the first stand-in fits already, length is not what is wrong.
            return (length < given).then(|| Room { whole: value.chars().count(), part: length });
        }
    }
    None
}

/// The derived name as it would be with another text for the blamed answer; none where that text is nothing the
/// scaffold could work with.
fn with_stand_in(
    scaffold: &Scaffold,
    name: &DerivedName,
    answers: &Answers,
    stand_in: &str,
) -> Option<String> {
    let blamed = &scaffold.definition.derived[name.index].from;
    let text = Value::Text(stand_in.to_owned());
    let mut scope = AnswerScope::new(scaffold);
    for answer in answers {
        let value = if answer.question == *blamed { &text } else { &answer.value };
        scope.add(&answer.question, value).ok()?;
    }
    let same = |other: &&DerivedName| other.index == name.index && other.item == name.item;
    scope.names().iter().find(same).map(|name| name.value.clone())
}

/// A value that must differ from the others of its group.
struct Member {
    subject: String,
    blamed: String,
    value: String,
}

/// Two members of a group with one value. The one that somebody chose is blamed, else the later one.
fn collisions(scaffold: &Scaffold, scope: &AnswerScope<'_>, answers: &Answers) -> Vec<InvalidAnswer> {
    let mut faults = Vec::new();
    for members in groups(scaffold, scope, answers).into_values() {
        let mut seen: BTreeMap<&str, &Member> = BTreeMap::new();
        for member in &members {
            match seen.get(member.value.as_str()) {
                Some(first) => {
                    let reason = format!(
                        "{} and {} would both be `{}`; they must differ",
                        first.subject, member.subject, member.value
                    );
                    let chosen =
                        [member, *first].into_iter().find(|member| is_chosen(answers, &member.blamed));
                    let blamed = &chosen.unwrap_or(member).blamed;
                    let mut fault = blame(scaffold, blamed, answers, reason);
                    if fault.given.as_deref() == Some(fault.example.as_str()) {
                        fault.example.clear();
                    }
                    faults.push(fault);
                }
                None => {
                    seen.insert(&member.value, member);
                }
            }
        }
    }
    faults
}

fn is_chosen(answers: &Answers, question: &str) -> bool {
    answers
        .get(question)
        .is_some_and(|answer| !matches!(answer.from, Provenance::Default | Provenance::Detected))
}

fn groups<'s>(
    scaffold: &'s Scaffold,
    scope: &AnswerScope<'_>,
    answers: &Answers,
) -> BTreeMap<&'s str, Vec<Member>> {
    let mut groups: BTreeMap<&str, Vec<Member>> = BTreeMap::new();
    for question in &scaffold.definition.questions {
        if let (Some(group), Some(answer)) = (&question.distinct, answers.get(&question.name)) {
            let subject = format!("`{}`", question.name);
            let member = Member { subject, blamed: question.name.clone(), value: answer.value.to_text() };
            groups.entry(group).or_default().push(member);
        }
    }
    for name in scope.names() {
        let derived = &scaffold.definition.derived[name.index];
        if let Some(group) = &derived.distinct {
            let subject = subject(derived, name);
            let member = Member { subject, blamed: derived.from.clone(), value: name.value.clone() };
            groups.entry(group).or_default().push(member);
        }
    }
    for members in groups.values_mut() {
        members.retain(|member| !member.value.is_empty());
    }
    groups
}

/// `the name of the Application that builds`, for an item with the item's name.
fn subject(derived: &Derived, name: &DerivedName) -> String {
    match &name.item {
        Some(item) => format!("the {} of `{item}`", derived.about),
        None => format!("the {}", derived.about),
    }
}

fn blame(scaffold: &Scaffold, question: &str, answers: &Answers, reason: String) -> InvalidAnswer {
    let example = scaffold.definition.question(question).map(|question| question.example().to_owned());
    InvalidAnswer {
        question: question.to_owned(),
        given: answers.get(question).map(|answer| answer.value.to_text()),
        reason,
        example: example.unwrap_or_default(),
    }
}
