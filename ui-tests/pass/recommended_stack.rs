#![deny(warnings)]
#![forbid(unsafe_code)]

use resilience::{circuit_breaker, fallback, retry, timeout};

pub struct Page;
pub struct JiraError;

impl From<resilience::Error> for JiraError {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

pub struct Jira;

impl Jira {
    #[fallback(Self::cached_page)]
    #[retry(max_attempts = 3, base_delay = "100ms")]
    #[circuit_breaker(name = "jira_api", failure_threshold = 5, recovery_timeout = "30s")]
    #[timeout("2s")]
    pub async fn search(&self, jql: &str) -> Result<Page, JiraError> {
        if jql.is_empty() { Err(JiraError) } else { Ok(Page) }
    }

    async fn cached_page(&self, _jql: &str) -> Result<Page, JiraError> {
        Ok(Page)
    }
}

fn main() {
    let _ = Jira.search("");
}
