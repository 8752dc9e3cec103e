//! What GitHub says of people, apps and repositories wherever it names them.

use serde_json::{Value, json};

use super::state::Repository;

/// Where people look; the fake has no pages.
pub(super) const SERVER: &str = "https://github.com";

const LONG_AGO: &str = "2020-01-02T03:04:05Z";

/// What a repository has an address for.
const ADDRESSES: [&str; 36] = [
    "archive",
    "assignees",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "git_commits",
    "git_refs",
    "git_tags",
    "trees",
    "blobs",
];

/// A `node_id`, which nobody here reads.
pub(super) fn node_id(id: u64) -> String {
    format!("node_{id}")
}

/// A person, or a bot when the login says so.
pub(super) fn user(api: &str, login: &str) -> Value {
    let id = number_of(login);
    let segment = login.replace('[', "%5B").replace(']', "%5D");
    let at = |rest: &str| format!("{api}/users/{segment}{rest}");
    let kind = if login.ends_with("[bot]") {
        "Bot"
    } else {
        "User"
    };
    json!({
        "login": login,
        "id": id,
        "node_id": node_id(id),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
        "gravatar_id": "",
        "url": at(""),
        "html_url": format!("{SERVER}/{segment}"),
        "followers_url": at("/followers"),
        "following_url": at("/following{/other_user}"),
        "gists_url": at("/gists{/gist_id}"),
        "starred_url": at("/starred{/owner}{/repo}"),
        "subscriptions_url": at("/subscriptions"),
        "organizations_url": at("/orgs"),
        "repos_url": at("/repos"),
        "events_url": at("/events{/privacy}"),
        "received_events_url": at("/received_events"),
        "type": kind,
        "site_admin": false,
    })
}

pub(super) fn team(api: &str, organization: &str, slug: &str) -> Value {
    let id = number_of(slug);
    let address = format!("{api}/organizations/1/team/{id}");
    json!({
        "id": id,
        "node_id": node_id(id),
        "name": slug,
        "slug": slug,
        "description": null,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "url": address,
        "html_url": format!("{SERVER}/orgs/{organization}/teams/{slug}"),
        "members_url": format!("{address}/members{{/member}}"),
        "repositories_url": format!("{address}/repos"),
        "parent": null,
        "type": "organization",
        "organization_id": 1,
    })
}

pub(super) fn app(api: &str, id: u64, slug: &str) -> Value {
    json!({
        "id": id,
        "slug": slug,
        "node_id": node_id(id),
        "client_id": format!("Iv1.{id}"),
        "owner": user(api, "github"),
        "name": slug,
        "description": null,
        "external_url": format!("https://example.com/{slug}"),
        "html_url": format!("{SERVER}/apps/{slug}"),
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "permissions": {"checks": "write", "metadata": "read"},
        "events": [],
    })
}

/// A repository with all that any of GitHub's shapes of it asks for.
pub(super) fn repository(api: &str, repository: &Repository) -> Value {
    let name = &repository.name;
    let base = format!("{api}/repos/{name}");
    let mut shape = about(api, repository);
    for address in ADDRESSES {
        let path = address.replace('_', "/");
        shape[format!("{address}_url")] = json!(format!("{base}/{path}"));
    }
    for count in [
        "forks",
        "forks_count",
        "network_count",
        "open_issues",
        "open_issues_count",
        "size",
        "stargazers_count",
        "subscribers_count",
        "watchers",
        "watchers_count",
    ] {
        shape[count] = json!(0);
    }
    shape
}

fn about(api: &str, repository: &Repository) -> Value {
    let name = &repository.name;
    let page = format!("{SERVER}/{name}");
    json!({
        "id": repository.id,
        "node_id": node_id(repository.id),
        "name": name.split('/').nth(1),
        "full_name": name,
        "owner": user(api, repository.owner()),
        "private": repository.is_private,
        "visibility": if repository.is_private { "private" } else { "public" },
        "html_url": page,
        "url": format!("{api}/repos/{name}"),
        "description": null,
        "fork": false,
        "git_url": format!("git://github.com/{name}.git"),
        "ssh_url": format!("git@github.com:{name}.git"),
        "clone_url": format!("{page}.git"),
        "svn_url": page,
        "mirror_url": null,
        "homepage": null,
        "language": null,
        "license": null,
        "default_branch": "main",
        "has_issues": true,
        "has_projects": true,
        "has_wiki": true,
        "has_pages": false,
        "has_downloads": true,
        "has_discussions": false,
        "archived": false,
        "disabled": false,
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "pushed_at": LONG_AGO,
    })
}

/// A number for a name, always the same.
pub(super) fn number_of(name: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash * 31 + u64::from(byte)) % 0x7fff_ffff;
    name.bytes().fold(7, fold)
}
