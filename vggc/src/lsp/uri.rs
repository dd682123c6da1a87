//! Paths as URIs: `file:///home/me/my%20net.yaml`.

use gen_lsp_types::Uri;
use std::path::{Path, PathBuf};

/// The file that a URI names, if it names one.
pub(super) fn to_path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    let path = decoded(&rest[rest.find('/')?..])?;
    // `/C:/net.yaml` is `C:/net.yaml`.
    let drive = path.as_bytes().get(2) == Some(&b':') && path.as_bytes()[1].is_ascii_alphabetic();
    Some(PathBuf::from(if drive { &path[1..] } else { &path }))
}

/// The URI of a file.
pub(super) fn of_path(path: &Path) -> Uri {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = "file://".to_owned();
    let text = path.to_string_lossy().replace('\\', "/");
    if !text.starts_with('/') {
        uri.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'/' | b':' | b'-' | b'_' | b'.' | b'~' => uri.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            byte => uri += &format!("%{byte:02X}"),
        }
    }
    Uri(uri)
}

/// A text with each `%20` replaced by the byte it stands for. `None` if that is not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back() {
        for path in ["/home/me/my net.yaml", "/a/ä😀#%?.vgg", "/a/100%25.yaml"] {
            assert_eq!(to_path(&of_path(Path::new(path))), Some(PathBuf::from(path)));
        }
        assert_eq!(of_path(Path::new("/a b")).0, "file:///a%20b");
        let path = |uri: &str| to_path(&Uri(uri.to_owned()));
        assert_eq!(path("file:///c%3A/net.yaml"), Some(PathBuf::from("c:/net.yaml")));
        assert_eq!(path("file://host/net.yaml"), Some(PathBuf::from("/net.yaml")));
        assert_eq!(path("untitled:Untitled-1"), None);
        assert_eq!(path("file:///%FF.yaml"), None);
        assert_eq!(path("file:///100%.yaml"), Some(PathBuf::from("/100%.yaml")));
    }
}
