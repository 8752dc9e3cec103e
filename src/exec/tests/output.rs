//! What commands print, see and find.

use super::*;

#[tokio::test]
async fn standard_input_is_empty() {
    let ran = Case::direct(["cat"]).run().await;
    assert_eq!(ran.ending, Ending::Exited(0));
    assert_eq!(ran.output, "");
}

#[tokio::test]
async fn both_outputs_keep_their_order() {
    let script = "for i in {1..200}; do echo out $i; echo err $i >&2; done";
    let expected: String = (1..=200).map(|i| format!("out {i}\nerr {i}\n")).collect();
    assert_eq!(output(Case::shell(script)).await, expected);
}

#[tokio::test]
async fn the_last_output_is_not_lost() {
    for _ in 0..20 {
        let script = "sleep 1000 & head -c 60000 /dev/zero; printf end";
        let output = output(Case::shell(script)).await;
        assert_eq!(output.len(), 60003);
        assert!(output.ends_with("end"));
    }
}

#[tokio::test]
async fn a_flood_of_output_passes_through_in_small_chunks() {
    #[derive(Default)]
    struct Count {
        bytes: usize,
        largest: usize,
    }
    impl OutputSink for Count {
        fn chunk(&mut self, bytes: &[u8]) {
            self.bytes += bytes.len();
            self.largest = self.largest.max(bytes.len());
        }
    }
    let case = Case::direct(["head", "-c", "100000000", "/dev/zero"]);
    let mut count = Count::default();
    let finished = exec(LONG)
        .run(&case.command, &mut count, &CancellationToken::new())
        .await;
    assert_eq!(finished.ending, Ending::Exited(0));
    assert_eq!(count.bytes, 100_000_000);
    assert!(count.largest <= 64 * 1024);
}

#[tokio::test]
async fn a_flood_that_never_ends_is_ended() {
    let mut case = Case::shell("yes & yes & wait").grace(SHORT);
    case.command.time_out = SHORT;
    let mut tail = Tail::new(1000);
    let finished = exec(SHORT)
        .run(&case.command, &mut tail, &CancellationToken::new())
        .await;
    assert_eq!(finished.ending, Ending::TimedOut);
    assert_eq!(tail.finish().bytes.len(), 1000);
    assert_eq!(case.living(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn any_bytes_are_passed_on() {
    let case = Case::shell(r"printf '\377\000\376\r\n'");
    let mut tail = Tail::new(100);
    exec(LONG)
        .run(&case.command, &mut tail, &CancellationToken::new())
        .await;
    assert_eq!(tail.finish().bytes, b"\xff\x00\xfe\r\n");
}

#[tokio::test]
async fn paths_may_hold_spaces_and_any_letters() {
    let mut case = Case::direct(["./rún me 日本.sh", "ä b", "*"]);
    let directory = case.directory.path().join("a b/ü 語");
    fs::create_dir_all(&directory).unwrap();
    case.command.directory = directory.clone();
    let case = case.file(
        "a b/ü 語/rún me 日本.sh",
        "#!/bin/sh\npwd\nprintf '%s|' \"$@\"\n",
        "755",
    );
    let expected = format!("{}\nä b|*|", directory.canonicalize().unwrap().display());
    assert_eq!(output(case).await, expected);
}

#[tokio::test]
async fn only_the_given_variables_are_seen() {
    let parent = [("PATH", "/usr/bin:/bin"), ("GITHUB_TOKEN", "secret")]
        .map(|(name, value)| (name.into(), value.into()));
    let mut case = Case::direct(["env"]);
    case.command.environment =
        Environment::scrubbed(parent, [("EXTRA", "ü")], TokenAccess::Withheld);
    case.command.environment.set("TEST_CASE", "only variables");
    case.command.environment.set("TOLLGATE_PROCESS", "1.1");
    let output = output(case).await;
    let variables: Vec<_> = output.lines().collect();
    let [extra, path, test, process] = variables.as_slice() else {
        panic!("{output}");
    };
    assert_eq!(
        [*extra, *path, *test],
        ["EXTRA=ü", "PATH=/usr/bin:/bin", "TEST_CASE=only variables"]
    );
    assert!(process.starts_with("TOLLGATE_PROCESS=1.1/"));
}

#[tokio::test]
async fn protected_memory_is_closed_to_children_but_not_to_ourselves() {
    protect_own_memory().unwrap();
    assert_eq!(
        rustix::process::dumpable_behavior().unwrap(),
        rustix::process::DumpableBehavior::NotDumpable
    );
    let script = "mkfifo f; setsid bash -c 'echo $$ >f; exec sleep 1000' & cat f";
    let ran = Case::shell(script).run().await;
    assert!(!is_alive(&ran.output));
    if !rustix::process::geteuid().is_root() {
        let script = "cat /proc/$PPID/environ || echo refused";
        assert!(output(Case::shell(script)).await.ends_with("refused\n"));
    }
}
