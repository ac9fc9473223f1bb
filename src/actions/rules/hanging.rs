//! What calls, sites and partners that are there already make of other rules.

use crate::{
    app::App,
    domain::access::Viewer,
    error::Result,
    router::{Queue, Rules},
    store::rule_tables::{self, Hold},
};

use super::super::found_house::queues;

#[derive(Debug, Default)]
pub struct Hanging {
    /// What would lose its queue, calendar or region: nobody publishes that.
    pub left: Vec<String>,
    /// Queues that another center gets, with the calls in them.
    pub moved: Vec<String>,
}

const SETTLE: &str = "Hand over what is open and close what is solved first: the customer may say that it is not.";

/// Told beside a draft, before anybody publishes it.
pub async fn hanging_on(app: &App, viewer: &Viewer, before: &Rules, after: &Rules) -> Result<Hanging> {
    let holds = rule_tables::holds(app.store.reader(), &viewer.scope).await?;
    Ok(Hanging::of(&holds, before, after))
}

impl Hanging {
    pub(super) fn of(holds: &[Hold], before: &Rules, after: &Rules) -> Self {
        let queues = holds.iter().filter(|hold| hold.what == "queue");
        Self {
            left: holds.iter().filter_map(|hold| left(hold, before, after)).collect(),
            moved: queues.filter_map(|hold| moved(hold, before, after)).collect(),
        }
    }
}

fn left(hold: &Hold, before: &Rules, after: &Rules) -> Option<String> {
    let (name, count) = (&hold.name, hold.count);
    let gone = |is_in: &dyn Fn(&Rules) -> bool| is_in(before) && !is_in(after);
    match hold.what.as_str() {
        "queue" => gone(&|rules: &Rules| queues(rules).iter().any(|queue| queue.slug == *name))
            .then(|| format!("Queue {name} can't go: {count} of its calls are not closed. {SETTLE}")),
        "calendar" => gone(&|rules: &Rules| rules.calendar(name).is_some())
            .then(|| format!("Calendar {name} can't go: {count} of the sites and partners keep it.")),
        _ => gone(&|rules: &Rules| rules.regions.contains(name))
            .then(|| format!("Region {name} can't go: {count} of the sites are in it.")),
    }
}

fn moved(hold: &Hold, before: &Rules, after: &Rules) -> Option<String> {
    let of = |rules: &Rules| -> Option<String> {
        let own = |queue: &&Queue| queue.slug == hold.name;
        rules.queues.iter().find(own).map(|queue| queue.cac.clone())
    };
    let (old, new) = of(before).zip(of(after)).filter(|(old, new)| old != new)?;
    let calls = if hold.count == 1 { "1 call that is".to_owned() } else { format!("{} calls that are", hold.count) };
    Some(format!(
        "{new} gets queue {} from {old}, with {calls} not closed. Where {new} is closed, the urgent ones go on at once.",
        hold.name
    ))
}
