//! Opening a tokenizer's folder.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokenizers_stable::models::ModelWrapper;
use tokenizers_stable::{AddedToken, PostProcessorWrapper, Tokenizer as Stable};

use super::chat::{self, ChatTemplate};
use super::class::{Class, Post, Who};
use super::config::{Config, JsonFile, added_tokens_of};
use super::encoder::Encoder;
use super::engine::{self, Chosen, Early, Engine, reference_ids};
use super::error::TokenizerError;
use super::frame::Frame;
use super::info::{Kind, Pad, PadSource, Role, SpecialToken, SpecialTokens};
use super::pair_frame::PairFrame;
use super::scores;
use crate::checksum::hex;

/// The file without which there is no tokenizer.
pub(super) const TOKENIZER: &str = "tokenizer.json";

/// The model's own settings: they name its type, which has a say in how Python builds the tokenizer.
pub(super) const MODEL_CONFIG: &str = "config.json";

/// What of [`MODEL_CONFIG`] matters for ids.
const MODEL_KEYS: [&str; 2] = ["model_type", "tokenizer_class"];

/// The files that may stand beside it and change ids, in the order in which they enter [`Tokenizer::sha256`].
pub(super) const COMPANIONS: [&str; 3] = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];

/// A tokenizer, ready to encode. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Tokenizer {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    kind: Kind,
    byte_level: bool,
    sha256: String,
    vocab_size: usize,
    id_limit: u32,
    special_tokens: SpecialTokens,
    special_ids: HashSet<u32>,
    frame: Frame,
    pair_frame: Option<PairFrame>,
    chat_template: Option<Result<ChatTemplate, String>>,
    config: Config,
    notes: Vec<String>,
    engine: Engine,
    chosen: Chosen,
    reference: Stable,
}

impl Tokenizer {
    /// Opens the tokenizer in `folder`, the way `AutoTokenizer.from_pretrained(folder)` does, and decides by probing
    /// which engine encodes. Takes a few tenths of a second for a large vocabulary.
    pub fn open(folder: &Path) -> Result<Self, TokenizerError> {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self::open_files(&folder.join(TOKENIZER), Some(folder), name)
    }

    /// Opens `file` as a tokenizer.json, with the companions that stand in `folder`.
    pub(super) fn open_files(file: &Path, folder: Option<&Path>, name: String) -> Result<Self, TokenizerError> {
        let bytes = fs::read(file).map_err(|source| match (source.kind(), file.parent()) {
            (io::ErrorKind::NotFound, Some(folder)) => TokenizerError::Missing { folder: folder.to_owned() },
            _ => TokenizerError::Read { path: file.to_owned(), source },
        })?;
        Self::open_bytes(&bytes, file, folder, name)
    }

    /// Opens the content of a tokenizer.json, which is `file` in messages.
    pub(super) fn open_bytes(
        bytes: &[u8],
        file: &Path,
        folder: Option<&Path>,
        name: String,
    ) -> Result<Self, TokenizerError> {
        let mut digest = Sha256::new();
        add_to_digest(&mut digest, TOKENIZER, bytes);
        let mut companions = Vec::new();
        if let Some(folder) = folder {
            for companion in COMPANIONS {
                let path = folder.join(companion);
                match fs::read(&path) {
                    Ok(bytes) => {
                        add_to_digest(&mut digest, companion, &bytes);
                        companions.push((companion, path, bytes));
                    }
                    Err(source) if source.kind() == io::ErrorKind::NotFound => {}
                    Err(source) => return Err(TokenizerError::Read { path, source }),
                }
            }
        }

        let model = folder.map(|folder| read_model(folder, &mut digest)).transpose()?.flatten();
        let mut json = parse(file, bytes)?;
        let companion = |name: &str| -> Result<Option<JsonFile<'_>>, TokenizerError> {
            let Some((_, path, bytes)) = companions.iter().find(|(companion, ..)| *companion == name) else {
                return Ok(None);
            };
            match parse(path, bytes)? {
                Value::Object(object) => Ok(Some(JsonFile { path, object })),
                _ => {
                    Err(TokenizerError::Setting { path: path.clone(), key: name.to_owned(), expected: "a JSON object" })
                }
            }
        };
        let [config, map, added] = COMPANIONS;
        let beside = companion(config)?;
        let beside = beside.as_ref();
        let is_byte_level = || memchr::memmem::find(bytes, b"\"ByteLevel\"").is_some();
        let class = Class::of(&json, is_byte_level, beside.map(|file| &file.object), model.as_ref());
        let config = Config::read(&json, class, beside, companion(map)?.as_ref(), companion(added)?.as_ref())?;

