//! Rows, and how structs, ids and enums are read from them.

use super::{StoreError, Value};
use crate::base::Timestamp;
use sqlx::{Row as _, ValueRef as _};

/// A row of either engine.
pub enum Row {
    Sqlite(sqlx::sqlite::SqliteRow),
    Postgres(sqlx::postgres::PgRow),
}

impl Row {
    /// The value of a column, by name.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the column is missing or of another type.
    pub fn get<T: Column>(&self, column: &str) -> Result<T, StoreError> {
        T::read(self, column)
    }

    fn is_null(&self, column: &str) -> Result<bool, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get_raw(column)?.is_null(),
            Self::Postgres(row) => row.try_get_raw(column)?.is_null(),
        })
    }
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// # Errors
    /// [`StoreError::Corrupt`] if the stored value is not one of this type.
    fn read(row: &Row, column: &str) -> Result<Self, StoreError>;
}

macro_rules! plain_column {
    ($($type:ty),*) => {$(
        impl Column for $type {
            fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
                // SQLite would read NULL as 0 or an empty text.
                if row.is_null(column)? {
                    return Err(StoreError::Corrupt(format!("{column} is NULL")));
                }
                Ok(match row {
                    Row::Sqlite(row) => row.try_get(column)?,
                    Row::Postgres(row) => row.try_get(column)?,
                })
            }
        }
    )*};
}
plain_column!(i64, String, bool);

impl Column for Timestamp {
    fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
        i64::read(row, column).map(Self::from_micros)
    }
}

impl<T: Column> Column for Option<T> {
    fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
        if row.is_null(column)? { Ok(None) } else { T::read(row, column).map(Some) }
    }
}

/// JSON in a text column.
impl<T: serde::de::DeserializeOwned> Column for Vec<T> {
    fn read(row: &Row, column: &str) -> Result<Self, StoreError> {
        let text = String::read(row, column)?;
        serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(format!("{column}: {error}")))
    }
}

pub trait FromRow: Sized {
    /// # Errors
    /// [`StoreError::Corrupt`] if a column is missing or does not read as its type.
    fn from_row(row: &Row) -> Result<Self, StoreError>;
}

impl<T: Column> FromRow for (T,) {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        row.get("value").map(|value| (value,))
    }
}

impl<T: serde::Serialize> From<&[T]> for Value {
    /// A list as JSON text.
    fn from(list: &[T]) -> Self {
        Self::Text(Some(serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned())))
    }
}

impl<T: serde::Serialize> From<&Vec<T>> for Value {
    fn from(list: &Vec<T>) -> Self {
        Self::from(list.as_slice())
    }
}

/// Declares a struct whose fields are read from the columns of the same names.
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$fmeta:meta])* $fvis:vis $field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])* $vis struct $name { $($(#[$fmeta])* $fvis $field: $type),* }
        impl $crate::db::FromRow for $name {
            fn from_row(row: &$crate::db::Row) -> Result<Self, $crate::db::StoreError> {
                Ok(Self { $($field: row.get(stringify!($field))?),* })
            }
        }
    };
}
pub(crate) use row;

/// An id of its own type: those of two tables cannot be mixed up.
macro_rules! id_type {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);
        impl $crate::db::Column for $name {
            fn read(row: &$crate::db::Row, column: &str) -> Result<Self, $crate::db::StoreError> {
                row.get::<i64>(column).map(Self)
            }
        }
        impl From<$name> for $crate::db::Value {
            fn from(id: $name) -> Self { Self::Int(Some(id.0)) }
        }
        impl From<Option<$name>> for $crate::db::Value {
            fn from(id: Option<$name>) -> Self { Self::Int(id.map(|id| id.0)) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> { <i64 as utoipa::PartialSchema>::schema() }
        }
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
        }
    )*};
}
pub(crate) use id_type;

/// How the API describes a word of a list.
pub(crate) fn one_of(words: &[&'static str]) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    use utoipa::openapi::schema::{ObjectBuilder, Type};
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.iter().copied())).into()
}

/// An enum stored, printed and read as a word: `State { Queued = "queued" }`.
macro_rules! text_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        $vis enum $name { $($(#[$vmeta])* #[serde(rename = $word)] $variant),* }
        #[allow(dead_code, clippy::allow_attributes, reason = "not every enum is parsed or listed")]
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.pad(self.as_str()) }
        }
        impl $crate::db::Column for $name {
            fn read(row: &$crate::db::Row, column: &str) -> Result<Self, $crate::db::StoreError> {
                let word: String = row.get(column)?;
                Self::parse(&word).ok_or_else(|| $crate::db::StoreError::Corrupt(format!("{column}: unknown word {word:?}")))
            }
        }
        impl From<$name> for $crate::db::Value {
            fn from(word: $name) -> Self { Self::Text(Some(word.as_str().to_owned())) }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> { $crate::db::one_of(&[$($word),*]) }
        }
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
        }
    };
}
pub(crate) use text_enum;
