//! The demo: the main job from the sign-up to the mailbox, on invented news, with nothing installed and nothing set up.
//!
//! It drives the real thing: the pages over HTTP, the verbs of the rooms, SMTP over TCP. It may say that it succeeded
//! only if the edition was found in the mailbox of every confirmed subscriber and in nobody else's. Held to it by
//! `tests/it/demo/`, which also breaks it and sees it fail.

mod browser;
pub mod newsroom;
mod report;
mod stage;
mod story;

pub use report::{Check, DemoReport};
pub use stage::{OPERATOR, Stage};

/// Sets nothing up and tells the story on a stage that stands.
///
/// # Errors
/// What broke the story off; a story that was told and found wanting is a report with `ok: false`.
pub async fn tell(stage: &Stage, say: &(dyn Fn(String) + Sync)) -> anyhow::Result<DemoReport> {
    story::tell(stage, say).await
}
