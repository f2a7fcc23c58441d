//! Which format a file is in, by its name, and which one a set of files is read as.

use std::collections::HashMap;

/// A way to store rows that the Python library knows, whether or not miStudio reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC, file or stream.
    Arrow,
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// JSON: an array of objects, or one object a line.
    Json,
    /// Plain text.
    Text,
    /// ZIP archives; what they hold is known once one is opened.
    Zip,
    /// Lance.
    Lance,
    /// Vortex.
    Vortex,
    /// Tar shards of samples.
    WebDataset,
    /// XML.
    Xml,
    /// HDF5.
    Hdf5,
    /// Inspect AI evaluation logs.
    Eval,
    /// Harbor task folders.
    Harbor,
    /// Apache `TsFile` time series.
    TsFile,
    /// `CoNLL` column files.
    Conll,
    /// CoNLL-U treebanks.
    Conllu,
    /// FASTA sequences.
    Fasta,
    /// `GenBank` records.
    GenBank,
    /// FASTQ reads.
    Fastq,
    /// Protein Data Bank files.
    Pdb,
    /// Macromolecular CIF files.
    MmCif,
    /// Folders of pictures.
    Image,
    /// Folders of sound.
    Audio,
    /// Folders of video.
    Video,
    /// Folders of meshes.
    Mesh,
    /// Folders of PDF documents.
    PdfDocument,
    /// Folders of `NIfTI` scans.
    Nifti,
}

/// Every format with its extensions, in lower case and without the dot.
const EXTENSIONS: &[(Format, &[&str])] = &[
    (Format::Parquet, &["parquet", "geoparquet", "gpq"]),
    (Format::Arrow, &["arrow"]),
    (Format::Csv, &["csv"]),
    (Format::Tsv, &["tsv"]),
    (Format::Json, &["json", "jsonl", "ndjson"]),
    (Format::Text, &["txt"]),
    (Format::Lance, &["lance"]),
    (Format::Vortex, &["vortex"]),
    (Format::WebDataset, &["tar"]),
    (Format::Xml, &["xml"]),
    (Format::Hdf5, &["hdf5", "h5"]),
    (Format::Eval, &["eval"]),
    (Format::Harbor, &["toml", "md"]),
    (Format::TsFile, &["tsfile"]),
    (Format::Conll, &["conll"]),
    (Format::Conllu, &["conllu"]),
    (Format::Fasta, &["fa", "fasta", "fna", "ffn", "faa", "frn", "afa"]),
    (Format::GenBank, &["gb", "gbk", "genbank"]),
    (Format::Fastq, &["fq", "fastq"]),
    (Format::Pdb, &["pdb", "ent"]),
    (Format::MmCif, &["cif", "mmcif"]),
    (
        Format::Image,
        &[
            "apng", "blp", "bmp", "bufr", "bw", "cur", "dcx", "dds", "dib", "emf", "eps", "fit", "fits", "flc", "fli",
            "ftc", "ftu", "gbr", "gif", "grib", "icb", "icns", "ico", "iim", "im", "j2c", "j2k", "jfif", "jp2", "jpc",
            "jpe", "jpeg", "jpf", "jpg", "jpx", "msp", "pbm", "pcd", "pcx", "pgm", "png", "pnm", "ppm", "ps", "psd",
            "pxr", "ras", "rgb", "rgba", "sgi", "tga", "tif", "tiff", "vda", "vst", "webp", "wmf", "xbm", "xpm",
        ],
    ),
    (
        Format::Audio,
        &[
            "3g2", "3gp", "aiff", "asf", "au", "avr", "caf", "f4v", "flac", "flv", "htk", "ircam", "m4v", "mat4",
            "mat5", "mp3", "mpc2k", "mpg", "mxf", "nist", "nut", "ogg", "ogm", "opus", "paf", "pvf", "raw", "rf64",
            "sd2", "sds", "svx", "voc", "w64", "wav", "wavex", "webm", "wma", "wmv", "wve", "xi",
        ],
    ),
    (Format::Video, &["mkv", "mp4", "avi", "mpeg", "mov"]),
    (Format::Mesh, &["glb", "gltf", "ply", "stl"]),
    (Format::PdfDocument, &["pdf"]),
    (Format::Nifti, &["nii"]),
];

