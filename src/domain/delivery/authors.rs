//! Everybody who made a commit: none of them approves the release that it is, where the policy
//! prevents self-approval.

use super::environment::is_same;

/// Somebody as a commit names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name, as written; may be empty.
    pub name: String,
    /// The e-mail address, as written; may be empty.
    pub email: String,
}

/// Everybody who made a commit: author, committer and co-authors. Each entry is there once,
/// whatever its case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authors {
    /// Logins of GitHub.
    pub logins: Vec<String>,
    /// Names, as the commit has them.
    pub names: Vec<String>,
    /// E-mail addresses, as the commit has them.
    pub emails: Vec<String>,
}

impl Person {
    /// The login that an address of GitHub's for people who hide theirs tells:
    /// `ID+LOGIN@users.noreply.github.com`, before 2017 without `ID+`
    /// (<https://docs.github.com/en/account-and-profile/reference/email-addresses-reference>).
    /// GitHub Enterprise has its own host behind `users.noreply.`.
    pub fn login(&self) -> Option<&str> {
        let (local, host) = self.email.trim().split_once('@')?;
        let is_github = host.to_ascii_lowercase().starts_with("users.noreply.");
        let login = local.split_once('+').map_or(local, |(_, login)| login);
        (is_github && !login.is_empty()).then_some(login)
    }

    /// Reads `NAME <ADDRESS>`, and what people write instead: a name, an address, `@login`.
    fn read(text: &str) -> Self {
        let (name, email) = match text.split_once('<') {
            Some((name, rest)) => (name, rest.split('>').next().unwrap_or_default()),
            None if text.trim().trim_start_matches('@').contains('@') => ("", text),
            None => (text, ""),
        };
        Self {
            name: name.trim().trim_start_matches('@').to_owned(),
            email: email.trim().to_owned(),
        }
    }
}

impl Authors {
    /// Author and committer, with the co-authors whom the commit's message names.
    pub fn of(signatures: impl IntoIterator<Item = Person>, message: &str) -> Self {
        let mut authors = Self::default();
        authors.add(signatures);
        authors.add(co_authors(message));
        authors
    }

    /// Adds people as a commit names them.
    pub fn add(&mut self, people: impl IntoIterator<Item = Person>) {
        for person in people {
            if let Some(login) = person.login() {
                self.add_login(login);
            }
            add(&mut self.names, &person.name);
            add(&mut self.emails, &person.email);
        }
    }

    /// Adds the account behind one of them, as GitHub knows it.
    pub fn add_login(&mut self, login: &str) {
        add(&mut self.logins, login);
    }

    /// Tells whether somebody is among them, by login, name or e-mail address.
    pub fn include(&self, who: &str) -> bool {
        self.all().any(|author| is_same(author, who))
    }

    /// All logins, names and e-mail addresses.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let all = self.logins.iter().chain(&self.names).chain(&self.emails);
        all.map(String::as_str)
    }

    /// What the ledger keeps of them where whoever approves goes by their login: no address, for
    /// it is personal and adds nothing.
    pub fn without_addresses(&self) -> Vec<String> {
        self.logins.iter().chain(&self.names).cloned().collect()
    }
}

/// Whoever is named by a line `Co-authored-by: NAME <ADDRESS>` of a commit's message
/// (<https://docs.github.com/en/pull-requests/committing-changes-to-your-project/creating-and-editing-commits/creating-a-commit-with-multiple-authors>).
/// It may stand anywhere: a squash merge puts several messages one behind the other.
pub fn co_authors(message: &str) -> Vec<Person> {
    let mut lines = message.lines().peekable();
    let mut people = Vec::new();
    while let Some(line) = lines.next() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        if !is_same(key, "co-authored-by") {
            continue;
        }
        let mut value = value.to_owned();
        while let Some(more) = lines.next_if(|next| next.starts_with([' ', '\t'])) {
            value.push_str(more); // a long trailer goes on in indented lines
        }
        people.push(Person::read(&value));
    }
    people
}

