//! What a statement may be given: whole numbers, text, truth. A missing value keeps its type, which PostgreSQL demands.

use crate::base::Timestamp;

#[derive(Clone, Debug)]
pub enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bool(Option<bool>),
}

macro_rules! value_from {
    ($($type:ty => |$it:ident| $value:expr),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from($it: $type) -> Self { $value }
        }
    )*};
}

value_from! {
    i64 => |it| Value::Int(Some(it)),
    Option<i64> => |it| Value::Int(it),
    u16 => |it| Value::Int(Some(i64::from(it))),
    u32 => |it| Value::Int(Some(i64::from(it))),
    usize => |it| Value::Int(Some(i64::try_from(it).unwrap_or(i64::MAX))),
    Timestamp => |it| Value::Int(Some(it.as_micros())),
    Option<Timestamp> => |it| Value::Int(it.map(Timestamp::as_micros)),
    bool => |it| Value::Bool(Some(it)),
    Option<bool> => |it| Value::Bool(it),
    &str => |it| Value::Text(Some(it.to_owned())),
    &String => |it| Value::Text(Some(it.clone())),
    String => |it| Value::Text(Some(it)),
    Option<&str> => |it| Value::Text(it.map(str::to_owned)),
    Option<String> => |it| Value::Text(it),
}

/// The values of a statement in the order of `$1`, `$2`, ...
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use args;
