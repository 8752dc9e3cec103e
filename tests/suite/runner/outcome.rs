//! What a step came to.

use std::collections::BTreeMap;

use super::annotation::Annotation;
use super::log::Log;

/// What a step came to, after the runner processed what it left.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit code; `None` after a signal.
    pub(crate) code: Option<i32>,
    /// What `steps.ID.outcome` says: the code was 0, and every command could be carried out.
    pub(crate) has_succeeded: bool,
    /// Both streams as they came, unmasked.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The log as shown, with annotations, groups and masks.
    pub(crate) log: Log,
    /// `GITHUB_OUTPUT`: `steps.ID.outputs`.
    pub(crate) outputs: BTreeMap<String, String>,
    /// `GITHUB_ENV`.
    pub(crate) environment: BTreeMap<String, String>,
    /// `GITHUB_STATE`.
    pub(crate) state: BTreeMap<String, String>,
    /// `GITHUB_PATH`.
    pub(crate) path: Vec<String>,
    /// `GITHUB_STEP_SUMMARY`, masked; `None` where it is empty or too large to be shown.
    pub(crate) summary: Option<String>,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn expect(&self, code: i32) -> &Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert!(all.contains(text), "{text:?} is not in:\n{all}");
        self
    }

    /// The messages of the annotations, each after its level.
    pub(crate) fn annotations(&self) -> Vec<String> {
        let all = self.log.annotations.iter();
        all.map(|one: &Annotation| format!("{}: {}", one.level.word(), one.message))
            .collect()
    }
}
