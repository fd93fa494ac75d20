use resilience::retry;

fn refresh() -> Result<(), std::io::Error> {
    Ok(())
}

#[retry(max_attempts = 3, before_retry = |attempt, _| {
    if attempt > 1 {
        return;
    }
    refresh()?;
})]
fn by_question_mark() -> Result<u32, std::io::Error> {
    Ok(1)
}

#[retry(max_attempts = 3, before_retry = |attempt, _| async move {
    if attempt > 1 {
        return;
    }
    Ok(())
})]
async fn by_its_last_value() -> Result<u32, std::io::Error> {
    Ok(1)
}

fn main() {}
