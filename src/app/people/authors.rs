//! Who made the release, as its commit in this repository says.

use crate::app::project::Project;
use crate::worktree::Git;

/// The names and e-mail addresses of whoever made the commit; `None` where the repository does not
/// have it.
pub(super) async fn authors(project: &Project) -> Option<Vec<String>> {
    let commit = Git::new(&project.root)
        .commit(&project.release.sha)
        .await
        .ok()?;
    let people = [commit.author, commit.committer];
    let mut authors: Vec<String> = people
        .into_iter()
        .flat_map(|person| [person.name, person.email])
        .filter(|text| !text.trim().is_empty())
        .collect();
    authors.dedup();
    Some(authors)
}
