//! SNMP traps as snmptrapd hands them to a program: `traphandle default …`, which may be one line of curl.
//!
//! <http://www.net-snmp.org/docs/man/snmptrapd.conf.html>, NOTIFICATION PROCESSING: the name of the sender, its
//! address, then each variable with its value.

mod output;
mod traps;

use std::{collections::BTreeMap, net::IpAddr};

use jiff::Timestamp;

use self::{
    output::{Oid, Output},
    traps::{Part, Trap},
};
use super::{Piece, Read, Sender, blank, digest, first_line, nickname, serial, tidy, unusable};
use crate::domain::alarm::{Alarm, Kind, SystemName};

/// Which address is which system, as the forwarding handler's owner says it.
pub type Addresses = BTreeMap<IpAddr, String>;

pub fn read(body: &[u8], addresses: &Addresses, sender: Sender<'_>, now: Timestamp) -> Read<Vec<Piece>> {
    let text = String::from_utf8_lossy(body);
    let output = Output::read(&text)?;
    let Some(id) = output.oid_value(traps::SNMP_TRAP_OID) else {
        return unusable("This is not what snmptrapd hands on: no line says which trap it is (snmpTrapOID.0).");
    };
    let alarm = alarm(&id, &output, addresses, sender, now);
    let source_id = message_id(&output, body, now);
    let read = Ok(tidy(Alarm { source_id, body: body.to_vec(), ..alarm }));
    Ok(vec![Piece { read, body: body.to_vec() }])
}

fn alarm(id: &Oid, output: &Output, addresses: &Addresses, sender: Sender<'_>, now: Timestamp) -> Alarm {
    let trap = Trap::of(id);
    let part = Part::of(output);
    let names_system = system(output, addresses);
    let agent = agent(output).map_or_else(|| output.host.clone(), |address| address.to_string());
    let plain = Alarm {
        source: format!("/sites/{}/snmp/{agent}", sender.site_code),
        code: id.to_string(),
        summary: format!("SNMP trap {id}"),
        problem: id.to_string(),
        names_system,
        ..blank("snmp", Kind::Raised, now)
    };
    let Some(trap) = trap else { return plain };
    let (kind, severity) = trap.says(&part);
    Alarm {
        kind,
        code: trap.name.to_owned(),
        severity,
        component: part.path.clone(),
        summary: trap.summary(&part),
        problem: trap.problem.to_owned(),
        state: trap.tells_state().then(|| part.state.clone()).flatten(),
        reason: part.reason.clone(),
        ..plain
    }
}

/// The serial among the variables; else the address of the agent itself, which a proxy puts into the trap, or of
/// whoever sent it; else the name it goes by.
fn system(output: &Output, addresses: &Addresses) -> Option<SystemName> {
    if let Some(named) = output.value(traps::SERIAL).and_then(|value| serial(&value)) {
        return Some(named);
    }
    let (agent, sent_from) = (agent(output), output.address);
    if let Some(known) = agent.or(sent_from).and_then(|address| addresses.get(&address)) {
        return serial(known);
    }
    let by_name = output.value(traps::SYSTEM_NAME).and_then(|name| nickname(&name));
    by_name.or_else(|| match agent {
        Some(agent) if Some(agent) != sent_from => Some(SystemName::Nickname(agent.to_string())),
        _ => host(output),
    })
}

/// The host that snmptrapd has found for the address; its own is the forwarder, or nobody.
fn host(output: &Output) -> Option<SystemName> {
    let named = !output.host.is_empty() && output.host != "localhost" && output.host != "<UNKNOWN>";
    let short = output.host.split('.').next().filter(|_| output.host.parse::<IpAddr>().is_err());
    named.then(|| nickname(short.unwrap_or(&output.host))).flatten()
}

/// Of a v1 trap: 0.0.0.0 means that the agent does not say.
fn agent(output: &Output) -> Option<IpAddr> {
    let address: IpAddr = output.value(traps::SNMP_TRAP_ADDRESS)?.trim().parse().ok()?;
    (!address.is_unspecified()).then_some(address)
}

