//! `http` against servers that answer well, badly, late, never and without end.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use crate::project::{Call, Outcome, Project, check, codes};
use crate::web::{Answer, Web, answer, ok};

/// A year that is far enough.
const FAR: (i32, u8, u8) = (2999, 1, 1);

fn project(rule: &str) -> Project {
    Project::new(&format!(
        "pipeline:\n  lint: {{ checks: {{ it: {{ http: {{ {rule} }} }} }} }}\n"
    ))
}

/// Makes a call, and gives the check's status with the codes of its reasons, and what was printed.
fn judged(project: &Project, call: Call) -> (String, Outcome) {
    let outcome = call.run();
    let status = project.status();
    let it = check(&status, "lint/it");
    let judged = [it["status"].as_str().unwrap()]
        .into_iter()
        .chain(codes(it));
    (judged.collect::<Vec<_>>().join(" "), outcome)
}

/// Runs a rule; `URL` in it is the server's.
#[track_caller]
fn expect(web: &Web, rule: &str, expect: &str) -> Outcome {
    let project = project(&rule.replace("URL", &web.url("")));
    let (found, outcome) = judged(&project, project.call("run"));
    assert_eq!(found, expect, "{rule}\n{}", outcome.all());
    outcome
}

#[test]
fn an_endpoint_that_is_up_needs_only_its_url() {
    let web = Web::start(|_, _| ok("fine"));
    let project = project(&format!("url: {}", web.url("/ready")));
    let (found, _) = judged(&project, project.call("run"));
    assert_eq!(found, "passed");
    assert!(web.requests()[0].starts_with("GET /ready HTTP/1.1\r\n"));
    let status = project.status();
    let latency = &check(&status, "lint/it")["latency"];
    assert_eq!(
        (&latency["requests"], &latency["failed"]),
        (&1.into(), &0.into())
    );
    assert!(latency["p95_ms"].as_f64().unwrap() > 0.0);
    let log = fs::read_to_string(log_of(&project.newest_run())).unwrap();
    assert!(
        log.contains("1 of 1 requests were answered as expected"),
        "{log}"
    );
    assert!(
        log.contains("(nearest rank: number 1 of 1 in order)"),
        "{log}"
    );
}

fn log_of(run: &Path) -> std::path::PathBuf {
    let mut folders = vec![run.join("evidence")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                Some(extension) if extension == "log" => return path,
                _ if path.is_dir() => folders.push(path),
                _ => {}
            }
        }
    }
    panic!("there is no log in {}", run.display())
}

#[test]
fn every_expectation_holds_or_is_told() {
    let body = r#"{"status": "ok", "checks": [{"up": true}], "load": 1.50}"#;
    let web = Web::start(move |_, _| answer("200 OK", "x-version: 1.4.0\r\n", body));
    let good = "url: URL/, expect: { status: [200, 3xx], body: 'status', header: { X-Version: '^1\\.4' }, json: { status: ok, \"$.checks[0].up\": true, load: 1.5 } }";
    expect(&web, good, "passed");
    for (expectation, code, says) in [
        ("status: 204", "status_unexpected", "answered 200, not 204."),
        (
            "status: [4xx, 500]",
            "status_unexpected",
            "answered 200, not 4xx or 500.",
        ),
        (
            "body: '^status'",
            "body_mismatch",
            "does not hold `^status`",
        ),
        (
            "header: { x-other: '.' }",
            "header_mismatch",
            "without the header `x-other`",
        ),
        (
            "header: { x-version: '^2' }",
            "header_mismatch",
            "a header `x-version` that does not hold",
        ),
        (
            "json: { status: down }",
            "json_mismatch",
            "`status` is `ok`, not `down`",
        ),
        (
            "json: { \"checks[1]\": x }",
            "json_mismatch",
            "has no `checks[1]`",
        ),
        (
            "json: { \"checks[0]\": x }",
            "json_mismatch",
            "`checks[0]` is an object",
        ),
        ("json: { load: 2 }", "json_mismatch", "not `2`"),
    ] {
        let rule = format!("url: URL/, expect: {{ {expectation} }}");
        expect(&web, &rule, &format!("failed {code}")).says(says);
    }
    let all =
        "url: URL/, expect: { status: 500, body: zzz, header: { a: b }, json: { status: x } }";
    expect(
        &web,
        all,
        "failed status_unexpected header_mismatch body_mismatch json_mismatch",
    );
}

