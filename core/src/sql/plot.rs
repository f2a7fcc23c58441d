//! A result as the points of a plot.
//!
//! Everything is read once, in memory that does not grow with the rows. A plot shows a bounded number of points: a line
//! keeps the least and the greatest value of each stretch, a cloud a part of its points chosen by place alone, bars and
//! series the first so many; whatever was left out is said in [`PlotData::notes`].

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, TimeUnit};

use super::{ResultColumn, ResultSet, SqlError};
use crate::jobs::Control;
use crate::samples::value_at;
use crate::units::count;

/// Points of a plot at most, in all of its series together.
pub const MOST_POINTS: usize = 20_000;
/// Bars at most.
pub const MOST_BARS: usize = 500;
/// Series, each with a colour of its own, at most.
pub const MOST_SERIES: usize = 12;
/// Characters of a label or of the name of a series at most; longer ones end in `…`.
pub const LONGEST_LABEL: usize = 120;
/// Bars of a histogram.
const BINS: usize = 50;

/// How a result is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlotKind {
    /// Points joined in the order of x.
    Line,
    /// A bar for each value of x, of the height y.
    Bar,
    /// How often the values of x fall in each of 50 equal bins; y is not used.
    Histogram,
    /// A point for each row.
    Scatter,
}

/// Which columns are drawn, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlotQuery {
    /// How.
    pub kind: PlotKind,
    /// The place in the result of the column along the bottom.
    pub x: usize,
    /// That of the column that is the height; of a bar plot the number of rows where there is none.
    pub y: Option<usize>,
    /// That of the column whose values are drawn in colours of their own.
    pub colour: Option<usize>,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct PlotData {
    /// The series, in the order of their names.
    pub series: Vec<Series>,
    /// What stands along the bottom instead of numbers: the label of x = 0, 1, 2, …; empty where x is a number.
    pub labels: Vec<String>,
    /// Whether x is a time, in seconds since 1970.
    pub x_is_time: bool,
    /// The width of a bar.
    pub bar_width: f64,
    /// What was left out, as sentences.
    pub notes: Vec<String>,
}

/// Points of one colour.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Series {
    /// The value of the column that colours, or the name of the column that is the height.
    pub name: String,
    /// x and y.
    pub points: Vec<[f64; 2]>,
}

impl PlotQuery {
    /// What seems best for these columns: nothing where no column is a number.
    pub fn suggested(columns: &[ResultColumn]) -> Option<Self> {
        let numbers: Vec<usize> = (0..columns.len()).filter(|column| columns[*column].numeric).collect();
        let other = |column: &usize| !columns[*column].numeric;
        match (numbers.as_slice(), (0..columns.len()).find(other)) {
            ([], _) => None,
            ([y, ..], Some(x)) if is_time(&columns[x].kind) => {
                Some(Self { kind: PlotKind::Line, x, y: Some(*y), colour: None })
            }
            ([y, ..], Some(x)) => Some(Self { kind: PlotKind::Bar, x, y: Some(*y), colour: None }),
            ([x, y, ..], None) => Some(Self { kind: PlotKind::Line, x: *x, y: Some(*y), colour: None }),
            ([x], None) => Some(Self { kind: PlotKind::Histogram, x: *x, y: None, colour: None }),
        }
    }
}

fn is_time(kind: &str) -> bool {
    kind.starts_with("TIMESTAMP") || kind == "DATE"
}

