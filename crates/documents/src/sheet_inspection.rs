//! What tests ask a sheet.

use super::{Child, Op, Role, Sheet};

/// Something visible on a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawn {
    /// From 0.
    pub page: usize,
    /// Left, top, right, bottom; of a text, without its descenders.
    pub edges: [f32; 4],
    pub what: String,
}

impl Drawn {
    /// Whether two things share more than a hair's width.
    pub fn overlaps(&self, other: &Self) -> bool {
        let [a, b] = [self.edges, other.edges];
        let common = |i: usize| a[i + 2].min(b[i + 2]) - a[i].max(b[i]);
        self.page == other.page && common(0) > 0.4 && common(1) > 0.4
    }
}

impl Sheet<'_> {
    /// The structure in reading order, one element a line: role, text.
    pub fn structure(&self) -> String {
        let mut out = String::new();
        for (id, _) in self.elements.iter().enumerate().filter(|(_, e)| e.root) {
            self.describe(id, 0, &mut out);
        }
        out
    }

    fn describe(&self, id: usize, depth: usize, out: &mut String) {
        let element = &self.elements[id];
        let role = match &element.role {
            Role::Heading(level, _) => format!("H{level}"),
            Role::Paragraph => "P".to_owned(),
            Role::Table => "Table".to_owned(),
            Role::Row => "TR".to_owned(),
            Role::RowHeader => "TH(row)".to_owned(),
            Role::ColumnHeader => "TH(column)".to_owned(),
            Role::Cell => "TD".to_owned(),
            Role::Figure(alternative) => format!("Figure[{alternative}]"),
            Role::Foreign(language) => format!("Span({language})"),
        };
        let mut text = String::new();
        for child in &element.children {
            if let Child::Block(block) = child {
                for op in &self.blocks[*block].ops {
                    if let Op::Text { text: range, .. } = op {
                        text.push_str(&self.text[range.clone()]);
                    }
                }
            }
        }
        out.push_str(format!("{}{role} {text}", "  ".repeat(depth)).trim_end());
        out.push('\n');
        for child in &element.children {
            if let Child::Element(inner) = child {
                self.describe(*inner, depth + 1, out);
            }
        }
    }

    /// Where all texts, codes and pictures are. Areas and the mark across the page lie under others on purpose.
    pub fn drawn(&self) -> Vec<Drawn> {
        let mut out = Vec::new();
        for block in &self.blocks {
            for op in &block.ops {
                let (edges, what) = match op {
                    Op::Text { style, at: (x, y), text } => {
                        let text = &self.text[text.clone()];
                        let width = self.fonts.width(style.face, style.size, text.trim_end());
                        ([*x, y - style.size * 0.72, x + width, *y], text.to_owned())
                    }
                    Op::Shape { at: (x, y), side, .. } => ([*x, *y, x + side, y + side], "(code)".to_owned()),
                    Op::Image { at: (x, y), size, .. } => {
                        ([*x, *y, x + size.0, y + size.1], "(picture)".to_owned())
                    }
                    Op::Rect { .. } | Op::Turned { .. } => continue,
                };
                out.push(Drawn { page: block.page, edges, what });
            }
        }
        out
    }
}
