//! What was asked about: a call, a system, a site or a queue, by the name that people use.

use uuid::Uuid;

use crate::{
    app::App,
    domain::{
        access::{Viewer, why::Thing},
        number::CallNumber,
    },
    error::{Error, Result},
    store::{
        calls::{self, CallDetail},
        desk, places, systems,
    },
};

pub struct Object {
    pub label: String,
    pub kind: &'static str,
    pub href: String,
    pub thing: Thing,
    pub customer_name: String,
    pub site_name: String,
    pub site_code: String,
    pub call: Option<Box<CallDetail>>,
}

impl Object {
    pub async fn named(app: &App, viewer: &Viewer, text: &str) -> Result<Option<Self>> {
        if text.is_empty() {
            return Ok(None);
        }
        if let Ok(number) = text.parse() {
            return found(Self::call(app, viewer, number).await);
        }
        for name in [text.to_owned(), text.to_uppercase()] {
            let named = match found(Self::site(app, viewer, &name).await)? {
                Some(site) => Some(site),
                None => found(Self::system(app, viewer, &name).await)?,
            };
            if named.is_some() {
                return Ok(named);
            }
        }
        found(Self::queue(app, &text.to_lowercase()).await)
    }

    pub fn customer(&self) -> Option<Uuid> {
        match self.thing {
            Thing::Call { customer, .. } | Thing::Place { customer, .. } => Some(customer),
            Thing::Queue => None,
        }
    }

    async fn call(app: &App, viewer: &Viewer, number: CallNumber) -> Result<Self> {
        let detail = calls::find(app.store.reader(), &viewer.scope, number).await?;
        let (call, place) = (&detail.call, &detail.place);
        Ok(Self {
            label: number.to_string(),
            kind: "Call",
            href: format!("/calls/{number}"),
            thing: Thing::Call { customer: call.customer_id, site: call.site_id, opened_at: call.opened_at },
            customer_name: place.customer_name.clone(),
            site_name: place.site_name.clone(),
            site_code: place.site_code.clone(),
            call: Some(Box::new(detail)),
        })
    }

    async fn site(app: &App, viewer: &Viewer, code: &str) -> Result<Self> {
        let site = places::find(app.store.reader(), &viewer.scope, code).await?;
        Ok(Self {
            label: site.site_code.clone(),
            kind: "Site",
            href: format!("/sites/{}", site.site_code),
            thing: Thing::Place { customer: site.customer_id, site: site.id },
            customer_name: site.customer_name,
            site_name: site.name,
            site_code: site.site_code,
            call: None,
        })
    }

    async fn system(app: &App, viewer: &Viewer, serial: &str) -> Result<Self> {
        let system = systems::find(app.store.reader(), &viewer.scope, serial, app.clock.now()).await?;
        Ok(Self {
            label: system.serial.clone(),
            kind: "System",
            href: format!("/systems/{}", system.serial),
            thing: Thing::Place { customer: system.customer_id, site: system.site_id },
            customer_name: system.customer_name,
            site_name: system.site_name,
            site_code: system.site_code,
            call: None,
        })
    }

    async fn queue(app: &App, slug: &str) -> Result<Self> {
        let name = desk::queue_name(app.store.reader(), slug).await?;
        Ok(Self {
            label: name,
            kind: "Queue",
            href: format!("/queues/{slug}"),
            thing: Thing::Queue,
            customer_name: String::new(),
            site_name: String::new(),
            site_code: String::new(),
            call: None,
        })
    }
}

fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
