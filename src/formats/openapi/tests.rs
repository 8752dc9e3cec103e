//! What is read, and what is refused.

use super::*;
use crate::domain::quality::contract::{Access, Caller, Types};

const HEAD: &str = "openapi: 3.1.0\n";

/// What is wrong with a document, or nothing.
#[track_caller]
fn check(text: &str, expect: &str) {
    let found = read(text).err().map(|error| error.to_string());
    let found = found.unwrap_or_default();
    assert!(
        found.starts_with(expect) && (found.is_empty() == expect.is_empty()),
        "{text}\nfound {found:?}\nexpected {expect:?}"
    );
}

/// The same of a schema that a response has.
#[track_caller]
fn check_schema(schema: &str, expect: &str) {
    let of = "paths: {/a: {get: {responses: {200: {content: {a/b: {schema: S}}}}}}}\n";
    check(&format!("{HEAD}{}", of.replace('S', schema)), expect);
}

#[test]
fn only_documents_of_the_known_versions_are_read() {
    check("openapi: 3.0.4\npaths: {}", "");
    check("openapi: 3.1.1\nwebhooks: {}", "");
    check("openapi: '3.0'\npaths: {}", "");
    check("{\"openapi\": \"3.0.0\", \"paths\": {}}", "");
    check("\u{feff}openapi: 3.0.0\npaths: {}", "");
    check("openapi: 3.0.0", "line 1: it has no `paths`");
    check(
        "openapi: 3.2.0\npaths: {}",
        "line 1: it is OpenAPI `3.2.0`, and 3.0 or 3.1 was expected",
    );
    check(
        "openapi: 3.10.0\npaths: {}",
        "line 1: it is OpenAPI `3.10.0`",
    );
    check(
        "info: {}\nswagger: '2.0'",
        "line 2: it is Swagger 2.0, and OpenAPI 3.0 or 3.1 was expected",
    );
    check("", "line 1: it has no `openapi`");
    check("[1]", "line 1: it has no `openapi`");
    check("{\"openapi\": \"3.0.0\",\n]", "line 2: not JSON");
    check("a: [", "line 1: not YAML");
}

#[test]
fn what_the_specification_does_not_allow_is_refused_with_its_line() {
    for (text, expect) in [
        ("paths: []", "line 2: `paths` must be a map"),
        (
            "paths:\n  a: {}",
            "line 3: `a` is no path, which begins with `/`",
        ),
        ("paths:\n  /a: {}\n  /a: {}", "line 4: `/a` is there twice"),
        (&format!("{}: 1", "k".repeat(1001)), "line 2: the key `kkkk"),
        (
            "paths:\n  /a/{b}: {}\n  /a/{c}: {}",
            "line 4: `/a/{c}` is the same path as `/a/{b}`",
        ),
        (
            "paths:\n  /a:\n    fetch: {}",
            "line 4: `fetch` is no method that is known",
        ),
        (
            "paths:\n  /a: {get: 1}",
            "line 3: an operation must be a map",
        ),
        (
            "paths:\n  /a: {get: {parameters: {}}}",
            "line 3: `parameters` must be a list",
        ),
        (
            "paths:\n  /a: {get: {parameters: [{in: query}]}}",
            "line 3: a parameter has no `name`",
        ),
        (
            "paths:\n  /a: {get: {parameters: [{name: a, in: body}]}}",
            "line 3: `body` is no place",
        ),
        (
            "paths:\n  /a: {get: {parameters: [{name: a, in: query}, {name: a, in: query}]}}",
            "line 3: the parameter `a in query` is there twice",
        ),
        (
            "paths:\n  /a: {get: {requestBody: {required: yes}}}",
            "line 3: `required` must be",
        ),
        (
            "paths:\n  /a: {get: {responses: {ok: {}}}}",
            "line 3: `ok` is no status, range",
        ),
        (
            "paths:\n  /a: {get: {security: [k: []]}}",
            "line 3: no security scheme is called `k`",
        ),
        (
            "paths:\n  /a: {$ref: '#/x', get: {}}",
            "line 3: `get` beside a `$ref` of a path",
        ),
        (
            "x: &x {a: 1}\npaths: {<<: *x}",
            "line 3: a merge key (`<<`) can't be read",
        ),
    ] {
        check(&format!("{HEAD}{text}"), expect);
    }
    for (schema, expect) in [
        ("1", "line 2: a schema must be a map"),
        ("{type: text}", "line 2: `text` is no type of JSON Schema"),
        (
            "{required: true}",
            "line 2: `required` of a schema must be a list",
        ),
        ("{maximum: '5'}", "line 2: `maximum` must be a number"),
        ("{multipleOf: 0}", "line 2: `multipleOf` must be above 0"),
        ("{readOnly: maybe}", "line 2: `readOnly` must be"),
        ("{allOf: {}}", "line 2: a list of schemas must be a list"),
        (
            "{$id: 'https://a'}",
            "line 2: a schema with a `$id` can't be read",
        ),
        (
            "{discriminator: {}}",
            "line 2: `discriminator` has no `propertyName`",
        ),
    ] {
        check_schema(schema, expect);
    }
}

