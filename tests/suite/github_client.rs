//! The crate's own client against the fake GitHub: client, fake and GitHub's description agree.

use std::time::Duration;

use jiff::Timestamp;
use tollgate::domain::annotation::{Annotation, AnnotationLevel};
use tollgate::domain::check_run::{CheckRun, CheckRunState, Conclusion, ExternalId};
use tollgate::domain::ids::{CommitSha, Sha256Digest};
use tollgate::domain::reason::Location;
use tollgate::domain::release::{ReleaseId, Repository};
use tollgate::github::client::{Client, GitHubError, Tagged};
use tollgate::retry::RetryPolicy;

use crate::fake_github::{Branches, FakeGitHub, Level, Permission, REPOSITORY, Token};

const SHA: &str = "cccccccccccccccccccccccccccccccccccccccc";
pub(crate) const RUN: u64 = 77;

/// A fake with one commit and one run of it.
pub(crate) fn github() -> FakeGitHub {
    let fake = FakeGitHub::start();
    fake.commit(SHA, "alice")
        .workflow_run(RUN, "push", SHA, "alice");
    fake
}

pub(crate) fn client(fake: &FakeGitHub, token: Token) -> Client {
    let retry = RetryPolicy {
        tries: 3,
        first_pause: Duration::ZERO,
        longest_pause: Duration::ZERO,
    };
    let token = fake.token(token);
    let repository: Repository = REPOSITORY.parse().unwrap();
    let client = Client::new(fake.api_url(), token.into(), repository);
    client
        .unwrap()
        .with_patience(retry, Duration::from_secs(20))
}

pub(crate) fn sha() -> CommitSha {
    SHA.parse().unwrap()
}

pub(crate) fn check_run(name: &str, annotations: usize) -> CheckRun {
    let repository: Repository = REPOSITORY.parse().unwrap();
    let annotation = |line: usize| Annotation {
        gate: "test".parse().unwrap(),
        check: "unit".parse().unwrap(),
        level: AnnotationLevel::Failure,
        location: Location {
            file: "src/a.rs".to_owned(),
            line: u32::try_from(line + 1).ok(),
        },
        end_line: None,
        title: "failed".to_owned(),
        message: "expected 1, found 2".to_owned(),
    };
    CheckRun {
        name: name.to_owned(),
        head_sha: sha(),
        external_id: Some(
            ExternalId {
                release: ReleaseId::of(&repository, &sha()),
                gate: "test".parse().unwrap(),
                run: RUN,
                attempt: 1,
                manifest: Sha256Digest::of(b""),
            }
            .to_string(),
        ),
        details_url: None,
        state: CheckRunState::Completed(Conclusion::Failure),
        title: "1 failed".to_owned(),
        summary: "# Verdict".to_owned(),
        text: None,
        annotations: (0..annotations).map(annotation).collect(),
    }
}

#[tokio::test]
async fn tags_are_made_once() {
    let fake = github();
    let client = client(&fake, Token::workflow());
    assert_eq!(client.tag_target("shop/v1.0.0").await, Ok(None));
    let made = client.create_tag("shop/v1.0.0", &sha(), "Release").await;
    assert_eq!(made, Ok(Tagged::New));
    let again = client.create_tag("shop/v1.0.0", &sha(), "Release").await;
    assert_eq!(again, Ok(Tagged::Present(sha())));
    fake.tag("light", SHA);
    assert_eq!(client.tag_target("light").await, Ok(Some(sha())));
    let unknown = "d".repeat(40).parse().unwrap();
    let error = client.create_tag("v2", &unknown, "").await.unwrap_err();
    assert!(matches!(error, GitHubError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn a_check_run_takes_fifty_annotations_a_request() {
    let fake = github();
    let client = client(&fake, Token::workflow());
    let run = check_run("tollgate / test", 120);
    let id = client.create_check_run(&run).await.unwrap().id;
    for more in [50..100, 100..120] {
        let more = &run.annotations[more];
        client.add_annotations(id, &run, more).await.unwrap();
    }
    let made = fake.check_runs();
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].annotations.len(), 120);
    assert_eq!(made[0].annotations[119]["start_line"], 120);
    assert_eq!(made[0].conclusion.as_deref(), Some("failure"));
    assert_eq!(made[0].title.as_deref(), Some("1 failed"));
    assert_eq!(
        made[0].external_id,
        run.external_id.as_ref().map(ToString::to_string)
    );
    assert_eq!(
        fake.calls(),
        5,
        "one POST, and for each more a look and a PATCH"
    );
    let all = &run.annotations[..51];
    let error = client.add_annotations(id, &run, all).await.unwrap_err();
    assert!(matches!(error, GitHubError::Refused { .. }), "{error}");
    assert_eq!(fake.take_violations().len(), 1);
}

#[tokio::test]
async fn a_check_run_is_updated_by_the_app_that_made_it() {
    let fake = github();
    let (own, other) = (
        client(&fake, Token::workflow()),
        client(&fake, Token::app(99, "other-gates")),
    );
    let mut run = check_run("tollgate / test", 0);
    run.state = CheckRunState::InProgress;
    let id = own.create_check_run(&run).await.unwrap().id;
    run.state = CheckRunState::Completed(Conclusion::Success);
    let error = other.update_check_run(id, &run).await.unwrap_err();
    assert!(matches!(error, GitHubError::Forbidden { .. }), "{error}");
    own.update_check_run(id, &run).await.unwrap();
    let found = own.check_runs(&sha(), Some("tollgate / test")).await;
    let found = found.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].conclusion.as_deref(), Some("success"));
    assert_eq!(found[0].app.as_ref().unwrap().id, 15368);
}

