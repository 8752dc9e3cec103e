//! The metadata of an action of the repository itself: whether it runs Tollgate
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax>).

use std::rc::Rc;

use super::text_at;
use crate::domain::workflow::{LocalAction, Pair};
use crate::formats::tree::{Entry, Node, sole_yaml};

/// Reads the `action.yml` in the folder `path`; `None` when it does not run `tollgate action` in a
/// container.
pub fn read_action(path: &str, text: &str) -> Option<LocalAction> {
    let root = sole_yaml(text).ok()?;
    let runs = root.get("runs")?;
    let entrypoint = runs.get("entrypoint").and_then(|node| node.text());
    let arguments = runs.get("args").map_or(&[][..], |node| node.items());
    let arguments = arguments.iter().filter_map(|node| node.text());
    let words: Vec<&str> = entrypoint.into_iter().chain(arguments).collect();
    let is_program = |word: &str| word.rsplit('/').next() == Some("tollgate");
    let at = words.iter().position(|word| is_program(word))?;
    (words.get(at + 1) == Some(&"action")).then(|| LocalAction {
        path: path.to_owned(),
        inputs: inputs(&root)
            .iter()
            .map(|input| input.key.clone())
            .collect(),
        defaults: defaults(&root),
    })
}

fn inputs(root: &Rc<Node>) -> &[Entry] {
    let inputs = root.get("inputs").and_then(|inputs| inputs.map());
    inputs.unwrap_or_default()
}

fn defaults(root: &Rc<Node>) -> Vec<Pair> {
    let found = inputs(root).iter().filter_map(|input| {
        let default = input.node.get("default")?;
        Some(Pair {
            name: input.key.clone(),
            value: text_at(default.text()?, default.line),
        })
    });
    found.collect()
}
