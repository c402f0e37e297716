//! The listening side: accept, serve, and stop without cutting anybody off.

use super::desk::Stopping;
use super::router;
use crate::app::App;
use crate::base::limits::DRAIN_TIME_MAX;
use axum::Extension;
use axum::serve::ListenerExt as _;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serves until `stop`; requests under way then have ten seconds to end.
///
/// # Errors
/// If the listener fails for good.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
    // Answers are small: waiting to fill a packet would only make them late.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
    });
    let pages = router(app).layer(Extension(Stopping(stop.clone())));
    let service = pages.into_make_service_with_connect_info::<SocketAddr>();
    let told = stop.clone();
    let serving = async move {
        axum::serve(listener, service).with_graceful_shutdown(async move { told.cancelled().await }).await
    };
    let too_late = async {
        stop.cancelled().await;
        // `timeout` around a future that never ends is a deadline; the clock of the house would stand still in tests.
        let _ = tokio::time::timeout(DRAIN_TIME_MAX.to_std(), std::future::pending::<()>()).await;
    };
    tokio::select! {
        ended = serving => ended,
        () = too_late => {
            tracing::warn!("stopped while requests were still under way");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn a_told_stop_ends_serving_after_the_answers_under_way() {
        let house = TestHouse::open().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve(house.app.clone(), listener, stop.clone()));
        let mut visitor = tokio::net::TcpStream::connect(address).await.unwrap();
        visitor.write_all(b"GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        visitor.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        stop.cancel();
        serving.await.unwrap().unwrap();
    }
}