impl ResultSet {
    /// The points of a plot of the rows that are there by now.
    pub fn plot(&self, query: &PlotQuery, control: &Control) -> Result<PlotData, SqlError> {
        let columns = self.columns();
        let name = |place: usize| {
            let missing = || SqlError::Plot("There is no such column in the result.".to_owned());
            columns.get(place).map(|column| column.name.as_str()).ok_or_else(missing)
        };
        let x_name = name(query.x)?;
        let x_kind = &columns[query.x].kind;
        let x_is_number = columns[query.x].numeric || is_time(x_kind);
        if query.kind != PlotKind::Bar && !x_is_number {
            return Err(SqlError::Plot(format!(
                "'{x_name}' is not a number or a time. Choose another column, or a bar plot."
            )));
        }
        let y = if query.kind == PlotKind::Histogram { None } else { query.y };
        match y {
            Some(y) if !columns.get(y).is_some_and(|column| column.numeric) => {
                return Err(SqlError::Plot(format!(
                    "'{}' is not a number. Choose another column for the height.",
                    name(y)?
                )));
            }
            None if matches!(query.kind, PlotKind::Line | PlotKind::Scatter) => {
                return Err(SqlError::Plot("Choose a column for the height.".to_owned()));
            }
            _ => {}
        }
        let own_name = match y {
            Some(y) => name(y)?.to_owned(),
            None => "rows".to_owned(),
        };
        if let Some(colour) = query.colour {
            name(colour)?;
        }
        let source = Source { result: self, query, y, own_name, by_label: query.kind == PlotKind::Bar, control };
        let mut data = match query.kind {
            PlotKind::Line => source.line()?,
            PlotKind::Scatter => source.scatter()?,
            PlotKind::Bar => source.bars()?,
            PlotKind::Histogram => source.histogram()?,
        };
        data.x_is_time = is_time(x_kind) && query.kind != PlotKind::Bar;
        Ok(data)
    }
}

/// The rows of a result as points.
struct Source<'r> {
    result: &'r ResultSet,
    query: &'r PlotQuery,
    y: Option<usize>,
    own_name: String,
    by_label: bool,
    control: &'r Control,
}

/// What was left out.
#[derive(Default)]
struct LeftOut {
    not_numbers: u64,
    colours: u64,
}

impl LeftOut {
    fn notes(&self, query: &PlotQuery, notes: &mut Vec<String>) {
        if self.not_numbers > 0 {
            notes.push(format!("{} rows without a number in both columns are left out.", count(self.not_numbers)));
        }
        if self.colours > 0 && query.colour.is_some() {
            let most = MOST_SERIES;
            notes.push(format!(
                "{} rows of further colours are left out: only the first {most} are drawn.",
                count(self.colours)
            ));
        }
    }
}