        // Only what has to be changed is written out again: numbers do not always survive that to the last digit.
        let is_taken_apart = config.recipe.as_ref().is_some_and(|recipe| !recipe.keeps);
        let has_scores = !is_taken_apart
            && scores::read_quickly(&mut json, bytes)
                .map_err(|source| TokenizerError::NotJson { path: file.to_owned(), source })?;
        if let Some(recipe) = &config.recipe {
            recipe.rebuild(&mut json);
        }
        let byte_level = names_byte_level(&json);
        let takes_json = config.recipe.is_some() || has_scores;
        let engines = Engines::make(&json, (!takes_json).then_some(bytes), &config, file)?;
        let Engines { reference, added, surrounds, vocab_size, id_limit, chosen, engine } = engines;
        let frame = Frame::find(|text, special| reference_ids(&reference, text, special))?;
        let pair_frame = PairFrame::find(&reference)?;
        let special_tokens = special_tokens(&config, &reference);
        let chat_template = chat::find(folder, beside.map(|file| &file.object));
        let chat_template = chat_template.map(|source| ChatTemplate::new(&source?, &special_tokens));
        let inner = Inner {
            name,
            kind: match reference.get_model() {
                ModelWrapper::BPE(_) => Kind::Bpe,
                ModelWrapper::WordPiece(_) => Kind::WordPiece,
                ModelWrapper::Unigram(_) => Kind::Unigram,
                ModelWrapper::WordLevel(_) => Kind::WordLevel,
            },
            byte_level,
            sha256: hex(&digest.finalize()),
            vocab_size,
            id_limit,
            special_ids: added.iter().filter(|(_, token)| token.special).map(|&(id, _)| id).collect(),
            notes: notes(&config, &special_tokens, &frame, surrounds),
            special_tokens,
            frame,
            pair_frame,
            chat_template,
            config,
            engine,
            chosen,
            reference,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// An encoder for one thread.
    pub fn encoder(&self) -> Encoder<'_> {
        Encoder::new(self)
    }

    /// The folder's name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The algorithm.
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// The SHA-256, in hexadecimal, of every file that has a say in the ids.
    pub fn sha256(&self) -> &str {
        &self.inner.sha256
    }

    /// How many tokens there are, added ones included: Python's `len(tokenizer)`.
    pub fn vocab_size(&self) -> usize {
        self.inner.vocab_size
    }

    /// The lowest number above every id; larger than [`vocab_size`](Self::vocab_size) where ids have gaps.
    pub fn id_limit(&self) -> u32 {
        self.inner.id_limit
    }

    /// The tokens that play a part of their own.
    pub fn special_tokens(&self) -> &SpecialTokens {
        &self.inner.special_tokens
    }

    /// Whether the token of that id is a special one.
    pub fn is_special(&self, id: u32) -> bool {
        self.inner.special_ids.contains(&id)
    }

    /// The id that fills rows up: the pad token, else the end-of-sequence token, else none.
    pub fn pad(&self) -> Option<Pad> {
        let tokens = self.special_tokens();
        let pad = tokens.id(Role::Pad).map(|id| Pad { id, source: PadSource::Pad });
        pad.or_else(|| tokens.id(Role::Eos).map(|id| Pad { id, source: PadSource::Eos }))
    }

    /// The special tokens around a text.
    pub fn frame(&self) -> &Frame {
        &self.inner.frame
    }

    /// The special tokens around the two texts of a pair; nothing where the tokenizer does more to pairs than that.
    pub fn pair_frame(&self) -> Option<&PairFrame> {
        self.inner.pair_frame.as_ref()
    }

    /// The template that renders conversations, where the tokenizer has one; what is wrong with it, as a part of a
    /// sentence, where it cannot be used.
    pub fn chat_template(&self) -> Option<Result<&ChatTemplate, &str>> {
        self.inner.chat_template.as_ref().map(|template| template.as_ref().map_err(String::as_str))
    }

    /// The longest sequence the model takes, special tokens included, where the tokenizer says so.
    pub fn model_max_length(&self) -> Option<usize> {
        self.inner.config.model_max_length
    }

    /// Whether the tokenizer asks for rows to be filled up on the left.
    pub fn pads_left(&self) -> bool {
        self.inner.config.pads_left.unwrap_or(false)
    }

    /// Whether the tokenizer asks for long texts to be cut on the left.
    pub fn cuts_left(&self) -> bool {
        self.inner.config.cuts_left.unwrap_or(false)
    }

    /// Which engine encodes, and why.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// What the user should know about this tokenizer, as sentences.
    pub fn notes(&self) -> &[String] {
        &self.inner.notes
    }

