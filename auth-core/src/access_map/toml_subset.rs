//! The part of TOML that a lock is written in, line by line.

use super::quoted;

/// One line that says something.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// `[roles]`
    Table(String),
    /// `[[endpoint]]`
    Block(String),
    /// `key = value`
    Pair(String, Value),
}

/// What is behind a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    Number(u64),
    Text(String),
    List(Vec<String>),
    /// `{ includes = ["clerk"] }`
    Table(Vec<(String, Vec<String>)>),
}

/// The line, unless it is empty or a comment.
pub(super) fn parse(line: &str) -> Result<Option<Line>, String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let inside = |open: &str, close: &str| {
        line.strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
            .map(|it| it.trim().to_owned())
    };
    if let Some(word) = inside("[[", "]]") {
        return Ok(Some(Line::Block(word)));
    }
    if let Some(word) = inside("[", "]") {
        return Ok(Some(Line::Table(word)));
    }
    let mut rest = Rest(line);
    let key = rest.key()?;
    rest.expect("=")?;
    let value = rest.value()?;
    if rest.0.is_empty() || rest.0.starts_with('#') {
        Ok(Some(Line::Pair(key, value)))
    } else {
        Err(format!("the end of the line was expected at `{}`", rest.0))
    }
}

struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn key(&mut self) -> Result<String, String> {
        if self.0.starts_with(['"', '\'']) {
            return self.text();
        }
        let end = self.0.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
        let (key, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        if key.is_empty() {
            return Err(format!("a key was expected at `{}`", self.0));
        }
        self.0 = rest.trim_start();
        Ok(key.to_owned())
    }

    fn value(&mut self) -> Result<Value, String> {
        match self.0.chars().next() {
            Some('"' | '\'') => self.text().map(Value::Text),
            Some('[') => self.list().map(Value::List),
            Some('{') => self.table().map(Value::Table),
            Some('0'..='9') => {
                let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
                let (digits, rest) = self.0.split_at(end);
                self.0 = rest.trim_start();
                digits.parse().map(Value::Number).map_err(|error| format!("`{digits}`: {error}"))
            }
            _ => Err(format!("a value was expected at `{}`", self.0)),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        let read = match self.0.strip_prefix('\'') {
            Some(literal) => literal.split_once('\'').map(|(text, rest)| (text.to_owned(), rest)),
            None => quoted::read(self.0),
        };
        let (text, rest) =
            read.ok_or_else(|| format!("a string in quotes was expected at `{}`", self.0))?;
        self.0 = rest.trim_start();
        Ok(text)
    }

    fn list(&mut self) -> Result<Vec<String>, String> {
        self.expect("[")?;
        let mut list = Vec::new();
        while !self.skip("]") {
            if !list.is_empty() {
                self.expect(",")?;
            }
            list.push(self.text()?);
        }
        Ok(list)
    }

    fn table(&mut self) -> Result<Vec<(String, Vec<String>)>, String> {
        self.expect("{")?;
        let mut table = Vec::new();
        while !self.skip("}") {
            if !table.is_empty() {
                self.expect(",")?;
            }
            let key = self.key()?;
            self.expect("=")?;
            table.push((key, self.list()?));
        }
        Ok(table)
    }

    fn skip(&mut self, token: &str) -> bool {
        match self.0.strip_prefix(token) {
            Some(rest) => {
                self.0 = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.skip(token) {
            Ok(())
        } else {
            Err(format!("`{token}` was expected at `{}`", self.0))
        }
    }
}
