//! The part of SQL that the stores are written in, as a tree. What it does not know is a panic: a model
//! that leaves something out would be of no use.

use super::Value;

/// A statement, and what it does before by `WITH`.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) with: Vec<(String, Body)>,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Select(Select),
    Change(Change, Vec<Item>),
}

#[derive(Debug)]
pub(super) enum Change {
    Insert { table: String, columns: Vec<String>, from: Inserted, conflict: Option<Conflict> },
    Update { target: Source, set: Vec<(String, Expr)>, sources: Vec<Source>, filter: Option<Expr> },
    Delete { target: Source, filter: Option<Expr> },
}

#[derive(Debug)]
pub(super) enum Inserted {
    Values(Vec<Expr>),
    Select(Select),
}

/// What an insertion does where its key is there: an update of the row, or nothing.
#[derive(Debug)]
pub(super) struct Conflict {
    pub(super) set: Vec<(String, Expr)>,
    pub(super) filter: Option<Expr>,
}

#[derive(Debug)]
pub(super) struct Select {
    pub(super) items: Vec<Item>,
    pub(super) sources: Vec<Source>,
    pub(super) filter: Option<Expr>,
    pub(super) order: Vec<(Expr, bool)>,
    pub(super) limit: Option<Expr>,
    pub(super) lock: Lock,
}

/// What a select locks of the rows that it finds.
#[derive(Debug)]
pub(super) enum Lock {
    Nothing,
    All,
    /// Those with this alias.
    Of(String),
}

#[derive(Debug)]
pub(super) struct Item {
    pub(super) expr: Expr,
    pub(super) name: String,
}

/// Where rows come from: the first one, or one that is joined.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) from: From,
    pub(super) alias: String,
    pub(super) is_left: bool,
    pub(super) on: Option<Expr>,
}

#[derive(Debug)]
pub(super) enum From {
    Table(String),
    Select(Box<Select>),
}

#[derive(Debug)]
pub(super) enum Expr {
    Value(Value),
    Argument(usize),
    Column(Option<String>, String),
    Not(Box<Expr>),
    IsNull(Box<Expr>),
    Binary(String, Box<Expr>, Box<Expr>),
    In(Box<Expr>, Box<Select>),
    Exists(Box<Select>),
    One(Box<Select>),
    Case(Vec<(Expr, Expr)>, Option<Box<Expr>>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Number(i64),
    Argument(usize),
    Text(String),
    Sign(String),
}

const SIGNS: [&str; 12] = ["<=", ">=", "<>", "(", ")", ",", ".", "=", "<", ">", "+", "-"];

fn tokens(sql: &str) -> Vec<Token> {
    let mut rest = sql.trim_start();
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let (token, after) = token(first, rest);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

/// The token that a text begins with, and what comes after it.
fn token(first: char, rest: &str) -> (Token, &str) {
    let taken = |from: usize, fits: fn(char) -> bool| {
        let (_, rest) = rest.split_at(from);
        rest.split_at(rest.find(|it| !fits(it)).unwrap_or(rest.len()))
    };
    let is_digit = |it: char| it.is_ascii_digit();
    let is_letter = |it: char| it.is_ascii_alphanumeric() || it == '_';
    match first {
        '0'..='9' => {
            let (number, rest) = taken(0, is_digit);
            (Token::Number(number.parse().unwrap()), rest)
        }
        '$' => {
            let (number, rest) = taken(1, is_digit);
            (Token::Argument(number.parse().unwrap()), rest)
        }
        '\'' => {
            let (text, rest) = taken(1, |it| it != '\'');
            (Token::Text(text.to_owned()), rest.strip_prefix('\'').unwrap())
        }
        _ if is_letter(first) => {
            let (word, rest) = taken(0, is_letter);
            (Token::Word(word.to_owned()), rest)
        }
        _ => {
            let sign = SIGNS.iter().find(|it| rest.starts_with(**it));
            let sign = *sign.unwrap_or_else(|| panic!("an unknown sign: {rest}"));
            (Token::Sign(sign.to_owned()), rest.strip_prefix(sign).unwrap())
        }
    }
}

pub(super) fn parse(sql: &str) -> Statement {
    let mut parser = Parser { sql, tokens: tokens(sql), at: 0 };
    let statement = parser.statement();
    assert_eq!(parser.at, parser.tokens.len(), "{} is not understood", parser.rest());
    statement
}

struct Parser<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> String {
        format!("{:?} in {}", &self.tokens[self.at..], self.sql)
    }

    fn next(&mut self) -> Token {
        let token = self.tokens.get(self.at).unwrap_or_else(|| panic!("{} ends", self.sql));
        self.at += 1;
        token.clone()
    }

    /// Takes these words and signs, if they come next.
    fn has(&mut self, text: &str) -> bool {
        let wanted = tokens(text);
        let is_next = self.tokens[self.at..].starts_with(&wanted);
        self.at += if is_next { wanted.len() } else { 0 };
        is_next
    }

    fn expect(&mut self, text: &str) {
        assert!(self.has(text), "{text} is expected at {}", self.rest());
    }

    fn word(&mut self) -> String {
        match self.next() {
            Token::Word(word) => word,
            other => panic!("{other:?} is no word: {}", self.rest()),
        }
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut all = vec![one(self)];
        while self.has(",") {
            all.push(one(self));
        }
        all
    }

    fn in_parentheses<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.expect("(");
        let inner = inner(self);
        self.expect(")");
        inner
    }

