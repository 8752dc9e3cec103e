//! GitHub's own description of its REST API (npm `@octokit/openapi`), and whether requests and
//! answers are as it says. Schemas are compiled when an operation is first used, once a process.

mod paths;
mod schemas;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::lock;
use paths::Paths;
use schemas::{Strictness, translated};

/// Where the set-up puts it, from the root of the project.
const PLACE: &str = "target/tools/github/api.github.com.json";

/// What GitHub answers on every route, though the description seldom says so. The bodies have one
/// form.
const EVERYWHERE: [u16; 6] = [400, 401, 403, 404, 422, 429];

/// The description as a whole.
pub(super) struct Description {
    document: Value,
    paths: Paths,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// A request.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
}

/// What the description says of a request.
pub(super) struct Described {
    /// Why GitHub would not take it.
    pub(super) problems: Vec<String>,
    operation: Option<Operation>,
}

/// One method of one path.
struct Operation {
    description: &'static Description,
    /// `get /repos/{owner}/{repo}`.
    name: String,
    content: &'static Value,
}

static DESCRIPTION: LazyLock<Result<Description, String>> = LazyLock::new(Description::read);

/// The description, or how to get it.
pub(super) fn description() -> &'static Result<Description, String> {
    &DESCRIPTION
}

impl Description {
    fn read() -> Result<Self, String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PLACE);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            format!(
                "{PLACE}, GitHub's description of its API, can't be read ({error}); \
                 run: scripts/test-tools.sh target/tools"
            )
        })?;
        let document: Value =
            serde_json::from_str(&text).map_err(|error| format!("{PLACE}: {error}"))?;
        Ok(Self {
            paths: Paths::of(&document),
            document,
            validators: Mutex::default(),
        })
    }

    /// Holds a request to the description.
    pub(super) fn request(&'static self, asked: &Asked<'_>) -> Described {
        let method = asked.method.to_lowercase();
        let found = self.paths.find(asked.path, |template| {
            self.document["paths"][template].get(&method)
        });
        let Some((template, content, values)) = found else {
            return Described {
                problems: vec!["GitHub has no such endpoint".to_owned()],
                operation: None,
            };
        };
        let operation = Operation {
            description: self,
            name: format!("{method} {template}"),
            content,
        };
        let mut problems = operation.parameter_problems(asked.query, &values);
        problems.extend(operation.body_problems(asked.body));
        Described {
            problems,
            operation: Some(operation),
        }
    }

    /// The thing itself, where `value` refers to it.
    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                let pointer = reference.trim_start_matches('#');
                self.document.pointer(pointer).unwrap()
            }
            None => value,
        }
    }

    /// What is wrong with an instance of a schema; `key` names the schema.
    fn problems(&self, key: String, schema: (&Value, Strictness), instance: &Value) -> Vec<String> {
        let mut validators = lock(&self.validators);
        let validator = validators.entry(key).or_insert_with(|| {
            let schema = translated(schema.0, &self.document["components"]["schemas"], schema.1);
            let options = jsonschema::draft202012::options().should_validate_formats(true);
            Arc::new(options.build(&schema).unwrap())
        });
        let validator = Arc::clone(validator);
        drop(validators);
        let errors = validator.iter_errors(instance);
        errors
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }
}

impl Described {
    /// What is wrong with the answer to the request.
    pub(super) fn answer(&self, status: u16, body: &[u8]) -> Vec<String> {
        match &self.operation {
            Some(operation) => operation.answer_problems(status, body),
            None => Vec::new(),
        }
    }
}

