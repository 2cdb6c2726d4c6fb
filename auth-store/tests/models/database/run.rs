//! Runs one statement.

use std::cell::RefCell;
use std::collections::HashMap;

use super::parse::{
    Body, Change, Conflict, Expr, From, Inserted, Item, Lock, Select, Source, Statement,
};
use super::{Record, Slot, TABLES, Transaction, Value, Version, Violation};

/// A row that was found, and where it is if it is one of a table.
#[derive(Clone)]
struct Found {
    alias: String,
    record: Record,
    place: Option<(String, usize)>,
}

/// What names mean: rows that are joined, and those around them.
#[derive(Clone, Copy)]
struct Scope<'s> {
    rows: &'s [Found],
    around: Option<&'s Scope<'s>>,
}

/// A statement that runs.
pub(super) struct Run<'a> {
    transaction: &'a Transaction,
    snapshot: u64,
    arguments: &'a [Value],
    statement: &'a Statement,
    /// What the parts of `WITH` gave that were asked for.
    given: RefCell<HashMap<&'a str, Vec<Record>>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        transaction: &'a Transaction,
        snapshot: u64,
        arguments: &'a [Value],
        statement: &'a Statement,
    ) -> Self {
        Self { transaction, snapshot, arguments, statement, given: RefCell::default() }
    }

    pub(super) fn run(&self) -> Result<Vec<Record>, Violation> {
        let rows = self.body(&self.statement.body)?;
        // A change that was not asked for is done all the same.
        for (name, body) in &self.statement.with {
            if matches!(body, Body::Change(..)) {
                self.part(name)?;
            }
        }
        Ok(rows)
    }

    /// The rows of a part of `WITH`, which runs once; `None`: no part has this name.
    fn part(&self, name: &str) -> Result<Option<Vec<Record>>, Violation> {
        let Some((name, body)) = self.statement.with.iter().find(|(it, _)| it == name) else {
            return Ok(None);
        };
        if let Some(rows) = self.given.borrow().get(name.as_str()) {
            return Ok(Some(rows.clone()));
        }
        let rows = self.body(body)?;
        self.given.borrow_mut().insert(name, rows.clone());
        Ok(Some(rows))
    }

    fn body(&self, body: &'a Body) -> Result<Vec<Record>, Violation> {
        match body {
            Body::Select(select) => self.select(select, None),
            Body::Change(change, returning) => {
                let changed = self.change(change)?;
                let answer =
                    |rows: &Vec<Found>| self.items(returning, &Scope { rows, around: None });
                changed.iter().map(answer).collect()
            }
        }
    }

    // What rows there are.

    /// The version of a row that this statement sees.
    fn seen(&self, slot: &Slot) -> Option<Record> {
        let is_seen = |it: &&Version| {
            it.committed.is_some_and(|at| at <= self.snapshot)
                || (it.transaction == self.transaction.number
                    && it.statement < self.transaction.statements)
        };
        slot.versions.iter().rev().find(is_seen).and_then(|it| it.record.clone())
    }

    fn rows_of(
        &self,
        source: &Source,
        around: Option<&Scope<'_>>,
    ) -> Result<Vec<Found>, Violation> {
        let alias = || source.alias.clone();
        let table = match &source.from {
            From::Select(select) => {
                let rows = self.select(select, around)?.into_iter();
                return Ok(rows
                    .map(|record| Found { alias: alias(), record, place: None })
                    .collect());
            }
            From::Table(table) => table,
        };
        if let Some(rows) = self.part(table)? {
            let found = |record| Found { alias: alias(), record, place: None };
            return Ok(rows.into_iter().map(found).collect());
        }
        assert!(TABLES.contains_key(table.as_str()), "there is no table {table}");
        Ok(self.transaction.database.with(|state| {
            let slots = state.tables.entry(table.clone()).or_default().iter().enumerate();
            let found = slots.filter_map(|(at, slot)| {
                let place = Some((table.clone(), at));
                self.seen(slot).map(|record| Found { alias: alias(), record, place })
            });
            found.collect()
        }))
    }

    /// All that the sources give together.
    fn joined(
        &self,
        sources: &[Source],
        first: Vec<Vec<Found>>,
        around: Option<&Scope<'_>>,
    ) -> Result<Vec<Vec<Found>>, Violation> {
        let mut joined = first;
        for source in sources {
            let mut next = Vec::new();
            for rows in joined {
                let outer = Scope { rows: &rows, around };
                let before = next.len();
                for found in self.rows_of(source, Some(&outer))? {
                    let both = [&rows[..], &[found]].concat();
                    let scope = Scope { rows: &both, around };
                    if source.on.as_ref().map_or(Ok(true), |it| self.is_true(it, &scope))? {
                        next.push(both);
                    }
                }
                if source.is_left && next.len() == before {
                    let columns: Vec<String> = match &source.from {
                        From::Table(table) => TABLES[table.as_str()].columns.clone(),
                        From::Select(select) => {
                            select.items.iter().map(|it| it.name.clone()).collect()
                        }
                    };
                    let record = columns.into_iter().map(|it| (it, Value::Null)).collect();
                    let found = Found { alias: source.alias.clone(), record, place: None };
                    next.push([&rows[..], &[found]].concat());
                }
            }
            joined = next;
        }
        Ok(joined)
    }

    /// Those of which the condition is true.
    fn filtered(
        &self,
        joined: Vec<Vec<Found>>,
        filter: Option<&Expr>,
        around: Option<&Scope<'_>>,
    ) -> Result<Vec<Vec<Found>>, Violation> {
        let mut filtered = Vec::new();
        for rows in joined {
            let scope = Scope { rows: &rows, around };
            if filter.map_or(Ok(true), |it| self.is_true(it, &scope))? {
                filtered.push(rows);
            }
        }
        Ok(filtered)
    }

    /// Holds the row with this index, and asks the condition again if it has changed. False: it is gone, or
    /// no longer meant.
    fn hold(
        &self,
        rows: &mut [Found],
        index: usize,
        filter: Option<&Expr>,
        around: Option<&Scope<'_>>,
    ) -> Result<bool, Violation> {
        let Some((table, at)) = rows[index].place.clone() else { panic!("no row of a table") };
        let transaction = self.transaction;
        transaction.database.hold(transaction.number, &table, at);
        let newest = transaction.database.with(|state| {
            let version = state.tables[&table][at].versions.last().cloned();
            version.filter(|it| {
                it.transaction != transaction.number || it.statement < transaction.statements
            })
        });
        let Some(record) = newest.and_then(|it| it.record) else { return Ok(false) };
        if record == rows[index].record {
            return Ok(true);
        }
        rows[index].record = record;
        let scope = Scope { rows, around };
        filter.map_or(Ok(true), |it| self.is_true(it, &scope))
    }

    fn select(
        &self,
        select: &Select,
        around: Option<&Scope<'_>>,
    ) -> Result<Vec<Record>, Violation> {
        let joined = self.joined(&select.sources, vec![Vec::new()], around)?;
        let filter = select.filter.as_ref();
        let mut found = self.filtered(joined, filter, around)?;
        for (expr, is_descending) in select.order.iter().rev() {
            let mut keyed = Vec::new();
            for rows in found {
                keyed.push((self.value(expr, &Scope { rows: &rows, around })?, rows));
            }
            keyed.sort_by(|(one, _), (other, _)| {
                let order = one.partial_cmp(other).unwrap();
                if *is_descending { order.reverse() } else { order }
            });
            found = keyed.into_iter().map(|(_, rows)| rows).collect();
        }
        let limit = match &select.limit {
            Some(limit) => match self.value(limit, &Scope { rows: &[], around })? {
                Value::Integer(limit) => usize::try_from(limit).unwrap(),
                other => panic!("{other:?} is no limit"),
            },
            None => usize::MAX,
        };
        let mut answers = Vec::new();
        for mut rows in found {
            if answers.len() == limit {
                break;
            }
            let mut is_meant = true;
            for index in 0..rows.len() {
                let is_locked = match &select.lock {
                    Lock::Nothing => false,
                    Lock::All => true,
                    Lock::Of(alias) => *alias == rows[index].alias,
                };
                if is_locked && is_meant {
                    is_meant = self.hold(&mut rows, index, filter, around)?;
                }
            }
            if is_meant {
                answers.push(self.items(&select.items, &Scope { rows: &rows, around })?);
            }
        }
        Ok(answers)
    }

    fn items(&self, items: &[Item], scope: &Scope<'_>) -> Result<Record, Violation> {
        items.iter().map(|it| Ok((it.name.clone(), self.value(&it.expr, scope)?))).collect()
    }

    // What changes.

    /// The rows as they are after the change, each with those that it was joined with.
    fn change(&self, change: &'a Change) -> Result<Vec<Vec<Found>>, Violation> {
        match change {
            Change::Insert { table, columns, from, conflict } => {
                let rows = match from {
                    Inserted::Values(values) => {
                        let scope = Scope { rows: &[], around: None };
                        let values = values.iter().map(|it| self.value(it, &scope));
                        vec![values.collect::<Result<Vec<_>, _>>()?]
                    }
                    Inserted::Select(select) => {
                        let named = |mut row: Record| {
                            select.items.iter().map(|it| row.remove(&it.name).unwrap()).collect()
                        };
                        self.select(select, None)?.into_iter().map(named).collect()
                    }
                };
                let mut inserted = Vec::new();
                for values in rows {
                    let nulls = TABLES[table.as_str()].columns.iter();
                    let mut record: Record = nulls.map(|it| (it.clone(), Value::Null)).collect();
                    for (column, value) in columns.iter().zip(values) {
                        assert!(record.insert(column.clone(), value).is_some(), "{table}.{column}");
                    }
                    inserted.extend(self.insert(table, record, conflict.as_ref())?);
                }
                Ok(inserted)
            }
            Change::Update { target, set, sources, filter } => {
                let filter = filter.as_ref();
                let first = self.rows_of(target, None)?.into_iter().map(|it| vec![it]).collect();
                let joined = self.joined(sources, first, None)?;
                let mut updated = Vec::new();
                for mut rows in self.filtered(joined, filter, None)? {
                    if self.hold(&mut rows, 0, filter, None)? {
                        self.assign(&mut rows, set)?;
                        updated.push(rows);
                    }
                }
                Ok(updated)
            }
            Change::Delete { target, filter } => {
                let filter = filter.as_ref();
                let first = self.rows_of(target, None)?.into_iter().map(|it| vec![it]).collect();
                let mut deleted = Vec::new();
                for mut rows in self.filtered(first, filter, None)? {
                    if self.hold(&mut rows, 0, filter, None)? {
                        self.delete(&rows[0]);
                        deleted.push(rows);
                    }
                }
                Ok(deleted)
            }
        }
    }

    /// Writes these values into the first of the rows, which is held.
    fn assign(&self, rows: &mut [Found], set: &[(String, Expr)]) -> Result<(), Violation> {
        let mut record = rows[0].record.clone();
        for (column, expr) in set {
            let value = self.value(expr, &Scope { rows, around: None })?;
            assert!(record.insert(column.clone(), value).is_some(), "there is no column {column}");
        }
        rows[0].record = record.clone();
        let (table, at) = rows[0].place.clone().unwrap();
        self.write(&table, at, Some(record));
        Ok(())
    }

    fn write(&self, table: &str, at: usize, record: Option<Record>) {
        let (transaction, statement) = (self.transaction.number, self.transaction.statements);
        let version = Version { record, transaction, statement, committed: None };
        self.transaction
            .database
            .with(|state| state.tables.get_mut(table).unwrap()[at].versions.push(version));
    }

    /// Removes a row that is held, and what goes with it.
    fn delete(&self, found: &Found) {
        let (table, at) = found.place.clone().unwrap();
        self.write(&table, at, None);
        if table != "auth_grant" {
            return;
        }
        let children = TABLES.iter().filter_map(|(name, it)| Some((*name, it.parent.as_ref()?)));
        for (name, column) in children {
            let of_grant = self.transaction.database.with(|state| {
                let slots = state.tables.entry(name.to_owned()).or_default().iter().enumerate();
                let is_its = |slot: &Slot| {
                    let record = slot.versions.last().and_then(|it| it.record.as_ref());
                    record.is_some_and(|it| it[column] == found.record["id"])
                };
                slots.filter(|(_, slot)| is_its(slot)).map(|(at, _)| at).collect::<Vec<_>>()
            });
            for at in of_grant {
                self.transaction.database.hold(self.transaction.number, name, at);
                self.write(name, at, None);
            }
        }
    }

    /// Adds a row, unless there is one with its key: who adds the same one at this moment is waited for.
    fn insert(
        &self,
        table: &str,
        record: Record,
        conflict: Option<&Conflict>,
    ) -> Result<Option<Vec<Found>>, Violation> {
        let transaction = self.transaction;
        loop {
            let same = transaction.database.with(|state| {
                let slots = state.tables.entry(table.to_owned()).or_default();
                let has_same_key = |slot: &Slot| {
                    let newest = slot.versions.last().and_then(|it| it.record.as_ref());
                    newest.is_some_and(|it| is_same_key(table, it, &record))
                };
                let same = slots.iter().position(has_same_key);
                if same.is_none() {
                    let (number, statement) = (transaction.number, transaction.statements);
                    let record = Some(record.clone());
                    let version =
                        Version { record, transaction: number, statement, committed: None };
                    slots.push(Slot { versions: vec![version], held_by: Some(number) });
                }
                same
            });
            let Some(at) = same else {
                let found = Found { alias: table.to_owned(), record, place: None };
                return Ok(Some(vec![found]));
            };
            transaction.database.hold(transaction.number, table, at);
            let newest = transaction.database.with(|state| {
                state.tables[table][at].versions.last().and_then(|it| it.record.clone())
            });
            // Who was waited for has taken it back, or removed it.
            let Some(newest) = newest.filter(|it| is_same_key(table, it, &record)) else {
                continue;
            };
            let Some(conflict) = conflict else { return Err(Violation) };
            let place = Some((table.to_owned(), at));
            let held = Found { alias: table.to_owned(), record: newest, place };
            let excluded = Found { alias: "excluded".to_owned(), record, place: None };
            let mut rows = vec![held, excluded];
            let scope = Scope { rows: &rows, around: None };
            let is_meant =
                conflict.filter.as_ref().map_or(Ok(true), |it| self.is_true(it, &scope))?;
            if conflict.set.is_empty() || !is_meant {
                return Ok(None);
            }
            self.assign(&mut rows, &conflict.set)?;
            return Ok(Some(rows));
        }
    }

    // What expressions mean.

    fn is_true(&self, expr: &Expr, scope: &Scope<'_>) -> Result<bool, Violation> {
        Ok(self.value(expr, scope)? == Value::Boolean(true))
    }

    fn value(&self, expr: &Expr, scope: &Scope<'_>) -> Result<Value, Violation> {
        Ok(match expr {
            Expr::Value(value) => value.clone(),
            Expr::Argument(at) => self.arguments[*at].clone(),
            Expr::Column(table, column) => named(scope, table.as_deref(), column),
            Expr::Not(inner) => match self.value(inner, scope)? {
                Value::Boolean(value) => Value::Boolean(!value),
                _ => Value::Null,
            },
            Expr::IsNull(inner) => Value::Boolean(self.value(inner, scope)? == Value::Null),
            Expr::Binary(operator, left, right) => {
                let (left, right) = (self.value(left, scope)?, self.value(right, scope)?);
                combined(operator, left, right)
            }
            Expr::In(inner, select) => {
                let wanted = self.value(inner, scope)?;
                let rows = self.select(select, Some(scope))?;
                Value::Boolean(rows.iter().any(|it| it[&select.items[0].name] == wanted))
            }
            Expr::Exists(select) => Value::Boolean(!self.select(select, Some(scope))?.is_empty()),
            Expr::One(select) => {
                let rows = self.select(select, Some(scope))?;
                assert!(rows.len() < 2, "more than one row in an expression");
                rows.first().map_or(Value::Null, |it| it[&select.items[0].name].clone())
            }
            Expr::Case(cases, otherwise) => {
                for (condition, value) in cases {
                    if self.is_true(condition, scope)? {
                        return self.value(value, scope);
                    }
                }
                otherwise.as_ref().map_or(Ok(Value::Null), |it| self.value(it, scope))?
            }
        })
    }
}

