//! A GitHub for tests, on loopback: REST, the artifact service and its blob store, with state that
//! a test sets up and looks at, and with faults on demand. Every request to its REST side and every
//! answer is held to GitHub's own OpenAPI description; what breaks it fails the test.

mod answer;
mod app;
mod artifacts;
mod blobs;
mod caller;
mod checks;
mod commits;
mod description;
mod environments;
mod exchange;
mod faults;
mod git;
mod job;
mod journal;
mod results;
mod rules;
mod runs;
mod scene;
mod server;
mod shapes;
mod state;
mod tests;
mod tokens;

use std::ops::Deref;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use app::{APP, CLIENT_ID};
pub(crate) use faults::{ALWAYS, Fault};
pub(crate) use job::Step;
pub(crate) use journal::{Call, Service};
pub(crate) use scene::Scene;
pub(crate) use state::Branches;
pub(crate) use tokens::{Level, Permission, Token};

use faults::Faults;
use server::Server;
use state::State;

/// The repository that is there from the start.
pub(crate) const REPOSITORY: &str = "acme/shop";

/// How long it takes at the most until it is looked again.
const GLANCE: Duration = Duration::from_millis(200);

/// How long something is awaited before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A GitHub with the repository `acme/shop`. It stops when it is dropped, and fails the test then
/// when a request or an answer was not as GitHub describes it.
pub(crate) struct FakeGitHub {
    home: Scene,
    server: Server,
}

/// What the server's side and the test's side both see.
pub(crate) struct Shared {
    state: Mutex<State>,
    journal: Mutex<Vec<Call>>,
    faults: Mutex<Faults>,
    violations: Mutex<Vec<String>>,
    /// How many requests were answered, or met a fault after they took effect.
    moves: Mutex<usize>,
    has_moved: Condvar,
    api: String,
}

impl FakeGitHub {
    pub(crate) fn start() -> Self {
        if let Err(missing) = description::description() {
            panic!("{missing}");
        }
        let (server, shared) = Server::start();
        let home = Scene::new(shared, REPOSITORY);
        Self { home, server }
    }

    /// Another repository, made at need.
    pub(crate) fn repository(&self, name: &str) -> Scene {
        Scene::new(Arc::clone(self.shared()), name)
    }

    /// Makes a token known, and gives its text.
    pub(crate) fn token(&self, token: Token) -> String {
        self.shared().state().add_token(token)
    }

    /// `GITHUB_API_URL`.
    pub(crate) fn api_url(&self) -> &str {
        &self.shared().api
    }

    /// Where the blob store is.
    pub(crate) fn store_url(&self) -> String {
        self.shared().state().store.clone()
    }

    /// Says from now on that the blob store is somewhere else.
    pub(crate) fn store_is_at(&self, url: &str) -> &Self {
        url.clone_into(&mut self.shared().state().store);
        self
    }

    /// Has the next `times` requests of this method whose path fits the glob end in a fault.
    pub(crate) fn fail(&self, method: &str, path: &str, fault: Fault, times: usize) -> &Self {
        lock(&self.shared().faults).plan(method, path, fault, times);
        self
    }

    /// No fault is left to come.
    pub(crate) fn heal(&self) -> &Self {
        *lock(&self.shared().faults) = Faults::default();
        self
    }

    /// How many requests this hour still allows.
    pub(crate) fn allow_requests(&self, remaining: u64) -> &Self {
        self.shared().state().remaining = remaining;
        self
    }

    /// Waits until what is seen is as it should be. A request that changes it is looked at when it
    /// was answered.
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        let shared = self.shared();
        let mut moves = lock(&shared.moves);
        while !is_so(self) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "it never came to this: {what}");
            // Not everything that is awaited ends with a request.
            let waited = shared.has_moved.wait_timeout(moves, left.min(GLANCE));
            (moves, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Every request so far, to all services.
    pub(crate) fn journal(&self) -> Vec<Call> {
        lock(&self.shared().journal).clone()
    }

    /// How many REST requests were made.
    pub(crate) fn calls(&self) -> usize {
        let is_rest = |call: &&Call| call.service == Service::Rest;
        lock(&self.shared().journal).iter().filter(is_rest).count()
    }

    /// What was not as GitHub describes it, so far; the end of the test does not ask again.
    pub(crate) fn take_violations(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.shared().violations))
    }

    fn shared(&self) -> &Arc<Shared> {
        self.home.shared()
    }
}

/// The scene of the repository `acme/shop`.
impl Deref for FakeGitHub {
    type Target = Scene;

    fn deref(&self) -> &Scene {
        &self.home
    }
}

impl Drop for FakeGitHub {
    fn drop(&mut self) {
        self.server.stop();
        if self.shared().state.is_poisoned() {
            self.shared().violate("the fake itself panicked".to_owned());
        }
        let violations = self.take_violations();
        if !std::thread::panicking() {
            assert!(violations.is_empty(), "{}", violations.join("\n"));
        }
    }
}

impl Shared {
    fn new(api: String, store: String) -> Self {
        Self {
            state: Mutex::new(State::new(api.clone(), store)),
            journal: Mutex::default(),
            faults: Mutex::default(),
            violations: Mutex::default(),
            moves: Mutex::default(),
            has_moved: Condvar::new(),
            api,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Takes note that something may have changed.
    fn moved(&self) {
        *lock(&self.moves) += 1;
        self.has_moved.notify_all();
    }

    fn violate(&self, what: String) {
        lock(&self.violations).push(what);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
