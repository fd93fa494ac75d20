//! A storefront whose suppliers fail by a script, twice side by side: with the attributes and without.
//!
//! `cargo run --example storefront` takes about 20 seconds; `-- --serve` stays up and can be watched over HTTP.
//! Read `clients.rs` first: it is the only file that uses the attributes.
//!
//! What to see, second by second: `errors` and `throttled` cost retries and no customer; the `new token` is fetched once;
//! while three suppliers are `hanging` their breakers open, refuse at once, probe, and close when the supplier is back,
//! and fallbacks answer meanwhile. Without attributes the same errors reach the customer, and the hanging calls pile up.
//! Lyon's warehouse has no fallback: its calls fail on both sides, but here within milliseconds.

#![allow(unreachable_pub, reason = "a binary has no public interface: `pub` is what a module offers its siblings")]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the clock and lock bans keep the library testable; an application takes what std offers"
)]

mod clients;
mod live;
mod monitor;
mod options;
mod plain;
mod readings;
mod report;
mod script;
mod shop;
mod traffic;
mod upstream;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::clients::Protected;
use crate::live::Live;
use crate::monitor::Monitor;
use crate::options::{Options, USAGE};
use crate::plain::Plain;
use crate::script::Script;
use crate::traffic::Customer;

/// How long `/readyz` says 503 before connections are refused, so that a load balancer can look away.
const NOTICE: Duration = Duration::from_secs(1);

/// How long requests under way may take after that.
const DRAIN: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Options::parse(std::env::args().skip(1)) {
        Ok(options) if options.help => {
            println!("{USAGE}");
            Ok(())
        }
        Ok(options) => run(options).await,
        Err(mistake) => Err(format!("{mistake}\n{USAGE}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), String> {
    let listener = listen(options.port).await?;
    let monitor = Monitor::install()?;
    let script = Script::begin(options.length);
    let (helped, helped_upstream) = upstream::start(script).await.map_err(describe)?;
    let (bare, bare_upstream) = upstream::start(script).await.map_err(describe)?;

    let shop = Shop::open(listener, shop::routes(Protected::new(helped)).merge(monitor.routes()), &monitor)?;
    let bare_shop = Shop::open(listen(0).await?, shop::routes(Plain::new(bare)), &monitor)?;
    let customers = [Customer::of(shop.address), Customer::of(bare_shop.address)];

    println!("The storefront listens on http://{}", shop.address);
    let live = Live::start(script, customers.clone());
    let interrupted = tokio::select! {
        () = traffic::drive(&customers, script.length()) => false,
        _ = tokio::signal::ctrl_c() => true,
    };
    report::timeline(&live.stop().await);
    report::policies();
    report::comparison(&customers, [&helped_upstream, &bare_upstream]);

    if options.serve && !interrupted {
        println!("\nThe storefront stays up: the script repeats until Ctrl-C. Look at");
        monitor::PATHS.iter().for_each(|path| println!("  curl http://{}{path}", shop.address));
        tokio::select! {
            () = repeat(shop.address, script) => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    monitor.drain();
    if options.serve || interrupted {
        println!("\nDraining: /readyz says 503, requests under way are finished.");
        sleep(NOTICE).await;
    }
    monitor.close();
    shop.closed().await;
    bare_shop.closed().await;
    Ok(())
}

/// Traffic without end.
async fn repeat(shop: SocketAddr, script: Script) {
    loop {
        traffic::drive(&[Customer::of(shop)], script.length()).await;
    }
}

/// A storefront that is being served.
struct Shop {
    address: SocketAddr,
    server: JoinHandle<io::Result<()>>,
}

impl Shop {
    fn open(listener: TcpListener, routes: Router, monitor: &Monitor) -> Result<Self, String> {
        let address = listener.local_addr().map_err(describe)?;
        let closing = monitor.closing();
        let server = tokio::spawn(async move { axum::serve(listener, routes).with_graceful_shutdown(closing).await });
        Ok(Self { address, server })
    }

    async fn closed(self) {
        // Whoever is still waiting after `DRAIN` is cut off with the process.
        let _ = timeout(DRAIN, self.server).await;
    }
}

async fn listen(port: u16) -> Result<TcpListener, String> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("port {port} is in use; choose another, or leave --port out for a free one")
        }
        _ => format!("cannot listen on 127.0.0.1:{port}: {error}"),
    })
}

fn describe(error: io::Error) -> String {
    error.to_string()
}
