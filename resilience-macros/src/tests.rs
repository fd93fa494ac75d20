//! Expansions outside a compiler: what is emitted parses and is as expected, and nothing makes an attribute panic.

mod expansion;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use crate::args::Kind;
use crate::protect;

/// Attributes with functions under them, across options and shapes.
fn inputs() -> Vec<(Kind, TokenStream, TokenStream)> {
    vec![
        (
            Kind::Fallback,
            quote!(|e| self.cached(k).await),
            quote! {
                #[retry(max_attempts = 3, base_delay = "1m 30s", before_retry = |n, e| self.refresh(n), clone(request))]
                #[circuit_breaker(name = "db", failure_rate = 0.5, window = 10s, key = tenant)]
                #[timeout(500ms)]
                #[doc = "kept"]
                pub(crate) async fn f<'a, T: Clone, const N: usize>(
                    &'a mut self, tenant: &str, (mut a, _): (u32, u32), #[cfg(unix)] mut request: T,
                ) -> io::Result<&'a T> where T: 'a { self.go(a, request)?; return Ok(x) }
            },
        ),
        (
            Kind::Retry,
            quote!(
                clone(self = Self::copy(&self)?, a),
                strategy = |n, e: &E| pause(n, e),
                jitter = symmetric(0.1),
                budget = "b",
                idempotent = false
            ),
            quote! {
                #[timeout("2s")]
                default unsafe extern "C" fn f(mut self: Arc<Self>, a: Vec<u8>, _: u8) -> Option<u8> {
                    #![allow(unused)]
                    self.go(self::X); impl S { fn g(self) { self.x } } None
                }
            },
        ),
        (
            Kind::Fallback,
            quote!(path, when = |e: &E| e.is(), clone(b = b.copy()?)),
            quote! {
                #[fallback(value = 3, when = other)]
                #[timeout(duration = self.limit, mode = deadline, crate = ::other)]
                fn f(&self, b: B, S { ref x, ref mut y, z: (_, w) }: S, &c: &C) -> Self::Output { self.g() }
            },
        ),
        (
            Kind::Timeout,
            quote!("2s"),
            quote! {
                fn f(&self) -> Pin<Box<dyn Future<Output = Result<u8, E>> + Send + '_>> {
                    let x = 1;
                    Box::pin(async move {
                        if let Some(__ret) = None::<Result<u8, E>> { return __ret; }
                        let __self = self; let mut y = y;
                        let __ret: Result<u8, E> = { __self.go(y) };
                        __ret
                    })
                }
            },
        ),
        (
            Kind::Retry,
            quote!(strategy = pause, retry_if_result = |x| x > 3),
            quote!(
                fn f() -> impl Future<Output = Result<u8, E>> {
                    g()
                }
            ),
        ),
        (
            Kind::Retry,
            quote!(strategy = pause, retry_if_result = |x| x > 3),
            quote!(
                #[track_caller]
                fn f(n: u8) -> Result<u8, E> {
                    if n == 0 {
                        return g(n?)?;
                    }
                    assert!(g()? > n, "{}", |n| n?);
                    Ok(n)
                }
            ),
        ),
        (
            Kind::Fallback,
            quote!(default),
            quote!(
                #[timeout(1.5s)]
                async fn f() {}
            ),
        ),
    ]
}

#[test]
fn expansions_are_items() {
    for (kind, args, item) in inputs() {
        let expanded = protect(kind, args, item);
        let text = expanded.to_string();
        assert!(!text.contains("compile_error"), "{text}");
        // A method is no item of a file.
        let parsed = syn::parse2::<syn::ItemImpl>(quote!(impl X { #expanded }));
        assert!(parsed.is_ok(), "{:?} in {text}", parsed.err());
    }
}

#[test]
fn a_sibling_in_an_unresolved_cfg_attr_is_an_error() {
    let item = quote!(
        #[cfg_attr(unix, timeout("2s"))]
        async fn f() -> Option<u8> {
            None
        }
    );
    let text = protect(Kind::Retry, quote!(), item).to_string();
    assert!(text.contains("is not resolved yet"), "{text}");
}

#[test]
fn attributes_of_others_stay() {
    let item = quote!(
        #[ntest::timeout(100)]
        #[backon::retry]
        fn f() -> Option<u8> {
            None
        }
    );
    let text = protect(Kind::Retry, quote!(), item).to_string();
    assert!(text.contains("ntest") && text.contains("backon"), "{text}");
}

/// An editor expands what is being typed: every input with any one token missing or doubled gives tokens, not a panic.
#[test]
fn half_written_input_never_panics() {
    for (kind, args, item) in inputs() {
        for damaged in damage(&args) {
            protect(kind, damaged, item.clone());
        }
        for damaged in damage(&item) {
            protect(kind, args.clone(), damaged);
        }
    }
}

/// Every stream that differs from `tokens` by one token, at any depth.
fn damage(tokens: &TokenStream) -> Vec<TokenStream> {
    let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let with = |index: usize, middle: Vec<TokenTree>| -> TokenStream {
        all[..index].iter().cloned().chain(middle).chain(all[index + 1..].iter().cloned()).collect()
    };
    let mut damaged = Vec::new();
    for (index, token) in all.iter().enumerate() {
        damaged.push(with(index, Vec::new()));
        damaged.push(with(index, vec![token.clone(), token.clone()]));
        if let TokenTree::Group(group) = token {
            for inner in damage(&group.stream()) {
                damaged.push(with(index, vec![Group::new(group.delimiter(), inner).into()]));
            }
            damaged.push(with(index, vec![Group::new(Delimiter::None, group.stream()).into()]));
        }
    }
    damaged
}
