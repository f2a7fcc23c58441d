//! How a file of separated values is laid out: delimiter, quote, header. Detected by DuckDB, open to correction.

use std::io::Write;

use duckdb::{Config, Connection};

use crate::ingest::error::IngestError;
use crate::ingest::format::Format;
use crate::ingest::source::Source;

/// This much of a file is given to the detection.
const HEAD_BYTES: usize = 2 << 20;

/// How the values of a file are separated.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CsvDialect {
    /// Between two values of a row; ASCII.
    pub delimiter: char,
    /// Around a value that holds delimiters, quotes or line ends; ASCII. None: no value is ever quoted.
    pub quote: Option<char>,
    /// Before a quote inside a quoted value; ASCII. None: a quote is doubled there.
    pub escape: Option<char>,
    /// Lines at the top that belong to neither header nor rows.
    pub skip_lines: usize,
    /// Whether the first row names the columns.
    pub header: bool,
}

/// What the user says about the layout; the rest is detected.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct CsvOptions {
    /// The delimiter; ASCII.
    pub delimiter: Option<char>,
    /// What stands around values that hold delimiters or line ends.
    pub quote: QuoteChoice,
    /// Whether the first row names the columns.
    pub header: Option<bool>,
    /// Columns to be kept as text although every value looks like a number or a truth value.
    pub text_columns: Vec<String>,
}

/// What the user says about quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuoteChoice {
    /// Nothing: find out.
    #[default]
    Detect,
    /// Quotes have no meaning; they are part of the values.
    Never,
    /// This ASCII character.
    Character(char),
}

/// Detects dialects with a DuckDB of its own, which sees nothing but the head of a file.
pub(crate) struct Sniffer {
    connection: Connection,
}

impl Sniffer {
    pub(crate) fn new() -> Result<Self, duckdb::Error> {
        let config =
            Config::default().enable_autoload_extension(false)?.with("autoinstall_known_extensions", "false")?;
        Ok(Self { connection: Connection::open_in_memory_with_flags(config.threads(1)?)? })
    }

