//! Default names: a policy without a name of its own is called after its function.

use std::collections::{BTreeMap, BTreeSet};
use std::ptr;

use super::Source;
use crate::function::Function;
use crate::name::Name;

/// The names of functions. A path can belong to two functions (methods of two types in one module): the first in the
/// source has the path, the others add their line.
#[derive(Default)]
pub(super) struct Titles {
    /// By the address of the function's record.
    given: BTreeMap<usize, Name>,
    taken: BTreeSet<Name>,
}

impl Titles {
    pub(super) fn of(&mut self, function: &'static Function, source: Option<Source>) -> Name {
        // All at once and in the order of the source: the names must not depend on which function is called first.
        if let (true, Some(source)) = (self.given.is_empty(), source) {
            for function in source() {
                self.give(function);
            }
        }
        self.give(function)
    }

    fn give(&mut self, function: &'static Function) -> Name {
        let address = ptr::from_ref(function).addr();
        if let Some(name) = self.given.get(&address) {
            return name.clone();
        }
        let mut name = Name::from(function.path());
        let mut copies = 1_u32;
        while self.taken.contains(&name) {
            // A third function on the same line comes out of one macro.
            let suffix = if copies == 1 { String::new() } else { format!("#{copies}") };
            name = Name::from(format!("{}:{}{suffix}", function.path(), function.line()));
            copies += 1;
        }
        self.taken.insert(name.clone());
        self.given.insert(address, name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::Declared;

    const fn function(line: u32) -> Function {
        Function::new(Declared { path: "app::load", file: "app.rs", line, layers: &[], settings: &[] })
    }

    static FIRST: Function = function(3);
    static SECOND: Function = function(9);
    static THIRD: Function = function(9);

    fn source() -> Vec<&'static Function> {
        vec![&FIRST, &SECOND, &THIRD]
    }

    #[test]
    fn functions_of_one_path_are_told_apart_by_their_line() {
        let mut titles = Titles::default();
        assert_eq!(titles.of(&THIRD, Some(source)).as_str(), "app::load:9#2");
        assert_eq!(titles.of(&SECOND, Some(source)).as_str(), "app::load:9");
        assert_eq!(titles.of(&FIRST, Some(source)).as_str(), "app::load");
    }

    #[test]
    fn without_a_source_the_first_call_has_the_path() {
        let mut titles = Titles::default();
        assert_eq!(titles.of(&SECOND, None).as_str(), "app::load");
        assert_eq!(titles.of(&FIRST, None).as_str(), "app::load:3");
        assert_eq!(titles.of(&SECOND, None).as_str(), "app::load");
    }
}
