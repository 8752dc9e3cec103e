//! The syntax of expressions: text → tree
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/expressions>).

/// How deep an expression may be nested.
const DEEPEST: usize = 50;

/// The longest expression that is read, in bytes; GitHub takes 21,000.
const LONGEST: usize = 32 * 1024;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// `null`, `true`, `1`, `'text'`.
    Literal(Literal),
    /// A look-up in lower case: `github.ref`, `needs.build.result`, `needs.*.result`.
    Lookup(Vec<String>),
    /// A call, its name in lower case.
    Call(String, Vec<Expression>),
    /// `!a`.
    Not(Box<Expression>),
    /// `a && b`, `a || b`, `a == b`, `a < b`.
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// What cannot be looked into, such as a look-up in what a call gives.
    Opaque,
}

/// A value that is written out.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true`, `false`.
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// What joins two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `||`.
    Or,
    /// `&&`.
    And,
    /// `==`.
    Equal,
    /// `!=`.
    Unequal,
    /// `<`, `<=`, `>`, `>=`.
    Order,
}

/// Reads an expression, without `${{ }}` around it; `None` when it is none.
pub fn parse(text: &str) -> Option<Expression> {
    if text.len() > LONGEST {
        return None;
    }
    let mut reader = Reader {
        rest: text,
        depth: 0,
    };
    let expression = reader.or()?;
    reader.rest.trim().is_empty().then_some(expression)
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, sign: &str) -> bool {
        let trimmed = self.rest.trim_start();
        match trimmed.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Option<Expression> {
        let mut left = self.and()?;
        while self.take("||") {
            left = binary(Operator::Or, left, self.and()?);
        }
        Some(left)
    }

    fn and(&mut self) -> Option<Expression> {
        let mut left = self.comparison()?;
        while self.take("&&") {
            left = binary(Operator::And, left, self.comparison()?);
        }
        Some(left)
    }

    fn comparison(&mut self) -> Option<Expression> {
        const SIGNS: [(&str, Operator); 6] = [
            ("==", Operator::Equal),
            ("!=", Operator::Unequal),
            ("<=", Operator::Order),
            (">=", Operator::Order),
            ("<", Operator::Order),
            (">", Operator::Order),
        ];
        let mut left = self.not()?;
        while let Some((_, operator)) = SIGNS.iter().find(|(sign, _)| self.take(sign)) {
            left = binary(*operator, left, self.not()?);
        }
        Some(left)
    }

    fn not(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let found = if self.take("!") {
            Expression::Not(Box::new(self.not()?))
        } else {
            self.primary()?
        };
        self.depth -= 1;
        Some(found)
    }

    fn primary(&mut self) -> Option<Expression> {
        if self.take("(") {
            let inner = self.or()?;
            return match (self.take(")"), self.path()?.is_empty()) {
                (true, true) => Some(inner),
                (true, false) => Some(Expression::Opaque),
                (false, _) => None,
            };
        }
        if self.rest.trim_start().starts_with('\'') {
            return Some(Expression::Literal(Literal::Text(self.text()?)));
        }
        let word = self.word()?;
        if self.take("(") {
            let arguments = self.arguments()?;
            let is_whole = self.path()?.is_empty();
            let call = Expression::Call(word.to_ascii_lowercase(), arguments);
            return Some(if is_whole { call } else { Expression::Opaque });
        }
        if let Some(literal) = literal(word) {
            return Some(Expression::Literal(literal));
        }
        let mut names = vec![word.to_ascii_lowercase()];
        names.extend(self.path()?);
        Some(Expression::Lookup(names))
    }

    fn arguments(&mut self) -> Option<Vec<Expression>> {
        let mut arguments = Vec::new();
        if self.take(")") {
            return Some(arguments);
        }
        loop {
            arguments.push(self.or()?);
            if self.take(")") {
                return Some(arguments);
            }
            if !self.take(",") {
                return None;
            }
        }
    }

    /// `.name`, `.*`, `['name']`, `[0]`; an index that must be computed is `?`.
    fn path(&mut self) -> Option<Vec<String>> {
        let mut names = Vec::new();
        loop {
            if self.take(".") {
                let name = if self.take("*") { "*" } else { self.word()? };
                names.push(name.to_ascii_lowercase());
            } else if self.take("[") {
                let index = self.or()?;
                names.push(match index {
                    Expression::Literal(Literal::Text(name)) => name.to_ascii_lowercase(),
                    _ => "?".to_owned(),
                });
                if !self.take("]") {
                    return None;
                }
            } else {
                return Some(names);
            }
        }
    }

    /// A name or a number.
    fn word(&mut self) -> Option<&'a str> {
        let trimmed = self.rest.trim_start();
        let is_number = trimmed.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        let belongs = |c: char| {
            c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || (is_number && ".+".contains(c))
        };
        let end = trimmed.find(|c| !belongs(c)).unwrap_or(trimmed.len());
        let (word, rest) = trimmed.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    /// `'it''s'`.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        self.take("'");
        loop {
            let (before, rest) = self.rest.split_once('\'')?;
            text.push_str(before);
            self.rest = rest;
            match rest.strip_prefix('\'') {
                Some(rest) => {
                    text.push('\'');
                    self.rest = rest;
                }
                None => return Some(text),
            }
        }
    }
}

fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    Expression::Binary(operator, Box::new(left), Box::new(right))
}

fn literal(word: &str) -> Option<Literal> {
    match word.to_ascii_lowercase().as_str() {
        "null" => Some(Literal::Null),
        "true" => Some(Literal::Boolean(true)),
        "false" => Some(Literal::Boolean(false)),
        _ if word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
            word.parse().ok().map(Literal::Number)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_by_precedence() {
        let read = |text: &str| parse(text).map(|found| format!("{found:?}"));
        assert_eq!(read("a || b && !c"), read("(a || ((b && (!c))))"));
        assert_eq!(read("a == 'x' && b"), read("(a == 'x') && b"));
        assert_eq!(read("needs['Build'].result"), read("needs.build.result"));
        assert_eq!(
            parse("'it''s'"),
            Some(Expression::Literal(Literal::Text("it's".to_owned())))
        );
        assert_eq!(
            parse("Contains( needs.*.result , 'x' )"),
            Some(Expression::Call(
                "contains".to_owned(),
                vec![
                    Expression::Lookup(["needs", "*", "result"].map(str::to_owned).into()),
                    Expression::Literal(Literal::Text("x".to_owned())),
                ]
            ))
        );
        assert_eq!(parse("fromJSON(x).y"), Some(Expression::Opaque));
    }

    #[test]
    fn what_is_no_expression_is_none() {
        for text in ["", "a b", "'x", "f(", "a ==", "(a", "a[", "\"x\"", "a &&"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"!".repeat(10_000)), None);
        assert_eq!(parse(&"(".repeat(10_000)), None);
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "[a-z.!&|=<>()\\[\\]', *0-9-]{0,60}") {
            parse(&text);
        }
    }
}
