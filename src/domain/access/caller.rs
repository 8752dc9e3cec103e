//! Who is at the door, once that is proven.

use super::Role;
use crate::domain::release::Repository;

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// A person's login, or the name of a machine.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Which releases it may do that to.
    pub reach: Reach,
}

/// Whose releases a caller may see and add to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Those of every repository.
    Everything,
    /// Those of one.
    Repository(Repository),
}

impl Caller {
    /// Tells whether a name is that of the caller; logins are compared without case.
    pub fn is_named(&self, name: &str) -> bool {
        let name = name.trim();
        !name.is_empty() && name.to_lowercase() == self.name.trim().to_lowercase()
    }
}
