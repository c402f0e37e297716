//! Which group a recipient's domain belongs to: the operator's word first, then the list of known providers.
//!
//! Group 0 is [`OTHER`]. The numbers hold for one process and one configuration; what is stored is the name.

use crate::config::{BUILT_IN_GROUPS, Config, GroupConfig, OTHER};
use std::collections::{BTreeMap, HashMap};

/// A group's place in [`Groups`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct GroupId(pub u16);

impl GroupId {
    pub const OTHER: Self = Self(0);

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

pub struct Groups {
    names: Vec<String>,
    /// What the operator wrote, group by group.
    configs: Vec<Option<GroupConfig>>,
    by_domain: BTreeMap<String, GroupId>,
    by_name: HashMap<String, GroupId>,
}

impl Groups {
    pub fn new(config: &Config) -> Self {
        Self::of(&config.groups)
    }

    pub(super) fn of(configs: &[GroupConfig]) -> Self {
        let mut groups =
            Self { names: Vec::new(), configs: Vec::new(), by_domain: BTreeMap::new(), by_name: HashMap::new() };
        groups.add(OTHER);
        for (name, domains) in BUILT_IN_GROUPS {
            let id = groups.add(name);
            groups.by_domain.extend(domains.iter().map(|domain| ((*domain).to_owned(), id)));
        }
        for config in configs {
            let id = groups.add(&config.name);
            groups.by_domain.extend(config.domains.iter().map(|domain| (domain.clone(), id)));
            if let Some(kept) = groups.configs.get_mut(id.index()) {
                *kept = Some(config.clone());
            }
        }
        groups
    }

    fn add(&mut self, name: &str) -> GroupId {
        if let Some(id) = self.by_name.get(name) {
            return *id;
        }
        // The configuration holds far fewer.
        let id = GroupId(u16::try_from(self.names.len()).unwrap_or(u16::MAX));
        self.names.push(name.to_owned());
        self.configs.push(None);
        self.by_name.insert(name.to_owned(), id);
        id
    }

    /// The group of a recipient's domain, however it is written.
    pub fn group_of(&self, domain: &str) -> &str {
        self.name(self.id_of(domain))
    }

    pub fn id_of(&self, domain: &str) -> GroupId {
        let found = match domain.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => self.by_domain.get(&domain.to_ascii_lowercase()),
            false => self.by_domain.get(domain),
        };
        found.copied().unwrap_or(GroupId::OTHER)
    }

    /// The group of this name; [`GroupId::OTHER`] for one that the configuration no longer has.
    pub fn named(&self, name: &str) -> GroupId {
        self.find(name).unwrap_or(GroupId::OTHER)
    }

    pub fn find(&self, name: &str) -> Option<GroupId> {
        self.by_name.get(name).copied()
    }

    pub fn name(&self, id: GroupId) -> &str {
        self.names.get(id.index()).map_or(OTHER, String::as_str)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// `(domain, group)` for every domain that is in a group, by domain: the seal joins them in SQL.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.by_domain.iter().map(|(domain, id)| (domain.as_str(), self.name(*id))).collect()
    }

    pub(super) fn config(&self, index: usize) -> Option<&GroupConfig> {
        self.configs.get(index).and_then(Option::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(toml: &str) -> Groups {
        #[derive(serde::Deserialize)]
        struct File {
            group: Vec<GroupConfig>,
        }
        let file: File = toml::from_str(toml).unwrap();
        Groups::of(&file.group)
    }

    #[test]
    fn known_domains_have_their_provider_and_the_rest_is_other() {
        let groups = Groups::of(&[]);
        for (domain, name) in [
            ("gmail.com", "gmail"),
            ("GoogleMail.com", "gmail"),
            ("hotmail.co.uk", "outlook"),
            ("live.com.au", "outlook"),
            ("yahoo.fr", "yahoo"),
            ("yahoo.co.jp", "yahoo-japan"),
            ("aol.com", "yahoo"),
            ("me.com", "icloud"),
            ("web.de", "gmx"),
            ("wanadoo.fr", "orange"),
            ("163.com", "netease"),
            ("mail.example", "other"),
            ("gmail.com.example", "other"),
            ("", "other"),
        ] {
            assert_eq!(groups.group_of(domain), name, "{domain}");
        }
        assert_eq!(groups.named("gone"), GroupId::OTHER);
        assert_eq!(groups.name(GroupId(u16::MAX)), "other");
    }

    #[test]
    fn the_operators_word_stands_above_the_list() {
        let text = "[[group]]\nname = 'town'\ndomains = ['town.example', 'web.de']\n[[group]]\nname = 'gmail'\ndomains = ['paper.example']\nrate = 7\n";
        let groups = groups(text);
        assert_eq!(groups.group_of("web.de"), "town");
        assert_eq!(groups.group_of("gmx.de"), "gmx");
        assert_eq!(groups.group_of("paper.example"), "gmail");
        assert_eq!(groups.config(groups.named("gmail").index()).map(|it| it.rate), Some(7));
        let pairs = groups.pairs();
        assert!(pairs.contains(&("web.de", "town")) && !pairs.contains(&("web.de", "gmx")));
        assert!(pairs.is_sorted() && pairs.iter().all(|(_, group)| *group != "other"));
    }
}