    fn statement(&mut self) -> Statement {
        let with = if self.has("WITH") {
            self.list(|it| {
                let name = it.word();
                it.expect("AS");
                it.has("MATERIALIZED");
                (name, it.in_parentheses(Self::body))
            })
        } else {
            Vec::new()
        };
        Statement { with, body: self.body() }
    }

    fn body(&mut self) -> Body {
        if self.has("SELECT") {
            return Body::Select(self.select());
        }
        let change = if self.has("INSERT INTO") {
            self.insert()
        } else if self.has("UPDATE") {
            let target = self.table(&["SET"]);
            self.expect("SET");
            let set = self.list(Self::assignment);
            let sources = if self.has("FROM") { self.sources() } else { Vec::new() };
            Change::Update { target, set, sources, filter: self.filter() }
        } else {
            self.expect("DELETE FROM");
            let target = self.table(&["WHERE", "RETURNING"]);
            Change::Delete { target, filter: self.filter() }
        };
        let returning = if self.has("RETURNING") { self.list(Self::item) } else { Vec::new() };
        Body::Change(change, returning)
    }

    fn insert(&mut self) -> Change {
        let table = self.word();
        let columns = self.in_parentheses(|it| it.list(Self::word));
        let from = if self.has("VALUES") {
            Inserted::Values(self.in_parentheses(|it| it.list(Self::expr)))
        } else {
            self.expect("SELECT");
            Inserted::Select(self.select())
        };
        let conflict = self.has("ON CONFLICT").then(|| {
            self.in_parentheses(|it| it.list(Self::word));
            let set = if self.has("DO UPDATE SET") {
                self.list(Self::assignment)
            } else {
                self.expect("DO NOTHING");
                Vec::new()
            };
            Conflict { set, filter: self.filter() }
        });
        Change::Insert { table, columns, from, conflict }
    }

    fn assignment(&mut self) -> (String, Expr) {
        let column = self.word();
        self.expect("=");
        (column, self.expr())
    }

    fn filter(&mut self) -> Option<Expr> {
        self.has("WHERE").then(|| self.expr())
    }

    /// After its first word.
    fn select(&mut self) -> Select {
        let items = self.list(Self::item);
        let sources = if self.has("FROM") { self.sources() } else { Vec::new() };
        let filter = self.filter();
        let order = if self.has("ORDER BY") {
            self.list(|it| (it.expr(), it.has("DESC")))
        } else {
            Vec::new()
        };
        let limit = self.has("LIMIT").then(|| self.expr());
        // A lock that others may share is one that they may not, here: that they wait more loses nothing.
        let is_locking = self.has("FOR UPDATE") || self.has("FOR SHARE");
        let lock = match () {
            () if !is_locking => Lock::Nothing,
            () if self.has("OF") => Lock::Of(self.word()),
            () => Lock::All,
        };
        Select { items, sources, filter, order, limit, lock }
    }

    fn item(&mut self) -> Item {
        let expr = self.expr();
        let name = if self.has("AS") {
            self.word()
        } else if let Expr::Column(_, name) = &expr {
            name.clone()
        } else {
            "?".to_owned()
        };
        Item { expr, name }
    }

