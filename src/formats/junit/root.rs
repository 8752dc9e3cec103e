//! The root element: there is one, it is the right one, and nothing stands around it.

use super::elements::{Element, OpenElements};

/// How far the root element is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Root {
    #[default]
    Awaited,
    Open,
    Closed,
}

impl Root {
    /// Takes in an element that stands in no other.
    ///
    /// # Errors
    /// When it is no report, or not the first.
    pub(super) fn start(&mut self, element: Element, name: &[u8]) -> Result<(), String> {
        let name = String::from_utf8_lossy(name);
        if *self == Self::Closed {
            return Err(format!(
                "a second root element, <{name}>, follows the first"
            ));
        }
        if element != Element::Suite {
            return Err(format!(
                "expected <testsuites> or <testsuite>, found <{name}>: this is no JUnit report"
            ));
        }
        *self = Self::Open;
        Ok(())
    }

    /// Notes whether the root element has just ended.
    pub(super) fn go_on(&mut self, open: &OpenElements) {
        if open.is_empty() {
            *self = Self::Closed;
        }
    }

    /// Takes in text that stands in no element.
    ///
    /// # Errors
    /// When it is more than blanks.
    pub(super) fn text(self, piece: &[u8]) -> Result<(), String> {
        match self {
            _ if piece.trim_ascii().is_empty() => Ok(()),
            Self::Awaited => Err("expected <testsuites> or <testsuite>, found text".to_owned()),
            _ => Err("there is text after the root element".to_owned()),
        }
    }

    /// Takes in the end of the file.
    ///
    /// # Errors
    /// When the root element did not start, or did not end.
    pub(super) fn finish(self, open: &OpenElements) -> Result<(), String> {
        match self {
            Self::Closed => Ok(()),
            Self::Awaited => {
                Err("expected <testsuites> or <testsuite>, found an empty file".to_owned())
            }
            Self::Open => Err(format!(
                "the file ends inside <{}>, with {} still open: its writer was probably \
                 interrupted",
                open.innermost(),
                open.depth(),
            )),
        }
    }
}
