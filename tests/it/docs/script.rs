//! A shell script as the commands that it runs, as far as scripts of the documentation go: quotes, comments, lists, pipes, and
//! loops over words that are written out, and scripts that `sh -c` runs.

/// A command.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    /// Index of the line in which it starts.
    pub line: usize,
    /// Its words. A variable stays as it is written, but for that of a loop.
    pub words: Vec<String>,
}

impl Command {
    /// Whether it runs the script that is its last word.
    pub fn is_script(&self) -> bool {
        matches!(&self.words[..], [shell, option, _] if shell == "sh" && option == "-c")
    }
}

/// What a command starts with that is none of its words.
const KEYWORDS: &[&str] = &["do", "then", "else", "if", "!"];

/// The commands of `script`, those within a loop once for each of its words.
pub fn commands(script: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut variable = String::new();
    let mut values = Vec::new();
    for mut command in split(script) {
        while command.words.first().is_some_and(|word| KEYWORDS.contains(&word.as_str())) {
            command.words.remove(0);
        }
        match &command.words[..] {
            [] => {}
            [.., script] if command.is_script() => {
                commands.extend(self::commands(script).into_iter().map(|mut inner| {
                    inner.line += command.line;
                    inner
                }));
            }
            [word, name, _, list @ ..] if word == "for" => {
                (variable, values) = (format!("${name}"), list.to_vec());
            }
            [word] if word == "done" => values.clear(),
            words if values.is_empty() => {
                commands.push(Command { line: command.line, words: words.to_vec() });
            }
            words => commands.extend(values.iter().map(|value| Command {
                line: command.line,
                words: words.iter().map(|word| word.replace(&variable, value)).collect(),
            })),
        }
    }
    commands
}

/// The script taken apart; what a loop is, is not known here, and a script within it is a word.
pub fn split(script: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let (mut line, mut start) = (0, 0);
    let mut letters = script.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'\n') => {
                letters.next();
                line += 1;
            }
            '\'' | '"' => {
                let quoted: String = letters.by_ref().take_while(|other| *other != letter).collect();
                line += quoted.matches('\n').count();
                word.get_or_insert_default().push_str(&quoted);
            }
            '#' if word.is_none() => while letters.next_if(|letter| *letter != '\n').is_some() {},
            ' ' => words.extend(word.take()),
            '\n' | ';' | '&' | '|' | '>' | '<' | '(' | ')' => {
                words.extend(word.take());
                commands.push(Command { line: start, words: std::mem::take(&mut words) });
                line += usize::from(letter == '\n');
                start = line;
            }
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    commands.push(Command { line: start, words });
    commands
}

#[test]
fn a_script_is_taken_apart() {
    let script = "a 'b c' \\\n  --d=\"$E\" && f   # g\nfor x in 1 2; do\n  h \"n-$x\" | i > j\ndone\nsh -c '\n  k \"l m\"'";
    let commands: Vec<_> =
        commands(script).into_iter().map(|command| (command.line, command.words.join("_"))).collect();
    let expected = [
        (0, "a_b c_--d=$E"),
        (1, "f"),
        (3, "h_n-1"),
        (3, "h_n-2"),
        (3, "i"),
        (3, "i"),
        (3, "j"),
        (3, "j"),
        (6, "k_l m"),
    ];
    assert_eq!(commands, expected.map(|(line, words)| (line, words.to_owned())));
}
