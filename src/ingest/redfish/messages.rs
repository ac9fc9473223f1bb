//! What the message ids of DMTF's registries mean: which fault they speak of, and whether it begins or ends.
//!
//! <https://redfish.dmtf.org/registries/>: the pairs are the registries' own `ClearingLogic`. Messages that clear each
//! other are one fault in several degrees. An id that is not here goes by its severity.

use crate::domain::alarm::{AlarmSeverity, Kind};

#[derive(Debug, PartialEq, Eq)]
pub struct Meaning {
    pub problem: String,
    pub kind: Kind,
    /// The registry's own, for events that say none.
    pub severity: AlarmSeverity,
}

/// One fault: its registry, its name, and the message keys that warn of it, say that it is critical, or end it; the
/// name is left out where a key begins with it.
struct Fault(&'static str, &'static str, &'static str, &'static str, &'static str);

const FAULTS: [Fault; 34] = [
    Fault("Environmental", "Temperature", "Warning NoLongerCritical", "Critical", "Normal"),
    Fault("Environmental", "Humidity", "", "", "Normal"),
    Fault("Environmental", "FlowRate", "Warning NoLongerCritical", "Critical Fatal NoLongerFatal", "Normal"),
    Fault("Environmental", "Pressure", "Warning NoLongerCritical", "Critical", "Normal"),
    Fault("Environmental", "FluidLevel", "Warning NoLongerCritical", "Critical", "Normal"),
    Fault("Environmental", "FluidQuality", "Warning NoLongerCritical", "Critical", "Normal"),
    Fault("Environmental", "Fan", "Warning", "Failed", "Restored Removed"),
    Fault("Environmental", "FanGroup", "Warning", "Critical", "Normal"),
    Fault("Environmental", "LeakDetected", "Warning", "Critical", "Normal"),
    Fault("Environmental", "LeakDetector", "Failure Disconnected", "", "Connected Restored"),
    Fault("Environmental", "Pump", "", "Failed", "Restored Removed"),
    Fault("Environmental", "Filter", "RequiresService", "", "Restored Removed"),
    Fault("Environmental", "CoolingUnitGroup", "Warning", "Critical", "Normal"),
    Fault("Power", "Voltage", "Warning NoLongerCritical", "Critical", "Normal"),
    Fault("Power", "Current", "Warning NoLongerCritical", "Critical", "Normal"),
    Fault("Power", "Power", "Warning NoLongerCritical", "Critical", "Normal"),
    Fault("Power", "Frequency", "Warning NoLongerCritical", "Critical", "Normal"),
    Fault("Power", "PowerSupply", "Warning PredictiveFailure", "Failed Failure", "Restored Removed Inserted"),
    Fault("Power", "InputPower", "LossOfInputPower LineInputPowerFault", "", "LineInputPowerRestored"),
    Fault("Power", "PowerSupplyGroup", "Warning", "Critical", "Normal"),
    Fault("Power", "PowerDistributionGroup", "Warning", "Critical", "Normal"),
    Fault("Power", "Breaker", "", "Tripped Fault", "Reset"),
    Fault("SensorEvent", "Reading", "Warning NoLongerCritical", "Critical", "SensorReadingNormalRange"),
    Fault("SensorEvent", "Sensor", "Failure Disconnected InvalidSensorReading", "", "Restored Connected"),
    Fault("StorageDevice", "Controller", "Degraded", "Failure", "OK"),
    Fault("StorageDevice", "ControllerPort", "Degraded", "Failure", "OK"),
    Fault("StorageDevice", "ControllerPassword", "", "Required", "Accepted"),
    Fault("StorageDevice", "Drive", DRIVE[0], DRIVE[1], DRIVE[2]),
    Fault("StorageDevice", "Volume", "Degraded", "Failure Offline Offine", "OK OfflineCleared"),
    Fault("StorageDevice", "WriteCache", "TemporarilyDegraded", "Degraded", "Protected"),
    Fault("StorageDevice", "Battery", "Charging", "Missing Failure", "OK"),
    Fault("ResourceEvent", "Resource", RESOURCE[0], RESOURCE[1], RESOURCE[2]),
    Fault("ResourceEvent", "ResourceSelfTest", "", "Failed", "Completed"),
    Fault("Platform", "PCIeLink", "", "Down", "Restored"),
];

const DRIVE: [&str; 3] = [
    "PredictiveFailure PredictedMediaLifeLow",
    "Failure Removed Missing Offline",
    "OK Inserted FailureCleared PredictiveFailureCleared MissingCleared OfflineCleared",
];
const RESOURCE: [&str; 3] = [
    "StatusChangedWarning WarningThresholdExceeded ErrorsDetected",
    "StatusChangedCritical ErrorThresholdExceeded",
    "StatusChangedOK WarningThresholdCleared ErrorThresholdCleared ErrorsCorrected",
];

/// What every measured quantity says of its thresholds, after its name.
const WARNING_THRESHOLDS: [&str; 4] = [
    "AboveUpperCautionThreshold",
    "BelowLowerCautionThreshold",
    "BelowUpperCriticalThreshold",
    "AboveLowerCriticalThreshold",
];
const CRITICAL_THRESHOLDS: [&str; 6] = [
    "AboveUpperCriticalThreshold",
    "BelowLowerCriticalThreshold",
    "AboveUpperFatalThreshold",
    "BelowLowerFatalThreshold",
    "BelowUpperFatalThreshold",
    "AboveLowerFatalThreshold",
];

/// Messages that speak of no fault.
const OTHERS: [(&str, Kind); 2] =
    [("HeartbeatEvent.RedfishServiceFunctional", Kind::Heartbeat), ("ResourceEvent.TestMessage", Kind::Test)];

impl Meaning {
    pub fn of(code: &str) -> Self {
        let (registry, key) = code.split_once('.').unwrap_or_default();
        let fault = FAULTS.iter().find_map(|fault| fault.said_by(registry, key));
        let other = || OTHERS.iter().find(|(known, _)| *known == code).map(|(_, kind)| *kind);
        fault.unwrap_or_else(|| Self {
            problem: code.to_owned(),
            kind: other().unwrap_or(Kind::Raised),
            severity: AlarmSeverity::Unknown,
        })
    }
}

impl Fault {
    fn said_by(&self, registry: &str, key: &str) -> Option<Meaning> {
        let Self(of, name, warnings, criticals, ends) = self;
        if *of != registry {
            return None;
        }
        let rest = key.strip_prefix(name).unwrap_or_default();
        let among = |words: &str| words.split(' ').any(|word| !word.is_empty() && (word == rest || word == key));
        let (kind, severity) = if among(ends) {
            (Kind::Cleared, AlarmSeverity::Info)
        } else if among(criticals) || CRITICAL_THRESHOLDS.contains(&rest) {
            (Kind::Raised, AlarmSeverity::Critical)
        } else if among(warnings) || WARNING_THRESHOLDS.contains(&rest) {
            (Kind::Raised, AlarmSeverity::Warning)
        } else {
            return None;
        };
        Some(Meaning { problem: format!("{of}.{name}"), kind, severity })
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use serde_json::Value;

    use super::*;

    /// Says one thing where the registry does another: clears a message of another quantity.
    const MISTAKEN: &str = "FrequencyNoLongerCritical";

    #[test]
    fn the_table_agrees_with_the_registries_that_are_at_hand() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/machine/redfish/registries");
        let Ok(files) = fs::read_dir(folder) else {
            println!("skipped: there are no registries beside this repository");
            return;
        };
        let mut pairs = 0;
        for file in files {
            let registry: Value = serde_json::from_slice(&fs::read(file.unwrap().path()).unwrap()).unwrap();
            let prefix = registry["RegistryPrefix"].as_str().unwrap();
            // A task is somebody's wish, and no fault.
            if prefix == "TaskEvent" {
                continue;
            }
            for (key, message) in registry["Messages"].as_object().unwrap().iter().filter(|(key, _)| *key != MISTAKEN) {
                let ending = Meaning::of(&format!("{prefix}.{key}"));
                for cleared in message["ClearingLogic"]["ClearsMessage"].as_array().into_iter().flatten() {
                    let begun = Meaning::of(&format!("{prefix}.{}", cleared.as_str().unwrap()));
                    assert_eq!(ending.problem, begun.problem, "{key} clears {cleared}");
                    assert_eq!(message["MessageSeverity"] == "OK", ending.kind == Kind::Cleared, "{key}");
                    pairs += 1;
                }
            }
        }
        assert!(pairs > 200, "{pairs} pairs");
    }

    #[test]
    fn an_unknown_id_says_nothing_but_its_own_name() {
        for code in ["IDRAC.CPU0001", "NetworkDevice.CableRemoved", "CPU0001", ""] {
            assert_eq!(Meaning::of(code).kind, Kind::Raised);
            assert_eq!(Meaning::of(code).problem, code);
        }
    }
}
