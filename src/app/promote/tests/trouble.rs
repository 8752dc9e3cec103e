//! A GitHub that refuses, breaks or is not set up as it must be.

use super::*;

#[tokio::test]
async fn the_environment_must_be_there_and_ask_for_a_review() {
    let approved = reviews(&["bob approved production"]);
    for (answer, expect, says) in [
        (
            complaint(404),
            "approval_missing environment_missing",
            "with no protection",
        ),
        (
            environment(0),
            "environment_unprotected",
            "0 required reviewers",
        ),
        (complaint(403), "environment_unreadable", "`actions: read`"),
        (
            complaint(401),
            "environment_unreadable",
            "token can't be used",
        ),
    ] {
        let world = World::new(&policy(STRICT)).await;
        world.answer(ENVIRONMENT, answer).await;
        world.answer(RUN, run_of_today()).await;
        world.answer(REVIEWS, approved.clone()).await;
        world.well().await;
        let (codes, messages) = world.promoted().await;
        assert_eq!(codes, expect, "{messages}");
        assert!(messages.contains(says), "{messages}");
    }
}

#[tokio::test]
async fn what_github_refuses_to_tell_approves_nothing() {
    for place in [RUN, REVIEWS] {
        for status in [401, 403, 404, 422] {
            let world = World::new(&policy(STRICT)).await;
            world.answer(place, complaint(status)).await;
            world.answer(RUN, run_of_today()).await;
            world
                .answer(REVIEWS, reviews(&["bob approved production"]))
                .await;
            world.well().await;
            let (codes, messages) = world.promoted().await;
            assert_eq!(
                codes, "approval_missing approvals_unreadable",
                "{place} {status}"
            );
            assert_eq!(
                status == 403,
                messages.contains("`actions: read`"),
                "{messages}"
            );
        }
    }
}

#[tokio::test]
async fn a_github_in_trouble_is_no_approval() {
    let odd = || ResponseTemplate::new(200).set_body_string("<html>");
    let broken = [
        complaint(500),
        complaint(502),
        complaint(429),
        odd(),
        body(json!({"x": 1})),
    ];
    for place in [
        ENVIRONMENT,
        RUN,
        REVIEWS,
        COMMIT,
        "/orgs/acme/teams/ops/memberships/eve",
    ] {
        for answer in &broken {
            let world = World::new(&policy(STRICT)).await;
            world.answer(place, answer.clone()).await;
            world.answer(RUN, run_of_today()).await;
            let approved = ["bob approved production", "eve approved production"];
            world.answer(REVIEWS, reviews(&approved)).await;
            world.well().await;
            let job = world.job(Duration::from_secs(20));
            let failure = world.promote(Some(&job)).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Unreachable, "{place}: {failure}");
            assert!(
                world.decisions().await.is_empty(),
                "nothing is half recorded"
            );
        }
    }
}

#[tokio::test]
async fn a_github_that_never_answers_is_no_approval() {
    let world = World::new(&policy(STRICT)).await;
    let slow = reviews(&["bob approved production"]).set_delay(Duration::from_secs(600));
    world.answer(REVIEWS, slow).await;
    world.well().await;
    let job = world.job(Duration::from_millis(200));
    let failure = world.promote(Some(&job)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert!(failure.message.contains("no answer"), "{failure}");
}

#[tokio::test]
async fn a_signal_ends_the_asking() {
    let world = World::new(&policy(STRICT)).await;
    let slow = environment(1).set_delay(Duration::from_secs(600));
    world.answer(ENVIRONMENT, slow).await;
    let stop = Stop::new();
    stop.now(crate::app::run::stop::StopCause::Interrupted);
    let job = world.job(Duration::from_secs(600));
    let id = "production".parse().unwrap();
    let ended = promote(&world.project, &id, Some(&job), Reporters::default(), stop).await;
    assert_eq!(ended.unwrap_err().kind, FailureKind::Interrupted);
}

#[tokio::test]
async fn declared_secrets_and_variables_must_exist() {
    let text = "version: 1\npipeline: { test: { checks: { a: { run: x } } } }\n\
        environments: { base: { gates: test }, production: { approvals: { from: qa }, secrets: [KEY], variables: [URL] } }\n";
    let secrets = format!("{ENVIRONMENT}/secrets");
    let variables = format!("{ENVIRONMENT}/variables");
    let none = body(json!({"total_count": 0, "secrets": [], "variables": []}));
    for (answer, expect, says) in [
        (
            none,
            "approval_missing secret_missing github_variable_missing",
            "`KEY`",
        ),
        (
            complaint(403),
            "approval_missing environment_unreadable environment_unreadable",
            "`environments: read`",
        ),
    ] {
        let world = World::new(text).await;
        world.answer(&secrets, answer.clone()).await;
        world.answer(&variables, answer).await;
        world.well().await;
        let (codes, messages) = world.promoted().await;
        assert_eq!(codes, expect, "{messages}");
        assert!(messages.contains(says), "{messages}");
    }
}

#[tokio::test]
async fn a_job_without_what_it_needs_never_promotes() {
    let world = World::new(&policy(STRICT)).await;
    let job = |more: &[(&str, &str)]| {
        let mut settings = world.project.settings.clone();
        for (name, value) in [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "Acme/Shop"),
            ("GITHUB_SHA", SHA),
            ("GITHUB_RUN_ID", "77"),
            ("GITHUB_TOKEN", "t0ken"),
        ]
        .iter()
        .chain(more)
        {
            settings
                .environment
                .insert((*name).to_owned(), (*value).to_owned());
        }
        Job::of(&settings, &world.project.release)
    };
    assert!(job(&[]).unwrap().is_some());
    assert!(job(&[("GITHUB_ACTIONS", "false")]).unwrap().is_none());
    for (variable, kind, says) in [
        (("GITHUB_TOKEN", ""), FailureKind::Blocked, "no token"),
        (("GITHUB_RUN_ID", ""), FailureKind::Blocked, "GITHUB_RUN_ID"),
        (("GITHUB_TOKEN", "a b"), FailureKind::Blocked, "token"),
        (
            ("GITHUB_REPOSITORY", "acme/other"),
            FailureKind::Usage,
            "acme/other",
        ),
        (("GITHUB_SHA", ""), FailureKind::Usage, "GITHUB_SHA"),
    ] {
        let failure = job(&[variable]).unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.to_string().contains(says), "{failure}");
    }
}
