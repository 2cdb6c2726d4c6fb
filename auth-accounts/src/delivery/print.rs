//! Messages as text, for examples and development.

use std::fmt;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::texts::text;
use super::{Delivery, DeliveryError, Message};
use crate::model::Email;

/// Writes messages to where the program says, such as its standard output, for examples and
/// development. **The tokens and codes are in them.**
///
/// ```
/// use auth_accounts::delivery::PrintDelivery;
///
/// let delivery = PrintDelivery::new(std::io::stdout());
/// # drop(delivery);
/// ```
pub struct PrintDelivery(Mutex<Box<dyn Write + Send>>);

impl PrintDelivery {
    /// Writes messages there, each in one go.
    pub fn new(to: impl Write + Send + 'static) -> Self {
        Self(Mutex::new(Box::new(to)))
    }
}

impl fmt::Debug for PrintDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrintDelivery(..)")
    }
}

#[async_trait]
impl Delivery for PrintDelivery {
    async fn deliver(&self, to: &Email, message: Message) -> Result<(), DeliveryError> {
        let text = format!("To: {}\n{}\n\n", to.as_str(), text(&message));
        let mut sink = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = sink.write_all(text.as_bytes()).and_then(|()| sink.flush());
        written.map_err(|error| DeliveryError(error.kind().to_string()))
    }
}