/// Extensions of files that accompany Lance data.
const LANCE_COMPANIONS: [&str; 3] = ["idx", "txn", "manifest"];
const LANCE_HINT: &[&str] = &["latest_version_hint.json"];
const HARBOR_FILES: &[&str] = &["task.toml", "instruction.md"];
/// Tables that describe the files beside them.
const FOLDER_METADATA: &[&str] = &["metadata.csv", "metadata.jsonl", "metadata.parquet"];
/// In a draw the earlier of these wins over the later and all of them over any other extension.
const FAVOURITES: [&str; 7] = ["parquet", "lance", "vortex", "arrow", "jsonl", "json", "csv"];

impl Format {
    /// The formats that can be read, as an error message lists them.
    pub const SUPPORTED: [Self; 7] =
        [Self::Parquet, Self::Arrow, Self::Csv, Self::Tsv, Self::Json, Self::Text, Self::Zip];

    /// Whether miStudio can read it.
    pub fn is_supported(self) -> bool {
        Self::SUPPORTED.contains(&self)
    }

    /// The name people use for it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::Arrow => "Arrow",
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::Json => "JSON",
            Self::Text => "text",
            Self::Zip => "ZIP",
            Self::Lance => "Lance",
            Self::Vortex => "Vortex",
            Self::WebDataset => "WebDataset",
            Self::Xml => "XML",
            Self::Hdf5 => "HDF5",
            Self::Eval => "Inspect AI logs",
            Self::Harbor => "Harbor tasks",
            Self::TsFile => "TsFile",
            Self::Conll => "CoNLL",
            Self::Conllu => "CoNLL-U",
            Self::Fasta => "FASTA",
            Self::GenBank => "GenBank",
            Self::Fastq => "FASTQ",
            Self::Pdb => "PDB",
            Self::MmCif => "mmCIF",
            Self::Image => "images",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Mesh => "meshes",
            Self::PdfDocument => "PDF",
            Self::Nifti => "NIfTI",
        }
    }

    /// The format of an extension in lower case, without its dot.
    pub(super) fn of_extension(extension: &str) -> Option<Self> {
        EXTENSIONS.iter().find(|(_, known)| known.contains(&extension)).map(|&(format, _)| format)
    }

    /// The format of a file by the last of its extensions that says one, so that `a.jsonl.gz` is JSON.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let suffixes: Vec<String> = suffixes(path).map(str::to_lowercase).collect();
        let known = suffixes.iter().rev().find_map(|suffix| Self::of_extension(suffix));
        known.or_else(|| suffixes.iter().any(|suffix| suffix == "zip").then_some(Self::Zip))
    }

    /// Whether its extensions are also known in capitals, as cameras write them.
    fn is_known_in_capitals(self) -> bool {
        matches!(
            self,
            Self::Image | Self::Audio | Self::Video | Self::Mesh | Self::PdfDocument | Self::Nifti | Self::Pdb
        )
    }

    /// Names of files that belong to data of this format without being data.
    fn companions(self) -> &'static [&'static str] {
        match self {
            Self::Lance => LANCE_HINT,
            Self::Harbor => HARBOR_FILES,
            Self::Image
            | Self::Audio
            | Self::Video
            | Self::Mesh
            | Self::PdfDocument
            | Self::Nifti
            | Self::Pdb
            | Self::MmCif => FOLDER_METADATA,
            _ => &[],
        }
    }

    /// CSV and TSV are one reader, as are the two kinds of `CoNLL`; a repository read as one may hold the other.
    fn reader(self) -> Self {
        match self {
            Self::Tsv => Self::Csv,
            Self::Conllu => Self::Conll,
            other => other,
        }
    }

    /// Whether a repository read as this format keeps this file: the path has one of the format's extensions,
    /// followed by nothing or by more extensions, or the name of a companion file.
    pub(super) fn keeps(self, path: &str) -> bool {
        let ends = |extension: &str| {
            let dotted = format!(".{extension}");
            path.match_indices(&dotted).any(|(start, _)| {
                let rest = &path[start + dotted.len()..];
                rest.is_empty() || (rest.starts_with('.') && rest.len() > 1)
            })
        };
        let own = EXTENSIONS.iter().filter(|(format, _)| format.reader() == self.reader());
        ends("zip")
            || own.flat_map(|&(format, known)| known.iter().map(move |extension| (format, *extension))).any(
                |(format, extension)| {
                    ends(extension) || (format.is_known_in_capitals() && ends(&extension.to_ascii_uppercase()))
                },
            )
            || (self == Self::Lance && LANCE_COMPANIONS.into_iter().any(ends))
            || self.companions().iter().any(|name| path.ends_with(name))
    }
}

