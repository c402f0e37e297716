//! Laws and examples of this folder.

mod agencies;
mod changes;
mod moulds;
mod real;
mod reading;
mod speed;

use super::likeness::{Likeness, Measured, Text, judge};
use super::shingles::{Index, Shingles};
use super::words;
use crate::base::Timestamp;

/// A headline and a body.
pub(super) type Piece<'a> = (&'a str, &'a str);

/// How two pieces are judged that two sources show at one time.
pub(super) fn likeness(one: Piece<'_>, other: Piece<'_>) -> (Likeness, u32) {
    likeness_of_sources((1, one), (2, other))
}

pub(super) fn likeness_of_sources(one: (i64, Piece<'_>), other: (i64, Piece<'_>)) -> (Likeness, u32) {
    let at = Timestamp::from_seconds(1_800_000_000);
    let text = |(source, (title, body)): (i64, Piece<'_>)| Text::of(source, at, title, body, "en");
    let shingles =
        |(_, (_, body)): (i64, Piece<'_>)| Shingles::of(&words::split(super::agency::without_dateline(body)));
    let mut index = Index::default();
    index.add(one.0, shingles(one));
    let other_shingles = shingles(other);
    let permille = index.overlaps(other.0, &other_shingles).first().map_or(0, |it| it.permille);
    let (own_shared, own_permille) = index.without_furniture(0, &other_shingles);
    let measured = Measured { permille, own_shared, own_permille };
    (judge(&text(one), &text(other), measured), permille)
}