    pub(super) fn chosen(&self) -> &Chosen {
        &self.inner.chosen
    }

    /// A post-processor with the beginning and the end of a sequence, where asked for and where the tokenizer has such
    /// tokens; none where that is nothing.
    pub(super) fn simple_frame(&self, bos: bool, eos: bool) -> Option<Value> {
        let tokens = self.special_tokens();
        let who = |wanted: bool, role: Role| -> Vec<Who> {
            (wanted && tokens.get(role).is_some()).then_some(Who::Role(role)).into_iter().collect()
        };
        let (before, after) = (who(bos, Role::Bos), who(eos, Role::Eos));
        let text = |role| tokens.get(role).map(|token| token.text.clone());
        let is_empty = before.is_empty() && after.is_empty();
        let processor = Post::Around(before, after).processor(text, |text| self.reference().token_to_id(text));
        processor.filter(|_| !is_empty)
    }

    /// Whether its class is one that is built anew from a vocabulary alone.
    pub(super) fn is_built_by_class(&self) -> bool {
        self.inner.config.recipe.is_some()
    }

    pub(super) fn reference(&self) -> &Stable {
        &self.inner.reference
    }

    /// Whether the class takes white space off both ends of what it decoded.
    pub(super) fn trims_decoded(&self) -> bool {
        self.inner.config.recipe.as_ref().is_some_and(|recipe| recipe.trims_decoded)
    }

    pub(super) fn is_byte_level(&self) -> bool {
        self.inner.byte_level
    }

    /// The id for what the vocabulary does not know, as the model itself names it or as the config does.
    pub(super) fn unknown_id(&self) -> Option<u32> {
        self.special_tokens().id(Role::Unk).filter(|_| !self.inner.byte_level)
    }
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Inner { name, kind, vocab_size, engine, .. } = &*self.inner;
        f.debug_struct("Tokenizer")
            .field("name", name)
            .field("kind", kind)
            .field("vocab_size", vocab_size)
            .field("engine", engine)
            .finish_non_exhaustive()
    }
}

/// What a tokenizer runs on, and what the reference says of it.
struct Engines {
    reference: Stable,
    /// The added tokens, by id.
    added: Vec<(u32, AddedToken)>,
    /// Whether the tokens that its class puts around a text are all there.
    surrounds: bool,
    vocab_size: usize,
    id_limit: u32,
    chosen: Chosen,
    engine: Engine,
}

impl Engines {
    /// Makes the reference from `file`, whose bytes are given where they say what `json` says, and the fastest engine
    /// that gives the same ids. Both take about as long, so each has a thread.
    fn make(json: &Value, bytes: Option<&[u8]>, config: &Config, file: &Path) -> Result<Self, TokenizerError> {
        let refused = |error: tokenizers_stable::Error| TokenizerError::NotATokenizer {
            path: file.to_owned(),
            reason: error.to_string(),
        };
        thread::scope(|scope| {
            let early = scope.spawn(|| {
                let listed = added_tokens_of(json).into_iter();
                let mut listed: Vec<(u32, AddedToken)> =
                    listed.filter_map(|(id, token)| Some((id.try_into().ok()?, token))).collect();
                listed.sort_by_key(|&(id, _)| id);
                Early::make(json.clone(), &listed, config.split_special_tokens)
            });
            let mut reference = match bytes {
                Some(bytes) => Stable::from_bytes(bytes),
                None => Stable::from_bytes(json.to_string()),
            }
            .map_err(refused)?;
            apply(config, &mut reference).map_err(refused)?;
            let surrounds = surround(config, &mut reference).map_err(refused)?;
            let mut added: Vec<(u32, AddedToken)> = reference.get_added_tokens_decoder().into_iter().collect();
            added.sort_by_key(|&(id, _)| id);
            // Both from one copy of the vocabulary: the reference has no way to ask without making one.
            let vocab = reference.get_vocab(true);
            let vocab_size = vocab.len();
            let id_limit = vocab.into_values().max().map_or(0, |id| id + 1).max(vocab_size as u32);
            let (chosen, engine) = engine::choose(json, &reference, &added, early)?;
            Ok(Self { reference, added, surrounds, vocab_size, id_limit, chosen, engine })
        })
    }
}

/// What the model's own settings say that matters for ids.
fn read_model(folder: &Path, digest: &mut Sha256) -> Result<Option<Map<String, Value>>, TokenizerError> {
    let path = folder.join(MODEL_CONFIG);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(TokenizerError::Read { path, source }),
    };
    let Value::Object(mut object) = parse(&path, &bytes)? else { return Ok(None) };
    object.retain(|key, _| MODEL_KEYS.contains(&key.as_str()));
    object.sort_keys();
    if object.is_empty() {
        return Ok(None);
    }
    // Everything else in it is the model's business and may differ for one and the same tokenizer.
    add_to_digest(digest, MODEL_CONFIG, Value::from(object.clone()).to_string().as_bytes());
    Ok(Some(object))
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Value, TokenizerError> {
    serde_json::from_slice(bytes).map_err(|source| TokenizerError::NotJson { path: path.to_owned(), source })
}

