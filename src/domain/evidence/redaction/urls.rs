//! Passwords in URLs: `https://user:password@host` (RFC 3986, section 3.2.1).

use std::ops::Range;

use memchr::memmem;

/// The first password in a URL from `from` on. The user and the host are no part of it.
pub(super) fn find(text: &[u8], from: usize) -> Option<Range<usize>> {
    memmem::find_iter(&text[from..], "://").find_map(|found| password_at(text, from + found + 3))
}

/// The password of the authority that starts at `start`.
fn password_at(text: &[u8], start: usize) -> Option<Range<usize>> {
    let length = text[start..].iter().take_while(|byte| is_part(**byte));
    let authority = &text[start..start + length.count()];
    let at = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', &authority[..at])?;
    let password = &authority[colon + 1..at];
    let is_found = !password.is_empty() && !starts_with_port(password);
    is_found.then_some(start + colon + 1..start + at)
}

/// Whether a byte may stand in `user:password@host`. Lax, since not all who write passwords into
/// URLs encode them: only what ends the authority or the quoted URL is left out.
fn is_part(byte: u8) -> bool {
    !(byte.is_ascii_whitespace()
        || byte.is_ascii_control()
        || matches!(byte, b'/' | b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`'))
}

/// Tells `8080?mail=a` of `http://host:8080?mail=a@b` from a password.
fn starts_with_port(password: &[u8]) -> bool {
    let digits = password.iter().take_while(|byte| byte.is_ascii_digit());
    let after = password.get(digits.count());
    password[0].is_ascii_digit() && matches!(after, Some(b',' | b'?' | b'#' | b';' | b')'))
}
