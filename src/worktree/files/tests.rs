//! Files found by globs, in real folders.

use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;

fn project(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        write(folder.path(), file, "x");
    }
    folder
}

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn find(folder: &TempDir, globs: &[&str]) -> Finding {
    let tree = WorkTree::open(folder.path(), ".tollgate").unwrap();
    tree.find(&Globs::new(globs).unwrap())
}

fn paths(found: &Finding) -> Vec<&str> {
    found.files.iter().map(|file| file.path.as_str()).collect()
}

#[track_caller]
fn check(folder: &TempDir, globs: &[&str], expect: &[&str]) {
    let found = find(folder, globs);
    assert_eq!(paths(&found), expect);
    assert_eq!(found.refused, []);
}

#[test]
fn files_are_found_by_globs_sorted_and_once() {
    let folder = project(&["b/2.xml", "b/1.xml", "b/c/3.xml", "1.xml", "b/1.txt"]);
    check(&folder, &["b/*.xml"], &["b/1.xml", "b/2.xml"]);
    check(
        &folder,
        &["*.xml"],
        &["1.xml", "b/1.xml", "b/2.xml", "b/c/3.xml"],
    );
    check(
        &folder,
        &["b/**", "b/1.xml", "!*.txt"],
        &["b/1.xml", "b/2.xml", "b/c/3.xml"],
    );
    check(&folder, &["b/c/3.xml", "/1.xml"], &["1.xml", "b/c/3.xml"]);
    check(&folder, &["1.xml"], &["1.xml", "b/1.xml"]);
    check(
        &folder,
        &["b"],
        &["b/1.txt", "b/1.xml", "b/2.xml", "b/c/3.xml"],
    );
    check(&folder, &["nothing/*.xml", "b/1.xml/x", "none.xml"], &[]);
}

#[test]
fn hidden_and_ignored_files_are_found_but_not_git_and_evidence() {
    let files = [
        ".env",
        "out/r.xml",
        ".git/config",
        ".tollgate/x",
        "sub/.git/y",
        "sub/.tollgate/z",
    ];
    let folder = project(&files);
    write(folder.path(), ".gitignore", "out/\n");
    let expect = [".env", ".gitignore", "out/r.xml", "sub/.tollgate/z"];
    check(&folder, &["**"], &expect);
    check(
        &folder,
        &[".git/*", ".git/config", ".tollgate/**", "sub/.git/y"],
        &[],
    );
}

#[test]
fn names_may_hold_anything() {
    let folder = project(&["a b/ü — ☂.xml", "a b/[x].xml", "-n.xml"]);
    check(
        &folder,
        &["*.xml"],
        &["-n.xml", "a b/[x].xml", "a b/ü — ☂.xml"],
    );
    check(&folder, &["a b/\\[x\\].xml"], &["a b/[x].xml"]);
}

#[test]
fn links_within_the_project_are_read() {
    let folder = project(&["real/a.xml"]);
    symlink("real/a.xml", folder.path().join("link.xml")).unwrap();
    symlink("real", folder.path().join("reports")).unwrap();
    check(&folder, &["link.xml"], &["link.xml"]);
    check(&folder, &["reports/*.xml"], &["reports/a.xml"]);
    check(&folder, &["**/a.xml"], &["real/a.xml"]);
}

#[track_caller]
fn refuses(folder: &TempDir, glob: &str, path: &str, why: &str) {
    let found = find(folder, &[glob]);
    assert_eq!(found.files, []);
    assert_eq!(found.refused.len(), 1, "{found:?}");
    assert_eq!(found.refused[0].path, path);
    assert!(found.refused[0].why.contains(why), "{found:?}");
}

#[test]
fn links_out_of_the_project_are_refused() {
    let outside = project(&["secret.xml"]);
    let folder = project(&["a/x.txt", ".git/config", ".tollgate/ledger.db"]);
    let link = |target: &Path, name: &str| symlink(target, folder.path().join(name)).unwrap();
    link(&outside.path().join("secret.xml"), "out.xml");
    link(outside.path(), "folder");
    link(Path::new("../nothing"), "a/dangling");
    link(Path::new(".git/config"), "config");
    link(Path::new(".tollgate"), "gate");
    refuses(&folder, "out.xml", "out.xml", "leads out");
    refuses(&folder, "*.xml", "out.xml", "leads out");
    refuses(&folder, "folder/*.xml", "folder", "leads out");
    refuses(
        &folder,
        "folder/secret.xml",
        "folder/secret.xml",
        "leads out",
    );
    refuses(&folder, "a/dangling", "a/dangling", "not there");
    refuses(&folder, "config", "config", "leads out");
    refuses(&folder, "gate/*", "gate", "leads out");
}

#[test]
fn a_link_that_goes_round_in_circles_is_refused() {
    let folder = project(&[]);
    symlink("round", folder.path().join("round")).unwrap();
    refuses(&folder, "round", "round", "can't be read");
}

#[test]
fn a_file_tells_its_size() {
    let folder = project(&["a"]);
    let file = find(&folder, &["a"]).files.remove(0);
    assert_eq!(file.size, 1);
}

#[test]
fn a_root_that_is_not_there_is_an_error() {
    assert!(WorkTree::open(Path::new("/nowhere/at/all"), ".tollgate").is_err());
}

fn own(root: &Path) -> Vec<String> {
    let tree = WorkTree::open(root, ".tollgate").unwrap();
    let found = tree.own_files(|path| path.ends_with("package.json"));
    found.files.into_iter().map(|file| file.path).collect()
}

#[test]
fn own_files_are_those_that_nobody_ignores() {
    let files = [
        "package.json",
        "portal/package.json",
        "portal/node_modules/x/package.json",
        "vendor/package.json",
        ".venv/package.json",
        "out/package.json",
        "deep/out/package.json",
        ".config/package.json",
        ".tollgate/package.json",
        ".git/package.json",
        "README.md",
    ];
    let folder = project(&files);
    write(folder.path(), ".gitignore", "/out/\n");
    write(folder.path(), "deep/.gitignore", "out\n");
    let expect = [
        ".config/package.json",
        "package.json",
        "portal/package.json",
    ];
    assert_eq!(own(folder.path()), expect);
    fs::remove_dir_all(folder.path().join(".git")).unwrap();
    assert_eq!(
        own(folder.path()),
        expect,
        "the same outside of a repository"
    );
}

#[test]
fn the_ignore_files_of_the_repository_count_above_the_project_too() {
    let folder = project(&[".git/HEAD", "shop/package.json", "shop/out/package.json"]);
    write(folder.path(), ".gitignore", "out/\n");
    assert_eq!(own(&folder.path().join("shop")), ["package.json"]);
}

#[test]
fn the_ignore_files_of_others_do_not_count() {
    let folder = project(&[".git/HEAD", "inner/.git/HEAD", "inner/package.json"]);
    write(folder.path(), ".gitignore", "inner/\npackage.json\n");
    assert_eq!(own(&folder.path().join("inner")), ["package.json"]);
    let folder = project(&["inner/package.json"]);
    write(folder.path(), ".gitignore", "package.json\n");
    assert_eq!(own(&folder.path().join("inner")), ["package.json"]);
}
