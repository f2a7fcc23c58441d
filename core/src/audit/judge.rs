//! From what was counted to what is wrong, once all rows are known.

use super::duplicates::Repeated;
use super::find::Found;
use super::lens::Lens;
use super::promise::{Begins, Length, Promise, TokenSaid};
use super::report::{Finding, Kind, Place, Severity};
use super::scan::Scanned;
use super::spots::Spots;
use super::tally::Tally;
use crate::tokenizer::Tokenizer;
use crate::units::{count, counted};

/// A share of rows from which on the others are the odd ones.
const NEARLY_ALL: f64 = 0.9;

/// A share of rows with the beginning-of-sequence token inside from which on samples are taken to stand one after the
/// other.
const PACKED_SHARE: f64 = 0.5;

/// Of the rows tried, the share that must not come back for the rows to be another tokenizer's.
const OTHERS_SHARE: f64 = 0.25;
/// And the share from which on it is said at all.
const SOME_SHARE: f64 = 0.05;

/// The share of unknown tokens that is much.
const MUCH_UNKNOWN: f64 = 0.05;

/// Everything there is to judge by.
pub(super) struct Judge<'a> {
    pub found: &'a Found,
    pub names: &'a [String],
    pub tokenizer: Option<&'a Tokenizer>,
    pub lens: &'a Lens,
    pub promise: &'a Promise,
    pub scanned: &'a Scanned,
}

/// What every row is promised to begin with.
enum Beginning {
    Id(i64),
    /// No token is put there.
    Text,
    /// It cannot be told.
    Unknown,
}

/// What was found, with what was inferred on the way.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub findings: Vec<Finding>,
    /// The length that all or nearly all rows have, where nobody promised one.
    pub length: Option<u64>,
    pub begins_with_bos: Option<bool>,
    pub notes: Vec<String>,
}

