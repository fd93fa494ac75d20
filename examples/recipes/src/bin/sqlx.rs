//! sqlx: who comes back to a locked database, and who to what it has refused.

// [recipe]
use resilience::{circuit_breaker, retry, timeout};
use sqlx::SqlitePool;

#[derive(Debug, thiserror::Error)]
enum StoreError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Refused(#[from] resilience::Error),
}

impl StoreError {
    /// Whether the statement was not to blame: the database was locked, or the connection broke.
    fn is_transient(&self) -> bool {
        match self {
            // `SQLITE_BUSY`; of Postgres "40001" and "40P01".
            Self::Database(sqlx::Error::Database(error)) => error.code().is_some_and(|code| code == "5"),
            Self::Database(error) => matches!(error, sqlx::Error::Io(_)),
            Self::Refused(_) => false,
        }
    }
}

/// An attempt that ends early, by an error or at the limit, drops its transaction, which is rolled back.
#[timeout("2s")]
#[retry(max_attempts = 10, base_delay = "5ms", retry_if = StoreError::is_transient)]
#[circuit_breaker(name = "ledger", failure_if = StoreError::is_transient)]
async fn transfer(pool: &SqlitePool, from: &str, to: &str, amount: i64) -> Result<(), StoreError> {
    const MOVE: &str = "UPDATE account SET balance = balance + ? WHERE owner = ?";
    let mut transaction = pool.begin().await?;
    for (owner, amount) in [(to, amount), (from, -amount)] {
        sqlx::query(MOVE).bind(amount).bind(owner).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}
// [/recipe]

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

async fn balance(pool: &SqlitePool, owner: &str) -> Result<i64, StoreError> {
    let query = sqlx::query_scalar("SELECT balance FROM account WHERE owner = ?");
    Ok(query.bind(owner).fetch_one(pool).await?)
}

fn attempts_on_a_locked_database() -> u64 {
    resilience::registry().circuit_breaker("ledger").map_or(0, |breaker| breaker.stats().total_failures)
}

async fn run(options: SqliteConnectOptions) -> Result<(), StoreError> {
    // SQLite would wait for a lock by itself; here that is the retry's part.
    let options = options.create_if_missing(true).busy_timeout(Duration::ZERO);
    let pool = SqlitePoolOptions::new().max_connections(2).connect_with(options).await?;
    for statement in [
        "CREATE TABLE account (owner TEXT PRIMARY KEY, balance INTEGER CHECK (balance >= 0))",
        "INSERT INTO account VALUES ('ann', 10), ('bob', 0)",
    ] {
        sqlx::query(statement).execute(&pool).await?;
    }

    let mut other = pool.acquire().await?;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *other).await?;
    let (moved, unlocked) = tokio::join!(transfer(&pool, "ann", "bob", 7), async {
        while attempts_on_a_locked_database() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        sqlx::query("COMMIT").execute(&mut *other).await
    });
    moved?;
    unlocked?;
    // The pool closes when it has all of its connections back.
    drop(other);

    let broke = transfer(&pool, "ann", "bob", 7).await;
    assert!(matches!(broke, Err(StoreError::Database(_))), "ann has only 3: {broke:?}");
    assert_eq!((balance(&pool, "ann").await?, balance(&pool, "bob").await?), (3, 7));

    let locked = attempts_on_a_locked_database();
    println!("7 moved after {locked} attempts on a locked database; 7 more refused by its rules");
    pool.close().await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), StoreError> {
    let file = std::env::temp_dir().join(format!("resilience-recipe-{}.sqlite", std::process::id()));
    let ran = run(SqliteConnectOptions::new().filename(&file)).await;
    std::fs::remove_file(&file).expect("the file of the database is there");
    ran
}
