//! People.

use anyhow::anyhow;
use clap::Subcommand;
use engine::Engine;
use engine::access::{NewUser, Role};

use super::find;
use crate::cli::Store;
use crate::{console, random};

/// `snodo admin user`.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Register a person; the password is generated and shown once
    Create {
        /// Login name
        username: String,
        /// operator, organization_admin, intermediary_admin or support
        #[arg(long)]
        role: String,
        /// codIpaEnte, for roles of an ente
        #[arg(long, value_name = "IPA")]
        ente: Option<String>,
        #[command(flatten)]
        store: Store,
    },
}

pub async fn run(engine: &Engine, command: User) -> anyhow::Result<()> {
    let User::Create { username, role, ente, .. } = command;
    let role = Role::parse(&role.to_uppercase()).ok_or_else(|| {
        anyhow!("--role {role}: operator, organization_admin, intermediary_admin or support")
    })?;
    let organization = match &ente {
        Some(ipa) => Some(find(engine, ipa)?.id),
        None => None,
    };
    let password = random::capitals(16)?;
    let new = NewUser { username: username.clone(), password: password.clone(), role, organization };
    engine.access.create_user(new).await?;
    console::line(format!("User {username} created."));
    console::line(format!("Password (shown only now): {password}"));
    Ok(())
}
