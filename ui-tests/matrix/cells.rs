//! The cells of the matrix, as source.

/// What every module uses.
pub(crate) const PRELUDE: &str = r#"#![deny(warnings)]
#![allow(unused_imports)]
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::{BoxFuture, FutureExt as _};
use resilience::{fallback, retry, timeout};

#[derive(Debug, Clone, PartialEq)]
pub struct Failure(u32);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "call {} failed", self.0)
    }
}

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self(0)
    }
}

pub type Outcome = Result<usize, Failure>;

#[derive(Debug, Default)]
pub struct Calls(AtomicU32);

impl Calls {
    pub fn number(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub fn third(&self) -> Outcome {
        let call = self.number();
        if call < 3 { Err(Failure(call)) } else { Ok(0) }
    }
}

pub trait Hit {
    fn calls(&self) -> &Calls;
    fn count(&mut self);
}

pub async fn elsewhere(call: u32, key: &str) -> Outcome {
    if call < 3 { Err(Failure(call)) } else { Ok(key.len() + 1) }
}

pub fn send<T: Send>(value: T) -> T {
    value
}
"#;

const FORMS: &[&str] = &[
    "sync",
    "plain",
    "trait_method",
    "trait_default",
    "box_future",
    "box_future_elsewhere",
    "boxed",
    "pinned",
    "pinned_elsewhere",
    "opaque",
    "opaque_elsewhere",
];
const RECEIVERS: &[&str] = &["by_ref", "by_mut", "by_arc", "free"];
const PLACES: &[&str] = &["below", "between", "above"];
const INSTRUMENTS: &[&str] = &["", "skip(SELF)", "err", "ret", "err, ret", "skip(SELF), err"];

/// One function.
pub(crate) struct Cell {
    form: &'static str,
    receiver: &'static str,
    place: &'static str,
    instrument: usize,
}

/// Every function there is.
pub(crate) fn all() -> Vec<Cell> {
    let mut all = Vec::new();
    for form in FORMS {
        for receiver in RECEIVERS {
            for place in PLACES {
                all.extend((0..INSTRUMENTS.len()).map(|instrument| Cell { form, receiver, place, instrument }));
            }
        }
    }
    all
}

impl Cell {
    pub(crate) fn name(&self) -> String {
        format!("{}_{}_{}_{}", self.form, self.receiver, self.place, self.instrument)
    }

    /// `#[instrument]` above does not see that there is a future: it enters its span while one is made, and with `err` or
    /// `ret` asks it for its outcome.
    pub(crate) fn is_refused(&self) -> bool {
        let tells = INSTRUMENTS[self.instrument].contains("err") || INSTRUMENTS[self.instrument].contains("ret");
        self.place == "above" && (self.form == "boxed" || self.form.ends_with("_elsewhere") && tells)
    }

    fn is_trait(&self) -> bool {
        self.form.starts_with("trait")
    }

    fn this(&self) -> &'static str {
        if self.receiver == "free" { "client" } else { "self" }
    }

    fn attributes(&self) -> String {
        let instrument =
            format!("#[tracing::instrument({})]\n", INSTRUMENTS[self.instrument]).replace("SELF", self.this());
        let retry = "#[fallback(|error: Failure| Ok(1000 * error.0 as usize + words.len() + key.len()))]\n#[retry(base_delay = \"1ms\")]\n";
        let timeout = match self.form {
            "sync" => "#[timeout(\"1s\", mode = deadline)]\n",
            _ => "#[timeout(\"1s\")]\n",
        };
        match self.place {
            "below" => format!("{retry}{timeout}{instrument}"),
            "between" => format!("{retry}{instrument}{timeout}"),
            _ => format!("{instrument}{retry}{timeout}"),
        }
    }

