//! Chat templates: what a tokenizer's own template makes of a conversation.
//!
//! The text is that of `apply_chat_template(messages, tokenize=False, add_generation_prompt=False)` in `transformers`: the
//! same options of Jinja, the same variables, the same treatment of messages before the template sees them. Tools and
//! documents are never given. A template comes from strangers: it can read nothing but its variables, and what it may
//! compute and build for one conversation is limited. One thing minijinja 3.1 does not count: lists that are added to
//! themselves more than thirty times over, which no sensible template does.

mod error;
mod find;
#[cfg(test)]
mod goldens;
mod json;
mod messages;
mod python;

use std::panic::resume_unwind;
use std::thread;

use chrono::NaiveDateTime;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

pub use self::error::ChatError;
pub(super) use self::find::{FILE as TEMPLATE_FILE, find};
use super::info::SpecialTokens;
use crate::checksum::hex;
use crate::units::size;

/// The name under which the one template is kept.
const NAME: &str = "chat_template";

/// What a template may do for one conversation, in minijinja's units: about one a step or for 64 bytes that it builds.
const FUEL: u64 = 1_000_000;

/// The same for each byte of the conversation as JSON, so that long ones have their share.
const FUEL_A_BYTE: u64 = 4;

/// The most there is: about a second of work, or half a gigabyte.
const MOST_FUEL: u64 = 8_000_000;

/// Templates are no longer than this, in bytes; real ones have a tenth of it.
const LONGEST: usize = 128 << 10;

/// A stack, in bytes, that the deepest values and expressions of templates within these limits do not overflow. Only what
/// is used of it is ever there.
const STACK: usize = 256 << 20;

/// Conversations that are longer, in bytes of JSON, get their own share.
const USUAL_SIZE: u64 = 128 << 10;

/// Macros that call each other go no deeper. A stack of 2 MB takes several times as many.
const DEPTH: usize = 200;

/// A tokenizer's chat template, ready to render.
pub struct ChatTemplate {
    environment: Environment<'static>,
    special_tokens: Vec<(&'static str, String)>,
    sha256: String,
    asks_for_the_date: bool,
    /// Whether it can build values within values without end, which take a large stack to be dropped.
    nests: bool,
}

impl ChatTemplate {
    /// Compiles the template. What is wrong with it comes back as a part of a sentence.
    pub(super) fn new(source: &str, tokens: &SpecialTokens) -> Result<Self, String> {
        if source.len() > LONGEST {
            return Err(format!(
                "it has {}, and no more than {} are taken",
                size(source.len() as u64),
                size(LONGEST as u64)
            ));
        }
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| error.to_string())?);
        environment.set_recursion_limit(DEPTH);
        environment.set_fuel(Some(fuel(USUAL_SIZE)));
        python::install(&mut environment);
        let add = || environment.add_template_owned(NAME, python::source(source));
        on_large_stack(add).map_err(|error| error.to_string())?.map_err(|error| error::in_words(&error))?;
        Ok(Self {
            environment,
            special_tokens: tokens.iter().map(|token| (token.role.key(), token.text.clone())).collect(),
            sha256: hex(&Sha256::digest(source)),
            asks_for_the_date: source.contains("strftime_now"),
            nests: source.contains("namespace"),
        })
    }

    /// The SHA-256 of its source, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Whether it may write the date or the time, so that the text depends on when it is rendered.
    pub fn asks_for_the_date(&self) -> bool {
        self.asks_for_the_date
    }

    /// The text of a conversation, a list of turns as JSON. `now` is the local time that the template may ask for.
    pub fn render(&self, conversation: &Json, now: NaiveDateTime) -> Result<String, ChatError> {
        let messages = messages::prepare(conversation)?;
        let bytes: usize = messages.iter().map(json_size).sum();
        let names = ["messages", "tools", "documents", "add_generation_prompt", "strftime_now"].into_iter();
        let messages = messages.iter().map(value_of).collect();
        let values = [messages, Value::from(()), Value::from(()), Value::from(false), python::strftime_now(now)];
        let special = self.special_tokens.iter().map(|(key, text)| (*key, Value::from(text.as_str())));
        let variables = Value::from_pairs(names.zip(values).chain(special));
        let render = || {
            if bytes as u64 <= USUAL_SIZE {
                return self.environment.get_template(NAME)?.render(variables);
            }
            let mut environment = self.environment.clone();
            environment.set_fuel(Some(fuel(bytes as u64)));
            environment.get_template(NAME)?.render(variables)
        };
        let rendered = if self.nests { on_large_stack(render)? } else { render() };
        Ok(rendered?)
    }
}

