//! What Node projects pin: `package.json` and `package-lock.json`.

use super::Pin;
use super::spec::{Grammar, Spec};
use super::version::Suffix;
use crate::formats::ReadError;
use crate::formats::tree::{Node, json};

/// Tools that `engines` and `volta` speak of.
const ENGINES: [&str; 5] = ["node", "npm", "pnpm", "yarn", "bun"];

/// `package.json`: engines, Volta, the package manager, and dependencies.
pub(super) fn package(text: &str) -> Result<Vec<Pin>, ReadError> {
    let root = json(text)?;
    let mut pins = Vec::new();
    for table in ["engines", "volta"] {
        let entries = root
            .get(table)
            .into_iter()
            .flat_map(|table| table.entries());
        let known = entries.filter(|(tool, _)| ENGINES.contains(tool));
        pins.extend(known.filter_map(|(tool, node)| ranged(tool, node)));
    }
    pins.extend(
        root.get("packageManager")
            .and_then(|node| package_manager(node)),
    );
    for table in ["dependencies", "devDependencies", "optionalDependencies"] {
        let entries = root
            .get(table)
            .into_iter()
            .flat_map(|table| table.entries());
        pins.extend(entries.filter_map(|(name, node)| dependency(name, node)));
    }
    pins.sort_by_key(|pin| pin.line);
    Ok(pins)
}

fn ranged(tool: &str, node: &Node) -> Option<Pin> {
    let text = node.text()?;
    Some(Pin::new(
        tool,
        text,
        Spec::range(text, Grammar::Npm),
        node.line,
    ))
}

/// `pnpm@9.1.0+sha512.…` (Corepack).
fn package_manager(node: &Node) -> Option<Pin> {
    let (tool, version) = node.text()?.split_once('@')?;
    let version = version.split('+').next().unwrap_or_default();
    Some(Pin::new(
        tool,
        version,
        Spec::version(version, Suffix::IsEarly),
        node.line,
    ))
}

/// A dependency. `workspace:` and `catalog:` say that the version is written elsewhere.
fn dependency(name: &str, node: &Node) -> Option<Pin> {
    let text = node.text()?;
    let tool = format!("npm:{name}");
    if let Some(alias) = text.strip_prefix("npm:") {
        // npm:next@^16.1.0, npm:@scope/name@1
        let (other, range) = alias
            .rsplit_once('@')
            .filter(|(other, _)| !other.is_empty())?;
        let spec = Spec::range(range, Grammar::Npm);
        return Some(Pin::new(&format!("npm:{other}"), range, spec, node.line));
    }
    if text.starts_with("workspace:") || text.starts_with("catalog:") {
        return None;
    }
    Some(Pin::new(
        &tool,
        text,
        Spec::range(text, Grammar::Npm),
        node.line,
    ))
}

/// `package-lock.json`: what is installed for the project and its workspaces, not what their
/// dependencies bring along deeper.
pub(super) fn lock(text: &str) -> Result<Vec<Pin>, ReadError> {
    let root = json(text)?;
    let installed = |name: &str, entry: &Node| {
        let version = entry.get("version")?;
        let text = version.text()?;
        let spec = Spec::range(text, Grammar::Npm);
        Some(Pin::new(&format!("npm:{name}"), text, spec, version.line))
    };
    let pins = match root.get("packages") {
        Some(packages) => packages
            .entries()
            .filter_map(|(path, entry)| {
                let (folder, name) = path.rsplit_once("node_modules/")?;
                let is_direct = !folder.contains("node_modules/");
                is_direct.then(|| installed(name, entry)).flatten()
            })
            .collect(),
        // Version 1 of the format.
        None => root
            .get("dependencies")
            .into_iter()
            .flat_map(|all| all.entries())
            .filter_map(|(name, entry)| installed(name, entry))
            .collect(),
    };
    Ok(pins)
}