#[test]
fn references_lead_within_the_document() {
    for (text, expect) in [
        (
            "other.yaml#/A",
            "line 2: `$ref: other.yaml#/A` leads out of the file; bundle",
        ),
        (
            "https://a/b.yaml",
            "line 2: `$ref: https://a/b.yaml` leads out of the file",
        ),
        (
            "#/components/schemas/A",
            "line 2: `$ref` leads to `#/components/schemas/A`, which is not",
        ),
        (
            "#anchor",
            "line 2: `$ref` leads to `#anchor`, which is not there",
        ),
        (
            "#/openapi/x",
            "line 2: `$ref` leads to `#/openapi/x`, which is not there",
        ),
    ] {
        check_schema(&format!("{{$ref: '{text}'}}"), expect);
    }
    let around = "components: {responses: {A: {$ref: '#/components/responses/A'}}}\npaths:\n  /a: {get: {responses: {200: {$ref: '#/components/responses/A'}}}}";
    check(
        &format!("{HEAD}{around}"),
        "line 4: its `$ref` leads to itself",
    );
    let unused = "components: {schemas: {A: {$ref: other.yaml}}}\npaths: {}";
    check(&format!("{HEAD}{unused}"), "");
    let escaped = "components: {schemas: {a/b~c d: {type: string}}}\npaths:\n  /a: {get: {responses: {200: {content: {x/y: {schema: {$ref: '#/components/schemas/a~1b~0c%20d'}}}}}}}";
    check(&format!("{HEAD}{escaped}"), "");
}

/// The schema of a response, in a version.
fn schema(version: &str, schema: &str) -> Schema {
    let text = format!(
        "openapi: {version}\npaths: {{/a: {{get: {{responses: {{200: {{content: {{a/b: {{schema: {schema}}}}}}}}}}}}}}}"
    );
    read(&text).unwrap().schemas[0].clone()
}

#[test]
fn both_dialects_of_json_schema_say_the_same() {
    let types = |version, text| schema(version, text).types;
    assert_eq!(
        types("3.0.0", "{type: string, nullable: true}"),
        types("3.1.0", "{type: [string, 'null']}")
    );
    assert_eq!(
        types("3.1.0", "{type: string, nullable: true}"),
        Types::STRING
    );
    assert_eq!(
        types("3.1.0", "{type: [string, null]}"),
        Types::STRING.or(Types::NULL)
    );
    let limits = |version, text| schema(version, text).limits;
    assert_eq!(
        limits("3.0.0", "{minimum: 1, exclusiveMinimum: true}"),
        limits("3.1.0", "{exclusiveMinimum: 1}")
    );
    assert_eq!(
        limits("3.0.0", "{exclusiveMaximum: false, maximum: 1}"),
        limits("3.1.0", "{maximum: 1, exclusiveMaximum: 2}")
    );
    assert_eq!(
        schema("3.1.0", "{writeOnly: true}").access,
        Access::WriteOnly
    );
}

#[test]
fn callbacks_and_webhooks_are_called_by_the_server() {
    let text = "openapi: 3.1.0
webhooks: { paid: { post: {} } }
paths:
  /a:
    post:
      callbacks:
        done: { '{$request.body#/url}': { put: {} } }
";
    let api = read(text).unwrap();
    let told: Vec<_> = api
        .paths
        .iter()
        .map(|it| (it.shown.as_str(), it.caller))
        .collect();
    let expect = [
        ("POST /a callback done", Caller::Server),
        ("/a", Caller::Client),
        ("webhook paid", Caller::Server),
    ];
    assert_eq!(told, expect);
    assert_eq!(api.operations(), 3);
}

#[test]
fn a_short_document_that_says_a_lot_is_refused() {
    let bomb = (0..40).fold("a0: &a0 {type: string}\n".to_owned(), |text, n| {
        format!(
            "{text}a{0}: &a{0} {{allOf: [*a{n}, *a{n}, *a{n}]}}\n",
            n + 1
        )
    });
    let paths = "paths: {/a: {get: {responses: {200: {content: {a/b: {schema: *a40}}}}}}}\n";
    let error = read(&format!("{HEAD}{bomb}{paths}")).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("it has more schemas than can be read"),
        "{error}"
    );
}
