//! How commands end, and that nothing of them is left.

use super::*;

#[tokio::test]
async fn a_command_that_takes_too_long_is_ended() {
    let mut case = Case::shell("sleep 1000; echo unreachable");
    case.command.time_out = SHORT;
    let ran = case.run().await;
    assert_eq!(ran.ending, Ending::TimedOut);
    assert_eq!(ran.output, "");
}

#[tokio::test]
async fn a_cancelled_command_may_clean_up() {
    let script = "trap 'echo bye; exit 0' TERM; echo ready; sleep 1000 & wait";
    let ran = Case::shell(script).cancel_at("ready").run().await;
    assert_eq!(ran.ending, Ending::Cancelled);
    assert_eq!(ran.output, "ready\nbye\n");
}

#[tokio::test]
async fn a_grandchild_may_clean_up_although_its_parent_is_dead() {
    let script = r#"
        bash -c 'trap "echo cleaned; exit" TERM; echo ready; sleep 1000 & wait' &
        wait"#;
    let ran = Case::shell(script).cancel_at("ready").run().await;
    assert_eq!(ran.ending, Ending::Cancelled);
    assert_eq!(ran.output, "ready\ncleaned\n");
}

#[tokio::test]
async fn an_escaped_grandchild_may_clean_up_too() {
    let script = r#"
        setsid bash -c 'trap "echo cleaned; exit" TERM; echo ready; sleep 1000 & wait' &
        wait"#;
    let ran = Case::shell(script).cancel_at("ready").run().await;
    assert_eq!(ran.ending, Ending::Cancelled);
    assert_eq!(ran.output, "ready\ncleaned\n");
}

#[tokio::test]
async fn what_ignores_term_is_killed() {
    let stubborn = "trap '' TERM; echo ready; exec sleep 1000";
    for script in [
        stubborn.to_owned(),
        format!("bash -c \"{stubborn}\" & wait"),
        format!("setsid bash -c \"{stubborn}\" & wait"),
        format!("trap '' TERM; setsid --wait bash -c \"{stubborn}\""),
    ] {
        let case = Case::shell(&script).grace(SHORT).cancel_at("ready");
        assert_eq!(case.run().await.ending, Ending::Cancelled, "{script}");
    }
}

#[tokio::test]
async fn a_stopped_process_is_ended() {
    let script = "trap 'echo bye; exit' TERM; bash -c 'kill -STOP $PPID; echo ready' & wait";
    let ran = Case::shell(script).cancel_at("ready").run().await;
    assert_eq!(ran.ending, Ending::Cancelled);
    assert_eq!(ran.output, "ready\nbye\n");
}

#[tokio::test]
async fn what_is_left_in_the_background_is_killed() {
    for left in [
        "sleep 1000 & echo $!",
        "nohup sleep 1000 & echo $!",
        "set -m; sleep 1000 & echo $!",
        "mkfifo f; (bash -c 'trap \"\" TERM HUP; echo $$ >f; exec sleep 1000' &); cat f",
        "mkfifo f; setsid bash -c 'echo $$ >f; exec sleep 1000' & cat f",
        "mkfifo f; setsid bash -c 'setsid sleep 1000 & echo $$ >f; wait' & cat f",
        "mkfifo f; (setsid bash -c 'exec >f 2>&1; echo $$; exec sleep 1000' &); read pid <f; echo $pid",
    ] {
        let ran = Case::shell(left).run().await;
        assert_eq!(ran.ending, Ending::Exited(0), "{left}");
        assert!(!is_alive(&ran.output), "{left}: {}", ran.output);
    }
}

#[tokio::test]
async fn what_escapes_in_the_last_moment_is_killed() {
    for _ in 0..20 {
        let case = Case::shell("for i in 1 2 3; do setsid sleep 1000 & done; exit 7");
        assert_eq!(ending(case).await, Ending::Exited(7));
    }
}

#[tokio::test]
async fn an_orphan_without_a_mark_is_killed_when_nothing_else_runs() {
    let script = "mkfifo f; env -i setsid bash -c 'echo $$ >f; exec sleep 1000' & cat f";
    let orphan = output(Case::shell(script)).await;
    // Commands of other tests may have been running: the last one of all ends the orphan.
    for _ in 0..10_000 {
        if !is_alive(&orphan) {
            return;
        }
        assert_eq!(ending(Case::direct(["true"])).await, Ending::Exited(0));
    }
    panic!("{orphan} lives on");
}

#[tokio::test]
async fn the_orphans_of_a_running_command_are_left_alone() {
    let script = "mkfifo go f; (setsid bash -c 'echo $$ >f; exec sleep 1000' &)
        cat f; cat go";
    let mut case = Case::shell(script);
    let go = case.directory.path().join("go");
    case.command.environment.set("GO", &go);
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut sink = FirstChunk(Some(sender));
    let (exec, cancellation) = (exec(LONG), CancellationToken::new());
    let first = exec.run(&case.command, &mut sink, &cancellation);
    let second = async {
        let orphan = receiver.await.unwrap();
        assert_eq!(ending(Case::direct(["true"])).await, Ending::Exited(0));
        assert!(is_alive(&orphan));
        tokio::fs::write(go, "").await.unwrap();
        orphan
    };
    let (finished, orphan) = tokio::join!(first, second);
    assert_eq!(finished.ending, Ending::Exited(0));
    assert!(!is_alive(&orphan));
}

struct FirstChunk(Option<tokio::sync::oneshot::Sender<String>>);

impl OutputSink for FirstChunk {
    fn chunk(&mut self, bytes: &[u8]) {
        if let Some(sender) = self.0.take() {
            sender
                .send(String::from_utf8(bytes.to_vec()).unwrap())
                .unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_commands_side_by_side_keep_their_codes_and_leave_nothing() {
    let runs = (0..40).map(|number| {
        let script = format!("setsid sleep 1000 & sleep 1000 & (true &); exit {number}");
        tokio::spawn(async move { (number, ending(Case::shell(&script)).await) })
    });
    for run in futures_util::future::join_all(runs).await {
        let (number, ending) = run.unwrap();
        assert_eq!(ending, Ending::Exited(number));
    }
}

#[tokio::test]
async fn a_cancelled_command_is_not_even_started() {
    let case = Case::shell("touch started");
    let cancellation = CancellationToken::new();
    cancellation.cancel();
    let finished = exec(LONG)
        .run(&case.command, &mut Tail::new(1), &cancellation)
        .await;
    assert_eq!(finished.ending, Ending::Cancelled);
    assert!(!case.directory.path().join("started").exists());
}

#[tokio::test]
async fn a_dropped_command_is_killed_at_once() {
    let script = "trap '' TERM; setsid sleep 1000 & sleep 1000 & echo ready; wait";
    let case = Case::shell(script);
    let (exec, cancellation) = (exec(LONG), CancellationToken::new());
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut sink = FirstChunk(Some(sender));
    tokio::select! {
        finished = exec.run(&case.command, &mut sink, &cancellation) => panic!("{finished:?}"),
        ready = receiver => assert_eq!(ready.unwrap(), "ready\n"),
    }
    assert_eq!(case.living(), Vec::<PathBuf>::new());
}
