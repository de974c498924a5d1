//! What is left on a terminal after a program has written to it: as much of one as treenail and its prompts use. It
//! has no bottom, so nothing scrolls away.

/// How a letter looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    pub bold: bool,
    pub dim: bool,
    /// One of the eight colours, by the number that ANSI gives it.
    pub color: Option<u8>,
}

/// A letter and how it looks.
pub type Cell = (char, Style);

/// The rows of a terminal, from the top.
pub struct Screen {
    pub rows: Vec<Vec<Cell>>,
    width: usize,
    row: usize,
    column: usize,
    style: Style,
}

impl Screen {
    /// What a terminal of `width` columns shows of `text`.
    pub fn of(width: usize, text: &str) -> Self {
        let mut screen = Self { rows: vec![Vec::new()], width, row: 0, column: 0, style: Style::default() };
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            rest = &rest[letter.len_utf8()..];
            match letter {
                '\r' => screen.column = 0,
                '\n' => screen.go_to(screen.row + 1),
                '\x1b' => rest = screen.obey(rest),
                letter if letter.is_control() => panic!("{letter:?} is not known"),
                letter => screen.put(letter),
            }
        }
        screen
    }

    fn go_to(&mut self, row: usize) {
        self.row = row;
        if self.rows.len() <= row {
            self.rows.resize(row + 1, Vec::new());
        }
    }

    fn put(&mut self, letter: char) {
        if self.column == self.width {
            self.column = 0;
            self.go_to(self.row + 1);
        }
        let row = &mut self.rows[self.row];
        if row.len() <= self.column {
            row.resize(self.column + 1, (' ', Style::default()));
        }
        row[self.column] = (letter, self.style);
        self.column += 1;
    }

    /// Obeys the sequence that `text` starts with; gives what follows.
    fn obey<'a>(&mut self, text: &'a str) -> &'a str {
        let text = text.strip_prefix('[').unwrap();
        let end = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap();
        let (numbers, command) = (&text[..end], &text[end..=end]);
        match (command, numbers) {
            ("h" | "l", _) => {}
            // A bright colour is drawn as its plain one.
            ("m", _) if numbers.starts_with("38;5;") => {
                self.style.color = numbers[5..].parse().ok().map(|number: u8| number % 8);
            }
            ("m", _) => numbers.split(';').for_each(|number| self.paint(number.parse().unwrap_or(0))),
            ("A", _) => self.row = self.row.saturating_sub(numbers.parse().unwrap_or(1)),
            ("B", _) => self.go_to(self.row + numbers.parse().unwrap_or(1)),
            ("K", "2") => self.rows[self.row].clear(),
            ("K", "" | "0") => self.rows[self.row].truncate(self.column),
            _ => panic!("`{numbers}{command}` is not known"),
        }
        &text[end + 1..]
    }

    fn paint(&mut self, number: u8) {
        match number {
            0 => self.style = Style::default(),
            1 => self.style.bold = true,
            2 => self.style.dim = true,
            30..=37 => self.style.color = Some(number - 30),
            39 => self.style.color = None,
            _ => panic!("the style {number} is not known"),
        }
    }
}

/// The letters of a row.
pub fn text(row: &[Cell]) -> String {
    row.iter().map(|(letter, _)| letter).collect::<String>().trim_end().to_owned()
}

#[test]
fn what_is_written_over_is_gone() {
    let screen = Screen::of(6, "one\r\ntwo\x1b[1A\r\x1b[2K\x1b[1mO\x1b[0mk\nx\r\nlonger!");
    let rows: Vec<_> = screen.rows.iter().map(|row| text(row)).collect();
    assert_eq!(rows, ["Ok", "twx", "longer", "!"]);
    assert!(screen.rows[0][0].1.bold && !screen.rows[0][1].1.bold);
}
