//! A preview as the screen shows it.

use mistudio_core::tokenize::{CleaningPreview, PreviewToken, StepEffect};
use mistudio_core::units;

use crate::window::model::{Cleaned, Preview, PreviewRow};
use crate::window::widgets::{Chip, ChipKind};

/// A preview as chips, row by row.
pub(super) fn shown(preview: &mistudio_core::tokenize::Preview) -> Preview {
    let chip = |token: &PreviewToken| {
        let (encoded, is_bytes) = (&token.token, token.token.text.contains("\\x"));
        Chip {
            text: encoded.text.clone(),
            id: encoded.id,
            span: (!encoded.span.is_empty()).then_some((encoded.span.start, encoded.span.end)),
            kind: match () {
                () if token.pad => ChipKind::Pad,
                () if encoded.special => ChipKind::Special,
                () if encoded.unknown => ChipKind::Unknown,
                () if is_bytes => ChipKind::Bytes,
                () => ChipKind::Text,
            },
        }
    };
    let row = |row: &mistudio_core::tokenize::PreviewRow| PreviewRow {
        length: row.tokens.len() as u64,
        pads: row.tokens.iter().filter(|token| token.pad).count() as u64,
        unfinished: row.unfinished,
        chips: with_pads_counted(row.tokens.iter().map(chip)),
    };
    let tokens = preview.total_tokens.saturating_sub(preview.tokens_cut);
    let cut = preview.cut.iter().filter_map(|cut| preview.texts.get(cut.text)?.get(cut.bytes.clone()));
    Preview {
        cleaned: preview.cleaning.iter().map(cleaned).reduce(both),
        left_out: preview.dropped.map(|dropped| format!("The sample filter would leave this out: {dropped}")),
        rows: preview.rows.iter().map(row).collect(),
        tokens: tokens as u64,
        cut: preview.tokens_cut as u64,
        cut_text: cut.map(str::to_owned).reduce(|all, next| format!("{all} … {next}")),
    }
}

fn cleaned(cleaning: &CleaningPreview) -> Cleaned {
    let step = |effect: &StepEffect| {
        let (name, removed) = (effect.step.words(), units::counted(effect.characters_removed, "character"));
        let gentle = || (format!("{name}: {removed} fewer, {} more.", units::count(effect.characters_added)), false);
        effect.warning().map_or_else(gentle, |warning| (warning, true))
    };
    Cleaned {
        before: cleaning.before.clone(),
        after: cleaning.after.clone(),
        steps: cleaning.steps.iter().map(step).collect(),
    }
}

/// What became of the two texts of a pair.
fn both(first: Cleaned, second: Cleaned) -> Cleaned {
    Cleaned {
        before: format!("{}\n{}", first.before, second.before),
        after: format!("{}\n{}", first.after, second.after),
        steps: first.steps.into_iter().chain(second.steps).collect(),
    }
}

/// A run of pads as one chip that says how many there are: hundreds of the same say no more.
fn with_pads_counted(chips: impl Iterator<Item = Chip>) -> Vec<Chip> {
    let mut shown: Vec<Chip> = Vec::new();
    let mut run = 0;
    for chip in chips {
        let continues = chip.kind == ChipKind::Pad && run > 0;
        run = if chip.kind == ChipKind::Pad { run + 1 } else { 0 };
        match shown.last_mut().filter(|_| continues) {
            Some(last) => last.text = format!("{} × {}", chip.text, units::count(run)),
            None => shown.push(chip),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_pads_is_one_chip_with_its_number() {
        let chip = |text: &str, kind| Chip { text: text.to_owned(), id: 0, span: None, kind };
        let chips = [
            chip("a", ChipKind::Text),
            chip("[PAD]", ChipKind::Pad),
            chip("[PAD]", ChipKind::Pad),
            chip("b", ChipKind::Text),
            chip("[PAD]", ChipKind::Pad),
        ];
        let shown: Vec<String> = with_pads_counted(chips.into_iter()).into_iter().map(|chip| chip.text).collect();
        assert_eq!(shown, ["a", "[PAD] × 2", "b", "[PAD]"]);
    }
}
