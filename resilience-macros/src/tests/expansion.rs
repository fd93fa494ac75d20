//! What becomes of two functions, beside `expansion.txt`: a change of generated code shows in a diff. After one that is
//! meant: `UPDATE_EXPANSION=1 cargo test -p resilience-macros --lib expansion`, and read the difference.

use std::fs;

use syn::ItemFn;

use crate::protect;

/// One async, with all four; one sync, with options that stand in the expansion.
const FUNCTIONS: &[&str] = &[
    r#"
#[fallback(cached)]
#[retry(max_attempts = 3)]
#[circuit_breaker(name = "jira_api")]
#[timeout("2s")]
async fn search(jql: &str) -> Result<Page, JiraError> {
    let page = client().get(jql).await?;
    Ok(page)
}
"#,
    r#"
#[fallback(value = Vec::new(), when_result = |rows| rows.is_empty())]
#[retry(clone(query = query.prepared()?), before_retry = |attempt, error| log(attempt, error))]
#[circuit_breaker(name = "db", key = tenant, failure_if = |error| error.is_outage())]
#[timeout("1s", mode = deadline)]
fn rows(tenant: &str, query: Query) -> Result<Vec<Row>, DbError> {
    connection(tenant)?.run(query)
}
"#,
];

/// A function as it was written, and what its attributes make of it.
fn shown(source: &str) -> String {
    let mut function: ItemFn = syn::parse_str(source).expect("a function");
    let running = function.attrs.remove(0);
    let name = running.path().get_ident().expect("a name").to_string();
    let args = running.meta.require_list().expect("arguments").tokens.clone();
    let kind = crate::args::Kind::ALL.into_iter().find(|kind| kind.name() == name).expect("an attribute of ours");
    let expanded = protect(kind, args, quote::quote!(#function));
    let file = syn::parse2(expanded).expect("items");
    format!("// Written:\n{source}\n// Expanded:\n\n{}\n", prettyplease::unparse(&file))
}

#[test]
fn expansions_are_those_of_the_checked_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/expansion.txt");
    let expanded: String = FUNCTIONS.iter().copied().map(shown).collect();
    if std::env::var_os("UPDATE_EXPANSION").is_some() {
        fs::write(path, &expanded).expect("the file can be written");
    }
    let checked = fs::read_to_string(path).expect("the file is there");
    for (line, (expanded, checked)) in expanded.lines().zip(checked.lines()).enumerate() {
        assert_eq!(expanded, checked, "line {} of src/tests/expansion.txt", line + 1);
    }
    assert_eq!(expanded.lines().count(), checked.lines().count(), "lines of src/tests/expansion.txt");
}
