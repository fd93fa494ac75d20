//! One run: the clients, the network and the server.

use std::collections::BTreeMap;
use std::time::Duration;

use resilience::retry::{Attempts, Step};
use resilience::{CircuitBreaker, Permit, Retry};

use super::super::agenda::Agenda;
use super::super::dice::Dice;
use super::{BASE_LOAD, BEGIN, Curve, OVERLOAD, Plan, SECONDS};

const PATIENCE: Duration = Duration::from_secs(3);

/// A request: which call sent it, as its how manyeth.
#[derive(Clone, Copy)]
struct Request {
    call: u64,
    number: u32,
}

enum Event {
    Arrival,
    Again(u64),
    AtServer(Request),
    Served(Request),
    Answer(Request),
    TimedOut(Request),
}

struct Call<'a> {
    attempts: Attempts<'a>,
    permit: Option<Permit<'static>>,
    /// The request that the client waits for, or the next one.
    number: u32,
}

pub(super) struct World<'a> {
    agenda: Agenda<Event>,
    dice: Dice,
    retry: &'a Retry,
    breaker: Option<CircuitBreaker>,
    overload: usize,
    calls: BTreeMap<u64, Call<'a>>,
    arrived: u64,
    in_flight: u32,
    curve: Curve,
}

impl<'a> World<'a> {
    pub(super) fn new(retry: &'a Retry, plan: &Plan, overload: usize, seed: u64) -> Self {
        let agenda = Agenda::new(seed);
        Self {
            agenda,
            dice: Dice::new(seed),
            retry,
            // After the agenda: its times are those of the agenda's clock.
            breaker: plan.breaker(),
            overload,
            calls: BTreeMap::new(),
            arrived: 0,
            in_flight: 0,
            curve: Curve { goodput: vec![0.0; SECONDS], requests: vec![0.0; SECONDS] },
        }
    }

    pub(super) fn run(mut self) -> Curve {
        self.agenda.after(Duration::ZERO, Event::Arrival);
        while let Some(event) = self.agenda.next() {
            if self.second() >= SECONDS {
                break;
            }
            match event {
                Event::Arrival => self.arrival(),
                Event::Again(call) => self.send(call),
                Event::AtServer(request) => {
                    self.in_flight += 1;
                    let work = Duration::from_secs(1) + self.in_flight * Duration::from_millis(10);
                    self.agenda.after(work, Event::Served(request));
                }
                Event::Served(request) => {
                    self.in_flight -= 1;
                    let network = self.dice.exponential(0.1);
                    self.agenda.after(network, Event::Answer(request));
                }
                Event::Answer(request) => self.settle(request, true),
                Event::TimedOut(request) => self.settle(request, false),
            }
        }
        self.curve
    }

    fn second(&self) -> usize {
        self.agenda.now().as_secs() as usize
    }

    /// Draws at the higher rate, and leaves calls out while the rate is the lower one.
    fn arrival(&mut self) {
        let gap = self.dice.exponential(1.0 / OVERLOAD);
        self.agenda.after(gap, Event::Arrival);
        let overloaded = (BEGIN..BEGIN + self.overload).contains(&self.second());
        if self.dice.happens(BASE_LOAD / OVERLOAD) || overloaded {
            let call = self.arrived;
            self.arrived += 1;
            self.calls.insert(call, Call { attempts: self.retry.start(), permit: None, number: 1 });
            self.send(call);
        }
    }

    fn send(&mut self, id: u64) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        match self.breaker.as_ref().map(CircuitBreaker::try_acquire_owned).transpose() {
            Ok(permit) => {
                call.permit = permit;
                let request = Request { call: id, number: call.number };
                let network = self.dice.exponential(0.1);
                self.agenda.after(network, Event::AtServer(request));
                self.agenda.after(PATIENCE, Event::TimedOut(request));
                let second = self.second();
                self.curve.requests[second] += 1.0;
            }
            Err(refused) => {
                let step = call.attempts.after_refusal(&refused);
                self.follow(id, step);
            }
        }
    }

    /// The client hears of a request, or gives up waiting for it; whatever comes second changes nothing.
    fn settle(&mut self, request: Request, answered: bool) {
        let second = self.second();
        let Some(call) = self.calls.get_mut(&request.call).filter(|call| call.number == request.number) else { return };
        call.number += 1;
        if let Some(permit) = call.permit.take() {
            if answered { permit.success() } else { permit.failure() }
        }
        let step = call.attempts.after(&if answered { Ok(()) } else { Err("timed out") });
        if answered {
            self.curve.goodput[second] += 1.0;
        }
        self.follow(request.call, step);
    }

    fn follow(&mut self, call: u64, step: Step) {
        match step {
            Step::Done => drop(self.calls.remove(&call)),
            Step::Retry(delay) => self.agenda.after(delay, Event::Again(call)),
        }
    }
}
