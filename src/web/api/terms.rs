//! What every address of the API has in common: refusals, headers, ways to sign in.

use std::collections::BTreeMap;

use utoipa::{
    IntoParams, IntoResponses, Modify, ToSchema,
    openapi::{
        ComponentsBuilder, ContentBuilder, Header, OpenApi, Ref, RefOr, Required, ResponseBuilder,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        response::Response,
        schema::{ObjectBuilder, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::shapes::Problem;

/// Every refusal by its status: the name in the description, and when it is met.
const REFUSALS: [(u16, &str, &str); 11] = [
    (401, "SignedOut", "No token or session, or one that is over."),
    (403, "Forbidden", "Visible, but not the caller's to do."),
    (404, "NotFound", "There is nothing here, or it is not the caller's to see."),
    (408, "TooSlow", "The rest of the request did not arrive in time."),
    (409, "Conflict", "Not possible in the present state."),
    (413, "TooLarge", "The body is larger than can be taken."),
    (415, "NotJson", "The body is not said to be JSON."),
    (422, "Invalid", "Something in what was sent can't be used; `errors` names each field."),
    (428, "Unconditional", "There is no If-Match: say what you have looked at."),
    (429, "TooMany", "Too many requests; see Retry-After."),
    (503, "StoreAway", "The store is away for a moment; see Retry-After."),
];

fn refusals(statuses: &[u16]) -> BTreeMap<String, RefOr<Response>> {
    let met = REFUSALS.iter().filter(|(status, ..)| statuses.contains(status));
    met.map(|(status, name, _)| (status.to_string(), Ref::from_response_name(*name).into())).collect()
}

/// The refusals of whoever asks for something.
pub struct Reads;

impl IntoResponses for Reads {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[401, 403, 404, 422, 429, 503])
    }
}

/// The refusals of whoever does something.
pub struct Writes;

impl IntoResponses for Writes {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[401, 403, 404, 408, 409, 413, 415, 422, 429, 503])
    }
}

/// The answer to whoever has it already.
pub struct Unchanged;

impl IntoResponses for Unchanged {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let told = ResponseBuilder::new().description("It is still what `If-None-Match` names.").build();
        BTreeMap::from([("304".to_owned(), told.into())])
    }
}

/// What may come with a GET of one thing.
pub struct ReadHeaders;

impl IntoParams for ReadHeaders {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![header("If-None-Match", "The ETag that the caller has.", None)]
    }
}

/// What may come with everything that is to be done.
pub struct WriteHeaders;

impl IntoParams for WriteHeaders {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let told = "The same key again within 7 days gets the same answer and does nothing twice.";
        vec![header("Idempotency-Key", told, Some(200))]
    }
}

/// What must come with a PATCH.
pub struct ChangeHeaders;

impl IntoParams for ChangeHeaders {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let told = "The ETag that the caller has looked at; an older one is answered 412 with the present state.";
        let mut header = header("If-Match", told, None);
        header.required = Required::True;
        vec![header]
    }
}

/// The refusal of a PATCH that does not say what it has looked at.
pub struct Conditional;

impl IntoResponses for Conditional {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals(&[428])
    }
}

/// What may come with a POST that changes a thing.
pub struct ActHeaders;

impl IntoParams for ActHeaders {
    fn into_params(provider: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let told = "The ETag that the caller has looked at; an older one is answered 412 with the present state.";
        let mut headers = WriteHeaders::into_params(provider);
        headers.push(header("If-Match", told, None));
        headers
    }
}

fn header(name: &str, description: &str, most: Option<usize>) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(most.map(|_| 1)).max_length(most);
    let header = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header).required(Required::False);
    header.description(Some(description)).schema(Some(text)).build()
}

/// Puts in what no single handler says.
pub struct Finish;

impl Modify for Finish {
    fn modify(&self, description: &mut OpenApi) {
        let components = description.components.take().unwrap_or_default();
        description.components = Some(shared(components.into()).build());
        description.info.license = None;
        for (path, item) in &mut description.paths.paths {
            for (method, operation) in operations(item) {
                operation.operation_id = Some(operation_id(method, path));
                in_common(method, operation);
                operation.responses.responses.values_mut().for_each(say_so);
            }
        }
    }
}

fn shared(components: ComponentsBuilder) -> ComponentsBuilder {
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API token.")).build();
    let cookie = ApiKeyValue::with_description("__Host-sid", "The session of somebody who signed in with a browser.");
    let components = components
        .security_scheme("token", SecurityScheme::Http(token))
        .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    REFUSALS.iter().fold(components, |components, (_, name, when)| components.response(*name, refusal(when)))
}

fn refusal(when: &str) -> Response {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    ResponseBuilder::new().description(when).content("application/problem+json", problem).build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let methods = [
        ("get", &mut item.get),
        ("post", &mut item.post),
        ("put", &mut item.put),
        ("patch", &mut item.patch),
        ("delete", &mut item.delete),
    ];
    methods.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// What holds at every address, so that no handler need say it.
fn in_common(method: &str, operation: &mut Operation) {
    if method != "get" {
        return take(operation, WriteHeaders::into_params(|| None));
    }
    take(operation, ReadHeaders::into_params(|| None));
    let responses = &mut operation.responses.responses;
    for (status, response) in Unchanged::responses() {
        responses.entry(status).or_insert(response);
    }
    if let Some(RefOr::T(done)) = responses.get_mut("200") {
        done.headers.entry("ETag".to_owned()).or_insert_with(|| Header::default().into());
    }
}

fn take(operation: &mut Operation, more: Vec<Parameter>) {
    let known = operation.parameters.get_or_insert_default();
    for one in more {
        let is_there = |known: &RefOr<Parameter>| matches!(known, RefOr::T(known) if known.name == one.name);
        if !known.iter().any(is_there) {
            known.push(one.into());
        }
    }
}

/// Every answer needs a sentence, and most handlers have said theirs in their summary.
fn say_so(response: &mut RefOr<Response>) {
    if let RefOr::T(response) = response
        && response.description.is_empty()
    {
        "As asked.".clone_into(&mut response.description);
    }
}

/// `get_calls_number_history`: what a client generator calls its functions.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.trim_start_matches("/api/v1").split(['/', '{', '}', '.']).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}
