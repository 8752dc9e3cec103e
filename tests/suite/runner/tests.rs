//! The emulation itself: what the runner does with what a step leaves.

use serde_json::json;

use super::Runner;

fn runner() -> Runner {
    Runner::new("8a48fc5f8a48fc5f8a48fc5f8a48fc5f8a48fc5f")
}

#[test]
fn files_of_commands_are_processed_after_the_step() {
    let runner = runner();
    let outcome = runner
        .runs(
            r#"
            echo "status=passed" >>"$GITHUB_OUTPUT"
            printf 'many<<E\n1\n2\nE\n' >>"$GITHUB_OUTPUT"
            echo "COLOUR=red" >>"$GITHUB_ENV"
            echo "/opt/tools" >>"$GITHUB_PATH"
            echo "run=1" >>"$GITHUB_STATE"
            echo "summary ghs_theTokenOfThisJob0000000000000000000" >>"$GITHUB_STEP_SUMMARY"
            "#,
        )
        .run();
    outcome.expect(0);
    assert!(outcome.has_succeeded);
    assert_eq!(outcome.outputs["status"], "passed");
    assert_eq!(outcome.outputs["many"], "1\n2");
    assert_eq!(outcome.environment["COLOUR"], "red");
    assert_eq!(outcome.state["run"], "1");
    assert_eq!(outcome.path, ["/opt/tools"]);
    assert_eq!(outcome.summary.as_deref(), Some("summary ***\n"));

    let later = runner.runs(r#"echo "$COLOUR ${PATH%%:*}""#).run();
    assert_eq!(later.stdout, "red /opt/tools\n");
}

#[test]
fn what_cannot_be_processed_fails_the_step() {
    let bad = runner().runs(r#"echo bare >>"$GITHUB_OUTPUT""#).run();
    assert!(bad.code == Some(0) && !bad.has_succeeded);
    let message = "error: Unable to process file command 'output' successfully.";
    assert_eq!(bad.annotations()[0], message);

    let script = r#"head -c 1048577 /dev/zero >"$GITHUB_STEP_SUMMARY""#;
    let large = runner().runs(script).run();
    assert!(large.has_succeeded && large.summary.is_none());
    assert!(large.annotations()[0].contains("supports content up to a size of 1024k"));

    let failing = runner().runs("exit 3").run();
    assert!(!failing.has_succeeded);
    assert_eq!(
        failing.annotations(),
        ["error: Process completed with exit code 3."]
    );
}

#[test]
fn both_streams_are_searched_for_commands() {
    let script = "echo ::group::Tests; echo '::warning file=a.py,line=2::w' >&2; \
                  printf 'a\\r::notice::n\\r\\n::endgroup::\\n'";
    let outcome = runner().runs(script).run();
    assert_eq!(outcome.log.groups, ["Tests"]);
    let mut annotations = outcome.annotations();
    annotations.sort();
    assert_eq!(annotations, ["notice: n", "warning: w"]);
    assert!(outcome.log.commands.contains(&"endgroup".to_owned()));
}

#[test]
fn a_script_gets_the_way_to_an_id_token_and_no_other_service() {
    let mut runner = runner();
    runner
        .event("workflow_dispatch", &json!({"inputs": {}}))
        .service("ID_TOKEN_REQUEST_URL", "http://127.0.0.1:9/id")
        .without_service("RESULTS_URL");
    let script = r#"
        echo "$GITHUB_EVENT_NAME $(cat "$GITHUB_EVENT_PATH")"
        env | grep '^ACTIONS_'
    "#;
    let outcome = runner.runs(script).run();
    let expected = "workflow_dispatch {\"inputs\":{}}\n\
                    ACTIONS_ID_TOKEN_REQUEST_URL=http://127.0.0.1:9/id\n";
    assert_eq!(outcome.stdout, expected);
}

#[test]
fn a_step_can_be_watched_and_cancelled() {
    // The signal is blocked until it is waited for, so it may come at any moment after `ready`.
    const SCRIPT: &str = "exec python3 -c \"
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
print('ready', flush=True)
signal.sigwait([signal.SIGINT])
print('stopped', flush=True)
raise SystemExit(5)\"";
    let runner = runner();
    let mut running = runner.runs(SCRIPT).start();
    running.await_line("ready");
    let (outcome, signal) = running.cancel();
    assert_eq!(signal, rustix::process::Signal::INT);
    outcome.expect(5).says("stopped");
}

#[test]
fn an_unknown_input_warns_and_a_wrong_one_is_a_usage_error() {
    let inputs = [("command", "no-such-command"), ("colour", "red")];
    let outcome = runner().step(&inputs, &[("COLOUR", "red")]);
    outcome.expect(2);
    assert!(!outcome.has_succeeded);
    assert!(outcome.annotations()[0].starts_with("warning: Unexpected input(s) 'colour'"));
}
