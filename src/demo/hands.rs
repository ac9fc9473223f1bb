//! What people and machines of the live demo do with a call that is open.

use super::{
    generator::{Generator, rested_long_enough, system_of, words},
    players::{device, message, viewer_of},
    stories::{Pool, Words},
};
use crate::{
    actions::{self, Deed},
    app::App,
    domain::{
        access::{Scope, Viewer},
        alarm::{Alarm, AlarmSeverity, Kind},
        call::{Call, Change, HoldReason, Status},
    },
    error::{Error, Result},
    store::{
        alarms::{
            AlarmRow,
            searched::{self, Sought},
        },
        calls::{self, CallDetail, CallSummary},
        ledger::Holder,
    },
};

impl Generator {
    /// One call moves one step; what is due first is the likelier to be taken up.
    pub(super) async fn somebody_acts(&mut self, app: &App, calls: &[CallSummary]) -> Result<()> {
        let Some(chosen) = self.choose(app, calls) else { return Ok(()) };
        let detail = calls::find(app.store.reader(), &Scope::everything(), chosen.call_number()).await?;
        let unit = self.library.unit_of(&chosen.title).unwrap_or("0");
        let words = words(system_of(&self.cast, chosen)?, unit, &mut self.dice);
        let (actor, deed) = self.deed(app, &detail, &words).await?;
        if matches!(deed.change, Change::Resolve { .. }) {
            self.machine_says(app, chosen, Kind::Cleared).await?;
        }
        actions::act_on_call(app, &actor, detail.call.number, &deed, None).await?;
        Ok(())
    }

