//! What people look for: names, frequent words, rare ones, and several at once.

/// Words of the stories that calls are made of.
const FREQUENT: [&str; 12] = [
    "fan",
    "disk",
    "power",
    "memory",
    "threshold",
    "backup",
    "mirror",
    "license",
    "replaced",
    "network",
    "slow",
    "firmware",
];
const TOGETHER: [&str; 8] = [
    "fan+threshold",
    "power+supply",
    "%22power+supply%22",
    "mirror+broken+status:closed",
    "network+port+sev:3",
    "backup+-window",
    "disk+replaced",
    "therm*",
];

/// In turn: a frequent word, two words, a number, a serial with a word, a word that one call has.
pub fn words_to_ask(calls: &[String], systems: &[String]) -> Vec<String> {
    let names = calls.iter().zip(systems.iter().cycle());
    let of = |(n, (call, system)): (usize, (&String, &String))| match n % 5 {
        0 => FREQUENT[n / 5 % FREQUENT.len()].to_owned(),
        1 => TOGETHER[n / 5 % TOGETHER.len()].to_owned(),
        2 => call.clone(),
        3 => format!("{system}+{}", FREQUENT[n / 5 % FREQUENT.len()]),
        _ => format!("x{n:08x}"),
    };
    names.enumerate().map(of).collect()
}
