//! E-mail addresses.
//!
//! An address is `name@host.tld` in ASCII: a name of letters, digits and `._%+-` that begins with a letter or digit and
//! has at most 64 characters; a host of at least two labels of letters, digits and inner `-`, the last of two letters or
//! more and nothing but letters. Dots and dashes around it belong to the sentence. `git@host.org:` begins the address
//! of a repository, and `user@host` is a login: both stay.

use memchr::memchr_iter;

use super::Cutter;

/// The longest name that mail systems take, in bytes.
const LONGEST_NAME: usize = 64;

/// Takes e-mail addresses out of `text`.
pub(super) fn strip(text: &str, into: &mut String) -> bool {
    let bytes = text.as_bytes();
    let mut cutter = Cutter::new(text, into);
    for at in memchr_iter(b'@', bytes) {
        if at < cutter.done {
            continue;
        }
        // No name goes on over an `@`, so that no byte is looked at more than twice.
        let Some(start) = name_before(&bytes[cutter.done..at]).map(|start| cutter.done + start) else { continue };
        let Some(end) = host_in(&bytes[at + 1..]).map(|length| at + 1 + length) else { continue };
        let is_repository = bytes[start..at] == *b"git" && bytes.get(end) == Some(&b':');
        if !is_repository {
            cutter.cut(start, end);
        }
    }
    cutter.finish()
}

/// Where the name at the end of `bytes` begins.
fn name_before(bytes: &[u8]) -> Option<usize> {
    let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let length = bytes.iter().rev().take_while(|byte| is_inside(byte)).count();
    let name = &bytes[bytes.len() - length..];
    let begin = name.iter().position(u8::is_ascii_alphanumeric)?;
    let is_sound = name.len() - begin <= LONGEST_NAME && name.last() != Some(&b'.');
    is_sound.then_some(bytes.len() - length + begin)
}

/// How long the host at the beginning of `bytes` is.
fn host_in(bytes: &[u8]) -> Option<usize> {
    let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
    let run = bytes.iter().take_while(|byte| is_inside(byte)).count();
    let length = bytes[..run].iter().rposition(u8::is_ascii_alphanumeric)? + 1;
    let is_label = |label: &[u8]| {
        let edges = [label.first(), label.last()];
        edges.into_iter().all(|edge| edge.is_some_and(u8::is_ascii_alphanumeric))
    };
    let mut labels = bytes[..length].split(|&byte| byte == b'.').rev();
    let last = labels.next().filter(|last| last.len() >= 2 && last.iter().all(u8::is_ascii_alphabetic));
    let mut others = labels.peekable();
    let is_host = last.is_some() && others.peek().is_some() && others.all(is_label);
    is_host.then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str) -> String {
        super::super::after(strip, text)
    }

    #[test]
    fn addresses_go_and_the_sentence_around_them_stays() {
        assert_eq!(stripped("Write to <jane.doe+x@mail.example.org>."), "Write to <>.");
        assert_eq!(stripped("a@b.io, c_d@e-f.co.uk; end"), ", ; end");
        assert_eq!(stripped("联系me@x.com。"), "联系。");
        assert_eq!(stripped("...me@x.org..."), "......");
    }

    #[test]
    fn what_only_has_an_at_sign_stays() {
        for text in [
            "@property",
            "user@host",
            "a@b.c",
            "x @ y.org",
            "git@github.com:me/it.git",
            "M@v.T @ w",
            "@a.b@",
            "a.@b.cc",
        ] {
            assert_eq!(stripped(text), text);
        }
        let long = format!("{}@example.org", "a".repeat(65));
        assert_eq!(stripped(&long), long);
    }
}
