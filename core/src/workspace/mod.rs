//! The workspace folder: layout, settings, the lock.
