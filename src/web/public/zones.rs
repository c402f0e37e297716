//! The time zones that the sign-up offers: one for each clock that many people live by, so that the list is short.
//!
//! A reader's own page lists all there are; any IANA name is taken from a form.

/// By region, from west to east.
const ZONES: &[(&str, &[&str])] = &[
    (
        "America",
        &[
            "Pacific/Honolulu",
            "America/Anchorage",
            "America/Los_Angeles",
            "America/Phoenix",
            "America/Denver",
            "America/Chicago",
            "America/Mexico_City",
            "America/New_York",
            "America/Bogota",
            "America/Lima",
            "America/Caracas",
            "America/Halifax",
            "America/Santiago",
            "America/St_Johns",
            "America/Sao_Paulo",
            "America/Argentina/Buenos_Aires",
        ],
    ),
    (
        "Europe",
        &[
            "Atlantic/Reykjavik",
            "Europe/Lisbon",
            "Europe/London",
            "Europe/Dublin",
            "Europe/Madrid",
            "Europe/Paris",
            "Europe/Brussels",
            "Europe/Zurich",
            "Europe/Berlin",
            "Europe/Rome",
            "Europe/Vienna",
            "Europe/Warsaw",
            "Europe/Athens",
            "Europe/Helsinki",
            "Europe/Kyiv",
            "Europe/Istanbul",
            "Europe/Minsk",
            "Europe/Moscow",
        ],
    ),
    ("Africa", &["Africa/Casablanca", "Africa/Lagos", "Africa/Cairo", "Africa/Johannesburg", "Africa/Nairobi"]),
    (
        "Asia",
        &[
            "Asia/Jerusalem",
            "Asia/Tbilisi",
            "Asia/Yerevan",
            "Asia/Dubai",
            "Asia/Karachi",
            "Asia/Yekaterinburg",
            "Asia/Almaty",
            "Asia/Kolkata",
            "Asia/Dhaka",
            "Asia/Novosibirsk",
            "Asia/Bangkok",
            "Asia/Shanghai",
            "Asia/Hong_Kong",
            "Asia/Singapore",
            "Asia/Tokyo",
            "Asia/Vladivostok",
        ],
    ),
    (
        "Australia, Pacific",
        &["Australia/Perth", "Australia/Adelaide", "Australia/Brisbane", "Australia/Sydney", "Pacific/Auckland"],
    ),
];

/// A region of the list.
pub(super) struct Region {
    pub name: &'static str,
    pub zones: Vec<Zone>,
}

pub(super) struct Zone {
    /// The IANA name.
    pub name: &'static str,
    /// `Buenos Aires`
    pub city: String,
    pub is_chosen: bool,
}

pub(super) fn regions(chosen: &str) -> Vec<Region> {
    let zone = |name: &'static str| {
        let city = name.rsplit('/').next().unwrap_or(name).replace('_', " ");
        Zone { name, city, is_chosen: name == chosen }
    };
    ZONES.iter().map(|(name, zones)| Region { name, zones: zones.iter().copied().map(zone).collect() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_is_one_that_the_verb_knows() {
        let zones: Vec<&str> = regions("").iter().flat_map(|it| it.zones.iter().map(|zone| zone.name)).collect();
        assert!(zones.iter().all(|name| name.parse::<chrono_tz::Tz>().is_ok_and(|zone| zone.name() == *name)));
        let chosen: Vec<bool> =
            regions("Europe/Kyiv").iter().flat_map(|it| it.zones.iter().map(|zone| zone.is_chosen)).collect();
        assert_eq!(chosen.iter().filter(|it| **it).count(), 1);
    }
}
