//! Texts with `${{ }}` in them: which texts they can become.

use super::expression::{Expression, Literal, Operator, parse};
use super::{Job, Workflow};

/// The most texts that one template may become.
const MOST: usize = 64;

/// The texts that a template of a job can become; `None` where that can't be told from the file.
pub fn possible(template: &str, workflow: &Workflow, job: &Job) -> Option<Vec<String>> {
    let mut found = vec![String::new()];
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once("${{") {
        let (inner, after) = behind.split_once("}}")?;
        let values = of_expression(&parse(inner)?, workflow, job)?;
        found = joined(&found, before, &values)?;
        rest = after;
    }
    joined(&found, rest, &[String::new()])
}

fn joined(heads: &[String], between: &str, tails: &[String]) -> Option<Vec<String>> {
    let mut all: Vec<String> = Vec::new();
    if heads.len() * tails.len() > MOST {
        return None;
    }
    for head in heads {
        all.extend(tails.iter().map(|tail| format!("{head}{between}{tail}")));
    }
    Some(all)
}

/// `a && b || c` becomes b or c: that is how expressions choose.
fn of_expression(expression: &Expression, workflow: &Workflow, job: &Job) -> Option<Vec<String>> {
    let of = |inner: &Expression| of_expression(inner, workflow, job);
    match expression {
        Expression::Literal(literal) => Some(vec![written(literal)]),
        Expression::Lookup(names) => look_up(names, workflow, job),
        Expression::Binary(Operator::And, _, right) => of(right),
        Expression::Binary(Operator::Or, left, right) => {
            let mut all = of(left)?;
            all.extend(of(right)?);
            Some(all)
        }
        _ => None,
    }
}

fn written(literal: &Literal) -> String {
    match literal {
        Literal::Null => String::new(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Number(number) => number.to_string(),
        Literal::Text(text) => text.clone(),
    }
}

fn look_up(names: &[String], workflow: &Workflow, job: &Job) -> Option<Vec<String>> {
    let (context, path) = names.split_first()?;
    match (context.as_str(), path) {
        ("matrix", path) => {
            let matrix = job.matrix.as_ref().filter(|matrix| !matrix.is_dynamic)?;
            let path = path.join(".");
            let values = matrix.values.iter();
            let found: Vec<String> = values
                .filter(|(name, _)| name.eq_ignore_ascii_case(&path))
                .map(|(_, value)| value.clone())
                .collect();
            (!found.is_empty() && found.len() <= MOST).then_some(found)
        }
        ("inputs", [name]) => {
            let mut choices = workflow.choices.iter();
            let found = choices.find(|(input, _)| input.eq_ignore_ascii_case(name))?;
            (found.1.len() <= MOST).then(|| found.1.clone())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::workflow::Matrix;

    fn texts(template: &str) -> Option<String> {
        let workflow = Workflow {
            choices: vec![("env".to_owned(), vec!["a".to_owned(), "b".to_owned()])],
            ..Workflow::default()
        };
        let job = Job {
            matrix: Some(Matrix {
                line: 1,
                values: vec![
                    ("target.name".to_owned(), "x".to_owned()),
                    ("target.name".to_owned(), "y".to_owned()),
                ],
                is_dynamic: false,
                least_jobs: None,
            }),
            ..Job::default()
        };
        possible(template, &workflow, &job).map(|texts| texts.join(" "))
    }

    #[test]
    fn a_template_becomes_what_the_file_says() {
        for (template, expect) in [
            ("production", Some("production")),
            ("${{ 'production' }}", Some("production")),
            (
                "${{ github.ref == 'refs/heads/main' && 'production' || 'staging' }}",
                Some("production staging"),
            ),
            ("${{ matrix.target.name }}-eu", Some("x-eu y-eu")),
            (
                "${{ inputs.env }}/${{ matrix.target.name }}",
                Some("a/x a/y b/x b/y"),
            ),
            ("${{ inputs.other }}", None),
            ("pr-${{ github.event.number }}", None),
            ("${{ matrix.missing }}", None),
            ("${{ broken", None),
        ] {
            assert_eq!(texts(template).as_deref(), expect, "{template}");
        }
    }
}
