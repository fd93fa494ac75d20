//! Arguments that attempts only borrow, also where only the compiler knows: nothing is asked for.

use resilience::{retry, timeout};

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[derive(Clone, Copy)]
struct Id(u32);

impl Id {
    fn number(self) -> u32 {
        self.0
    }
}

struct Connection(u32);

impl Connection {
    async fn ask(&mut self, number: u32) -> Result<u32, Failure> {
        self.0 += number;
        Ok(self.0)
    }

    async fn peek(&self) -> u32 {
        self.0
    }
}

/// What a method of it borrows exclusively needs no `mut`.
struct Context<'a> {
    connection: &'a mut Connection,
    name: &'a str,
    id: Id,
}

impl Context<'_> {
    fn title(&self) -> &str {
        self.name
    }
}

#[retry]
#[timeout("1s")]
async fn by_methods(id: Id, connection: Connection, name: String) -> Result<u32, Failure> {
    if name.trim_end().starts_with('a') {
        return Ok(id.number() + connection.peek().await);
    }
    Ok(id.number())
}

#[retry]
fn in_place(id: Id, name: String) -> Result<String, Failure> {
    Ok(format!("{} {name} {}", id.number(), name.repeat(2)))
}

#[retry]
async fn through_a_field(context: Context<'_>, id: Id) -> Result<u32, Failure> {
    let length = context.title().bytes().count();
    context.connection.ask(id.number() + context.id.number()).await.map(|all| all + u32::from(length > 1))
}

#[retry]
async fn handed_on(context: Context<'_>, id: Id) -> Result<u32, Failure> {
    async fn ask(connection: &mut Connection, id: Id) -> Result<u32, Failure> {
        connection.ask(id.number()).await
    }
    ask(context.connection, context.id).await.map(|all| all + id.number())
}

struct Client(Connection);

impl Client {
    #[retry]
    async fn exclusively(&mut self, id: Id) -> Result<u32, Failure> {
        self.0.ask(id.number()).await
    }

    #[retry]
    fn lent(&self, id: Id) -> Result<&u32, Failure> {
        if id.number() > 1 { Err(Failure) } else { Ok(&self.0.0) }
    }

    #[retry]
    async fn lent_later(&self, id: Id) -> Result<&u32, Failure> {
        if id.number() > 1 { Err(Failure) } else { Ok(&self.0.0) }
    }
}

fn is_send<T: Send>(future: T) {
    drop(future);
}

fn main() {
    is_send(by_methods(Id(1), Connection(1), String::new()));
    let _ = in_place(Id(1), String::new());
    let mut connection = Connection(1);
    drop(through_a_field(Context { connection: &mut connection, name: "a", id: Id(1) }, Id(1)));
    drop(handed_on(Context { connection: &mut connection, name: "a", id: Id(1) }, Id(1)));
    let mut client = Client(connection);
    is_send(client.exclusively(Id(1)));
    let _ = client.lent(Id(1));
    is_send(client.lent_later(Id(1)));
}
