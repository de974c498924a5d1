//! Reads a YAML template line by line, just closely enough to tell where each tag stands: in a comment, in
//! quotes, next to other text, or alone.

use std::ops::Range;

use crate::scaffold::template_tags::{Tag, TagKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Text(char),
    /// A tag that writes a value, by index.
    Value(usize),
    /// A statement, by index.
    Statement(usize),
}

/// A line of a template; a tag over several lines belongs to its first line.
pub(super) struct TemplateLine {
    /// Counted from 1.
    pub(crate) number: usize,
    pub(crate) cells: Vec<Cell>,
}

impl TemplateLine {
    /// Whether it has no text, so that it must leave nothing in the output.
    pub(crate) fn is_bare(&self) -> bool {
        self.cells.iter().all(|cell| match cell {
            Cell::Text(character) => character.is_whitespace(),
            Cell::Value(_) => false,
            Cell::Statement(_) => true,
        })
    }

    fn indent(&self) -> usize {
        let written = self.cells.iter().filter(|cell| !matches!(cell, Cell::Statement(_)));
        written.take_while(|cell| **cell == Cell::Text(' ')).count()
    }
}

/// Splits a template into lines, without comments.
pub(super) fn lines(source: &str, tags: &[Tag<'_>]) -> Vec<TemplateLine> {
    let mut lines = vec![TemplateLine { number: 1, cells: Vec::new() }];
    let mut number = 1;
    let mut at = 0;
    let text = |range: Range<usize>, lines: &mut Vec<TemplateLine>, number: &mut usize| {
        for character in source[range].chars() {
            if character == '\n' {
                *number += 1;
                lines.push(TemplateLine { number: *number, cells: Vec::new() });
            } else if let Some(line) = lines.last_mut() {
                line.cells.push(Cell::Text(character));
            }
        }
    };
    for (index, tag) in tags.iter().enumerate() {
        text(at..tag.range.start, &mut lines, &mut number);
        if let Some(line) = lines.last_mut() {
            match tag.kind {
                TagKind::Value => line.cells.push(Cell::Value(index)),
                TagKind::Statement => line.cells.push(Cell::Statement(index)),
                TagKind::Comment => {}
            }
        }
        number += source[tag.range.clone()].matches('\n').count();
        at = tag.range.end;
    }
    text(at..source.len(), &mut lines, &mut number);
    lines
}

/// The effect of a statement on the flow of a line: only one of the branches it opens is written.
pub(super) enum Branch {
    Open,
    Next,
    Close,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagPosition {
    /// A whole scalar.
    Alone,
    Comment,
    Quotes,
    /// Part of a scalar.
    Glued,
}

/// The state that carries over from line to line.
#[derive(Default)]
pub(super) struct Scanner {
    /// The column of the node whose value is a block scalar; its lines are indented further.
    block: Option<usize>,
    state: State,
}

#[derive(Clone, Default)]
struct State {
    flow: usize,
    quote: Option<char>,
    /// Whether an anchor or a YAML tag is being read, before the scalar.
    property: bool,
    begun: bool,
    /// The index, among the values of the line, of the one that makes up the scalar so far.
    value: Option<usize>,
    start: usize,
    /// The column of the innermost key or dash.
    node: usize,
}

impl Scanner {
    pub(crate) fn is_inside_block(&self, line: &TemplateLine) -> bool {
        self.block.is_some_and(|node| line.indent() > node)
    }

    /// Whether a line is inside the open block scalar; the first line that is not ends it.
    pub(crate) fn enter(&mut self, line: &TemplateLine) -> bool {
        let inside = self.is_inside_block(line);
        if !inside {
            self.block = None;
        }
        inside
    }

    /// Reads a line outside block scalars; returns its values and their positions.
    pub(crate) fn line(
        &mut self,
        line: &TemplateLine,
        branch: impl Fn(usize) -> Branch,
    ) -> Vec<(usize, TagPosition)> {
        let mut places = Vec::new();
        let mut branches = Vec::new();
        let mut column = 0;
        let mut previous = ' ';
        self.state.property = false;
        self.state.begun = self.state.quote.is_some();
        self.state.value = None;
        for (index, cell) in line.cells.iter().enumerate() {
            let rest = &line.cells[index + 1..];
            match *cell {
                Cell::Statement(tag) => {
                    self.branch(&branch(tag), &mut branches);
                    continue;
                }
                Cell::Value(tag) => {
                    let place = self.value(column, places.len());
                    places.push((tag, place));
                    previous = '=';
                }
                Cell::Text('#') if self.state.quote.is_none() && previous == ' ' => {
                    places.extend(values(rest).map(|tag| (tag, TagPosition::Comment)));
                    return places;
                }
                Cell::Text('|' | '>') if self.opens_block(rest) => {
                    self.block = Some(self.state.node);
                    places.extend(values(rest).map(|tag| (tag, TagPosition::Comment)));
                    return places;
                }
                Cell::Text(character) => {
                    if let Some(glued) = self.text(character, previous, next_text(rest), column) {
                        places[glued].1 = TagPosition::Glued;
                    }
                    previous = character;
                }
            }
            column += 1;
        }
        places
    }

    fn branch(&mut self, branch: &Branch, branches: &mut Vec<State>) {
        match branch {
            Branch::Open => branches.push(self.state.clone()),
            Branch::Next => {
                if let Some(before) = branches.last() {
                    self.state.clone_from(before);
                }
            }
            Branch::Close => {
                branches.pop();
            }
            Branch::None => {}
        }
    }

    fn value(&mut self, column: usize, position: usize) -> TagPosition {
        if self.state.quote.is_some() {
            return TagPosition::Quotes;
        }
        if self.state.begun || self.state.property {
            return TagPosition::Glued;
        }
        self.begin(column);
        self.state.value = Some(position);
        TagPosition::Alone
    }

    fn begin(&mut self, column: usize) {
        if !self.state.begun {
            self.state.begun = true;
            self.state.start = column;
        }
    }

    fn end(&mut self) {
        self.state.begun = false;
        self.state.value = None;
    }

    /// Whether a block scalar begins: nothing precedes it in its node, and only indicators and a comment
    /// follow.
    fn opens_block(&self, rest: &[Cell]) -> bool {
        let header = rest.iter().take_while(|cell| matches!(cell, Cell::Text('+' | '-' | '0'..='9')));
        let after = rest.get(header.count());
        let ends = matches!(after, None | Some(Cell::Text(' ')));
        ends && !self.state.begun && self.state.flow == 0 && self.state.quote.is_none()
    }

    /// Reads a character; returns the value that it is glued to, if any.
    fn text(&mut self, character: char, previous: char, next: Option<char>, column: usize) -> Option<usize> {
        if let Some(quote) = self.state.quote {
            if character == quote && !(quote == '"' && previous == '\\') {
                self.state.quote = None;
            }
            return None;
        }
        let in_flow = self.state.flow > 0;
        let spaced = next.is_none_or(|next| next == ' ' || in_flow && matches!(next, ',' | ']' | '}'));
        match character {
            ' ' => self.state.property = false,
            _ if self.state.property => {}
            '&' | '!' if !self.state.begun => self.state.property = true,
            ':' if spaced => {
                self.state.node = self.state.start;
                self.end();
            }
            '-' | '?' if spaced && !self.state.begun => self.state.node = column,
            ',' if in_flow => self.end(),
            '[' | '{' if !self.state.begun => self.state.flow += 1,
            ']' | '}' if in_flow => {
                self.state.flow -= 1;
                self.state.value = None;
                self.begin(column);
            }
            '"' | '\'' if !self.state.begun => {
                self.state.quote = Some(character);
                self.begin(column);
            }
            _ => {
                self.begin(column);
                return self.state.value.take();
            }
        }
        None
    }
}

fn values(cells: &[Cell]) -> impl Iterator<Item = usize> {
    cells.iter().filter_map(|cell| match cell {
        Cell::Value(tag) => Some(*tag),
        _ => None,
    })
}

/// Returns the next character; a value counts as one, statements are skipped.
fn next_text(cells: &[Cell]) -> Option<char> {
    cells.iter().find_map(|cell| match cell {
        Cell::Text(character) => Some(*character),
        Cell::Value(_) => Some('='),
        Cell::Statement(_) => None,
    })
}
