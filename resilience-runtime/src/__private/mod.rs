//! The door: what expansions name. Not a public interface: it changes with the macros, in the same release.

mod carry;
mod catch;
mod convert;
mod early;
mod enlist;
mod fallback_fn;
mod lack;
mod layers;
mod like;
mod none;
mod onion;
mod probe;
mod protected;
mod refused;
mod site;
mod strategy_fn;

pub use ::core;
pub use ::core::clone::Clone;
pub use ::core::default::Default;
pub use ::core::option::Option::{self, None, Some};
pub use ::core::result::Result::{self, Err, Ok};
pub use ::core::time::Duration;
pub use ::core::{concat, module_path};

pub use crate::context::frame::{Frame, watch};
pub use crate::core::error::Error;
pub use crate::core::outcome::{Caught, Fault, FromRefusal, Nothing, Outcome, UserOnly};
pub use crate::function::{Call, Declared, Function, Guard, Settings, Tried, enlist};
pub use crate::policies::circuit_breaker::{CircuitBreaker, KeyedCircuitBreaker, Pass, Window};
pub use crate::policies::fallback::Fallback;
pub use crate::policies::retry::{Jitter, Pause, Retry, Step, Strategy, as_configured, pause as sleep};
pub use crate::policies::timeout::{Inner, PlainValue, Returned, Timeout};
pub use crate::registry::inventory::{
    resolve_circuit_breaker as circuit_breaker, resolve_keyed_circuit_breaker as keyed_circuit_breaker,
    resolve_retry as retry,
};
pub use crate::{__enlist as enlist, __enlist_in as enlist_in};
pub use carry::{Carrier, Ended, carry};
pub use catch::{AsError, AsFault, Asked, Handed, HandedAsError, No, Taken, Takes, catch, catch_user};
pub use convert::{Conversion, Convertible, NoConversion, Policies, Refuse};
pub use early::{Early, Failed, FromEarly, branch};
pub use fallback_fn::{FallbackFn, Fits, StandInFn, Yes, fallback_call, stand_in_call};
pub use lack::{Lack, Matches, lacks, matches};
pub use layers::{always, attempts, attempts_async, enter, nanos, never, no_hint, once, sleep_blocking};
pub use like::Like;
pub use none::{NoneOfOption, finish_none, finish_none_user, is_no_failure, is_none, is_none_in, none};
pub use onion::{Hideable, Plain, Shape, fault, finish, finish_user, lift, refused, split};
pub use probe::{HookOutcome, Slot, TakeFuture, TakeValue, Words, WordsDebug, WordsType, hook_result};
pub use protected::{FailWith, Judged, Protected, Unjudged};
pub use refused::{Refusable, RefusedFn, Told, answer_refusal, finish_refused, finish_refused_none, own, picks, told};
pub use site::{Record, Site, Sited, Sites};
pub use strategy_fn::{StrategyFn, delay_by, delay_by_attempt, delay_by_error};
