//! The roll of functions: each place in the source once, under a name that no other has.
//!
//! Names do not depend on who asks first, on the linker's order or on the lines above a function: all functions that are
//! there are named at once, before the first policy of any is used, and those that share a path are numbered in the order
//! of the source.

use std::collections::BTreeMap;

use super::entry;
use super::identity::Identity;
use super::{Declared, Function};
use crate::core::sync::Mutex;

static ROLL: Mutex<Roll> = Mutex::new(Roll { places: BTreeMap::new(), namesakes: BTreeMap::new() });

/// The functions that have a name. It is for good: a library that is loaded later numbers on.
struct Roll {
    places: BTreeMap<Place, &'static Identity>,
    /// How many functions have a path.
    namesakes: BTreeMap<&'static str, u32>,
}

/// Where a function is written, in the order of the source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    path: &'static str,
    file: &'static str,
    /// First, because a macro writes its function each time that it is called.
    call: (u32, u32),
    name: u64,
    /// What one call of a macro writes at one place may still say different things.
    layers: &'static [&'static str],
}

impl Place {
    const fn of(function: &Function) -> Self {
        let Function { declared: Declared { path, place, layers, .. }, call, .. } = function;
        Self { path, file: call.file(), call: (call.line(), call.column()), name: *place, layers }
    }
}

/// The functions of the binary, each once, by file and line.
pub(crate) fn functions() -> Vec<&'static Function> {
    call(entry::linked())
}

/// What the records of the place of `function` share.
#[cold]
pub(super) fn identity(function: &Function) -> &'static Identity {
    let mut roll = ROLL.lock();
    roll.take(entry::linked());
    function.identity.get_or_init(|| roll.at(function))
}

