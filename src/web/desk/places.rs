//! Where one can be at the desk: the pages of its navigation, in groups.

use crate::operators::{Actor, Permission};

/// A page of the navigation; pages below it (one edition, one subscriber) are at the same place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::web) enum Place {
    Tonight,
    Editions,
    Calendar,
    Corrections,
    Subscribers,
    Suppressions,
    Growth,
    Publications,
    Sources,
    Forms,
    Doctor,
    Relays,
    Jobs,
    Backups,
    Webhooks,
    People,
    Keys,
    Trail,
    /// The logged-in person's own; reached by the name in the bar.
    Account,
    /// Reached by the foot of every page.
    Help,
}

/// One entry of the bar or of the tabs.
pub(in crate::web) struct NavLink {
    pub label: &'static str,
    pub path: &'static str,
    pub is_current: bool,
}

struct Group {
    label: &'static str,
    places: &'static [Place],
}

/// What one does every evening stands first.
const GROUPS: &[Group] = &[
    Group { label: "Tonight", places: &[Place::Tonight] },
    Group { label: "Editions", places: &[Place::Editions, Place::Calendar, Place::Corrections] },
    Group { label: "Subscribers", places: &[Place::Subscribers, Place::Suppressions, Place::Growth] },
    Group { label: "Set-up", places: &[Place::Publications, Place::Sources, Place::Forms] },
    Group {
        label: "House",
        places: &[
            Place::Doctor,
            Place::Relays,
            Place::Jobs,
            Place::Backups,
            Place::Webhooks,
            Place::People,
            Place::Keys,
            Place::Trail,
        ],
    },
];

impl Place {
    /// Label and path.
    const fn sign(self) -> (&'static str, &'static str) {
        match self {
            Self::Tonight => ("Tonight", "/desk"),
            Self::Editions => ("All editions", "/desk/editions"),
            Self::Calendar => ("Calendar", "/desk/calendar"),
            Self::Corrections => ("Corrections", "/desk/corrections"),
            Self::Subscribers => ("Subscribers", "/desk/subscribers"),
            Self::Suppressions => ("Suppressions", "/desk/suppressions"),
            Self::Growth => ("Growth", "/desk/growth"),
            Self::Publications => ("Publications", "/desk/publications"),
            Self::Sources => ("Sources", "/desk/sources"),
            Self::Forms => ("Sign-up forms", "/desk/forms"),
            Self::Doctor => ("Checks", "/desk/doctor"),
            Self::Relays => ("Relays", "/desk/relays"),
            Self::Jobs => ("Jobs", "/desk/jobs"),
            Self::Backups => ("Backups", "/desk/backups"),
            Self::Webhooks => ("Webhooks", "/desk/webhooks"),
            Self::People => ("People", "/desk/people"),
            Self::Keys => ("API keys", "/desk/keys"),
            Self::Trail => ("Trail", "/desk/trail"),
            Self::Account => ("Your account", "/desk/account"),
            Self::Help => ("Help", "/desk/help"),
        }
    }

    /// Whether a page's door is open at all to this person; it is left out of the navigation otherwise.
    fn is_open_to(self, actor: Actor) -> bool {
        let needs = match self {
            Self::People | Self::Keys => Permission::ManageAccounts,
            _ => Permission::View,
        };
        actor.require(needs).is_ok()
    }

    /// The bar of groups, and the tabs of the group that this place is in (none where it is alone there).
    pub(in crate::web) fn navigation(self, actor: Actor) -> (Vec<NavLink>, Vec<NavLink>) {
        let open = |group: &Group| -> Vec<Place> {
            group.places.iter().copied().filter(|place| place.is_open_to(actor)).collect()
        };
        let mut bar = Vec::new();
        let mut tabs = Vec::new();
        for group in GROUPS {
            let places = open(group);
            let Some(first) = places.first() else { continue };
            let is_current = places.contains(&self);
            bar.push(NavLink { label: group.label, path: first.sign().1, is_current });
            if is_current && places.len() > 1 {
                tabs = places
                    .iter()
                    .map(|place| {
                        let (label, path) = place.sign();
                        NavLink { label, path, is_current: *place == self }
                    })
                    .collect();
            }
        }
        (bar, tabs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::{OperatorId, Role};

    #[test]
    fn the_bar_shows_where_one_is_and_the_tabs_what_is_beside() {
        let viewer = Actor::Operator { id: OperatorId(1), role: Role::Viewer };
        let (bar, tabs) = Place::Calendar.navigation(viewer);
        let current: Vec<&str> = bar.iter().filter(|it| it.is_current).map(|it| it.label).collect();
        assert_eq!(current, ["Editions"]);
        assert_eq!(tabs.iter().map(|it| it.label).collect::<Vec<_>>(), ["All editions", "Calendar", "Corrections"]);
        assert!(Place::Tonight.navigation(viewer).1.is_empty());
        assert!(Place::Account.navigation(viewer).0.iter().all(|it| !it.is_current));
    }

    #[test]
    fn nobody_is_led_to_a_door_that_is_shut() {
        let has_people = |role| {
            let (_, tabs) = Place::Doctor.navigation(Actor::Operator { id: OperatorId(1), role });
            tabs.iter().any(|it| it.label == "People")
        };
        assert!(has_people(Role::Admin) && !has_people(Role::Editor));
    }
}
