//! Asking the workspace in SQL.

use super::{Studio, StudioError};
use crate::jobs::Control;
use crate::sql::{ResultSet, Session};

impl Studio {
    /// A place to ask questions in; what a query makes temporarily lasts as long as it.
    pub fn sql_session(&self) -> Result<Session, StudioError> {
        Ok(Session::open(self.layout(), self.settings())?)
    }

    /// Runs a query over the workspace as it is now: see [`Session::run`].
    pub fn sql(
        &self,
        session: &Session,
        typed: &str,
        most_rows: Option<u64>,
        control: &Control,
        begun: impl FnOnce(&ResultSet),
    ) -> Result<ResultSet, StudioError> {
        Ok(session.run(typed, &self.snapshot(), most_rows, control, begun)?)
    }
}
