//! What commands write for people: standard output, tables, progress.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Writes a line to standard output. A closed pipe is no error of ours.
pub fn line(text: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
}

/// Writes a JSON value, indented.
pub fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Writes rows under headings, columns aligned.
pub fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) {
    line(render(headings, rows));
}

fn render<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let headings = headings.map(str::to_owned);
    let all = || std::iter::once(&headings).chain(rows);
    let width =
        |column: usize| all().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut out = String::new();
    for row in all() {
        let mut text = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            text.push_str(&format!("{cell:<width$}  "));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// A bar that counts to `total`; invisible when nobody looks.
pub fn bar(what: &str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:30} {bar:30} {pos:>9}/{len} {per_sec} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    visible(ProgressBar::new(total).with_style(style), what)
}

/// A sign of life for work of unknown length.
pub fn spinner(what: &str) -> ProgressBar {
    let spinner = visible(ProgressBar::new_spinner(), what);
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

fn visible(bar: ProgressBar, what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar.with_message(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_characters() {
        let rows = [["à".to_owned(), "uno".to_owned()], ["lungo".to_owned(), "due".to_owned()]];
        assert_eq!(render(["a", "numero"], &rows), "a      numero\nà      uno\nlungo  due");
    }
}
