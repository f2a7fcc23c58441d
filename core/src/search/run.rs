//! The search itself: from a query to its answer, by the index or by reading every row.

use std::collections::HashMap;

use super::answer::WhyScan;
use super::asked::Asked;
use super::hit::Hit;
use super::index::{Need, index_rows, index_words};
use super::matcher::Matcher;
use super::ranked::scan_words;
use super::scan::scan;
use super::words::WordsQuery;
use super::{Found, Mode, Progress, Query, SearchError, TextIndex, Window};
use crate::jobs::{Control, Unit};
use crate::samples::SampleReader;

/// Hits whose whole texts are held at a time.
const AT_ONCE: usize = 32;

/// Finds what is asked for in every row: in the index, or, where there is none or it cannot answer, by reading the rows;
/// the answer says which, and is the same. Hears a stop within a batch of rows, some milliseconds. The callback runs on
/// the caller's thread, at once when the first hits are certain and then about twenty times a second.
pub fn search(
    reader: &SampleReader,
    index: Result<&TextIndex, WhyScan>,
    query: &Query,
    window: &Window,
    control: &Control,
    mut on_progress: impl FnMut(&Progress<'_>),
) -> Result<Found, SearchError> {
    let sought = Sought::of(query)?;
    let asked = Asked::new(reader, query, *window, control)?;
    control.phase("Searching", Unit::Rows, Some(asked.rows()));
    let index = if query.no_index { Err(WhyScan::Asked) } else { index };
    let why = match index.and_then(|index| by_index(index, &asked, query, &sought, &mut on_progress)) {
        Ok(answer) => return answer,
        Err(why) => why,
    };
    match &sought {
        Sought::Words(words) => scan_words(&asked, words, why, on_progress),
        Sought::Text(matcher) => scan(&asked, matcher, why, on_progress),
    }
}

/// As [`search`], but the hits come one after the other, so that no more than a few texts are held. `each` gets the answer
/// without its hits, and a hit, until it returns `false`.
pub fn each_hit(
    reader: &SampleReader,
    index: Result<&TextIndex, WhyScan>,
    query: &Query,
    window: &Window,
    control: &Control,
    mut each: impl FnMut(&Found, Hit) -> bool,
) -> Result<Found, SearchError> {
    let places = Window { clamp_chars: Some(1), ..*window };
    let mut found = search(reader, index, query, &places, control, |_| ())?;
    let places = std::mem::take(&mut found.hits);
    let sought = Sought::of(query)?;
    let asked = Asked::new(reader, query, *window, control)?;
    for some in places.chunks(AT_ONCE) {
        let number = |hit: &Hit| Ok::<u64, SearchError>(reader.layout().rows_of(Some(&hit.split))?.start + hit.row);
        let rows = some.iter().map(number).collect::<Result<Vec<u64>, _>>()?;
        let mut rising = rows.clone();
        rising.sort_unstable();
        let read = match &sought {
            Sought::Words(words) => asked.hits_of_words(&rising, words)?,
            Sought::Text(matcher) => asked.hits_of_text(&rising, matcher)?,
        };
        let mut read: HashMap<u64, Hit> = read.into_iter().collect();
        for (row, place) in rows.iter().zip(some) {
            let hit = read.remove(row).ok_or(SearchError::Contradiction)?;
            if !each(&found, Hit { score: place.score, ..hit }) {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// What a query looks for.
enum Sought {
    Words(WordsQuery),
    Text(Matcher),
}

impl Sought {
    fn of(query: &Query) -> Result<Self, SearchError> {
        Ok(match query.mode {
            Mode::Words => Self::Words(query.words()?),
            Mode::Contains | Mode::Regex => Self::Text(query.compile()?),
        })
    }
}

/// The index's answer, or why it has none.
fn by_index(
    index: &TextIndex,
    asked: &Asked<'_>,
    query: &Query,
    sought: &Sought,
    on_progress: impl FnMut(&Progress<'_>),
) -> Result<Result<Found, SearchError>, WhyScan> {
    match sought {
        Sought::Words(words) => index_words(index, asked, words, on_progress),
        Sought::Text(matcher) => match Need::of(query) {
            Ok(need) => index_rows(index, asked, matcher, &need.ok_or(WhyScan::NoText)?, on_progress),
            Err(error) => Ok(Err(error)),
        },
    }
}
