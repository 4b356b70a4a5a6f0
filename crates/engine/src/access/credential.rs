//! Secrets of machine clients and people: argon2id in the store, a keyed digest in memory after the first
//! success, so that the thousandth call of the day costs a hash of some bytes.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use db::statements;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::password;
use super::permission::{Actor, Role};
use super::throttle::Throttle;
use crate::core::Core;
use crate::error::{EngineError, area_error};
use crate::ids::{CredentialId, OrganizationId};

statements! {
    /// Live credentials of one kind.
    FIND_CREDENTIALS = "select id, secret_hash from credential \
        where organization_id = $1 and kind = $2 and disabled_at is null \
        and coalesce(username, '') = coalesce($3, username, '')";
    /// A new credential.
    INSERT_CREDENTIAL = "insert into credential (organization_id, id, kind, username, secret_hash, created_at) \
        values ($1, $2, $3, $4, $5, $6)";
    /// Disables the credentials of one kind.
    DISABLE_CREDENTIALS = "update credential set disabled_at = $3 \
        where organization_id = $1 and kind = $2 and disabled_at is null";
    /// A new person.
    INSERT_USER = "insert into user_account (username, secret_hash, role, organization_id, created_at) \
        values ($1, $2, $3, $4, $5) on conflict (username) do nothing";
    /// A person who may log in.
    FIND_USER = "select secret_hash, role, organization_id from user_account where username = $1 and disabled_at is null";
}

/// How long a success is remembered: a disabled credential stops working within this time everywhere.
const REMEMBER: SignedDuration = SignedDuration::from_mins(5);
/// Argon2 computations at the same time: each takes 19 MiB and some 20 ms of a core.
const ARGON2_AT_ONCE: usize = 4;

/// Kinds of credentials, one for each door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// Password of the SIL on MyPay.
    MyPay,
    /// Password of the SIL on MyPivot.
    MyPivot,
    /// Basic credentials on PiemontePAY.
    PiemontePay,
    /// Key of Snodo's own REST.
    ApiKey,
}

impl CredentialKind {
    /// The name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MyPay => "MYPAY",
            Self::MyPivot => "MYPIVOT",
            Self::PiemontePay => "PIEMONTEPAY",
            Self::ApiKey => "API_KEY",
        }
    }

    /// Reads the name, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::MyPay, Self::MyPivot, Self::PiemontePay, Self::ApiKey]
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }
}

/// The answer to a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is right.
    Granted(Actor),
    /// It is wrong, or there is none to compare with.
    Denied,
    /// Too many wrong ones: not even looked at.
    Throttled {
        /// Seconds to wait.
        retry_after_s: i64,
    },
}

/// A person to register. `Debug` leaves the password out.
#[derive(Clone)]
pub struct NewUser {
    /// Login name.
    pub username: String,
    /// Clear password, hashed at once.
    pub password: String,
    /// Role.
    pub role: Role,
    /// The ente, for roles of an ente.
    pub organization: Option<OrganizationId>,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser")
            .field("username", &self.username)
            .field("role", &self.role)
            .field("organization", &self.organization)
            .finish_non_exhaustive()
    }
}

/// Why a credential was refused at creation.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Too short or too long.
    #[error("a secret has 8 to 100 characters")]
    WeakSecret,
    /// The name is taken.
    #[error("the user {0} exists already")]
    UserExists(String),
    /// Role and ente do not go together.
    #[error("a role of an ente needs the ente, the others have none")]
    RoleWithoutOrganization,
    /// Not the caller's doing.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
area_error!(AccessError);

type Account = (OrganizationId, CredentialKind, Option<String>);

struct Remembered {
    digest: [u8; 32],
    until: Timestamp,
}

/// The access area.
#[derive(Clone)]
pub struct Access {
    core: Arc<Core>,
    inner: Arc<Inner>,
}

struct Inner {
    /// Random for this run: digests in memory are worth nothing elsewhere.
    key: [u8; 32],
    remembered: RwLock<HashMap<Account, Remembered>>,
    throttle: Throttle<Account>,
    /// The same for people, by login name, whether or not it exists.
    user_throttle: Throttle<String>,
    argon2: Semaphore,
}

