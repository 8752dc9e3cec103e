//! Signing in and out: what a browser sends, without one.

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;

use super::server::{Answer, RELEASE, Server, answer};
use crate::project::Project;

const POLICY: &str = "pipeline:\n  lint: { checks: { ruff: { run: \"true\" } } }\n";

/// Sends a form as a browser does that follows no redirection.
fn post(server: &Server, path: &str, cookie: &str, body: &str) -> Answer {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .build()
        .unwrap();
    let request = client
        .post(format!("{}{path}", server.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header(COOKIE, cookie)
        .body(body.to_owned());
    server.wait(answer(request))
}

fn get(server: &Server, path: &str, cookie: &str) -> Answer {
    server.send(server.request("GET", path, "").header(COOKIE, cookie))
}

fn header(headers: &HeaderMap, name: impl reqwest::header::AsHeaderName) -> &str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// Signs somebody in: the cookie as a browser sends it back.
#[track_caller]
fn signed_in(server: &Server, who: &str) -> String {
    let answer = post(server, "/sign-in", "", &format!("key=key-of-{who}")).expect(303);
    let cookie = header(&answer.headers, SET_COOKIE);
    cookie.split(';').next().unwrap().to_owned()
}

#[test]
fn a_key_given_once_opens_every_page_and_nothing_else() {
    let project = Project::new(POLICY);
    let server = Server::start(&project);
    server.create_release();
    let page = format!("/releases/{RELEASE}");
    let asked = get(&server, &page, "").expect(401);
    assert!(asked.text.contains("Sign in"), "{}", asked.text);
    assert!(
        asked
            .text
            .contains(&format!("name=\"next\" value=\"{page}\""))
    );
    let answer = post(
        &server,
        "/sign-in",
        "",
        &format!("next={page}&key=key-of-quinn"),
    );
    let answer = answer.expect(303);
    assert_eq!(header(&answer.headers, LOCATION), page);
    let cookie = header(&answer.headers, SET_COOKIE);
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=28800"),
        "{cookie}"
    );
    let cookie = signed_in(&server, "quinn");
    for path in ["/", &page, &format!("{page}/report")] {
        get(&server, path, &cookie).expect(200);
    }
    let list = get(&server, "/", &cookie).text;
    assert!(
        list.contains("quinn") && list.contains("qa_tester"),
        "{list}"
    );
    // What programs call takes no cookie: no page of another site can send one along.
    for path in ["/v1/releases", "/metrics", "/v1/openapi.json"] {
        get(&server, path, &cookie).expect(401);
    }
    let log = server.stop();
    assert!(log.contains("a session began"), "{log}");
    assert!(!log.contains("key-of-"), "{log}");
}

#[test]
fn every_role_may_look() {
    let project = Project::new(POLICY);
    let server = Server::start(&project);
    for (who, role) in [
        ("ci", "ci_service_role"),
        ("rita", "release_manager"),
        ("quinn", "qa_tester"),
        ("sam", "sre"),
        ("dora", "developer"),
        ("otto", "audit_reader"),
    ] {
        let cookie = signed_in(&server, who);
        assert!(get(&server, "/", &cookie).expect(200).text.contains(role));
        assert!(server.get("/", who).expect(200).text.contains(role));
    }
}

#[test]
fn a_key_that_is_not_accepted_begins_nothing() {
    let project = Project::new(POLICY);
    let server = Server::start(&project);
    for (body, says) in [
        (
            "key=key-of-mallory&next=/%3Fpage%3D2",
            "This key is not accepted.",
        ),
        ("key=", "Give a key."),
        ("", "Give a key."),
    ] {
        let answer = post(&server, "/sign-in", "", body).expect(401);
        assert!(answer.text.contains(says), "{body}: {}", answer.text);
        assert!(!answer.text.contains("key-of-mallory"), "{}", answer.text);
        assert_eq!(header(&answer.headers, SET_COOKIE), "");
        assert!(header(&answer.headers, "www-authenticate").starts_with("Bearer"));
    }
    let kept = post(&server, "/sign-in", "", "key=x&next=/%3Fpage%3D2").text;
    assert!(kept.contains("name=\"next\" value=\"/?page=2\""), "{kept}");
    post(&server, "/sign-in", "", &"x".repeat(20_000)).expect(413);
    let request = server
        .request("POST", "/sign-in", "")
        .body("key=key-of-quinn");
    let answer = server.send(request.header("sec-fetch-site", "cross-site"));
    assert_eq!(
        (answer.status, header(&answer.headers, SET_COOKIE)),
        (403, "")
    );
    let log = server.stop();
    assert!(
        log.contains("a key that opens nothing was presented"),
        "{log}"
    );
    assert!(!log.contains("key-of-"), "{log}");
}

#[test]
fn signing_out_has_the_browser_forget() {
    let project = Project::new(POLICY);
    let server = Server::start(&project);
    let cookie = signed_in(&server, "quinn");
    let answer = post(&server, "/sign-out", &cookie, "").expect(303);
    assert_eq!(header(&answer.headers, LOCATION), "/sign-in");
    let end = header(&answer.headers, SET_COOKIE);
    assert!(
        end.starts_with("tollgate=; ") && end.contains("Max-Age=0"),
        "{end}"
    );
    assert!(
        get(&server, "/sign-in", "")
            .expect(401)
            .text
            .contains("Sign in")
    );
    let altered = get(&server, "/", &format!("{cookie}x")).expect(401);
    assert!(
        altered.text.contains("Your session has ended."),
        "{}",
        altered.text
    );
    post(&server, "/sign-out", "", "").expect(401);
}

#[test]
fn an_authorization_decides_before_any_session() {
    let project = Project::new(POLICY);
    let server = Server::start(&project);
    let cookie = signed_in(&server, "quinn");
    let as_both = |who: &str| server.send(server.request("GET", "/", who).header(COOKIE, &cookie));
    let page = as_both("sam").expect(200).text;
    assert!(
        page.contains("<bdi>sam</bdi>") && !page.contains("Sign out"),
        "{page}"
    );
    as_both("mallory").expect(401);
}

#[test]
fn servers_with_one_secret_know_the_same_sessions_as_long_as_the_key_is_there() {
    let secret = "a-secret-of-thirty-two-characters";
    let start = |secret: &str, known: &[&str]| {
        let project = Project::new(POLICY);
        let call = project.call("serve --listen 127.0.0.1:0");
        let call = match secret {
            "" => call,
            secret => call.env("TOLLGATE_SESSION_SECRET", secret),
        };
        (Server::known_to(call, known), project)
    };
    let (one, _kept) = start(secret, &["quinn", "sam"]);
    let cookie = signed_in(&one, "quinn");
    for (secret, known, status) in [
        (secret, &["quinn", "sam"][..], 200),
        (secret, &["quinn"], 200),
        (secret, &["sam"], 401),
        ("another-secret-of-as-many-characters", &["quinn"], 401),
        ("", &["quinn"], 401),
    ] {
        let (other, _kept) = start(secret, known);
        let answer = get(&other, "/", &cookie);
        assert_eq!(answer.status, status, "{secret} {known:?}");
    }
    let project = Project::new(POLICY);
    let call = project.call("serve --listen 127.0.0.1:0");
    let outcome = call.env("TOLLGATE_SESSION_SECRET", "short").run();
    outcome
        .expect(2)
        .says("TOLLGATE_SESSION_SECRET: it has less than 32 characters");
    assert!(!outcome.all().contains("short"), "{}", outcome.all());
}