    /// The dialect of a file whose first bytes are `head`.
    pub(crate) fn sniff(
        &self,
        name: &str,
        head: &Head,
        format: Format,
        options: &CsvOptions,
    ) -> Result<CsvDialect, IngestError> {
        let failed = |reason: String| IngestError::Dialect { name: name.to_owned(), reason };
        let delimiter = options.delimiter.or((format == Format::Tsv).then_some('\t'));
        let quote = match options.quote {
            QuoteChoice::Detect => None,
            QuoteChoice::Never => Some(None),
            QuoteChoice::Character(quote) => Some(Some(quote)),
        };
        let wrong = |character: &&char| !character.is_ascii() || matches!(character, '\n' | '\r');
        if let Some(character) = delimiter.iter().chain(quote.iter().flatten()).find(wrong) {
            return Err(failed(format!("{character:?} cannot be a delimiter or a quote: only ASCII characters can.")));
        }
        if let (Some(delimiter), Some(quote), Some(header)) = (delimiter, quote, options.header) {
            return Ok(CsvDialect { delimiter, quote, escape: None, skip_lines: 0, header });
        }
        let mut file = tempfile::NamedTempFile::with_suffix(".csv")
            .map_err(|source| IngestError::writing(&std::env::temp_dir(), source))?;
        file.write_all(&head.bytes).map_err(|source| IngestError::writing(file.path(), source))?;
        let text = |character: Option<char>| {
            format!("'{}'", character.map(String::from).unwrap_or_default().replace('\'', "''"))
        };
        let given: String = [
            delimiter.map(|delimiter| format!(", delim = {}", text(Some(delimiter)))),
            quote.map(|quote| format!(", quote = {}", text(quote))),
            options.header.map(|header| format!(", header = {header}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        let path = file.path().to_string_lossy();
        let found = self.ask_patiently(&path, &given).map_err(|error| failed(error.to_string()))?;
        // One row that does not fit makes the detection see a single column. Where the first line has commas it is more
        // likely that this row is wrong than that all others are, and reading will name it.
        let first_line = head.bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let has = |character: char| first_line.contains(&(character as u8));
        let found = if delimiter.is_none() && !has(found.delimiter) && has(',') {
            self.ask_patiently(&path, &format!("{given}, delim = ','")).unwrap_or(found)
        } else {
            found
        };
        let quote = match (quote, found.quote) {
            (Some(said), _) => said,
            (None, Some(found)) => Some(found),
            // None is found where quotes do not match up. In files of tabs they then are part of the values; in others
            // one was lost, and the place of that is worth more than values with stray quotes.
            (None, None) => (format == Format::Csv).then_some('"'),
        };
        let escape = found.escape.filter(|escape| quote.is_some() && Some(*escape) != quote);
        Ok(CsvDialect { quote, escape, ..found })
    }

    /// Rows that do not fit are reported by line when they are read, so they must not stop the detection.
    fn ask_patiently(&self, path: &str, given: &str) -> Result<CsvDialect, duckdb::Error> {
        self.ask(path, given)
            .or_else(|_| self.ask(path, &format!("{given}, ignore_errors = true, null_padding = true")))
    }

    fn ask(&self, path: &str, given: &str) -> Result<CsvDialect, duckdb::Error> {
        let sql = format!(
            "SELECT Delimiter, Quote, Escape, SkipRows::BIGINT, HasHeader \
             FROM sniff_csv(?{given}, max_line_size = {HEAD_BYTES})"
        );
        self.connection.query_row(&sql, [&path], |row| {
            let character = |column: usize| row.get::<_, String>(column).map(|text| one_ascii(&text));
            Ok(CsvDialect {
                delimiter: character(0)?.unwrap_or(','),
                quote: character(1)?,
                escape: character(2)?,
                skip_lines: usize::try_from(row.get::<_, i64>(3)?).unwrap_or(0),
                header: row.get(4)?,
            })
        })
    }
}

/// The character that is meant; DuckDB says "(empty)" where there is none.
fn one_ascii(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|first| first.is_ascii() && *first != '\0' && characters.next().is_none())
}

/// The beginning of a file, or all of it where it is short.
pub(crate) struct Head {
    pub(crate) bytes: Vec<u8>,
}

impl Head {
    /// Reads it; a row that is not complete is left out.
    pub(crate) fn read(source: &mut Source) -> Result<Self, IngestError> {
        let mut bytes = Vec::new();
        if source.fill(&mut bytes, HEAD_BYTES)? == HEAD_BYTES {
            bytes.truncate(last_row_end(&bytes));
        }
        // What is not UTF-8 is told by line when the rows are read; the layout can be seen all the same.
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => text.into_bytes(),
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned().into_bytes(),
        };
        Ok(Self { bytes })
    }
}

/// The end of the last line that does not end inside double quotes, as far as counting them can tell. Where that is
/// nowhere near the end, quotes are not in pairs and the last line end is as good a guess.
fn last_row_end(bytes: &[u8]) -> usize {
    let (mut inside, mut outside_end, mut end) = (false, 0, 0);
    for at in memchr::memchr2_iter(b'"', b'\n', bytes) {
        if bytes[at] == b'"' {
            inside = !inside;
            continue;
        }
        end = at + 1;
        if !inside {
            outside_end = end;
        }
    }
    if outside_end > bytes.len() / 2 { outside_end } else { end.max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_cut_where_a_row_ends() {
        assert_eq!(last_row_end(b"a,b\n1,\"x \"\"y\"\" \n z\"\n2,\"cut \n here"), 20);
        assert_eq!(last_row_end(b"a \" b\nc\nd"), 8);
    }

    #[test]
    fn the_layout_of_a_file_cut_inside_a_quoted_value_is_found() {
        let mut text = String::from("id,text\r\n");
        while text.len() <= HEAD_BYTES {
            text.push_str("7,\"a \"\"quoted\"\" value, over\nseveral\nlines\"\r\n");
        }
        let mut bytes = text.into_bytes();
        bytes.truncate(HEAD_BYTES - 20);
        bytes.truncate(last_row_end(&bytes));
        let sniffer = Sniffer::new().unwrap();
        let found = sniffer.sniff("a.csv", &Head { bytes }, Format::Csv, &CsvOptions::default()).unwrap();
        assert_eq!((found.delimiter, found.quote, found.escape, found.header), (',', Some('"'), None, true));
    }
}
