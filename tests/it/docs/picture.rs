//! The pictures of terminals in the documentation, drawn from real runs.

use std::fmt::Write as _;
use std::num::NonZeroU16;

use vt100::{Callbacks, Color, Parser};

use crate::common::terminal::{ENTER, Size, Terminal, essential, home_with_source};
use crate::docs::matching::without_ids;

/// As wide as the longest line that is shown.
const SIZE: Size = Size { rows: 30, columns: 108 };
const LETTER_WIDTH: f64 = 8.0;
const LINE_HEIGHT: f64 = 18.0;
const MARGIN: f64 = 16.0;
const FONT: &str =
    "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";

/// The eight colours, on a dark ground.
const COLORS: [&str; 8] =
    ["#6e7681", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#e6edf3"];

/// Stands for what is left out.
const GAP: &str = "⋮";

/// More rows than are written, so that nothing scrolls away.
const TALL: u16 = 500;

/// How a letter looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Style {
    bold: bool,
    dim: bool,
    /// One of the eight colours, by the number that ANSI gives it.
    color: Option<u8>,
}

/// A letter and how it looks.
type Cell = (char, Style);

/// Fails on what the terminal does not know.
struct Strict;

impl Callbacks for Strict {
    fn unhandled_control(&mut self, _: &mut vt100::Screen, byte: u8) {
        panic!("the control character {byte} is not known");
    }

    fn unhandled_escape(&mut self, _: &mut vt100::Screen, _: Option<u8>, _: Option<u8>, byte: u8) {
        panic!("the escape {byte} is not known");
    }

    fn unhandled_csi(
        &mut self,
        _: &mut vt100::Screen,
        _: Option<u8>,
        _: Option<u8>,
        numbers: &[&[u16]],
        command: char,
    ) {
        panic!("{numbers:?}{command} is not known");
    }
}

#[test]
fn the_picture_of_an_interview_is_what_one_sees() {
    let home = home_with_source();
    home.write("shop/Dockerfile", "EXPOSE 8080\n");
    let mut terminal = Terminal::start(&home, SIZE, "new shop-gitops");
    // A key that came before the program reads keys would be echoed, and leave its row behind.
    for question in essential() {
        terminal.is_asked(&question.name);
        terminal.reads_keys(&home);
        terminal.press(ENTER);
    }
    terminal.sees("Customise everything else");
    terminal.reads_keys(&home);
    terminal.press(ENTER);
    terminal.chooses("What now?", "Write and commit");
    let shown = terminal.ends_with(0);
    let shown = shown.split("ended with").next().unwrap();
    let rows = rows_of(&format!("$ treenail new shop-gitops\r\n{shown}"));

    let find = |start: &str| rows.iter().position(|row| text(row).starts_with(start)).unwrap();
    let asked = &rows[..=find("✓ Customise everything else")];
    let done = &rows[find("✓ wrote ")..];
    let gap =
        vec![(' ', Style::default()), (GAP.chars().next().unwrap(), Style { dim: true, ..Style::default() })];
    let picture = [asked, &[gap], done].concat();
    let title = "A terminal: treenail new asks six questions, then writes and commits";
    let lines: Vec<_> = picture.iter().map(|row| text(row)).collect();
    crate::docs::made("docs/images/new.svg", &draw(title, &picture), &lines.join("\n"));
}

/// What a terminal shows of `written`, from the top.
fn rows_of(written: &str) -> Vec<Vec<Cell>> {
    let (height, width) = (NonZeroU16::new(TALL).unwrap(), NonZeroU16::new(SIZE.columns).unwrap());
    let mut parser = Parser::new_with_callbacks(height, width, 0, Strict);
    parser.process(written.as_bytes());
    let screen = parser.screen();
    assert!(screen.cursor_position().0 + 1 < TALL, "rows may have scrolled away");
    let cell = |row, column| {
        let cell = screen.cell(row, column).unwrap();
        let color = match cell.fgcolor() {
            Color::Default => None,
            // A bright colour is drawn as its plain one.
            Color::Idx(number) => Some(number % 8),
            Color::Rgb(..) => panic!("a colour is none of the eight"),
        };
        let style = Style { bold: cell.bold(), dim: cell.dim(), color };
        (cell.contents().chars().next().unwrap_or(' '), style)
    };
    (0..TALL).map(|row| (0..SIZE.columns).map(|column| cell(row, column)).collect()).collect()
}

/// The letters of a row.
fn text(row: &[Cell]) -> String {
    row.iter().map(|(letter, _)| letter).collect::<String>().trim_end().to_owned()
}

fn draw(title: &str, rows: &[Vec<Cell>]) -> String {
    let length = rows.iter().rposition(|row| !text(row).is_empty()).map_or(0, |last| last + 1);
    let (width, height) = (across(usize::from(SIZE.columns)) + MARGIN, down(length) + MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{FONT}\" font-size=\"13\">\n\
         <title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#0d1117\"/>\n",
        escaped(title)
    );
    for (number, row) in rows[..length].iter().enumerate() {
        let row = without_ids_of(row);
        let mut column = 0;
        for run in row.chunk_by(|one, other| one.1 == other.1) {
            draw_run(&mut svg, run, column, number);
            column += run.len();
        }
    }
    svg + "</svg>\n"
}

/// Letters of one style. Each is as wide as it should be, whichever font there is.
fn draw_run(svg: &mut String, run: &[Cell], column: usize, row: usize) {
    let letters = text(run);
    let start = letters.len() - letters.trim_start().len();
    if letters.trim().is_empty() {
        return;
    }
    let style = run[0].1;
    let color = style.color.map_or("#c9d1d9", |color| COLORS[usize::from(color)]);
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{color}\"{}{}>{}</text>",
        across(column + start),
        down(row) + LINE_HEIGHT * 0.75,
        LETTER_WIDTH * count(letters.trim()),
        if style.bold { " font-weight=\"bold\"" } else { "" },
        if style.dim { " opacity=\"0.6\"" } else { "" },
        escaped(letters.trim())
    );
}

fn across(column: usize) -> f64 {
    MARGIN + LETTER_WIDTH * f64::from(u16::try_from(column).unwrap())
}

fn down(row: usize) -> f64 {
    MARGIN + LINE_HEIGHT * f64::from(u16::try_from(row).unwrap())
}

fn count(letters: &str) -> f64 {
    f64::from(u16::try_from(letters.chars().count()).unwrap())
}

/// A row with the ids of commits replaced: they change with every file.
fn without_ids_of(row: &[Cell]) -> Vec<Cell> {
    let letters: String = row.iter().map(|(letter, _)| letter).collect();
    without_ids(&letters).chars().zip(row).map(|(letter, (_, style))| (letter, *style)).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
