//! A job behind a company's proxy, with TLS by the company's own authority: the API, the artifact
//! service and the blob store are all reached through it, or past it where that is asked for.

use tempfile::NamedTempFile;

use crate::fake_github::FakeGitHub;
use crate::jobs::{Acted, Job, posted};
use crate::project::Project;
use crate::tls::{Authority, Proxy};

const POLICY: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "true" } } }
  test: { checks: { pytest: { run: "true" } } }
"#;

/// Names that only the proxy can resolve.
const API: &str = "api.github.invalid";
const RESULTS: &str = "results.github.invalid";
const STORE: &str = "store.github.invalid";

/// `runner:pa55-phrase`.
const CREDENTIALS: &str = "Basic cnVubmVyOnBhNTUtcGhyYXNl";
const PASSWORD: &str = "pa55-phrase";

/// GitHub behind TLS, and the only way to it.
struct World {
    github: FakeGitHub,
    project: Project,
    authority: NamedTempFile,
    proxy: Proxy,
    /// Of the blob store's TLS front, which stands under its own address, too.
    store: String,
}

impl World {
    async fn new() -> Self {
        let github = FakeGitHub::start();
        let project = Project::new(POLICY);
        github.commit(&project.head(), "alice");
        github.workflow_run(77, "push", &project.head(), "alice");
        let authority = Authority::new();
        let api = authority.front(API, github.api_url()).await;
        let results = authority.front(RESULTS, github.api_url()).await;
        let hidden = authority.front(STORE, &github.store_url()).await;
        let store = authority.front("127.0.0.1", &github.store_url()).await;
        let host = |name: &str| format!("{name}:443");
        let hosts = [
            (host(API), api),
            (host(RESULTS), results),
            (host(STORE), hidden),
        ];
        let hosts = hosts
            .each_ref()
            .map(|(name, at)| (name.as_str(), at.as_str()));
        let proxy = Proxy::start(&hosts, CREDENTIALS).await;
        github.store_is_at(&format!("https://{STORE}"));
        Self {
            authority: authority.file(),
            github,
            project,
            proxy,
            store,
        }
    }

    fn job(&self) -> Job<'_> {
        let proxy = format!("http://runner:{PASSWORD}@{}", self.proxy.address);
        Job::new(&self.github, &self.project, 77)
            .with("GITHUB_API_URL", &format!("https://{API}"))
            .with("ACTIONS_RESULTS_URL", &format!("https://{RESULTS}/"))
            .with("HTTPS_PROXY", &proxy)
            .with("SSL_CERT_FILE", self.authority.path().to_str().unwrap())
    }
}

/// Nothing shows it but the command by which the runner learns to hide it.
fn hides_the_password(acted: &Acted) {
    let said = acted.outcome.all() + &acted.step.summary();
    let shows = |line: &str| line.contains(PASSWORD) && !line.starts_with("::add-mask::");
    assert!(!said.lines().any(shows), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_goes_through_the_proxy() {
    let world = World::new().await;
    for gate in ["lint", "test"] {
        let acted = world.job().uses(&format!("gate: {gate}"));
        acted.expect(0);
        hides_the_password(&acted);
    }
    let both = "tollgate / lint=success tollgate / test=success";
    assert_eq!(posted(&world.github), both);
    assert_eq!(world.github.artifacts().len(), 2);
    let expect = [API, RESULTS, STORE].map(|host| format!("CONNECT {host}:443"));
    assert_eq!(world.proxy.seen(), expect);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_proxy_names_is_reached_past_it() {
    let world = World::new().await;
    world
        .github
        .store_is_at(&format!("https://{}", world.store));
    for gate in ["lint", "test"] {
        let job = world.job().with("NO_PROXY", "example.com,127.0.0.1");
        job.uses(&format!("gate: {gate}")).expect(0);
    }
    assert_eq!(world.github.artifacts().len(), 2);
    let expect = [API, RESULTS].map(|host| format!("CONNECT {host}:443"));
    assert_eq!(world.proxy.seen(), expect);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_refuses_is_an_outage_and_its_password_is_not_shown() {
    let world = World::new().await;
    let proxy = format!("http://runner:{PASSWORD}-of-old@{}", world.proxy.address);
    let acted = world.job().with("HTTPS_PROXY", &proxy).uses("gate: lint");
    acted.expect(4).says("proxy");
    hides_the_password(&acted);
    assert_eq!(posted(&world.github), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_makes_nobody_trusted() {
    let world = World::new().await;
    let acted = world
        .job()
        .with("SSL_CERT_FILE", "/dev/null")
        .uses("gate: lint");
    acted.expect(4).says("UnknownIssuer");
    assert_eq!(posted(&world.github), "");
    assert_eq!(world.github.calls(), 0);
}
