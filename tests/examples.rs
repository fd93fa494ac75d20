//! Every example runs, ends well, and says what its first lines promise.
//!
//! `cargo test` builds the examples beside the tests. To run this file alone, run `cargo build --examples` first: with
//! `cargo test --test examples` only, examples that were built before are run as they are.
#![cfg(feature = "macros")]
#![allow(clippy::unwrap_used, reason = "all of it is test code")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

fn example(name: &str) -> Command {
    let me = std::env::current_exe().unwrap();
    let built: PathBuf =
        me.ancestors().nth(2).unwrap().join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    if !built.exists() {
        let status = Command::new(env!("CARGO")).args(["build", "--examples"]).status().unwrap();
        assert!(status.success(), "the examples do not build");
    }
    Command::new(built)
}

fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

#[track_caller]
fn prints(name: &str, expected: &[&str]) {
    let output = run(&mut example(name));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{name} failed:\n{text}{}", String::from_utf8_lossy(&output.stderr));
    let mut rest = &*text;
    for line in expected {
        let Some((_, after)) = rest.split_once(line) else {
            panic!("{name} does not print `{line}`, in order:\n{text}")
        };
        rest = after;
    }
}

#[test]
fn retry_succeeds_at_the_third_attempt_and_gives_up_at_once_on_a_hopeless_error() {
    prints(
        "retry",
        &[
            "Oslo: Ok(\"sunny\") after 3 attempts",
            "attempt 1 failed, waited 20ms",
            "attempt 2 failed, waited 40ms",
            "Atlantis: Err(\"Atlantis: no such city\") after 1 attempt\n",
        ],
    );
}

#[test]
fn circuit_breaker_opens_refuses_probes_and_closes() {
    prints(
        "circuit_breaker",
        &[
            "the breaker is open\ncall 4: true\nrejected so far: 1",
            "the service is asked\ncall 5: Ok(\"42 hits\")",
            "the breaker is closed",
        ],
    );
}

#[test]
fn timeout_frees_the_caller_in_all_three_forms() {
    prints("timeout", &["with 5 s: Ok", "with 20 ms: Err", "blocking: Err", "co-operating: true"]);
}

#[test]
fn fallback_answers_in_each_form_and_lets_through_what_when_excludes() {
    prints(
        "fallback",
        &[
            "a function: Ok(10)",
            "a closure: Ok(\"sorry, Ann: the greeter is asleep\")",
            "a value: 3",
            "the default: Ok([])",
            "let through: Err(\"no such user\")",
        ],
    );
}

#[test]
fn registry_knows_a_function_before_its_first_call_and_steers_its_breaker() {
    prints(
        "registry",
        &[
            "registry::search at ",
            "retry [(\"max_attempts\", \"2\")",
            "circuit_breaker [",
            "search: Ok(4)",
            "search: Err(\"circuit breaker `search` is open\")",
            "StateChanged { from: Closed, to: ForcedOpen }",
            "health: {\"status\":\"critical\"",
            "problems: 0",
        ],
    );
}

#[test]
fn programmatic_policies_work_without_attributes() {
    prints("programmatic", &["a wrong option: ", "the answer: Ok"]);
}

#[test]
fn storefront_runs_a_short_script_to_the_end() {
    let output = run(example("storefront").args(["--seconds", "2"]));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for part in ["with attributes", "without", "State changes", "requests to inventory"] {
        assert!(text.contains(part), "`{part}` is missing from\n{text}");
    }
}

#[test]
fn storefront_says_that_a_port_is_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(example("storefront").args(["--port", &port]));
    assert!(!output.status.success());
    let expected = format!("error: port {port} is in use");
    assert!(String::from_utf8_lossy(&output.stderr).starts_with(&expected), "{output:?}");
}

#[test]
fn storefront_explains_a_wrong_argument() {
    for (arguments, expected) in [
        (&["--sevre"][..], "error: `--sevre` is not an option\nusage: "),
        (&["--port"], "error: `--port` needs a value"),
        (&["--port", "70000"], "error: `--port 70000`: write a whole number from 0 to 65535"),
        (&["--seconds=0"], "error: `--seconds 0`: write a whole number from 1 to 3600"),
    ] {
        let output = run(example("storefront").args(arguments));
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).starts_with(expected), "{output:?}");
    }
}

#[cfg(unix)]
#[test]
fn storefront_serves_its_state_until_interrupted_and_then_drains() {
    let mut child = example("storefront").args(["--serve", "--seconds", "1"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let address = lines.find_map(|line| line.split_once("http://").map(|(_, address)| address.to_owned())).unwrap();
        assert!(lines.any(|line| line.contains("stays up")));
        check_endpoints(&address);
        interrupt(&child);
        assert!(lines.any(|line| line.starts_with("Draining")));
        assert_eq!(get(&address, "/readyz").0, 503);
    }));
    if let Err(panic) = checked {
        let _ = child.kill();
        std::panic::resume_unwind(panic);
    }
    drop(lines);
    assert!(child.wait().unwrap().success());
}

fn check_endpoints(address: &str) {
    const API: &str = "/api/v1/resilience";
    let (status, body) = get(address, &format!("{API}/circuit-breakers"));
    assert_eq!(status, 200);
    let breakers: serde_json::Value = serde_json::from_str(&body).unwrap();
    for name in ["inventory", "pricing", "billing"] {
        for field in ["state", "failure_count", "failure_threshold", "success_count", "success_threshold", "opened_at"]
        {
            assert!(breakers[name].get(field).is_some(), "{name}.{field} is missing from {body}");
        }
    }
    assert_eq!(get(address, &format!("{API}/circuit-breakers/inventory")).0, 200);
    let (status, problem) = get(address, &format!("{API}/circuit-breakers/nobody"));
    assert!(status == 404 && problem.contains("nobody"), "{status} {problem}");
    let (status, health) = get(address, &format!("{API}/health"));
    assert!([200, 503].contains(&status) && health.contains("circuits_by_state"), "{status} {health}");
    let (status, summary) = get(address, &format!("{API}/summary"));
    assert!(status == 200 && summary.contains("health_percentage"), "{status} {summary}");
    assert_eq!(get(address, "/readyz").0, 200);
    let (status, metrics) = get(address, "/metrics");
    assert_eq!(status, 200);
    for series in ["resilience_breaker_state{", "resilience_retry_calls_total{", "resilience_fallback_calls_total{"] {
        assert!(metrics.contains(series), "`{series}` is missing from\n{metrics}");
    }
}

fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}
