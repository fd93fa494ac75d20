//! Tokens that somebody might write, and tokens that nobody would.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::args::Kind;

/// A token that prints what it is.
#[derive(Debug, Clone)]
pub(super) enum Token {
    Word(&'static str),
    Raw(&'static str),
    Sign(char, bool),
    Text(String),
    Bytes(Vec<u8>),
    Letter(char),
    Integer(i64),
    Float(f64),
    /// A literal as written: with a suffix, a prefix, a base.
    Written(&'static str),
    Group(usize, Vec<Token>),
}

/// Tokens as a macro gets them.
pub(super) fn stream(tokens: &[Token]) -> TokenStream {
    tokens.iter().map(tree).collect()
}

fn tree(token: &Token) -> TokenTree {
    const DELIMITERS: [Delimiter; 4] = [Delimiter::Parenthesis, Delimiter::Bracket, Delimiter::Brace, Delimiter::None];
    match token {
        Token::Word(word) => Ident::new(word, Span::call_site()).into(),
        Token::Raw(word) => Ident::new_raw(word, Span::call_site()).into(),
        Token::Sign(sign, joint) => Punct::new(*sign, if *joint { Spacing::Joint } else { Spacing::Alone }).into(),
        Token::Text(text) => Literal::string(text).into(),
        Token::Bytes(bytes) => Literal::byte_string(bytes).into(),
        Token::Letter(letter) => Literal::character(*letter).into(),
        Token::Integer(number) => Literal::i64_unsuffixed(*number).into(),
        Token::Float(number) => Literal::f64_unsuffixed(*number).into(),
        Token::Written(text) => text.parse::<Literal>().expect("a literal").into(),
        Token::Group(delimiter, inner) => Group::new(DELIMITERS[*delimiter], stream(inner)).into(),
    }
}

const KEYWORDS: &[&str] = &[
    "self", "Self", "crate", "super", "true", "false", "async", "await", "move", "mut", "ref", "if", "else", "match",
    "loop", "return", "break", "fn", "as", "unsafe", "const", "static", "dyn", "impl", "where", "_", "let", "for",
];

const OTHER_WORDS: &[&str] = &[
    "a",
    "b",
    "x",
    "thread",
    "deadline",
    "exponential",
    "constant",
    "decorrelated",
    "full",
    "equal",
    "none",
    "handler",
    "retry",
    "timeout",
    "circuit_breaker",
    "fallback",
    "resilience",
    "Strategy",
    "max_atempts",
    "Duration",
    "E",
];

const LITERALS: &[&str] = &[
    "250ms",
    "1.5s",
    "1s",
    "0ms",
    "500u64",
    "3usize",
    "0x1F",
    "0b11",
    "0o7",
    "1e9",
    "1e400",
    "2.0f64",
    "1_000ms",
    "5h",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "r\"raw\"",
    "r#\"raw\"#",
    "b'x'",
    "c\"text\"",
    "b\"bytes\"",
    "0f32",
    "1E+5",
    "7µs",
    "9weeks",
    "\"\"suffix",
];

fn words() -> Vec<&'static str> {
    let options = Kind::ALL.into_iter().flat_map(|kind| kind.options().iter().copied());
    let all = options.chain(KEYWORDS.iter().copied()).chain(OTHER_WORDS.iter().copied());
    all.collect()
}

/// Texts, among them some that look like durations.
pub(super) fn texts() -> BoxedStrategy<String> {
    prop_oneof![
        "[ 0-9._]{0,6}(ns|us|µs|ms|s|m|h|d|ns)?[ 0-9._a-z-]{0,8}",
        ".{0,12}",
        Just("budget".to_owned()),
        Just("::resilience".to_owned()),
    ]
    .boxed()
}

fn token() -> BoxedStrategy<Token> {
    // A lifetime is a joint `'` and a word, and rustc makes no other.
    let signs: Vec<char> = "=,:;.&|-!#+*/<>?@$^%~".chars().collect();
    let leaf = prop_oneof![
        6 => select(words()).prop_map(Token::Word),
        1 => select(vec!["fn", "match", "name", "max_attempts"]).prop_map(Token::Raw),
        6 => (select(signs), any::<bool>()).prop_map(|(sign, joint)| Token::Sign(sign, joint)),
        6 => select(vec![Token::Sign('=', false), Token::Sign(',', false), Token::Sign('|', false)]),
        2 => texts().prop_map(Token::Text),
        1 => vec(any::<u8>(), 0..4).prop_map(Token::Bytes),
        1 => any::<char>().prop_map(Token::Letter),
        2 => prop_oneof![any::<i64>(), -2_i64..200].prop_map(Token::Integer),
        1 => prop_oneof![-1e300..1e300, 0.0..2.0].prop_map(Token::Float),
        3 => select(LITERALS).prop_map(Token::Written),
    ];
    let group = |inner| (0_usize..4, vec(inner, 0..6)).prop_map(|(delimiter, inner)| Token::Group(delimiter, inner));
    leaf.prop_recursive(4, 24, 6, group).boxed()
}

/// Tokens without order, and tokens in the order of options.
pub(super) fn tokens() -> BoxedStrategy<Vec<Token>> {
    let value = || vec(token(), 1..4);
    let option = (select(words()), value()).prop_map(|(key, value)| {
        let mut tokens = vec![Token::Word(key), Token::Sign('=', false)];
        tokens.extend(value);
        tokens.push(Token::Sign(',', false));
        tokens
    });
    let list = (select(words()), value()).prop_map(|(key, value)| vec![Token::Word(key), Token::Group(0, value)]);
    let part = prop_oneof![6 => option, 1 => list, 1 => value()];
    prop_oneof![vec(token(), 0..12), vec(part, 0..6).prop_map(|parts| parts.concat())].boxed()
}

pub(super) fn kind() -> BoxedStrategy<Kind> {
    select(Kind::ALL.to_vec()).boxed()
}
