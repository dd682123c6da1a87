//! Looks at every file of a folder of images before any is used.

use super::super::picture;
use super::{Folder, FolderError, FolderProblem, FolderProblemKind as Kind};
use crate::geometry::MapShape;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Names of the folder of images that training never sees and is judged by.
const VALIDATION: [&str; 3] = ["val", "validation", "valid"];

/// What was found in a folder.
#[derive(Debug)]
pub struct Scan {
    /// The images that can be used.
    pub parts: FolderParts,
    /// What cannot be used, by path. Whoever goes on in spite of it should say so.
    pub problems: Vec<FolderProblem>,
    /// Files whose names start with a dot, and what file managers leave behind: not looked at.
    pub left_out: Vec<PathBuf>,
}

/// Images, divided as their folders say.
#[derive(Debug, Clone)]
pub struct FolderParts {
    /// Images to learn from, or all images if the folder is not divided.
    pub train: Folder,
    /// Images of the folder `val`.
    pub validation: Option<Folder>,
    /// Images of the folder `test`.
    pub test: Option<Folder>,
}

/// Finds the images in a folder that has either a folder for each class, or `train` and beside it `val`,
/// `test` or both, each with a folder for each class. Classes are in the order of their names, and so are
/// the files of a class.
///
/// Of every file, the headers and the structure are checked (and the checksums of a PNG), which takes a
/// fraction of the time of decoding it: a file that was cut short is found here, not in mid-training.
///
/// # Errors
/// If a folder cannot be read, there are no class folders, or no image can be used. Files that cannot be used
/// are no error: they are in [`Scan::problems`].
pub fn scan(folder: &Path, shape: MapShape) -> Result<Scan, FolderError> {
    if !matches!(shape.channels, 1 | 3) {
        return Err(FolderError::Channels { channels: shape.channels });
    }
    let mut found = Found::default();
    let top = found.folders(folder)?;
    let part = |name: &str| top.iter().find(|(found, _)| found == name).map(|(_, path)| path.as_path());
    let validation = VALIDATION.iter().find_map(|name| part(name));
    let parts = match (part("train"), validation, part("test")) {
        (Some(train), validation, test) if validation.is_some() || test.is_some() => {
            let known = [Some(train), validation, test];
            let stray = top.iter().filter(|(_, path)| !known.contains(&Some(path.as_path())));
            stray.for_each(|(_, path)| found.problem(path, Kind::Part));
            let train = found.part(train, shape, None)?;
            let mut other = |part: Option<&Path>| {
                part.map(|part| found.part(part, shape, Some(&train.classes))).transpose()
            };
            let (validation, test) = (other(validation)?, other(test)?);
            FolderParts { train, validation, test }
        }
        _ => FolderParts { train: found.classes(folder, &top, shape, None)?, validation: None, test: None },
    };
    found.problems.sort_by(|a, b| a.path.cmp(&b.path));
    found.problems.dedup_by(|a, b| a.path == b.path);
    found.left_out.sort();
    found.left_out.dedup();
    Ok(Scan { parts, problems: found.problems, left_out: found.left_out })
}

#[derive(Default)]
struct Found {
    problems: Vec<FolderProblem>,
    left_out: Vec<PathBuf>,
}

impl Found {
    fn problem(&mut self, path: &Path, kind: impl Into<Kind>) {
        self.problems.push(FolderProblem { path: path.into(), kind: kind.into() });
    }

    /// The class folders of a part, and their images. `known` are the classes that there may be.
    fn part(
        &mut self,
        folder: &Path,
        shape: MapShape,
        known: Option<&[String]>,
    ) -> Result<Folder, FolderError> {
        let folders = self.folders(folder)?;
        self.classes(folder, &folders, shape, known)
    }

    /// The images of the class folders that were found in a part.
    fn classes(
        &mut self,
        folder: &Path,
        folders: &[(String, PathBuf)],
        shape: MapShape,
        known: Option<&[String]>,
    ) -> Result<Folder, FolderError> {
        if folders.is_empty() {
            return Err(FolderError::NoClasses { path: folder.into() });
        }
        let classes: Vec<String> = match known {
            Some(known) => known.to_vec(),
            None => folders.iter().map(|(name, _)| name.clone()).collect(),
        };
        let mut files = Vec::new();
        for (name, path) in folders {
            match classes.iter().position(|class| class == name) {
                Some(class) => {
                    let images = self.files(path)?;
                    files.extend(images.into_iter().map(|path| (path, class as u32)));
                }
                None => self.problem(path, Kind::UnknownClass),
            }
        }
        let files = self.intact(files);
        let present: BTreeSet<u32> = files.iter().map(|&(_, class)| class).collect();
        for (name, path) in folders {
            let class = classes.iter().position(|class| class == name);
            if class.is_some_and(|class| !present.contains(&(class as u32))) {
                self.problem(path, Kind::EmptyClass);
            }
        }
        match files.is_empty() {
            true if self.problems.is_empty() => Err(FolderError::NoImages { path: folder.into() }),
            true => Err(FolderError::Problems(std::mem::take(&mut self.problems))),
            false => Ok(Folder { files, classes, shape, framing: Default::default(), seed: 0 }),
        }
    }

    /// The folders in a folder, by name; files among them are in no class.
    fn folders(&mut self, folder: &Path) -> Result<Vec<(String, PathBuf)>, FolderError> {
        let mut folders = Vec::new();
        for path in self.entries(folder)? {
            match path.is_dir() {
                true => folders.push((name(&path), path)),
                false => self.problem(&path, Kind::Stray),
            }
        }
        Ok(folders)
    }

    /// The files of a class, by name.
    fn files(&mut self, folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
        let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) =
            self.entries(folder)?.into_iter().partition(|path| path.is_dir());
        folders.iter().for_each(|path| self.problem(path, Kind::Nested));
        Ok(files)
    }

    /// What is in a folder, by name, without what nobody means to be an image.
    fn entries(&mut self, folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
        let error = |error| FolderError::Io { path: folder.into(), error };
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder).map_err(error)? {
            let path = entry.map_err(error)?.path();
            let name = name(&path);
            match name.starts_with('.') || matches!(name.as_str(), "Thumbs.db" | "desktop.ini") {
                true => self.left_out.push(path),
                false => entries.push(path),
            }
        }
        entries.sort();
        Ok(entries)
    }

    /// The files that are intact images.
    fn intact(&mut self, files: Vec<(PathBuf, u32)>) -> Vec<(PathBuf, u32)> {
        let checked: Vec<_> = files.par_iter().map(|(path, _)| picture::check(path)).collect();
        let checked = files.into_iter().zip(checked);
        let intact = checked.filter_map(|((path, class), checked)| match checked {
            Ok(()) => Some((path, class)),
            Err(problem) => {
                self.problem(&path, problem);
                None
            }
        });
        intact.collect()
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
