//! The traps that are known here: those of the Stratus MIB, and the generic ones of every agent.
//!
//! STRATUS-MIB (enterprise 458): devices that change their state are told by numbers from 101 on, sensors that cross a
//! threshold from 201, the management itself from 301. <https://www.rfc-editor.org/rfc/rfc3418> has the generic ones.
//! A trap that is not here has neither a code nor a severity that we know.

use super::output::{Oid, Output};
use crate::domain::alarm::{AlarmSeverity, Kind};

pub const SYS_UP_TIME: &str = "1.3.6.1.2.1.1.3";
pub const SNMP_TRAP_OID: &str = "1.3.6.1.6.3.1.1.4.1";
pub const SNMP_TRAP_ADDRESS: &str = "1.3.6.1.6.3.18.1.3";
pub const SYSTEM_NAME: &str = "1.3.6.1.4.1.458.103.5";
pub const SERIAL: &str = "1.3.6.1.4.1.458.103.6";
const PATH: &str = "1.3.6.1.4.1.458.105.3.1";
const CLASS: &str = "1.3.6.1.4.1.458.105.3.2";
const STATE: &str = "1.3.6.1.4.1.458.105.3.3";
const REASON: &str = "1.3.6.1.4.1.458.105.3.4";
const THRESHOLD: &str = "1.3.6.1.4.1.458.105.3.5";
const DESCRIPTION: &str = "1.3.6.1.4.1.458.105.3.8";
const INTERFACE: &str = "1.3.6.1.2.1.2.2.1.1";

/// Names that snmptrapd prints where it has the MIB.
const NAMES: [(&str, &str); 21] = [
    ("iso", "1"),
    ("internet", "1.3.6.1"),
    ("mib-2", "1.3.6.1.2.1"),
    ("sysUpTime", SYS_UP_TIME),
    ("sysUpTimeInstance", "1.3.6.1.2.1.1.3.0"),
    ("ifIndex", INTERFACE),
    ("enterprises", "1.3.6.1.4.1"),
    ("stratus", "1.3.6.1.4.1.458"),
    ("sraSiSystemName", SYSTEM_NAME),
    ("sraSiSystemSerialNumber", SERIAL),
    ("ftsmTrapId", "1.3.6.1.4.1.458.105.2"),
    ("ftsmTrapDataDevicePathId", PATH),
    ("ftsmTrapDataDeviceClassname", CLASS),
    ("ftsmTrapDataNewState", STATE),
    ("ftsmTrapDataNewReason", REASON),
    ("ftsmTrapDataNewThreshold", THRESHOLD),
    ("ftsmTrapDataEventDescription", DESCRIPTION),
    ("snmpModules", "1.3.6.1.6.3"),
    ("snmpTraps", GENERIC),
    ("snmpTrapOID", SNMP_TRAP_OID),
    ("snmpTrapAddress", SNMP_TRAP_ADDRESS),
];

const GENERIC: &str = "1.3.6.1.6.3.1.1.5";
const STRATUS: &str = "1.3.6.1.4.1.458.105.2.0";

#[derive(Debug, PartialEq, Eq)]
pub struct Trap {
    tree: &'static str,
    number: u32,
    pub name: &'static str,
    kind: Kind,
    severity: AlarmSeverity,
    /// Traps about one device or one sensor are about one fault: it is worse, better, or over.
    pub problem: &'static str,
}

const fn row(
    tree: &'static str,
    number: u32,
    name: &'static str,
    kind: Kind,
    severity: AlarmSeverity,
    problem: &'static str,
) -> Trap {
    Trap { tree, number, name, kind, severity, problem }
}

const DEVICE: &str = "device state";
const SENSOR: &str = "sensor threshold";

