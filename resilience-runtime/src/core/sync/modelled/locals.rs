//! What belongs to a thread of the model. The standard library's would belong to all of them, and loom's do not know
//! that a value without a destructor outlives those that have one.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::mem::needs_drop;
use std::rc::Rc;

use loom::thread::ThreadId;

macro_rules! modelled_thread_local {
    ($($(#[$attribute:meta])* $vis:vis static $name:ident: $type:ty = const $init:block;)+) => {
        $($(#[$attribute])* $vis static $name: $crate::core::sync::LocalKey<$type> = $crate::core::sync::LocalKey { init: || $init };)+
    };
}
pub(crate) use modelled_thread_local as thread_local;

pub(crate) struct LocalKey<T: 'static> {
    pub(crate) init: fn() -> T,
}

#[derive(Debug)]
pub(crate) struct AccessError;

struct Local {
    thread: ThreadId,
    key: usize,
    has_destructor: bool,
    /// `None` once it was destroyed.
    value: Option<Rc<dyn Any>>,
}

std::thread_local! {
    static LOCALS: RefCell<Vec<Local>> = const { RefCell::new(Vec::new()) };
}

/// Runs the destructors of the thread that ends. What has none stays readable for those that have.
pub(super) fn end_thread() {
    let own = loom::thread::current().id();
    let next = || {
        LOCALS.with_borrow_mut(|locals| {
            let mut own = locals.iter_mut().filter(|local| local.thread == own && local.has_destructor);
            own.find_map(|local| local.value.take())
        })
    };
    while let Some(value) = next() {
        drop(value);
    }
    LOCALS.with_borrow_mut(|locals| locals.retain(|local| local.thread != own));
}

pub(super) fn forget_all() {
    std::mem::forget(LOCALS.take());
}

impl<T> LocalKey<T> {
    pub(crate) fn with<R>(&'static self, read: impl FnOnce(&T) -> R) -> R {
        self.try_with(read).expect("a value of the thread was used after its destructor had run")
    }

    pub(crate) fn try_with<R>(&'static self, read: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let (thread, key) = (loom::thread::current().id(), std::ptr::from_ref(self).addr());
        let known = LOCALS.with_borrow(|locals| {
            let known = locals.iter().find(|local| local.thread == thread && local.key == key);
            known.map(|local| local.value.clone().ok_or(AccessError))
        });
        let value = match known {
            Some(value) => value?,
            None => {
                let value: Rc<dyn Any> = Rc::new((self.init)());
                let local = Local { thread, key, has_destructor: needs_drop::<T>(), value: Some(Rc::clone(&value)) };
                LOCALS.with_borrow_mut(|locals| locals.push(local));
                value
            }
        };
        Ok(read(value.downcast_ref().expect("a key has one type")))
    }
}

impl<T: Copy> LocalKey<Cell<T>> {
    pub(crate) fn get(&'static self) -> T {
        self.with(Cell::get)
    }

    pub(crate) fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }

    pub(crate) fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T> LocalKey<RefCell<T>> {
    pub(crate) fn with_borrow<R>(&'static self, read: impl FnOnce(&T) -> R) -> R {
        self.with(|cell| read(&cell.borrow()))
    }

    pub(crate) fn set(&'static self, value: T) {
        self.replace(value);
    }

    pub(crate) fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}
