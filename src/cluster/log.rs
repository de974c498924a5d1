//! Lines of a log, as far as a person reads them. Programs in a container write what they want: colours, bars that redraw
//! themselves, lines without end.

use super::cut;

/// The lines of `output` that say something, without what a terminal would obey, each cut to a readable length.
pub(crate) fn lines(output: &str) -> Vec<String> {
    let lines = output.lines().map(|line| {
        let bare = console::strip_ansi_codes(line);
        // Of a line that is written several times, the last one counts.
        let last = bare.trim_end().rsplit('\r').next().unwrap_or_default();
        cut(last)
    });
    lines.filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_readable() {
        let output = format!("\u{1b}[32mok\u{1b}[0m\n\n10%\r50%\r100%\r\n{}\n", "x".repeat(1 << 20));
        let lines = lines(&output);
        assert_eq!(lines[..2], ["ok", "100%"]);
        assert_eq!((lines.len(), lines[2].chars().count()), (3, 301));
    }
}
