//! Check runs: nothing is written twice, whatever becomes of GitHub's answer.

use std::sync::{Arc, Mutex};

use super::scripted::{Request, Scripted, Step};
use super::*;
use crate::domain::annotation::{Annotation, AnnotationLevel};
use crate::domain::check_run::{CheckRun, CheckRunState, Conclusion, ExternalId};
use crate::domain::reason::Location;

/// The external id of every check run of these tests.
fn external_id() -> String {
    run(0).external_id.unwrap()
}

fn run(annotations: usize) -> CheckRun {
    let gate = || "test".parse().unwrap();
    let annotation = |line: usize| Annotation {
        gate: gate(),
        check: "unit".parse().unwrap(),
        level: AnnotationLevel::Failure,
        location: Location {
            file: "src/a.rs".to_owned(),
            line: u32::try_from(line).ok(),
        },
        end_line: None,
        title: "t".to_owned(),
        message: "m".to_owned(),
    };
    CheckRun {
        name: "tollgate / test".to_owned(),
        head_sha: sha(COMMIT),
        external_id: Some(
            ExternalId {
                release: "0f4c8d6e-0000-5000-8000-000000000000".parse().unwrap(),
                gate: gate(),
                run: 77,
                attempt: 1,
                manifest: "ab".repeat(32).parse().unwrap(),
            }
            .to_string(),
        ),
        details_url: None,
        state: CheckRunState::Completed(Conclusion::Success),
        title: "12 tests".to_owned(),
        summary: "All passed.".to_owned(),
        text: None,
        annotations: (1..=annotations).map(annotation).collect(),
    }
}

/// The check runs of a commit, as GitHub keeps them.
#[derive(Default)]
struct Kept {
    runs: Vec<Value>,
    annotations: usize,
    writes: usize,
}

/// What becomes of the first so many writes.
#[derive(Clone)]
struct Fault {
    step: Step,
    is_done: bool,
    times: usize,
}

impl Kept {
    fn do_it(&mut self, request: &Request) -> Step {
        let body = &request.body;
        self.annotations += body["output"]["annotations"].as_array().unwrap().len();
        if request.method == "POST" {
            let mut run = body.clone();
            run["id"] = json!(100 + self.runs.len());
            self.runs.push(run);
        }
        Step::json(201, &json!({"id": 100}))
    }

    fn answer(&mut self, request: &Request, fault: &Fault) -> Step {
        if request.method == "GET" {
            return match request.target.contains("/commits/") {
                true => Step::json(200, &json!({"check_runs": self.runs})),
                false => {
                    let output = json!({"annotations_count": self.annotations});
                    Step::json(200, &json!({"id": 100, "output": output}))
                }
            };
        }
        self.writes += 1;
        if self.writes > fault.times {
            return self.do_it(request);
        }
        if fault.is_done {
            self.do_it(request);
        }
        fault.step.clone()
    }
}

struct GitHub {
    server: Scripted,
    kept: Arc<Mutex<Kept>>,
    client: Client,
}

impl GitHub {
    async fn with(fault: Fault) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let keeping = kept.clone();
        let time_out = match fault.step {
            Step::Silence => Duration::from_millis(800),
            _ => Duration::from_secs(20),
        };
        let answer = move |request: &Request| keeping.lock().unwrap().answer(request, &fault);
        let server = Scripted::start(answer).await;
        let client = client_of(&server.url).with_patience(patience(3), time_out);
        Self {
            server,
            kept,
            client,
        }
    }

    /// Writes sent, check runs and annotations there.
    fn tally(&self) -> (usize, usize, usize) {
        let kept = self.kept.lock().unwrap();
        (kept.writes, kept.runs.len(), kept.annotations)
    }
}

fn lost_answers() -> Vec<Step> {
    let good = Step::json(201, &json!({"id": 100}));
    vec![
        Step::json(500, &json!({"message": "Server Error"})),
        Step::with_headers(502, "", "<html>"),
        Step::with_headers(503, "retry-after: 0\r\n", ""),
        Step::json(408, &json!({})),
        Step::with_headers(201, "", "<html>"),
        Step::json(201, &json!({"ident": 100})),
        good.cut(),
        Step::Reset,
        Step::Silence,
    ]
}