/// Of `functions` one for each place, by file and line.
pub(crate) fn call(functions: impl Iterator<Item = &'static Function> + Clone) -> Vec<&'static Function> {
    ROLL.lock().take(functions.clone());
    let mut shown: Vec<_> = functions.filter(|function| function.identity().is_shown_by(function)).collect();
    shown.sort_by_key(|function| (function.file(), function.line(), Place::of(function)));
    shown
}

impl Roll {
    /// Takes in those that are not listed yet.
    fn take(&mut self, functions: impl Iterator<Item = &'static Function>) {
        let is_listed = |function: &Function| function.identity.get().is_some_and(|identity| identity.lists(function));
        let mut new: Vec<_> = functions.filter(|function| !is_listed(function)).collect();
        new.sort_by_key(|function| Place::of(function));
        for function in new {
            function.identity.get_or_init(|| self.at(function)).add(function);
        }
    }

    /// What stands at the place of `function`.
    fn at(&mut self, function: &Function) -> &'static Identity {
        self.places.entry(Place::of(function)).or_insert_with(|| {
            let namesakes = self.namesakes.entry(function.path()).or_default();
            *namesakes += 1;
            Identity::new(&function.declared, *namesakes)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use super::super::Layer;
    use super::*;

    /// Where it is called.
    #[track_caller]
    const fn here() -> &'static Location<'static> {
        Location::caller()
    }

    fn function(
        path: &'static str,
        line: u64,
        call: &'static Location<'static>,
        layers: &'static [&'static str],
    ) -> &'static Function {
        Box::leak(Box::new(Function::at(Declared { path, place: line << 32 | 8, layers, settings: &[] }, call)))
    }

    fn roll() -> Roll {
        Roll { places: BTreeMap::new(), namesakes: BTreeMap::new() }
    }

    fn names(functions: &[&'static Function]) -> Vec<&'static str> {
        functions.iter().map(|function| function.name()).collect()
    }

    /// Every order in which four can come.
    fn orders() -> impl Iterator<Item = [usize; 4]> {
        (0..256_usize).map(|code| [code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6]).filter(|order| {
            let mut sorted = *order;
            sorted.sort_unstable();
            sorted == [0, 1, 2, 3]
        })
    }

    #[test]
    fn functions_of_one_path_are_numbered_in_the_order_of_the_source_whoever_links_first() {
        assert_eq!(orders().count(), 24);
        for order in orders() {
            let [first, second, third] = [(3, here()), (9, here()), (120, here())]
                .map(|(line, at)| function("app::load", line, at, &["#retry"]));
            let other = function("app::save", 5, here(), &["#retry"]);
            let all = [first, second, third, other];
            roll().take(order.iter().map(|at| all[*at]));
            assert_eq!(names(&all), ["app::load", "app::load~2", "app::load~3", "app::save"], "{order:?}");
        }
    }

    #[test]
    fn lines_above_change_no_name() {
        let calls = [[here(), here()], [here(), here()]];
        for (above, [first, second]) in [0, 1000].into_iter().zip(calls) {
            let both = [(3, first), (9, second)].map(|(line, call)| function("app::load", line + above, call, &[]));
            roll().take(both.into_iter());
            assert_eq!(names(&both), ["app::load", "app::load~2"]);
        }
    }

    #[test]
    fn one_place_is_one_function_and_its_records_count_together() {
        let call = here();
        let copies = [(); 2].map(|()| function("app::load", 3, call, &["#retry"]));
        let other = function("app::load", 9, here(), &["#retry"]);
        roll().take([copies[0], other, copies[1]].into_iter());
        assert_eq!(names(&[copies[0], copies[1], other]), ["app::load", "app::load", "app::load~2"]);
        let shown = super::call([copies[1], copies[0], other].into_iter());
        assert_eq!(names(&shown), ["app::load", "app::load~2"]);
        copies[0].stats.enter();
        (0..2).for_each(|_| copies[1].stats.enter());
        other.stats.enter();
        let calls = [copies[0], copies[1], shown[0], other].map(|function| function.stats().calls);
        assert_eq!(calls, [3, 3, 3, 1]);
    }

    #[test]
    fn what_a_macro_writes_is_told_apart_by_its_calls_and_by_what_it_says() {
        let [above, below] = [here(), here()];
        let written = [(below, "2"), (above, "2"), (above, "3")].map(|(call, text)| {
            let layers = Box::leak(Box::new(["#retry", "max_attempts", text]));
            function("app::load", 3, call, layers)
        });
        roll().take(written.into_iter());
        assert_eq!(names(&written), ["app::load~3", "app::load", "app::load~2"]);
    }

    #[test]
    fn a_library_that_is_loaded_later_numbers_on() {
        let mut roll = roll();
        let calls = [(3, here()), (9, here()), (50, here())];
        let [late, last, first] = calls.map(|(line, call)| function("app::load", line, call, &[]));
        let [_, _, copy] = calls.map(|(line, call)| function("app::load", line, call, &[]));
        roll.take([first].into_iter());
        roll.take([first, last, late, copy].into_iter());
        assert_eq!(names(&[first, late, last, copy]), ["app::load", "app::load~2", "app::load~3", "app::load"]);
        copy.stats.enter();
        assert_eq!(first.stats().calls, 1);
    }

    #[test]
    fn a_record_that_no_linker_lists_is_named_when_somebody_asks() {
        let layers = &["#retry", "#timeout", "#timeout"];
        let [asked, other] = [here(), here()].map(|call| function("app::unlisted", 3, call, layers));
        assert_eq!(names(&[asked, other, asked]), ["app::unlisted", "app::unlisted~2", "app::unlisted"]);
        assert!(call([].into_iter()).is_empty());
        other.stats.enter();
        assert_eq!((asked.stats().calls, other.stats().calls), (0, 1));
        let layers: Vec<_> = other.layers().iter().map(Layer::name).collect();
        assert_eq!(layers, ["app::unlisted~2", "app::unlisted~2", "app::unlisted~2/attempt"]);
    }
}
