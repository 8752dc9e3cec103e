//! Paths, parameters, bodies, responses and security.

use super::{breaks, check_operation, document, kinds};

#[track_caller]
fn check_paths(base: &str, current: &str, expect: &str) {
    let found = breaks(&document(base, ""), &document(current, ""));
    assert_eq!(kinds(&found), expect, "{base} to {current}: {found:#?}");
}

const OK: &str = "{responses: {200: {}}}";

#[test]
fn paths_and_methods() {
    let path = |path: &str, methods: &str| format!("{path}: {{{methods}}}");
    let get = format!("get: {OK}");
    let both = format!("get: {OK}, put: {OK}");
    check_paths(&path("/a", &get), &path("/a", &both), "");
    check_paths(&path("/a", &both), &path("/a", &get), "operation_removed");
    check_paths(&path("/a", &get), &path("/b", &get), "path_removed");
    check_paths(&path("'/a/{id}'", &get), &path("'/a/{x}'", &get), "");
    check_paths(&path("'/a/{id}'", &get), &path("/a", &get), "path_removed");
    check_paths("", &path("/a", &get), "");
}

#[test]
fn parameters() {
    let list = |items: &str| format!("parameters: [{items}]");
    let query = |more: &str| list(&format!("{{name: q, in: query{more}}}"));
    check_operation(&list(""), &query(""), "");
    check_operation(&list(""), &query(", required: true"), "parameter_added");
    check_operation(&query(""), &list(""), "parameter_removed");
    check_operation(&query(""), &query(", required: true"), "parameter_required");
    check_operation(&query(", required: true"), &query(""), "");
    check_operation(
        &query(", schema: {type: string}"),
        &query(", schema: {type: integer}"),
        "type_changed",
    );
    check_operation(
        &query(", schema: {type: integer}"),
        &query(", schema: {type: number}"),
        "",
    );
    check_operation(&query(""), &query(", style: form, explode: true"), "");
    check_operation(&query(""), &query(", explode: false"), "parameter_style");
    let header = |name: &str| list(&format!("{{name: {name}, in: header}}"));
    check_operation(&header("X-Id"), &header("x-id"), "");
    check_operation(&header("Authorization"), &list(""), "");
    check_operation(&query(""), &header("q"), "parameter_removed");
}

#[test]
fn parameters_of_a_path_have_places_and_no_names() {
    let of = |name: &str, schema: &str| {
        format!(
            "'/a/{{{name}}}': {{parameters: [{{name: {name}, in: path, required: true, schema: {schema}}}], get: {OK}}}"
        )
    };
    check_paths(
        &of("id", "{type: integer}"),
        &of("x", "{type: integer}"),
        "",
    );
    check_paths(
        &of("id", "{type: string}"),
        &of("x", "{type: integer}"),
        "type_changed",
    );
    let own = "'/a/{id}': {parameters: [{name: id, in: path, schema: {}}], get: {parameters: [{name: id, in: path, schema: {type: integer}}], responses: {200: {}}}}";
    check_paths(own, &of("x", "{type: integer}"), "");
}

#[test]
fn bodies() {
    let body =
        |more: &str, media: &str| format!("requestBody: {{content: {{{media}: {{}}}}{more}}}");
    let json = "application/json";
    check_operation("tags: []", &body("", json), "");
    check_operation("tags: []", &body(", required: true", json), "body_required");
    check_operation(&body("", json), "tags: []", "body_removed");
    check_operation(
        &body("", json),
        &body(", required: true", json),
        "body_required",
    );
    check_operation(&body(", required: true", json), &body("", json), "");
    check_operation(&body("", json), &body("", "text/xml"), "media_type_removed");
    check_operation(&body("", json), &body("", "'*/*'"), "");
    check_operation(&body("", "'*/*'"), &body("", json), "media_type_removed");
    let form = |encoding: &str| {
        format!("requestBody: {{content: {{multipart/form-data: {{encoding: {encoding}}}}}}}")
    };
    check_operation(
        &form("{a: {contentType: x/y}}"),
        &form("{a: {contentType: x/z}}"),
        "incomparable",
    );
}

