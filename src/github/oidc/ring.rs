//! The keys of an issuer: how long they are believed, and how often it may be asked for others.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use octocrab::jsonwebtoken::DecodingKey;

/// How long keys are used without asking whether they still are the issuer's.
const FRESH: Duration = Duration::from_secs(60 * 60);

/// How long they are used while the issuer cannot be asked.
const USABLE: Duration = Duration::from_secs(24 * 60 * 60);

/// How often the issuer is asked in [`WINDOW`] at the most: anybody can send tokens with made-up
/// key ids.
const MOST_ASKED: usize = 5;

/// See [`MOST_ASKED`].
const WINDOW: Duration = Duration::from_secs(60);

/// What the issuer published last, by key id.
#[derive(Debug, Default)]
pub(super) struct KeyRing {
    keys: HashMap<String, DecodingKey>,
    fetched: Option<Instant>,
    asked: VecDeque<Instant>,
}

/// What is known of a key id.
#[derive(Debug)]
pub(super) enum Lookup {
    /// It is the issuer's.
    Fresh(DecodingKey),
    /// It was the issuer's not long ago.
    Stale(DecodingKey),
    /// Nothing.
    Unknown,
}

impl KeyRing {
    pub(super) fn find(&self, kid: &str, now: Instant) -> Lookup {
        let (Some(key), Some(fetched)) = (self.keys.get(kid), self.fetched) else {
            return Lookup::Unknown;
        };
        match now.duration_since(fetched) {
            age if age < FRESH => Lookup::Fresh(key.clone()),
            age if age < USABLE => Lookup::Stale(key.clone()),
            _ => Lookup::Unknown,
        }
    }

    /// Tells whether the issuer may be asked now, and takes note that it is.
    pub(super) fn may_ask(&mut self, now: Instant) -> bool {
        while self
            .asked
            .front()
            .is_some_and(|at| now.duration_since(*at) >= WINDOW)
        {
            self.asked.pop_front();
        }
        let may = self.asked.len() < MOST_ASKED;
        if may {
            self.asked.push_back(now);
        }
        may
    }

    /// Takes what the issuer publishes now; what it publishes no longer is forgotten.
    pub(super) fn replace(&mut self, keys: HashMap<String, DecodingKey>, now: Instant) {
        self.keys = keys;
        self.fetched = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(kids: &[&str], now: Instant) -> KeyRing {
        let mut ring = KeyRing::default();
        let keys = kids
            .iter()
            .map(|kid| ((*kid).to_owned(), DecodingKey::from_rsa_der(b"")));
        ring.replace(keys.collect(), now);
        ring
    }

    #[test]
    fn a_key_is_believed_for_a_while() {
        let start = Instant::now();
        let ring = ring(&["a"], start);
        for (kid, hours, expect) in [
            ("a", 0, "fresh"),
            ("a", 1, "stale"),
            ("a", 23, "stale"),
            ("a", 24, "unknown"),
            ("b", 0, "unknown"),
        ] {
            let found = match ring.find(kid, start + Duration::from_secs(hours * 60 * 60)) {
                Lookup::Fresh(_) => "fresh",
                Lookup::Stale(_) => "stale",
                Lookup::Unknown => "unknown",
            };
            assert_eq!(found, expect, "{kid} after {hours} h");
        }
    }

    #[test]
    fn a_key_that_is_published_no_longer_is_forgotten() {
        let start = Instant::now();
        let mut ring = ring(&["a"], start);
        ring.replace(HashMap::new(), start);
        assert!(matches!(ring.find("a", start), Lookup::Unknown));
    }

    #[test]
    fn made_up_key_ids_do_not_make_it_ask_without_end() {
        let start = Instant::now();
        let mut ring = KeyRing::default();
        let asked = (0..100).filter(|_| ring.may_ask(start)).count();
        assert_eq!(asked, MOST_ASKED);
        assert!(ring.may_ask(start + WINDOW));
    }
}
