//! No text, however strange, makes the policy translator panic, and what it shows it accepts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::domain::ids::CheckRef;
use tollgate::policy::{Expansion, Lookup, Source, load, show};

fuzz_target!(|text: &str| {
    let source = |text: String| Source {
        path: "tollgate.yml".to_owned(),
        text,
    };
    let lookup = |_: Option<&CheckRef>, name: &str| match name.len() % 3 {
        0 => Lookup::Undefined,
        1 => Lookup::Value("${A}: [\n".to_owned()),
        _ => Lookup::Unavailable("not yet".to_owned()),
    };
    let everywhere = Expansion::Gates {
        only: None,
        lookup: &lookup,
    };
    if let Err(problems) = load(&source(text.to_owned()), everywhere) {
        assert!(!problems.0.is_empty() && !problems.to_string().is_empty());
    }
    if let Ok(policy) = load(&source(text.to_owned()), Expansion::Keep) {
        let shown = show(&policy);
        let again = load(&source(shown.clone()), Expansion::Keep);
        assert!(again.is_ok_and(|again| show(&again) == shown), "{shown}");
    }
});
