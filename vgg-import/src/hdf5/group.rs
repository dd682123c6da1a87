//! The objects of a file, found from group to group.

use super::cursor::Cursor;
use super::object::{Object, kind};
use super::{File, damaged};
use crate::error::Problem;
use std::collections::HashSet;

/// No group lies deeper than this.
const DEEPEST: usize = 32;

/// An object and how it is reached: `layers/conv2d/vars/0`. The root's path is empty.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'f> {
    pub(crate) path: String,
    pub(crate) object: Object<'f>,
}

/// A name in a group, and where the object is.
struct Link {
    name: String,
    address: u64,
}

impl<'f> File<'f> {
    /// All objects, a group in front of what it holds, what it holds in the order of its names. One that
    /// has several names has the first of them here.
    pub(crate) fn entries(&self) -> Result<Vec<Entry<'f>>, Problem> {
        let mut seen = HashSet::new();
        let mut entries = Vec::new();
        let mut open = vec![(String::new(), 0, self.root)];
        while let Some((path, depth, address)) = open.pop() {
            if !seen.insert(address) {
                continue;
            }
            if depth > DEEPEST {
                return Err(damaged(format_args!("`{path}` lies too deep")));
            }
            self.spend(path.len() + size_of::<Entry<'_>>())?;
            let object = self.object(address)?;
            for link in self.links(&object)?.into_iter().rev() {
                let path = if path.is_empty() { link.name } else { format!("{path}/{}", link.name) };
                self.spend(path.len())?;
                open.push((path, depth + 1, link.address));
            }
            entries.push(Entry { path, object });
        }
        Ok(entries)
    }

    fn links(&self, group: &Object<'f>) -> Result<Vec<Link>, Problem> {
        let mut links = Vec::new();
        if let Some(mut table) = group.first(kind::SYMBOL_TABLE)? {
            let (tree, heap) = (table.place()?, table.place()?);
            self.table(tree, self.heap(heap)?, &mut links)?;
        }
        for link in group.all(kind::LINK) {
            links.extend(self.link(link?)?);
        }
        if let Some(mut info) = group.first(kind::LINK_INFO)? {
            let flags = {
                info.skip(1)?;
                info.u8()?
            };
            info.skip(if flags & 1 == 0 { 0 } else { 8 })?;
            if info.address()?.is_some() {
                return Err(Problem::helped(
                    "a group of the file keeps its names in a heap, which is not read",
                    "write it with h5py's usual settings, or save the model in Keras again",
                ));
            }
        }
        Ok(links)
    }

    /// A link that is a message of its own; `None` if it leads elsewhere than to an object of this file.
    fn link(&self, mut link: Cursor<'f>) -> Result<Option<Link>, Problem> {
        let (version, flags) = (link.u8()?, link.u8()?);
        if version != 1 {
            return Err(damaged(format_args!("a link has version {version}")));
        }
        let is_hard = flags & 8 == 0 || link.u8()? == 0;
        link.skip(if flags & 4 == 0 { 0 } else { 8 })?;
        link.skip(if flags & 0x10 == 0 { 0 } else { 1 })?;
        let length = link.size(1 << (flags & 3))?;
        let name = self.name(link.take(length)?)?;
        Ok(if is_hard { Some(Link { name, address: link.place()? }) } else { None })
    }

    /// The names of a group as they lie one behind the other.
    fn heap(&self, address: u64) -> Result<&'f [u8], Problem> {
        let mut heap = self.at(address)?;
        heap.expect(b"HEAP\0")?;
        heap.skip(3)?;
        let size = heap.length()?;
        heap.length()?;
        self.at(heap.place()?)?.take(size)
    }

    /// The links of a tree, whose leaves are tables of entries.
    fn table(&self, tree: u64, names: &'f [u8], links: &mut Vec<Link>) -> Result<(), Problem> {
        let mut open = vec![(tree, None)];
        while let Some((address, above)) = open.pop() {
            let mut node = self.at(address)?;
            let Node { level, children } = self.node(&mut node, 0, above)?;
            let mut below = Vec::new();
            for _ in 0..children {
                node.length()?;
                below.push(node.place()?);
            }
            match level {
                0 => below.into_iter().try_for_each(|leaf| self.leaf(leaf, names, links))?,
                _ => open.extend(below.into_iter().rev().map(|child| (child, Some(level)))),
            }
        }
        Ok(())
    }

    fn leaf(&self, address: u64, names: &'f [u8], links: &mut Vec<Link>) -> Result<(), Problem> {
        let mut leaf = self.at(address)?;
        leaf.expect(b"SNOD\x01")?;
        leaf.skip(1)?;
        for _ in 0..leaf.u16()? {
            let name = leaf.size(leaf.sizes().offset)?;
            let address = leaf.place()?;
            let cached = leaf.u32()?;
            leaf.skip(4 + 16)?;
            let name = names.get(name..).and_then(|rest| rest.split(|&byte| byte == 0).next());
            let name = self.name(name.ok_or_else(|| damaged("a name lies outside of its heap"))?)?;
            self.spend(40)?;
            // 2 is a symbolic link, which has no object of its own.
            if cached != 2 {
                links.push(Link { name, address });
            }
        }
        Ok(())
    }

    /// The head of a node of a tree of a type: 0 of groups, 1 of chunks. Levels count down to 0.
    pub(super) fn node(&self, node: &mut Cursor<'f>, of: u8, above: Option<u8>) -> Result<Node, Problem> {
        node.expect(b"TREE")?;
        let (found, level, children) = (node.u8()?, node.u8()?, node.u16()?);
        node.address()?;
        node.address()?;
        if found != of || above.is_some_and(|above| level.checked_add(1) != Some(above)) {
            return Err(damaged("a tree in it grows in circles"));
        }
        self.spend(24 + 16 * children)?;
        Ok(Node { level, children })
    }

    fn name(&self, bytes: &[u8]) -> Result<String, Problem> {
        self.spend(bytes.len())?;
        let name = str::from_utf8(bytes).map_err(|_| damaged("a name is no UTF-8"))?;
        Ok(name.to_owned())
    }
}

/// What stands at the head of a node.
pub(super) struct Node {
    pub(super) level: u8,
    pub(super) children: usize,
}
