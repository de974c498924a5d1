//! Tables for people: one row a line, in columns as wide as what they hold.

use super::style::{bold, width};
use super::visible;

/// Between two columns.
const GAP: &str = "  ";

/// A name is still known by so many of its last characters.
const SHORT_NAME: usize = 16;

/// As much of a text still says something.
const LEAST_TEXT: usize = 12;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A table whose first column names what the row is about.
pub(crate) struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Row>,
    /// The columns that are left out where the terminal is too narrow, the first of them first.
    optional: &'static [&'static str],
}

struct Row {
    name: String,
    cells: Cells,
}

enum Cells {
    All(Vec<String>),
    /// One text in the place of all.
    Note(String),
}

impl Table {
    /// Makes a table with these columns, the first of which names what a row is about.
    pub(crate) fn new(columns: impl IntoIterator<Item = (&'static str, Align)>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new(), optional: &[] }
    }

    /// Leaves out these columns, one after the other, where the terminal is too narrow for all.
    pub(crate) fn with_optional(self, optional: &'static [&'static str]) -> Self {
        Self { optional, ..self }
    }

    /// Returns the table without the columns that do not fit into so many of a terminal, and their titles.
    pub(crate) fn fitted(mut self, columns: usize) -> (Self, Vec<&'static str>) {
        let mut left_out = Vec::new();
        for title in self.optional {
            if self.least_width(columns) <= columns {
                break;
            }
            self.leave_out(title);
            left_out.push(*title);
        }
        (self, left_out)
    }

    /// How wide the table is at least. An optional column at the end may be cut.
    fn least_width(&self, columns: usize) -> usize {
        let mut widths = self.widths(Some(columns));
        let is_optional = self.columns.last().is_some_and(|(title, _)| self.optional.contains(title));
        if let Some(last) = widths.last_mut().filter(|_| is_optional) {
            *last = (*last).min(LEAST_TEXT);
        }
        widths.iter().sum::<usize>() + GAP.len() * (widths.len() - 1)
    }

    fn leave_out(&mut self, title: &str) {
        let Some(at) = self.columns.iter().position(|(known, _)| *known == title).filter(|at| *at > 0) else {
            return;
        };
        self.columns.remove(at);
        for row in &mut self.rows {
            if let Cells::All(cells) = &mut row.cells {
                cells.remove(at - 1);
            }
        }
    }

    /// Adds a row with a cell for each of the other columns.
    pub(crate) fn row(&mut self, name: &str, cells: impl IntoIterator<Item = String>) {
        let cells = cells.into_iter().map(|cell| visible::line(&cell)).collect();
        self.rows.push(Row { name: visible::line(name), cells: Cells::All(cells) });
    }

    /// Adds a row with one text in the place of its cells.
    pub(crate) fn note(&mut self, name: &str, text: &str) {
        self.rows.push(Row { name: visible::line(name), cells: Cells::Note(visible::line(text)) });
    }

    /// Returns the table for people, cut to so many columns of a terminal.
    pub(crate) fn text(&self, columns: Option<usize>) -> String {
        let widths = self.widths(columns);
        let mut text = String::new();
        let titles: Vec<String> = self.columns.iter().map(|(title, _)| (*title).to_owned()).collect();
        if let [name, cells @ ..] = titles.as_slice() {
            let line = self.line(&widths, name, cells);
            text.push_str(&bold(&cut(&line, columns)));
            text.push('\n');
        }
        for row in &self.rows {
            let line = match &row.cells {
                Cells::All(cells) => self.line(&widths, &row.name, cells),
                Cells::Note(note) => format!("{}{GAP}{note}", name_of(&row.name, &widths)),
            };
            text.push_str(&cut(&line, columns));
            text.push('\n');
        }
        text
    }

