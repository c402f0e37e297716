//! In whose name a command acts: the person's that `--as` names, else that of whoever sits at this machine.
//!
//! The name is taken on trust, as who can run the program can read and write the database anyway; what it gives is a
//! trail that names a person, and the limits of that person's role.

use super::exit::Failure;
use crate::app::App;
use crate::operators::{Actor, accounts};

#[derive(clap::Args)]
pub(super) struct ActingAs {
    /// Act as this operator, with their role, so that the history names them
    #[arg(long = "as", global = true, value_name = "ADDRESS")]
    operator: Option<String>,
}

impl ActingAs {
    pub(super) async fn actor(&self, app: &App) -> Result<Actor, Failure> {
        let Some(address) = &self.operator else { return Ok(Actor::Console) };
        accounts::acting_as(app, address).await.map_err(Failure::usage)
    }
}
