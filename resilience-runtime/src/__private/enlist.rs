//! What an expansion leaves in the binary so that its function is known before the first call: a pointer among those that
//! the loader of a program or a library follows before anything else runs.
//!
//! Macros, because only here is the target known, which attributes do not learn.

/// Makes the function of a record known. Windows: among the initialisers of C++.
#[cfg(windows)]
#[doc(hidden)]
#[macro_export]
macro_rules! __enlist {
    ($record:ident) => {
        $crate::__private::enlist_in! { ".CRT$XCU", $record }
    };
}

/// Makes the function of a record known. Mach-O: its section has a type.
#[cfg(target_vendor = "apple")]
#[doc(hidden)]
#[macro_export]
macro_rules! __enlist {
    ($record:ident) => {
        $crate::__private::enlist_in! { "__DATA,__mod_init_func,mod_init_funcs", $record }
    };
}

/// Makes the function of a record known. ELF, and WebAssembly, where `__wasm_call_ctors` follows the pointers. A system
/// that does not know the section follows none: there the inventory is empty, and all else is as elsewhere.
#[cfg(not(any(windows, target_vendor = "apple")))]
#[doc(hidden)]
#[macro_export]
macro_rules! __enlist {
    ($record:ident) => {
        $crate::__private::enlist_in! { ".init_array", $record }
    };
}

/// The pointer and the function behind it.
#[doc(hidden)]
#[macro_export]
macro_rules! __enlist_in {
    ($section:literal, $record:ident) => {
        extern "C" fn enlist() {
            $crate::__private::enlist(&$record.0);
        }
        // A user's `#![forbid(unsafe_code)]` lets it pass, as what a macro of another crate writes.
        // SAFETY: those who follow the pointers of this section call functions of the C convention with arguments that ours
        // may ignore, and want nothing back. It runs before `main`, and touches atomics in statics only.
        #[used]
        #[unsafe(link_section = $section)]
        static ENLIST: extern "C" fn() = enlist;
    };
}