    /// How wide each column is. Names give way first.
    fn widths(&self, columns: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|(title, _)| width(title)).collect();
        for row in &self.rows {
            let Cells::All(cells) = &row.cells else {
                widths[0] = widths[0].max(width(&row.name));
                continue;
            };
            for (known, cell) in widths.iter_mut().zip([&row.name].into_iter().chain(cells)) {
                *known = (*known).max(width(cell));
            }
        }
        if let Some(columns) = columns {
            let all = widths.iter().sum::<usize>() + GAP.len() * (widths.len() - 1);
            let name = widths[0];
            widths[0] = name.saturating_sub(all.saturating_sub(columns)).max(name.min(SHORT_NAME));
        }
        widths
    }

    fn line(&self, widths: &[usize], name: &str, cells: &[String]) -> String {
        let mut line = name_of(name, widths);
        for ((cell, wide), (_, align)) in cells.iter().zip(&widths[1..]).zip(&self.columns[1..]) {
            let blanks = " ".repeat(wide.saturating_sub(width(cell)));
            line.push_str(GAP);
            match align {
                Align::Left => line.extend([cell, blanks.as_str()]),
                Align::Right => line.extend([blanks.as_str(), cell]),
            }
        }
        line.trim_end().to_owned()
    }
}

/// Returns `name`, or its end, with blanks up to the width of its column.
fn name_of(name: &str, widths: &[usize]) -> String {
    let wide = widths[0];
    let count = name.chars().count();
    if width(name) <= wide {
        return format!("{name}{}", " ".repeat(wide - width(name)));
    }
    format!("…{}", name.chars().skip(count - wide.saturating_sub(1)).collect::<String>())
}

fn cut(line: &str, columns: Option<usize>) -> String {
    match columns {
        Some(columns) => console::truncate_str(line, columns, "…").into_owned(),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table =
            Table::new([("folder", Align::Left), ("files", Align::Right), ("state", Align::Left)]);
        table.row("services/shop", ["12".to_owned(), "done".to_owned()]);
        table.row("cart", ["1".to_owned(), String::new()]);
        table.note("no\u{1b}[2Jwhere\n", "failed: it\nis not there");
        table
    }

    fn plain(columns: Option<usize>) -> String {
        table().text(columns).chars().filter(|found| !('\u{fdd0}'..='\u{fdef}').contains(found)).collect()
    }

    #[test]
    fn columns_are_as_wide_as_what_they_hold() {
        let expected = "folder         files  state\n\
                        services/shop     12  done\n\
                        cart               1\n\
                        no·[2Jwhere·   failed: it·is not there\n";
        assert_eq!(plain(None), expected);
        assert_eq!(plain(Some(80)), expected);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for columns in 1..50 {
            let text = plain(Some(columns));
            assert!(text.lines().all(|line| width(line) <= columns), "{columns}\n{text}");
            assert_eq!(text.lines().count(), 4);
        }
        assert_eq!(plain(Some(20)).lines().nth(1), Some("services/shop     1…"));
    }

    #[test]
    fn optional_columns_give_way() {
        let wide = || {
            let titles = ["name", "one", "two", "three"];
            let mut table =
                Table::new(titles.map(|title| (title, Align::Left))).with_optional(&["two", "three"]);
            table.row("a", ["1111", "2222", "3333"].map(str::to_owned));
            table.note("b", "nothing");
            table
        };
        for (columns, left_out, line) in [
            (80, &[][..], "a     1111  2222  3333"),
            (23, &[], "a     1111  2222  3333"),
            (22, &["two"], "a     1111  3333"),
            (15, &["two", "three"], "a     1111"),
            (8, &["two", "three"], "a     1…"),
        ] {
            let (table, found) = wide().fitted(columns);
            assert_eq!(found, left_out, "{columns}");
            assert_eq!(table.text(Some(columns)).lines().nth(1), Some(line), "{columns}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_end() {
        let mut table = Table::new([("folder", Align::Left), ("state", Align::Left)]);
        table.row("/a/very/long/way/to/services/shop", ["upgraded".to_owned()]);
        assert_eq!(table.text(Some(30)).lines().nth(1), Some("…ay/to/services/shop  upgraded"));
    }
}
