//! How much may be sent to each kind of address, and how long its answer may take.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{self, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tower::{Layer, ServiceExt};
use tower_http::limit::RequestBodyLimitLayer;

use crate::error::Error;

/// What holds for the addresses that begin in one way.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    bytes: usize,
    said: &'static str,
    /// None for what is told as long as somebody listens.
    answer: Option<Duration>,
}

const KIB: usize = 1_024;

/// What a person who has not signed in may send.
const DOOR: Bounds = Bounds { bytes: 64 * KIB, said: "64 KiB", answer: Some(Duration::from_secs(30)) };
const PAGE: Bounds = Bounds { bytes: 2 * KIB * KIB, said: "2 MiB", answer: Some(Duration::from_secs(30)) };
/// What a whole site says in a storm; its gateway waits longer than a person does.
const INGEST: Bounds = Bounds { bytes: 32 * KIB * KIB, said: "32 MiB", answer: Some(Duration::from_mins(2)) };
const LIVE: Bounds = Bounds { answer: None, ..DOOR };

/// The first that fits decides.
const BY_PREFIX: [(&str, Bounds); 6] = [
    ("/session", DOOR),
    ("/invitations", DOOR),
    ("/resets", DOOR),
    ("/ui", DOOR),
    ("/live", LIVE),
    ("/ingest", INGEST),
];

fn of(path: &str) -> Bounds {
    let under = |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    BY_PREFIX.iter().find(|(prefix, _)| under(prefix)).map_or(PAGE, |(_, bounds)| *bounds)
}

/// Refuses what is larger, by its announced length or as soon as it has been exceeded.
pub async fn bound_body(request: Request, next: Next) -> Response {
    let bounds = of(request.uri().path());
    let inner = tower::service_fn(|request: http::Request<_>| {
        let next = next.clone();
        async move { Ok::<_, Infallible>(next.run(request.map(Body::new)).await) }
    });
    let Ok(response) = RequestBodyLimitLayer::new(bounds.bytes).layer(inner).oneshot(request).await;
    let response = response.map(Body::new);
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::TooLarge { most: bounds.said }.into_response();
    }
    response
}

/// Who asked is told so when the answer takes too long; a write is finished all the same.
pub async fn bound_time(request: Request, next: Next) -> Response {
    let time = of(request.uri().path()).answer;
    within(time, next.run(request)).await
}

async fn within(time: Option<Duration>, answer: impl Future<Output = Response>) -> Response {
    let Some(time) = time else { return answer.await };
    match tokio::time::timeout(time, answer).await {
        Ok(response) => response,
        Err(_) => Error::TooSlow.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_address_has_its_own_bounds() {
        let said = |path: &str| (of(path).said, of(path).answer.map(|answer| answer.as_secs()));

        assert_eq!(said("/session"), ("64 KiB", Some(30)));
        assert_eq!(said("/resets/secret"), ("64 KiB", Some(30)));
        assert_eq!(said("/resetting"), ("2 MiB", Some(30)));
        assert_eq!(said("/"), ("2 MiB", Some(30)));
        assert_eq!(said("/calls"), ("2 MiB", Some(30)));
        assert_eq!(said("/api/v1/calls"), ("2 MiB", Some(30)));
        assert_eq!(said("/ingest/alarms"), ("32 MiB", Some(120)));
        assert_eq!(said("/live"), ("64 KiB", None));
    }

    #[tokio::test]
    async fn an_answer_that_takes_too_long_is_given_up_on_and_a_stream_is_not() {
        let soon = Duration::from_millis(20);
        let late = async || {
            tokio::time::sleep(soon * 3).await;
            StatusCode::OK.into_response()
        };

        assert_eq!(within(Some(soon), late()).await.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(within(Some(soon * 50), late()).await.status(), StatusCode::OK);
        assert_eq!(within(None, late()).await.status(), StatusCode::OK);
    }
}
