//! Directories of SQL migrations, as the tools of several languages lay them out.
//!
//! Known are `NAME.up.sql` with `NAME.down.sql` (sqlx, golang-migrate), `NAME.sql` with
//! `NAME.down.sql`, one file with both ways (dbmate, goose, sql-migrate), `V1__NAME.sql` with
//! `U1__NAME.sql` (Flyway), and folders with `migration.sql` or `up.sql` and `down.sql` (Prisma,
//! Drizzle, Diesel).

mod layout;
mod script;

use std::collections::BTreeMap;

use layout::Name;
pub use layout::{Role, role};
pub use script::{Effect, MOST_BYTES, Script, script};

/// A migration with both of its ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What people read.
    pub name: String,
    /// The file with its way up.
    pub path: String,
    /// What that file says.
    pub up: Script,
    /// The file with its way down and what that file says, where it is one of its own.
    pub down: Option<(String, Script)>,
}

/// What lies in a directory of migrations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arranged {
    /// The migrations, by path.
    pub migrations: Vec<Found>,
    /// Files with a way down that belongs to no migration.
    pub orphans: Vec<String>,
    /// Files with one version number, or one name: a later one and the first.
    pub twice: Vec<(String, String)>,
}

/// Puts together what belongs together. `files` are SQL files by their path within the directory.
pub fn arrange(files: Vec<(String, Script)>) -> Arranged {
    let (mut ups, mut downs) = (Vec::new(), BTreeMap::new());
    let mut arranged = Arranged::default();
    for (path, script) in files {
        match role(&path) {
            Role::Up(name) => ups.push((name, path, script)),
            Role::Down(name) => {
                if let Some((first, _)) = downs.insert(name.key, (path.clone(), script)) {
                    arranged.twice.push((path, first));
                }
            }
            Role::Code | Role::Other => {}
        }
    }
    ups.sort_by(|one, two| one.1.cmp(&two.1));
    arranged.twice.extend(twice(&ups));
    for (name, path, up) in ups {
        arranged.migrations.push(Found {
            down: downs.remove(&name.key),
            name: name.shown,
            path,
            up,
        });
    }
    arranged.orphans = downs.into_values().map(|(path, _)| path).collect();
    arranged.orphans.sort();
    arranged
}

/// Within one folder no two migrations may have one version number, nor one name.
fn twice(ups: &[(Name, String, Script)]) -> Vec<(String, String)> {
    let mut first_of: BTreeMap<(&str, Vec<String>), &str> = BTreeMap::new();
    let mut found = Vec::new();
    for (name, path, _) in ups {
        let folder = name.shown.rsplit_once('/').map_or("", |(folder, _)| folder);
        let number = name.version.clone();
        let mark = number.unwrap_or_else(|| vec![format!("name {}", name.shown)]);
        match first_of.get(&(folder, mark.clone())) {
            Some(first) => found.push((path.clone(), (*first).to_owned())),
            None => {
                first_of.insert((folder, mark), path);
            }
        }
    }
    found
}

impl Found {
    /// What its way down does; `None` where there is none.
    pub fn way_down(&self) -> Option<Effect> {
        let own_file = self.down.as_ref().map(|(_, script)| script.whole);
        own_file.or(self.up.way_down)
    }

    /// What stands for the way down; empty where `-- irreversible:` names nothing.
    pub fn alternative(&self) -> Option<&str> {
        let of_down = self.down.as_ref();
        let of_down = of_down.and_then(|(_, script)| script.alternative.as_deref());
        let of_up = self.up.alternative.as_deref();
        of_up.filter(|text| !text.is_empty()).or(of_down).or(of_up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(files: &[(&str, &str)]) -> Arranged {
        let read = |(path, text): &(&str, &str)| ((*path).to_owned(), script(text.as_bytes()));
        arrange(files.iter().map(read).collect())
    }

    /// `NAME something`, `NAME nothing`, `NAME none`, with what stands for the way down.
    #[track_caller]
    fn check(files: &[(&str, &str)], expect: &[&str]) {
        let told = |found: &Found| {
            let way = match found.way_down() {
                Some(Effect::Something) => "something",
                Some(Effect::Nothing) => "nothing",
                None => "none",
            };
            let instead = found.alternative().map(|text| format!(" or {text:?}"));
            format!("{} {way}{}", found.name, instead.unwrap_or_default())
        };
        let found: Vec<_> = arranged(files).migrations.iter().map(told).collect();
        assert_eq!(found, expect, "{files:?}");
    }

    #[test]
    fn ways_up_find_their_ways_down() {
        check(
            &[("1_a.up.sql", "A"), ("1_a.down.sql", "B")],
            &["1_a something"],
        );
        check(
            &[("1_a.sql", "A"), ("1_a.down.sql", "-- B")],
            &["1_a nothing"],
        );
        check(
            &[("1_a.sql", "-- migrate:up\n-- migrate:down\nB")],
            &["1_a something"],
        );
        check(
            &[("V1__a.sql", "A"), ("U1__b.sql", "B")],
            &["V1__a something"],
        );
        check(
            &[("1_a/migration.sql", "A"), ("1_a/down.sql", "B")],
            &["1_a something"],
        );
        check(&[("1_a/up.sql", "A"), ("2_a/down.sql", "B")], &["1_a none"]);
        check(&[("x/1.up.sql", "A"), ("y/1.down.sql", "B")], &["x/1 none"]);
    }

    #[test]
    fn what_stands_for_the_way_down_may_stand_in_either_file() {
        let said = "-- irreversible: restore";
        check(&[("1.sql", said)], &[r#"1 none or "restore""#]);
        check(
            &[("1.up.sql", "A"), ("1.down.sql", said)],
            &[r#"1 nothing or "restore""#],
        );
        check(
            &[("1.up.sql", "-- irreversible:"), ("1.down.sql", said)],
            &[r#"1 nothing or "restore""#],
        );
        check(&[("1.sql", "-- irreversible:")], &[r#"1 none or """#]);
    }

    #[test]
    fn version_numbers_are_there_once_in_a_folder() {
        let twice = |files: &[&str]| {
            let files: Vec<_> = files.iter().map(|path| (*path, "A")).collect();
            let found = arranged(&files).twice;
            found.into_iter().map(|(path, _)| path).collect::<Vec<_>>()
        };
        assert_eq!(
            twice(&["1_a.up.sql", "1_a.down.sql", "2_a.up.sql"]),
            [""; 0]
        );
        assert_eq!(twice(&["1_a.up.sql", "01_b.up.sql"]), ["1_a.up.sql"]);
        assert_eq!(twice(&["V1.1__a.sql", "V1_1__b.sql"]), ["V1_1__b.sql"]);
        assert_eq!(twice(&["1_a/up.sql", "1_b/up.sql"]), ["1_b/up.sql"]);
        assert_eq!(twice(&["a.sql", "a.up.sql", "b.sql"]), ["a.up.sql"]);
        assert_eq!(twice(&["x/1.sql", "y/1.sql"]), [""; 0]);
    }

    #[test]
    fn a_way_down_alone_is_an_orphan() {
        let arranged = arranged(&[("1.down.sql", "A"), ("U2__a.sql", "A"), ("3.sql", "A")]);
        assert_eq!(arranged.orphans, ["1.down.sql", "U2__a.sql"]);
        assert_eq!(arranged.migrations.len(), 1);
    }
}
