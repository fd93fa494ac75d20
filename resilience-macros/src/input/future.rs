//! Which return types are futures, and what they come to.

use proc_macro2::{Group, TokenStream};
use quote::quote;
use syn::visit_mut::{self, VisitMut};
use syn::{AngleBracketedGenericArguments, GenericArgument, PathArguments, Type, TypeParamBound, parse_quote};

use super::{Function, tail};

/// How a returned future is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FutureKind {
    Opaque,
    Boxed,
}

impl Function {
    /// The type that the policies look at, and the future that a call gives instead: `T` of `-> impl Future<Output = T>`.
    pub(crate) fn outcome(&self) -> Option<(Type, Option<FutureKind>)> {
        let ty = self.return_type()?;
        if self.is_async() {
            return Some((ty.clone(), None));
        }
        if let Some((output, kind)) = future_output(ty) {
            return Some((output, Some(kind)));
        }
        // Another name for a boxed future: the compiler knows what it comes to.
        if matches!(ty, Type::Path(_)) && self.body.as_ref().is_some_and(|body| boxes(ty, body)) {
            return Some((parse_quote!(<#ty as ::core::future::Future>::Output), Some(FutureKind::Boxed)));
        }
        Some((ty.clone(), None))
    }
}

/// Whether `body`, which returns a `ty`, visibly returns a future in a box.
fn boxes(ty: &Type, body: &Group) -> bool {
    tail::is_boxed(body) && (names_future(ty) || tail::AsyncBlock::of(body).is_some())
}

/// Whether a type is a future by its name, which does not say what it comes to.
pub(crate) fn names_future(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| {
        let name = last.ident.to_string();
        name.ends_with("Future") || name.ends_with("Fut")
    })
}

/// Whether a type says that it is a future, and what it comes to.
pub(crate) fn is_future(ty: &Type) -> bool {
    future_output(ty).is_some()
}

/// The `Output` of `impl Future<Output = T>`, `Pin<Box<dyn Future<Output = T>>>` or `BoxFuture<'_, T>`.
fn future_output(ty: &Type) -> Option<(Type, FutureKind)> {
    match ty {
        Type::ImplTrait(opaque) => bounds_output(&opaque.bounds).map(|ty| (ty, FutureKind::Opaque)),
        Type::TraitObject(object) => bounds_output(&object.bounds).map(|ty| (ty, FutureKind::Boxed)),
        Type::Group(group) => future_output(&group.elem),
        Type::Paren(paren) => future_output(&paren.elem),
        Type::Path(path) => {
            let segment = path.path.segments.last()?;
            let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
                return None;
            };
            if segment.ident == "Pin" || segment.ident == "Box" {
                let (output, _) = future_output(type_argument(arguments)?)?;
                return Some((output, FutureKind::Boxed));
            }
            if segment.ident == "BoxFuture" || segment.ident == "LocalBoxFuture" {
                let output = type_argument(arguments)?.clone();
                // A crate's own may come to `Result<T, ItsError>`.
                let output =
                    if is_fallible(&output) { output } else { parse_quote!(<#ty as ::core::future::Future>::Output) };
                return Some((output, FutureKind::Boxed));
            }
            None
        }
        _ => None,
    }
}

/// `Result<..>` or `Option<..>` by name.
pub(crate) fn is_fallible(ty: &Type) -> bool {
    match super::peel(ty) {
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|segment| segment.ident == "Result" || segment.ident == "Option")
        }
        _ => false,
    }
}

fn type_argument(arguments: &AngleBracketedGenericArguments) -> Option<&Type> {
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn bounds_output<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> Option<Type> {
    bounds.into_iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let segment = bound.path.segments.last().filter(|segment| segment.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
            return None;
        };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(assoc) if assoc.ident == "Output" => Some(assoc.ty.clone()),
            _ => None,
        })
    })
}

/// `impl Trait` becomes `_`: it may not be repeated inside the body.
// Input:  Result<impl Iterator<Item = u8>, E>
// Output: Result<_, E>
pub(crate) fn erase(ty: &Type) -> Type {
    replace_opaque(ty, &quote!(_))
}

pub(super) fn replace_opaque(ty: &Type, by: &TokenStream) -> Type {
    struct Replace<'a>(&'a TokenStream);
    impl VisitMut for Replace<'_> {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if matches!(ty, Type::ImplTrait(_)) {
                *ty = Type::Verbatim(self.0.clone());
            }
            visit_mut::visit_type_mut(self, ty);
        }
    }
    let mut ty = ty.clone();
    Replace(by).visit_type_mut(&mut ty);
    ty
}
