//! Puts what a pen has written into the store.

use sqlx::PgConnection;

use super::Pen;
use crate::{
    actions::handing,
    domain::call::Call,
    error::Result,
    store::{calls, request_keys::RequestKey},
};

impl Pen<'_> {
    pub async fn insert(mut self, db: &mut PgConnection, request: Option<&RequestKey>) -> Result<Call> {
        let topics = self.topics();
        let numbers = calls::insert_together(db, &[self.recorded(&topics, request)]).await?;
        self.call.number = numbers.first().map_or(self.call.number, |(_, number)| *number);
        Ok(self.call)
    }

    /// Many new calls at once, which have their numbers. None of them has come with the key of a request.
    pub async fn insert_together(db: &mut PgConnection, pens: &[Self]) -> Result<()> {
        let topics: Vec<Vec<String>> = pens.iter().map(Self::topics).collect();
        let recorded: Vec<_> = pens.iter().zip(&topics).map(|(pen, topics)| pen.recorded(topics, None)).collect();
        calls::insert_together(db, &recorded).await?;
        Ok(())
    }

    /// A call that was over long before this store heard of it: kept like any other, told to nobody.
    pub(crate) async fn insert_untold(mut self, db: &mut PgConnection) -> Result<Call> {
        let numbers = calls::insert_together(db, &[self.recorded(&[], None)]).await?;
        self.call.number = numbers.first().map_or(self.call.number, |(_, number)| *number);
        Ok(self.call)
    }

    pub async fn advance(self, db: &mut PgConnection, request: Option<&RequestKey>) -> Result<Call> {
        let topics = self.topics();
        if self.lines.is_empty() {
            calls::set_pressure(db, &self.call, &self.pressure(), self.reference.hours_version).await?;
            return Ok(self.call);
        }
        calls::advance(db, &self.recorded(&topics, request)).await?;
        self.keep_packet(db).await?;
        Ok(self.call)
    }

    /// Many calls at once. None of them has come with the key of a request.
    pub async fn advance_together(db: &mut PgConnection, pens: Vec<Self>) -> Result<()> {
        let (moved, still): (Vec<Self>, Vec<Self>) = pens.into_iter().partition(|pen| !pen.lines.is_empty());
        let topics: Vec<Vec<String>> = moved.iter().map(Self::topics).collect();
        let recorded: Vec<_> = moved.iter().zip(&topics).map(|(pen, topics)| pen.recorded(topics, None)).collect();
        calls::advance_together(db, &recorded).await?;
        for pen in &moved {
            pen.keep_packet(db).await?;
        }
        for pen in still {
            pen.advance(db, None).await?;
        }
        Ok(())
    }

    async fn keep_packet(&self, db: &mut PgConnection) -> Result<()> {
        let Some(before) = &self.found else { return Ok(()) };
        let done = handing::Done { before, call: &self.call, lines: &self.lines };
        handing::keep(db, self.reference, &done, &self.site_calendar, self.now).await
    }

    fn recorded<'b>(&'b self, topics: &'b [String], request: Option<&'b RequestKey>) -> calls::Recorded<'b> {
        calls::Recorded {
            call: &self.call,
            pressure: self.pressure(),
            hours_version: self.reference.hours_version,
            lines: &self.lines,
            decisions: &self.decisions,
            topics,
            request,
            import_id: None,
        }
    }
}