fn fuel(bytes: u64) -> u64 {
    (FUEL + FUEL_A_BYTE * bytes).min(MOST_FUEL)
}

/// Does the work on a thread of its own with a large stack, and waits for it.
fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, ChatError> {
    thread::scope(|scope| {
        let worker = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let worker = worker.map_err(|error| ChatError::Failed(error.to_string()))?;
        Ok(worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// About as many bytes as a value has as JSON.
fn json_size(value: &Json) -> usize {
    match value {
        Json::String(text) => text.len() + 2,
        Json::Array(values) => 2 + values.iter().map(|value| json_size(value) + 1).sum::<usize>(),
        Json::Object(parts) => 2 + parts.iter().map(|(key, part)| key.len() + json_size(part) + 4).sum::<usize>(),
        _ => 4,
    }
}

/// The value as templates see it.
fn value_of(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => Value::from(integer),
            (_, Some(integer)) => Value::from(integer),
            _ => Value::from(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(values) => values.iter().map(value_of).collect(),
        Json::Object(parts) => Value::from_pairs(parts.iter().map(|(key, part)| (key.as_str(), value_of(part)))),
    }
}

impl std::fmt::Debug for ChatTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatTemplate").field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;

    fn render(template: &str) -> Result<String, ChatError> {
        let template = ChatTemplate::new(template, &SpecialTokens::default()).unwrap();
        let conversation = json!([{"role": "user", "content": "hello"}]);
        template.render(&conversation, DateTime::UNIX_EPOCH.naive_utc())
    }

    #[test]
    fn a_template_that_never_ends_or_grows_without_measure_is_stopped() {
        let hostile = [
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "{% set ns = namespace(x='a') %}{% for a in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
            "{% for a in range(9999) %}{{ 'x' * 99999 }}{% endfor %}",
        ];
        for template in hostile {
            assert_eq!(render(template), Err(ChatError::TooMuch), "{template}");
        }
        assert!(render("{{ 'x' * 999999999999 }}").is_err());
        let grows = "{% set ns = namespace(x='ab') %}{% for a in range(99) %}{% set ns.x = ns.x.CALL %}{% endfor %}";
        for call in ["replace('a', 'aaaaaaaa')", "join([ns.x, ns.x, ns.x])", "replace('', 'aaaa')"] {
            assert_eq!(render(&grows.replace("CALL", call)), Err(ChatError::TooMuch), "{call}");
        }
        assert!(render("{{ '{:999999999d}'.format(1) }}").is_err());
        assert_eq!(render("{{ '{}-{0}'.format('a') if false else '{} {}'.format(1, 'b') }}").as_deref(), Ok("1 b"));
    }

    #[test]
    fn a_template_that_calls_itself_or_nests_for_ever_is_an_error_and_no_crash() {
        let endless = "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}";
        assert!(matches!(render(endless), Err(ChatError::Failed(_))), "{:?}", render(endless));
        let nested = "{% set ns = namespace(x=[]) %}{% for a in range(90000) %}{% set ns.x = [ns.x] %}{% endfor %}done";
        assert_eq!(render(nested).as_deref(), Ok("done"));
        let nested = "{% set ns = namespace(x=[]) %}{% for a in range(90000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | tojson }}";
        assert!(render(nested).is_err());
    }

    #[test]
    fn the_date_is_the_one_that_is_given() {
        assert_eq!(render("{{ strftime_now('%d %b %Y') }}").as_deref(), Ok("01 Jan 1970"));
        assert!(matches!(render("{{ strftime_now('%Q') }}"), Err(ChatError::Failed(_))));
    }

    #[test]
    fn what_a_template_raises_is_its_own_sentence() {
        let raised = render("{% macro f() %}{{ raise_exception('No ' ~ 'way.') }}{% endmacro %}{{ f() }}");
        assert_eq!(raised, Err(ChatError::Refused("No way.".to_owned())));
        assert_eq!(raised.unwrap_err().to_string(), "the chat template refuses it: No way.");
    }
}