    fn sources(&mut self) -> Vec<Source> {
        const AFTER: [&str; 9] =
            ["WHERE", "ORDER", "LIMIT", "FOR", "JOIN", "LEFT", "ON", "RETURNING", "CROSS"];
        let mut sources = vec![self.table(&AFTER)];
        loop {
            let is_left = self.has("LEFT");
            if self.has("JOIN") {
                let mut source = self.table(&AFTER);
                self.expect("ON");
                source.on = Some(self.expr());
                source.is_left = is_left;
                sources.push(source);
            } else if self.has(",") || self.has("CROSS JOIN") {
                sources.push(self.table(&AFTER));
            } else {
                assert!(!is_left, "{}", self.rest());
                return sources;
            }
        }
    }

    /// A table or a select in parentheses, with its alias unless one of these words follows.
    fn table(&mut self, after: &[&str]) -> Source {
        let (from, mut alias) = if self.has("(") {
            self.expect("SELECT");
            let select = self.select();
            self.expect(")");
            (From::Select(Box::new(select)), String::new())
        } else {
            let name = self.word();
            (From::Table(name.clone()), name)
        };
        let is_alias =
            |token: &Token| matches!(token, Token::Word(word) if !after.contains(&word.as_str()));
        if self.has("AS") || self.tokens.get(self.at).is_some_and(is_alias) {
            alias = self.word();
        }
        Source { from, alias, is_left: false, on: None }
    }

    fn expr(&mut self) -> Expr {
        let mut left = self.and();
        while self.has("OR") {
            left = binary("OR", left, self.and());
        }
        left
    }

    fn and(&mut self) -> Expr {
        let mut left = self.not();
        while self.has("AND") {
            left = binary("AND", left, self.not());
        }
        left
    }

    fn not(&mut self) -> Expr {
        if self.has("NOT") { Expr::Not(Box::new(self.not())) } else { self.comparison() }
    }

    fn comparison(&mut self) -> Expr {
        let left = self.sum();
        for operator in ["<=", ">=", "<>", "=", "<", ">"] {
            if self.has(operator) {
                return binary(operator, left, self.sum());
            }
        }
        if self.has("IS NOT NULL") {
            return Expr::Not(Box::new(Expr::IsNull(Box::new(left))));
        }
        if self.has("IS NULL") {
            return Expr::IsNull(Box::new(left));
        }
        if self.has("IN") {
            return Expr::In(Box::new(left), Box::new(self.in_parentheses(Self::subselect)));
        }
        left
    }

    fn subselect(&mut self) -> Select {
        self.expect("SELECT");
        self.select()
    }

    fn sum(&mut self) -> Expr {
        let mut left = self.primary();
        loop {
            let operator = match () {
                () if self.has("+") => "+",
                () if self.has("-") => "-",
                () => return left,
            };
            left = binary(operator, left, self.primary());
        }
    }

    fn primary(&mut self) -> Expr {
        if self.has("EXISTS") {
            return Expr::Exists(Box::new(self.in_parentheses(Self::subselect)));
        }
        if self.has("CASE") {
            return self.case();
        }
        if self.has("(") {
            let inner =
                if self.has("SELECT") { Expr::One(Box::new(self.select())) } else { self.expr() };
            self.expect(")");
            return inner;
        }
        match self.next() {
            Token::Number(number) => Expr::Value(Value::Integer(number)),
            Token::Text(text) => Expr::Value(Value::Text(text)),
            Token::Argument(number) => Expr::Argument(number - 1),
            Token::Word(word) if word == "NULL" => Expr::Value(Value::Null),
            Token::Word(table) if self.has(".") => Expr::Column(Some(table), self.word()),
            Token::Word(column) => Expr::Column(None, column),
            Token::Sign(_) => panic!("no value: {}", self.rest()),
        }
    }

    /// After its first word.
    fn case(&mut self) -> Expr {
        let mut cases = Vec::new();
        while self.has("WHEN") {
            let condition = self.expr();
            self.expect("THEN");
            cases.push((condition, self.expr()));
        }
        let otherwise = self.has("ELSE").then(|| Box::new(self.expr()));
        self.expect("END");
        Expr::Case(cases, otherwise)
    }
}

fn binary(operator: &str, left: Expr, right: Expr) -> Expr {
    Expr::Binary(operator.to_owned(), Box::new(left), Box::new(right))
}