impl Source<'_> {
    /// Calls `each` with series, x, its label where x has one, and y of every row that has both.
    fn rows(&self, mut each: impl FnMut(usize, f64, Label, f64)) -> Result<(Vec<Label>, LeftOut), SqlError> {
        let mut names = if self.query.colour.is_none() { vec![Label::of(&self.own_name)] } else { Vec::new() };
        let mut left_out = LeftOut::default();
        for batch in self.result.batches() {
            self.control.check()?;
            let batch = batch?;
            let x = if self.by_label { None } else { Some(numbers(batch.column(self.query.x))?) };
            let y = self.y.map(|y| numbers(batch.column(y))).transpose()?;
            for row in 0..batch.num_rows() {
                let number =
                    |column: &ArrayRef| column.is_valid(row).then(|| column.as_primitive::<Float64Type>().value(row));
                let at = x.as_ref().map_or(Some(0.0), number).filter(|x| x.is_finite());
                let height = y.as_ref().map_or(Some(1.0), number).filter(|y| y.is_finite());
                let (Some(at), Some(height)) = (at, height) else {
                    left_out.not_numbers += 1;
                    continue;
                };
                let Some(series) = self.series(&batch, row, &mut names)? else {
                    left_out.colours += 1;
                    continue;
                };
                let label = if self.by_label { shown(&batch, self.query.x, row)? } else { Label::default() };
                each(series, at, label, height);
            }
        }
        Ok((names, left_out))
    }

    fn series(&self, batch: &RecordBatch, row: usize, names: &mut Vec<Label>) -> Result<Option<usize>, SqlError> {
        let Some(colour) = self.query.colour else { return Ok(Some(0)) };
        let name = shown(batch, colour, row)?;
        if let Some(known) = names.iter().position(|known| *known == name) {
            return Ok(Some(known));
        }
        if names.len() == MOST_SERIES {
            return Ok(None);
        }
        names.push(name);
        Ok(Some(names.len() - 1))
    }

    fn scatter(&self) -> Result<PlotData, SqlError> {
        let total = self.result.rows();
        let step = total.div_ceil(MOST_POINTS as u64).max(1);
        let mut points: Vec<Vec<[f64; 2]>> = vec![Vec::new(); MOST_SERIES];
        let mut row = 0_u64;
        let (names, left_out) = self.rows(|series, x, _, y| {
            if row.is_multiple_of(step) {
                points[series].push([x, y]);
            }
            row += 1;
        })?;
        let mut notes = Vec::new();
        if step > 1 {
            notes.push(format!("Every {step}th of {} points is drawn.", count(row)));
        }
        left_out.notes(self.query, &mut notes);
        Ok(PlotData { series: named(names, points), notes, ..PlotData::default() })
    }

    /// The range of x is cut into columns of a screen, far finer than any; of each the least and greatest y are kept.
    fn line(&self) -> Result<PlotData, SqlError> {
        let total = self.result.rows();
        let mut notes = Vec::new();
        let mut points: Vec<Vec<[f64; 2]>> = vec![Vec::new(); MOST_SERIES];
        let (names, left_out) = if total <= MOST_POINTS as u64 {
            self.rows(|series, x, _, y| points[series].push([x, y]))?
        } else {
            let (least, greatest) = self.range()?;
            let (names, _) = self.rows(|_, _, _, _| {})?;
            let stretches = (MOST_POINTS / 2 / names.len().max(1)).max(1);
            let mut kept: Vec<BTreeMap<usize, [[f64; 2]; 2]>> = vec![BTreeMap::new(); MOST_SERIES];
            let (names, left_out) = self.rows(|series, x, _, y| {
                let stretch = place(x, least, greatest, stretches);
                let [low, high] = kept[series].entry(stretch).or_insert([[x, y]; 2]);
                if y < low[1] {
                    *low = [x, y];
                }
                if y > high[1] {
                    *high = [x, y];
                }
            })?;
            for (points, kept) in points.iter_mut().zip(kept) {
                points.extend(kept.into_values().flatten());
            }
            notes.push(format!(
                "Of {} points the least and the greatest of each of {} stretches are drawn.",
                count(total),
                count(stretches as u64)
            ));
            (names, left_out)
        };
        for points in &mut points {
            points.sort_by(|one, other| one[0].total_cmp(&other[0]));
            points.dedup();
        }
        left_out.notes(self.query, &mut notes);
        Ok(PlotData { series: named(names, points), notes, ..PlotData::default() })
    }

    fn range(&self) -> Result<(f64, f64), SqlError> {
        let mut range = (f64::INFINITY, f64::NEG_INFINITY);
        self.rows(|_, x, _, _| range = (range.0.min(x), range.1.max(x)))?;
        Ok(range)
    }

    fn bars(&self) -> Result<PlotData, SqlError> {
        let mut places: BTreeMap<u64, usize> = BTreeMap::new();
        let mut labels = Vec::new();
        let mut heights: Vec<BTreeMap<usize, f64>> = vec![BTreeMap::new(); MOST_SERIES];
        let (mut beyond, mut summed) = (0_u64, 0_u64);
        let (names, left_out) = self.rows(|series, _, label, y| {
            let place = match places.get(&label.whole) {
                Some(place) => *place,
                None if labels.len() == MOST_BARS => {
                    beyond += 1;
                    return;
                }
                None => {
                    labels.push(label.text);
                    places.insert(label.whole, labels.len() - 1);
                    labels.len() - 1
                }
            };
            match heights[series].entry(place) {
                Entry::Vacant(bar) => drop(bar.insert(y)),
                Entry::Occupied(mut bar) => {
                    summed += 1;
                    *bar.get_mut() += y;
                }
            }
        })?;
        let mut notes = Vec::new();
        if summed > 0 && self.y.is_some() {
            notes.push("Where several rows have the same value along the bottom, the bar is their sum.".to_owned());
        }
        if beyond > 0 {
            notes.push(format!(
                "Only the first {MOST_BARS} bars are drawn; {} further rows are left out.",
                count(beyond)
            ));
        }
        left_out.notes(self.query, &mut notes);
        let points = heights.into_iter().map(|bars| bars.into_iter().map(|(place, y)| [place as f64, y]).collect());
        Ok(PlotData { series: named(names, points.collect()), labels, bar_width: 0.8, notes, ..PlotData::default() })
    }

    fn histogram(&self) -> Result<PlotData, SqlError> {
        let (least, greatest) = self.range()?;
        let mut counts = vec![vec![0_u64; BINS]; MOST_SERIES];
        let (names, left_out) = self.rows(|series, x, _, _| counts[series][place(x, least, greatest, BINS)] += 1)?;
        let width = if greatest > least { (greatest - least) / BINS as f64 } else { 1.0 };
        let points = counts.into_iter().map(|counts| {
            let bars = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
            bars.map(|(bin, count)| [least + (bin as f64 + 0.5) * width, count as f64]).collect()
        });
        let mut notes = Vec::new();
        left_out.notes(self.query, &mut notes);
        Ok(PlotData { series: named(names, points.collect()), bar_width: width, notes, ..PlotData::default() })
    }
}

