//! Who made the release, as its commit in this repository says.

use crate::app::project::Project;
use crate::worktree::Git;

/// The logins and names of whoever made the commit, `by` among them when that is one of their
/// e-mail addresses, which are not kept. `None` where the repository does not have the commit.
pub(super) async fn authors(project: &Project, by: &str) -> Option<Vec<String>> {
    let commit = Git::new(&project.root)
        .commit(&project.release.sha)
        .await
        .ok()?;
    let authors = commit.authors();
    let is_one = authors.include(by);
    let mut kept = authors.without_addresses();
    if is_one && !kept.iter().any(|author| author == by) {
        kept.push(by.to_owned());
    }
    Some(kept)
}
