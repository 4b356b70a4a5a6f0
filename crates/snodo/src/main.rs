//! The binary: configuration, command line, wiring. No rule of the domain lives here.

mod cli;
mod commands;
mod config;
mod console;
mod health;
mod middleware;
mod random;
mod seed;
mod server;
mod store;
mod wiring;
mod workers;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    match commands::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            // The whole chain: what was attempted first, the cause last.
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            eprintln!("snodo: {}", causes.join(": "));
            ExitCode::FAILURE
        }
    }
}
