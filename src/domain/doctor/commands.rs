//! The commands of a shell script, as far as they can be told without running it.

use crate::domain::workflow::Text;

/// One simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShellCommand {
    /// Its words without quotes, from the program on.
    pub(super) words: Vec<String>,
    /// The line on which it begins.
    pub(super) line: u32,
    /// What stands between it and the command before it.
    pub(super) before: Joint,
    /// What stands between it and the command behind it.
    pub(super) after: Joint,
    /// How many `{` and `(` are open around it.
    pub(super) depth: i32,
    /// Whether it is what `if` asks.
    pub(super) is_condition: bool,
}

/// What joins two commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Joint {
    /// The end of a line, `;`, `&`, a bracket.
    #[default]
    End,
    /// `&&`.
    And,
    /// `||`.
    Or,
    /// `|`.
    Pipe,
}

/// Words that stand before a command and are none of its own.
const BEFORE: [&str; 14] = [
    "if", "then", "else", "elif", "while", "until", "do", "!", "{", "time", "exec", "sudo", "env",
    "command",
];

/// Words before a command that only ask how it ends; a loop goes on until that is well.
const ASKS: [&str; 2] = ["if", "elif"];

/// Reads the commands of a script. What cannot be told is left out.
pub(super) fn commands(script: &[Text]) -> Vec<ShellCommand> {
    let mut reader = Reader::default();
    let mut here_document: Option<String> = None;
    for line in script.iter().flat_map(split) {
        let line = &line;
        match &here_document {
            Some(end) if line.text == *end => here_document = None,
            Some(_) => {}
            None => {
                here_document = here_document_end(&line.text);
                reader.line(line);
            }
        }
    }
    reader.end_command(Joint::End);
    reader.found
}

/// A quoted `"a\nb"` is one line of the file and two of the script.
fn split(line: &Text) -> impl Iterator<Item = Text> {
    line.text.split('\n').map(|text| Text {
        text: text.to_owned(),
        line: line.line,
    })
}

/// The word that ends a here-document which begins on a line.
fn here_document_end(line: &str) -> Option<String> {
    let (_, behind) = line.split_once("<<")?;
    let word = behind.trim_start_matches(['-', ' ']);
    let is_quote = |c: char| matches!(c, '\'' | '"');
    let bare = word.trim_start_matches(is_quote);
    let end = bare.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let name = &bare[..end.unwrap_or(bare.len())];
    (!name.is_empty() && !behind.starts_with('<')).then(|| name.to_owned())
}

#[derive(Default)]
struct Reader {
    found: Vec<ShellCommand>,
    words: Vec<String>,
    word: String,
    /// Whether the word has begun, be it empty (`""`).
    in_word: bool,
    quote: Option<char>,
    began: u32,
    /// What stood before the command that is read.
    joint: Joint,
    depth: i32,
}

impl Reader {
    fn line(&mut self, line: &Text) {
        if self.words.is_empty() && !self.in_word {
            self.began = line.line;
        }
        let mut rest = line.text.as_str();
        while let Some(c) = rest.chars().next() {
            let taken = self.character(c, rest);
            if taken == 0 {
                return self.end_line();
            }
            rest = &rest[taken..];
            if rest.is_empty() && c == '\\' && self.quote.is_none() {
                return self.end_word(); // the command goes on in the next line
            }
        }
        self.end_line();
    }

    fn end_line(&mut self) {
        match self.quote {
            Some(_) => self.word.push('\n'),
            None => self.end_command(Joint::End),
        }
    }

    /// Takes what begins with a character, and says how many bytes that was; 0 ends the line.
    fn character(&mut self, c: char, rest: &str) -> usize {
        if rest.starts_with("${{") {
            let end = rest.find("}}").map_or(rest.len(), |end| end + 2);
            return self.push(&rest[..end]);
        }
        match (self.quote, c) {
            (Some(quote), c) if c == quote => {
                self.quote = None;
                1
            }
            (Some('"') | None, '\\') => {
                let escaped = rest[1..].chars().next();
                match escaped {
                    Some(c) => 1 + self.push(&rest[1..1 + c.len_utf8()]),
                    None => 1,
                }
            }
            (Some(_), c) => self.push(&rest[..c.len_utf8()]),
            (None, '\'' | '"') => {
                (self.quote, self.in_word) = (Some(c), true);
                1
            }
            (None, '#') if !self.in_word => 0,
            (None, c) if c.is_whitespace() => {
                self.end_word();
                c.len_utf8()
            }
            (None, ';' | '&' | '|' | '(' | ')' | '`') => self.separator(rest),
            (None, c) => self.push(&rest[..c.len_utf8()]),
        }
    }

