-- Views over the stored statistics; catalog/views/stats.rs makes them.
CREATE SCHEMA stats;
