//! The elements of the JUnit dialects, and the stack of those that are open.

/// The deepest nesting that is read.
const DEEPEST: usize = 256;

/// What an element means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// `testsuites` or `testsuite`.
    Suite,
    /// `testcase`.
    Case,
    /// `failure`.
    Failure,
    /// `error`.
    Error,
    /// `flakyFailure`, `flakyError`, `rerunFailure` or `rerunError` (surefire, nextest): an
    /// attempt of the case that did not pass.
    Attempt,
    /// `skipped`, `disabled` or the like.
    Skipped,
    /// `system-out` or `system-err`.
    Output,
    /// `properties`.
    Properties,
    /// Anything else.
    Other,
}

impl Element {
    /// The element of a name. Prefixes and letter case don't matter.
    pub(super) fn named(name: &[u8]) -> Self {
        match Self::exactly(name) {
            Self::Other => Self::loosely(name),
            element => element,
        }
    }

    fn exactly(name: &[u8]) -> Self {
        match name {
            b"testcase" => Self::Case,
            b"testsuite" | b"testsuites" => Self::Suite,
            b"failure" => Self::Failure,
            b"error" => Self::Error,
            b"flakyFailure" | b"flakyError" | b"rerunFailure" | b"rerunError" => Self::Attempt,
            b"flakyfailure" | b"flakyerror" | b"rerunfailure" | b"rerunerror" => Self::Attempt,
            b"skipped" | b"skip" | b"disabled" | b"ignored" | b"notrun" => Self::Skipped,
            b"system-out" | b"system-err" => Self::Output,
            b"properties" => Self::Properties,
            _ => Self::Other,
        }
    }

    fn loosely(name: &[u8]) -> Self {
        let local = name.rsplit(|byte| *byte == b':').next().unwrap_or(name);
        if local.len() == name.len() && !name.iter().any(u8::is_ascii_uppercase) {
            return Self::Other;
        }
        Self::exactly(&local.to_ascii_lowercase())
    }
}

/// The open elements, outermost first.
#[derive(Debug, Default)]
pub(super) struct OpenElements {
    elements: Vec<(Element, usize)>,
    names: Vec<u8>,
}

impl OpenElements {
    pub(super) fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    pub(super) fn depth(&self) -> usize {
        self.elements.len()
    }

    /// The name of the innermost open element.
    pub(super) fn innermost(&self) -> String {
        let start = self.elements.last().map_or(0, |(_, start)| *start);
        String::from_utf8_lossy(&self.names[start..]).into_owned()
    }

    /// Opens an element.
    ///
    /// # Errors
    /// When the nesting is too deep.
    pub(super) fn push(&mut self, element: Element, name: &[u8]) -> Result<(), String> {
        if self.elements.len() == DEEPEST {
            return Err(format!("elements are nested more than {DEEPEST} deep"));
        }
        self.elements.push((element, self.names.len()));
        self.names.extend_from_slice(name);
        Ok(())
    }

    /// Closes the innermost element.
    ///
    /// # Errors
    /// When `name` is not its name, or nothing is open.
    pub(super) fn pop(&mut self, name: &[u8]) -> Result<Element, String> {
        let Some((element, start)) = self.elements.pop() else {
            return Err(format!(
                "</{}> closes nothing that is open",
                String::from_utf8_lossy(name)
            ));
        };
        let opened = &self.names[start..];
        if opened != name {
            return Err(format!(
                "expected </{}>, found </{}>",
                String::from_utf8_lossy(opened),
                String::from_utf8_lossy(name)
            ));
        }
        self.names.truncate(start);
        Ok(element)
    }
}