fn add(list: &mut Vec<String>, text: &str) {
    let text = text.trim();
    if !text.is_empty() && !list.iter().any(|known| is_same(known, text)) {
        list.push(text.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, email: &str) -> Person {
        Person {
            name: name.to_owned(),
            email: email.to_owned(),
        }
    }

    #[test]
    fn an_address_of_github_tells_the_login() {
        for (email, expect) in [
            ("583231+octocat@users.noreply.github.com", Some("octocat")),
            ("octocat@users.noreply.github.com", Some("octocat")),
            (" 1+Octo-Cat@USERS.noreply.GitHub.com ", Some("Octo-Cat")),
            (
                "49699333+dependabot[bot]@users.noreply.github.com",
                Some("dependabot[bot]"),
            ),
            ("7+octo@users.noreply.git.acme.example", Some("octo")),
            ("noreply@github.com", None),
            ("octo@example.com", None),
            ("7+@users.noreply.github.com", None),
            ("users.noreply.github.com", None),
            ("", None),
        ] {
            assert_eq!(person("x", email).login(), expect, "{email}");
        }
    }

    #[test]
    fn co_authors_are_read_as_people_and_tools_write_them() {
        let ada = || person("Ada", "ada@example.com");
        for (message, expect) in [
            (
                "Fix it\n\nCo-authored-by: Ada <ada@example.com>",
                vec![ada()],
            ),
            (
                "Fix it\r\n\r\nCO-AUTHORED-BY:Ada<ada@example.com>\r\n",
                vec![ada()],
            ),
            (
                "x\n\n  Co-authored-by : Ada  < ada@example.com >",
                vec![ada()],
            ),
            (
                "x\n\nCo-authored-by: Ada\n <ada@example.com>\nRefs: #1",
                vec![ada()],
            ),
            ("x\n\nCo-authored-by: Ada <ada@example.com", vec![ada()]),
            (
                "x\n\nCo-authored-by: <ada@example.com>",
                vec![person("", "ada@example.com")],
            ),
            (
                "x\n\nCo-authored-by: ada@example.com",
                vec![person("", "ada@example.com")],
            ),
            ("x\n\nCo-authored-by: @ada", vec![person("ada", "")]),
            ("x\n\nCo-authored-by: Ada", vec![person("Ada", "")]),
            (
                "Squash (#7)\n\n* one\n\nCo-authored-by: Ada <ada@example.com>\n\n* two\n\n\
                 Co-authored-by: Bob <b@c>\n\n---------\n\nSigned-off-by: Eve <e@f>",
                vec![ada(), person("Bob", "b@c")],
            ),
            (
                "Co-authored-by is a trailer\n\nReviewed-by: Ada <a@b>",
                vec![],
            ),
            ("", vec![]),
        ] {
            assert_eq!(co_authors(message), expect, "{message:?}");
        }
    }

    #[test]
    fn everybody_is_there_once_by_login_name_and_address() {
        let alice = person("Alice A", "1+alice@users.noreply.github.com");
        let committer = person("GitHub", "noreply@github.com");
        let message = "Add it\n\nCo-authored-by: ALICE a <1+Alice@users.noreply.github.com>\n\
                       Co-authored-by: Bob <2+bob@users.noreply.github.com>";
        let mut authors = Authors::of([alice, committer], message);
        authors.add_login("ALICE");
        authors.add_login("web-flow");
        assert_eq!(authors.logins, ["alice", "bob", "web-flow"]);
        assert_eq!(authors.names, ["Alice A", "GitHub", "Bob"]);
        assert_eq!(authors.emails.len(), 3);
        for who in ["BOB", "alice", "alice A", "2+BOB@users.noreply.github.com"] {
            assert!(authors.include(who), "{who}");
        }
        for who in ["carol", "", "users.noreply.github.com"] {
            assert!(!authors.include(who), "{who}");
        }
        assert!(
            !authors
                .without_addresses()
                .iter()
                .any(|it| it.contains('@'))
        );
    }
}
