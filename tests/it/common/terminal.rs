//! A terminal with a shell in it that runs `treenail` and tells how it ended and how it left the terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rexpect::process::PtyProcess;
use treenail::scaffold::catalog;
use treenail::scaffold::definition::Question;

use crate::common::home::Home;

/// A machine that builds something else meanwhile is slow.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs the arguments after the first two, which are the size. The shell outlives signals to tell how it ended.
const SHELL: &str = r#"
trap : INT HUP TERM
stty rows "$1" cols "$2" echo icanon
tty > ../tmp/tty
shift 2
before=$(stty -g)
sh -c 'echo $$ > ../tmp/pid; exec "$@"' sh "$@"
code=$?
[ "$(stty -g)" = "$before" ] && state=restored || state=changed
printf 'ended with %s, terminal %s\n' "$code" "$state"
"#;

pub const ENTER: &str = "\r";
pub const DOWN: &str = "\x1b[B";
pub const CTRL_C: &str = "\x03";
pub const ESCAPE: &str = "\x1b";

pub const SMALL: Size = Size { rows: 24, columns: 80 };
pub const LARGE: Size = Size { rows: 40, columns: 120 };

#[derive(Clone, Copy)]
pub struct Size {
    pub rows: u16,
    pub columns: u16,
}

pub struct Terminal {
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    /// Everything that was shown.
    shown: Vec<u8>,
    /// How much of it was waited for.
    seen: usize,
    /// Is ended when this value is dropped.
    _shell: PtyProcess,
}

impl Terminal {
    /// Starts `treenail` with `arguments`, which are separated by white space.
    pub fn start(home: &Home, size: Size, arguments: &str) -> Self {
        Self::start_with(home, size, &format!("treenail {arguments}"))
    }

    /// Starts any command.
    pub fn start_with(home: &Home, size: Size, command: &str) -> Self {
        let mut shell = home.command("sh");
        shell
            .env("TERM", "xterm-256color")
            .env_remove("COLUMNS")
            .args(["-c", SHELL, "sh", &size.rows.to_string(), &size.columns.to_string()])
            .args(command.split_whitespace());
        let mut shell = PtyProcess::new(shell).unwrap();
        // It ignores being told to end.
        shell.set_kill_timeout(Some(0));
        let keyboard = shell.get_file_handle().unwrap();
        let screen = listen(keyboard.try_clone().unwrap());
        Self { keyboard, screen, shown: Vec::new(), seen: 0, _shell: shell }
    }

    /// Waits until `text` is shown.
    #[track_caller]
    pub fn sees(&mut self, text: &str) {
        self.sees_one_of(&[text.to_owned()]);
    }

