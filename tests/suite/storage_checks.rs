//! `storage` against a real store that speaks S3, one that speaks as Supabase does, and liars.

use std::path::Path;

use serde_json::{Value, json};

use crate::project::{Call, Outcome, Project, check, codes};
use crate::s3;
use crate::web::{Answer, Web, answer, ok};

fn project(rule: &str) -> Project {
    Project::new(&format!(
        "pipeline:\n  lint: {{ checks: {{ it: {{ storage: {{ url-from: STORAGE_URL, {rule} }} }} }} }}\n"
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

#[track_caller]
fn expect(rule: &str, url: &str, expect: &str) -> Outcome {
    let project = project(rule);
    let (found, outcome) = judged(&project, project.call("run").env("STORAGE_URL", url));
    assert_eq!(found, expect, "{rule}\n{}", outcome.all());
    assert!(!outcome.all().contains("s3cret"), "{}", outcome.all());
    outcome
}

#[test]
fn buckets_and_objects_of_an_s3_are_there_or_not() {
    let odd = "legal/terms & conditions+ü (1).pdf";
    s3::bucket("uploads", &["health.txt", "health.txt.old", odd]);
    s3::bucket("empty", &[]);
    expect("buckets: [uploads, empty]", &s3::url(), "passed");
    let object = |key: &str| format!("objects: {{ uploads: [\"{key}\"] }}");
    for key in ["health.txt", odd] {
        expect(&object(key), &s3::url(), "passed");
    }
    for key in ["health", "Health.txt", "legal", "nothing"] {
        expect(&object(key), &s3::url(), "failed object_missing");
    }
    expect(
        "buckets: [uploads, lost]",
        &s3::url(),
        "failed bucket_missing",
    )
    .says("does not have the bucket `lost`");
    let all = "buckets: lost, objects: { uploads: [a, health.txt], gone: [b] }";
    expect(
        all,
        &s3::url(),
        "failed bucket_missing object_missing bucket_missing",
    );
}

#[test]
fn keys_and_region_come_from_the_environment_too() {
    s3::bucket("region", &[]);
    let project = project("buckets: region");
    let with = |variables: &[(&str, &str)]| {
        let url = format!("http://{}", s3::host());
        let call = project.call("run --force").env("STORAGE_URL", &url);
        let call = variables
            .iter()
            .fold(call, |call, (name, value)| call.env(name, value));
        judged(&project, call).0
    };
    let keys = [
        ("AWS_ACCESS_KEY_ID", s3::KEY),
        ("AWS_SECRET_ACCESS_KEY", s3::SECRET),
    ];
    assert_eq!(with(&keys), "passed");
    assert_eq!(
        with(&[keys[0], keys[1], ("AWS_REGION", "eu-west-1")]),
        "passed"
    );
    assert_eq!(with(&[]), "errored not_started");
    let region = format!("{}/?region=ap-south-1", s3::url());
    expect("buckets: region", &region, "passed");
}

#[test]
fn a_key_that_is_wrong_is_errored() {
    s3::bucket("closed", &[]);
    let wrong = s3::url().replace(s3::SECRET_IN_URL, "an0ther-s3cret");
    expect("buckets: closed", &wrong, "errored storage_unreachable")
        .says("SignatureDoesNotMatch")
        .says("does not let us look for the bucket `closed`");
    let unknown = s3::url().replace(s3::KEY, "NOBODY");
    expect("buckets: closed", &unknown, "errored storage_unreachable");
}

#[test]
fn a_signature_is_made_for_the_host_through_a_proxy_and_under_a_path() {
    let web = Web::start(|_, _| ok("<ListBucketResult/>"));
    let project = project("buckets: uploads");
    let call = project
        .call("run")
        .env(
            "STORAGE_URL",
            "http://k:s3cret@store.invalid/storage/v1/s3?region=eu-west-1",
        )
        .env("HTTP_PROXY", &web.url(""));
    assert_eq!(judged(&project, call).0, "passed");
    let request = web.requests().remove(0);
    let path = "GET http://store.invalid/storage/v1/s3/uploads/?X-Amz-Algorithm=AWS4-HMAC-SHA256";
    assert!(request.starts_with(path), "{request}");
    for part in [
        "%2Feu-west-1%2Fs3%2Faws4_request",
        "list-type=2&max-keys=1",
        "host: store.invalid",
    ] {
        assert!(request.contains(part), "{request}");
    }
    assert!(
        !request.contains("s3cret"),
        "a secret signs and is not sent"
    );
}

#[test]
fn tls_is_checked() {
    let (web, authority) = Web::start_tls((2999, 1, 1), |_, _| ok("<ListBucketResult/>"));
    let project = project("buckets: uploads");
    let url = web.url("").replace("https://", "https://k:s3cret@");
    let with = |authority: &Path| {
        let call = project.call("run --force").env("STORAGE_URL", &url);
        judged(
            &project,
            call.env("SSL_CERT_FILE", authority.to_str().unwrap()),
        )
    };
    assert_eq!(with(authority.path()).0, "passed");
    let (found, outcome) = with(Path::new("/dev/null"));
    assert_eq!(found, "errored storage_unreachable");
    outcome.says("UnknownIssuer");
}

#[test]
fn a_store_that_lies_is_errored() {
    let listing = "<ListBucketResult>";
    let lies = [
        ok("<html><body>Welcome</body></html>"),
        ok(listing),
        ok("<!DOCTYPE a [<!ENTITY b \"c\">]><ListBucketResult/>"),
        ok(&"<a>".repeat(100_000)),
        ok("\u{0}"),
        answer("404 Not Found", "", "<html>nothing here</html>"),
        answer("204 No Content", "", ""),
        answer("301 Moved", "location: http://127.0.0.1:1/\r\n", ""),
        answer(
            "403 Forbidden",
            "",
            "<Error><Code>AccessDenied</Code><Message>s3cret</Message></Error>",
        ),
    ];
    for lie in lies {
        let Answer::Text(lie) = lie else {
            unreachable!()
        };
        let web = Web::start(move |_, _| Answer::Text(lie.clone()));
        let url = web.url("").replace("http://", "http://key:s3cret@");
        expect("buckets: uploads", &url, "errored storage_unreachable");
        assert_eq!(web.requests().len(), 1, "it is not asked again");
    }
}

#[test]
fn a_store_that_breaks_off_is_asked_again() {
    let web = Web::start(|number, _| match number {
        1 => answer("503 Slow Down", "", ""),
        2 => Answer::Text("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<List".to_owned()),
        _ => ok("<ListBucketResult></ListBucketResult>"),
    });
    let url = |web: &Web| web.url("").replace("http://", "http://key:s3cret@");
    expect("buckets: uploads", &url(&web), "passed");
    let endless = "HTTP/1.1 200 OK\r\n\r\n<ListBucketResult>";
    let web = Web::start(move |_, _| Answer::Endless(endless.to_owned()));
    expect(
        "buckets: uploads",
        &url(&web),
        "errored storage_unreachable",
    )
    .says("longer than");
    let down = "http://key:s3cret@127.0.0.1:1";
    expect("buckets: uploads", down, "errored storage_unreachable").says("no connection");
}

#[test]
fn a_store_that_never_answers_ends_with_the_check() {
    let web = Web::start(|_, _| Answer::Nothing);
    let project = Project::new(
        "pipeline:\n  lint: { checks: { it: { storage: { url-from: STORAGE_URL, buckets: a }, timeout: 1s } } }\n",
    );
    let url = web.url("").replace("http://", "http://key:s3cret@");
    let call = project.call("run").env("STORAGE_URL", &url);
    assert_eq!(judged(&project, call).0, "errored timed_out");
}

#[test]
fn a_url_that_is_missing_or_none_is_told_without_showing_it() {
    expect("buckets: a", "", "errored variable_missing").says("`STORAGE_URL` is not set");
    for url in [
        "s3cret",
        "s3://key:s3cret@h",
        "https://s3cret@h",
        "supabase+http://:s3cret@h.example",
    ] {
        expect("buckets: a", url, "errored not_started");
    }
}

/// What Supabase's storage answers, for the key `k3y`: a bucket `uploads` with
/// `health.txt` and, in a folder, `terms.pdf`.
fn supabase(request: &str) -> Answer {
    let fault = |status: &str, within: &str, error: &str| {
        let body = json!({"statusCode": within, "error": error, "message": error});
        answer(status, "", &body.to_string())
    };
    if !request.contains("\r\nauthorization: Bearer k3y-of-s3cret\r\n") {
        return fault("400 Bad Request", "403", "Invalid Compact JWS");
    }
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut words = head.split(' ');
    match (words.next().unwrap(), words.next().unwrap()) {
        ("GET", "/storage/v1/bucket/uploads") => ok("{\"id\": \"uploads\", \"public\": false}"),
        ("GET", _) => fault("400 Bad Request", "404", "Bucket not found"),
        ("POST", "/storage/v1/object/list/uploads") => {
            let query: Value = serde_json::from_str(body).unwrap();
            let entry = |name: &str| json!({"name": name, "id": "a-b-c"});
            let folder = json!({"name": "legal", "id": null});
            let listed = match query["prefix"].as_str().unwrap() {
                "" => json!([entry("health.txt"), folder]),
                "legal" => json!([entry("terms.pdf")]),
                _ => json!([]),
            };
            ok(&listed.to_string())
        }
        _ => ok("[]"), // so it is of a bucket that does not exist
    }
}

#[test]
fn buckets_and_objects_of_supabase_are_there_or_not() {
    let web = Web::start(|_, request| supabase(request));
    let url = format!("supabase+http://:k3y-of-s3cret@{}", web.host());
    expect(
        "buckets: uploads, objects: { uploads: [health.txt, legal/terms.pdf] }",
        &url,
        "passed",
    );
    expect("buckets: lost", &url, "failed bucket_missing");
    for key in ["health", "legal", "legal/health.txt", "terms.pdf"] {
        expect(
            &format!("objects: {{ uploads: {key} }}"),
            &url,
            "failed object_missing",
        );
    }
    let wrong = url.replace("k3y-of", "other");
    expect("buckets: uploads", &wrong, "errored storage_unreachable").says("Invalid Compact JWS");
    let project = project("buckets: uploads");
    let call = project
        .call("run")
        .env("STORAGE_URL", &format!("supabase+{}", web.url("")))
        .env("SUPABASE_KEY", "k3y-of-s3cret");
    assert_eq!(judged(&project, call).0, "passed");
}

#[test]
fn a_supabase_that_lies_is_errored() {
    for lie in ["<html/>", "{}", "[]", "null", "{\"id\": \"uploads\"}"] {
        let web = Web::start(move |_, _| ok(lie));
        let url = format!("supabase+http://:k3y-of-s3cret@{}", web.host());
        expect("buckets: uploads", &url, "errored storage_unreachable");
    }
}
