//! Who is calling: right, wrong, too often wrong, remembered, replaced.

use engine::access::{AccessError, Actor, CredentialKind, NewUser, Role, Verdict};

use crate::support::*;

const SECRET: &str = "correct horse";

fn user(name: &str, role: Role, world: &World) -> NewUser {
    let organization = role.of_an_organization().then_some(world.ente.id);
    NewUser { username: name.to_owned(), password: SECRET.to_owned(), role, organization }
}

impl World {
    async fn try_secret(&self, ente: &Ente, kind: CredentialKind, secret: &str) -> Verdict {
        self.engine.access.verify(ente.id, kind, None, secret).await.unwrap()
    }
}

#[tokio::test]
async fn a_secret_opens_the_door_it_was_made_for() {
    for world in worlds().await {
        let (access, ente) = (&world.engine.access, &world.ente);
        access.create_credential(ente.id, CredentialKind::MyPay, None, SECRET, false).await.unwrap();
        let granted = Verdict::Granted(Actor::Machine(ente.id));
        for _ in 0..2 {
            assert_eq!(world.try_secret(ente, CredentialKind::MyPay, SECRET).await, granted);
        }
        for wrong in ["", "Correct horse", "correct horse "] {
            assert_eq!(
                world.try_secret(ente, CredentialKind::MyPay, wrong).await,
                Verdict::Denied,
                "{wrong:?}"
            );
        }
        assert_eq!(
            world.try_secret(ente, CredentialKind::MyPivot, SECRET).await,
            Verdict::Denied,
            "another door"
        );
        assert_eq!(
            world.try_secret(&world.other, CredentialKind::MyPay, SECRET).await,
            Verdict::Denied,
            "another ente"
        );

        access
            .create_credential(ente.id, CredentialKind::PiemontePay, Some("sil"), SECRET, false)
            .await
            .unwrap();
        let named = |name| access.verify(ente.id, CredentialKind::PiemontePay, Some(name), SECRET);
        assert_eq!(named("sil").await.unwrap(), granted);
        assert_eq!(named("lis").await.unwrap(), Verdict::Denied);
        for weak in ["1234567", &"x".repeat(101)] {
            let refused = access.create_credential(ente.id, CredentialKind::MyPay, None, weak, false).await;
            assert!(matches!(refused, Err(AccessError::WeakSecret)));
        }
    }
}