#[tokio::test]
async fn check_runs_of_jobs_and_of_others_are_listed_over_all_pages() {
    let fake = github();
    fake.workflow_job(RUN, "build", Some("success"));
    for number in 0..120 {
        fake.check_run(|run| {
            run.head_sha = SHA.to_owned();
            run.name = format!("other {number}");
        });
    }
    let client = client(&fake, Token::workflow());
    let found = client.check_runs(&sha(), None).await.unwrap();
    assert_eq!(found.len(), 121);
    assert_eq!(fake.calls(), 2);
    let job = found.iter().find(|run| run.name == "build").unwrap();
    let run = check_run("build", 0);
    let error = client.update_check_run(job.id, &run).await.unwrap_err();
    assert!(error.to_string().contains("updated internally"), "{error}");
}

#[tokio::test]
async fn runs_their_artifacts_and_their_approvals_are_read() {
    let fake = github();
    fake.environment("production", &["bob", "team:release"])
        .change_run(RUN, |run| run.waits_for.push("production".to_owned()))
        .approve(RUN, "production", "bob", "go")
        .rerun(RUN, "carol")
        .reject(RUN, "production", "dependabot[bot]", "")
        .artifact(RUN, "ledger", b"zip")
        .change_artifact("ledger", |artifact| artifact.is_expired = true);
    let client = client(&fake, Token::workflow());
    let run = client.workflow_run(RUN).await.unwrap();
    assert_eq!((run.id, run.run_attempt), (RUN, Some(2)));
    assert_eq!(run.head_sha, SHA);
    assert_eq!(run.actor.unwrap().login, "alice");
    assert_eq!(run.triggering_actor.unwrap().login, "carol");
    assert!(run.created_at <= Timestamp::now());
    let artifacts = client.run_artifacts(RUN).await.unwrap();
    assert_eq!(artifacts[0].name, "ledger");
    assert_eq!(artifacts[0].sha256(), Some(Sha256Digest::of(b"zip")));
    assert!(artifacts[0].expired);
    let origin = artifacts[0].workflow_run.as_ref().unwrap();
    assert_eq!(origin.repository_id, origin.head_repository_id);
    let reviews = client.run_reviews(RUN).await.unwrap();
    assert_eq!(reviews.len(), 2);
    assert_eq!(reviews[0].user.login, "bob");
    assert_eq!(reviews[0].environments[0].name, "production");
    assert_eq!(reviews[0].comment, "go");
    assert_eq!(reviews[1].state, "rejected");
    assert_eq!(reviews[1].user.kind.as_deref(), Some("Bot"));
    let error = client.workflow_run(1).await.unwrap_err();
    assert!(matches!(error, GitHubError::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn a_run_from_a_fork_says_so() {
    let fake = github();
    fake.change_run(RUN, |run| run.head_repository = "mallory/shop".to_owned())
        .artifact(RUN, "ledger", b"zip");
    let client = client(&fake, Token::read_only());
    let artifacts = client.run_artifacts(RUN).await.unwrap();
    let origin = artifacts[0].workflow_run.as_ref().unwrap();
    assert_ne!(origin.repository_id, origin.head_repository_id);
}

#[tokio::test]
async fn environments_and_what_protects_them_are_read() {
    let fake = github();
    fake.environment("production/eu", &["bob", "team:release"])
        .change_environment("production/eu", |environment| {
            environment.prevents_self_review = true;
            environment.can_admins_bypass = false;
            environment.wait_timer = 30;
            environment.branches = Branches::Custom(vec!["release/*".to_owned()]);
            environment.secrets.push("DEPLOY_KEY".to_owned());
            let address = ("HOST".to_owned(), "shop.example".to_owned());
            environment.variables.extend([address]);
        })
        .environment("open", &[]);
    let app = client(&fake, Token::app(99, "gates"));
    let all = app.environments().await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].reviewers().count(), 0);
    let found = app.environment("Production/EU").await.unwrap().unwrap();
    assert_eq!(found.name, "production/eu");
    assert!(found.prevents_self_review());
    assert_eq!(found.can_admins_bypass, Some(false));
    let reviewers: Vec<_> = found.reviewers().collect();
    assert_eq!(
        reviewers[0].reviewer.as_ref().unwrap().login.as_deref(),
        Some("bob")
    );
    assert_eq!(reviewers[1].kind.as_deref(), Some("Team"));
    assert!(
        found
            .deployment_branch_policy
            .unwrap()
            .custom_branch_policies
    );
    assert_eq!(app.environment("missing").await, Ok(None));
    let secrets = app.environment_secrets("production/eu").await;
    assert_eq!(secrets, Ok(vec!["DEPLOY_KEY".to_owned()]));
    let variables = app.environment_variables("production/eu").await;
    assert_eq!(variables, Ok(vec!["HOST".to_owned()]));
    let workflow = client(&fake, Token::workflow());
    assert!(workflow.environment("production/eu").await.is_ok());
    let error = workflow.environment_secrets("open").await.unwrap_err();
    assert!(matches!(error, GitHubError::Forbidden { .. }), "{error}");
}

#[tokio::test]
async fn people_and_teams_are_read() {
    let fake = github();
    fake.team("release", &["bob"]).change(|repository| {
        let commit = repository.commits.get_mut(SHA).unwrap();
        commit.committer = None;
    });
    let app = client(&fake, Token::app(99, "gates"));
    let people = app.commit_people(&sha()).await.unwrap();
    assert_eq!(people.authors.logins, ["alice"]);
    assert_eq!(people.authors.emails[0], "alice@example.com");
    assert_eq!(people.strangers, []);
    assert_eq!(app.is_in_team("release", "bob").await, Ok(true));
    assert_eq!(app.is_in_team("release", "alice").await, Ok(false));
    let workflow = client(&fake, Token::workflow());
    let error = workflow.is_in_team("release", "bob").await.unwrap_err();
    assert!(matches!(error, GitHubError::Forbidden { .. }), "{error}");
}

#[tokio::test]
async fn the_repository_and_its_rules_are_read() {
    let fake = github();
    fake.require_check("release/1", "tollgate / test", Some(15368))
        .require_check("main", "other", None)
        .change(|repository| repository.is_private = true);
    let client = client(&fake, Token::read_only());
    let repository = client.repository_settings().await.unwrap();
    assert!(repository.private);
    assert_eq!(repository.default_branch, "main");
    let rules = client.branch_rules("release/1").await.unwrap();
    assert_eq!(rules.len(), 1);
    let required = &rules[0].parameters.required_status_checks[0];
    assert_eq!(required.context, "tollgate / test");
    assert_eq!(required.integration_id, Some(15368));
}

#[tokio::test]
async fn a_token_may_what_it_was_given() {
    let fake = github();
    let run = check_run("tollgate / test", 0);
    let no_checks = Token::workflow().without(Permission::Checks);
    for token in [Token::read_only(), no_checks, Token::user()] {
        let error = client(&fake, token).create_check_run(&run).await;
        let error = error.unwrap_err();
        assert!(matches!(error, GitHubError::Forbidden { .. }), "{error}");
    }
    let given = Token::read_only().with(Permission::Checks, Level::Write);
    assert!(client(&fake, given).create_check_run(&run).await.is_ok());
    let stranger = Client::new(fake.api_url(), "t".into(), REPOSITORY.parse().unwrap());
    let error = stranger.unwrap().repository_settings().await.unwrap_err();
    assert!(matches!(error, GitHubError::BadToken { .. }), "{error}");
    assert_eq!(fake.check_runs().len(), 1);
}
