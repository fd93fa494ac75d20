//! What a return type says about its failures, as far as its name tells.

use proc_macro2::Ident;
use syn::{GenericArgument, PathArguments, Type};

use super::peel;

/// The error type of `Result<T, E>`.
pub(crate) fn error(ty: &Type) -> Option<&Type> {
    match named(ty)? {
        (name, types) if name == "Result" && types.len() == 2 => types.get(1).copied(),
        _ => None,
    }
}

/// The success type of `Result<T, E>` or `Option<T>`. With fewer parameters it is another name for a type, and its
/// parameters may mean anything.
pub(crate) fn success(ty: &Type) -> Option<&Type> {
    match named(ty)? {
        (name, types) if name == "Result" && types.len() == 2 => types.first().copied(),
        (name, types) if name == "Option" && types.len() == 1 => types.first().copied(),
        _ => None,
    }
}

/// The last name of a path with the types between its angle brackets.
fn named(ty: &Type) -> Option<(&Ident, Vec<&Type>)> {
    let Type::Path(path) = peel(ty) else { return None };
    let last = path.path.segments.last()?;
    let types = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    Some((&last.ident, types))
}
