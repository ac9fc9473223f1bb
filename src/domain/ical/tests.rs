use jiff::civil::{Date, date};

use super::*;
use crate::domain::calendar::Calendar;

const TODAY: Date = date(2026, 11, 23);

fn days(found: &Imported) -> Vec<String> {
    found.days.iter().map(|(day, name)| format!("{day} {name}")).collect()
}

fn event(body: &str) -> Imported {
    read(format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{body}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").as_bytes(), TODAY)
}

#[test]
fn a_day_is_a_day_and_an_end_is_the_first_day_after() {
    let found = event("DTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas Day");
    assert_eq!(days(&found), ["2026-12-25 Christmas Day"]);
    let found = event("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Closed\\, all of us");
    assert_eq!(
        days(&found),
        ["2026-12-24 Closed, all of us", "2026-12-25 Closed, all of us", "2026-12-26 Closed, all of us"]
    );
    let found = event("DTSTART;TZID=Europe/Dublin:20261225T000000\r\nDURATION:P2D");
    assert_eq!(days(&found), ["2026-12-25 ", "2026-12-26 "]);
    assert!(found.faults.is_empty(), "{:?}", found.faults);
}

#[test]
fn what_comes_back_every_year_is_written_out_for_the_years_around() {
    let found = event("DTSTART;VALUE=DATE:19950704\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Independence Day");
    assert_eq!(days(&found).first().unwrap(), "2025-07-04 Independence Day");
    assert_eq!(found.days.len(), 8);
    let found = event("DTSTART;VALUE=DATE:20201126\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20271231");
    assert_eq!(days(&found), ["2025-11-27 ", "2026-11-26 ", "2027-11-25 "]);
    let found = event("DTSTART;VALUE=DATE:20240525\r\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=3");
    assert_eq!(days(&found), ["2025-05-26 ", "2026-05-25 "], "the count begins with the first");
    let found = event("DTSTART;VALUE=DATE:20240229\r\nRRULE:FREQ=YEARLY");
    assert_eq!(days(&found), ["2028-02-29 ", "2032-02-29 "]);
    let found = event("DTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20271225,20281225");
    assert!(!found.days.contains_key(&date(2027, 12, 25)) && found.days.contains_key(&date(2029, 12, 25)));
}

#[test]
fn folded_lines_and_odd_encodings_are_read() {
    let folded = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=\r\n DATE:20260714\r\nSUMMARY:F\xc3\r\n \xaate nationale\r\nEND:VEVENT\r\nEND:VCALENDAR";
    assert_eq!(days(&read(folded, TODAY)), ["2026-07-14 Fête nationale"]);
    let latin = b"BEGIN:VEVENT\rDTSTART:20260714\rSUMMARY:F\xeate\rEND:VEVENT\r";
    assert_eq!(days(&read(latin, TODAY)), ["2026-07-14 Fête"]);
    let plain = "BEGIN:VEVENT\nDTSTART:20260714\nSUMMARY:Fête\nEND:VEVENT\n";
    let wide: Vec<u8> = "\u{feff}".encode_utf16().chain(plain.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(days(&read(&wide, TODAY)), ["2026-07-14 Fête"]);
    let marked = [b"\xef\xbb\xbf".as_slice(), plain.as_bytes()].concat();
    assert_eq!(days(&read(&marked, TODAY)), ["2026-07-14 Fête"]);
}

#[test]
fn what_cannot_be_used_is_named_by_its_line_and_the_rest_is_kept() {
    let file = "BEGIN:VCALENDAR\nhello\nBEGIN:VEVENT\nDTSTART:20261225T100000Z\nSUMMARY:Party\nEND:VEVENT\n\
                BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261226\nRRULE:FREQ=WEEKLY\nSUMMARY:Boxing Day\n\
                BEGIN:VALARM\nTRIGGER:-PT15M\nEND:VALARM\nEND:VEVENT\n\
                BEGIN:VTODO\nSUMMARY:Wash\nEND:VTODO\nBEGIN:VEVENT\nDTSTART:20261301\nEND:VEVENT\n\
                BEGIN:VEVENT\nDTSTART:20270101\nSTATUS:CANCELLED\nEND:VEVENT\nBEGIN:VEVENT\n";
    let found = read(file.as_bytes(), TODAY);

    assert_eq!(days(&found), ["2026-12-26 Boxing Day"]);
    let told: Vec<_> = found.faults.iter().map(|fault| format!("{}: {}", fault.line, fault.what)).collect();
    assert_eq!(
        told,
        [
            "2: “hello” is no line of a calendar.",
            "4: “DTSTART:20261225T100000Z” is no whole day.",
            "3: “Party” has no day on which it begins.",
            "9: “Boxing Day” comes back as FREQ=WEEKLY: only its first day is taken.",
            "15: A VTODO is no holiday.",
            "19: “DTSTART:20261301” is no whole day.",
            "18: This event has no day on which it begins.",
            "21: This event is cancelled.",
            "25: The file ends inside this event.",
        ]
    );
    assert_eq!(read(b"", TODAY).faults.len(), 1);
}

#[test]
fn holidays_that_are_written_are_read_back() {
    let days = [date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1), date(2027, 5, 1)];
    let names = [
        (days[0], "Christmas Day".to_owned()),
        (days[1], "St. Stephen's; a day, and a \\ back-slash".to_owned()),
        (days[3], "ein sehr langer Name, damit die Zeile über fünfundsiebzig Bytes lang wird: äöüß".to_owned()),
    ];
    let calendar = Calendar::new("Europe/Dublin", Default::default(), days).unwrap().with_holiday_names(names.into());

    let file = write("emea", &calendar, "2026-11-23T14:33:00Z".parse().unwrap());

    assert!(file.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{file}");
    let found = read(file.as_bytes(), TODAY);
    assert!(found.faults.is_empty(), "{:?}", found.faults);
    assert_eq!(found.days.keys().collect::<Vec<_>>(), days.iter().collect::<Vec<_>>());
    for (day, name) in &found.days {
        assert_eq!(calendar.holiday_names().get(day).map_or("", String::as_str), name);
    }
}

proptest::proptest! {
    #[test]
    fn no_file_is_too_odd_to_be_read(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        read(&bytes, TODAY);
    }

    #[test]
    fn no_rule_is_too_odd_to_be_read(rule in "(FREQ=YEARLY;)?(INTERVAL=[0-9]{1,4};)?(COUNT=[0-9]{1,3};)?(BYMONTH=[0-9,]{1,6};)?(BYMONTHDAY=-?[0-9]{1,2};)?(BYDAY=-?[0-9]?[A-Z]{2};)?", day in "[0-9]{8}") {
        event(&format!("DTSTART:{day}\nRRULE:{rule}"));
    }
}

#[test]
fn days_beyond_what_a_calendar_holds_are_named_as_left_out() {
    let day = |n: i16| TODAY.checked_add(jiff::ToSpan::day(1) * i64::from(n)).unwrap().strftime("%Y%m%d").to_string();
    let event = |n| format!("BEGIN:VEVENT\nDTSTART;VALUE=DATE:{}\nSUMMARY:x\nEND:VEVENT\n", day(n));
    let file: String = (0..5_003).map(event).collect();

    let found = read(file.as_bytes(), TODAY);

    assert_eq!((found.days.len(), found.faults.len()), (5_000, 1));
    assert!(found.faults[0].what.starts_with("3 days more"), "{:?}", found.faults);
}
