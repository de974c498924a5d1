//! How answers look on a command line: flags for the questions of the built-in scaffold, `--set` for those of any
//! other, words quoted for a shell.

use crate::answers::resolve::{Fault, Given};
use crate::answers::value::Provenance;
use crate::cli::New;
use crate::error::Problem;

/// The words of one command line.
pub struct Words<'a> {
    arguments: &'a New,
}

impl<'a> Words<'a> {
    /// Those that go with `arguments`.
    pub fn new(arguments: &'a New) -> Self {
        Self { arguments }
    }

    /// What gives `text` as the answer to `question`.
    pub fn answer(&self, question: &str, text: &str) -> String {
        if !self.arguments.has_question_flags() {
            return format!("--set {}", shell_word(&format!("{question}={text}")));
        }
        // A value with a dash in front would pass for a flag.
        let separator = if text.starts_with('-') { "=" } else { " " };
        format!("--{question}{separator}{}", shell_word(text))
    }

    /// What is wrong with an answer, where it was given, and what mends it.
    pub fn problem(&self, fault: &Fault, given: Option<&Given>) -> Problem {
        let question = &fault.question;
        let file = self
            .arguments
            .answers
            .as_ref()
            .filter(|_| given.is_some_and(|given| given.from == Provenance::File));
        let place = match file {
            Some(file) => format!("`{question}` in `{}`", file.display()),
            None if self.arguments.has_question_flags() => format!("--{question}"),
            None => format!("`{question}`"),
        };
        let mend = match (fault.example.as_str(), file) {
            ("", _) => String::new(),
            (example, Some(_)) => format!("for example: {question}: {example}"),
            (example, None) => format!("for example: {}", self.answer(question, example)),
        };
        Problem::new(format!("{place}: {}", fault.reason), mend)
    }
}

/// `text` as one word of a POSIX shell.
pub fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// A path as one word of a shell that no command takes for an option.
pub fn shell_path(path: &str) -> String {
    if path.starts_with('-') { shell_word(&format!("./{path}")) } else { shell_word(path) }
}

#[cfg(test)]
mod tests {
    use super::{shell_path, shell_word};

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word("a/b:c=1"), "a/b:c=1");
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_word("it's $HOME"), "'it'\\''s $HOME'");
        assert_eq!(shell_path("-dash"), "./-dash");
    }
}