    fn push(&mut self, text: &str) -> usize {
        self.word.push_str(text);
        self.in_word = true;
        text.len()
    }

    fn separator(&mut self, rest: &str) -> usize {
        // `>&2` and `&>file` are no ends of commands.
        if rest.starts_with("&>") || self.word.ends_with('>') {
            return self.push(&rest[..1]);
        }
        let (joint, length) = match rest {
            _ if rest.starts_with("||") => (Joint::Or, 2),
            _ if rest.starts_with("&&") => (Joint::And, 2),
            _ if rest.starts_with("|&") => (Joint::Pipe, 2),
            _ if rest.starts_with('|') => (Joint::Pipe, 1),
            _ => (Joint::End, 1),
        };
        self.end_command(joint);
        self.depth += match rest.chars().next() {
            Some('(') => 1,
            Some(')') => -1,
            _ => 0,
        };
        length
    }

    fn end_word(&mut self) {
        if self.in_word {
            self.words.push(std::mem::take(&mut self.word));
            self.in_word = false;
        }
    }

    fn end_command(&mut self, after: Joint) {
        self.end_word();
        self.quote = None;
        let words = std::mem::take(&mut self.words);
        if words.is_empty() {
            // `a ||` goes on in the next line, `a || (b)` behind the bracket.
            if after != Joint::End {
                self.joint = after;
            }
            return;
        }
        let before = std::mem::replace(&mut self.joint, after);
        let own = words.iter().position(|word| !is_before(word));
        let (leading, own) = words.split_at(own.unwrap_or(words.len()));
        self.depth += i32::from(leading.iter().any(|word| word == "{"));
        if own.first().is_some_and(|word| word == "}") {
            self.depth -= 1;
            return;
        }
        let set = leading.iter().filter(|word| word.contains('='));
        let words: Vec<String> = match own.is_empty() {
            true => set.cloned().collect(), // an assignment alone
            false => own.to_vec(),
        };
        if !words.is_empty() {
            self.found.push(ShellCommand {
                words,
                line: self.began,
                before,
                after,
                depth: self.depth,
                is_condition: leading.iter().any(|word| ASKS.contains(&word.as_str())),
            });
        }
    }
}

/// `if`, `sudo`, `NAME=value`.
fn is_before(word: &str) -> bool {
    let is_assignment = word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    is_assignment || BEFORE.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(script: &str) -> Vec<String> {
        let lines = script
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.is_empty());
        let lines: Vec<Text> = lines
            .map(|(index, line)| Text {
                text: line.trim().to_owned(),
                line: u32::try_from(index + 1).unwrap(),
            })
            .collect();
        let shown = commands(&lines)
            .into_iter()
            .map(|command| format!("{}:{}", command.line, command.words.join("|")));
        shown.collect()
    }

    #[test]
    fn commands_are_found_where_they_stand() {
        for (script, expect) in [
            ("a b", vec!["1:a|b"]),
            ("a; b && c || d", vec!["1:a", "1:b", "1:c", "1:d"]),
            ("A=1 B= sudo a 'x y' \"z\"", vec!["1:a|x y|z"]),
            ("a \\\n  b\nc", vec!["1:a|b", "3:c"]),
            ("# a b\na # c", vec!["2:a"]),
            ("if ! a; then b; fi", vec!["1:a", "1:b", "1:fi"]),
            ("a || true", vec!["1:a", "1:true"]),
            ("a ||:\nb", vec!["1:a", "1::", "2:b"]),
            ("{ a; } || { b; }", vec!["1:a", "1:b"]),
            ("a || exit 1", vec!["1:a", "1:exit|1"]),
            ("a 2>&1 | tee x", vec!["1:a|2>&1", "1:tee|x"]),
            ("cat <<EOF\na b\nEOF\nc", vec!["1:cat|<<EOF", "4:c"]),
            ("x=$(a b)", vec!["1:x=$", "1:a|b"]),
            (
                "a ${{ matrix.x || 'y' }} b",
                vec!["1:a|${{ matrix.x || 'y' }}|b"],
            ),
            ("echo 'a\nb'", vec!["1:echo|a\nb"]),
            ("", vec![]),
        ] {
            assert_eq!(read(script), expect, "{script:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(script in "[a-z '\"\\\\;&|<>${}()#`=é\n]{0,60}") {
            read(&script);
        }
    }
}