/// The dot suffixes of a path's last component: `x/a.jsonl.gz` has `jsonl` and `gz`.
pub(super) fn suffixes(path: &str) -> impl Iterator<Item = &str> {
    base_name(path).split('.').skip(1)
}

/// The last component of a path.
pub(super) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether any suffix of the file is one that data files have. Case matters: `a.CSV` is not data, `a.PNG` is.
pub(super) fn is_data_name(path: &str) -> bool {
    suffixes(path).any(|suffix| {
        let capitals = || {
            suffix == suffix.to_ascii_uppercase()
                && Format::of_extension(&suffix.to_ascii_lowercase()).is_some_and(Format::is_known_in_capitals)
        };
        Format::of_extension(suffix).is_some() || suffix == "zip" || LANCE_COMPANIONS.contains(&suffix) || capitals()
    })
}

/// The format that a list of files is read as: the most common extension that means one. In a draw
/// [`FAVOURITES`] win, then what is last in the alphabet; tables that describe other files count last.
pub(super) fn most_common<'a>(paths: impl IntoIterator<Item = &'a str>) -> Option<Format> {
    let mut counts: HashMap<(String, bool), usize> = HashMap::new();
    for path in paths {
        let name = base_name(path);
        let companion = [LANCE_HINT, HARBOR_FILES, FOLDER_METADATA].iter().any(|names| names.contains(&name));
        for suffix in suffixes(path) {
            *counts.entry((suffix.to_lowercase(), companion)).or_default() += 1;
        }
    }
    let favour = |extension: &str| {
        FAVOURITES.iter().position(|favourite| *favourite == extension).map_or(0, |place| FAVOURITES.len() - place)
    };
    counts
        .into_iter()
        .filter_map(|((extension, companion), count)| {
            let format = if extension == "zip" { Some(Format::Zip) } else { Format::of_extension(&extension) };
            format.map(|format| ((!companion, count, favour(&extension), extension), format))
        })
        .max_by(|(one, _), (other, _)| one.cmp(other))
        .map(|(_, format)| format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suffix_counts_and_draws_have_an_order() {
        assert_eq!(most_common(["a.jsonl.zst"]), Some(Format::Json));
        assert_eq!(most_common(["a.csv", "b.parquet"]), Some(Format::Parquet));
        assert_eq!(most_common(["a.csv", "b.csv", "c.parquet"]), Some(Format::Csv));
        assert_eq!(most_common(["a.txt", "b.xml"]), Some(Format::Xml));
        assert_eq!(most_common(["a.json", "b.arrow"]), Some(Format::Arrow));
        assert_eq!(most_common(["a.py", "LICENSE"]), None);
        assert_eq!(most_common(["metadata.csv", "1.png"]), Some(Format::Image));
    }

    #[test]
    fn no_extension_belongs_to_two_formats() {
        let mut all: Vec<&str> = EXTENSIONS.iter().flat_map(|(_, known)| known.iter().copied()).collect();
        let total = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), total);
    }
}
