//~ error[E0277]
//~ Retries` means nothing above a layer that `
//~ CatchesAll`
//~ this layer cannot stand here
//~ put that fallback on top, or limit it with `.when(|fault| ..)`
//~ is no layer of a pipeline
//~ a fallback needs to be told what to answer: `fallback.with(|fault| ..)`
use resilience::{Fallback, Pipeline, Retry};

fn covered(retry: Retry, fallback: Fallback) {
    let answered = fallback.with(|_| Ok::<_, String>(7));
    let _ = Pipeline::new().layer(retry).layer(answered);
}

fn twice(retry: Retry) {
    let _ = Pipeline::new().layer(retry.clone()).layer(retry);
}

fn mute(fallback: Fallback) {
    let _ = Pipeline::new().layer(fallback);
}

fn main() {
    let _ = (covered, twice, mute);
}
