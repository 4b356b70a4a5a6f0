//! Permissions: one table from actor to what it may do, and where.

use crate::ids::OrganizationId;

/// Who is calling, once proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A management system of one ente (SIL), by its credential.
    Machine(OrganizationId),
    /// The national node, through one of our stations.
    Node,
    /// A person who logged in.
    User {
        /// Login name.
        username: String,
        /// What the person is here for.
        role: Role,
        /// The ente; none for staff of the intermediary.
        organization: Option<OrganizationId>,
    },
    /// The command line and scheduled work of the installation itself.
    System,
}

/// Roles of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Operator of an ente (tributi, ragioneria).
    Operator,
    /// Administrator of an ente.
    OrganizationAdmin,
    /// Staff of the intermediary.
    IntermediaryAdmin,
    /// Support: reads everything, changes nothing.
    Support,
}

impl Role {
    /// Every role, for completeness checks and seeds.
    pub const ALL: [Self; 4] =
        [Self::Operator, Self::OrganizationAdmin, Self::IntermediaryAdmin, Self::Support];

    /// The name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "OPERATOR",
            Self::OrganizationAdmin => "ORGANIZATION_ADMIN",
            Self::IntermediaryAdmin => "INTERMEDIARY_ADMIN",
            Self::Support => "SUPPORT",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether the role belongs to one ente.
    #[must_use]
    pub const fn of_an_organization(self) -> bool {
        matches!(self, Self::Operator | Self::OrganizationAdmin)
    }
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Read positions, carts, receipts.
    ReadPositions,
    /// Create, change, cancel positions; prepare carts.
    WritePositions,
    /// Verify, activate and settle on behalf of a PSP.
    SettlePayments,
    /// Read the configuration of an ente.
    ReadRegistry,
    /// Change attributes and types of an ente.
    WriteRegistry,
    /// Create enti, stations, credentials.
    Administer,
}

/// The actor may not do that there. Deliberately without detail: another ente's object does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not allowed")]
pub struct Denied;

/// Whether the actor may do this to what belongs to that ente.
///
/// # Errors
/// [`Denied`].
pub fn authorize(actor: &Actor, permission: Permission, organization: OrganizationId) -> Result<(), Denied> {
    use Permission::{
        Administer, ReadPositions, ReadRegistry, SettlePayments, WritePositions, WriteRegistry,
    };
    let allowed = match actor {
        Actor::System => true,
        Actor::Node => permission == SettlePayments,
        Actor::Machine(own) => {
            *own == organization && matches!(permission, ReadPositions | WritePositions | ReadRegistry)
        }
        Actor::User { role, organization: own, .. } => {
            let here = !role.of_an_organization() || *own == Some(organization);
            here && match role {
                Role::Operator => matches!(permission, ReadPositions | WritePositions | ReadRegistry),
                Role::OrganizationAdmin => {
                    matches!(permission, ReadPositions | WritePositions | ReadRegistry | WriteRegistry)
                }
                Role::IntermediaryAdmin => matches!(permission, ReadRegistry | WriteRegistry | Administer),
                Role::Support => matches!(permission, ReadPositions | ReadRegistry),
            }
        }
    };
    if allowed { Ok(()) } else { Err(Denied) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: OrganizationId = OrganizationId::new(1);
    const OTHER: OrganizationId = OrganizationId::new(2);
    const ALL: [Permission; 6] = [
        Permission::ReadPositions,
        Permission::WritePositions,
        Permission::SettlePayments,
        Permission::ReadRegistry,
        Permission::WriteRegistry,
        Permission::Administer,
    ];

    fn user(role: Role) -> Actor {
        let organization = role.of_an_organization().then_some(OWN);
        Actor::User { username: "u".to_owned(), role, organization }
    }

    #[test]
    fn nothing_of_another_ente_is_allowed_to_those_of_one() {
        for actor in [Actor::Machine(OWN), user(Role::Operator), user(Role::OrganizationAdmin)] {
            for permission in ALL {
                assert_eq!(authorize(&actor, permission, OTHER), Err(Denied), "{actor:?} {permission:?}");
            }
        }
    }

    #[test]
    fn only_the_node_settles_and_it_does_nothing_else() {
        for permission in ALL {
            let settles = permission == Permission::SettlePayments;
            assert_eq!(authorize(&Actor::Node, permission, OWN).is_ok(), settles);
            assert!(!settles || authorize(&Actor::Machine(OWN), permission, OWN).is_err());
        }
        for role in Role::ALL {
            assert_eq!(authorize(&user(role), Permission::SettlePayments, OWN), Err(Denied));
        }
    }

    #[test]
    fn support_changes_nothing() {
        for permission in [Permission::WritePositions, Permission::WriteRegistry, Permission::Administer] {
            assert_eq!(authorize(&user(Role::Support), permission, OWN), Err(Denied));
        }
    }
}
