//! What an answer of the portal means for the events that were sent. In doubt they are kept.

use std::time::Duration;

use hyper::{HeaderMap, Response, StatusCode, header};
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use serde_json::Value;

/// Nobody makes us wait longer, whatever they say.
const LONGEST_WAIT: Duration = Duration::from_mins(10);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// What became of each, in order.
    Taken(Vec<Taken>),
    /// Our clock is wrong; theirs shows this.
    Skewed(Timestamp),
    /// Some of it, or all of it, is not to be used. `kept` says whether the portal has a copy.
    Unusable {
        reason: String,
        kept: bool,
    },
    Wait {
        reason: String,
        after: Option<Duration>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub disposition: String,
    pub error: Option<String>,
    /// Of a test: its id, and how far it came.
    pub receipt: Option<(String, Value)>,
}

pub fn judge(answer: &Response<Vec<u8>>, sent: usize) -> Verdict {
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
    let reason = || said(answer.status(), &body);
    match answer.status() {
        StatusCode::ACCEPTED => taken(&body, sent),
        StatusCode::UNAUTHORIZED if is_skew(&body) => match date(answer.headers()) {
            Some(date) => Verdict::Skewed(date),
            None => Verdict::Wait { reason: reason(), after: None },
        },
        StatusCode::UNPROCESSABLE_ENTITY => Verdict::Unusable { reason: reason(), kept: true },
        StatusCode::PAYLOAD_TOO_LARGE => Verdict::Unusable { reason: reason(), kept: false },
        _ => Verdict::Wait { reason: reason(), after: retry_after(answer.headers()) },
    }
}

/// What anybody else might answer is no acknowledgement: only one line for each event is.
fn taken(body: &Value, sent: usize) -> Verdict {
    let results = body["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    if results.len() != sent {
        let reason = format!("What answers is no portal of Meridian: it acknowledged {} of {sent}.", results.len());
        return Verdict::Wait { reason, after: None };
    }
    let one = |result: &Value| Taken {
        disposition: result["disposition"].as_str().unwrap_or("unknown").to_owned(),
        error: result["error"].as_str().map(str::to_owned),
        receipt: result["id"].as_str().zip(result.get("receipt")).map(|(id, told)| (id.to_owned(), told.clone())),
    };
    Verdict::Taken(results.iter().map(one).collect())
}

fn is_skew(body: &Value) -> bool {
    body["type"].as_str().is_some_and(|kind| kind.ends_with("clock-skew"))
}

fn said(status: StatusCode, body: &Value) -> String {
    let detail = body["detail"].as_str().unwrap_or_default();
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            format!("The portal does not accept the credential ({status}). {detail}").trim_end().to_owned()
        }
        _ => format!("The portal answered {status}. {detail}").trim_end().to_owned(),
    }
}

/// What time it is there.
pub fn date(headers: &HeaderMap) -> Option<Timestamp> {
    instant(headers.get(header::DATE)?.to_str().ok()?)
}

fn instant(text: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    PARSER.parse_timestamp(text).ok()
}

/// Seconds, or an instant beside the answer's own date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => instant(text)?.duration_since(date(headers)?).try_into().ok()?,
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judged(status: u16, headers: &[(&str, &str)], body: &Value, sent: usize) -> Verdict {
        let mut answer = Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        judge(&answer.body(body.to_string().into_bytes()).unwrap(), sent)
    }

    #[test]
    fn only_a_line_for_each_event_is_an_acknowledgement() {
        let two =
            json!({"results": [{"id": "1", "disposition": "opened"}, {"disposition": "rejected", "error": "no id"}]});
        let taken = [("opened", None), ("rejected", Some("no id".to_owned()))].map(|(disposition, error)| Taken {
            disposition: disposition.to_owned(),
            error,
            receipt: None,
        });
        assert_eq!(judged(202, &[], &two, 2), Verdict::Taken(taken.to_vec()));
        for (status, body, sent) in [(202, two.clone(), 3), (200, two, 2), (202, json!("welcome to the hotel"), 1)] {
            assert!(matches!(judged(status, &[], &body, sent), Verdict::Wait { .. }), "{status} {body}");
        }
    }

    #[test]
    fn a_wrong_clock_is_told_apart_from_a_wrong_credential() {
        let skew = json!({"type": "/problems/clock-skew", "detail": "See the Date."});
        let date = ("date", "Mon, 24 Nov 2025 16:00:00 GMT");
        assert_eq!(judged(401, &[date], &skew, 1), Verdict::Skewed(Timestamp::constant(1_764_000_000, 0)));
        let Verdict::Wait { reason, .. } = judged(401, &[date], &json!({"type": "about:blank", "detail": "Wrong."}), 1)
        else {
            panic!("a wrong credential is waited out");
        };
        assert_eq!(reason, "The portal does not accept the credential (401 Unauthorized). Wrong.");
        assert!(matches!(judged(401, &[], &skew, 1), Verdict::Wait { .. }));
    }

    #[test]
    fn the_portal_says_how_long_to_wait() {
        let date = ("date", "Mon, 24 Nov 2025 16:00:00 GMT");
        for (value, seconds) in
            [("7", Some(7)), ("Mon, 24 Nov 2025 16:00:30 GMT", Some(30)), ("86400", Some(600)), ("soon", None)]
        {
            let verdict = judged(503, &[date, ("retry-after", value)], &json!({}), 1);
            let Verdict::Wait { after, reason } = verdict else { panic!("{verdict:?}") };
            assert_eq!(after, seconds.map(Duration::from_secs), "{value}");
            assert_eq!(reason, "The portal answered 503 Service Unavailable.");
        }
    }

    #[test]
    fn what_the_portal_will_never_take_is_told_apart() {
        assert!(matches!(judged(422, &[], &json!({}), 1), Verdict::Unusable { kept: true, .. }));
        assert!(matches!(judged(413, &[], &json!({}), 1), Verdict::Unusable { kept: false, .. }));
        for status in [302, 400, 403, 404, 429, 500, 502, 504] {
            assert!(matches!(judged(status, &[], &json!({}), 1), Verdict::Wait { .. }), "{status}");
        }
    }
}
