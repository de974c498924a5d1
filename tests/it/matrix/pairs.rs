//! Rows in which every pair of levels of any two factors meets: most mistakes that a single value does not bring out
//! take two, and all pairs fit into few rows.

use std::collections::BTreeSet;

/// The level of each factor, by the factors' order.
pub type Row = Vec<usize>;

/// A factor and one of its levels.
pub type Level = (usize, usize);

/// Rows for factors with so many levels each. `fits` says whether levels, given by factor, go together; pairs that
/// do not are left out.
pub fn cover(levels: &[usize], fits: &impl Fn(&[Level]) -> bool) -> Vec<Row> {
    let mut open = pairs(levels);
    let mut rows = Vec::new();
    while let Some(&(one, other)) = open.first() {
        if !fits(&[one, other]) {
            open.remove(&(one, other));
            continue;
        }
        let row = row(levels, [one, other], &open, fits);
        open.retain(|(one, other)| !(has(&row, *one) && has(&row, *other)));
        rows.push(row);
    }
    rows
}

/// Whether a row has that level.
pub fn has(row: &Row, (factor, level): Level) -> bool {
    row[factor] == level
}

/// Every pair of levels of two factors.
pub fn pairs(levels: &[usize]) -> BTreeSet<(Level, Level)> {
    let all = || {
        levels.iter().enumerate().flat_map(|(factor, count)| (0..*count).map(move |level| (factor, level)))
    };
    all().flat_map(|one| all().filter(move |other| one.0 < other.0).map(move |other| (one, other))).collect()
}

/// A row with two levels given; every other factor takes the level that brings in most open pairs.
fn row(
    levels: &[usize],
    seed: [Level; 2],
    open: &BTreeSet<(Level, Level)>,
    fits: &impl Fn(&[Level]) -> bool,
) -> Row {
    let mut chosen = seed.to_vec();
    for factor in (0..levels.len()).filter(|factor| !seed.iter().any(|(seeded, _)| seeded == factor)) {
        let gain = |level: usize| {
            let new = (factor, level);
            chosen.iter().filter(|old| open.contains(&(new.min(**old), new.max(**old)))).count()
        };
        let mut candidates: Vec<_> = (0..levels[factor]).collect();
        candidates.sort_by_key(|level| std::cmp::Reverse(gain(*level)));
        let with = |level: usize| chosen.iter().copied().chain([(factor, level)]).collect::<Vec<_>>();
        let taken = candidates.into_iter().map(with).find(|levels| fits(levels));
        chosen = taken.expect("some level fits those chosen before");
    }
    chosen.sort_unstable();
    chosen.into_iter().map(|(_, level)| level).collect()
}
