//! Every colour of the window, named by what it is for. No other file builds a colour.

#![expect(clippy::disallowed_methods, reason = "this is the one place where colours are made")]

use egui::Color32;

/// The colours of one theme, by role.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tokens {
    /// Behind everything.
    pub window: Color32,
    /// Download form, dataset cards, chart frames: half see-through.
    pub card: Color32,
    /// A clickable card under the pointer.
    pub card_hover: Color32,
    /// The row of tabs under the header.
    pub tab_row: Color32,
    /// Body of a modal.
    pub modal: Color32,
    /// Text fields and selects.
    pub input: Color32,
    /// Sample rows, stat tiles, toggle rows: see-through.
    pub tile: Color32,
    /// Badges and the track of a progress bar.
    pub badge: Color32,
    /// Quiet buttons, such as those for paging.
    pub quiet: Color32,
    /// A quiet button under the pointer.
    pub quiet_hover: Color32,
    /// Secondary buttons and token chips.
    pub secondary: Color32,
    /// A secondary button under the pointer.
    pub secondary_hover: Color32,
    /// Card and header borders, the rule under tabs.
    pub line: Color32,
    /// Borders of inputs, rules between sections.
    pub strong_line: Color32,
    /// A primary button that cannot be pressed, a switch that is off.
    pub disabled: Color32,
    /// Primary buttons, a switch that is on.
    pub primary: Color32,
    /// A primary button under the pointer.
    pub primary_hover: Color32,
    /// A button that destroys something.
    pub danger: Color32,
    /// The same under the pointer.
    pub danger_hover: Color32,
    /// Progress, the ring around what has the keyboard, the left end of length bars.
    pub progress: Color32,
    /// The right end of length bars.
    pub progress_light: Color32,
    /// The knob of a switch.
    pub knob: Color32,
    /// Behind selected text.
    pub selection: Color32,
    /// Behind a hit of a search.
    pub highlight: Color32,
    /// Behind the tokens of a text, one after the other, so that neighbours differ.
    pub token_tints: [Color32; 4],
    /// Over the window while a modal is open.
    pub scrim: Color32,
    /// Under a modal, a menu, a toast.
    pub shadow: Color32,
    /// Text colours.
    pub ink: Inks,
}

/// The colours text and icons come in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inks {
    text: Color32,
    label: Color32,
    muted: Color32,
    faint: Color32,
    accent: Color32,
    info: Color32,
    violet: Color32,
    warn: Color32,
    error: Color32,
}

/// What a piece of text or an icon says, from which its colour follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ink {
    /// Headings and values.
    Text,
    /// Form labels, text of samples.
    Label,
    /// Secondary lines, idle tabs.
    Muted,
    /// Captions in tiles, header lines of samples.
    Faint,
    /// The active tab, "ready", the first of several figures.
    Accent,
    /// Work that runs, the second of several figures.
    Info,
    /// The third of several figures.
    Violet,
    /// What needs a look, the fourth of several figures.
    Warn,
    /// What went wrong.
    Error,
}

impl Ink {
    /// Its colour in the current theme.
    pub fn color(self) -> Color32 {
        let ink = &tokens().ink;
        match self {
            Self::Text => ink.text,
            Self::Label => ink.label,
            Self::Muted => ink.muted,
            Self::Faint => ink.faint,
            Self::Accent => ink.accent,
            Self::Info => ink.info,
            Self::Violet => ink.violet,
            Self::Warn => ink.warn,
            Self::Error => ink.error,
        }
    }
}

/// The tokens in force.
pub fn tokens() -> &'static Tokens {
    &DARK
}

/// The colour `0xRRGGBB`.
const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The colour `0xRRGGBB` at a share of 0 to 255 over what is behind it.
const fn rgba(hex: u32, alpha: u8) -> Color32 {
    const fn times(channel: u8, alpha: u8) -> u8 {
        ((channel as u16 * alpha as u16 + 127) / 255) as u8
    }
    Color32::from_rgba_premultiplied(
        times((hex >> 16) as u8, alpha),
        times((hex >> 8) as u8, alpha),
        times(hex as u8, alpha),
        alpha,
    )
}

static DARK: Tokens = Tokens {
    window: rgb(0x02_0617),
    card: rgba(0x0f_172a, 128),
    card_hover: rgba(0x0f_172a, 179),
    tab_row: rgba(0x0f_172a, 77),
    modal: rgb(0x0f_172a),
    input: rgb(0x0f_172a),
    tile: rgba(0x1e_293b, 77),
    badge: rgb(0x1e_293b),
    quiet: rgb(0x1e_293b),
    quiet_hover: rgb(0x33_4155),
    secondary: rgb(0x33_4155),
    secondary_hover: rgb(0x47_5569),
    line: rgb(0x1e_293b),
    strong_line: rgb(0x33_4155),
    disabled: rgb(0x33_4155),
    primary: rgb(0x05_9669),
    primary_hover: rgb(0x04_7857),
    danger: rgb(0xb9_1c1c),
    danger_hover: rgb(0x99_1b1b),
    progress: rgb(0x10_b981),
    progress_light: rgb(0x34_d399),
    knob: rgb(0xff_ffff),
    selection: rgba(0x05_9669, 140),
    highlight: rgba(0xfa_cc15, 72),
    token_tints: [rgba(0x34_d399, 56), rgba(0x60_a5fa, 64), rgba(0xc0_84fc, 60), rgba(0xfb_923c, 56)],
    scrim: rgba(0x00_0000, 128),
    shadow: rgba(0x00_0000, 110),
    ink: Inks {
        text: rgb(0xf1_f5f9),
        label: rgb(0xcb_d5e1),
        muted: rgb(0x94_a3b8),
        faint: rgb(0x64_748b),
        accent: rgb(0x34_d399),
        info: rgb(0x60_a5fa),
        violet: rgb(0xc0_84fc),
        warn: rgb(0xfa_cc15),
        error: rgb(0xf8_7171),
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    /// What the eye sees of a see-through colour over an opaque one.
    fn over(front: Color32, back: Color32) -> [u8; 3] {
        let blend = |front: u8, back: u8, alpha: u8| {
            (u16::from(front) + (u16::from(back) * (255 - u16::from(alpha)) + 127) / 255) as u8
        };
        [
            blend(front.r(), back.r(), front.a()),
            blend(front.g(), back.g(), front.a()),
            blend(front.b(), back.b(), front.a()),
        ]
    }

    #[test]
    fn see_through_fills_look_as_in_the_mock() {
        let tokens = tokens();
        assert_eq!(over(tokens.card, tokens.window), [0x09, 0x0f, 0x20]);
        assert_eq!(over(tokens.tab_row, tokens.window), [0x06, 0x0b, 0x1d]);
        assert_eq!(over(tokens.tile, tokens.modal), [0x13, 0x1c, 0x2f]);
    }

    #[test]
    fn text_is_readable_on_every_surface_it_stands_on() {
        let luminance = |[r, g, b]: [u8; 3]| {
            let linear = |channel: u8| {
                let share = f64::from(channel) / 255.0;
                if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
        };
        let tokens = tokens();
        for surface in [tokens.window, tokens.modal] {
            let back = luminance(over(surface, surface));
            for ink in [Ink::Text, Ink::Label, Ink::Muted, Ink::Accent, Ink::Info, Ink::Violet, Ink::Warn, Ink::Error] {
                let front = luminance(over(ink.color(), surface));
                let contrast = (front + 0.05) / (back + 0.05);
                assert!(contrast >= 4.5, "{ink:?} reaches only {contrast:.1}");
            }
        }
    }
}
