//! Checks answers that are valid one by one against each other: a name derived from several answers has its own limit,
//! and some names must differ.

use std::collections::BTreeMap;

use super::InvalidAnswer;
use crate::scaffold::Scaffold;
use crate::scaffold::definition::Derived;
use crate::scaffold::render::scope::{AnswerScope, DerivedName};
use crate::values::value::{Answer, Answers, Provenance, Value};

struct BadName {
    problem: InvalidAnswer,
    /// The maximum length of the answer, if its length is the problem.
    at_most: Option<usize>,
}

/// Returns all problems, in the order of the definition.
pub(super) fn problems(
    scaffold: &Scaffold,
    scope: &AnswerScope<'_>,
    answers: &Answers,
) -> Vec<InvalidAnswer> {
    let bad = scope.names().iter().filter_map(|name| bad_name(scaffold, name, answers));
    let mut problems = strictest(bad.collect());
    problems.extend(collisions(scaffold, scope, answers));
    problems
}

/// Keeps the tightest limit for each answer: one that is too long makes many names too long.
fn strictest(bad: Vec<BadName>) -> Vec<InvalidAnswer> {
    let mut tightest: BTreeMap<String, usize> = BTreeMap::new();
    for name in &bad {
        if let Some(at_most) = name.at_most {
            let known = tightest.entry(name.problem.question.clone()).or_insert(at_most);
            *known = at_most.min(*known);
        }
    }
    bad.into_iter()
        .filter(|name| match name.at_most {
            None => true,
            Some(at_most) => {
                let is_tightest = tightest.get(&name.problem.question) == Some(&at_most);
                if is_tightest {
                    tightest.remove(&name.problem.question);
                }
                is_tightest
            }
        })
        .map(|name| name.problem)
        .collect()
}

/// Returns why a derived name is invalid, if it is. An empty name is not used.
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
    let problem = problem_of(scaffold, &derived.from, answers, reason);
    Some(BadName { problem, at_most: room.map(|room| room.part) })
}

/// The maximum lengths of a whole name and of the answer in it.
struct Room {
    whole: usize,
    part: usize,
}

/// Returns how much of the answer fits, if its length is the problem. Types do not expose their limits, so
/// ever shorter placeholders are tried; only error messages pay for this.
fn room(scaffold: &Scaffold, name: &DerivedName, answers: &Answers) -> Option<Room> {
    let derived = &scaffold.definition.derived[name.index];
    let Some(Answer { value: Value::Text(text), .. }) = answers.get(&derived.from) else {
        return None;
    };
    let given = text.chars().count();
    for length in (1..=given).rev() {
        let value = with_placeholder(scaffold, name, answers, &"a".repeat(length))?;
        if derived.kind.parse(&value).is_ok() {
            // If the first placeholder fits, length is not the problem.
            return (length < given).then(|| Room { whole: value.chars().count(), part: length });
        }
    }
    None
}

fn with_placeholder(
    scaffold: &Scaffold,
    name: &DerivedName,
    answers: &Answers,
    placeholder: &str,
) -> Option<String> {
    let question = &scaffold.definition.derived[name.index].from;
    let text = Value::Text(placeholder.to_owned());
    let mut scope = AnswerScope::new(scaffold);
    for answer in answers {
        let value = if answer.question == *question { &text } else { &answer.value };
        scope.add(&answer.question, value).ok()?;
    }
    let same = |other: &&DerivedName| other.index == name.index && other.item == name.item;
    scope.names().iter().find(same).map(|name| name.value.clone())
}

/// A value that must be unique in its group.
struct Member {
    subject: String,
    question: String,
    value: String,
}

/// Reports group members with equal values, at the one that the user chose, or else at the later one.
fn collisions(scaffold: &Scaffold, scope: &AnswerScope<'_>, answers: &Answers) -> Vec<InvalidAnswer> {
    let mut problems = Vec::new();
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
                        [member, *first].into_iter().find(|member| is_chosen(answers, &member.question));
                    let question = &chosen.unwrap_or(member).question;
                    let mut problem = problem_of(scaffold, question, answers, reason);
                    if problem.given.as_deref() == Some(problem.example.as_str()) {
                        problem.example.clear();
                    }
                    problems.push(problem);
                }
                None => {
                    seen.insert(&member.value, member);
                }
            }
        }
    }
    problems
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
            let member = Member { subject, question: question.name.clone(), value: answer.value.to_text() };
            groups.entry(group).or_default().push(member);
        }
    }
    for name in scope.names() {
        let derived = &scaffold.definition.derived[name.index];
        if let Some(group) = &derived.distinct {
            let subject = subject(derived, name);
            let member = Member { subject, question: derived.from.clone(), value: name.value.clone() };
            groups.entry(group).or_default().push(member);
        }
    }
    for members in groups.values_mut() {
        members.retain(|member| !member.value.is_empty());
    }
    groups
}

/// Returns a phrase such as `the name of the Application that builds`, followed by the item, if any.
fn subject(derived: &Derived, name: &DerivedName) -> String {
    match &name.item {
        Some(item) => format!("the {} of `{item}`", derived.about),
        None => format!("the {}", derived.about),
    }
}

fn problem_of(scaffold: &Scaffold, question: &str, answers: &Answers, reason: String) -> InvalidAnswer {
    let example = scaffold.definition.question(question).map(|question| question.example().to_owned());
    InvalidAnswer {
        question: question.to_owned(),
        given: answers.get(question).map(|answer| answer.value.to_text()),
        reason,
        example: example.unwrap_or_default(),
    }
}
