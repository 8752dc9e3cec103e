//! The variables that a command sees: what Tollgate itself sees, less what would let it reach out.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::domain::check::TokenAccess;

/// The files by which a step of a workflow changes the steps after it. A command never gets them.
/// <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#environment-files>
const FILE_COMMANDS: [&str; 4] = ["GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE"];

/// Variables that carry a right, by their full names.
const RIGHTS: [&str; 5] = [
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "TOLLGATE_LEDGER",
];

/// Variables that carry a right, by how their names begin.
const RIGHTS_BEGIN: [&str; 2] = ["ACTIONS_", "INPUT_"];

/// Tollgate's own secrets, by how their names begin. A command never gets them.
const OWN_SECRETS_BEGIN: [&str; 4] = [
    "TOLLGATE_API_KEY", // and those that a server knows, TOLLGATE_API_KEYS
    "TOLLGATE_GITHUB_APP_",
    "TOLLGATE_SESSION_SECRET",
    "TOLLGATE_WEBHOOK_SECRET",
];

/// The environment variables of one command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// Makes a command's environment from Tollgate's own variables and the command's extra ones.
    ///
    /// Only the parent's variables are scrubbed: an extra one was written down on purpose, and it
    /// takes the place of the parent's of the same name.
    pub fn scrubbed<N: Into<OsString>, V: Into<OsString>>(
        parent: impl IntoIterator<Item = (OsString, OsString)>,
        extra: impl IntoIterator<Item = (N, V)>,
        access: TokenAccess,
    ) -> Self {
        let inherited = parent
            .into_iter()
            .filter(|(name, _)| is_passed_on(name, access));
        let extra = extra
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        Self {
            variables: inherited.chain(extra).collect(),
        }
    }

    /// The value of a variable.
    pub fn get(&self, name: impl AsRef<OsStr>) -> Option<&OsStr> {
        self.variables.get(name.as_ref()).map(OsString::as_os_str)
    }

    /// Sets a variable in place of an earlier value.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        self.variables.insert(name.into(), value.into());
    }

    /// All variables, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

fn is_passed_on(name: &OsStr, access: TokenAccess) -> bool {
    let is = |known: &&str| name == OsStr::new(known);
    let begins = |start: &&str| name.as_bytes().starts_with(start.as_bytes());
    if FILE_COMMANDS.iter().any(is) || OWN_SECRETS_BEGIN.iter().any(begins) {
        return false;
    }
    match access {
        TokenAccess::Granted => true,
        TokenAccess::Withheld => !RIGHTS.iter().any(is) && !RIGHTS_BEGIN.iter().any(begins),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a command sees of `NAME=parent`, with tokens withheld and granted.
    fn seen(name: &str) -> (bool, bool) {
        let with = |access| {
            let parent = [(OsString::from(name), OsString::from("parent"))];
            let none: [(&str, &str); 0] = [];
            Environment::scrubbed(parent, none, access)
                .get(name)
                .is_some()
        };
        (with(TokenAccess::Withheld), with(TokenAccess::Granted))
    }

    const ALWAYS: (bool, bool) = (true, true);
    const ON_REQUEST: (bool, bool) = (false, true);
    const NEVER: (bool, bool) = (false, false);

    #[test]
    fn file_commands_are_never_passed_on() {
        assert_eq!(seen("GITHUB_ENV"), NEVER);
        assert_eq!(seen("GITHUB_PATH"), NEVER);
        assert_eq!(seen("GITHUB_OUTPUT"), NEVER);
        assert_eq!(seen("GITHUB_STATE"), NEVER);
    }

    #[test]
    fn keys_and_the_secrets_of_a_server_are_never_passed_on() {
        assert_eq!(seen("TOLLGATE_API_KEY"), NEVER);
        assert_eq!(seen("TOLLGATE_API_KEYS"), NEVER);
        assert_eq!(seen("TOLLGATE_API_KEYS_FILE"), NEVER);
        assert_eq!(seen("TOLLGATE_WEBHOOK_SECRET"), NEVER);
        assert_eq!(seen("TOLLGATE_SESSION_SECRET_FILE"), NEVER);
        assert_eq!(seen("TOLLGATE_GITHUB_APP_PRIVATE_KEY"), NEVER);
    }

    #[test]
    fn rights_are_passed_on_only_on_request() {
        assert_eq!(seen("GITHUB_TOKEN"), ON_REQUEST);
        assert_eq!(seen("GH_TOKEN"), ON_REQUEST);
        assert_eq!(seen("GH_ENTERPRISE_TOKEN"), ON_REQUEST);
        assert_eq!(seen("GITHUB_ENTERPRISE_TOKEN"), ON_REQUEST);
        assert_eq!(seen("ACTIONS_RUNTIME_TOKEN"), ON_REQUEST);
        assert_eq!(seen("ACTIONS_ID_TOKEN_REQUEST_URL"), ON_REQUEST);
        assert_eq!(seen("INPUT_TOKEN"), ON_REQUEST);
        assert_eq!(seen("INPUT_RETENTION-DAYS"), ON_REQUEST);
        assert_eq!(seen("TOLLGATE_LEDGER"), ON_REQUEST);
    }

    #[test]
    fn everything_else_is_passed_on() {
        assert_eq!(seen("PATH"), ALWAYS);
        assert_eq!(seen("HOME"), ALWAYS);
        assert_eq!(seen("GITHUB_SHA"), ALWAYS);
        assert_eq!(seen("GITHUB_ENVIRONMENT"), ALWAYS);
        assert_eq!(seen("TOLLGATE_SHA"), ALWAYS);
        assert_eq!(seen("MY_ACTIONS_TOKEN"), ALWAYS);
        assert_eq!(seen("github_token"), ALWAYS);
    }

    #[test]
    fn an_extra_variable_wins_and_is_not_scrubbed() {
        let parent = [("A", "parent"), ("B", "parent"), ("GITHUB_TOKEN", "parent")]
            .map(|(name, value)| (name.into(), value.into()));
        let extra = [("B", "extra"), ("GITHUB_TOKEN", "extra")];
        let environment = Environment::scrubbed(parent, extra, TokenAccess::Withheld);
        let variables: Vec<_> = environment.iter().collect();
        let expected = [("A", "parent"), ("B", "extra"), ("GITHUB_TOKEN", "extra")];
        assert_eq!(
            variables,
            expected.map(|(name, value)| (OsStr::new(name), OsStr::new(value)))
        );
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_kept() {
        let value = OsStr::from_bytes(b"\xff\xfe").to_owned();
        let parent = [(OsString::from("RAW"), value.clone())];
        let none: [(&str, &str); 0] = [];
        let environment = Environment::scrubbed(parent, none, TokenAccess::Withheld);
        assert_eq!(environment.get("RAW"), Some(value.as_os_str()));
    }
}
