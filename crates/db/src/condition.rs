//! A small builder for searches whose conditions are known only at run time.
//!
//! It appends fixed pieces of SQL and values, and numbers the placeholders; pieces are `&'static str`, so
//! that no input ever becomes SQL. In a piece each `?` stands for the next value.
//!
//! ```
//! use db::{Dynamic, params};
//! let mut search = Dynamic::new("select id, status from installment where organization_id = ?", params![7_i64]);
//! search.and("amount >= ?", params![100_i64]).and_in("status", ["PAID", "REPORTED"]);
//! search.push("order by id limit ?", params![50_i64]);
//! assert_eq!(
//!     search.text().unwrap(),
//!     "select id, status from installment where organization_id = $1 and (amount >= $2) and status in ($3, $4) order by id limit $5"
//! );
//! ```

use crate::{error::DbError, statement::quoted_length, value::Value};
use std::fmt::Write as _;

/// A statement under construction.
#[derive(Debug, Clone)]
pub struct Dynamic {
    text: String,
    params: Vec<Value>,
    fault: Option<String>,
}

impl Dynamic {
    /// Begins with a piece that ends inside its `where` clause.
    #[must_use]
    pub fn new(piece: &'static str, values: impl IntoIterator<Item = Value>) -> Self {
        let mut this = Self { text: String::with_capacity(256), params: Vec::new(), fault: None };
        this.append(piece, values);
        this
    }

    /// Appends ` and (piece)`.
    pub fn and(&mut self, piece: &'static str, values: impl IntoIterator<Item = Value>) -> &mut Self {
        self.text.push_str(" and (");
        self.append(piece, values);
        self.text.push(')');
        self
    }

    /// Appends the condition only when there is a value.
    pub fn and_some<V: Into<Value>>(&mut self, piece: &'static str, value: Option<V>) -> &mut Self {
        match value {
            Some(value) => self.and(piece, [value.into()]),
            None => self,
        }
    }

    /// Appends ` and column in (…)`; with no value, a condition that never holds.
    pub fn and_in<V: Into<Value>>(
        &mut self,
        column: &'static str,
        values: impl IntoIterator<Item = V>,
    ) -> &mut Self {
        let first = self.params.len();
        self.params.extend(values.into_iter().map(Into::into));
        if self.params.len() == first {
            self.text.push_str(" and 1 = 0");
            return self;
        }
        self.text.push_str(" and ");
        self.text.push_str(column);
        self.text.push_str(" in (");
        for n in first + 1..=self.params.len() {
            let comma = if n == first + 1 { "" } else { ", " };
            // Writing to a String does not fail.
            let _ = write!(self.text, "{comma}${n}");
        }
        self.text.push(')');
        self
    }

    /// Appends ` and (a or b or …)`; with no alternative, a condition that never holds.
    pub fn and_any<V: IntoIterator<Item = Value>>(
        &mut self,
        alternatives: impl IntoIterator<Item = (&'static str, V)>,
    ) -> &mut Self {
        self.text.push_str(" and (1 = 0");
        for (piece, values) in alternatives {
            self.text.push_str(" or (");
            self.append(piece, values);
            self.text.push(')');
        }
        self.text.push(')');
        self
    }

    /// Appends a piece as it is: `group by`, `order by`, `limit ?`.
    pub fn push(&mut self, piece: &'static str, values: impl IntoIterator<Item = Value>) -> &mut Self {
        self.text.push(' ');
        self.append(piece, values);
        self
    }

    fn append(&mut self, piece: &'static str, values: impl IntoIterator<Item = Value>) {
        let before = self.params.len();
        self.params.extend(values);
        let mut next = before;
        let mut rest = piece;
        while let Some(at) = rest.find(['?', '\'', '"', '-', '/']) {
            let (head, here) = rest.split_at(at);
            self.text.push_str(head);
            let (taken, after) = here.split_at(quoted_length(here).max(1));
            if taken == "?" {
                next += 1;
                let _ = write!(self.text, "${next}");
            } else {
                self.text.push_str(taken);
            }
            rest = after;
        }
        self.text.push_str(rest);
        if next != self.params.len() {
            let (marks, given) = (next - before, self.params.len() - before);
            self.fault = Some(format!("\"{piece}\" has {marks} placeholders for {given} values"));
        }
    }

    /// The text with `$1…$n`.
    ///
    /// # Errors
    /// A piece had another number of placeholders than of values.
    pub fn text(&self) -> Result<&str, DbError> {
        match &self.fault {
            None => Ok(&self.text),
            Some(fault) => Err(DbError::Other(fault.clone())),
        }
    }

    /// The values.
    #[must_use]
    pub fn params(&self) -> &[Value] {
        &self.params
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;

    #[test]
    fn numbering_goes_on_over_the_pieces() {
        let mut d = Dynamic::new("select 1 from t where a = ? and note <> 'why?'", params![1]);
        d.and_some("b = ?", None::<i64>).and_some("c like ?", Some("x%"));
        d.and_any([("d = ?", params![4]), ("e = ?", params![5])]);
        d.and_in("f", [6, 7]);
        assert_eq!(
            d.text().unwrap(),
            "select 1 from t where a = $1 and note <> 'why?' and (c like $2) and (1 = 0 or (d = $3) or (e = $4)) and f in ($5, $6)"
        );
        assert_eq!(d.params().len(), 6);
    }

    #[test]
    fn nothing_to_choose_from_is_no_row() {
        let mut d = Dynamic::new("select 1 from t where a = 1", []);
        d.and_in("b", Vec::<i64>::new()).and_any(Vec::<(&str, Vec<Value>)>::new());
        assert_eq!(d.text().unwrap(), "select 1 from t where a = 1 and 1 = 0 and (1 = 0)");
    }

    #[test]
    fn a_missing_value_is_told() {
        assert!(Dynamic::new("a = ? and b = ?", params![1]).text().is_err());
        assert!(Dynamic::new("a = 1", params![1]).text().is_err());
    }
}
