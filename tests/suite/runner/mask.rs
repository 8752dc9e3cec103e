//! Hiding secrets in what the runner shows.

/// The secrets that are known so far.
#[derive(Debug)]
pub(super) struct Masks {
    secrets: Vec<String>,
}

impl Masks {
    pub(super) fn new(secrets: &[String]) -> Self {
        let mut masks = Self {
            secrets: Vec::new(),
        };
        secrets.iter().for_each(|secret| masks.add(secret));
        masks
    }

    pub(super) fn add(&mut self, secret: &str) {
        if !secret.is_empty() {
            self.secrets.push(secret.to_owned());
        }
    }

    /// The text with each stretch of secrets, which may overlap, as `***`.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut found: Vec<_> = self
            .secrets
            .iter()
            .flat_map(|secret| {
                text.match_indices(secret.as_str())
                    .map(|(start, _)| (start, start + secret.len()))
            })
            .collect();
        found.sort_unstable();
        let (mut hidden, mut end) = (String::new(), 0);
        for (start, stop) in found {
            if start >= end {
                hidden.push_str(&text[end..start]);
                hidden.push_str("***");
            }
            end = end.max(stop);
        }
        hidden + &text[end..]
    }
}
