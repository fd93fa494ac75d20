//! A fallback as a layer.

mod answers;
mod awaited;
mod in_place;
mod picks;

pub use answers::{Answers, AnswersAsync};
pub use awaited::AnsweredAsync;
pub use in_place::Answered;
pub use picks::{Every, Narrows, NoResult, OrResult, Picks, PicksResult, Recovering, Scope, When, WhenResult};