impl Judge<'_> {
    pub(super) fn judge(&self) -> Verdict {
        let mut verdict = Verdict::default();
        self.tokenizers(&mut verdict);
        self.files(&mut verdict);
        self.lengths(&mut verdict);
        self.beginnings(&mut verdict);
        self.rows(&mut verdict);
        self.duplicates(&mut verdict);
        self.unknown(&mut verdict);
        verdict.findings.sort_by_key(|finding| (finding.severity, finding.kind));
        verdict
    }

    fn tally(&self) -> &Tally {
        &self.scanned.tally
    }

    fn rows_in_all(&self) -> u64 {
        self.tally().sizes.iter().map(|sizes| sizes.rows).sum()
    }

    fn add(&self, verdict: &mut Verdict, kind: Kind, severity: Severity, spots: &Spots, message: String) {
        if spots.count > 0 {
            let first = spots.places(self.names);
            verdict.findings.push(Finding { kind, severity, count: spots.count, message, first });
        }
    }

    /// Whose rows these are: what the files beside them say comes first, then what their text becomes.
    fn tokenizers(&self, verdict: &mut Verdict) {
        let Some(tokenizer) = self.tokenizer else {
            let note =
                "No tokenizer was named, so that ids were held against no vocabulary and no text was encoded again.";
            verdict.notes.push(note.to_owned());
            return;
        };
        let mut said = Vec::new();
        for named in &self.promise.tokenizers {
            let name = named.name.as_deref().unwrap_or("without a name");
            match &named.sha256 {
                Some(sha256) if sha256 != tokenizer.sha256() => said.push(format!(
                    "{} says that these rows were made with the tokenizer '{name}' (sha256 {}…), and they were held against \
                     '{}' (sha256 {}…).",
                    named.by,
                    short(sha256),
                    tokenizer.name(),
                    short(tokenizer.sha256()),
                )),
                None if last_part(name) != last_part(tokenizer.name()) => verdict.notes.push(format!(
                    "{} names the tokenizer '{name}'; the rows were held against '{}'.",
                    named.by,
                    tokenizer.name()
                )),
                _ => {}
            }
        }
        let own = &self.tally().own;
        let share = own.strange.count as f64 / own.tried.max(1) as f64;
        let mut severity = if said.is_empty() { Severity::Warning } else { Severity::Error };
        if own.strange.count > 0 && share >= SOME_SHARE {
            let (strange, tried) = (count(own.strange.count), counted(own.tried, "row"));
            let came = percent(own.strange_same, own.strange_tokens);
            let mut sentence = format!(
                "{strange} of {tried} tried decode and encode to other ids with '{}': only {came} of their tokens come back.",
                tokenizer.name()
            );
            if share >= OTHERS_SHARE {
                severity = Severity::Error;
                sentence.push_str(" Probably they were made with another tokenizer.");
            }
            said.push(sentence);
        }
        if said.is_empty() {
            verdict.notes.push(format!("The text of {} was encoded again.", counted(own.tried, "row")));
            return;
        }
        let first = own.strange.places(self.names);
        let count = own.strange.count.max(1);
        let message = said.join(" ");
        verdict.findings.push(Finding { kind: Kind::OtherTokenizer, severity, count, message, first });
    }

    fn files(&self, verdict: &mut Verdict) {
        for (&kind, spots) in &self.scanned.columns.found {
            let files = counted(spots.count, "file");
            let message = match kind {
                Kind::MissingColumn => {
                    let own = self.promise.column.as_deref().map(|name| format!("{name}, ")).unwrap_or_default();
                    format!("{files} without a column of token ids: it is called {own}input_ids, tokens or token_ids.")
                }
                Kind::WrongType => format!("{files} in which a column is not made of lists of whole numbers."),
                _ => format!("{files} that cannot be read, or only in part. Fetch or make them again."),
            };
            self.add(verdict, kind, Severity::Error, spots, message);
        }
        let missing = &self.found.missing;
        if !missing.is_empty() {
            let place =
                |file: &super::find::MissingFile| Place { file: file.name.clone(), row: None, note: file.why.clone() };
            let count = (missing.len() as u64).saturating_add(self.found.more_missing);
            verdict.findings.push(Finding {
                kind: Kind::MissingFiles,
                severity: Severity::Error,
                count,
                message: format!("{} missing. Fetch or make them again.", are(count, "file")),
                first: missing.iter().take(5).map(place).collect(),
            });
        }
        if let (Some(kind), Some(tokenizer)) = (&self.scanned.columns.id_type, self.tokenizer)
            && let Some(highest) = super::column::highest(kind)
            && highest < u64::from(tokenizer.id_limit()).saturating_sub(1)
        {
            verdict.findings.push(Finding {
                kind: Kind::TooNarrow,
                severity: Severity::Error,
                count: 1,
                message: format!(
                    "Ids are stored as {}, which ends at {}; '{}' has ids up to {}. Where a text has a higher one, another id \
                     must stand in its place.",
                    super::column::label(kind),
                    count(highest),
                    tokenizer.name(),
                    count(u64::from(tokenizer.id_limit()) - 1)
                ),
                first: Vec::new(),
            });
        }
    }

    fn lengths(&self, verdict: &mut Verdict) {
        let who = self.promise.by.first().map_or("", String::as_str);
        let promised = match self.promise.length {
            Some(Length::Exactly(length)) => format!("the {} that {who} promises", count(length)),
            Some(Length::AtMost(most)) => {
                format!("the {} that {who} promises at most", count(most))
            }
            None => return self.inferred_length(verdict),
        };
        for (kind, word) in [(Kind::ShortRows, "shorter"), (Kind::LongRows, "longer")] {
            if let Some(spots) = self.tally().found.get(&kind) {
                let message = format!("{} {word} than {promised}.", are(spots.count, "row"));
                self.add(verdict, kind, Severity::Error, spots, message);
            }
        }
    }

    fn inferred_length(&self, verdict: &mut Verdict) {
        let lengths = &self.tally().lengths;
        let Some((length, having)) = lengths.most().filter(|_| lengths.is_whole()) else { return };
        if (having as f64) < NEARLY_ALL * lengths.rows() as f64 {
            return;
        }
        verdict.length = Some(length as u64);
        let note = |length: i64| format!("{length} ids");
        let short = lengths.those(|other| other < length, note);
        let long = lengths.those(|other| other > length, note);
        for (kind, spots, word) in [(Kind::ShortRows, short, "shorter"), (Kind::LongRows, long, "longer")] {
            let others = count(length as u64);
            let message = format!("{} {word} than the {others} ids of the others.", are(spots.count, "row"));
            self.add(verdict, kind, Severity::Warning, &spots, message);
        }
    }

    /// A token with its id, for people.
    fn token(&self, id: i64) -> String {
        let text = u32::try_from(id).ok().and_then(|id| self.tokenizer?.token_text(id));
        text.map_or_else(|| format!("the id {id}"), |text| format!("{text} (id {id})"))
    }

    fn beginnings(&self, verdict: &mut Verdict) {
        let firsts = &self.tally().firsts;
        let (rows, inside) = (firsts.rows(), self.inside());
        if rows == 0 {
            return;
        }
        let begins_with = |id: i64| format!("it begins with id {id}");
        let promised = match self.promise.begins {
            Begins::Text => Beginning::Text,
            Begins::Token(token, other) => self.promised_beginning(token, other),
            Begins::Unsaid => return self.inferred_beginnings(verdict),
        };
        let expected = match promised {
            Beginning::Id(id) => id,
            Beginning::Text => {
                verdict.begins_with_bos = Some(false);
                return;
            }
            Beginning::Unknown => return,
        };
        verdict.begins_with_bos = Some(true);
        let missing = firsts.others(expected, begins_with);
        let by = self.promise.tokenizers.first().map_or("", |named| named.by);
        let (what, token) = (do_not(missing.count, rows), self.token(expected));
        let message = format!("{what} begin with {token}, with which {by} says that every row begins.");
        self.add(verdict, Kind::MissingBos, Severity::Error, &missing, message);
        if self.promise.packed == Some(false) && !self.promise.pairs {
            self.bos_inside(verdict, &inside);
        }
    }

    fn inside(&self) -> Spots {
        self.tally().found.get(&Kind::BosInside).cloned().unwrap_or_default()
    }

    fn bos_inside(&self, verdict: &mut Verdict, inside: &Spots) {
        let token = self.lens.begin.map(|begin| self.token(begin)).unwrap_or_default();
        let rows = counted(inside.count, "row");
        let message = format!("{rows} with {token} further on than at the start. A text may hold it in writing.");
        self.add(verdict, Kind::BosInside, Severity::Warning, inside, message);
    }

    /// What rows begin with that were made with these tokens: those that the tokenizer does not have were left out.
    fn promised_beginning(&self, token: TokenSaid, other: Option<TokenSaid>) -> Beginning {
        for said in [Some(token), other].into_iter().flatten() {
            match (said, self.tokenizer) {
                (TokenSaid::Id(id), _) => return Beginning::Id(id),
                (TokenSaid::Role(role), Some(tokenizer)) => {
                    if let Some(id) = tokenizer.special_tokens().id(role) {
                        return Beginning::Id(id.into());
                    }
                }
                (TokenSaid::Role(_), None) | (TokenSaid::Unknown, _) => return Beginning::Unknown,
            }
        }
        Beginning::Text
    }

    /// What most rows are tells what the others should be.
    fn inferred_beginnings(&self, verdict: &mut Verdict) {
        let (firsts, inside) = (&self.tally().firsts, self.inside());
        let rows = firsts.rows();
        let begins_with = |id: i64| format!("it begins with id {id}");
        let Some(begin) = self.lens.begin else {
            // Without a tokenizer the first id of nearly all rows is taken for it.
            if let Some((first, having)) = firsts.most().filter(|_| self.tokenizer.is_none())
                && having as f64 >= NEARLY_ALL * rows as f64
            {
                let missing = firsts.others(first, begins_with);
                let message =
                    format!("{} begin with the id {first}, with which the others begin.", do_not(missing.count, rows));
                self.add(verdict, Kind::MissingBos, Severity::Warning, &missing, message);
            }
            return;
        };
        let starting = firsts.count(begin);
        let token = self.token(begin);
        let is_packed = inside.count as f64 >= PACKED_SHARE * rows as f64;
        let missing = firsts.others(begin, begins_with);
        let puts_it = self
            .tokenizer
            .is_some_and(|tokenizer| tokenizer.frame().prefix.first().is_some_and(|&first| i64::from(first) == begin));
        let (severity, message) = if starting as f64 >= NEARLY_ALL * rows as f64 {
            verdict.begins_with_bos = Some(true);
            let message = format!("{} begin with {token}, with which the others begin.", do_not(missing.count, rows));
            (Severity::Error, message)
        } else if starting == 0 && puts_it && !is_packed {
            let message = format!("No row begins with {token}, though the tokenizer puts it before every text.");
            // A token of another role may be left out on purpose where rows are packed.
            (if self.lens.begin_is_bos { Severity::Error } else { Severity::Warning }, message)
        } else if starting == 0 {
            (Severity::Information, format!("No row begins with {token}."))
        } else {
            let share = percent(starting, rows);
            let severity = if is_packed { Severity::Information } else { Severity::Warning };
            (severity, format!("Only {share} of rows begin with {token}."))
        };
        self.add(verdict, Kind::MissingBos, severity, &missing, message);
        let has_length = verdict.length.is_some() || matches!(self.promise.length, Some(Length::Exactly(_)));
        let looks_packed = self.tally().padded == 0 && has_length;
        if self.promise.packed != Some(true) && !is_packed && !looks_packed && !self.lens.begin_ends {
            self.bos_inside(verdict, &inside);
        }
    }

    /// What is wrong with a row whatever the others are.
    fn rows(&self, verdict: &mut Verdict) {
        let tally = self.tally();
        let mut masks = tally.found.get(&Kind::MaskDisagrees).cloned().unwrap_or_default();
        if let Some((filling, _)) = tally.fillings.most() {
            let note = |id: i64| format!("filled up with id {id}, the others with {filling}");
            masks.merge(&tally.fillings.others(filling, note));
        }
        let disagrees = format!("{} whose attention_mask does not fit the ids.", counted(masks.count, "row"));
        self.add(verdict, Kind::MaskDisagrees, Severity::Error, &masks, disagrees);
        for (&kind, spots) in &tally.found {
            let (rows, are_rows) = (counted(spots.count, "row"), are(spots.count, "row"));
            let (severity, message) = match kind {
                Kind::IdsOutsideVocabulary => {
                    let limit = self.tokenizer.map(|tokenizer| {
                        format!("'{}' has {} ids", tokenizer.name(), count(tokenizer.vocab_size() as u64))
                    });
                    let limit = limit.unwrap_or_else(|| "no id is negative".to_owned());
                    (Severity::Error, format!("{rows} with ids that are no token: {limit}."))
                }
                Kind::NullRows => (Severity::Error, format!("{are_rows} missing (null).")),
                Kind::NullIds => (Severity::Error, format!("{rows} in which ids are missing (null).")),
                Kind::DoubledBos => {
                    let token = self.lens.begin.map(|begin| self.token(begin)).unwrap_or_default();
                    let why = "Most likely special tokens were added to text that had them already.";
                    (Severity::Error, format!("{rows} beginning with {token} twice. {why}"))
                }
                Kind::EmptyRows => (Severity::Warning, format!("{rows} without a single id.")),
                Kind::OnlyPads => (Severity::Warning, format!("{rows} of nothing but filling.")),
                Kind::PadsInside => (Severity::Error, format!("{rows} with filling between real tokens.")),
                Kind::NumTokensDisagrees => {
                    (Severity::Error, format!("{rows} whose num_tokens is not the number of real tokens."))
                }
                Kind::SamplesOutOfOrder => {
                    let message = format!("sample_id goes back in {}, within a split.", counted(spots.count, "place"));
                    (Severity::Warning, message)
                }
                Kind::SamplesOutside => (Severity::Error, format!("{rows} of samples that the dataset does not have.")),
                // Judged elsewhere, by what the others are.
                _ => continue,
            };
            self.add(verdict, kind, severity, spots, message);
        }
    }

    fn duplicates(&self, verdict: &mut Verdict) {
        let name = |(file, row): (u32, u64)| {
            let file = self.names.get(file as usize).map_or("", String::as_str);
            format!("{file} row {}", count(row))
        };
        let Repeated { spots, one_in } = self.scanned.duplicates.finish(name);
        let about = if one_in > 1 { "About " } else { "" };
        let message = format!("{about}{} the same as an earlier one.", are(spots.count, "row"));
        self.add(verdict, Kind::Duplicates, Severity::Warning, &spots, message);
        if one_in > 1 {
            let note = format!(
                "Repeated rows were looked for among one row in {}, and their number estimated.",
                count(one_in)
            );
            verdict.notes.push(note);
        }
    }

    fn unknown(&self, verdict: &mut Verdict) {
        let tally = self.tally();
        let tokens: u64 = tally.sizes.iter().map(|sizes| sizes.tokens).sum();
        if tally.unknown as f64 > MUCH_UNKNOWN * tokens as f64 {
            let token = self.lens.unknown.map(|unknown| self.token(unknown)).unwrap_or_default();
            let message = format!("{} of all tokens are {token}.", percent(tally.unknown, tokens));
            verdict.findings.push(Finding {
                kind: Kind::UnknownTokens,
                severity: Severity::Warning,
                count: tally.unknown,
                message,
                first: Vec::new(),
            });
        }
    }

    /// Whether anything was read.
    pub(super) fn is_empty(&self) -> bool {
        self.rows_in_all() == 0
    }
}

/// `1 row is`, `2 rows are`.
fn are(number: u64, noun: &str) -> String {
    format!("{} {}", counted(number, noun), if number == 1 { "is" } else { "are" })
}

/// The beginning of a sentence about rows that do not do something.
fn do_not(number: u64, of: u64) -> String {
    if number == of {
        return "No rows".to_owned();
    }
    let word = if number == 1 { "does" } else { "do" };
    format!("{} of {} {word} not", count(number), counted(of, "row"))
}

fn percent(part: u64, of: u64) -> String {
    let share = 100.0 * part as f64 / of.max(1) as f64;
    if share > 0.0 && share < 0.1 { "less than 0.1 %".to_owned() } else { format!("{share:.1} %") }
}

/// A repository's own name: the same tokenizer is called with and without its owner.
fn last_part(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_lowercase()
}

fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
