//! A statement: one text for both engines, or a pair where the dialects differ.

use super::Engine;

#[derive(Clone, Copy, Debug)]
pub struct Sql {
    sqlite: &'static str,
    postgres: &'static str,
}

/// A registered statement. A test prepares every one on both migrated engines.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    pub name: &'static str,
    pub sql: Sql,
}

impl Sql {
    pub const fn both(text: &'static str) -> Self {
        Self { sqlite: text, postgres: text }
    }

    pub const fn pair(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite, postgres }
    }

    pub const fn text(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }

    /// The highest `$n` in the text: how many values it takes. SQLite would bind a missing one as NULL in silence.
    pub fn parameters(&self, engine: Engine) -> usize {
        self.text(engine)
            .split('$')
            .skip(1)
            .filter_map(|rest| {
                let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                rest[..digits].parse::<usize>().ok()
            })
            .max()
            .unwrap_or(0)
    }
}

/// Names the statements of a store and lists them in `STATEMENTS`:
/// `NAME = "..";` is one text for both engines, `NAME = sqlite: "..", postgres: "..";` a pair, and
/// `NAME = locking: "..";` a `SELECT` whose rows PostgreSQL locks (SQLite has one writer and needs no lock).
macro_rules! statements {
    (@sql locking: $text:literal) => {
        $crate::db::Sql::pair($text, concat!($text, " FOR UPDATE"))
    };
    (@sql sqlite: $sqlite:literal, postgres: $postgres:literal) => {
        $crate::db::Sql::pair($sqlite, $postgres)
    };
    (@sql $text:literal) => {
        $crate::db::Sql::both($text)
    };
    ($($name:ident = $($tag:ident:)? $text:literal $(, $tag2:ident: $text2:literal)?;)*) => {
        $(const $name: $crate::db::Sql = $crate::db::statements!(@sql $($tag:)? $text $(, $tag2: $text2)?);)*
        pub(crate) const STATEMENTS: &[$crate::db::Statement] = &[
            $($crate::db::Statement { name: concat!(module_path!(), "::", stringify!($name)), sql: $name }),*
        ];
    };
}
pub(crate) use statements;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_counted_by_their_highest_number() {
        let sql = Sql::both("SELECT $1, $12, $3, '$'");
        assert_eq!(sql.parameters(Engine::Sqlite), 12);
        assert_eq!(Sql::both("SELECT 1").parameters(Engine::Postgres), 0);
    }
}
