//! Uses that move, and uses that do not.

use proc_macro2::Span;
use quote::quote;
use syn::parse::Parser as _;

use super::*;

fn moved(body: TokenStream) -> Option<String> {
    let text = body.to_string();
    let mut statements = Block::parse_within.parse2(body).unwrap_or_else(|error| panic!("{text}: {error}"));
    let moved = find(&mut statements, &Ident::new("x", Span::call_site()));
    let texts = moved.into_iter().map(|moved| match moved {
        Moved::Value(_) => "value".to_owned(),
        Moved::Part(_, tokens) | Moved::Call(_, tokens) => tokens.to_string().replace(' ', ""),
    });
    texts.reduce(|all, one| format!("{all}, {one}"))
}

#[test]
fn what_takes_a_value_is_found() {
    for body in [
        quote!(send(x)),
        quote!(self.send(1, x).await?),
        quote!(Some((x, 1))),
        quote!(let y = x;),
        quote!(let y: T = x;),
        quote!(return Err(x);),
        quote!(if a { x } else { b }),
        quote!(match a {
            A => x,
            B => b,
        }),
        quote!(S { x }),
        quote!(S { y: x, ..z }),
        quote!(for y in x {}),
        quote!(x.await),
        quote!(y = x;),
        quote!(x + "b"),
        quote!(vec![a, x]),
        quote!(a.map(|b| f(b, x))),
        quote!(spawn(move || x.len())),
        quote!(spawn(async move { f(&x).await })),
        quote!({ (x) }),
        quote!(x.into()),
        quote!(let x = f(x);),
        quote!(x;),
    ] {
        let text = body.to_string();
        assert_eq!(moved(body).as_deref(), Some("value"), "{text}");
    }
    assert_eq!(moved(quote!(x.into_iter().count())).as_deref(), Some("x.into_iter()"));
}

#[test]
fn what_takes_a_part_is_found() {
    for (body, part) in [
        (quote!(x.body), "x.body"),
        (quote!(send(x.body)), "x.body"),
        (quote!(send(1, x.parts.0)), "x.parts.0"),
        (quote!(let y = x.body;), "x.body"),
        (quote!(send(x.body.into())), "x.body"),
        (quote!(send(x.body.into_bytes())), "x.body.into_bytes()"),
        (quote!(send(x.length, x.body)), "x.length, x.body"),
        (quote!(send(x.length, x)), "value"),
    ] {
        let text = body.to_string();
        assert_eq!(moved(body).as_deref(), Some(part), "{text}");
    }
}

#[test]
fn what_may_move_for_all_that_tokens_tell_is_unclear() {
    for (body, found) in [
        (quote!(x.send()), true),
        (quote!(x.send::<u8>(1)), true),
        (
            quote!({
                f(&x);
                x.send()
            }),
            true,
        ),
        (quote!(&x.send()), true),
        (quote!(log!("{}", x)), true),
        (
            quote!(match x {
                _ => 1,
            }),
            true,
        ),
        (quote!(x()), true),
        (quote!(f(S { y: x })), true),
        (quote!(f(&x)), false),
        (quote!(f(&mut x)), false),
        (quote!(x.field), false),
        (quote!(x.field.send()), false),
        (quote!(x.clone()), false),
        (quote!(x.as_str().len()), false),
        (quote!(x.to_string()), false),
        (quote!(y.x), false),
        (quote!(y.x()), false),
        (quote!(m::x()), false),
        (quote!(x::m()), false),
        (
            quote!({
                let x = 1;
            }),
            false,
        ),
        (
            quote!({
                fn x() {}
            }),
            false,
        ),
        (quote!(log!("{x}")), false),
    ] {
        let text = body.to_string();
        assert_eq!(unclear(body, &Ident::new("x", Span::call_site())).is_some(), found, "{text}");
    }
}

#[test]
fn what_borrows_or_may_be_something_else_is_not() {
    for body in [
        quote!(f(&x)),
        quote!(x.len()),
        quote!(f(&x.field)),
        quote!(f(x.field.len())),
        quote!(f(x.0[1])),
        quote!(f(y.x)),
        quote!(x[0]),
        quote!(x == y),
        quote!(f(*x)),
        quote!(match x {
            _ => 1,
        }),
        quote!(if let Some(y) = x {}),
        quote!(let _ = x;),
        quote!(let ref y = x;),
        quote!(println!("{}", x)),
        quote!(a.map(|x| f(x))),
        quote!(a.map(move |x| f(x))),
        quote!(spawn(move || x.field)),
        quote!(let x = a; f(x)),
        quote!(if let Some(x) = a {
            f(x)
        }),
        quote!(match a {
            x => f(x),
        }),
        quote!(for x in a {
            f(x)
        }),
        quote!({
            fn f(x: u8) {
                g(x)
            }
            f(1)
        }),
        quote!(S { x: 1 }),
        quote!(x.y(1)),
        quote!(m::x(1)),
        quote!(bind!(let x = 1); f(x)),
        quote!(spawn(move || {
            let x = 1;
            f(x)
        })),
        quote!(x.into_parts(&y)),
    ] {
        let text = body.to_string();
        assert_eq!(moved(body), None, "{text}");
    }
}
