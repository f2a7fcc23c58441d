//! The parts every screen is made of. They take data and say what was pressed; they know no dataset, start no work and
//! choose no colour beyond its role.
//!
//! Every control has a name for screen readers, can be reached with Tab, and shows a ring while it has the keyboard.

mod badge;
mod bars;
mod button;
mod card;
mod check;
mod chips;
mod confirm;
mod empty;
mod entry;
mod expander;
mod field;
mod focus;
mod modal;
mod number;
mod plot;
mod progress;
mod removable;
mod select;
mod skeleton;
mod status;
mod switch;
mod table;
mod tabs;
mod text;
mod tile;
mod toast;
mod toggle;
mod tree;

pub use badge::badge;
pub use bars::{Bar, Bars};
pub use button::{Button, ButtonKind, IconButton};
pub use card::{CardFrame, card};
pub use check::{CHECK_ROW, Check, CheckRow, long_list};
pub use chips::{Chip, ChipKind, chips};
pub use confirm::{Confirm, ConfirmAnswer};
pub use empty::{EmptyState, failure, failure_with, waiting};
pub use entry::{ENTRY_HEIGHT, entry};
pub use expander::Expander;
pub use field::TextField;
pub use focus::{focus_ring, on_focus_scroll};
pub use modal::{Modal, ModalEnd, ModalPart};
pub use number::NumberField;
pub use plot::{Curves, Histogram, Series, Span};
pub use progress::{progress_bar, progress_row};
pub use removable::removable;
pub use select::{Choice, Select, select};
pub use skeleton::skeleton_tiles;
pub use status::{Status, status_icon};
pub use switch::{switch_row, toggle_row};
pub use table::{Sorted, TABLE_ROW, Table, TableColumn, TableEnd, table_cell};
pub use tabs::{TabStyle, tab_bar};
pub use text::{gap, paragraph, rule, text};
pub use tile::{StatTile, fact_tile, pressable_stat_tiles, stat_tiles, tile, tile_columns};
pub use toast::{Toast, ToastKind, Toasts};
pub use toggle::Toggle;
pub use tree::tree;
