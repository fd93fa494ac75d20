//! Whatever is written between the parentheses of an attribute: diagnostics or an expansion, no panic, no endless loop.

mod tokens;

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestRunner};
use quote::quote;

use crate::args::value::Value;
use crate::args::{Args, Kind};
use crate::diagnostics::Errors;
use crate::{protect, timeout};
use tokens::{kind, stream, texts, tokens};

/// More cases than proptest's default; `PROPTEST_CASES` may ask for still more.
const CASES: u32 = 1_500;

/// No run of a property takes this long, unless a parser goes round in circles.
const PATIENCE: Duration = Duration::from_secs(300);

/// Checks `property` in a thread of its own, so that an endless loop fails instead of hanging.
fn check<S: Strategy + 'static>(values: fn() -> S, property: fn(S::Value) -> Result<(), TestCaseError>) {
    let (done, result) = channel();
    let (tell, current) = channel();
    std::thread::spawn(move || {
        let usual = ProptestConfig::default();
        let config = ProptestConfig { cases: usual.cases.max(CASES), failure_persistence: None, ..usual };
        let checked = TestRunner::new(config).run(&values(), |value| {
            // Nobody listens any more after a time-out.
            let _ = tell.send(format!("{value:?}"));
            property(value)
        });
        let _ = done.send(checked.map_err(|error| error.to_string()));
    });
    match result.recv_timeout(PATIENCE) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => panic!("{error}"),
        Err(RecvTimeoutError::Timeout) => panic!("an endless loop with {:?}", current.try_iter().last()),
        Err(RecvTimeoutError::Disconnected) => panic!("the property itself panicked"),
    }
}

fn items() -> Vec<TokenStream> {
    vec![
        quote!(
            async fn f(&self, a: &str, mut b: Vec<u8>) -> Result<u8, E> {
                self.go(a, b).await
            }
        ),
        quote!(
            fn f(self: Arc<Self>, a: u32, (x, _): (u8, u8)) -> Option<u8> {
                a.checked_add(x)
            }
        ),
        quote!(
            fn f(a: impl Send) -> impl Future<Output = io::Result<u8>> {
                async move { Ok(1) }
            }
        ),
        quote!(
            async fn f() -> u8 {
                1
            }
        ),
    ]
}

/// Diagnostics, or items that the compiler can parse.
fn is_answer(expanded: &TokenStream) -> Result<(), TestCaseError> {
    prop_assert!(!expanded.is_empty(), "neither diagnostics nor an expansion");
    let text = expanded.to_string();
    if text.contains("compile_error") {
        return Ok(());
    }
    let parsed = syn::parse2::<syn::ItemImpl>(quote!(impl X { #expanded }));
    prop_assert!(parsed.is_ok(), "{:?} in {}", parsed.err(), text);
    Ok(())
}

#[test]
fn any_arguments_of_one_attribute() {
    check(
        || (kind(), tokens(), 0_usize..4),
        |(kind, args, item)| is_answer(&protect(kind, stream(&args), items()[item].clone())),
    );
}

#[test]
fn any_arguments_of_two_attributes() {
    check(
        || (kind(), tokens(), kind(), tokens(), 0_usize..4),
        |(kind, args, sibling, others, item)| {
            let (sibling, others, item) =
                (Ident::new(sibling.name(), Span::call_site()), stream(&others), &items()[item]);
            is_answer(&protect(kind, stream(&args), quote!(#[#sibling(#others)] #item)))
        },
    );
}

#[test]
fn any_item() {
    check(
        || (kind(), tokens(), tokens()),
        |(kind, before, after)| {
            let args = quote!(name = "n", duration = "1s", default);
            let (before, after) = (stream(&before), stream(&after));
            protect(kind, args.clone(), quote!(#before fn f #after));
            protect(kind, args, quote!(#before async fn f(#after) -> Option<u8> { #after }));
            Ok(())
        },
    );
}

#[test]
fn any_text_as_source() {
    check(
        || (kind(), "[a-z_=,|()\\[\\]{}<>:;.&'\"#0-9 -]{0,40}"),
        |(kind, text)| match text.parse::<TokenStream>() {
            Ok(args) => is_answer(&protect(kind, args, items()[0].clone())),
            Err(_) => Ok(()),
        },
    );
}

/// What `#[timeout(text)]` understands.
fn duration(text: &str) -> Option<Duration> {
    let text = Literal::string(text);
    let mut errors = Errors::default();
    let args = Args::parse(Kind::Timeout, Span::call_site(), quote!(#text), &mut errors);
    let plan = timeout::Plan::new(args, Span::call_site(), &mut errors);
    match (errors.finish(), plan.limit) {
        (Ok(()), Value::Duration(duration)) => Some(duration),
        _ => None,
    }
}

#[test]
fn any_text_as_a_duration() {
    check(
        || prop_oneof![texts(), any::<String>()],
        |text| {
            prop_assert_ne!(duration(&text), Some(Duration::ZERO));
            Ok(())
        },
    );
}

const UNITS: &[(&str, u128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Every part is what its digits say, to the nanosecond below; the sum of the parts is the duration.
#[test]
fn durations_are_exact() {
    let parts = || vec((any::<u32>(), vec(0_u8..10, 0..16), select(UNITS)), 1..4);
    check(parts, |parts| {
        let (mut text, mut nanos) = (String::new(), 0);
        for (whole, fraction, (unit, size)) in parts {
            let digits: String = fraction.iter().map(u8::to_string).collect();
            text += &format!("{whole}.{digits}{unit} ");
            let scale = 10_u128.pow(u32::try_from(digits.len()).unwrap_or(0));
            nanos += u128::from(whole) * size + digits.parse().unwrap_or(0) * size / scale;
        }
        let expected = u64::try_from(nanos).ok().filter(|nanos| *nanos > 0).map(Duration::from_nanos);
        prop_assert_eq!(duration(&text), expected, "{}", text);
        Ok(())
    });
}