impl Operation {
    fn parameter_problems(&self, query: &str, in_path: &BTreeMap<String, String>) -> Vec<String> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(
            &format!("/?{query}").parse().unwrap(),
        );
        let pairs = pairs.map(|pairs| pairs.0).unwrap_or_default();
        let mut problems = Vec::new();
        for (name, value) in &pairs {
            match self.parameter("query", name) {
                Some(parameter) => problems.extend(self.value_problems(parameter, value)),
                None => problems.push(format!("GitHub knows no query parameter `{name}` here")),
            }
        }
        for (name, value) in in_path {
            let parameter = self.parameter("path", name).unwrap();
            problems.extend(self.value_problems(parameter, value));
        }
        problems
    }

    fn parameter(&self, place: &str, name: &str) -> Option<&'static Value> {
        let parameters = self.content["parameters"].as_array()?.iter();
        parameters
            .map(|parameter| self.description.resolved(parameter))
            .find(|parameter| parameter["in"] == place && parameter["name"] == name)
    }

    fn value_problems(&self, parameter: &'static Value, value: &str) -> Vec<String> {
        let (name, schema) = (&parameter["name"], &parameter["schema"]);
        let is_text = schema["type"] == "string";
        let read = if is_text {
            None
        } else {
            serde_json::from_str(value).ok()
        };
        let instance = read.unwrap_or_else(|| json!(value));
        let key = format!("{} {} {name}", self.name, parameter["in"]);
        let problems = self
            .description
            .problems(key, (schema, Strictness::Known), &instance);
        let named = problems.into_iter();
        named.map(|problem| format!("{name}{problem}")).collect()
    }

    fn body_problems(&self, body: &[u8]) -> Vec<String> {
        let described = self.description.resolved(&self.content["requestBody"]);
        let schema = &described["content"]["application/json"]["schema"];
        if body.is_empty() {
            let is_needed = described["required"] == true;
            return is_needed
                .then(|| "it needs a body".to_owned())
                .into_iter()
                .collect();
        }
        if schema.is_null() {
            return vec!["GitHub takes no body here".to_owned()];
        }
        let key = format!("{} body", self.name);
        let schema = (schema, Strictness::Known);
        match serde_json::from_slice(body) {
            Ok(instance) => self.description.problems(key, schema, &instance),
            Err(error) => vec![format!("its body is no JSON: {error}")],
        }
    }

    fn answer_problems(&self, status: u16, body: &[u8]) -> Vec<String> {
        let mut described = &self.content["responses"][status.to_string()];
        if described.is_null() && EVERYWHERE.contains(&status) {
            described = match status {
                422 => &self.description.document["components"]["responses"]["validation_failed"],
                _ => &self.description.document["components"]["responses"]["forbidden"],
            };
        }
        if described.is_null() {
            return vec![format!("GitHub never answers {status} here")];
        }
        let described = self.description.resolved(described);
        let schema = &described["content"]["application/json"]["schema"];
        if schema.is_null() {
            return Vec::new();
        }
        let key = format!("{} {status}", self.name);
        let schema = (schema, Strictness::Open);
        match serde_json::from_slice(body) {
            Ok(instance) => self.description.problems(key, schema, &instance),
            Err(error) => vec![format!("its body is no JSON: {error}")],
        }
    }
}

#[test]
fn what_github_does_not_know_is_found() {
    let description = description().as_ref().unwrap();
    let problems = |method: &str, path: &str, query: &str, body: &str| {
        let body = body.as_bytes();
        let asked = Asked {
            method,
            path,
            query,
            body,
        };
        description.request(&asked).problems.join("; ")
    };
    let runs = "/repos/a/b/check-runs";
    let sha = "1".repeat(40);
    let good = format!(r#"{{"name": "x", "head_sha": "{sha}"}}"#);
    assert_eq!(problems("POST", runs, "", &good), "");
    assert_eq!(problems("GET", "/repos/a/b/git/ref/tags/x/y", "", ""), "");
    for (method, path, query, body, expect) in [
        ("GET", "/repos/a/b/verdicts", "", "", "no such endpoint"),
        ("DELETE", runs, "", "", "no such endpoint"),
        (
            "GET",
            "/repos/a/b/environments",
            "pages=2",
            "",
            "no query parameter `pages`",
        ),
        (
            "GET",
            "/repos/a/b/environments",
            "page=two",
            "",
            "not of type",
        ),
        ("GET", "/repos/a/b/actions/runs/x", "", "", "not of type"),
        ("GET", "/repos/a/b", "", "{}", "takes no body"),
        ("POST", runs, "", "", "needs a body"),
        ("POST", runs, "", "{", "no JSON"),
        ("POST", runs, "", r#"{"name": "x"}"#, "head_sha"),
        ("POST", runs, "", &good.replace("name", "nam"), "nam"),
        (
            "POST",
            runs,
            "",
            &good.replace('}', r#", "externalid": "x"}"#),
            "externalid",
        ),
        (
            "POST",
            runs,
            "",
            &good.replace('}', r#", "conclusion": "fine"}"#),
            "fine",
        ),
        (
            "POST",
            runs,
            "",
            &good.replace('}', r#", "started_at": "today"}"#),
            "today",
        ),
    ] {
        let found = problems(method, path, query, body);
        assert!(found.contains(expect), "{method} {path}: {found}");
    }
}

#[test]
fn an_answer_that_github_never_gives_is_found() {
    let description = description().as_ref().unwrap();
    let asked = Asked {
        method: "GET",
        path: "/repos/a/b/actions/artifacts/1",
        query: "",
        body: b"",
    };
    let described = description.request(&asked);
    let mut artifact = json!({
        "id": 1, "node_id": "x", "name": "x", "size_in_bytes": 1, "url": "x",
        "archive_download_url": "x", "expired": false, "created_at": null, "expires_at": null,
        "updated_at": null,
    });
    let answer = |status, body: &Value| {
        let problems = described.answer(status, body.to_string().as_bytes());
        problems.join("; ")
    };
    assert_eq!(answer(200, &artifact), "");
    assert_eq!(answer(404, &json!({"message": "Not Found"})), "");
    assert!(answer(404, &json!({"message": 1})).contains("/message"));
    assert!(answer(201, &artifact).contains("never answers 201"));
    artifact["expired"] = Value::Null;
    assert!(answer(200, &artifact).contains("/expired"));
}
