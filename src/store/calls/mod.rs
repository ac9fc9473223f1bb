//! Calls: the row that history folds into, the lists that are made of it, and its one writer.
mod detail;
mod due;
mod lists;
mod order;
mod sorted;
mod summary;
mod together;
mod work;
mod write;

pub use detail::{CallDetail, Place, by_external_number, by_id, find, lock, lock_by_id, locked, owed, owed_at};
pub use due::{
    counted_before, open_review_deadlines, rerank_of_systems, set_pressure, silent_since, take_watched, watched_before,
};
pub use lists::{Cursor, Filter, Grave, count_of_system, grave_of_system, list, of_site, of_system, one};
pub use sorted::{Order, Ranked, sorted};
pub(in crate::store) use summary::summaries;
pub use summary::{CallSummary, like};
pub use together::{advance_together, insert_together, next_number};
pub use work::{QueuePlace, assigned_to, in_queue, open_beside_review, open_of_customer, open_on_system, review_of};
pub(in crate::store) use write::row;
pub use write::{Decided, Pressure, Recorded, advance};