impl Access {
    pub(crate) fn new(core: Arc<Core>) -> Result<Self, EngineError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(EngineError::internal)?;
        let inner = Inner {
            key,
            remembered: RwLock::default(),
            throttle: Throttle::default(),
            user_throttle: Throttle::default(),
            argon2: Semaphore::new(ARGON2_AT_ONCE),
        };
        Ok(Self { core, inner: Arc::new(inner) })
    }

    /// Checks the secret of a machine client of an ente.
    ///
    /// # Errors
    /// As the store.
    pub async fn verify(
        &self,
        organization: OrganizationId,
        kind: CredentialKind,
        username: Option<&str>,
        secret: &str,
    ) -> Result<Verdict, EngineError> {
        let now = self.core.clock.now();
        let account = (organization, kind, username.map(str::to_owned));
        let digest = self.digest(&account, secret)?;
        let memory = self.remembers(&account, &digest, now);
        if memory == Memory::Fresh {
            return Ok(Verdict::Granted(Actor::Machine(organization)));
        }
        // Who knew the secret some minutes ago is not guessing: others' guesses must not shut it out.
        let wait = self.inner.throttle.wait_s(&account, now);
        if wait > 0 && memory != Memory::Stale {
            return Ok(Verdict::Throttled { retry_after_s: wait });
        }
        let name = username.map(str::to_owned);
        let hashes = self
            .core
            .db
            .read(move |tx| {
                let values = [organization.into(), kind.as_str().into(), name.clone().into()];
                Ok::<_, EngineError>(tx.rows(&FIND_CREDENTIALS, &values, |row| row.text(1))?)
            })
            .await?;
        let turn = self.turn().await?;
        // Many calls that begin together wait here for the first of them.
        if self.remembers(&account, &digest, now) == Memory::Fresh {
            return Ok(Verdict::Granted(Actor::Machine(organization)));
        }
        if any_matches(turn, hashes, secret).await? {
            self.inner.throttle.succeeded(&account);
            let remembered = Remembered { digest, until: now + REMEMBER };
            self.inner.remembered.write().unwrap_or_else(PoisonError::into_inner).insert(account, remembered);
            return Ok(Verdict::Granted(Actor::Machine(organization)));
        }
        self.inner.throttle.failed(account, now);
        Ok(Verdict::Denied)
    }

    /// Checks name and password of a person. An unknown name costs what a wrong password costs.
    ///
    /// # Errors
    /// As the store.
    pub async fn verify_user(&self, username: &str, password: &str) -> Result<Verdict, EngineError> {
        let (name, now) = (username.to_owned(), self.core.clock.now());
        let wait = self.inner.user_throttle.wait_s(&name, now);
        if wait > 0 {
            return Ok(Verdict::Throttled { retry_after_s: wait });
        }
        let found = self
            .core
            .db
            .read(move |tx| {
                Ok::<_, EngineError>(tx.opt(&FIND_USER, &[name.as_str().into()], |row| {
                    Ok((row.text(0)?, row.text(1)?, row.opt_int(2)?))
                })?)
            })
            .await?;
        let hashes = found.iter().map(|(hash, _, _)| hash.clone()).collect();
        let right = any_matches(self.turn().await?, hashes, password).await?;
        let Some((_, role, organization)) = found.filter(|_| right) else {
            self.inner.user_throttle.failed(username.to_owned(), now);
            return Ok(Verdict::Denied);
        };
        self.inner.user_throttle.succeeded(&username.to_owned());
        let role = Role::parse(&role).ok_or_else(|| EngineError::Internal(format!("stored role {role}")))?;
        let organization = organization.map(OrganizationId::new);
        Ok(Verdict::Granted(Actor::User { username: username.to_owned(), role, organization }))
    }

    /// Adds a credential; `replace` disables the ones of the same kind in the same transaction.
    ///
    /// # Errors
    /// [`AccessError::WeakSecret`].
    pub async fn create_credential(
        &self,
        organization: OrganizationId,
        kind: CredentialKind,
        username: Option<&str>,
        secret: &str,
        replace: bool,
    ) -> Result<CredentialId, AccessError> {
        let hash = self.hash(secret).await?;
        let id = CredentialId::new(self.core.next_id());
        let (name, now) = (username.map(str::to_owned), self.core.clock.now());
        self.core
            .db
            .write(move |tx| {
                if replace {
                    tx.exec(&DISABLE_CREDENTIALS, &[organization.into(), kind.as_str().into(), now.into()])?;
                }
                tx.exec(
                    &INSERT_CREDENTIAL,
                    &[
                        organization.into(),
                        id.into(),
                        kind.as_str().into(),
                        name.clone().into(),
                        hash.as_str().into(),
                        now.into(),
                    ],
                )?;
                Ok::<_, AccessError>(())
            })
            .await?;
        self.inner
            .remembered
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|(of, of_kind, _), _| !(replace && *of == organization && *of_kind == kind));
        Ok(id)
    }

    /// Registers a person.
    ///
    /// # Errors
    /// [`AccessError::UserExists`], [`AccessError::RoleWithoutOrganization`], [`AccessError::WeakSecret`].
    pub async fn create_user(&self, new: NewUser) -> Result<(), AccessError> {
        if new.role.of_an_organization() != new.organization.is_some() {
            return Err(AccessError::RoleWithoutOrganization);
        }
        let hash = self.hash(&new.password).await?;
        let (username, now) = (new.username.clone(), self.core.clock.now());
        let inserted = self
            .core
            .db
            .write(move |tx| {
                let values = [
                    username.as_str().into(),
                    hash.as_str().into(),
                    new.role.as_str().into(),
                    new.organization.into(),
                    now.into(),
                ];
                Ok::<_, AccessError>(tx.exec(&INSERT_USER, &values)?)
            })
            .await?;
        if inserted == 0 { Err(AccessError::UserExists(new.username)) } else { Ok(()) }
    }

    async fn hash(&self, secret: &str) -> Result<String, AccessError> {
        if !(8..=100).contains(&secret.chars().count()) {
            return Err(AccessError::WeakSecret);
        }
        let secret = secret.to_owned();
        let hash = tokio::task::spawn_blocking(move || password::hash(secret.as_bytes()))
            .await
            .map_err(EngineError::internal)?
            .map_err(EngineError::internal)?;
        Ok(hash)
    }

    /// Leave to compute an argon2.
    async fn turn(&self) -> Result<SemaphorePermit<'_>, EngineError> {
        self.inner.argon2.acquire().await.map_err(EngineError::internal)
    }

    fn digest(&self, account: &Account, secret: &str) -> Result<[u8; 32], EngineError> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.inner.key).map_err(EngineError::internal)?;
        mac.update(&account.0.get().to_be_bytes());
        mac.update(account.1.as_str().as_bytes());
        mac.update(account.2.as_deref().unwrap_or_default().as_bytes());
        mac.update(&[0]);
        mac.update(secret.as_bytes());
        Ok(mac.finalize().into_bytes().into())
    }

    fn remembers(&self, account: &Account, digest: &[u8; 32], now: Timestamp) -> Memory {
        match self.inner.remembered.read().unwrap_or_else(PoisonError::into_inner).get(account) {
            Some(known) if !bool::from(known.digest.ct_eq(digest)) => Memory::None,
            Some(known) if known.until > now => Memory::Fresh,
            Some(_) => Memory::Stale,
            None => Memory::None,
        }
    }
}

/// What is remembered of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Memory {
    /// It was right within the last minutes.
    Fresh,
    /// It was right before that: to be looked at again.
    Stale,
    /// Nothing.
    None,
}

/// Compares a secret with stored hashes; with none, works as long as with one, so that the time taken does
/// not tell whether an account exists.
async fn any_matches(
    _turn: SemaphorePermit<'_>,
    hashes: Vec<String>,
    secret: &str,
) -> Result<bool, EngineError> {
    let secret = secret.to_owned();
    tokio::task::spawn_blocking(move || {
        if hashes.is_empty() {
            let computed = password::hash(secret.as_bytes());
            drop(computed);
            return false;
        }
        hashes.iter().any(|hash| password::matches(hash, secret.as_bytes()))
    })
    .await
    .map_err(EngineError::internal)
}
