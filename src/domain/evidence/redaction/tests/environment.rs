//! Which variables hold secrets.

use crate::domain::evidence::redaction::secret_values;

#[track_caller]
fn secret(name: &str, value: &str) {
    assert_eq!(
        secret_values([(name, value)].into_iter()),
        [value],
        "{name}"
    );
}

#[track_caller]
fn open(name: &str, value: &str) {
    let found = secret_values([(name, value)].into_iter());
    assert_eq!(found, [""; 0], "{name}={value}");
}

#[test]
fn names_that_say_so() {
    secret("GITHUB_TOKEN", "ghs_abcdef");
    secret("CLIENT_SECRET", "abcdef");
    secret("DB_PASSWORD", "abcdef");
    secret("PGPASSWORD", "abcdef");
    secret("DB_PASSWD", "abcdef");
    secret("GPG_PASSPHRASE", "abc def");
    secret("STRIPE_API_KEY", "abcdef");
    secret("APIKEY", "abcdef");
    secret("APP_PRIVATE_KEY", "-----BEGIN\nabc");
    secret("AWS_ACCESS_KEY_ID", "AKIAABCDEF");
    secret("GOOGLE_CREDENTIALS", "{\"a\": 1}");
    secret("DB_CREDENTIALS", "user:abc");
    secret("NPM_AUTH", "abcdef");
    secret("HTTP_AUTHORIZATION", "Bearer abc");
    secret("COSIGN_SIGNING_KEY", "abcdef");
    secret("GH_PAT", "abcdef");
    secret("SUPABASE_KEY", "abcdef");
    secret("MYSQL_PWD", "abcdef");
    secret(
        "SLACK_WEBHOOK_URL",
        "https://hooks.example.com/services/T0/B0/x",
    );
    secret("npm_config__authToken", "abcdef");
    secret("DB_PASSWORD", "123456");
    secret("SERVICE_TOKEN", "/9j+abc/def==");
    secret("SECRET_URL", "https://host.example/?sig=abc");
    secret("TOKEN_FILE", "a$b{c}");
}

#[test]
fn names_that_do_not() {
    open("HOME", "/home/alice");
    open("PWD", "/home/alice/work");
    open("SSH_AUTH_SOCK", "/tmp/ssh-abc/agent.1");
    open("GIT_AUTHOR_NAME", "Alice Example");
    open("CERT_AUTHORITY", "example-ca");
    open("APP_PUBLIC_KEY", "abcdef");
    open("CACHE_KEY", "linux-abcdef");
    open("MAX_TOKENS", "128000");
    open("TOKENIZERS_PARALLELISM", "maybe-so");
    open("AUTH_METHOD", "password");
    open("PATTERN", "abcdef");
    open("COMPATIBILITY", "abcdef");
    open("KEYBOARD", "abcdef");
}

#[test]
fn values_that_are_none() {
    open("TOKEN", "");
    open("TOKEN", "abcde");
    open("AUTH", "false");
    open("AUTH", "none");
    open("AUTH", "Disabled");
    open("TOKEN", "undefined");
    open("PASSWORD", "1234");
    open("TOKENS", "0");
    open("PASSWORD_FILE", "/run/secrets/db");
    open("TOKEN_PATH", "secrets/token.txt");
    open("GOOGLE_APPLICATION_CREDENTIALS", "/work/gha-creds-1.json");
    open("CREDENTIALS_DIRECTORY", "/run/credentials/x");
    open("OAUTH_DIR", r"C:\secrets\oauth");
    open("NEXTAUTH_URL", "http://localhost:3000");
    open("AUTH0_DOMAIN", "shop.eu.auth0.example");
}

#[test]
fn passwords_in_urls() {
    let found = |value| secret_values([("DATABASE_URL", value)].into_iter());
    assert_eq!(found("postgres://app:s3cr@db/x"), ["s3cr"]);
    assert_eq!(
        found("postgres://app:a%40b%2Fc@db/x"),
        ["a%40b%2Fc", "a@b/c"]
    );
    assert_eq!(found("postgres://app:pa/ss@db/x"), ["pa/ss"]);
    assert_eq!(found("redis://:hunter22@cache:6379"), ["hunter22"]);
    assert_eq!(
        found("redis://:first@h1,redis://:second@h2"),
        ["first", "second"]
    );
    assert_eq!(found("a=\"amqp://u:hunter22@h\" b@c"), ["hunter22"]);
    assert_eq!(found("amqp://u:50%+f%4@h"), ["50%+f%4"]);
    assert_eq!(found("postgres://app:abc@db/x"), [""; 0]);
    assert_eq!(found("postgres://postgres:postgres@localhost/x"), [""; 0]);
    assert_eq!(found("http://registry:4873/@scope/name"), [""; 0]);
    assert_eq!(found("https://example.com/a:b@c"), [""; 0]);
}

#[test]
fn each_value_once() {
    let environment = [
        ("A_TOKEN", "abcdef"),
        ("B_TOKEN", "abcdef"),
        ("C_TOKEN", "ghijkl"),
    ];
    assert_eq!(secret_values(environment.into_iter()), ["abcdef", "ghijkl"]);
}
