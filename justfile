# `just` lists what one can do here.
default:
    @just --list

# The quick look while working: format, lints, the tests that need no database.
check:
    cargo fmt --check
    cargo clippy --all-targets --locked -- -D warnings
    cargo test --locked --lib

# The whole suite; both engines where PostgreSQL is installed.
test *ARGS:
    cargo test --locked {{ARGS}}

# Only what runs on PostgreSQL; fails where it is not installed.
test-pg:
    CI=true cargo test --locked --test it ::postgres

# Everything a change must pass, as on a new machine.
ci:
    .ci/run

# The main job, watched in a browser.
demo *ARGS:
    cargo run --locked -- demo {{ARGS}}

# Licences, refused crates, sources; needs cargo-deny.
deny:
    cargo deny check licenses bans sources

# Pictures of the pages and mails, phone and desktop, light and dark, into target/screenshots/.
screenshots:
    CI=true cargo test --locked --test it browser::screenshots -- --ignored

# Pictures of editions in several scripts and sizes, into target/screenshots/.
mail-screenshots:
    CI=true cargo test --locked --test it browser::mails -- --ignored