const TRAPS: [Trap; 20] = [
    row(STRATUS, 101, "ftsmTrapEnterBrokenState", Kind::Raised, AlarmSeverity::Error, DEVICE),
    row(STRATUS, 102, "ftsmTrapLeaveBrokenState", Kind::Cleared, AlarmSeverity::Info, DEVICE),
    row(STRATUS, 103, "ftsmTrapEnterOnlineState", Kind::Cleared, AlarmSeverity::Info, DEVICE),
    row(STRATUS, 104, "ftsmTrapLeaveOnlineState", Kind::Raised, AlarmSeverity::Warning, DEVICE),
    row(STRATUS, 105, "ftsmTrapEnterOutOfServiceState", Kind::Raised, AlarmSeverity::Warning, DEVICE),
    row(STRATUS, 106, "ftsmTrapLeaveOutOfServiceState", Kind::Cleared, AlarmSeverity::Info, DEVICE),
    row(STRATUS, 201, "ftsmTrapImprove2Normal", Kind::Cleared, AlarmSeverity::Info, SENSOR),
    row(STRATUS, 202, "ftsmTrapImprove2Warning", Kind::Raised, AlarmSeverity::Warning, SENSOR),
    row(STRATUS, 203, "ftsmTrapImprove2Critical", Kind::Raised, AlarmSeverity::Error, SENSOR),
    row(STRATUS, 204, "ftsmTrapUnavailable", Kind::Raised, AlarmSeverity::Info, "sensor unavailable"),
    row(STRATUS, 205, "ftsmTrapWorse2Fatal", Kind::Raised, AlarmSeverity::Critical, SENSOR),
    row(STRATUS, 206, "ftsmTrapWorse2Critical", Kind::Raised, AlarmSeverity::Error, SENSOR),
    row(STRATUS, 207, "ftsmTrapWorse2Warning", Kind::Raised, AlarmSeverity::Warning, SENSOR),
    row(STRATUS, 301, "ftsmTrapMgmtServiceFailure", Kind::Raised, AlarmSeverity::Error, "management service"),
    row(STRATUS, 302, "ftsmTrapUnsentAlarm", Kind::Raised, AlarmSeverity::Warning, "unsent alarm"),
    row(GENERIC, 1, "coldStart", Kind::Raised, AlarmSeverity::Info, "start"),
    row(GENERIC, 2, "warmStart", Kind::Raised, AlarmSeverity::Info, "start"),
    row(GENERIC, 3, "linkDown", Kind::Raised, AlarmSeverity::Warning, "link"),
    row(GENERIC, 4, "linkUp", Kind::Cleared, AlarmSeverity::Info, "link"),
    row(GENERIC, 5, "authenticationFailure", Kind::Raised, AlarmSeverity::Info, "authentication"),
];

const STATE_PREFIX: &str = "sraFtsm-state-";
const STATES: [(&str, u32); 22] = [
    ("empty", 65_536),
    ("not-present", 65_560),
    ("removed", 131_073),
    ("dumping", 131_076),
    ("diagnostics-passed", 131_078),
    ("initializing", 131_079),
    ("syncing", 131_080),
    ("firmware-update", 131_081),
    ("offline", 131_082),
    ("device-ready", 131_083),
    ("stopped", 131_084),
    ("stop-pending", 131_085),
    ("remove-pending", 131_086),
    ("surprise-removal", 131_087),
    ("firmware-update-complete", 131_088),
    ("diagnostics", 262_149),
    ("online", 524_308),
    ("simplex", 524_309),
    ("duplex", 1_572_886),
    ("triplex", 1_572_887),
    ("shot", 2_097_154),
    ("broken", 2_097_155),
];

/// A device that leaves one bad state for one of these is not well yet.
const STILL_BAD: [&str; 6] = ["removed", "offline", "stopped", "surprise-removal", "shot", "broken"];

const REASON_PREFIX: &str = "sraFtsm-reason-";
const REASONS: [(&str, u32); 18] = [
    ("none", 0),
    ("below-mtbf", 1),
    ("diagnostics-failed", 2),
    ("hardware-incompatible", 3),
    ("holding-dump", 4),
    ("bringup-failed", 5),
    ("parent-broken", 6),
    ("media-disconnect", 7),
    ("firmware-burn-fail", 8),
    ("firmware-file-not-found", 9),
    ("firmware-file-error", 10),
    ("firmware-prom-error", 11),
    ("autoburn-disabled", 12),
    ("idprom-read-error", 13),
    ("primary", 14),
    ("secondary", 15),
    ("parent-empty", 16),
    ("deferred-bringup", 17),
];

const THRESHOLD_PREFIX: &str = "sraFtsm-sensor-status-";
const THRESHOLDS: [(&str, u32); 8] = [
    ("unavailable", 0),
    ("normal", 1),
    ("below-warning", 2),
    ("below-critical", 3),
    ("above-warning", 4),
    ("above-critical", 5),
    ("below-fatal", 6),
    ("above-fatal", 7),
];

/// The number of a name, if it is known; a trap's own name too.
pub fn number_of(name: &str) -> Option<String> {
    let trap = || TRAPS.iter().find(|trap| trap.name == name).map(|trap| format!("{}.{}", trap.tree, trap.number));
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, number)| (*number).to_owned()).or_else(trap)
}