fn lost(step: Step, is_done: bool) -> Fault {
    Fault {
        step,
        is_done,
        times: 1,
    }
}

#[tokio::test]
async fn a_check_run_says_what_it_is_told() {
    let github = GitHub::with(lost(Step::Reset, false)).await;
    let posted = github.client.create_check_run(&run(60)).await.unwrap();
    assert_eq!(posted.id, 100);
    let requests = github.server.requests();
    let posts = requests.iter().filter(|request| request.method == "POST");
    for post in posts {
        assert_eq!(post.target, route("check-runs"));
        let body = &post.body;
        assert_eq!(body["name"], "tollgate / test");
        assert_eq!(body["head_sha"], COMMIT);
        assert_eq!(body["external_id"], external_id());
        assert_eq!(body["conclusion"], "success");
        let annotations = body["output"]["annotations"].as_array().unwrap();
        assert_eq!(annotations.len(), 50);
        assert_eq!(annotations[6]["start_line"], 7);
    }
}

#[tokio::test]
async fn a_check_run_whose_answer_is_lost_is_found_or_sent_again() {
    for step in lost_answers() {
        let github = GitHub::with(lost(step.clone(), true)).await;
        let posted = github.client.create_check_run(&run(2)).await;
        let how = Posting::Found;
        assert_eq!(posted, Ok(Posted { id: 100, how }), "{step:?}");
        assert_eq!(github.tally(), (1, 1, 2), "{step:?}");
        let github = GitHub::with(lost(step.clone(), false)).await;
        let posted = github.client.create_check_run(&run(2)).await;
        let how = Posting::New;
        assert_eq!(posted, Ok(Posted { id: 100, how }), "{step:?}");
        assert_eq!(github.tally(), (2, 1, 2), "{step:?}");
    }
}

#[tokio::test]
async fn only_the_same_check_run_is_found() {
    let other = |field: &str, value: &str| {
        let mut run = json!({
            "id": 9, "name": "tollgate / test", "head_sha": COMMIT, "status": "completed",
            "external_id": external_id(), "conclusion": "success"
        });
        run[field] = json!(value);
        run
    };
    let id = external_id().replace(":77.1:", ":77.2:");
    for other in [other("external_id", &id), other("conclusion", "failure")] {
        let github = GitHub::with(lost(Step::Reset, false)).await;
        github.kept.lock().unwrap().runs.push(other);
        let posted = github.client.create_check_run(&run(0)).await.unwrap();
        assert_eq!(posted.how, Posting::New);
        assert_eq!(github.tally(), (2, 2, 0));
    }
}

#[tokio::test]
async fn trouble_that_lasts_is_an_error() {
    for step in lost_answers() {
        let times = 9;
        let fault = |is_done| Fault {
            step: step.clone(),
            is_done,
            times,
        };
        let github = GitHub::with(fault(false)).await;
        let error = github.client.create_check_run(&run(0)).await.unwrap_err();
        assert!(error.is_outage(), "{error}");
        assert_eq!(github.tally(), (3, 0, 0), "{step:?}");
        let github = GitHub::with(fault(true)).await;
        let client = github.client.clone();
        let client = client.with_patience(patience(1), Duration::from_millis(800));
        let posted = client.create_check_run(&run(0)).await.unwrap();
        assert_eq!((posted.how, github.tally()), (Posting::Found, (1, 1, 0)));
    }
}

