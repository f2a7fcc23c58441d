//! The names by which the HTML step knows a tag.

/// What is known of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// Of HTML, today's or earlier, or of MathML.
    Usual,
    /// Of SVG. Many of their names are plain words that stand in angle brackets in other texts: `<path>`, `<text>`.
    Drawing,
}

/// The element of that name, written in one case, or as SVG writes it.
pub(super) fn element(name: &str) -> Option<Element> {
    if DRAWING.binary_search(&name).is_ok() {
        return Some(Element::Drawing);
    }
    let is_one_case = |is_case: fn(&u8) -> bool| name.bytes().all(|byte| is_case(&byte) || byte.is_ascii_digit());
    if is_one_case(u8::is_ascii_uppercase) {
        return USUAL.binary_search(&name.to_ascii_lowercase().as_str()).ok().map(|_| Element::Usual);
    }
    USUAL.binary_search(&name).ok().map(|_| Element::Usual)
}

/// Whether the text before and after a tag of that name stands on different lines of a page.
pub(super) fn breaks_line(name: &str) -> bool {
    BREAKING.binary_search(&name.to_ascii_lowercase().as_str()).is_ok()
}

/// Whether an attribute of that name has a meaning without a value.
pub(super) fn goes_without_value(attribute: &str) -> bool {
    let name = attribute.to_ascii_lowercase();
    name.starts_with("data-") || BOOLEAN.binary_search(&name.as_str()).is_ok()
}

/// Elements of HTML and MathML, sorted.
#[rustfmt::skip]
const USUAL: &[&str] = &[
    "a", "abbr", "acronym", "address", "applet", "area", "article", "aside", "audio", "b", "base", "basefont",
    "bdi", "bdo", "bgsound", "big", "blink", "blockquote", "body", "br", "button", "canvas", "caption", "center",
    "cite", "code", "col", "colgroup", "data", "datalist", "dd", "del", "details", "dfn", "dialog", "dir", "div",
    "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure", "font", "footer", "form", "frame", "frameset",
    "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "i", "iframe", "img", "input",
    "ins", "kbd", "keygen", "label", "legend", "li", "link", "maction", "main", "map", "mark", "marquee", "math",
    "menu", "menuitem", "merror", "meta", "meter", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded",
    "mphantom", "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup",
    "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "nav", "nobr", "noembed", "noframes", "noscript",
    "object", "ol", "optgroup", "option", "output", "p", "param", "picture", "plaintext", "pre", "progress", "q",
    "rb", "rp", "rt", "rtc", "ruby", "s", "samp", "script", "search", "section", "select", "semantics", "slot",
    "small", "source", "span", "strike", "strong", "style", "sub", "summary", "sup", "svg", "table", "tbody", "td",
    "template", "textarea", "tfoot", "th", "thead", "time", "title", "tr", "track", "tt", "u", "ul", "var", "video",
    "wbr", "xmp",
];

/// Elements of SVG that HTML does not have, sorted.
#[rustfmt::skip]
const DRAWING: &[&str] = &[
    "animate", "animateMotion", "animateTransform", "circle", "clipPath", "defs", "desc", "ellipse", "feBlend",
    "feColorMatrix", "feComponentTransfer", "feComposite", "feConvolveMatrix", "feDiffuseLighting",
    "feDisplacementMap", "feDistantLight", "feDropShadow", "feFlood", "feFuncA", "feFuncB", "feFuncG", "feFuncR",
    "feGaussianBlur", "feImage", "feMerge", "feMergeNode", "feMorphology", "feOffset", "fePointLight",
    "feSpecularLighting", "feSpotLight", "feTile", "feTurbulence", "filter", "foreignObject", "g", "image", "line",
    "linearGradient", "marker", "mask", "metadata", "mpath", "path", "pattern", "polygon", "polyline",
    "radialGradient", "rect", "set", "stop", "switch", "symbol", "text", "textPath", "tspan", "use", "view",
];

/// Elements of HTML that stand on lines of their own, sorted.
#[rustfmt::skip]
const BREAKING: &[&str] = &[
    "address", "article", "aside", "blockquote", "body", "br", "button", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "h1",
    "h2", "h3", "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "iframe", "legend", "li", "main",
    "menu", "nav", "noscript", "ol", "optgroup", "option", "p", "pre", "script", "search", "section", "select",
    "style", "summary", "table", "tbody", "td", "template", "textarea", "tfoot", "th", "thead", "title", "tr", "ul",
    "video", "xmp",
];

/// Attributes of HTML that are said by their name alone, sorted.
#[rustfmt::skip]
const BOOLEAN: &[&str] = &[
    "allowfullscreen", "async", "autofocus", "autoplay", "checked", "compact", "controls", "declare", "default",
    "defer", "disabled", "download", "formnovalidate", "hidden", "inert", "ismap", "itemscope", "loop", "multiple",
    "muted", "nohref", "nomodule", "noresize", "noshade", "novalidate", "nowrap", "open", "playsinline", "readonly",
    "required", "reversed", "selected",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        for list in [USUAL, DRAWING, BREAKING, BOOLEAN] {
            assert!(list.is_sorted_by(|first, second| first < second));
        }
        assert!(BREAKING.iter().all(|name| element(name) == Some(Element::Usual)));
    }

    #[test]
    fn a_name_is_known_in_one_case_or_as_svg_writes_it() {
        assert_eq!(["div", "DIV", "h1", "H1"].map(element), [Some(Element::Usual); 4]);
        assert_eq!(["linearGradient", "g"].map(element), [Some(Element::Drawing); 2]);
        assert_eq!(["Object", "lineargradient", "string", "T", ""].map(element), [None; 5]);
    }
}
