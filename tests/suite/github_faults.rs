//! The crate's own client against a fake GitHub at which things go wrong.

use std::time::Duration;

use tollgate::github::client::{GitHubError, Posting, Tagged};
use tollgate::retry::RetryPolicy;

use crate::fake_github::{ALWAYS, Fault, Token};
use crate::github_client::{RUN, check_run, client, github, sha};

#[tokio::test]
async fn every_fault_is_an_error_and_reads_come_through_passing_ones() {
    let fake = github();
    let client = client(&fake, Token::workflow());
    for status in [401, 403, 404, 409, 422, 429, 500, 502] {
        fake.fail("GET", "/repos/*/*", Fault::status(status), 3);
        assert!(client.repository_settings().await.is_err(), "{status}");
        while client.repository_settings().await.is_err() {}
    }
    for fault in [Fault::reset(), Fault::cut_body(), Fault::wrong_json()] {
        fake.fail("GET", "/repos/**/runs/*", fault.clone(), ALWAYS);
        let error = client.workflow_run(RUN).await.unwrap_err();
        let is_told = matches!(error, GitHubError::Unreachable { .. });
        assert!(is_told, "{fault:?}: {error}");
        fake.heal();
    }
    fake.fail("GET", "/repos/*/*", Fault::limited(403, 60), 1);
    let wait = Some(Duration::from_secs(60));
    let limited = client.repository_settings().await;
    assert_eq!(limited, Err(GitHubError::RateLimited { wait }));
    fake.fail("GET", "/repos/*/*", Fault::hang(), 1);
    let once = RetryPolicy {
        tries: 1,
        ..RetryPolicy::default()
    };
    let impatient = client.with_patience(once, Duration::from_millis(200));
    let error = impatient.repository_settings().await.unwrap_err();
    assert!(error.to_string().contains("no answer"), "{error}");
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_looked_for_before_it_is_sent_again() {
    let faults = [
        Fault::status(502),
        Fault::reset(),
        Fault::cut_body(),
        Fault::wrong_json(),
    ];
    for fault in faults {
        let run = check_run("tollgate / test", 1);
        for (fault, how) in [
            (fault.clone(), Posting::New),
            (fault.clone().after(), Posting::Found),
        ] {
            let fake = github();
            fake.fail("POST", "/**/check-runs", fault.clone(), 1);
            let client = client(&fake, Token::workflow());
            let posted = client.create_check_run(&run).await.unwrap();
            assert_eq!(posted.how, how, "{fault:?}");
            assert_eq!(fake.check_runs().len(), 1, "{fault:?}");
        }
    }
    let fake = github();
    let client = client(&fake, Token::workflow());
    fake.fail("POST", "/**/git/refs", Fault::reset().after(), 1);
    let tagged = client.create_tag("v1", &sha(), "Release").await;
    assert_eq!(tagged, Ok(Tagged::Present(sha())));
}

#[tokio::test]
async fn a_used_up_limit_ends_it() {
    let fake = github();
    let client = client(&fake, Token::workflow());
    fake.allow_requests(1);
    assert!(client.repository_settings().await.is_ok());
    let error = client.repository_settings().await.unwrap_err();
    assert!(matches!(error, GitHubError::RateLimited { .. }), "{error}");
}
