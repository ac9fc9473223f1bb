//! Remote access in the made-up world: one asked for, one in force, one past.

use jiff::{SignedDuration, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{past::Setting, people::Person};
use crate::{
    actions::pen::Pen,
    domain::{
        access::{Actor, Role, Scope},
        call::{Call, Change, Status},
        remote::{ANSWER_HOURS, Event, State, Step},
    },
    error::Result,
    store::{
        calls::{self, CallDetail},
        remote::{self, NewAccess},
    },
};

const HOW: &str = "Jump host jump.example, port 22, from the CAC's own network only.\n\
    Ring the operator on duty: they open the gate and read you a one-time code.";

/// On calls that somebody works, those of the customers who are shown first in front.
pub async fn happen(db: &mut PgConnection, set: &Setting<'_>) -> Result<()> {
    let owed = calls::owed(&mut *db, &Scope::everything(), 1_000).await?;
    let fits = |detail: &CallDetail| {
        let call = &detail.call;
        let worked = call.status == Status::Open && !call.in_review() && call.assignee_id.is_some();
        worked && detail.place.system.is_some()
    };
    let mut fitting: Vec<CallDetail> = owed.into_iter().filter(fits).collect();
    let shown = set.world.people.iter().find(|person| person.role == Role::Customer).map(|person| person.account);
    fitting.sort_by_key(|detail| (Some(detail.call.customer_id) != shown, detail.call.number.serial()));
    for story in [Story::Past, Story::InForce, Story::Asked] {
        // Everything told here comes after what the call went through before.
        let begins = set.now - SignedDuration::from_mins(story.minutes());
        if let Some(place) = fitting.iter().position(|detail| detail.call.updated_at < begins) {
            Told::of(set, fitting.remove(place)).play(db, story).await?;
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Story {
    Asked,
    InForce,
    Past,
}

impl Story {
    /// How long ago somebody asked.
    fn minutes(self) -> i64 {
        match self {
            Self::Asked => 12,
            Self::InForce => 55,
            Self::Past => 170,
        }
    }
}

/// One access on one call, told from the side of the world.
struct Told<'a> {
    set: &'a Setting<'a>,
    id: Uuid,
    detail: CallDetail,
    engineer: Uuid,
    customer: Option<&'a Person>,
}

impl<'a> Told<'a> {
    fn of(set: &'a Setting<'a>, detail: CallDetail) -> Self {
        let customer = set.world.people.iter().find(|person| person.account == detail.call.customer_id);
        let engineer = detail.call.assignee_id.unwrap_or_default();
        Self { set, id: Uuid::now_v7(), detail, engineer, customer }
    }

    async fn play(&self, db: &mut PgConnection, story: Story) -> Result<()> {
        let (Some(customer), Some(system)) = (self.customer, &self.detail.place.system) else { return Ok(()) };
        let call = &self.detail.call;
        remote::keep_instructions(db, (call.customer_id, system.id, call.site_id), HOW, customer.id, self.ago(600))
            .await?;
        let staff = Actor { party: Role::Engineer.party(), id: Some(self.engineer) };
        let purpose = match story {
            Story::Asked => "Collect the crash dump and compare the firmware of both enclosures.",
            Story::InForce => "Watch the mirror while it resynchronizes, and read the system log.",
            Story::Past => "Install the diagnostics and run them once.",
        };
        let begun = story.minutes();
        let asked = self.line(db, begun, staff, Step::Ask, None, Some(purpose)).await?;
        let until = asked.updated_at + SignedDuration::from_hours(ANSWER_HOURS);
        let new = NewAccess {
            id: self.id,
            system_id: system.id,
            state: State::Asked,
            by: self.engineer,
            hours: Some(4),
            until,
        };
        remote::insert(db, &asked, &new).await?;
        if story != Story::Asked {
            self.let_in(db, staff, customer, begun - 10).await?;
        }
        if story == Story::Past {
            self.out_again(db, staff, customer, begun - 60).await?;
        }
        Ok(())
    }

    async fn let_in(&self, db: &mut PgConnection, staff: Actor, customer: &Person, minutes: i64) -> Result<()> {
        let until = self.ago(minutes) + SignedDuration::from_hours(4);
        let call = self.line(db, minutes, customer.actor(), Step::Grant, Some(until), None).await?;
        remote::grant(db, &call, self.id, customer.id, until, false).await?;
        let call = self.line(db, minutes - 15, staff, Step::BeginUse, None, None).await?;
        remote::begin_use(db, &call, self.id, self.engineer).await
    }

    async fn out_again(&self, db: &mut PgConnection, staff: Actor, customer: &Person, minutes: i64) -> Result<()> {
        let note = Some("Ran the diagnostics twice; nothing was found. Removed them again.");
        let call = self.line(db, minutes, staff, Step::EndUse, None, note).await?;
        remote::end_use(db, &call, self.id, self.engineer).await?;
        let end = self.ago(minutes - 5);
        let call = self.line(db, minutes - 5, customer.actor(), Step::End, None, Some("Thank you.")).await?;
        remote::finish(db, &call, self.id, State::Ended, Some(customer.id), end).await
    }

    /// One line of the call's history, so many minutes ago.
    async fn line(
        &self,
        db: &mut PgConnection,
        minutes: i64,
        actor: Actor,
        step: Step,
        until: Option<Timestamp>,
        words: Option<&str>,
    ) -> Result<Call> {
        let call = &self.detail.call;
        let scope = Scope::within(call.customer_id);
        let detail = calls::lock_by_id(db, &scope, call.customer_id, call.id).await?;
        let mut pen = Pen::of(self.set.reference, detail, self.ago(minutes))?;
        let hours = (step == Step::Ask).then_some(4);
        let event = Event { access: self.id, step, until, hours };
        pen.write(actor, Change::RemoteAccess(Box::new(event)), words.map(str::to_owned))?;
        pen.advance(db, None).await
    }

    fn ago(&self, minutes: i64) -> Timestamp {
        self.set.now - SignedDuration::from_mins(minutes)
    }
}
