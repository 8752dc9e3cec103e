//! `docs/reference/doctor.md`, from the rules themselves.

use std::fmt::Write as _;

use crate::domain::doctor::rules::CHECKS;

const HEAD: &str = "# What `tollgate doctor` looks for

A gate is worth what surrounds it. `tollgate doctor` reads the policy, the workflow files under
`.github/workflows` and, with a token, the repository's settings on GitHub: environments, the rules
and the protection of the default branch. It changes nothing.

```sh
tollgate doctor --offline                 # the workflow files only
GITHUB_TOKEN=… tollgate doctor            # and the settings
tollgate doctor --format sarif > doctor.sarif
```

The token is the action's input `token`, else `GITHUB_TOKEN`, else `GH_TOKEN`. In a workflow it needs
`actions: read` (environments) and `contents: read` (branch). What it may not read is a finding, not
silence. Without a token, or when GitHub does not answer, the workflow files are judged all the same
and the exit code is 4.

| exit code | meaning |
|---|---|
| 0 | no errors and no warnings; notes may be there |
| 1 | an error or a warning was found |
| 2 | the policy is missing or wrong |
| 4 | GitHub could not be asked, and `--offline` did not forbid it; other findings may be there |

Rule names are stable: none is renamed, new ones may be added. A rule speaks up only where the files
and settings show that something is so. What an expression decides when the workflow runs (`${{ … }}`)
is followed through the matrix and the choices of inputs, and left alone beyond that.

In SARIF a finding in a file has its line; one in the settings has a logical location instead.

This page is generated from `src/domain/doctor/rules`; a test keeps it so.

| rule | severity | what |
|---|---|---|
";

/// `docs/reference/doctor.md`.
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    // A String takes everything.
    for (rule, _) in CHECKS {
        let (id, severity) = (rule.id, rule.severity.as_str());
        let _ = writeln!(page, "| [`{id}`](#{id}) | {severity} | {} |", rule.title);
    }
    for (rule, _) in CHECKS {
        let _ = write!(page, "\n## {}\n\n{}. {}\n\n", rule.id, rule.title, rule.why);
        let _ = writeln!(page, "To mend it: {}.", rule.mend);
    }
    page
}