#[test]
fn what_is_sent_is_what_is_written() {
    let web = Web::start(|_, _| ok(""));
    let rule = format!(
        "url: {}, method: PUT, headers: {{ X-Token: \"${{DEPLOY_TOKEN}}\", accept: text/plain }}, body: '{{\"a\": 1}}'",
        web.url("/api?q=1")
    );
    let project = project(&rule);
    let call = project.call("run").env("DEPLOY_TOKEN", "t0ken-0f-mine");
    assert_eq!(judged(&project, call).0, "passed");
    let request = web.requests().remove(0);
    assert!(
        request.starts_with("PUT /api?q=1 HTTP/1.1\r\n"),
        "{request}"
    );
    for part in [
        "x-token: t0ken-0f-mine",
        "accept: text/plain",
        "\r\n\r\n{\"a\": 1}",
    ] {
        assert!(request.contains(part), "{request}");
    }
    assert!(request.contains("user-agent: tollgate/"), "{request}");
}

#[test]
fn an_endpoint_that_is_down_or_lies_is_failed() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for url in [
        format!("http://{nobody}/"),
        "http://nowhere.invalid/".to_owned(),
    ] {
        let project = project(&format!("url: {url}"));
        let (found, outcome) = judged(&project, project.call("run"));
        assert_eq!(found, "failed endpoint_unreachable");
        outcome.says("gave no answer: no connection");
    }
    for lie in [
        "",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    ] {
        let web = Web::start(move |_, _| Answer::Text(lie.to_owned()));
        expect(&web, "url: URL/", "failed endpoint_unreachable");
    }
    let web = Web::start(|_, _| ok("{\"status\": \"ok\""));
    expect(
        &web,
        "url: URL/, expect: { json: { status: ok } }",
        "failed json_mismatch",
    )
    .says("a body that is no JSON");
}

#[test]
fn an_endpoint_that_never_answers_is_failed_when_its_time_is_up() {
    let web = Web::start(|_, _| Answer::Nothing);
    expect(
        &web,
        "url: URL/, request-timeout: 200ms",
        "failed endpoint_unreachable",
    )
    .says("it took too long");
}

#[test]
fn a_check_whose_own_time_is_up_is_errored() {
    let web = Web::start(|_, _| Answer::Nothing);
    let project = Project::new(&format!(
        "pipeline:\n  lint: {{ checks: {{ it: {{ http: {{ url: {} }}, timeout: 300ms }} }} }}\n",
        web.url("/")
    ));
    let (found, _) = judged(&project, project.call("run"));
    assert_eq!(found, "errored timed_out");
}

#[test]
fn a_body_without_end_is_not_read_to_it() {
    let head = "HTTP/1.1 200 OK\r\nx-a: b\r\n\r\n";
    let web = Web::start(move |_, _| Answer::Endless(head.to_owned()));
    expect(&web, "url: URL/, expect: { header: { x-a: b } }", "passed");
    expect(
        &web,
        "url: URL/, expect: { body: x }",
        "failed body_mismatch",
    )
    .says("more than 4194304 bytes");
}

#[test]
fn of_several_requests_so_many_must_be_good() {
    let web = Web::start(|number, _| match number % 5 {
        0 => answer("503 Service Unavailable", "", ""),
        _ => ok(""),
    });
    expect(&web, "url: URL/, samples: 10", "failed status_unexpected")
        .says("2 of 10 requests: GET http://")
        .says("answered 503, not 2xx");
    expect(
        &web,
        "url: URL/, samples: 10, availability: 80%, p95: 10s",
        "passed",
    );
    expect(
        &web,
        "url: URL/, samples: 10, availability: 81%",
        "failed availability_low status_unexpected",
    )
    .says("availability is 80 % (8 of 10), at least 81 % is required");
}

#[test]
fn requests_without_an_answer_count_against_availability() {
    let web = Web::start(|number, _| match number % 4 {
        0 => Answer::Text(String::new()),
        _ => ok(""),
    });
    let rule = "url: URL/, samples: 4, availability: 90%";
    expect(&web, rule, "failed availability_low endpoint_unreachable");
    let down = Web::start(|_, _| Answer::Text(String::new()));
    expect(
        &down,
        "url: URL/, samples: 3, availability: 0%",
        "failed endpoint_unreachable",
    )
    .says("3 of 3 requests");
}

