//! Logs: lines for people in a terminal, JSON for machines otherwise, always on standard error (standard
//! output belongs to what a command answers).

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::TelemetryError;

/// The shape of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Human in a terminal, JSON otherwise.
    #[default]
    Auto,
    /// One line for people.
    Human,
    /// One JSON object a line.
    Json,
}

/// What to log, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Shape.
    pub format: Format,
    /// Filter when the environment has no `SNODO_LOG`: a level, or `info,db=debug`.
    pub filter: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { format: Format::Auto, filter: "info".to_owned() }
    }
}

/// Writes what is still waiting when it is dropped; hold it until the end of `main`.
#[must_use = "logs stop when the guard is dropped"]
pub struct Guard {
    queue: SyncSender<Message>,
    thread: Option<JoinHandle<()>>,
}

/// Sets up logs for the whole process.
///
/// # Errors
/// [`TelemetryError::Filter`] for a filter that cannot be read, [`TelemetryError::Twice`].
pub fn init(options: &Options) -> Result<Guard, TelemetryError> {
    let text = std::env::var("SNODO_LOG").ok().filter(|text| !text.trim().is_empty());
    let text = text.as_deref().unwrap_or(&options.filter);
    let filter = EnvFilter::try_new(text)
        .map_err(|error| TelemetryError::Filter { filter: text.to_owned(), reason: error.to_string() })?;
    let human = match options.format {
        Format::Auto => io::stderr().is_terminal(),
        Format::Human => true,
        Format::Json => false,
    };
    let (queue, lines) = sync_channel(QUEUE);
    let thread = std::thread::Builder::new()
        .name("logs".to_owned())
        .spawn(move || write_lines(&lines, &mut io::stderr().lock()))
        .map_err(TelemetryError::Thread)?;
    let guard = Guard { queue: queue.clone(), thread: Some(thread) };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Lines(queue));
    let set = if human {
        builder.with_ansi(io::stderr().is_terminal()).with_target(true).try_init()
    } else {
        builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    };
    set.map_err(|_| TelemetryError::Twice)?;
    Ok(guard)
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.queue.send(Message::End).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

/// Lines that may wait for a slow reader of our standard error; beyond, who logs waits: a line is never
/// dropped in silence.
const QUEUE: usize = 8192;

enum Message {
    Line(Vec<u8>),
    End,
}

/// Hands each line to the writing thread, so that a request never waits for a terminal.
struct Lines(SyncSender<Message>);

struct Line<'a> {
    queue: &'a SyncSender<Message>,
    bytes: Vec<u8>,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { queue: &self.0, bytes: Vec::with_capacity(256) }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if !self.bytes.is_empty() {
            let _ = self.queue.send(Message::Line(std::mem::take(&mut self.bytes)));
        }
    }
}

/// Writes waiting lines together. Errors of standard error have nowhere to be told.
fn write_lines(lines: &Receiver<Message>, out: &mut impl Write) {
    let mut gathered = Vec::new();
    let mut ending = false;
    while !ending {
        let first = match lines.recv_timeout(Duration::from_secs(3600)) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        for message in std::iter::once(first).chain(lines.try_iter().take(255)) {
            match message {
                Message::Line(line) => gathered.extend_from_slice(&line),
                Message::End => {
                    ending = true;
                    break;
                }
            }
        }
        let _ = out.write_all(&gathered);
        let _ = out.flush();
        gathered.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_before_the_end_is_written_in_order() {
        let (queue, lines) = sync_channel(QUEUE);
        let lines_of = Lines(queue.clone());
        for n in 0..1000 {
            let mut line = lines_of.make_writer();
            write!(line, "line ").unwrap();
            writeln!(line, "{n}").unwrap();
        }
        queue.send(Message::End).unwrap();
        let mut out = Vec::new();
        write_lines(&lines, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().enumerate().all(|(n, line)| line == format!("line {n}")));
        assert_eq!(text.lines().count(), 1000);
    }

    #[test]
    fn a_wrong_filter_names_itself() {
        let wrong = Options { filter: "snodo=loud".to_owned(), ..Options::default() };
        if std::env::var_os("SNODO_LOG").is_none() {
            assert!(
                matches!(init(&wrong), Err(TelemetryError::Filter { filter, .. }) if filter == "snodo=loud")
            );
        }
    }
}
