//! What `src/db` promises, on both engines.

mod migrations;
mod parity;
mod plans;
mod schema;
mod statements;
mod transactions;
mod types;
