//! How numbers and sizes are written, on screen, in messages and on the command line alike.

const KIB: f64 = 1024.0;

/// Bytes as people read them: binary steps, one decimal above bytes, for example `2.3 GB`.
pub fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    if value < KIB {
        return format!("{bytes} B");
    }
    for unit in ["KB", "MB", "GB", "TB"] {
        value /= KIB;
        // 1023.95 would print as 1024.0 of this unit.
        if value < KIB - 0.05 {
            return format!("{value:.1} {unit}");
        }
    }
    format!("{:.1} PB", value / KIB)
}

/// A count with its thousands grouped, for example `2,119,719`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `one` with its noun, in the plural where it is not one: `1 row`, `2,000 rows`.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// Seconds as people read them: `42 s`, `3 min 20 s`, `2 h 5 min`.
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_binary_with_one_decimal() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(1023), "1023 B");
        assert_eq!(size(1024), "1.0 KB");
        assert_eq!(size(1024 * 1024 - 1), "1.0 MB");
        assert_eq!(size(2_469_606_195), "2.3 GB");
        assert_eq!(size(u64::MAX), "16384.0 PB");
    }

    #[test]
    fn counts_are_grouped_in_threes() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1000), "1,000");
        assert_eq!(count(2_119_719), "2,119,719");
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(1234, "row"), "1,234 rows");
    }

    #[test]
    fn durations_name_their_two_largest_units() {
        assert_eq!(duration(59), "59 s");
        assert_eq!(duration(200), "3 min 20 s");
        assert_eq!(duration(7500), "2 h 5 min");
    }
}