#[tokio::test]
async fn a_replaced_secret_is_refused_at_once_here_and_soon_elsewhere() {
    for world in worlds().await {
        let (access, ente, kind) = (&world.engine.access, &world.ente, CredentialKind::MyPay);
        let replica = world.replica().await;
        access.create_credential(ente.id, kind, None, SECRET, false).await.unwrap();
        let granted = Verdict::Granted(Actor::Machine(ente.id));
        assert_eq!(world.try_secret(ente, kind, SECRET).await, granted);
        assert_eq!(replica.access.verify(ente.id, kind, None, SECRET).await.unwrap(), granted);

        access.create_credential(ente.id, kind, None, "another one", true).await.unwrap();
        assert_eq!(world.try_secret(ente, kind, SECRET).await, Verdict::Denied);
        assert_eq!(world.try_secret(ente, kind, "another one").await, granted);
        assert_eq!(replica.access.verify(ente.id, kind, None, SECRET).await.unwrap(), granted, "remembered");
        world.clock.advance(300);
        assert_eq!(replica.access.verify(ente.id, kind, None, SECRET).await.unwrap(), Verdict::Denied);
        // Added, not replaced: both open.
        access.create_credential(ente.id, kind, None, "a third one", false).await.unwrap();
        assert_eq!(world.try_secret(ente, kind, "another one").await, granted);
        assert_eq!(world.try_secret(ente, kind, "a third one").await, granted);
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_but_shuts_nobody_out() {
    for world in worlds().await {
        let (access, ente, kind) = (&world.engine.access, &world.ente, CredentialKind::MyPay);
        access.create_credential(ente.id, kind, None, SECRET, false).await.unwrap();
        for _ in 0..5 {
            assert_eq!(world.try_secret(ente, kind, "wrong guess").await, Verdict::Denied);
        }
        assert_eq!(world.try_secret(ente, kind, SECRET).await, Verdict::Throttled { retry_after_s: 1 });
        world.clock.advance(1);
        let granted = Verdict::Granted(Actor::Machine(ente.id));
        assert_eq!(world.try_secret(ente, kind, SECRET).await, granted);

        // Someone guesses all the time; who knew the secret before is not kept waiting.
        for _ in 0..2 {
            for _ in 0..6 {
                world.try_secret(ente, kind, "wrong guess").await;
            }
            assert!(matches!(world.try_secret(ente, kind, "another guess").await, Verdict::Throttled { .. }));
            assert_eq!(world.try_secret(ente, kind, SECRET).await, granted);
            world.clock.advance(301);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_that_begin_together_are_all_let_in() {
    for world in worlds().await {
        let id = world.ente.id;
        world.engine.access.create_credential(id, CredentialKind::MyPay, None, SECRET, false).await.unwrap();
        let access = world.engine.access.clone();
        let verdicts = at_once(64, |_| {
            let access = access.clone();
            async move { access.verify(id, CredentialKind::MyPay, None, SECRET).await.unwrap() }
        })
        .await;
        assert!(verdicts.iter().all(|v| *v == Verdict::Granted(Actor::Machine(id))));
    }
}

#[tokio::test]
async fn people_log_in_with_their_role() {
    for world in worlds().await {
        let access = &world.engine.access;
        for (name, role) in [("op", Role::Operator), ("admin", Role::IntermediaryAdmin)] {
            access.create_user(user(name, role, &world)).await.unwrap();
            let organization = role.of_an_organization().then_some(world.ente.id);
            let expected = Verdict::Granted(Actor::User { username: name.to_owned(), role, organization });
            assert_eq!(access.verify_user(name, SECRET).await.unwrap(), expected);
        }
        assert_eq!(access.verify_user("op", "wrong guess").await.unwrap(), Verdict::Denied);
        assert!(
            matches!(access.create_user(user("op", Role::Operator, &world)).await, Err(AccessError::UserExists(name)) if name == "op")
        );
        let homeless = NewUser { organization: None, ..user("x", Role::Operator, &world) };
        assert!(matches!(access.create_user(homeless).await, Err(AccessError::RoleWithoutOrganization)));
        let weak = NewUser { password: "short".to_owned(), ..user("x", Role::Operator, &world) };
        assert!(matches!(access.create_user(weak).await, Err(AccessError::WeakSecret)));
        // Known or not, a name is throttled the same.
        access.create_user(user("other", Role::Support, &world)).await.unwrap();
        for name in ["other", "nobody"] {
            for _ in 0..5 {
                assert_eq!(access.verify_user(name, "wrong guess").await.unwrap(), Verdict::Denied, "{name}");
            }
            assert!(
                matches!(access.verify_user(name, SECRET).await.unwrap(), Verdict::Throttled { .. }),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn no_secret_is_shown_or_stored_readable() {
    db::statements! {
        HASHES = "select secret_hash from credential union all select secret_hash from user_account";
    }
    for world in worlds().await {
        let access = &world.engine.access;
        let new = user("op", Role::Operator, &world);
        assert!(!format!("{new:?}").contains(SECRET) && format!("{new:?}").contains("op"));
        access.create_user(new).await.unwrap();
        access.create_credential(world.ente.id, CredentialKind::MyPay, None, SECRET, false).await.unwrap();
        let hashes = world.db.read(|tx| tx.rows(&HASHES, &[], |row| row.text(0))).await.unwrap();
        assert_eq!(hashes.len(), 2);
        assert!(hashes.iter().all(|hash| hash.starts_with("$argon2id$") && !hash.contains(SECRET)));
        assert_ne!(hashes[0], hashes[1], "salted");
        let person = format!("{:?}", debtor());
        assert!(!person.contains("Mario") && !person.contains(DEBTOR), "{person}");
    }
}
