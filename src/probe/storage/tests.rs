//! URLs of stores, and the credentials in them.

use super::*;

fn opened(url: &str, variables: &[(&str, &str)]) -> Result<Store, String> {
    let pairs = variables.iter();
    let environment = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Store::open(url, &environment.collect())
}

#[track_caller]
fn refused(url: &str, variables: &[(&str, &str)], says: &str) {
    let error = opened(url, variables).err().unwrap();
    assert!(error.contains(says), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
}

#[test]
fn a_url_says_what_kind_of_store_it_is() {
    let keys = [("AWS_ACCESS_KEY_ID", "k"), ("AWS_SECRET_ACCESS_KEY", "s")];
    for (url, variables) in [
        ("https://key:s3cret@s3.example", &[][..]),
        ("http://key:s3cret@minio:9000/base?region=eu-west-1", &[]),
        ("https://s3.example", &keys),
        ("supabase+https://:s3cret@p.supabase.co", &[]),
        ("supabase+https://s3cret@p.supabase.co", &[]),
        ("supabase+http://127.0.0.1:54321", &[("SUPABASE_KEY", "k")]),
        ("supabase+http://[::1]:54321", &[("SUPABASE_KEY", "k")]),
        ("supabase+http://kong.localhost", &[("SUPABASE_KEY", "k")]),
    ] {
        assert!(opened(url, variables).is_ok(), "{url}");
    }
}

#[test]
fn what_is_no_url_of_a_store_is_refused_without_showing_it() {
    refused("", &[], "its URL is none");
    refused("s3cret", &[], "its URL is none");
    refused("s3://k:s3cret@h", &[], "does not begin with https://");
    refused("file:///s3cret", &[], "does not begin with https://");
    refused("https://s3.example", &[], "AWS_ACCESS_KEY_ID");
    refused(
        "https://s3cret@s3.example",
        &[],
        "a key or its secret is missing",
    );
    refused("supabase+https://p.supabase.co", &[], "SUPABASE_KEY");
    refused(
        "supabase+https://:s3cret%0a@h",
        &[],
        "can't stand in a header",
    );
    refused("supabase+http://:s3cret@p.supabase.co", &[], "no TLS");
    refused(
        "supabase+ftp://:s3cret@h",
        &[],
        "does not begin with https://",
    );
}
