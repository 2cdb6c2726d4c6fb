//! When a program is asked to stop.

use std::future::Future;
use std::io;

/// Completes when the process is asked to stop: by Ctrl-C, or by SIGTERM where there is one. It listens from the
/// call on, not only once it is polled, so call it before the program says that it is ready.
///
/// ```no_run
/// # async fn run(listener: tokio::net::TcpListener, app: axum::Router) -> std::io::Result<()> {
/// let stopped = auth_core::web::stopped()?;
/// println!("ready");
/// axum::serve(listener, app).with_graceful_shutdown(stopped).await
/// # }
/// ```
///
/// # Errors
/// If the operating system does not report signals to the process.
///
/// # Panics
/// Outside of a tokio runtime, or in one without I/O.
#[cfg(unix)]
pub fn stopped() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use std::future::poll_fn;
    use std::task::Poll;

    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(poll_fn(move |context| {
        let is_stopped =
            interrupted.poll_recv(context).is_ready() | terminated.poll_recv(context).is_ready();
        if is_stopped { Poll::Ready(()) } else { Poll::Pending }
    }))
}

/// Completes when the process is asked to stop by Ctrl-C.
///
/// # Errors
/// None on this system.
#[cfg(not(unix))]
pub fn stopped() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
