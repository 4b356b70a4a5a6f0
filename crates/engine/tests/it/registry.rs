//! Enti, stations, types: made, changed, refused, and read again by other replicas.

use engine::registry::{Attachment, NewOrganization, NewType, OrganizationStatus, RegistryError};
use model::{BrokerId, Cents, Iban, StationId};

use crate::support::*;

const CODICE: &str = "90000000001";

#[tokio::test]
async fn an_ente_is_found_by_each_of_its_names() {
    for world in worlds().await {
        let snapshot = world.engine.registry.snapshot();
        let found = snapshot.organization(world.ente.id).unwrap();
        assert_eq!((found.name.as_str(), found.status), ("Comune C_A001", OrganizationStatus::Production));
        for ipa in ["C_A001", "c_a001"] {
            assert_eq!(snapshot.organization_by_ipa(ipa).unwrap().id, world.ente.id);
        }
        assert_eq!(snapshot.organization_by_fiscal_code("01199250158").unwrap().id, world.ente.id);
        assert!(snapshot.organization_by_ipa("C_X999").is_none());
        assert!(found.attached_to(STATION) && !found.attached_to("other"));
        assert_eq!(snapshot.debt_type_by_code(world.ente.id, "TARI").unwrap().id, world.ente.free);
        assert_ne!(world.ente.free, world.other.free);
        assert!(snapshot.debt_type(world.other.id, world.ente.free).is_none(), "a type of another ente");
        assert_eq!(
            snapshot.types_of(world.ente.id).iter().map(|t| t.code.as_str()).collect::<Vec<_>>(),
            ["MULTE", "TARI"]
        );
        assert_eq!(snapshot.organizations().len(), 2);
        assert_eq!(snapshot.station(STATION).unwrap().broker.as_str(), BROKER);
        assert!(snapshot.broker(BROKER).is_some());
        let (registry, iban) = (&world.engine.registry, Iban::parse(IBAN).unwrap());
        assert_eq!(registry.iban_holder(world.ente.id, &iban).await.unwrap().as_deref(), Some("Tesoreria"));
        let foreign = Iban::parse("DE89370400440532013000").unwrap();
        assert_eq!(registry.iban_holder(world.ente.id, &foreign).await.unwrap(), None);
    }
}

#[tokio::test]
async fn names_are_unique_and_rules_are_named() {
    for world in worlds().await {
        let registry = &world.engine.registry;
        let create = |new: NewOrganization| registry.create_organization(call_ref(), new);
        for taken in [new_ente("C_A001", CODICE, "01"), new_ente("C_N001", "01199250158", "01")] {
            assert!(matches!(create(taken).await, Err(RegistryError::OrganizationExists)));
        }
        let fresh = || new_ente("C_N001", CODICE, "02");
        for name in ["", " ", &"x".repeat(101)] {
            let refused = create(NewOrganization { name: name.to_owned(), ..fresh() }).await;
            assert!(matches!(refused, Err(RegistryError::Invalid { field: "name", .. })));
        }
        let mut elsewhere = fresh();
        elsewhere.attachments[0].station = StationId::parse("80007580279_77").unwrap();
        let Err(RegistryError::Invalid { field: "attachments", rule }) = create(elsewhere).await else {
            panic!()
        };
        assert!(rule.contains("80007580279_77"));
        let second = StationId::parse("80007580279_02").unwrap();
        registry.save_station(&second, &BrokerId::parse(BROKER).unwrap()).await.unwrap();
        let mut twice = fresh();
        twice.attachments.push(Attachment { station: second, ..twice.attachments[0].clone() });
        let Err(RegistryError::Invalid { field: "attachments", rule }) = create(twice).await else {
            panic!()
        };
        assert!(rule.contains("02"), "{rule}");
        assert_eq!(registry.snapshot().organizations().len(), 2, "nothing was half made");
        create(fresh()).await.unwrap();

        let typed = |new: NewType| registry.create_type(call_ref(), world.ente.id, new);
        assert!(
            matches!(typed(new_type("TARI", false)).await, Err(RegistryError::TypeExists(code)) if code == "TARI")
        );
        for code in ["", "A B", &"x".repeat(65)] {
            assert!(matches!(
                typed(new_type(code, false)).await,
                Err(RegistryError::Invalid { field: "code", .. })
            ));
        }
        let mut stamp = new_type("BOLLO", false);
        stamp.profile.digital_stamp = true;
        assert!(matches!(
            typed(stamp.clone()).await,
            Err(RegistryError::Invalid { field: "fixedAmount", .. })
        ));
        stamp.profile.fixed_amount = Some(Cents::new(1600).unwrap());
        typed(stamp).await.unwrap();
        let mut dated = new_type("SPONTANEO", true);
        dated.profile.spontaneous = true;
        assert!(matches!(typed(dated).await, Err(RegistryError::Invalid { field: "spontaneous", .. })));
        let nobody = engine::OrganizationId::new(7);
        let orphan = registry.create_type(&call(), nobody, new_type("TARI", false)).await;
        assert!(matches!(orphan, Err(RegistryError::NotFound(_))));
        world.verify().await;
    }
}

#[tokio::test]
async fn changes_are_seen_by_other_replicas() {
    for world in worlds().await {
        let (registry, ente) = (&world.engine.registry, &world.ente);
        let replica = world.replica().await;
        let mut profile = registry.snapshot().organization(ente.id).unwrap().profile.clone();
        profile.return_url = Some("https://sil.example/".to_owned());
        registry
            .update_organization(&call(), ente.id, "Nuovo nome", OrganizationStatus::PreProduction, &profile)
            .await
            .unwrap();
        registry
            .update_type(&call(), ente.id, ente.free, NewType { active: false, ..new_type("TARI", true) })
            .await
            .unwrap();
        for (engine, refreshed) in [(&world.engine, true), (&replica, false), (&replica, true)] {
            if refreshed {
                engine.registry.refresh().await.unwrap();
            }
            let snapshot = engine.registry.snapshot();
            let found = snapshot.organization(ente.id).unwrap();
            assert_eq!(found.name == "Nuovo nome", refreshed);
            assert_eq!(found.profile == profile, refreshed);
            assert_eq!(found.status == OrganizationStatus::PreProduction, refreshed);
            assert_eq!(snapshot.debt_type(ente.id, ente.free).unwrap().active, !refreshed);
        }
        let nobody = engine::OrganizationId::new(7);
        let lost = registry
            .update_organization(&call(), nobody, "Nome", OrganizationStatus::Production, &profile)
            .await;
        assert!(matches!(lost, Err(RegistryError::NotFound(_))));
        let lost = registry.update_type(&call(), world.other.id, ente.free, new_type("TARI", false)).await;
        assert!(matches!(lost, Err(RegistryError::NotFound(_))), "a type of another ente");
        assert_eq!(world.events("organization.changed").await, 1);
        assert_eq!(world.events("type.changed").await, 1);
        world.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_at_once_are_all_in_the_registry() {
    for world in worlds().await {
        let engines = [world.engine.clone(), world.replica().await];
        let id = world.ente.id;
        at_once(16, |n| {
            let engine = engines[n % 2].clone();
            async move {
                engine.registry.create_type(&call(), id, new_type(&format!("T{n}"), false)).await.unwrap()
            }
        })
        .await;
        for engine in engines {
            engine.registry.refresh().await.unwrap();
            assert_eq!(engine.registry.snapshot().types_of(id).len(), 18);
        }
    }
}
