//! Which class `AutoTokenizer` takes for a folder.

use serde_json::{Map, Value};

/// One line a model type: its class, and a mark where the class in `tokenizer_config.json` is known to be wrong.
const MODEL_TYPES: &str = include_str!("model_types.txt");

/// The classes that mean "`tokenizer.json` as it stands" in the table of model types.
const PLAIN: &str = "TokenizersBackend";

/// Classes that Python builds in ways that are not rebuilt here: some need Japanese or Chinese word lists, some take words with
/// their places on a page, some decode speech, some have no fast tokenizer at all.
pub(super) const BUILT_OTHERWISE: &[&str] = &[
    "BartphoTokenizer",
    "BertGenerationTokenizer",
    "BertJapaneseTokenizer",
    "BertweetTokenizer",
    "BioGptTokenizer",
    "BlenderbotSmallTokenizer",
    "ByT5Tokenizer",
    "CTRLTokenizer",
    "CanineTokenizer",
    "CharacterTokenizer",
    "ClvpTokenizer",
    "CpmAntTokenizer",
    "CpmTokenizer",
    "DiaTokenizer",
    "EsmTokenizer",
    "EsmcTokenizer",
    "FSMTTokenizer",
    "FastSpeech2ConformerTokenizer",
    "FlaubertTokenizer",
    "GPTNeoXJapaneseTokenizer",
    "GPTSw3Tokenizer",
    "LasrTokenizer",
    "LayoutLMv2Tokenizer",
    "LayoutLMv3Tokenizer",
    "LayoutXLMTokenizer",
    "LukeTokenizer",
    "M2M100Tokenizer",
    "MBart50Tokenizer",
    "MLukeTokenizer",
    "MarianTokenizer",
    "MarkupLMTokenizer",
    "MgpstrTokenizer",
    "MyT5Tokenizer",
    "NougatTokenizer",
    "PLBartTokenizer",
    "ParakeetTokenizer",
    "PerceiverTokenizer",
    "PhobertTokenizer",
    "Pop2PianoTokenizer",
    "ProphetNetTokenizer",
    "RagTokenizer",
    "RoCBertTokenizer",
    "RoFormerTokenizer",
    "SeamlessM4TTokenizer",
    "SiglipTokenizer",
    "Speech2TextTokenizer",
    "SpeechT5Tokenizer",
    "SplinterTokenizer",
    "TapasTokenizer",
    "Tipsv2Tokenizer",
    "UdopTokenizer",
    "VitsTokenizer",
    "Wav2Vec2CTCTokenizer",
    "Wav2Vec2PhonemeCTCTokenizer",
    "WhisperTokenizer",
    "XLMTokenizer",
];

/// The class by name; none where `tokenizer.json` counts as it stands.
pub(super) fn class_name<'a>(
    config: Option<&'a Map<String, Value>>,
    model: Option<&'a Map<String, Value>>,
    is_byte_level: impl FnOnce() -> bool,
) -> Option<&'a str> {
    let text = |object: Option<&'a Map<String, Value>>, key: &str| object?.get(key)?.as_str();
    let registered = text(model, "model_type").and_then(registered);
    let named = text(config, "tokenizer_class").or_else(|| text(model, "tokenizer_class"));
    let Some(named) = named else { return registered.map(|found| found.class).filter(|&class| class != PLAIN) };
    let is_wrong = registered.is_some_and(|found| found.named_wrongly);
    // Repositories that name this class by mistake are known by a word in the file.
    if plain(named) == "LlamaTokenizer" && !is_wrong && is_byte_level() {
        return None;
    }
    match registered {
        Some(found) if found.class != plain(named) => match found.class {
            PLAIN => None,
            class if is_wrong => Some(class),
            _ => Some(named),
        },
        _ => Some(named),
    }
}

/// The class that does the work for a class of that name: the `Fast` at the end means nothing any more, and some are mere
/// names of others.
pub(super) fn family(name: &str) -> &str {
    match plain(name) {
        "ElectraTokenizer"
        | "LayoutLMTokenizer"
        | "LxmertTokenizer"
        | "MobileBertTokenizer"
        | "SqueezeBertTokenizer"
        | "DistilBertTokenizer" => "BertTokenizer",
        "DPRContextEncoderTokenizer" | "DPRQuestionEncoderTokenizer" => "DPRReaderTokenizer",
        "BartTokenizer" | "LEDTokenizer" | "LongformerTokenizer" | "MvpTokenizer" => "RobertaTokenizer",
        "Phi3Tokenizer" => "LlamaTokenizer",
        other => other,
    }
}

fn plain(name: &str) -> &str {
    name.strip_suffix("Fast").unwrap_or(name)
}

/// What the library has in its table for a model type.
#[derive(Clone, Copy)]
struct Registered {
    class: &'static str,
    named_wrongly: bool,
}

fn registered(model_type: &str) -> Option<Registered> {
    MODEL_TYPES.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut fields = line.split(' ');
        (fields.next() == Some(model_type)).then_some(())?;
        let class = match fields.next()? {
            // It needs a package of its own and a file of its own, without which the plain class is taken.
            "MistralCommonBackend" => PLAIN,
            class => class,
        };
        Some(Registered { class, named_wrongly: fields.next().is_some() })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn class(config: impl Into<Value>, model: impl Into<Value>, byte_level: bool) -> Option<String> {
        let (config, model) = (config.into(), model.into());
        class_name(config.as_object(), model.as_object(), || byte_level).map(str::to_owned)
    }

    #[test]
    fn the_class_of_the_tokenizer_counts_unless_the_model_type_is_known_to_mislead() {
        let llama = json!({ "tokenizer_class": "LlamaTokenizerFast" });
        assert_eq!(class(llama.clone(), Value::Null, false).unwrap(), "LlamaTokenizerFast");
        assert_eq!(class(llama.clone(), Value::Null, true), None);
        assert_eq!(class(llama.clone(), json!({ "model_type": "mistral" }), false), None);
        assert_eq!(class(llama.clone(), json!({ "model_type": "gpt2" }), false).unwrap(), "LlamaTokenizerFast");
        assert_eq!(class(llama.clone(), json!({ "model_type": "qwen2" }), true).unwrap(), "Qwen2Tokenizer");
        assert_eq!(class(llama, json!({ "model_type": "never heard of" }), false).unwrap(), "LlamaTokenizerFast");
    }

    #[test]
    fn without_a_class_the_model_type_decides() {
        assert_eq!(class(json!({}), json!({ "model_type": "bert" }), false).unwrap(), "BertTokenizer");
        assert_eq!(class(json!({}), json!({ "model_type": "olmo2" }), false), None);
        assert_eq!(class(Value::Null, Value::Null, false), None);
        let named = json!({ "model_type": "bert", "tokenizer_class": "RobertaTokenizer" });
        assert_eq!(class(json!({}), named, false).unwrap(), "RobertaTokenizer");
    }
}