    fn receiver(&self, lifetime: &str) -> String {
        match self.receiver {
            "by_ref" => format!("&{lifetime}self"),
            "by_mut" => format!("&{lifetime}mut self"),
            "by_arc" => "self: Arc<Self>".into(),
            _ => format!("client: &{lifetime}Client"),
        }
    }

    fn body(&self) -> String {
        let count = if self.receiver == "by_mut" { "self.count(); " } else { "" };
        format!("{count}{}.calls().third()?; Ok(words.len() + key.len())", self.this())
    }

    fn function(&self) -> String {
        let (body, this) = (self.body(), self.this());
        let pinned = "Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>";
        let elsewhere = format!("let _ = words.len(); elsewhere({this}.calls().number(), key)");
        let boxed_elsewhere = format!("let _ = words.len(); Box::pin(elsewhere({this}.calls().number(), key))");
        let lazily = format!("async move {{ {body} }}");
        let (returns, body) = match self.form {
            "box_future" => ("BoxFuture<'a, Outcome>", format!("Box::pin({lazily})")),
            "box_future_elsewhere" => ("BoxFuture<'a, Outcome>", boxed_elsewhere),
            "boxed" => ("BoxFuture<'a, Outcome>", format!("{lazily}.boxed()")),
            "pinned" => (pinned, format!("let more = key; Box::pin(async move {{ let key = more; {body} }})")),
            "pinned_elsewhere" => (pinned, boxed_elsewhere),
            "opaque" => ("impl Future<Output = Outcome> + Send + 'a", lazily),
            "opaque_elsewhere" => ("impl Future<Output = Outcome> + Send + 'a", elsewhere),
            form => {
                let asynchronous = if form == "sync" { "" } else { "async " };
                let receiver = self.receiver("");
                return format!("{asynchronous}fn f({receiver}, words: Vec<u8>, key: &str) -> Outcome {{ {body} }}");
            }
        };
        let receiver = self.receiver("'a ");
        format!("fn f<'a>({receiver}, words: Vec<u8>, key: &'a str) -> {returns} {{ {body} }}")
    }

    fn item(&self) -> String {
        let (attributes, function) = (self.attributes(), self.function());
        match self.form {
            "trait_method" => {
                let receiver = self.receiver("");
                format!(
                    "#[async_trait::async_trait]\ntrait Fetch {{ async fn f({receiver}, words: Vec<u8>, key: &str) -> Outcome; }}\n#[async_trait::async_trait]\nimpl Fetch for Client {{\n{attributes}{function}\n}}"
                )
            }
            "trait_default" => format!(
                "#[async_trait::async_trait]\ntrait Fetch: Hit + std::fmt::Debug {{\n{attributes}{function}\n}}\nimpl Fetch for Client {{}}"
            ),
            _ if self.receiver == "free" => format!("{attributes}{function}"),
            _ => format!("impl Client {{\n{attributes}{function}\n}}"),
        }
    }

    pub(crate) fn module(&self) -> String {
        let (name, item) = (self.name(), self.item());
        let mutable = if self.receiver == "by_mut" { "mut " } else { "" };
        let call = match (self.receiver, self.is_trait()) {
            ("by_arc", _) => "Arc::new(client).f(vec![1], \"ab\")",
            ("free", true) => "Client::f(&client, vec![1], \"ab\")",
            ("free", false) => "f(&client, vec![1], \"ab\")",
            _ => "client.f(vec![1], \"ab\")",
        };
        let outcome = if self.form == "sync" { call.to_owned() } else { format!("send({call}).await") };
        format!(
            r#"
mod {name} {{
use crate::*;

#[derive(Debug, Default)]
pub struct Client {{ calls: Calls, total: u32 }}

impl Hit for Client {{
    fn calls(&self) -> &Calls {{ &self.calls }}
    fn count(&mut self) {{ self.total += 1; }}
}}

{item}

pub async fn run() {{
    let {mutable}client = Client::default();
    assert_eq!({outcome}, Ok(3));
}}
}}
"#
        )
    }
}
