//! A field for a whole number.

use std::ops::RangeInclusive;

use egui::Ui;
use mistudio_core::units;

use super::field::TextField;

/// What is typed in a number field and the numbers it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberField {
    typed: String,
    range: RangeInclusive<u64>,
}

impl NumberField {
    /// A field that shows `value` and takes the numbers of `range`.
    pub fn new(value: u64, range: RangeInclusive<u64>) -> Self {
        Self { typed: value.to_string(), range }
    }

    /// The number, or what is wrong with what is typed.
    pub fn value(&self) -> Result<u64, String> {
        let digits: String = self.typed.chars().filter(|character| !matches!(character, ',' | ' ' | '_')).collect();
        match digits.parse() {
            Ok(number) if self.range.contains(&number) => Ok(number),
            _ => {
                let (least, most) = (units::count(*self.range.start()), units::count(*self.range.end()));
                Err(format!("A whole number from {least} to {most} is needed."))
            }
        }
    }

    /// Shows another number.
    pub fn set(&mut self, value: u64) {
        self.typed = value.to_string();
    }

    /// Draws it; true when what is typed has changed.
    pub fn show(&mut self, ui: &mut Ui, label: &str, enabled: bool) -> bool {
        let error = self.value().err();
        TextField::new(label, &mut self.typed).error(error.as_deref()).enabled(enabled).show(ui).changed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_in_range_are_taken() {
        let mut field = NumberField::new(512, 1..=1_048_576);
        assert_eq!(field.value(), Ok(512));
        for (typed, good) in
            [("1,024", Some(1024)), ("0", None), ("-3", None), ("1048577", None), ("", None), ("٣", None)]
        {
            typed.clone_into(&mut field.typed);
            assert_eq!(field.value().ok(), good, "{typed}");
        }
        assert_eq!(field.value(), Err("A whole number from 1 to 1,048,576 is needed.".to_owned()));
    }
}
