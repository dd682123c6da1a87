//! Which file a path in a macro call or build script means: one inside the user's crate, or none.

use std::path::{Component, Path, PathBuf};

/// The file at a path that starts at the folder of a crate.
///
/// # Errors
/// Says why there is none: the path is empty or absolute, goes up, leaves the crate by a link, or leads
/// nowhere. Whether what it leads to is a file is for the reader to check.
pub(crate) fn resolve(folder: &Path, written: &str) -> Result<PathBuf, String> {
    let path = Path::new(written);
    if written.is_empty() {
        return Err("the path of the file is empty".to_owned());
    }
    if path.components().any(|part| matches!(part, Component::RootDir | Component::Prefix(_))) {
        return Err(format!("`{written}` is an absolute path: give the path from the folder of Cargo.toml"));
    }
    if path.components().any(|part| part == Component::ParentDir) {
        return Err(format!("`{written}` leaves the crate: the file must lie in the folder of Cargo.toml"));
    }
    let found = |path: &Path| path.canonicalize();
    let folder = found(folder).map_err(|error| format!("cannot read `{}`: {error}", folder.display()))?;
    let file = found(&folder.join(path)).map_err(|error| {
        format!("cannot read `{written}`: {error}\nthe path starts at `{}`", folder.display())
    })?;
    if !file.starts_with(&folder) {
        return Err(format!(
            "`{written}` is a link that leaves the crate: the file must lie in the folder of Cargo.toml"
        ));
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_paths_inside_the_crate_are_followed() {
        let outside = tempfile::tempdir().expect("a folder");
        let folder = outside.path().join("crate");
        fs::create_dir_all(folder.join("specs")).expect("a folder");
        for file in ["secret.yaml", "crate/specs/a.yaml"] {
            fs::write(outside.path().join(file), "").expect("a file");
        }
        let resolved = resolve(&folder, "specs/./a.yaml").expect("a file in the crate");
        assert!(resolved.ends_with("crate/specs/a.yaml"), "{}", resolved.display());

        let refused = |path: &str| resolve(&folder, path).expect_err(path);
        assert!(refused("").contains("empty"));
        assert!(refused("../secret.yaml").contains("leaves the crate"));
        assert!(refused("specs/../../secret.yaml").contains("leaves the crate"));
        assert!(refused(outside.path().join("secret.yaml").to_str().unwrap()).contains("absolute"));
        assert!(refused("specs/b.yaml").contains("cannot read `specs/b.yaml`"));
        assert!(refused("specs/a\0.yaml").contains("cannot read"));
    }

    #[cfg(unix)]
    #[test]
    fn links_may_lead_into_the_crate_but_not_out() {
        let outside = tempfile::tempdir().expect("a folder");
        let folder = outside.path().join("crate");
        fs::create_dir(&folder).expect("a folder");
        for file in ["secret.yaml", "crate/a.yaml"] {
            fs::write(outside.path().join(file), "").expect("a file");
        }
        let link = |to: &str, from: &str| {
            std::os::unix::fs::symlink(outside.path().join(to), folder.join(from)).expect("a link");
        };
        link("crate/a.yaml", "in.yaml");
        link("secret.yaml", "out.yaml");
        link("", "up");
        assert!(resolve(&folder, "in.yaml").is_ok());
        assert!(resolve(&folder, "out.yaml").unwrap_err().contains("link that leaves"));
        assert!(resolve(&folder, "up/secret.yaml").unwrap_err().contains("link that leaves"));
    }
}
