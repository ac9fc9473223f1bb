//! Reading what programs send: what can't be used is named, field by field.

use std::marker::PhantomData;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::super::fields::Fields;
use crate::error::{Error, Result};

/// The part of an address after the question mark.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let Query(asked) = Query::try_from_uri(&parts.uri).map_err(|e| slip("query", &e.body_text()))?;
        Ok(Self(asked))
    }
}

/// The fields of a JSON body that has the shape `T`; what is not in the shape is left aside.
pub struct Sent<T> {
    pub fields: Fields,
    /// The same as it came: only there is what was said to be null told from what was not said.
    pub body: Value,
    shape: PhantomData<T>,
}

impl<T, S> FromRequest<S> for Sent<T>
where
    T: DeserializeOwned + Serialize,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if !is_json(request.headers()) {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
        }
        let body = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        read::<T>(&body).map_err(IntoResponse::into_response)
    }
}

fn read<T: DeserializeOwned + Serialize>(body: &Bytes) -> Result<Sent<T>> {
    let whole: Value =
        serde_json::from_slice(body).map_err(|e| Error::invalid("body", format!("The body is not JSON: {e}.")))?;
    if !whole.is_object() {
        return Err(Error::invalid("body", "The body must be a JSON object."));
    }
    let Json(shape) = Json::<T>::from_bytes(body).map_err(|e| slip("body", &e.body_text()))?;
    let known = serde_json::to_value(&shape).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(Sent { fields: Fields::of_json(&known)?.judged()?, body: whole, shape: PhantomData })
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else { return false };
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// What axum says of a thing that it can't read, by the name of the field if it has one.
fn slip(whole: &str, said: &str) -> Error {
    let what = said.split_once(": ").map_or(said, |(_, what)| what);
    let named = what
        .split_once(": ")
        .filter(|(name, _)| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
    match named {
        Some((field, fault)) => {
            Error::invalid(field, of_another_type(fault).unwrap_or(format!("This can't be used: {fault}.")))
        }
        None => Error::invalid(whole, format!("This can't be used: {what}.")),
    }
}

/// `invalid type: string "mon", expected a sequence at line 1 column 20`, for whoever never saw the program.
fn of_another_type(fault: &str) -> Option<String> {
    let (got, wanted) = fault.strip_prefix("invalid type: ")?.split_once(", expected ")?;
    let wanted = wanted.split_once(" at line ").map_or(wanted, |(wanted, _)| wanted);
    let wanted = match wanted {
        "a sequence" => "a list",
        "a string" | "a borrowed string" | "string" => "a text",
        "a boolean" => "true or false",
        "a map" => "an object",
        "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" => "a whole number",
        "f32" | "f64" => "a number",
        _ => return None,
    };
    let got = match got.split_once([' ', ',']).map_or(got, |(got, _)| got) {
        "string" => "a text",
        "integer" => "a number",
        "floating" => "a number with a fraction",
        "sequence" => "a list",
        "map" => "an object",
        "boolean" => "true or false",
        "null" | "unit" => "null",
        _ => return None,
    };
    Some(format!("This must be {wanted}; it is {got}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_cannot_be_read_is_named() {
        for (said, field) in [
            ("Failed to deserialize query string: limit: invalid digit found in string", "limit"),
            ("Failed to deserialize query string: duplicate field `limit`", "query"),
            ("Failed to deserialize the JSON body into the target type: title: invalid type: map", "title"),
        ] {
            let Error::Invalid(faults) = slip("query", said) else { panic!("{said}") };
            assert_eq!(faults[0].field, field, "{said}");
        }
    }

    #[test]
    fn a_value_of_another_type_is_told_without_the_words_of_the_program() {
        for (fault, told) in [
            (
                "invalid type: string \"mon\", expected a sequence at line 1 column 20",
                "This must be a list; it is a text.",
            ),
            ("invalid type: integer `7`, expected a string at line 1 column 9", "This must be a text; it is a number."),
            (
                "invalid type: floating point `1.5`, expected i64",
                "This must be a whole number; it is a number with a fraction.",
            ),
            ("invalid type: map, expected a boolean", "This must be true or false; it is an object."),
        ] {
            assert_eq!(of_another_type(fault).as_deref(), Some(told), "{fault}");
        }
        assert_eq!(of_another_type("unknown variant `x`"), None);
    }
}
