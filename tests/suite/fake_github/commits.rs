//! Commits and who is behind them, and teams (<https://docs.github.com/en/rest/commits/commits>).

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, Refusal, ok};
use super::caller::Caller;
use super::shapes::{self, SERVER, node_id, number_of};
use super::state::{Commit, PullRequest, Repository};
use super::tokens::Permission;

const LONG_AGO: &str = "2020-01-02T03:04:05Z";

type At = Path<(String, String, String)>;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/repos/{owner}/{repo}/commits/{ref}", get(one))
        .route("/repos/{owner}/{repo}/commits/{ref}/pulls", get(pulls))
        .route(
            "/orgs/{org}/teams/{team}/memberships/{login}",
            get(membership),
        )
}

async fn one(caller: Caller, Path((owner, repo, sha)): At) -> Answer {
    let state = caller.reads(Permission::Contents)?;
    let repository = state.repository(&owner, &repo)?;
    let unknown = || Refusal::invalid(format!("No commit found for SHA: {sha}"));
    let commit = repository.commits.get(&sha).ok_or_else(unknown)?;
    ok(&shape(&state.api, repository, (&sha, commit)))
}

async fn pulls(caller: Caller, Path((owner, repo, sha)): At) -> Answer {
    let state = caller.reads(Permission::PullRequests)?;
    let repository = state.repository(&owner, &repo)?;
    let pulls = repository.pulls.iter();
    let shapes = pulls
        .filter(|pull| pull.commits.contains(&sha))
        .map(|pull| pull_shape(&state.api, repository, pull));
    caller.listed(&shapes.collect::<Vec<_>>())
}

async fn membership(caller: Caller, Path((org, team, login)): At) -> Answer {
    let state = caller.reads(Permission::Members)?;
    let members = state.teams.get(&format!("{org}/{team}"));
    let is_member = members.is_some_and(|members| members.contains(&login));
    if !is_member {
        return Err(Refusal::not_found());
    }
    let url = format!("{}/orgs/{org}/teams/{team}/memberships/{login}", state.api);
    ok(&json!({"url": url, "role": "member", "state": "active"}))
}

fn shape(api: &str, repository: &Repository, commit: (&str, &Commit)) -> Value {
    let (sha, commit) = commit;
    let base = format!("{api}/repos/{}", repository.name);
    let person = |login: &Option<String>| login.as_ref().map(|login| shapes::user(api, login));
    let signature = json!({"name": commit.name, "email": commit.email, "date": LONG_AGO});
    json!({
        "url": format!("{base}/commits/{sha}"),
        "sha": sha,
        "node_id": node_id(number_of(sha)),
        "html_url": format!("{SERVER}/{}/commit/{sha}", repository.name),
        "comments_url": format!("{base}/commits/{sha}/comments"),
        "commit": {
            "url": format!("{base}/git/commits/{sha}"),
            "author": signature,
            "committer": signature,
            "message": "A commit",
            "comment_count": 0,
            "tree": {"sha": sha, "url": format!("{base}/git/trees/{sha}")},
        },
        "author": person(&commit.author),
        "committer": person(&commit.committer),
        "parents": [],
        "files": [],
    })
}

fn pull_shape(api: &str, repository: &Repository, pull: &PullRequest) -> Value {
    let number = pull.number;
    let base = format!("{api}/repos/{}", repository.name);
    let url = format!("{base}/pulls/{number}");
    let issue = format!("{base}/issues/{number}");
    let page = format!("{SERVER}/{}/pull/{number}", repository.name);
    let addresses = [
        ("comments", format!("{issue}/comments")),
        ("commits", format!("{url}/commits")),
        ("statuses", format!("{base}/statuses/{}", pull.head_sha)),
        ("issue", issue),
        ("review_comments", format!("{url}/comments")),
        (
            "review_comment",
            format!("{base}/pulls/comments{{/number}}"),
        ),
        ("diff", format!("{page}.diff")),
        ("patch", format!("{page}.patch")),
    ];
    let mut shape = json!({
        "url": url,
        "id": number_of(&url),
        "node_id": node_id(number),
        "html_url": page,
        "number": number,
        "state": "closed",
        "locked": false,
        "title": "A pull request",
        "body": null,
        "user": shapes::user(api, &pull.author),
        "labels": [],
        "milestone": null,
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "closed_at": LONG_AGO,
        "merged_at": LONG_AGO,
        "merge_commit_sha": pull.commits.last(),
        "assignee": null,
        "assignees": [],
        "head": end(api, repository, "feature", &pull.head_sha),
        "base": end(api, repository, "main", &pull.head_sha),
        "_links": {"self": {"href": url}, "html": {"href": page}},
        "author_association": "MEMBER",
        "auto_merge": null,
        "draft": false,
    });
    for (name, address) in addresses {
        shape["_links"][name] = json!({"href": address});
        shape[format!("{name}_url")] = json!(address);
    }
    shape
}

fn end(api: &str, repository: &Repository, branch: &str, sha: &str) -> Value {
    let owner = repository.owner();
    json!({
        "label": format!("{owner}:{branch}"),
        "ref": branch,
        "sha": sha,
        "user": shapes::user(api, owner),
        "repo": shapes::repository(api, repository),
    })
}
