use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::PlotError;
use super::svg::FONT;

/// Draws an SVG with these fonts and no others.
pub fn png(svg: &str, fonts: &[&[u8]]) -> Result<Vec<u8>, PlotError> {
    let mut known = fontdb::Database::new();
    for font in fonts {
        known.load_font_data(font.to_vec());
    }
    known.set_sans_serif_family(FONT);
    let options = Options { fontdb: Arc::new(known), font_family: FONT.to_owned(), ..Options::default() };
    let tree = Tree::from_str(svg, &options)?;
    let size = tree.size().to_int_size();
    let mut picture = Pixmap::new(size.width(), size.height())
        .ok_or(PlotError::TooLarge { width: size.width(), height: size.height() })?;
    resvg::render(&tree, Transform::default(), &mut picture.as_mut());
    picture.encode_png().map_err(|error| PlotError::Encode(error.to_string()))
}
