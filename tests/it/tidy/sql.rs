//! SQL stands in the stores, each statement is registered, and each migration is there for both engines.

use super::source::Source;
use super::{expect_none, files_in};
use lamplighter::db::MIGRATIONS;
use std::collections::BTreeSet;

const OPENINGS: &[&str] =
    &["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "WITH ", "CREATE TABLE ", "ALTER TABLE ", "DROP TABLE "];

fn is_store(source: &Source) -> bool {
    source.name() == "store.rs" || source.path.contains("/store/")
}

#[test]
fn sql_stands_in_stores_alone() {
    let mut wrong = Vec::new();
    for source in Source::all_in("src").iter().filter(|source| !is_store(source)) {
        let program_lines = source.program_lines();
        for literal in source.literals.iter().filter(|literal| literal.line <= program_lines) {
            if OPENINGS.iter().any(|opening| literal.text.trim_start().starts_with(opening)) {
                wrong.push(format!("{}:{}: {}", source.path, literal.line, literal.text));
            }
        }
    }
    expect_none(&wrong, "SQL belongs in a store.rs (or store/), declared by statements!:");
}

/// Names of constants on the left of `= "..."` inside `statements! { .. }`.
fn declared(source: &Source) -> usize {
    let Some((_, list)) = source.code.split_once("statements! {") else { return 0 };
    let list = list.split("\n}").next().unwrap_or_default();
    list.lines().filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_uppercase())).count()
}

#[test]
fn every_statement_is_registered() {
    let statements = lamplighter::statements();
    let mut wrong = Vec::new();
    for source in Source::all_in("src").iter().filter(|source| is_store(source)) {
        let module = source.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        let module = format!("lamplighter::{}", module.replace('/', "::"));
        let registered = statements.iter().filter(|it| it.name.rsplit_once("::").is_some_and(|(m, _)| m == module));
        let (declared, registered) = (declared(source), registered.count());
        if declared != registered {
            wrong.push(format!("{}: {declared} declared, {registered} registered", source.path));
        }
    }
    expect_none(&wrong, "the STATEMENTS of a store belong into lamplighter::statements(), which the suite prepares:");
}

#[test]
fn every_migration_is_there_for_both_engines_and_compiled_in() {
    let compiled_in: BTreeSet<String> = MIGRATIONS.iter().map(|step| format!("{}.sql", step.name)).collect();
    for engine in ["sqlite", "postgres"] {
        let folder = format!("migrations/{engine}");
        let found: BTreeSet<String> =
            files_in(&folder).iter().map(|path| path[folder.len() + 1..].to_owned()).collect();
        assert_eq!(found, compiled_in, "{folder} and db::MIGRATIONS differ");
    }
    for (step, number) in MIGRATIONS.iter().zip(1..) {
        assert_eq!(step.number, number, "{}: steps are numbered without gaps", step.name);
        assert!(step.name.starts_with(&format!("{number:04}_")), "{} does not begin with its number", step.name);
    }
}
