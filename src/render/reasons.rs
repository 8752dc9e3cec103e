//! The reference page of reason codes, from the codes themselves.

use crate::domain::reason::ReasonCode;

/// `docs/reference/reason-codes.md`.
pub fn reference() -> String {
    let mut page = String::from(
        "# Reason codes\n\
         \n\
         Every verdict that is not a plain pass says why: each reason has a code, a sentence, and \
         where there is one a place. Codes are stable: none is renamed, new ones may be added. They \
         stand in `tollgate status --format json`, in `log.jsonl`, as the type of a failure in \
         `junit.xml`, and behind each reason on screen.\n\
         \n\
         This page is generated from `src/domain/reason.rs`; a test keeps it so.\n\
         \n\
         | Code | Meaning |\n\
         |---|---|\n",
    );
    for (code, meaning) in ReasonCode::ALL {
        page.push_str(&format!("| `{code}` | {} |\n", meaning.trim()));
    }
    page.push_str("| `other` | A code that this version does not know, from a newer producer. |\n");
    page
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// `UPDATE_DOCS=1` writes the page instead.
    #[test]
    fn the_page_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/reason-codes.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, reference()).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == reference(),
            "{} is not what the codes say; run the tests with UPDATE_DOCS=1 and commit it",
            path.display()
        );
    }

    #[test]
    fn every_code_has_a_meaning_of_one_line() {
        for (code, meaning) in ReasonCode::ALL {
            assert!(
                meaning.trim().ends_with('.') && !meaning.contains(['\n', '|']),
                "{code}"
            );
        }
    }
}