/// What a trap says of the part it is about.
#[derive(Debug, Default)]
pub struct Part {
    pub path: String,
    class: String,
    pub state: Option<String>,
    pub reason: Option<String>,
    threshold: Option<String>,
    description: String,
}

impl Part {
    pub fn of(output: &Output) -> Self {
        let text = |number: &str| output.value(number).unwrap_or_default();
        let path = text(PATH);
        Self {
            path: if path.is_empty() { text(INTERFACE) } else { path },
            class: text(CLASS),
            state: output.choice(STATE, &STATES, STATE_PREFIX),
            reason: output.choice(REASON, &REASONS, REASON_PREFIX).filter(|reason| reason != "none"),
            threshold: output.choice(THRESHOLD, &THRESHOLDS, THRESHOLD_PREFIX),
            description: text(DESCRIPTION),
        }
    }

    /// `SRA_EthernetAdapter` is an Ethernet adapter.
    fn title(&self, otherwise: &str) -> String {
        let mut words = String::new();
        for letter in self.class.trim_start_matches("SRA_").chars() {
            if letter.is_uppercase() && words.ends_with(char::is_lowercase) {
                words.push(' ');
                words.extend(letter.to_lowercase());
            } else {
                words.push(letter);
            }
        }
        let words = if words.is_empty() { otherwise } else { &words };
        format!("{words} {}", self.path).trim_end().to_owned()
    }
}

impl Trap {
    /// v1 traps come as enterprise, 0, number; some senders of v2 leave the 0 out.
    pub fn of(id: &Oid) -> Option<&'static Self> {
        let id = id.to_string();
        TRAPS.iter().find(|trap| {
            let tree = id.strip_suffix(&format!(".{}", trap.number));
            tree.is_some_and(|tree| tree == trap.tree || trap.tree.strip_suffix(".0") == Some(tree))
        })
    }

    pub fn says(&self, part: &Part) -> (Kind, AlarmSeverity) {
        let bad = part.state.as_deref().is_some_and(|state| STILL_BAD.contains(&state));
        if self.problem == DEVICE && self.kind == Kind::Cleared && bad {
            return (Kind::Raised, AlarmSeverity::Warning);
        }
        (self.kind, self.severity)
    }

    /// Only of a device: every sensor is simplex, and that says nothing about the system.
    pub fn tells_state(&self) -> bool {
        self.problem == DEVICE
    }

    pub fn summary(&self, part: &Part) -> String {
        let plain = |text: &str| text.replace('-', " ");
        if !part.description.is_empty() {
            return super::first_line(&part.description).to_owned();
        }
        let reason = part.reason.as_deref().map(|reason| format!(": {}", plain(reason))).unwrap_or_default();
        match (self.problem, part.state.as_deref(), part.threshold.as_deref()) {
            (SENSOR, _, Some("normal")) => format!("{} is normal again", part.title("Sensor")),
            (SENSOR, _, Some(threshold)) if threshold.contains('-') => {
                format!("{} is {} threshold", part.title("Sensor"), threshold.replace('-', " its "))
            }
            (DEVICE, Some(state), _) => format!("{} is {}{reason}", part.title("Device"), plain(state)),
            (DEVICE | SENSOR, ..) => format!("{} reports {}", part.title("Part"), self.name),
            ("link", ..) => format!("{} on interface {}", self.name, part.path),
            _ => self.name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_trap_of_the_mib_is_known() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/machine/trap_catalogue.csv");
        let Ok(catalogue) = fs::read_to_string(file) else {
            println!("skipped: there is no catalogue of traps beside this repository");
            return;
        };
        let rows: Vec<_> = catalogue.lines().filter(|line| line.starts_with("STRATUS-MIB,")).collect();
        assert_eq!(rows.len(), 15);
        for row in rows {
            let cells: Vec<_> = row.split(',').collect();
            let known = Trap::of(&Oid::read(&format!("1.3.6.1.4.1.458.105.2.0.{}", cells[4]))).unwrap();
            assert_eq!(known.name, cells[1]);
            assert_eq!(Trap::of(&Oid::read(cells[1])), Some(known));
        }
    }

    #[test]
    fn a_device_that_only_changes_its_trouble_is_not_well() {
        let leave = TRAPS.iter().find(|trap| trap.number == 106).unwrap();
        let part = |state: &str| Part { state: Some(state.to_owned()), ..Part::default() };
        assert_eq!(leave.says(&part("broken")), (Kind::Raised, AlarmSeverity::Warning));
        assert_eq!(leave.says(&part("duplex")).0, Kind::Cleared);
    }
}
