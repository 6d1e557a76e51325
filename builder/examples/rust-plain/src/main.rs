use std::env;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// One answer for each connection: the standard library has no HTTP.
fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request)?;
    let body = "Hello from Rust\n";
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{}",
        body.len(),
        body
    )
}

fn main() -> std::io::Result<()> {
    let port = env::var("PORT").unwrap_or_else(|_| "5000".into());
    for stream in TcpListener::bind(format!("0.0.0.0:{port}"))?.incoming() {
        if let Err(error) = stream.and_then(answer) {
            eprintln!("{error}");
        }
    }
    Ok(())
}