    fn choose<'a>(&mut self, app: &App, calls: &'a [CallSummary]) -> Option<&'a CallSummary> {
        let free = |call: &&CallSummary| call.serial.is_some() && rested_long_enough(call, app);
        let mut free: Vec<&CallSummary> = calls.iter().filter(free).collect();
        if self.dice.chance(0.5) {
            free.sort_by_key(|call| call.due_at.map_or(jiff::Timestamp::MAX, jiff_sqlx::Timestamp::to_jiff));
            return free.first().copied();
        }
        (!free.is_empty()).then(|| *self.dice.pick(&free))
    }

    async fn deed(&mut self, app: &App, detail: &CallDetail, words: &Words) -> Result<(Viewer, Deed)> {
        let call = &detail.call;
        match call.status {
            Status::Open if call.in_review() => self.partners_deed(app, call, words).await,
            Status::AwaitingCustomer | Status::Resolved => self.customers_deed(app, call, words).await,
            _ => self.engineers_deed(app, detail, words).await,
        }
    }

    async fn partners_deed(&mut self, app: &App, call: &Call, words: &Words) -> Result<(Viewer, Deed)> {
        let partner = call.partner_id.ok_or(Error::NotFound)?;
        let actor = self.cast.somebody_of(app, partner, &mut self.dice).await?;
        let phrases = &self.library.phrases;
        let offered = call.review.is_some_and(|review| review.accept_by.is_some());
        let (change, said) = match self.dice.fraction() {
            luck if offered && luck < 0.6 => (Change::TakeReview, None),
            luck if luck < 0.7 => (Change::PassOn, Some(&phrases.pass_on)),
            luck if luck < 0.9 || offered => (Change::Comment { wants_severity: None }, Some(&phrases.partner)),
            _ => (self.solution(call), Some(&phrases.partner_fix)),
        };
        let body = said.map(|lines| words.fill(self.dice.line(lines)));
        Ok((actor, Deed::new(change, body)))
    }

    async fn customers_deed(&mut self, app: &App, call: &Call, words: &Words) -> Result<(Viewer, Deed)> {
        let actor = self.cast.somebody_of(app, call.customer_id, &mut self.dice).await?;
        let phrases = &self.library.phrases;
        let story = self.library.story_of(&call.title);
        let (change, lines) = match (call.status, self.dice.chance(0.9)) {
            (Status::AwaitingCustomer, _) => (Change::Answer, story.map_or(&phrases.customer, |story| &story.answer)),
            (_, true) => (Change::Accept, &phrases.accept),
            (_, false) => (Change::RejectSolution, &phrases.reject),
        };
        let body = words.fill(self.dice.line(lines));
        Ok((actor, Deed::new(change, Some(body))))
    }

    async fn engineers_deed(&mut self, app: &App, detail: &CallDetail, words: &Words) -> Result<(Viewer, Deed)> {
        let call = &detail.call;
        if let Some(handed) = &call.course.handed {
            let actor = self.cast.engineer(app, handed.to.as_deref(), &mut self.dice).await?;
            return Ok((actor, Deed::new(Change::AcceptHandover, None)));
        }
        let actor = match call.assignee_id {
            Some(person) => viewer_of(app, person).await?,
            None => self.cast.engineer(app, detail.place.cac_code.as_deref(), &mut self.dice).await?,
        };
        if call.assignee_id.is_none() {
            return Ok((actor.clone(), Deed::new(Change::Assign { assignee: Some(actor.person_id) }, None)));
        }
        let (change, body) = match call.status {
            Status::OnHold => (Change::Resume, words.fill(self.dice.line(&self.library.phrases.resume))),
            _ => self.work(call, words),
        };
        Ok((actor, Deed::new(change, Some(body))))
    }

    /// What an engineer does with an open call of theirs.
    fn work(&mut self, call: &Call, words: &Words) -> (Change, String) {
        let phrases = &self.library.phrases;
        let story = self.library.story_of(&call.title).unwrap_or(&self.library.stories[0]);
        let luck = self.dice.weighted(&[0.24, 0.3, 0.12, 0.06, 0.28]);
        let (change, line) = match luck {
            0 => (Change::Note, Pool::new(&story.notes, &phrases.notes, &mut self.dice).say()),
            1 => (
                Change::Comment { wants_severity: None },
                Pool::new(&story.updates, &phrases.updates, &mut self.dice).say(),
            ),
            2 => (Change::AskCustomer, self.dice.line(&story.ask)),
            3 => (Change::Hold { reason: HoldReason::Scheduled }, self.dice.line(&phrases.scheduled)),
            _ => (self.solution(call), self.dice.line(&story.fixes)),
        };
        (change, words.fill(line))
    }

    fn solution(&self, call: &Call) -> Change {
        let story = self.library.story_of(&call.title).unwrap_or(&self.library.stories[0]);
        Change::Resolve { code: story.code.clone(), cause: story.cause[0].clone() }
    }

    /// A machine repeats itself, or says that it is over.
    pub(super) async fn machine_again(&mut self, app: &App, calls: &[CallSummary]) -> Result<()> {
        let told: Vec<&CallSummary> = calls.iter().filter(|call| call.origin == "device").collect();
        if told.is_empty() {
            return Ok(());
        }
        let call = *self.dice.pick(&told);
        let kind = if self.dice.chance(0.75) { Kind::Raised } else { Kind::Cleared };
        self.machine_says(app, call, kind).await
    }

    async fn machine_says(&mut self, app: &App, call: &CallSummary, kind: Kind) -> Result<()> {
        let Some(system) = call.serial.as_deref().and_then(|serial| self.cast.calling(serial)).cloned() else {
            return Ok(());
        };
        let scope = Scope::everything();
        let of = Holder::System { customer: system.customer_id, id: system.id };
        let rows = searched::list(app.store.reader(), &scope, of, &Sought::default(), (None, 200)).await?;
        let of_call = |row: &&AlarmRow| row.number == Some(call.number) && row.kind == "raised";
        let Some(row) = rows.iter().find(of_call) else { return Ok(()) };
        let plain = message(&system, kind, &row.code, &row.summary, app.clock.now(), &mut self.dice);
        let severity = AlarmSeverity::from_words(&row.severity);
        let alarm = Alarm { severity, component: row.component.clone(), ..plain };
        actions::receive_alarm(app, &device(&system), &alarm).await?;
        Ok(())
    }
}
