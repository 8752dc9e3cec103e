//! `docs/reference/cli.md`, made from the same definitions that read the command line.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};

use super::args::Arguments;

/// What stands before the commands.
const HEAD: &str = "<!-- Generated from src/cli/args.rs by `UPDATE_DOCS=1 cargo test reference`. -->

# Command line

Verdicts go to standard output, faults and logs to standard error. With `--format json` the
standard output holds one JSON document and nothing else. An empty value such as `--policy \"\"` is
an error, never a default.

| exit code | meaning |
|---|---|
| 0 | passed or eligible |
| 1 | a check or gate failed |
| 2 | usage or policy error; nothing was run |
| 3 | blocked: order, eligibility or approval is missing |
| 4 | something outside could not be reached: the ledger, the evidence directory, GitHub |
| 130 | interrupted |

`tollgate status` exits 0 whenever it could show the status; `--exit-code` makes it exit by the
verdict. `tollgate doctor` exits 1 when it found an error or a warning, and 4 when GitHub could not
be asked and `--offline` did not forbid it. `--format sarif` is for `doctor` only.
`tollgate report` exits 0 whenever it could be written, whatever it says; it alone takes `--format md`
(its default), `html` and `junit`, and `json`.

## Environment variables

| variable | what it does |
|---|---|
| `TOLLGATE_LEDGER` | as `--ledger` |
| `TOLLGATE_LOG` | a filter for the log on standard error, such as `tollgate=debug` |
| `TOLLGATE_API_KEYS` or `TOLLGATE_API_KEYS_FILE` | who may call `tollgate serve`: `{\"<sha256 hex of the key>\": {\"role\": …, \"name\": …}}`, as `tollgate keys new` prints it |
| `TOLLGATE_API_KEY` | what opens the server of `--ledger https://…` outside of GitHub Actions, and in jobs without `id-token: write` |
| `ACTIONS_ID_TOKEN_REQUEST_URL`, `ACTIONS_ID_TOKEN_REQUEST_TOKEN` | set in jobs with `id-token: write`: a new token is asked for with each call to the server, for the audience `TOLLGATE_OIDC_AUDIENCE` (default: the server's address) |
| `TOLLGATE_OIDC_AUDIENCE`, `TOLLGATE_OIDC_ISSUER`, `TOLLGATE_REPOSITORIES` | which tokens of GitHub Actions `tollgate serve` accepts: made for whom, by whom (default: GitHub's issuer), and for jobs of which repositories (numbers or `OWNER/NAME`, with commas between) |
| `TOLLGATE_WEBHOOK_SECRET`, `TOLLGATE_GITHUB_APP_ID`, `TOLLGATE_GITHUB_APP_PRIVATE_KEY` | the GitHub App whose deployment protection rule `tollgate serve` answers; secret and key may lie in files instead (`…_FILE`) |
| `TOLLGATE_SESSION_SECRET` or `TOLLGATE_SESSION_SECRET_FILE` | what servers behind one address have in common, so that a browser that signed in at one is known by all: 32 characters or more (default: a new one at each start) |
| `TOLLGATE_PUBLIC_URL` | the address at which people reach `tollgate serve`: the App's check runs lead to the pages there |
| `NO_COLOR` | when set, no colours unless `--color always` |
| `GITHUB_ACTIONS`, `GITHUB_RUN_ID`, `GITHUB_RUN_ATTEMPT` | make `github` the default format and name the events |
| `GITHUB_REPOSITORY` | the release's repository |
| `GITHUB_API_URL`, `GITHUB_TOKEN` or the input `token` | how `promote`, `publish`, `doctor` and checks with `tag` and `github` talk to GitHub; `GH_TOKEN` serves `doctor` and `github` outside of GitHub Actions |
| `TOLLGATE_ARTIFACT_SECONDS` | how long each artifact may be on its way, up or down, with all that is tried, before the verdict is told without it (default 120); a second for each MiB comes on top |
| `DOCKER_CONFIG` | where credentials for registries lie |
| `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` | through which proxy GitHub and registries are reached |
| `SSL_CERT_FILE`, `SSL_CERT_DIR` | certificates to trust in place of the system's, beside those that are compiled in |

Each check sees `TOLLGATE_SHA`, `TOLLGATE_VERSION` (when there is one), `TOLLGATE_RELEASE`,
`TOLLGATE_REPOSITORY`, `TOLLGATE_GATE`, `TOLLGATE_CHECK` and `TOLLGATE_EVIDENCE_DIR`. It does not
see `GITHUB_TOKEN`, `GH_TOKEN`, `ACTIONS_*`, `INPUT_*` and `TOLLGATE_LEDGER` unless it says
`needs-token: true`, and never `TOLLGATE_API_KEY`, `GITHUB_ENV`, `GITHUB_PATH`, `GITHUB_OUTPUT` and `GITHUB_STATE`.
";

/// The whole page.
pub fn reference() -> String {
    let mut root = Arguments::command();
    root.build();
    let mut page = HEAD.to_owned();
    page.push_str("\n## Options of every command\n\n");
    options(
        &mut page,
        root.get_arguments()
            .filter(|argument| argument.is_global_set()),
    );
    for command in root
        .get_subcommands()
        .filter(|command| command.get_name() != "help")
    {
        describe(&mut page, command, "tollgate");
    }
    page
}

fn describe(page: &mut String, command: &Command, parent: &str) {
    let name = format!("{parent} {}", command.get_name());
    let about = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    let _ = write!(page, "\n## `{name}`\n\n{about}.\n"); // a String takes everything
    let own: Vec<_> = command
        .get_arguments()
        .filter(|argument| !argument.is_global_set())
        .collect();
    if own.iter().any(|argument| argument.get_id() != "help") {
        page.push('\n');
        options(page, own.into_iter());
    }
    for inner in command
        .get_subcommands()
        .filter(|inner| inner.get_name() != "help")
    {
        describe(page, inner, &name);
    }
}

fn options<'a>(page: &mut String, arguments: impl Iterator<Item = &'a Arg>) {
    page.push_str("| option | what it does |\n|---|---|\n");
    for argument in
        arguments.filter(|argument| !matches!(argument.get_id().as_str(), "help" | "version"))
    {
        let help = argument
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let _ = writeln!(
            page,
            "| {} | {} |",
            typed(argument),
            help.replace('|', "\\|")
        );
    }
}

/// `-C`, `--directory DIR`.
fn typed(argument: &Arg) -> String {
    let short = argument
        .get_short()
        .map(|short| format!("`-{short}`, "))
        .unwrap_or_default();
    let names = argument.get_value_names().unwrap_or_default();
    let takes_value = argument
        .get_num_args()
        .is_some_and(|count| count.takes_values());
    let values: Vec<_> = argument
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    let value = match (takes_value, values.is_empty()) {
        (false, _) => String::new(),
        (true, true) => names.iter().map(|name| format!(" {name}")).collect(),
        (true, false) => format!(" {}", values.join("\\|")),
    };
    match argument.get_long() {
        Some(long) => format!("{short}`--{long}{value}`"),
        None => format!("`{}`", value.trim_start()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::doctor::calls::WITH_VALUE;

    /// Those that doctor reads by itself.
    const READ: [&str; 4] = ["--directory", "--policy", "--outcome", "--only"];

    #[test]
    fn doctor_knows_which_options_of_a_gating_command_take_a_value() {
        let mut root = Arguments::command();
        root.build();
        let gating = ["run", "record", "promote"].map(|name| root.find_subcommand(name));
        for command in gating.into_iter().flatten() {
            let options = command.get_arguments().filter(|it| it.get_long().is_some());
            for option in options.filter(|it| it.get_action().takes_values()) {
                let name = format!("--{}", option.get_long().unwrap_or_default());
                let is_known = READ.contains(&&*name) || WITH_VALUE.contains(&&*name);
                assert!(
                    is_known,
                    "add {name} to WITH_VALUE of domain/doctor/calls.rs"
                );
            }
        }
    }
}
