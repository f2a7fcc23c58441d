//! An access token that cannot be shown by accident.

use std::fmt;

/// An access token. Neither `{}` nor `{:?}` shows it, so that it cannot end in a log or an error text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a token as typed; spaces around it are dropped. `None` if nothing is left.
    pub fn new(token: &str) -> Option<Self> {
        let token = token.trim();
        (!token.is_empty()).then(|| Self(token.to_owned()))
    }

    /// The token itself, for the header it belongs in and nothing else.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••••••")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::new(" hf_abc \n").unwrap();
        assert_eq!(secret.expose(), "hf_abc");
        assert!(!format!("{secret} {secret:?} {:?}", Some(&secret)).contains("abc"));
        assert_eq!(Secret::new("  "), None);
    }
}
