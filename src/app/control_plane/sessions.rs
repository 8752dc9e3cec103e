//! Sessions of people in browsers, which cannot send a key with each request.
//!
//! A session is a text that only servers with the same secret can make: when it ends, and a MAC over
//! that and the entry of the key that began it. Nothing of it is kept, so any server with the secret
//! knows it, and without its entry nobody does: who takes a key away ends its sessions. The secret
//! is in it since an entry alone, which lies in settings, must open nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use uuid::Uuid;

use super::Keys;
use super::keys::secret_text;
use crate::app::failure::Failure;
use crate::domain::access::Caller;
use crate::domain::ids::Sha256Digest;
use crate::settings::Settings;

/// Where the secret comes from.
const VARIABLE: &str = "TOLLGATE_SESSION_SECRET";

/// The shortest secret, in bytes.
const SHORTEST: usize = 32;

/// How long a session lasts: a day's work.
pub const SESSION_SECONDS: i64 = 8 * 60 * 60;

/// How far the clocks of two servers may be apart.
const CLOCK_SECONDS: i64 = 60;

/// What is signed besides: no other use of the secret makes the same text.
const PURPOSE: &[u8] = b"tollgate session v1";

/// Begins sessions, and knows them again.
pub struct Sessions(SecretString);

/// A session that began.
pub struct Session {
    /// What the browser keeps.
    pub text: String,
    /// Whose it is.
    pub caller: Caller,
}

/// Why a text is no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSession {
    /// It was never one, or one of a key or a server that is no more.
    #[error("it is none that this server knows")]
    Unknown,
    /// Its time is over.
    #[error("its time is over")]
    Over,
}

impl Sessions {
    /// Reads `TOLLGATE_SESSION_SECRET`, or the file that `TOLLGATE_SESSION_SECRET_FILE` names;
    /// without them the secret is a new one, which no other server has.
    ///
    /// # Errors
    /// When both are set, the file cannot be read, or the secret is too short.
    pub fn of(settings: &Settings) -> Result<Self, Failure> {
        let Some((text, place)) = secret_text(settings, VARIABLE)? else {
            return Ok(Self::random());
        };
        let secret = text.trim();
        match secret.len() < SHORTEST {
            false => Ok(Self(SecretString::from(secret))),
            true => Err(
                Failure::usage(format!("{place}: it has less than {SHORTEST} characters"))
                    .hint("`openssl rand -base64 32` makes one"),
            ),
        }
    }

    fn random() -> Self {
        let halves = [Uuid::new_v4(), Uuid::new_v4()].map(|half| half.simple().to_string());
        Self(SecretString::from(halves.concat()))
    }

    /// Begins a session for whoever has a key.
    pub fn begin(&self, keys: &Keys, key: &str, now: Timestamp) -> Option<Session> {
        let (digest, caller) = keys.entry(key)?;
        let ends = now.as_second() + SESSION_SECONDS;
        let mac = URL_SAFE_NO_PAD.encode(self.mac(digest, ends)?);
        Some(Session {
            text: format!("{ends}.{mac}"),
            caller: caller.clone(),
        })
    }

    /// Whose session a text is. Every entry is looked at, so that the time says nothing of any.
    ///
    /// # Errors
    /// Why it is none.
    pub fn caller<'k>(
        &self,
        keys: &'k Keys,
        text: &str,
        now: Timestamp,
    ) -> Result<&'k Caller, NoSession> {
        let (ends, mac) = read(text).ok_or(NoSession::Unknown)?;
        let left = ends.saturating_sub(now.as_second());
        match left {
            ..=0 => return Err(NoSession::Over),
            left if left > SESSION_SECONDS + CLOCK_SECONDS => return Err(NoSession::Unknown),
            _ => {}
        }
        let mut place = u64::MAX;
        for (number, (digest, _)) in (0_u64..).zip(keys.entries()) {
            let own = self.mac(digest, ends).ok_or(NoSession::Unknown)?;
            let is_it: Choice = own.ct_eq(&mac);
            place = u64::conditional_select(&place, &number, is_it);
        }
        let place = usize::try_from(place).map_err(|_| NoSession::Unknown)?;
        let found = keys.entries().get(place);
        found.map(|(_, caller)| caller).ok_or(NoSession::Unknown)
    }

    fn mac(&self, digest: &Sha256Digest, ends: i64) -> Option<[u8; 32]> {
        let secret = self.0.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?; // it takes every length
        mac.update(PURPOSE);
        mac.update(digest.bytes());
        mac.update(&ends.to_be_bytes());
        Some(mac.finalize().into_bytes().into())
    }
}

