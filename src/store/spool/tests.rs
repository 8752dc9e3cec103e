//! What waits, what is taken out, and what a kill or a hand leaves in the file.

use serde_json::json;

use super::*;

const RELEASE: &str = "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39";

fn event(key: &str) -> Event {
    let event = json!({
        "schema_version": "1", "idempotency_key": key, "event_type": "check_reported",
        "source_system": "tests", "release_id": RELEASE, "occurred_at": "2026-01-02T03:04:05Z",
        "actor": "alice", "payload": {"gate": "lint", "check": key, "status": "passed",
                                      "duration_ms": 1, "attempt": 1, "more": "kept"},
    });
    serde_json::from_value(event).unwrap()
}

struct Scene {
    _folder: tempfile::TempDir,
    spool: Spool,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::of(folder.path(), RELEASE.parse().unwrap());
        Self {
            _folder: folder,
            spool,
        }
    }

    fn append(&self, keys: &[&str]) {
        let events: Vec<Event> = keys.iter().map(|key| event(key)).collect();
        self.spool.append(&events).unwrap();
    }

    fn waiting(&self) -> String {
        let events = self.spool.read().unwrap().into_iter();
        let keys: Vec<String> = events.map(|event| event.idempotency_key).collect();
        keys.join(" ")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.spool.path()).unwrap()
    }

    fn take_out(&self, keys: &[&str]) -> usize {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        self.spool.take_out(&keys).unwrap()
    }
}

#[test]
fn events_wait_in_their_order_until_they_are_taken_out() {
    let scene = Scene::new();
    assert!(scene.spool.is_empty());
    assert_eq!(scene.waiting(), "");
    scene.append(&["a", "b"]);
    scene.append(&["c"]);
    assert_eq!(scene.waiting(), "a b c");
    assert_eq!(scene.spool.read().unwrap()[1], event("b"));
    assert_eq!(scene.take_out(&["b", "elsewhere"]), 2);
    assert_eq!(scene.waiting(), "a c");
    assert_eq!(scene.take_out(&["a", "c"]), 0);
    assert!(scene.spool.is_empty() && !scene.spool.path().exists());
}

#[test]
fn a_line_that_a_kill_cut_off_does_not_spoil_the_next() {
    let scene = Scene::new();
    scene.append(&["a", "b"]);
    let whole = scene.text();
    let first = whole.find('\n').unwrap() + 1;
    for cut in [first - 2, first, first + 7, whole.len() - 1, whole.len()] {
        fs::write(scene.spool.path(), &whole[..cut]).unwrap();
        let before = scene.waiting();
        scene.append(&["c"]);
        assert_eq!(scene.waiting(), format!("{before} c").trim_start());
    }
}

#[test]
fn a_line_that_is_no_event_is_named_and_nothing_is_lost() {
    let scene = Scene::new();
    scene.append(&["a", "b"]);
    let [first, second] = [0, 1].map(|line| scene.text().lines().nth(line).unwrap().to_owned());
    for (bad, says) in [
        ("", "not JSON"),
        ("[]", "not an object"),
        ("{}", "schema_version is missing"),
        ("\u{0}", "not JSON"),
    ] {
        let text = format!("{first}\n{bad}\n{second}\n");
        fs::write(scene.spool.path(), &text).unwrap();
        let said = scene.spool.read().unwrap_err().to_string();
        assert!(said.contains(".jsonl:2: ") && said.contains(says), "{said}");
        let keys = BTreeSet::from(["a".to_owned()]);
        assert!(scene.spool.take_out(&keys).is_err());
        assert_eq!(scene.text(), text);
    }
}

#[test]
fn the_spools_of_a_folder_are_its_json_lines() {
    let scene = Scene::new();
    scene.append(&["a"]);
    let folder = scene.spool.path().parent().unwrap();
    fs::write(folder.join("README"), "no spool").unwrap();
    let found = Spool::all_in(folder).unwrap();
    let found: Vec<_> = found.iter().map(Spool::path).collect();
    assert_eq!(found, [scene.spool.path()]);
    assert!(Spool::all_in(&folder.join("none")).is_err());
}

#[test]
fn writers_beside_each_other_lose_nothing() {
    let scene = Scene::new();
    let path = scene.spool.path().to_owned();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let spool = Spool::at(path.clone());
            scope.spawn(move || {
                for number in 0..20 {
                    let [stays, goes] =
                        ["stays", "goes"].map(|it| format!("{it}-{writer}-{number}"));
                    spool.append(&[event(&stays), event(&goes)]).unwrap();
                    spool.take_out(&BTreeSet::from([goes])).unwrap();
                }
            });
        }
    });
    let waiting = scene.waiting();
    let stays = waiting.split(' ').filter(|key| key.starts_with("stays"));
    assert_eq!((stays.count(), waiting.split(' ').count()), (80, 80));
}
