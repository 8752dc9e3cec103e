//! Jobs, their steps and their matrix.

use std::rc::Rc;

use super::parts::line_of;
use super::{Reader, entry, line, malformed};
use crate::domain::workflow::{Job, Matrix, Step, Text};
use crate::formats::ReadError;
use crate::formats::tree::{Entry, Node};

/// The most jobs of one workflow; who waits for whom is looked at for each.
const MOST_JOBS: usize = 1000;

impl Reader {
    pub(super) fn jobs(&mut self, node: &Node) -> Result<Vec<Job>, ReadError> {
        let mut jobs = Vec::new();
        for entry in self.map(node, "`jobs`")? {
            if jobs.len() == MOST_JOBS {
                let message = format!("it has more than {MOST_JOBS} jobs; is this a workflow?");
                return Err(malformed(entry.line, message));
            }
            jobs.push(self.job(entry)?);
        }
        Ok(jobs)
    }

    fn job(&mut self, found: &Entry) -> Result<Job, ReadError> {
        let map = self.map(&found.node, "a job")?;
        Ok(Job {
            id: found.key.clone(),
            line: line_of(found),
            name: self.text(map, "name")?,
            needs: self.list(map, "needs")?,
            condition: self.text(map, "if")?,
            environment: self.environment(map)?,
            continue_on_error: self.text(map, "continue-on-error")?,
            time_out: self.text(map, "timeout-minutes")?,
            runs_on: self.labels(map)?,
            permissions: self.permissions(map)?,
            concurrency: self.concurrency(map)?,
            variables: self.pairs(map, "env")?,
            matrix: self.matrix(map)?,
            calls: self.text(map, "uses")?,
            steps: self.job_steps(map)?,
        })
    }

    fn list(&mut self, map: &[Entry], key: &str) -> Result<Vec<Text>, ReadError> {
        match entry(map, key) {
            Some(found) => self.texts(&found.node),
            None => Ok(Vec::new()),
        }
    }

    /// `environment: production`, `environment: { name: production, url: … }`.
    fn environment(&mut self, map: &[Entry]) -> Result<Option<Text>, ReadError> {
        let Some(found) = entry(map, "environment") else {
            return Ok(None);
        };
        match found.node.map() {
            Some(inner) => self.text(inner, "name"),
            None => self.single(&found.node),
        }
    }

    /// `runs-on: ubuntu-latest`, a list, or `{ group: …, labels: … }`.
    fn labels(&mut self, map: &[Entry]) -> Result<Vec<String>, ReadError> {
        let Some(found) = entry(map, "runs-on") else {
            return Ok(Vec::new());
        };
        let mut labels = match found.node.map() {
            Some(inner) => self.list(inner, "labels")?,
            None => self.texts(&found.node)?,
        };
        Ok(labels.drain(..).map(|label| label.text).collect())
    }

    /// The steps, each with the shell that `defaults` say.
    fn job_steps(&mut self, map: &[Entry]) -> Result<Vec<Step>, ReadError> {
        let outer = self.shell.clone();
        self.shell = self.default_shell(map)?.or_else(|| outer.clone());
        let steps = self.steps(map);
        self.shell = outer;
        steps
    }

    /// `defaults.run.shell`.
    pub(super) fn default_shell(&mut self, map: &[Entry]) -> Result<Option<Text>, ReadError> {
        let run = entry(map, "defaults").and_then(|found| found.node.get("run"));
        match run.and_then(|run| run.get("shell")) {
            Some(shell) => self.single(shell),
            None => Ok(None),
        }
    }

    fn steps(&mut self, map: &[Entry]) -> Result<Vec<Step>, ReadError> {
        let Some(found) = entry(map, "steps") else {
            return Ok(Vec::new());
        };
        let mut steps = Vec::new();
        for node in found.node.items() {
            steps.push(self.step(node)?);
        }
        Ok(steps)
    }

    fn step(&mut self, node: &Node) -> Result<Step, ReadError> {
        let map = self.map(node, "a step")?;
        Ok(Step {
            line: line(node.line),
            id: self.text(map, "id")?,
            uses: self.text(map, "uses")?,
            inputs: self.pairs(map, "with")?,
            script: self.lines(map, "run")?,
            condition: self.text(map, "if")?,
            continue_on_error: self.text(map, "continue-on-error")?,
            shell: self.text(map, "shell")?.or_else(|| self.shell.clone()),
            working_directory: self.text(map, "working-directory")?,
            variables: self.pairs(map, "env")?,
        })
    }

    fn matrix(&mut self, map: &[Entry]) -> Result<Option<Matrix>, ReadError> {
        let Some(found) = entry(map, "strategy").and_then(|found| found.node.get("matrix")) else {
            return Ok(None);
        };
        let mut matrix = Matrix {
            line: line(found.line),
            values: Vec::new(),
            is_dynamic: found.map().is_none(),
            least_jobs: None,
        };
        let axes = self.optional_map(found)?;
        for axis in axes {
            let prefix = match axis.key.as_str() {
                "exclude" => continue,
                "include" => "",
                name => name,
            };
            self.values(prefix, &axis.node, &mut matrix)?;
        }
        matrix.least_jobs = least_jobs(axes, &matrix);
        Ok(Some(matrix))
    }

    /// Every single value of an axis by its path. A list within a row is not looked into.
    fn values(
        &mut self,
        prefix: &str,
        node: &Rc<Node>,
        matrix: &mut Matrix,
    ) -> Result<(), ReadError> {
        if !node.is_list() {
            matrix.is_dynamic = true;
            return Ok(());
        }
        for row in node.items() {
            self.row(prefix, row, matrix)?;
        }
        Ok(())
    }

    fn row(&mut self, prefix: &str, node: &Rc<Node>, matrix: &mut Matrix) -> Result<(), ReadError> {
        if let Some(text) = self.single(node)? {
            matrix.is_dynamic |= text.text.contains("${{");
            matrix.values.push((prefix.to_owned(), text.text));
        }
        for inner in self.optional_map(node)? {
            let path = match prefix {
                "" => inner.key.clone(),
                prefix => format!("{prefix}.{}", inner.key),
            };
            self.spend(inner.line, path.len())?;
            self.row(&path, &inner.node, matrix)?;
        }
        Ok(())
    }
}

/// The product of the axes; rows of `include` only add to it.
fn least_jobs(axes: &[Entry], matrix: &Matrix) -> Option<usize> {
    if matrix.is_dynamic || entry(axes, "exclude").is_some() {
        return None;
    }
    let axes = axes.iter().filter(|axis| axis.key != "include");
    let lengths: Vec<usize> = axes.map(|axis| axis.node.items().len()).collect();
    let product = lengths
        .iter()
        .try_fold(1_usize, |product, length| product.checked_mul(*length));
    match lengths.is_empty() {
        true => None,
        false => product,
    }
}
