//! What an expression may come to, when it is known how the needed jobs ended.

pub use super::syntax::{Expression, Literal, Operator, parse};

/// How the jobs ended that a job waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario<'a> {
    /// The needed jobs, each with its result: `success`, `failure`.
    pub results: Vec<(&'a str, &'a str)>,
}

/// What is known of a value.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Known(Literal),
    /// The results of several jobs.
    List(Vec<String>),
    Unknown,
}

impl Scenario<'_> {
    /// Whether an expression may be true; what is not known may be.
    pub fn may_be_true(&self, expression: &Expression) -> bool {
        truth(&self.value(expression)) != Some(false)
    }

    fn value(&self, expression: &Expression) -> Value {
        match expression {
            Expression::Literal(literal) => Value::Known(literal.clone()),
            Expression::Lookup(names) => self.look_up(names),
            Expression::Call(name, arguments) => self.call(name, arguments),
            Expression::Not(inner) => match truth(&self.value(inner)) {
                Some(is_true) => boolean(!is_true),
                None => Value::Unknown,
            },
            Expression::Binary(operator, left, right) => self.binary(*operator, left, right),
            Expression::Opaque => Value::Unknown,
        }
    }

    fn look_up(&self, names: &[String]) -> Value {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["needs", "*", "result"] => {
                let results = self.results.iter();
                Value::List(results.map(|(_, result)| (*result).to_owned()).collect())
            }
            ["needs", job, "result"] => {
                let mut results = self.results.iter();
                let found = results.find(|(id, _)| id.eq_ignore_ascii_case(job));
                found.map_or(Value::Unknown, |(_, result)| text(result))
            }
            _ => Value::Unknown,
        }
    }

    fn call(&self, name: &str, arguments: &[Expression]) -> Value {
        let has_failed = self.results.iter().any(|(_, result)| *result == "failure");
        let all_good = self.results.iter().all(|(_, result)| *result == "success");
        match (name, arguments) {
            ("always", []) => boolean(true),
            ("cancelled", []) => boolean(false),
            ("failure", []) => boolean(has_failed),
            ("success", []) => boolean(all_good),
            ("contains", [place, item]) => contains(&self.value(place), &self.value(item)),
            ("join" | "tojson", [list, ..]) => match self.value(list) {
                Value::List(items) => text(&items.join(",")),
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    fn binary(&self, operator: Operator, left: &Expression, right: &Expression) -> Value {
        let (left, right) = (self.value(left), self.value(right));
        match (operator, truth(&left), truth(&right)) {
            (Operator::Or, Some(true), _) | (Operator::And, Some(false), _) => left,
            (Operator::Or, Some(false), _) | (Operator::And, Some(true), _) => right,
            (Operator::Or, None, Some(true)) => boolean(true),
            (Operator::And, None, Some(false)) => boolean(false),
            (Operator::Equal, ..) => equal(&left, &right).map_or(Value::Unknown, boolean),
            (Operator::Unequal, ..) => {
                equal(&left, &right).map_or(Value::Unknown, |same| boolean(!same))
            }
            _ => Value::Unknown,
        }
    }
}

fn boolean(value: bool) -> Value {
    Value::Known(Literal::Boolean(value))
}

fn text(value: &str) -> Value {
    Value::Known(Literal::Text(value.to_owned()))
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Known(Literal::Null) => Some(false),
        Value::Known(Literal::Boolean(value)) => Some(*value),
        Value::Known(Literal::Number(number)) => Some(*number != 0.0 && !number.is_nan()),
        Value::Known(Literal::Text(text)) => Some(!text.is_empty()),
        Value::List(_) => Some(true),
        Value::Unknown => None,
    }
}

/// Texts are compared without case. What would have to be made a number first is not known.
fn equal(left: &Value, right: &Value) -> Option<bool> {
    match (left, right) {
        (Value::Known(Literal::Text(one)), Value::Known(Literal::Text(two))) => {
            Some(one.eq_ignore_ascii_case(two))
        }
        (Value::Known(Literal::Boolean(one)), Value::Known(Literal::Boolean(two))) => {
            Some(one == two)
        }
        _ => None,
    }
}

fn contains(place: &Value, item: &Value) -> Value {
    let Value::Known(Literal::Text(item)) = item else {
        return Value::Unknown;
    };
    let item = item.to_ascii_lowercase();
    match place {
        Value::List(items) => boolean(items.iter().any(|one| one.eq_ignore_ascii_case(&item))),
        Value::Known(Literal::Text(place)) => {
            boolean(place.to_ascii_lowercase().contains(item.trim_matches('"')))
        }
        _ => Value::Unknown,
    }
}