/// In which of so many equal parts of a range a number lies; the last one holds the end.
fn place(x: f64, least: f64, greatest: f64, parts: usize) -> usize {
    if greatest <= least {
        return 0;
    }
    // Halves first: the range of doubles is wider than a double.
    let share = (x / 2.0 - least / 2.0) / (greatest / 2.0 - least / 2.0);
    ((share * parts as f64) as usize).min(parts - 1)
}

fn named(names: Vec<Label>, points: Vec<Vec<[f64; 2]>>) -> Vec<Series> {
    let mut series: Vec<Series> = names
        .into_iter()
        .zip(points)
        .map(|(name, points)| Series { name: name.text, points })
        .filter(|series| !series.points.is_empty())
        .collect();
    series.sort_by(|one, other| one.name.cmp(&other.name));
    series
}

/// A column as doubles: numbers as they are, times as seconds since 1970.
fn numbers(column: &ArrayRef) -> Result<ArrayRef, SqlError> {
    let seconds = |column: &ArrayRef| -> Result<ArrayRef, SqlError> {
        let micros = cast(&cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?, &DataType::Int64)?;
        let micros = cast(&micros, &DataType::Float64)?;
        Ok(std::sync::Arc::new(micros.as_primitive::<Float64Type>().unary::<_, Float64Type>(|micros| micros / 1e6)))
    };
    match column.data_type() {
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => seconds(column),
        _ => Ok(cast(column, &DataType::Float64)?),
    }
}

/// A value as it is read, cut where it is long; two values that begin alike are two labels still.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Label {
    text: String,
    /// Tells the whole value from others.
    whole: u64,
}

impl Label {
    fn of(value: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        let text = match value.char_indices().nth(LONGEST_LABEL) {
            Some((end, _)) => format!("{}…", &value[..end]),
            None => value.to_owned(),
        };
        Self { text, whole: hasher.finish() }
    }
}

fn shown(batch: &RecordBatch, column: usize, row: usize) -> Result<Label, SqlError> {
    Ok(match value_at(batch.column(column), row)? {
        serde_json::Value::Null => Label::of("∅"),
        serde_json::Value::String(text) => Label::of(&text),
        other => Label::of(&other.to_string()),
    })
}