#[test]
fn responses() {
    let of = |responses: &str| format!("/a: {{get: {{responses: {{{responses}}}}}}}");
    check_paths(&of("200: {}"), &of("200: {}, 404: {}"), "");
    check_paths(&of("200: {}"), &of("201: {}"), "response_removed");
    check_paths(&of("200: {}, 404: {}"), &of("200: {}"), "response_removed");
    check_paths(&of("200: {}"), &of("2XX: {}"), "");
    check_paths(
        &of("200: {content: {a/b: {}}}"),
        &of("default: {content: {a/b: {}}}"),
        "",
    );
    check_paths(
        &of("200: {content: {a/b: {}}}"),
        &of("200: {}"),
        "media_type_removed",
    );
    check_paths(
        &of("200: {content: {a/b: {}}}"),
        &of("200: {content: {a/b: {}, a/c: {}}}"),
        "",
    );
    check_paths(
        &of("200: {content: {'*/*': {}}}"),
        &of("200: {content: {a/b: {}}}"),
        "",
    );
    let header = |more: &str| of(&format!("200: {{headers: {{X-A: {{{more}}}}}}}"));
    check_paths(&header(""), &header("required: true"), "");
    check_paths(&header("required: true"), &header(""), "parameter_optional");
    check_paths(
        &header("schema: {type: integer}"),
        &header("schema: {type: number}"),
        "type_changed",
    );
    check_paths(&header(""), &of("200: {}"), "header_removed");
    check_paths(&of("200: {}"), &header("required: true"), "");
}

#[test]
fn security() {
    let components = "securitySchemes: {k: {type: apiKey, in: header, name: X-Key}, same: {type: apiKey, in: header, name: X-Key}, \
                      o: {type: oauth2, flows: {implicit: {authorizationUrl: 'https://a', scopes: {}}}}, b: {type: http, scheme: bearer}}";
    let check = |base: &str, current: &str, expect: &str| {
        let of = |security: &str| {
            document(
                &format!("/a: {{get: {{security: [{security}], responses: {{}}}}}}"),
                components,
            )
        };
        let found = breaks(&of(base), &of(current));
        assert_eq!(kinds(&found), expect, "{base} to {current}: {found:#?}");
    };
    check("", "", "");
    check("", "k: []", "security_added");
    check("", "{}, k: []", "");
    check("k: []", "", "");
    check("k: []", "same: []", "");
    check("k: []", "b: []", "security_added");
    check("k: []", "b: [], k: []", "");
    check("k: []", "{b: [], k: []}", "security_added");
    check("{b: [], k: []}", "k: []", "");
    check("o: [read]", "o: [read, write]", "security_added");
    check("o: [read, write]", "o: [read]", "");
    check("{}, k: []", "k: []", "security_added");
    let whole = |security: &str| {
        format!(
            "{{openapi: 3.1.0, components: {{{components}}}, security: [{security}], paths: {{/a: {{get: {OK}}}}}}}"
        )
    };
    assert_eq!(
        kinds(&breaks(&whole(""), &whole("k: []"))),
        "security_added"
    );
}

#[test]
fn what_the_server_calls_is_turned_around() {
    let webhook = |schema: &str| {
        let body = format!("{{content: {{a/b: {{schema: {schema}}}}}, required: true}}");
        format!(
            "{{openapi: 3.1.0, webhooks: {{paid: {{post: {{requestBody: {body}, responses: {{200: {{}}}}}}}}}}}}"
        )
    };
    let check = |base: &str, current: &str, expect: &str| {
        assert_eq!(
            kinds(&breaks(&webhook(base), &webhook(current))),
            expect,
            "{base} to {current}"
        );
    };
    check("{type: integer}", "{type: number}", "type_changed");
    check("{type: number}", "{type: integer}", "");
    let callback =
        |methods: &str| format!("callbacks: {{paid: {{'{{$request.body#/url}}': {{{methods}}}}}}}");
    check_operation(
        &callback(&format!("post: {OK}")),
        &callback(&format!("put: {OK}")),
        "operation_removed",
    );
    check_operation(
        &callback(&format!("post: {OK}")),
        "tags: []",
        "path_removed",
    );
}