#[test]
fn a_stricter_number_is_heard_by_what_was_measured() {
    let web = Web::start(|number, _| match number {
        1 => answer("500 Oh", "", ""),
        _ => ok(""),
    });
    let policy = |least: &str| {
        let url = web.url("/");
        format!(
            "version: 1\nproject: shop\npipeline:\n  lint: {{ checks: {{ it: {{ http: {{ url: {url}, samples: 10, availability: {least} }} }} }} }}\n"
        )
    };
    let project = Project::empty();
    project.write(".github/tollgate.yml", &policy("90%"));
    project.write("strict.yml", &policy("99%"));
    project.commit("start");
    project.tollgate("run").expect(0);
    let strict = project.tollgate("status --format json --policy strict.yml");
    let status = strict.json();
    assert_eq!(codes(check(&status, "lint/it")), ["availability_low"]);
    assert_eq!(web.requests().len(), 10, "nothing was asked again");
}

#[test]
fn a_certificate_is_trusted_by_its_issuer_and_lasts_long_enough() {
    let (web, authority) = Web::start_tls(FAR, |_, _| ok(""));
    let trusted = |rule: &str, web: &Web, authority: &Path| {
        let project = project(&rule.replace("URL", &web.url("")));
        let call = project.call("run");
        judged(
            &project,
            call.env("SSL_CERT_FILE", authority.to_str().unwrap()),
        )
    };
    let long = "url: URL/, expect: { tls-days: 3650 }";
    assert_eq!(trusted(long, &web, authority.path()).0, "passed");
    let (found, outcome) = trusted(long, &web, Path::new("/dev/null"));
    assert_eq!(found, "failed endpoint_unreachable");
    outcome.says("UnknownIssuer");
    let tomorrow = jiff::Zoned::now()
        .date()
        .saturating_add(jiff::Span::new().days(3));
    let end = (
        i32::from(tomorrow.year()),
        u8::try_from(tomorrow.month()).unwrap(),
        u8::try_from(tomorrow.day()).unwrap(),
    );
    let (web, authority) = Web::start_tls(end, |_, _| ok(""));
    let (found, outcome) = trusted(
        "url: URL/, expect: { tls-days: 14 }",
        &web,
        authority.path(),
    );
    assert_eq!(found, "failed certificate_expiring");
    outcome.says("at least 14 are asked for");
    assert_eq!(trusted("url: URL/", &web, authority.path()).0, "passed");
    let (web, authority) = Web::start_tls((2020, 1, 1), |_, _| ok(""));
    let (found, outcome) = trusted("url: URL/", &web, authority.path());
    assert_eq!(found, "failed endpoint_unreachable");
    outcome.says("xpired");
}

#[test]
fn a_redirect_is_followed_where_that_is_wanted_and_safe() {
    let elsewhere = Web::start(|_, _| ok("elsewhere"));
    let there = elsewhere.url("/");
    let web = Web::start(move |_, request| match request.split(' ').nth(1) {
        Some("/own") => answer("302 Found", "location: /home\r\n", ""),
        Some("/away") => answer("302 Found", &format!("location: {there}\r\n"), ""),
        Some("/loop") => answer("302 Found", "location: /loop\r\n", ""),
        _ => ok("home"),
    });
    expect(&web, "url: URL/own", "failed status_unexpected").says("answered 302, not 2xx");
    expect(
        &web,
        "url: URL/own, expect: { status: 302, header: { location: home } }",
        "passed",
    );
    expect(
        &web,
        "url: URL/own, follow: true, expect: { body: home }",
        "passed",
    );
    expect(
        &web,
        "url: URL/away, follow: true, expect: { body: elsewhere }",
        "passed",
    );
    let asked = elsewhere.requests().len();
    let private = "follow: true, headers: { x-key: abcdef }";
    expect(
        &web,
        &format!("url: URL/away, {private}"),
        "failed status_unexpected",
    );
    assert_eq!(
        elsewhere.requests().len(),
        asked,
        "the key went nowhere else"
    );
    expect(&web, &format!("url: URL/own, {private}"), "passed");
    expect(
        &web,
        "url: URL/loop, follow: true",
        "failed endpoint_unreachable",
    );
    let (secure, authority) = Web::start_tls(FAR, {
        let plain = elsewhere.url("/");
        move |_, _| answer("302 Found", &format!("location: {plain}\r\n"), "")
    });
    let project = project(&format!("url: {}, follow: true", secure.url("/")));
    let authority = authority.path().to_str().unwrap();
    let (found, _) = judged(
        &project,
        project.call("run").env("SSL_CERT_FILE", authority),
    );
    assert_eq!(
        found, "failed status_unexpected",
        "never from https to http"
    );
}

