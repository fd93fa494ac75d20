//! The question whether a use of an argument consumes it, put to the compiler.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::{Expansion, generated, local};
use crate::args::Kind;
use crate::consumed::Consumed;
use crate::input::rewrite_self;
use crate::moves::Moved;

impl Expansion<'_> {
    /// Closures with such uses in them, never called, of which the compiler is asked whether they could be called again. A
    /// trait of their own is what lets it say what to write.
    // Input:  fn f(words: Vec<u32>) { Ok(count(words)) } under retry
    // Output: if false { #[diagnostic::on_unimplemented(..)] trait Again {} impl<F: FnMut()> Again for F {} fn again<F: Again>(_: F) {} again(|| { let like = Like::of(&words); like.takes(words); }); }
    pub(super) fn consumed(&self) -> Option<TokenStream> {
        // A body that stands in the function itself may end in a move and never come back.
        if self.one_shot || self.tracked {
            return None;
        }
        let all = Consumed::all(self.function, &self.form, &self.arguments, self.layers);
        (!all.is_empty()).then(|| all.iter().map(|consumed| self.question(consumed)).collect())
    }

    fn question(&self, consumed: &Consumed) -> TokenStream {
        let door = &self.door;
        let Consumed { name, moved, .. } = consumed;
        let (Moved::Value(used) | Moved::Call(used, _)) = moved;
        let at = generated(used.span());
        let argument = if name == "self" { self.receiver(used.span()) } else { Some(name.clone()) };
        let like = local("like", used.span());
        let taken = match moved {
            Moved::Value(_) => {
                quote_spanned!(at=> let #like = #door::Like::of(&#argument); #like.takes(#argument);)
            }
            Moved::Call(_, call) => quote_spanned!(at=> let _ = #call;),
        };
        let closure = local("closure", used.span());
        let [message, label, note] = texts(consumed);
        let cfg = self.cfg(name);
        let tokens = quote_spanned! {at=>
            #cfg
            {
                if false {
                    #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
                    trait Again {}
                    #[diagnostic::do_not_recommend]
                    impl<F: #door::core::ops::FnMut()> Again for F {}
                    fn again<F: Again>(_: F) {}
                    let #closure = || { #taken };
                    again(#closure);
                }
            }
        };
        match &self.form.this {
            Some(this) => rewrite_self(tokens, this),
            None => tokens,
        }
    }
}

/// What is wrong, where, and what to write.
fn texts(Consumed { name, needed_by, .. }: &Consumed) -> [String; 3] {
    let (who, whom) = match needed_by {
        Kind::Fallback => ("the fallback needs", "the body"),
        _ => ("every attempt needs", "each attempt"),
    };
    let attribute = needed_by.name();
    let borrow = if name == "self" { String::new() } else { format!(", `&{name}`,") };
    [
        format!("the body consumes `{name}`, which {who}"),
        format!("`{name}` is consumed here: write `clone({name})` in `#[{attribute}(..)]`"),
        format!(
            "`clone({name})` gives {whom} a clone, `clone({name} = ..)` what an expression makes of it; a body that only borrows it{borrow} needs neither"
        ),
    ]
}
