//! Where the files lie that results name: the paths that tools write → paths of the project.
//!
//! Tools name files from where they ran, from a directory of sources, or absolutely, as the machine
//! or container has them on which they ran. What is looked for here are files of the project; a
//! name for which none is found stays as it is.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Where builds keep sources below a module, as far as reports leave it out.
const SOURCE_ROOTS: [&str; 6] = [
    "src/main/java",
    "src/main/kotlin",
    "src/main/scala",
    "src/main/groovy",
    "src",
    "",
];

/// The project's files, as the results of one check name them.
#[derive(Debug)]
pub struct Places {
    root: PathBuf,
    directory: String,
    known: HashMap<String, String>,
}

impl Places {
    /// Looks below `root`, which is absolute. `directory` is the check's own, relative to it.
    pub fn new(root: &Path, directory: &str) -> Self {
        Self {
            root: root.to_owned(),
            directory: directory.to_owned(),
            known: HashMap::new(),
        }
    }

    /// The path relative to the project's root, with `/`.
    pub fn find(&mut self, name: &str) -> String {
        self.first_there(name, |places, name| places.below_sources(name, &[]))
    }

    /// The same for a file of a coverage report, which may lie below one of the report's `sources`,
    /// or be named `MODULE:PATH`.
    pub fn find_covered(&mut self, name: &str, sources: &[String]) -> String {
        self.first_there(name, |places, name| match module(name) {
            Some((module, path)) => places.below_module(module, path),
            None => places.below_sources(name, sources),
        })
    }

    /// Forgets what was found: the next report may mean other files by the same names.
    pub fn forget(&mut self) {
        self.known.clear();
    }

    /// The first candidate that is a file of the project, else the first.
    fn first_there(
        &mut self,
        name: &str,
        candidates: impl FnOnce(&Self, &str) -> Vec<String>,
    ) -> String {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let plain = name.replace('\\', "/");
        let is_no_path = plain.is_empty() || plain.contains("://");
        let mut candidates = match is_no_path {
            true => Vec::new(),
            false => candidates(self, &plain),
        };
        let there = candidates.iter().position(|path| self.is_there(path));
        let found = match candidates.is_empty() {
            true => plain,
            false => candidates.swap_remove(there.unwrap_or(0)),
        };
        self.known.insert(name.to_owned(), found.clone());
        found
    }

    fn is_there(&self, path: &str) -> bool {
        self.root.join(path).is_file()
    }

    fn below_sources(&self, name: &str, sources: &[String]) -> Vec<String> {
        if name.starts_with('/') {
            return self.of_absolute(name);
        }
        let own = [String::new(), self.directory.clone()];
        let bases = own.iter().chain(sources);
        let places = bases.flat_map(|base| {
            let joined = format!("{base}/{name}");
            match base.starts_with('/') {
                true => self.of_absolute(&joined),
                false => normal(&joined).into_iter().collect(),
            }
        });
        places.collect()
    }

    /// Below the root, or below whatever the root was called where the tool ran: then the last
    /// parts of the path, two at the least, name a file of the project. When they name none, the
    /// path stays as it is.
    fn of_absolute(&self, path: &str) -> Vec<String> {
        let root = self.root.to_string_lossy();
        let own = path
            .strip_prefix(root.trim_end_matches('/'))
            .and_then(|rest| normal(rest.strip_prefix('/')?));
        if let Some(own) = own {
            return vec![own];
        }
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let ends = (1..parts.len().saturating_sub(1)).map(|from| parts[from..].join("/"));
        let ends = ends.filter_map(|end| normal(&end));
        let found = ends.filter(|end| self.is_there(end));
        let mut found: Vec<_> = found.take(1).collect();
        found.push(path.to_owned());
        found
    }

    fn below_module(&self, module: &str, path: &str) -> Vec<String> {
        let last = module.rsplit('/').next().unwrap_or_default();
        let bases = ["", self.directory.as_str(), module, last];
        let places = bases.into_iter().flat_map(|base| {
            let roots = SOURCE_ROOTS.iter();
            roots.filter_map(move |root| normal(&format!("{base}/{root}/{path}")))
        });
        // Where none of them is there, the path alone says the most.
        normal(path).into_iter().chain(places).collect()
    }
}

/// The parts of `MODULE:PATH`, in which the module may be empty. `C:/a` is none.
fn module(name: &str) -> Option<(&str, &str)> {
    let (module, path) = name.split_once(':')?;
    let is_drive = module.len() == 1 && path.starts_with('/');
    (!is_drive && !module.starts_with('/')).then_some((module, path))
}

/// The path without `.`, `..` and empty parts; `None` for one that leads out of the project, and
/// for one of no parts.
fn normal(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        root
    }

    #[test]
    fn names_of_tools_become_paths_of_the_project() {
        let root = project(&[
            "app/orders.py",
            "portal/src/cart.ts",
            "src/main/java/com/acme/Shop.java",
            "api/src/main/kotlin/com/acme/Api.kt",
        ]);
        let own = root.path().to_str().unwrap();
        let absolute = format!("{own}/app/orders.py");
        let source = format!("{own}/app");
        for (name, sources, expected) in [
            ("app/orders.py", &[][..], "app/orders.py"),
            ("./app//orders.py", &[], "app/orders.py"),
            ("app\\orders.py", &[], "app/orders.py"),
            (&absolute, &[], "app/orders.py"),
            (
                "/home/runner/work/shop/shop/app/orders.py",
                &[],
                "app/orders.py",
            ),
            (
                "/usr/lib/python3/orders.py",
                &[],
                "/usr/lib/python3/orders.py",
            ),
            ("src/cart.ts", &[], "portal/src/cart.ts"),
            ("orders.py", &[source.as_str()], "app/orders.py"),
            ("orders.py", &["./app"], "app/orders.py"),
            ("orders.py", &["/w/shop/app"], "app/orders.py"),
            ("orders.py", &["lib"], "orders.py"),
            ("../portal/src/cart.ts", &[], "portal/src/cart.ts"),
            ("../../cart.ts", &[], "../../cart.ts"),
            (
                ":com/acme/Shop.java",
                &[],
                "src/main/java/com/acme/Shop.java",
            ),
            (
                "shop/api:com/acme/Api.kt",
                &[],
                "api/src/main/kotlin/com/acme/Api.kt",
            ),
            (":com/acme/Gone.java", &[], "com/acme/Gone.java"),
            ("C:/work/a.cs", &[], "C:/work/a.cs"),
            ("https://example.org/a.py", &[], "https://example.org/a.py"),
            ("", &[], ""),
        ] {
            let sources: Vec<_> = sources.iter().map(|&source| source.to_owned()).collect();
            let mut places = Places::new(root.path(), "portal");
            assert_eq!(places.find_covered(name, &sources), expected, "{name}");
            assert_eq!(places.find(name), expected, "{name}, looked up again");
        }
    }

    #[test]
    fn only_coverage_reports_name_modules() {
        let root = project(&["app/orders.py"]);
        let mut places = Places::new(root.path(), "");
        for name in ["tests/test_a.py::test_b", "a.py:12", "app/orders.py"] {
            assert_eq!(places.find(name), name);
        }
    }
}
