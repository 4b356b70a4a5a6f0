//! `snodo migrate`.

use std::process::ExitCode;

use super::{connections, load_settings};
use crate::cli::Settings;
use crate::config::ConfigError;
use crate::{config, console, store};

pub async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let config = load_settings(&settings)?;
    let Some(environment) = config.environment else {
        let rule = "must be collaudo or esercizio".to_owned();
        return Err(ConfigError::Rules(vec![config::Problem { key: "environment", rule }]).into());
    };
    let db = store::open(&config.database.url, connections(&config)).await?;
    let progress = console::spinner("Migrating");
    let applied = store::prepare(&db, environment).await;
    progress.finish_and_clear();
    db.close().await;
    match applied?.as_slice() {
        [] => console::line("The schema is up to date."),
        versions => {
            let list: Vec<String> = versions.iter().map(ToString::to_string).collect();
            console::line(format!("Applied: {}. Environment: {}.", list.join(", "), environment.as_str()));
        }
    }
    Ok(ExitCode::SUCCESS)
}