fn is_same_key(table: &str, one: &Record, other: &Record) -> bool {
    let same = |key: &Vec<String>| key.iter().all(|it| one[it] == other[it]);
    TABLES[table].keys.iter().any(same)
}

fn named(scope: &Scope<'_>, table: Option<&str>, column: &str) -> Value {
    let is_meant =
        |it: &&Found| table.is_none_or(|table| it.alias == table) && it.record.contains_key(column);
    match (scope.rows.iter().find(is_meant), scope.around) {
        (Some(found), _) => found.record[column].clone(),
        (None, Some(around)) => named(around, table, column),
        (None, None) => panic!("there is no column {table:?}.{column}"),
    }
}

/// Two values by an operator: with NULL, nothing is known.
fn combined(operator: &str, left: Value, right: Value) -> Value {
    use Value::{Boolean, Integer, Null};

    match (operator, left, right) {
        ("AND", Boolean(false), _) | ("AND", _, Boolean(false)) => Boolean(false),
        ("OR", Boolean(true), _) | ("OR", _, Boolean(true)) => Boolean(true),
        ("AND", Boolean(true), other)
        | ("AND", other, Boolean(true))
        | ("OR", Boolean(false), other)
        | ("OR", other, Boolean(false)) => other,
        (_, Null, _) | (_, _, Null) => Null,
        ("+", Integer(left), Integer(right)) => Integer(left + right),
        ("-", Integer(left), Integer(right)) => Integer(left - right),
        (operator, left, right) => {
            let order = left.partial_cmp(&right).unwrap();
            let is_same_type = std::mem::discriminant(&left) == std::mem::discriminant(&right);
            assert!(is_same_type, "{left:?} {operator} {right:?}");
            Boolean(match operator {
                "=" => order.is_eq(),
                "<>" => order.is_ne(),
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                ">=" => order.is_ge(),
                _ => panic!("an unknown operator: {operator}"),
            })
        }
    }
}