fn read(text: &str) -> Option<(i64, [u8; 32])> {
    let (ends, mac) = text.split_once('.')?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    Some((ends.parse().ok()?, mac.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::control_plane::NewKey;
    use crate::domain::access::Role;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn keys(entries: &[&NewKey]) -> Keys {
        let entries = entries
            .iter()
            .flat_map(|new| new.entry.as_object().unwrap());
        let entries = entries.map(|(digest, entry)| (digest.clone(), entry.clone()));
        let text = serde_json::Value::Object(entries.collect()).to_string();
        Keys::read(&text, "TOLLGATE_API_KEYS").unwrap()
    }

    fn sessions(secret: &str) -> Sessions {
        Sessions(SecretString::from(secret))
    }

    #[test]
    fn a_session_is_known_by_its_time_its_entry_and_its_secret() {
        let (quinn, sam) = (
            NewKey::new(Role::QaTester, "quinn").unwrap(),
            NewKey::new(Role::Sre, "sam").unwrap(),
        );
        let both = keys(&[&quinn, &sam]);
        let session = sessions("one").begin(&both, &quinn.key, at(0)).unwrap();
        assert_eq!(session.caller.name, "quinn");
        let later = session.text.replace(
            &at(SESSION_SECONDS).as_second().to_string(),
            &at(SESSION_SECONDS + 9).as_second().to_string(),
        );
        let far = format!(
            "{}.{}",
            at(SESSION_SECONDS * 9).as_second(),
            session.text.split_once('.').unwrap().1
        );
        let known = Ok("quinn");
        for (secret, keys, text, now, expect) in [
            ("one", &both, &session.text, at(0), known),
            ("one", &both, &session.text, at(SESSION_SECONDS - 1), known),
            (
                "one",
                &both,
                &session.text,
                at(SESSION_SECONDS),
                Err(NoSession::Over),
            ),
            ("one", &keys(&[&quinn]), &session.text, at(0), known),
            (
                "one",
                &keys(&[&sam]),
                &session.text,
                at(0),
                Err(NoSession::Unknown),
            ),
            ("two", &both, &session.text, at(0), Err(NoSession::Unknown)),
            ("one", &both, &later, at(0), Err(NoSession::Unknown)),
            ("one", &both, &far, at(0), Err(NoSession::Unknown)),
            (
                "one",
                &both,
                &session.text.to_uppercase(),
                at(0),
                Err(NoSession::Unknown),
            ),
            ("one", &both, &quinn.key, at(0), Err(NoSession::Unknown)),
            (
                "one",
                &both,
                &"1000001.".to_owned(),
                at(0),
                Err(NoSession::Unknown),
            ),
        ] {
            let sessions = sessions(secret);
            let found = sessions.caller(keys, text, now).map(|caller| &*caller.name);
            assert_eq!(found, expect, "{secret} {text} {now}");
        }
        assert!(sessions("one").begin(&both, "another", at(0)).is_none());
    }

    #[test]
    fn nothing_of_a_key_stands_in_its_session() {
        let new = NewKey::new(Role::Sre, "sam").unwrap();
        let keys = keys(&[&new]);
        let text = sessions("one").begin(&keys, &new.key, at(0)).unwrap().text;
        let digest = keys.entries()[0].0;
        for part in [
            &new.key,
            &digest.to_string(),
            &URL_SAFE_NO_PAD.encode(digest.bytes()),
        ] {
            assert!(!text.contains(part), "{text}");
        }
        let other = Sessions::random()
            .begin(&keys, &new.key, at(0))
            .unwrap()
            .text;
        assert_ne!(text, other);
        assert_ne!(
            other,
            Sessions::random()
                .begin(&keys, &new.key, at(0))
                .unwrap()
                .text
        );
    }
}
