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
    use super::*;

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