#[test]
fn a_proxy_is_asked_and_its_faults_are_not_those_of_the_endpoint() {
    let through = |url: &str, variables: &[(&str, &str)]| {
        let project = project(&format!("url: {url}"));
        let call = variables
            .iter()
            .fold(project.call("run"), |call, (name, value)| {
                call.env(name, value)
            });
        judged(&project, call)
    };
    let proxy = Web::start(|_, _| ok(""));
    let (found, _) = through("http://shop.invalid/x", &[("HTTP_PROXY", &proxy.url(""))]);
    assert_eq!(found, "passed");
    assert!(proxy.requests()[0].starts_with("GET http://shop.invalid/x HTTP/1.1"));
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let down = format!("http://{nobody}");
    for variable in [
        ("HTTP_PROXY", "http://shop.invalid/"),
        ("HTTPS_PROXY", "https://shop.invalid/"),
    ] {
        let (found, outcome) = through(variable.1, &[(variable.0, &down)]);
        assert_eq!(found, "errored proxy_unreachable");
        outcome.says("NO_PROXY");
    }
    let closed = Web::start(|_, _| answer("407 Proxy Authentication Required", "", ""));
    for variable in [
        ("HTTP_PROXY", "http://shop.invalid/"),
        ("HTTPS_PROXY", "https://shop.invalid/"),
    ] {
        let (found, _) = through(variable.1, &[(variable.0, &closed.url(""))]);
        assert_eq!(found, "errored proxy_unreachable");
    }
    let web = Web::start(|_, _| ok(""));
    let past = [("HTTP_PROXY", &*down), ("NO_PROXY", "127.0.0.1")];
    assert_eq!(through(&web.url("/"), &past).0, "passed");
}

#[test]
fn no_secret_of_a_request_is_shown_or_kept() {
    let web = Web::start(|_, request| answer("500 Oh", "", request));
    let host = web.host();
    let rule = format!(
        "url: \"http://robin:${{PART}}@{host}/a?key=${{PART}}\", headers: {{ x-odd: \"${{PART}}\" }}, expect: {{ body: nothing, header: {{ a: b }} }}"
    );
    let project = project(&rule);
    let call = project.call("run -v").env("PART", "s3cretpart");
    let (found, outcome) = judged(&project, call);
    assert_eq!(
        found,
        "failed status_unexpected header_mismatch body_mismatch"
    );
    outcome.says(&format!("GET http://{host}/a answered 500"));
    assert!(web.requests()[0].contains("key=s3cretpart"));
    assert!(!outcome.all().contains("s3cretpart"), "{}", outcome.all());
    for file in files(&project.path(".tollgate")) {
        let bytes = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("s3cretpart"), "{}", file.display());
    }
}

#[test]
fn what_an_endpoint_says_of_people_is_masked() {
    let web = Web::start(|_, _| ok(r#"{"who": "robin@shop.example"}"#));
    let project = project(&format!(
        "url: {}, expect: {{ json: {{ who: x }} }}",
        web.url("/")
    ));
    let outcome = project.tollgate("run");
    outcome.expect(1).says("`who` is `[masked:email]`, not `x`");
    let ledger = project.tollgate("ledger log");
    assert!(!ledger.all().contains("robin@"), "{}", ledger.all());
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

#[test]
fn a_url_that_is_none_is_a_fault_of_the_policy() {
    let project = project("url: \"${APP_URL}\"");
    let call = project.call("run").env("APP_URL", "s3cret-nonsense");
    let outcome = call.run();
    outcome
        .expect(2)
        .says("`${APP_URL}` is no address of an endpoint");
    assert!(!outcome.all().contains("s3cret-nonsense"));
}

#[test]
fn no_step_can_stand_for_it() {
    let project = project("url: http://127.0.0.1:1/");
    let outcome = project.tollgate("record lint/it --outcome success");
    outcome
        .expect(2)
        .says("is a `http` check, which no step can stand for");
}
