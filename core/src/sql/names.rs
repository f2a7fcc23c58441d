//! Names as SQL writes them.

use super::keywords::is_reserved;

/// The name in double quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The name as it is where SQL can read it so, else in double quotes.
pub fn identifier(name: &str) -> String {
    let is_plain = |c: char| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit();
    let begins = name.starts_with(|c: char| c == '_' || c.is_ascii_lowercase());
    if begins && name.chars().all(is_plain) && !is_reserved(name) { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_odd_names_are_quoted() {
        assert_eq!(identifier("text_1"), "text_1");
        assert_eq!(identifier("order"), "\"order\"");
        assert_eq!(identifier("Größe"), "\"Größe\"");
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(identifier("1st"), "\"1st\"");
        assert_eq!(identifier(""), "\"\"");
    }
}
