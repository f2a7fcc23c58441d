//! Licences as the Hub knows them.

use super::front_matter::Sheet;
use super::scalars;

/// The identifiers that the Hub takes in a card. Any other licence is `other`, with its name beside it.
pub const LICENCES: [&str; 67] = [
    "mit",
    "apache-2.0",
    "cc0-1.0",
    "cc-by-4.0",
    "cc-by-sa-4.0",
    "cc-by-nc-4.0",
    "cc-by-nc-sa-4.0",
    "cc-by-nd-4.0",
    "cc-by-nc-nd-4.0",
    "odc-by",
    "odbl",
    "pddl",
    "cdla-sharing-1.0",
    "cdla-permissive-1.0",
    "cdla-permissive-2.0",
    "c-uda",
    "cc",
    "cc-by-2.0",
    "cc-by-2.5",
    "cc-by-3.0",
    "cc-by-sa-3.0",
    "cc-by-nc-2.0",
    "cc-by-nc-3.0",
    "cc-by-nc-nd-3.0",
    "cc-by-nc-sa-2.0",
    "cc-by-nc-sa-3.0",
    "openrail",
    "openrail++",
    "bigscience-openrail-m",
    "creativeml-openrail-m",
    "bigscience-bloom-rail-1.0",
    "bigcode-openrail-m",
    "afl-3.0",
    "artistic-2.0",
    "bsl-1.0",
    "bsd",
    "bsd-2-clause",
    "bsd-3-clause",
    "bsd-3-clause-clear",
    "wtfpl",
    "ecl-2.0",
    "epl-1.0",
    "epl-2.0",
    "etalab-2.0",
    "eupl-1.1",
    "agpl-3.0",
    "gfdl",
    "gpl",
    "gpl-2.0",
    "gpl-3.0",
    "lgpl",
    "lgpl-2.1",
    "lgpl-3.0",
    "isc",
    "lppl-1.3c",
    "ms-pl",
    "mpl-2.0",
    "osl-3.0",
    "postgresql",
    "ofl-1.1",
    "ncsa",
    "unlicense",
    "zlib",
    "lgpl-lr",
    "llama2",
    "unknown",
    "other",
];

/// Sets the licence, or the licences where several are named with commas between them.
pub(super) fn set(sheet: &mut Sheet, licence: &str) {
    let named: Vec<String> = licence.split(',').map(|name| name.trim().to_owned()).collect();
    let known: Option<Vec<String>> = named.iter().map(|name| known(name)).collect();
    for key in ["license_name", "license_link"] {
        sheet.remove(key);
    }
    match known.as_deref() {
        Some([one]) => sheet.set("license", &scalars::line("license", one)),
        Some(several) => sheet.set("license", &scalars::list("license", several)),
        None => {
            sheet.set("license", &scalars::line("license", "other"));
            sheet.set("license_name", &scalars::line("license_name", licence));
        }
    }
}

fn known(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    LICENCES.contains(&name.as_str()).then_some(name)
}
