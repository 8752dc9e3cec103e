//! The token that a job gets for its `permissions:`.

use tollgate::domain::workflow::{Level as Written, Permissions};

use crate::fake_github::{Level, Permission, Token};

/// What can be named, of that what the fake has a use for.
const NAMES: [&str; 4] = ["actions", "checks", "contents", "pull-requests"];

/// A job's `GITHUB_TOKEN`. Where nothing is written, the repository decides: read `contents`, as it
/// is for every repository made since 2023. A token that may only read may not write whatever is
/// written.
pub(super) fn token(permissions: &Permissions, is_read_only: bool) -> Token {
    let mut token = Token::powerless();
    for name in NAMES {
        let Some(permission) = Permission::named(name) else {
            continue;
        };
        let allows = |level| match permissions.allows(name, level) {
            Some(is_allowed) => is_allowed,
            None => name == "contents" && level == Written::Read,
        };
        if allows(Written::Write) && !is_read_only {
            token = token.with(permission, Level::Write);
        } else if allows(Written::Read) {
            token = token.with(permission, Level::Read);
        }
    }
    token
}
