//! Random documents from the declarations, valid and broken.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable,
    reason = "helpers of tests are tests"
)]
#![allow(dead_code, reason = "each test uses a part")]

pub mod roots;
pub mod samples;

use soap::{GlobalElement, LocalElement, Particle, TypeRef};

/// A small deterministic generator (xorshift64*), so that a failing seed can be run again.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// An element to be rendered.
#[derive(Clone, Debug)]
pub struct Tree {
    pub namespace: String,
    pub name: String,
    pub attributes: String,
    pub text: String,
    pub children: Vec<Tree>,
}

impl Tree {
    pub fn render(&self) -> String {
        let mut out = String::new();
        self.render_into(&mut out, "");
        out
    }

    fn render_into(&self, out: &mut String, default: &str) {
        out.push('<');
        out.push_str(&self.name);
        if self.namespace != default {
            out.push_str(&format!(" xmlns=\"{}\"", self.namespace));
        }
        out.push_str(&self.attributes);
        out.push('>');
        for c in self.text.chars() {
            match c {
                '<' => out.push_str("&lt;"),
                '&' => out.push_str("&amp;"),
                '>' => out.push_str("&gt;"),
                '\r' => out.push_str("&#13;"),
                c => out.push(c),
            }
        }
        for child in &self.children {
            child.render_into(out, &self.namespace);
        }
        out.push_str(&format!("</{}>", self.name));
    }

    fn count(&self) -> usize {
        1 + self.children.iter().map(Self::count).sum::<usize>()
    }

    /// The element at a position of a walk from the root, which is 0.
    fn at(&mut self, position: usize) -> &mut Self {
        let mut left = position;
        let mut at = self;
        'down: while left > 0 {
            left -= 1;
            for i in 0..at.children.len() {
                let size = at.children[i].count();
                if left < size {
                    at = &mut at.children[i];
                    continue 'down;
                }
                left -= size;
            }
            unreachable!("position within the tree");
        }
        at
    }
}

/// A valid document with this root.
pub fn valid(root: &GlobalElement, random: &mut Random) -> Tree {
    element(root.schema.namespace, root.name, (root.of)(), random)
}

fn element(namespace: &str, name: &str, of: TypeRef, random: &mut Random) -> Tree {
    let mut tree = Tree {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        attributes: String::new(),
        text: String::new(),
        children: Vec::new(),
    };
    match of {
        TypeRef::BuiltIn(base) => tree.text = samples::value(base, None, random),
        TypeRef::Simple(simple) => {
            tree.text = samples::value(simple.base, Some(&simple.facets), random);
        }
        TypeRef::Complex(complex) => {
            let namespace = complex.schema.local_namespace();
            for particle in complex.particles {
                let chosen = match particle {
                    Particle::Element(element) => element,
                    Particle::Choice(options) => random.pick(options()),
                };
                for _ in 0..occurrences(chosen, random) {
                    tree.children.push(element(namespace, chosen.name, (chosen.of)(), random));
                }
            }
        }
    }
    tree
}

fn occurrences(element: &LocalElement, random: &mut Random) -> usize {
    let most = element.most.unwrap_or(element.least + 3);
    match random.below(4) {
        0 => element.least,
        1 => most,
        _ => element.least + random.below(most - element.least + 1),
    }
}

/// Breaks (or at least changes) one thing.
pub fn mutate(tree: &mut Tree, random: &mut Random) {
    let count = tree.count();
    let position = random.below(count);
    let names = ["fault", "outcome", "nuovo", "password", "IBAN", "importo"];
    let node = tree.at(position);
    let children = node.children.len();
    match random.below(16) {
        0 | 1 if children > 0 => {
            node.children.remove(random.below(children));
        }
        2 if children > 0 => {
            let copied = node.children[random.below(children)].clone();
            node.children.insert(random.below(children + 1), copied);
        }
        3 if children > 1 => {
            let at = random.below(children - 1);
            node.children.swap(at, at + 1);
        }
        4 if children > 0 => {
            let most = 7;
            let at = random.below(children);
            for _ in 0..random.below(most) {
                let copied = node.children[at].clone();
                node.children.insert(at, copied);
            }
        }
        5 => node.name = (*random.pick(&names)).to_owned(),
        6 if position > 0 => {
            node.namespace = if node.namespace.is_empty() { "urn:altro".into() } else { String::new() };
        }
        7 => node.attributes = " tipo=\"x\"".to_owned(),
        8 => {
            let xsi = "http://www.w3.org/2001/XMLSchema-instance";
            let kind = random.pick(&["nil=\"true\"", "schemaLocation=\"urn:a a.xsd\""]);
            node.attributes = format!(" xmlns:xsi=\"{xsi}\" xsi:{kind}");
        }
        9 if children > 0 => node.text = random.pick(&["x", " ", "\n"]).to_string(),
        10 if children == 0 => {
            let inner = node.clone();
            node.children.push(inner);
        }
        _ => {
            // Mostly a wrong or borderline value.
            let leaves: Vec<usize> = (0..count).filter(|p| tree.at(*p).children.is_empty()).collect();
            let at = *random.pick(&leaves);
            let leaf = tree.at(at);
            leaf.text = samples::nasty(&leaf.text, random);
        }
    }
}
