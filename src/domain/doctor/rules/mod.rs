//! The rules, one file each: what is right, and how it is told when it is not.

mod action_placeholder;
mod check_from_any_app;
mod check_not_required;
mod check_unknown;
mod deploy_cancelled;
mod deploy_despite_failure;
mod deploy_without_environment;
mod deploy_without_promote;
mod environment_admin_bypass;
mod environment_any_branch;
mod environment_missing;
mod environment_reviewers_differ;
mod environment_self_review;
mod environment_unknown;
mod environment_unreviewed;
mod failure_ignored;
mod input_unknown;
mod job_time_out;
mod matrix_too_large;
mod merge_group_missing;
mod missing_needs;
mod missing_permission;
mod name_unknown;
mod open_permissions;
mod outcome_made_up;
mod queue_too_short;
mod required_check_filtered;
mod reviewers_need_plan;
mod setting_unreadable;
mod settings_not_read;
mod token_within_reach;
mod unpinned_action;
mod untrusted_checkout;
mod workflow_unreadable;

use super::settings::EnvironmentFacts;
use super::{Audit, ExpectedApprovals, Finding, Rule, jobs};
use crate::domain::workflow::Workflow;

/// What applies a rule.
pub type Check = fn(&Audit) -> Vec<Finding>;

/// Every rule with what applies it: first those of settings, then those of workflow files.
pub const CHECKS: &[(&Rule, Check)] = &[
    (&settings_not_read::RULE, settings_not_read::check),
    (&setting_unreadable::RULE, setting_unreadable::check),
    (&environment_missing::RULE, environment_missing::check),
    (&environment_unreviewed::RULE, environment_unreviewed::check),
    (&reviewers_need_plan::RULE, reviewers_need_plan::check),
    (
        &environment_reviewers_differ::RULE,
        environment_reviewers_differ::check,
    ),
    (
        &environment_self_review::RULE,
        environment_self_review::check,
    ),
    (
        &environment_admin_bypass::RULE,
        environment_admin_bypass::check,
    ),
    (&environment_any_branch::RULE, environment_any_branch::check),
    (&check_not_required::RULE, check_not_required::check),
    (&check_from_any_app::RULE, check_from_any_app::check),
    (&check_unknown::RULE, check_unknown::check),
    (&queue_too_short::RULE, queue_too_short::check),
    (&workflow_unreadable::RULE, workflow_unreadable::check),
    (
        &deploy_without_environment::RULE,
        deploy_without_environment::check,
    ),
    (&deploy_without_promote::RULE, deploy_without_promote::check),
    (&environment_unknown::RULE, environment_unknown::check),
    (&missing_needs::RULE, missing_needs::check),
    (&failure_ignored::RULE, failure_ignored::check),
    (&outcome_made_up::RULE, outcome_made_up::check),
    (&input_unknown::RULE, input_unknown::check),
    (&name_unknown::RULE, name_unknown::check),
    (&deploy_despite_failure::RULE, deploy_despite_failure::check),
    (&deploy_cancelled::RULE, deploy_cancelled::check),
    (&untrusted_checkout::RULE, untrusted_checkout::check),
    (&action_placeholder::RULE, action_placeholder::check),
    (&unpinned_action::RULE, unpinned_action::check),
    (&open_permissions::RULE, open_permissions::check),
    (&missing_permission::RULE, missing_permission::check),
    (&token_within_reach::RULE, token_within_reach::check),
    (
        &required_check_filtered::RULE,
        required_check_filtered::check,
    ),
    (&merge_group_missing::RULE, merge_group_missing::check),
    (&job_time_out::RULE, job_time_out::check),
    (&matrix_too_large::RULE, matrix_too_large::check),
];

/// The environments for which the policy asks approvals and that GitHub has.
fn environments_with_approvals(
    audit: &Audit,
) -> impl Iterator<Item = (&ExpectedApprovals, &EnvironmentFacts)> {
    audit.environments.iter().filter_map(|expected| {
        let approvals = expected.approvals.as_ref()?;
        Some((approvals, audit.live.environment(&expected.name)?))
    })
}

fn is_private(audit: &Audit) -> bool {
    let repository = audit.live.repository.known();
    repository.is_some_and(|repository| repository.private)
}

fn default_branch(audit: &Audit) -> &str {
    let repository = audit.live.repository.known();
    repository.map_or("the default branch", |repository| {
        &repository.default_branch
    })
}

fn required_checks_place(audit: &Audit) -> String {
    format!(
        "rules for {} › required status checks",
        default_branch(audit)
    )
}

/// Whether a workflow posts a check on pull requests: by a gate of Tollgate, or as one of its jobs.
fn posts_required(audit: &Audit, workflow: &Workflow, check: &str) -> bool {
    let is_posted = match jobs::gate_of_check(audit, check) {
        Some(gate) => jobs::posted(audit, workflow)
            .iter()
            .any(|posted| posted == gate),
        None => workflow.jobs.iter().any(|job| job.shown_name() == check),
    };
    is_posted && workflow.trigger("pull_request").is_some()
}
