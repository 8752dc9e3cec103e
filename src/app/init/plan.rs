//! Found → plan: which checks in which stage, and what a job needs before it can run them.

use super::found::{Folder, Found};
use super::tools;

/// What is going to be checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// By stage, in the order of the pipeline.
    pub(super) checks: Vec<PlannedCheck>,
    /// What makes the tools ready, in order, each once.
    pub(super) setup: Vec<Setup>,
}

/// The stages that `init` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Lint,
    Test,
    Contract,
    Build,
}

impl Stage {
    pub(super) const ALL: [Self; 4] = [Self::Lint, Self::Test, Self::Contract, Self::Build];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Test => "test",
            Self::Contract => "contract",
            Self::Build => "build",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlannedCheck {
    pub(super) stage: Stage,
    /// Unique within its stage.
    pub(super) id: String,
    /// The command.
    pub(super) run: String,
    /// Where; empty for the root.
    pub(super) folder: String,
    /// JUnit files, relative to the root.
    pub(super) junit: Option<String>,
    /// Coverage files, relative to the root.
    pub(super) coverage: Option<String>,
}

/// A step that makes tools ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Setup {
    /// An action with its inputs.
    Uses {
        action: &'static str,
        with: Vec<(&'static str, String)>,
    },
    /// A command.
    Run {
        name: String,
        run: String,
        folder: String,
    },
}

impl Plan {
    pub(super) fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }

    /// The stages that have checks.
    pub(super) fn stages(&self) -> impl Iterator<Item = Stage> {
        let has = |stage: &Stage| self.checks.iter().any(|check| check.stage == *stage);
        Stage::ALL.into_iter().filter(has)
    }

    /// Adds a check; its name is made unique by the folder, then by a number.
    pub(super) fn check(
        &mut self,
        stage: Stage,
        id: &str,
        folder: &Folder,
        run: &str,
    ) -> &mut PlannedCheck {
        let taken = |id: &str| {
            let mut checks = self.checks.iter();
            checks.any(|check| check.stage == stage && check.id == id)
        };
        let mut name = id.to_owned();
        if taken(&name) && !folder.path.is_empty() {
            name = format!("{id}-{}", folder.path.replace('/', "-"));
        }
        let unique = (2..).map(|number| format!("{name}-{number}"));
        let id = std::iter::once(name.clone())
            .chain(unique)
            .find(|id| !taken(id));
        self.checks.push(PlannedCheck {
            stage,
            id: id.unwrap_or(name),
            run: run.to_owned(),
            folder: folder.path.clone(),
            junit: None,
            coverage: None,
        });
        let last = self.checks.len() - 1;
        &mut self.checks[last]
    }

    /// Adds a step, unless it is there.
    pub(super) fn needs(&mut self, setup: Setup) {
        let is_there = self.setup.iter().any(|other| match (other, &setup) {
            (Setup::Uses { action: a, .. }, Setup::Uses { action: b, .. }) => a == b,
            (a, b) => a == b,
        });
        if !is_there {
            self.setup.push(setup);
        }
    }
}

/// Makes the plan. A Makefile's targets are taken where no language is known.
pub(super) fn of(found: &Found) -> Plan {
    let mut plan = Plan::default();
    for folder in &found.folders {
        for language in tools::LANGUAGES {
            let above = |other: &&Folder| folder.is_beneath(other);
            // The root of a workspace checks its members.
            if !found
                .folders
                .iter()
                .filter(above)
                .any(language.is_workspace)
            {
                (language.add)(folder, &mut plan);
            }
        }
    }
    if plan.is_empty() {
        for folder in &found.folders {
            tools::makefile(folder, &mut plan);
        }
    }
    plan
}
