//! Credentials of the systems of an ente.

use std::path::Path;

use anyhow::{anyhow, bail};
use clap::Subcommand;
use engine::Engine;
use engine::access::CredentialKind;

use super::{find, read_document};
use crate::cli::Store;
use crate::{console, random};

/// `snodo admin credential`.
#[derive(Debug, Subcommand)]
pub enum Credential {
    /// Make a credential; the secret is generated and shown once
    Create {
        /// codIpaEnte
        ipa: String,
        /// mypay, mypivot, piemontepay or api_key
        #[arg(long)]
        kind: String,
        /// User name, for piemontepay
        #[arg(long)]
        username: Option<String>,
        /// Read the secret from standard input instead of generating it
        #[arg(long)]
        secret_stdin: bool,
        /// Disable the credentials of the same kind
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        store: Store,
    },
}

pub async fn run(engine: &Engine, command: Credential) -> anyhow::Result<()> {
    let Credential::Create { ipa, kind, username, secret_stdin, replace, .. } = command;
    let organization = find(engine, &ipa)?;
    let kind = CredentialKind::parse(&kind)
        .ok_or_else(|| anyhow!("--kind {kind}: mypay, mypivot, piemontepay or api_key"))?;
    if (kind == CredentialKind::PiemontePay) != username.is_some() {
        bail!("--username belongs to piemontepay, and piemontepay needs it");
    }
    let secret = if secret_stdin {
        read_document(Path::new("-"))?.trim_end_matches(['\r', '\n']).to_owned()
    } else {
        generate(kind)?
    };
    engine.access.create_credential(organization.id, kind, username.as_deref(), &secret, replace).await?;
    console::line(format!("Credential {} of {} created.", kind.as_str(), organization.ipa_code));
    if !secret_stdin {
        console::line(format!("Secret (shown only now): {secret}"));
    }
    Ok(())
}

/// A secret of the form that the door is used to.
pub fn generate(kind: CredentialKind) -> anyhow::Result<String> {
    match kind {
        CredentialKind::MyPay | CredentialKind::MyPivot => random::capitals(12),
        CredentialKind::PiemontePay => random::capitals(20),
        CredentialKind::ApiKey => Ok(format!("snodo_{}", random::hex(24)?)),
    }
}