/// Each file enters with its name and length, so that no two sets of files give the same digest.
fn add_to_digest(digest: &mut Sha256, name: &str, bytes: &[u8]) {
    digest.update(format!("{name} {}\n", bytes.len()));
    digest.update(bytes);
}

/// Adds the tokens that the files beside `tokenizer.json` define, in Python's order, and switches off truncation and
/// padding, which Python sets anew at every call.
fn apply(config: &Config, reference: &mut Stable) -> Result<(), tokenizers_stable::Error> {
    let existing = reference.get_added_tokens_decoder();
    let mut add: Vec<AddedToken> =
        config.added.iter().filter(|token| !existing.values().any(|known| known == *token)).cloned().collect();
    for token in config.roles.iter().map(|(_, token)| token).chain(&config.extra) {
        let known = existing.values().chain(&add).any(|known| known.content == token.content);
        if !known {
            add.push(AddedToken { special: true, ..token.clone() });
        }
    }
    if !add.is_empty() {
        reference.add_tokens(add)?;
    }
    reference.with_truncation(None)?;
    reference.with_padding(None);
    reference.set_encode_special_tokens(config.split_special_tokens);
    Ok(())
}

/// Sets the post-processor of the class, where it has one of its own; false where the tokens for it are missing.
fn surround(config: &Config, reference: &mut Stable) -> Result<bool, tokenizers_stable::Error> {
    let Some(recipe) = &config.recipe else { return Ok(true) };
    let role = |wanted| config.roles.iter().find(|(role, _)| *role == wanted).map(|(_, token)| token.content.clone());
    // A language that the vocabulary lacks is, to Python, an unknown token.
    let unknown = role(Role::Unk).and_then(|text| reference.token_to_id(&text));
    match recipe.post.processor(role, |text| reference.token_to_id(text).or(unknown)) {
        Some(processor) => {
            let processor: PostProcessorWrapper = serde_json::from_value(processor)?;
            reference.with_post_processor(Some(processor));
            Ok(true)
        }
        None => Ok(matches!(recipe.post, Post::Kept)),
    }
}

fn special_tokens(config: &Config, reference: &Stable) -> SpecialTokens {
    let with_id = config.roles.iter().filter_map(|(role, token)| {
        let id = reference.token_to_id(&token.content)?;
        Some(SpecialToken { role: *role, text: token.content.clone(), id })
    });
    SpecialTokens(with_id.collect())
}

/// Whether the vocabulary is written in the alphabet of byte-level tokenizers.
fn names_byte_level(tokenizer: &Value) -> bool {
    let mut open = vec![tokenizer.get("pre_tokenizer"), tokenizer.get("normalizer"), tokenizer.get("decoder")];
    while let Some(node) = open.pop() {
        let Some(node) = node else { continue };
        if node.get("type").and_then(Value::as_str) == Some("ByteLevel") {
            return true;
        }
        for members in ["pretokenizers", "normalizers", "decoders"] {
            open.extend(node.get(members).and_then(Value::as_array).into_iter().flatten().map(Some));
        }
    }
    false
}

fn notes(config: &Config, tokens: &SpecialTokens, frame: &Frame, surrounds: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if !surrounds {
        notes.push("The tokens that this class puts around a text are not in the vocabulary: Python refuses it, and miStudio puts none there.".to_owned());
    }
    let mut compare = |asked: Option<bool>, key: &str, role: Role, ids: &[u32]| {
        let Some(asked) = asked else { return };
        let added = tokens.id(role).is_some_and(|id| ids.contains(&id));
        if asked != added {
            let (does, says) = if added { ("adds", "false") } else { ("does not add", "true") };
            let token = role.key();
            notes.push(format!(
                "tokenizer_config.json says {key} = {says}, but tokenizer.json {does} the {token}, and transformers 5 follows tokenizer.json."
            ));
        }
    };
    compare(config.add_bos, "add_bos_token", Role::Bos, &frame.prefix);
    compare(config.add_eos, "add_eos_token", Role::Eos, &frame.suffix);
    if let Some(class) = &config.other_class {
        notes.push(format!(
            "tokenizer_config.json names the class {class}, for which Python may change what tokenizer.json says; miStudio follows tokenizer.json."
        ));
    }
    notes
}
