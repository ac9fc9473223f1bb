use super::places::SiteWords;

/// Code, name, region and the zone of most people there, for the countries that such logs name.
const COUNTRIES: [(&str, &str, &str, &str); 48] = [
    ("AE", "United Arab Emirates", "EMEA", "Asia/Dubai"),
    ("AR", "Argentina", "AMER", "America/Argentina/Buenos_Aires"),
    ("AT", "Austria", "EMEA", "Europe/Vienna"),
    ("AU", "Australia", "APAC", "Australia/Sydney"),
    ("BE", "Belgium", "EMEA", "Europe/Brussels"),
    ("BR", "Brazil", "AMER", "America/Sao_Paulo"),
    ("CA", "Canada", "AMER", "America/Toronto"),
    ("CH", "Switzerland", "EMEA", "Europe/Zurich"),
    ("CL", "Chile", "AMER", "America/Santiago"),
    ("CN", "China", "APAC", "Asia/Shanghai"),
    ("CO", "Colombia", "AMER", "America/Bogota"),
    ("CZ", "Czechia", "EMEA", "Europe/Prague"),
    ("DE", "Germany", "EMEA", "Europe/Berlin"),
    ("DK", "Denmark", "EMEA", "Europe/Copenhagen"),
    ("EE", "Estonia", "EMEA", "Europe/Tallinn"),
    ("ES", "Spain", "EMEA", "Europe/Madrid"),
    ("FI", "Finland", "EMEA", "Europe/Helsinki"),
    ("FR", "France", "EMEA", "Europe/Paris"),
    ("GB", "United Kingdom", "EMEA", "Europe/London"),
    ("GR", "Greece", "EMEA", "Europe/Athens"),
    ("HK", "Hong Kong", "APAC", "Asia/Hong_Kong"),
    ("HU", "Hungary", "EMEA", "Europe/Budapest"),
    ("ID", "Indonesia", "APAC", "Asia/Jakarta"),
    ("IE", "Ireland", "EMEA", "Europe/Dublin"),
    ("IN", "India", "APAC", "Asia/Kolkata"),
    ("IT", "Italy", "EMEA", "Europe/Rome"),
    ("JP", "Japan", "APAC", "Asia/Tokyo"),
    ("KR", "Korea", "APAC", "Asia/Seoul"),
    ("MA", "Morocco", "EMEA", "Africa/Casablanca"),
    ("MX", "Mexico", "AMER", "America/Mexico_City"),
    ("MY", "Malaysia", "APAC", "Asia/Kuala_Lumpur"),
    ("NL", "Netherlands", "EMEA", "Europe/Amsterdam"),
    ("NO", "Norway", "EMEA", "Europe/Oslo"),
    ("NZ", "New Zealand", "APAC", "Pacific/Auckland"),
    ("PE", "Peru", "AMER", "America/Lima"),
    ("PL", "Poland", "EMEA", "Europe/Warsaw"),
    ("PT", "Portugal", "EMEA", "Europe/Lisbon"),
    ("RO", "Romania", "EMEA", "Europe/Bucharest"),
    ("RU", "Russia", "EMEA", "Europe/Moscow"),
    ("SE", "Sweden", "EMEA", "Europe/Stockholm"),
    ("SG", "Singapore", "APAC", "Asia/Singapore"),
    ("SK", "Slovakia", "EMEA", "Europe/Bratislava"),
    ("TH", "Thailand", "APAC", "Asia/Bangkok"),
    ("TR", "Turkey", "EMEA", "Europe/Istanbul"),
    ("TW", "Taiwan", "APAC", "Asia/Taipei"),
    ("US", "United States", "AMER", "America/New_York"),
    ("VN", "Vietnam", "APAC", "Asia/Ho_Chi_Minh"),
    ("ZA", "South Africa", "EMEA", "Africa/Johannesburg"),
];

/// The code that the world has set aside for “no country”.
pub const NOWHERE: &str = "ZZ";

/// The site for a country as the log spells it: `se` and `SE` are one.
pub fn site(spelling: &str) -> SiteWords {
    match find(spelling) {
        Some((code, name, region, zone)) => SiteWords::new(code, name, code, region, zone),
        None => SiteWords::new("unknown", "Country not known", NOWHERE, "EMEA", "Etc/UTC"),
    }
}

pub fn is_known(spelling: &str) -> bool {
    find(spelling).is_some()
}

/// The region of a country, if we know the country.
pub fn region(spelling: &str) -> Option<&'static str> {
    find(spelling).map(|(_, _, region, _)| region)
}

fn find(spelling: &str) -> Option<(&'static str, &'static str, &'static str, &'static str)> {
    let code = spelling.trim();
    COUNTRIES.into_iter().find(|country| country.0.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_zone_that_exists() {
        for (code, _, _, zone) in COUNTRIES {
            assert!(jiff::tz::TimeZone::get(zone).is_ok(), "{code}: {zone}");
        }
    }

    #[test]
    fn a_country_is_the_same_in_any_spelling() {
        assert_eq!(site("se"), site("SE"));
        assert!(!is_known("0") && is_known("tr"));
        assert_eq!(site("0").zone, "Etc/UTC");
    }
}
