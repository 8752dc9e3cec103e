//! What an expression comes to while a workflow runs
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/expressions>).

use std::collections::BTreeMap;

use tollgate::domain::workflow::Text;
use tollgate::domain::workflow::expression::{Expression, Literal, Operator, parse};

use super::job::{Conclusion, StepRun};

/// What expressions can see at one place.
pub(super) struct Scope<'a> {
    pub(super) github: &'a BTreeMap<String, String>,
    pub(super) needs: &'a BTreeMap<String, Conclusion>,
    pub(super) steps: &'a [StepRun],
    pub(super) environment: BTreeMap<String, String>,
    pub(super) status: Status,
}

/// How everything went that came before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Status {
    pub(super) has_succeeded: bool,
    pub(super) has_failed: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Null,
    Boolean(bool),
    Number(f64),
    Text(String),
    List(Vec<String>),
}

impl Scope<'_> {
    /// Whether `if:` lets a job or step run. A condition that does not ask how things went has
    /// `success() &&` before it.
    pub(super) fn lets_run(&self, condition: Option<&Text>) -> bool {
        let Some(condition) = condition else {
            return self.status.has_succeeded;
        };
        let text = condition.text.trim();
        let inner = text
            .strip_prefix("${{")
            .and_then(|rest| rest.strip_suffix("}}"));
        let expression = read(inner.unwrap_or(text));
        let is_true = truth(&self.value(&expression));
        is_true && (asks_for_status(&expression) || self.status.has_succeeded)
    }

    /// A text with every `${{ }}` in it replaced.
    pub(super) fn text(&self, template: &str) -> String {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once("${{") {
            let (inner, after) = behind.split_once("}}").expect("the expression ends");
            text.push_str(before);
            text.push_str(&written(&self.value(&read(inner))));
            rest = after;
        }
        text + rest
    }

    fn value(&self, expression: &Expression) -> Value {
        match expression {
            Expression::Literal(Literal::Null) => Value::Null,
            Expression::Literal(Literal::Boolean(value)) => Value::Boolean(*value),
            Expression::Literal(Literal::Number(value)) => Value::Number(*value),
            Expression::Literal(Literal::Text(value)) => Value::Text(value.clone()),
            Expression::Lookup(names) => self.look_up(names),
            Expression::Call(name, arguments) => self.call(name, arguments),
            Expression::Not(inner) => Value::Boolean(!truth(&self.value(inner))),
            Expression::Binary(operator, left, right) => {
                self.binary(*operator, self.value(left), right)
            }
            Expression::Opaque => panic!("an expression that is more than this knows"),
        }
    }

    /// What is not there is null, as on GitHub; a context that is not known here is an error.
    fn look_up(&self, names: &[String]) -> Value {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let found = match names.as_slice() {
            ["github", name] => self.github.get(*name).cloned(),
            ["env", name] => {
                let mut all = self.environment.iter();
                let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.clone())
            }
            ["needs", "*", "result"] => {
                let results = self.needs.values().map(|one| one.word().to_owned());
                return Value::List(results.collect());
            }
            ["needs", job, "result"] => {
                let mut needs = self.needs.iter();
                let found = needs.find(|(id, _)| id.eq_ignore_ascii_case(job));
                found.map(|(_, result)| result.word().to_owned())
            }
            ["steps", id, rest @ ..] => {
                let is_it = |step: &&StepRun| {
                    let own = step.id.as_ref();
                    own.is_some_and(|own| own.eq_ignore_ascii_case(id))
                };
                let found = self.steps.iter().find(is_it);
                found.and_then(|step| of_step(step, rest))
            }
            other => panic!("{}: not known here", other.join(".")),
        };
        found.map_or(Value::Null, Value::Text)
    }

    fn call(&self, name: &str, arguments: &[Expression]) -> Value {
        match (name, arguments) {
            ("always", []) => Value::Boolean(true),
            // A run that is cancelled is tried with the runner alone.
            ("cancelled", []) => Value::Boolean(false),
            ("success", []) => Value::Boolean(self.status.has_succeeded),
            ("failure", []) => Value::Boolean(self.status.has_failed),
            ("contains", [place, item]) => contains(&self.value(place), &self.value(item)),
            _ => panic!("{name}(): not known here"),
        }
    }

    fn binary(&self, operator: Operator, left: Value, right: &Expression) -> Value {
        match operator {
            Operator::Or if truth(&left) => left,
            Operator::And if !truth(&left) => left,
            Operator::Or | Operator::And => self.value(right),
            Operator::Equal => Value::Boolean(is_equal(&left, &self.value(right))),
            Operator::Unequal => Value::Boolean(!is_equal(&left, &self.value(right))),
            Operator::Order => panic!("an order of values: not known here"),
        }
    }
}

fn read(text: &str) -> Expression {
    parse(text).unwrap_or_else(|| panic!("{text:?} is no expression"))
}

fn of_step(step: &StepRun, names: &[&str]) -> Option<String> {
    match names {
        ["outcome"] => Some(step.outcome.word().to_owned()),
        ["conclusion"] => Some(step.conclusion.word().to_owned()),
        ["outputs", name] => {
            let outputs = step.run.iter().flat_map(|run| &run.outputs);
            let mut named = outputs.filter(|(known, _)| known.eq_ignore_ascii_case(name));
            named.next().map(|(_, value)| value.clone())
        }
        other => panic!("steps.ID.{}: not known here", other.join(".")),
    }
}

fn asks_for_status(expression: &Expression) -> bool {
    match expression {
        Expression::Call(name, arguments) => {
            let is_status = matches!(
                name.as_str(),
                "always" | "cancelled" | "failure" | "success"
            );
            is_status || arguments.iter().any(asks_for_status)
        }
        Expression::Not(inner) => asks_for_status(inner),
        Expression::Binary(_, left, right) => asks_for_status(left) || asks_for_status(right),
        _ => false,
    }
}

fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Boolean(value) => *value,
        Value::Number(value) => *value != 0.0 && !value.is_nan(),
        Value::Text(value) => !value.is_empty(),
        Value::List(_) => true,
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Boolean(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::Text(value) => value.clone(),
        Value::List(_) => "Array".to_owned(),
    }
}

/// Texts are compared without case; values of two kinds as numbers.
fn is_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left.eq_ignore_ascii_case(right),
        (left, right) if std::mem::discriminant(left) == std::mem::discriminant(right) => {
            left == right
        }
        (left, right) => number(left) == number(right),
    }
}

fn number(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Boolean(value) => f64::from(u8::from(*value)),
        Value::Number(value) => *value,
        Value::Text(text) if text.trim().is_empty() => 0.0,
        Value::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
        Value::List(_) => f64::NAN,
    }
}

fn contains(place: &Value, item: &Value) -> Value {
    let item = written(item).to_lowercase();
    Value::Boolean(match place {
        Value::List(all) => all.iter().any(|one| one.to_lowercase() == item),
        place => written(place).to_lowercase().contains(&item),
    })
}