    /// Waits until one of `texts` is shown; gives which, the first one that is if it is several.
    #[track_caller]
    fn sees_one_of(&mut self, texts: &[String]) -> usize {
        let start = Instant::now();
        loop {
            let new = &self.shown[self.seen..];
            let found = texts.iter().enumerate().filter_map(|(index, text)| {
                let at = new.windows(text.len()).position(|shown| shown == text.as_bytes())?;
                Some((at, index))
            });
            if let Some((at, index)) = found.min() {
                self.seen += at + texts[index].len();
                return index;
            }
            let left = PATIENCE.saturating_sub(start.elapsed());
            match self.screen.recv_timeout(left) {
                Ok(bytes) => self.shown.extend(bytes),
                Err(why) => panic!("{why}; {texts:?} is not shown after this:\n{}", self.so_far()),
            }
        }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.shown).into_owned()
    }

    /// Waits for a prompt.
    #[track_caller]
    pub fn is_prompted(&mut self, prompt: &str) {
        // It ends, or a suggestion in brackets follows; in the line that an answered question leaves, a dot does.
        self.sees_one_of(&[format!("{prompt}\x1b[0m"), format!("{prompt} \x1b[2m(")]);
    }

    /// Waits for a prompt that suggests an answer.
    #[track_caller]
    pub fn is_prompted_suggesting(&mut self, prompt: &str, suggestion: &str) {
        self.is_prompted(prompt);
        self.sees(&format!("{suggestion})"));
    }

    /// Waits for the prompt of `question`.
    #[track_caller]
    pub fn is_asked(&mut self, question: &str) {
        self.is_prompted(&prompt_of(question));
    }

    /// Waits for the prompt of `question`, which suggests an answer.
    #[track_caller]
    pub fn is_asked_suggesting(&mut self, question: &str, suggestion: &str) {
        self.is_prompted_suggesting(&prompt_of(question), suggestion);
    }

    /// Waits for the line that `question` leaves when it is answered.
    #[track_caller]
    pub fn settles(&mut self, question: &str, answer: &str) {
        self.sees(&format!("{} \x1b[2m\u{b7}\x1b[0m ", prompt_of(question)));
        self.sees(&format!("m{answer}\x1b[0m"));
    }

    /// Waits until single keys are read. Before that Ctrl-C is a matter of the terminal's driver.
    #[track_caller]
    pub fn reads_keys(&mut self, home: &Home) {
        self.is_set_to(home, "-icanon");
    }

    /// Waits until what is typed is not shown. Before that the terminal's driver shows it.
    #[track_caller]
    pub fn hides_typing(&mut self, home: &Home) {
        self.is_set_to(home, " -echo ");
    }

    #[track_caller]
    fn is_set_to(&self, home: &Home, setting: &str) {
        let start = Instant::now();
        let state = || home.command("sh").args(["-c", "stty -a < \"$(cat ../tmp/tty)\""]).output().unwrap();
        while !String::from_utf8(state().stdout).unwrap().contains(setting) {
            assert!(start.elapsed() < PATIENCE, "the terminal is not set to {setting}: {}", self.so_far());
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        self.press(&format!("{line}{ENTER}"));
    }

    /// Takes the suggestion for each of `questions`.
    #[track_caller]
    pub fn accepts<'a>(&mut self, questions: impl IntoIterator<Item = &'a Question>) {
        for question in questions {
            self.is_asked(&question.name);
            self.press(ENTER);
        }
    }

    /// Does not want to be asked about everything else.
    #[track_caller]
    pub fn declines_to_customise(&mut self) {
        self.sees("Customise everything else");
        self.press(ENTER);
    }

    /// Moves down in the menu that `title` begins until the entry that starts with `label`, and takes it.
    #[track_caller]
    pub fn chooses(&mut self, title: &str, label: &str) {
        const ACTIVE: &str = "\x1b[36m";
        self.sees(title);
        for _ in 0..60 {
            if self.sees_one_of(&[format!("{ACTIVE}{label}"), ACTIVE.to_owned()]) == 0 {
                self.press(ENTER);
                return;
            }
            self.press(DOWN);
        }
        panic!("the menu has no `{label}`: {}", self.so_far());
    }

    /// Waits for the end; gives everything that was shown.
    #[track_caller]
    pub fn ends_with(mut self, code: i32) -> String {
        self.sees("ended with ");
        self.sees(&format!("{code}, terminal restored"));
        let shown = String::from_utf8(self.shown).unwrap();
        let hidden = shown.rfind("\x1b[?25l");
        assert!(hidden <= shown.rfind("\x1b[?25h"), "the cursor is left hidden: {}", shown.escape_debug());
        shown
    }
}

/// Passes on what appears in the terminal, until it is gone.
fn listen(mut screen: File) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = screen.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}

/// The questions of the built-in scaffold that meet the condition.
pub fn questions(condition: impl Fn(&Question) -> bool) -> Vec<Question> {
    let definition = catalog::embedded("service").unwrap().unwrap().definition;
    definition.questions.into_iter().filter(condition).collect()
}

/// What the built-in scaffold asks for `question`.
pub fn prompt_of(question: &str) -> String {
    questions(|known| known.name == question).remove(0).prompt
}

pub fn essential() -> Vec<Question> {
    questions(|question| question.essential)
}

/// A home with the source of `shop`, beside which everything that is asked has a suggestion.
pub fn home_with_source() -> Home {
    let home = Home::new();
    home.repository("shop");
    home.git("shop", "remote add origin https://github.com/acme/shop.git");
    home
}