/// Traps have no id. The agent's uptime tells two of them apart; one whose clock stands is told apart by its arrival.
fn message_id(output: &Output, body: &[u8], now: Timestamp) -> String {
    let uptime = output.value(traps::SYS_UP_TIME).unwrap_or_default();
    let stands = !uptime.bytes().any(|b| (b'1'..=b'9').contains(&b));
    let arrival = if stands { now.to_string() } else { String::new() };
    digest(&[body, arrival.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alarm::AlarmSeverity;

    const GATEWAY: Sender<'static> = Sender { site_code: "PARIS-01", serial: None };

    fn trap(name: &str, lines: &str) -> String {
        format!(
            "localhost\nUDP: [127.0.0.1]:50458->[127.0.0.1]:11163\nRFC1213-MIB::sysUpTime.0 0:0:20:34.56\n\
             RFC1155-SMI::internet.6.3.1.1.4.1.0 {name}\n{lines}"
        )
    }

    fn read_one(text: &str) -> Alarm {
        let addresses = Addresses::from([("10.1.2.3".parse().unwrap(), "FT6500-001234".to_owned())]);
        read(text.as_bytes(), &addresses, GATEWAY, Timestamp::UNIX_EPOCH).unwrap().remove(0).read.unwrap()
    }

    const BROKEN: &str = "STRATUS-MIB::ftsmTrapDataDevicePathId \"10/120\"\n\
        STRATUS-MIB::ftsmTrapDataDeviceClassname \"SRA_EthernetAdapter\"\n\
        STRATUS-MIB::ftsmTrapDataNewState sraFtsm-state-broken\n\
        STRATUS-MIB::ftsmTrapDataNewReason sraFtsm-reason-parent-broken\n\
        RFC1155-SMI::internet.6.3.18.1.3.0 10.1.2.3\n";
    const WELL: &str = "STRATUS-MIB::ftsmTrapDataDevicePathId \"10/120\"\n\
        STRATUS-MIB::ftsmTrapDataNewState sraFtsm-state-duplex\n\
        STRATUS-MIB::sraSiSystemSerialNumber.0 \"FT6500-001234\"\n";

    #[test]
    fn a_device_breaks_and_is_well_again() {
        let broken = read_one(&trap("STRATUS-MIB::ftsmTrapEnterBrokenState", BROKEN));
        assert_eq!((broken.kind, broken.severity), (Kind::Raised, AlarmSeverity::Error));
        assert_eq!((broken.component.as_str(), broken.state.as_deref()), ("10/120", Some("broken")));
        assert_eq!(broken.reason.as_deref(), Some("parent-broken"));
        assert_eq!(broken.summary, "Ethernet adapter 10/120 is broken: parent broken");
        let well = read_one(&trap("STRATUS-MIB::ftsmTrapLeaveBrokenState", WELL));
        assert_eq!(well.kind, Kind::Cleared);
        assert_eq!((&well.problem, &well.component), (&broken.problem, &broken.component));
        assert_eq!(well.names_system, broken.names_system, "the map of addresses says who 10.1.2.3 is");
    }

    #[test]
    fn numbers_mean_what_the_names_mean() {
        let numeric = "localhost\nUDP: [127.0.0.1]:1->[127.0.0.1]:162\n.1.3.6.1.2.1.1.3.0 0:0:20:34.56\n\
            .1.3.6.1.6.3.1.1.4.1.0 .1.3.6.1.4.1.458.105.2.0.101\n.1.3.6.1.4.1.458.105.3.1 \"10/120\"\n\
            .1.3.6.1.4.1.458.105.3.2 \"SRA_EthernetAdapter\"\n.1.3.6.1.4.1.458.105.3.3 2097155\n\
            .1.3.6.1.4.1.458.105.3.4 6\n.1.3.6.1.6.3.18.1.3.0 10.1.2.3\n";
        let (numbers, names) = (read_one(numeric), read_one(&trap("STRATUS-MIB::ftsmTrapEnterBrokenState", BROKEN)));
        assert_eq!(
            Alarm { source_id: String::new(), body: Vec::new(), ..numbers },
            Alarm { source_id: String::new(), body: Vec::new(), ..names }
        );
    }

    #[test]
    fn a_sensor_worsens_and_improves() {
        let lines = "STRATUS-MIB::ftsmTrapDataDevicePathId \"11/5\"\n\
                     STRATUS-MIB::ftsmTrapDataNewThreshold sraFtsm-sensor-status-above-fatal\n";
        let fatal = read_one(&trap("STRATUS-MIB::ftsmTrapWorse2Fatal", lines));
        assert_eq!((fatal.severity, fatal.state.as_deref()), (AlarmSeverity::Critical, None));
        assert_eq!(fatal.summary, "Sensor 11/5 is above its fatal threshold");
        let normal = read_one(&trap("STRATUS-MIB::ftsmTrapImprove2Normal", lines));
        assert_eq!((normal.kind, normal.problem), (Kind::Cleared, fatal.problem));
    }

    #[test]
    fn a_trap_that_nobody_knows_is_kept_and_flagged() {
        let strange = read_one(&trap("SNMPv2-SMI::enterprises.9999.0.7", ""));
        assert_eq!((strange.kind, strange.severity), (Kind::Raised, AlarmSeverity::Unknown));
        assert_eq!(strange.code, "1.3.6.1.4.1.9999.0.7");
    }

    #[test]
    fn a_clock_that_stands_makes_no_two_traps_one() {
        let id = |uptime: &str, at: i64| {
            let text = trap("STRATUS-MIB::ftsmTrapUnsentAlarm", "").replace("0:0:20:34.56", uptime);
            let at = Timestamp::from_second(at).unwrap();
            read(text.as_bytes(), &Addresses::new(), GATEWAY, at).unwrap().remove(0).read.unwrap().source_id
        };
        assert_eq!(id("0:0:20:34.56", 1), id("0:0:20:34.56", 2));
        assert_ne!(id("0:0:00:00.00", 1), id("0:0:00:00.00", 2));
    }

    #[test]
    fn what_is_no_trap_is_said() {
        for text in ["", "localhost", "{\"hello\": 1}", "localhost\nUDP: [127.0.0.1]:1\nfoo bar"] {
            assert!(read(text.as_bytes(), &Addresses::new(), GATEWAY, Timestamp::UNIX_EPOCH).is_err(), "{text}");
        }
    }
}