#[tokio::test]
async fn what_can_not_be_looked_for_is_not_sent_again() {
    let server = Scripted::start(|request: &Request| match &*request.method {
        "GET" => Step::json(500, &json!({"message": "no list"})),
        _ => Step::json(502, &json!({"message": "no answer"})),
    });
    let server = server.await;
    let client = client_of(&server.url);
    let error = client.create_check_run(&run(0)).await.unwrap_err();
    assert!(error.is_outage());
    assert_eq!(
        error.to_string(),
        "GitHub could not be asked: no answer (502); whether it was done nevertheless could not be \
         found out: GitHub could not be asked: no list (500)"
    );
    assert_eq!(server.count("POST"), 1);
    client
        .add_annotations(100, &run(0), &run(1).annotations)
        .await
        .unwrap_err();
    assert_eq!(server.count("PATCH"), 1);
}

#[tokio::test]
async fn a_refusal_is_final() {
    for (status, expect) in [
        (400, "Refused"),
        (401, "BadToken"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (409, "Refused"),
        (422, "Refused"),
    ] {
        let step = Step::json(status, &json!({"message": "no"}));
        let github = GitHub::with(lost(step, false)).await;
        let error = github.client.create_check_run(&run(0)).await.unwrap_err();
        assert_eq!(kind(&error), expect);
        assert!(error.is_certain_refusal() && !error.is_outage());
        assert_eq!(github.tally(), (1, 0, 0), "{status}");
        assert_eq!(github.server.count("GET"), 0, "{status}");
    }
}

#[tokio::test]
async fn a_limit_is_waited_for_without_looking() {
    let secondary = r#"{"message": "You have exceeded a secondary rate limit"}"#;
    for (status, headers, writes) in [
        (429, "retry-after: 0\r\n", 2),
        (403, "retry-after: 0\r\n", 2),
        (
            403,
            "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1\r\n",
            2,
        ),
        (429, "retry-after: 3600\r\n", 1),
        (403, "", 1),
    ] {
        let step = Step::with_headers(status, headers, secondary);
        let github = GitHub::with(lost(step, false)).await;
        let posted = github.client.create_check_run(&run(0)).await;
        match writes {
            1 => assert_eq!(kind(&posted.unwrap_err()), "RateLimited"),
            _ => assert_eq!(posted.unwrap().how, Posting::New),
        }
        assert_eq!(github.tally(), (writes, writes - 1, 0), "{headers}");
        assert_eq!(github.server.count("GET"), 0, "{headers}");
    }
}

#[tokio::test]
async fn annotations_are_added_once() {
    for step in lost_answers() {
        for (is_done, writes) in [(true, 1), (false, 2)] {
            let github = GitHub::with(lost(step.clone(), is_done)).await;
            github.kept.lock().unwrap().annotations = 50;
            let run = run(60);
            let added = github
                .client
                .add_annotations(100, &run, &run.annotations[50..]);
            assert_eq!(added.await, Ok(()), "{step:?}");
            assert_eq!(github.tally(), (writes, 0, 60), "{step:?}");
        }
    }
}

#[tokio::test]
async fn an_update_with_annotations_is_counted_and_one_without_is_sent_again() {
    for step in lost_answers() {
        let github = GitHub::with(lost(step.clone(), true)).await;
        let updated = github.client.update_check_run(100, &run(3)).await;
        assert_eq!((updated, github.tally()), (Ok(()), (1, 0, 3)), "{step:?}");
        let github = GitHub::with(lost(step.clone(), true)).await;
        let updated = github.client.update_check_run(100, &run(0)).await;
        assert_eq!((updated, github.tally()), (Ok(()), (2, 0, 0)), "{step:?}");
        assert_eq!(github.server.count("GET"), 0);
    }
}

#[tokio::test]
async fn a_change_that_is_refused_is_final() {
    let message = "Check run status and conclusions can only be updated internally";
    let step = Step::json(403, &json!({"message": message}));
    let github = GitHub::with(lost(step, false)).await;
    let error = github
        .client
        .update_check_run(100, &run(0))
        .await
        .unwrap_err();
    assert_eq!(kind(&error), "Forbidden");
    assert_eq!(github.tally(), (1, 0, 0));
    let requests = github.server.requests();
    assert_eq!(requests[0].target, route("check-runs/100"));
}
