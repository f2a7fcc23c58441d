//! What a query must not be able to do.

use std::fs;

use super::Example;
use crate::sql::SqlError;

/// Queries that must be refused; `{root}` is the workspace, `{data}` the first data file.
const ATTACKS: &[&str] = &[
    // Writing files.
    "COPY (SELECT 1) TO '{root}/out.csv'",
    "COPY (SELECT 1) TO '{root}/tmp/out.csv'",
    "COPY (SELECT 1) TO '{data}' (FORMAT parquet, USE_TMP_FILE false)",
    "COPY datasets FROM '{root}/workspace.toml'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{root}/out.csv'",
    "EXPLAIN (ANALYZE) COPY (SELECT 1) TO '{root}/out.csv'",
    "EXPLAIN (FORMAT json, ANALYZE) COPY (SELECT 1) TO '{root}/out.csv'",
    "EXPORT DATABASE '{root}/out'",
    "IMPORT DATABASE '{root}/out'",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{root}/out.csv''')",
    "SELECT * FROM query('SELECT 1; COPY (SELECT 1) TO ''{root}/out.csv''')",
    // Other databases.
    "ATTACH '{root}/catalog.duckdb' AS c",
    "ATTACH '{root}/catalog.duckdb' AS c (READ_ONLY)",
    "ATTACH ':memory:' AS m",
    "DETACH memory",
    "USE system",
    "SELECT * FROM read_duckdb('{root}/catalog.duckdb', table_name = 'datasets')",
    "SELECT * FROM '{root}/catalog.duckdb'",
    // Extensions and the network.
    "INSTALL httpfs",
    "FORCE INSTALL httpfs FROM community",
    "LOAD httpfs",
    "LOAD '{root}/evil.duckdb_extension'",
    "UPDATE EXTENSIONS",
    "UPDATE EXTENSIONS (httpfs)",
    "ALTER DATABASE memory SET ALIAS TO other",
    "EXPLAIN ANALYZE UPDATE EXTENSIONS",
    "EXPLAIN ANALYZE DELETE FROM datasets",
    "(COPY (SELECT 1) TO '{root}/out.csv')",
    "FROM (COPY (SELECT 1) TO '{root}/out.csv')",
    "WITH x AS (COPY (SELECT 1) TO '{root}/out.csv') SELECT 1",
    "SELECT * FROM 'https://localhost:1/x.parquet'",
    "SELECT * FROM read_parquet('https://localhost:1/x.parquet')",
    "SELECT * FROM read_csv('s3://bucket/x.csv')",
    "SELECT * FROM read_text('http://localhost:1/')",
    "CREATE SECRET s (TYPE s3)",
    "CREATE TEMP SECRET s (TYPE s3)",
    "CREATE PERSISTENT SECRET s (TYPE http)",
    // Reading files.
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM parquet_metadata('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM '../../etc/passwd'",
    "SELECT * FROM read_text('../../../../../../../../etc/passwd')",
    "SELECT * FROM read_text('{root}/../../../../../../etc/passwd')",
    "SELECT * FROM read_text('{data}/../../../../../../../../../etc/passwd')",
    "SELECT * FROM read_text('file:///etc/passwd')",
    "SELECT * FROM read_text(['/etc/passwd', '/etc/hosts'])",
    "SELECT * FROM read_text('/etc/' || 'passwd')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM glob('{root}/*')",
    "SELECT * FROM read_text('{root}/workspace.toml')",
    "SELECT * FROM read_blob('{root}/catalog.duckdb')",
    "SELECT * FROM read_text('{root}/link.txt')",
    "SELECT * FROM read_text('{root}/datasets/link.txt')",
    "SELECT * FROM read_text('{root}/datasets/away/passwd')",
    "SELECT * FROM query_table('/etc/passwd')",
    "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_text(''/etc/passwd'')'))",
    "CREATE TEMP TABLE t AS SELECT * FROM read_text('/etc/passwd')",
    "CREATE TEMP MACRO m() AS TABLE SELECT * FROM read_text('/etc/passwd'); SELECT * FROM m()",
    "CREATE TEMP VIEW v AS SELECT * FROM read_text('/etc/passwd')",
    "SELECT getenv('HOME')",
    // Settings and other commands.
    "SET threads = 1",
    "SET GLOBAL enable_external_access = true",
    "SET lock_configuration = false",
    "SET allowed_directories = ['/']",
    "RESET enable_external_access",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "PRAGMA profiling_output = '{root}/out.json'",
    "CALL enable_logging('QueryLog', storage = 'file', storage_path = '{root}')",
    "SELECT * FROM enable_logging('QueryLog', storage = 'file', storage_path = '{root}')",
    "SELECT * FROM enable_profiling(save_location => '{data}')",
    "FROM enable_profiling(format := 'json', save_location := '{root}/out.json')",
    "FROM read_duckdb('{root}/catalog.duckdb')",
    "FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
    "CALL pragma_version()",
    "VACUUM",
    "ANALYZE",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "BEGIN TRANSACTION",
    "COMMIT",
    "ROLLBACK",
    // Changing what the workspace shows.
    "DROP TABLE datasets",
    "DROP VIEW samples.\"{name}\"",
    "DROP SCHEMA samples CASCADE",
    "DELETE FROM datasets",
    "UPDATE datasets SET name = 'x'",
    "INSERT INTO jobs SELECT * FROM jobs",
    "TRUNCATE splits",
    "ALTER TABLE datasets ADD COLUMN x INT",
    "ALTER TABLE datasets RENAME TO y",
    "MERGE INTO datasets USING (SELECT 1) ON true WHEN MATCHED THEN DELETE",
    "WITH x AS (SELECT 1) DELETE FROM datasets",
    "CREATE TABLE t AS SELECT 1",
    "CREATE OR REPLACE VIEW samples.v AS SELECT 1",
    "CREATE SCHEMA s",
    "CREATE MACRO m() AS 1",
    "COMMENT ON TABLE datasets IS 'x'",
    // More than one statement, the second a bad one, hidden in every way.
    "SELECT 1; COPY (SELECT 1) TO '{root}/out.csv'",
    "SELECT 1;;; ATTACH '{root}/x.duckdb'",
    "SELECT 1 /* ; */ ; -- x\n DROP TABLE datasets",
    "SELECT $$;$$; SET threads = 1",
    "SELECT 'a\\'; COPY (SELECT 1) TO '{root}/out.csv'; --'",
    "SELECT e'\\'; COPY (SELECT 1) TO ''{root}/out.csv''; --'",
    "SELECT 1 AS \"a\"\"; \"; COPY (SELECT 1) TO '{root}/out.csv'",
    "/* /* */ SELECT 1; */ COPY (SELECT 1) TO '{root}/out.csv'",
    "SELECT 1; \u{a0}COPY (SELECT 1) TO '{root}/out.csv'",
    "SELECT 1;\u{feff}COPY (SELECT 1) TO '{root}/out.csv'",
    "CREATE TEMP TABLE t AS SELECT 1; COMMIT; DROP TABLE datasets",
    "EXPLAIN SELECT 1; COPY (SELECT 1) TO '{root}/out.csv'",
];

#[test]
fn every_attack_is_refused_with_a_sentence_and_changes_no_byte() {
    let example = Example::with(|layout| {
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink("/etc/passwd", layout.root().join("link.txt")).unwrap();
            symlink("/etc/passwd", layout.datasets().join("link.txt")).unwrap();
            symlink("/etc", layout.datasets().join("away")).unwrap();
        }
    });
    let entry = &example.snapshot.datasets[0];
    let before = example.files();
    let shown = |table: &str| example.value(&format!("SELECT count(*) FROM {table}"));
    let tables = ["datasets", "splits", "jobs"];
    let rows = tables.map(shown);
    let (root, data) = (example.layout.root(), example.layout.absolute(&entry.files[0].path));
    let secret = fs::read_to_string("/etc/passwd").unwrap_or_default();
    for attack in ATTACKS {
        let attack = attack
            .replace("{root}", &root.display().to_string())
            .replace("{data}", &data.display().to_string())
            .replace("{name}", &entry.record.name);
        let error = match example.run(&attack) {
            Err(error) => error,
            Ok(result) => panic!("{attack}: {:?}", super::values(&result)),
        };
        let said = error.to_string();
        assert!(said.len() > 20 && !said.contains("exception_type"), "{attack}: {said}");
        assert!(secret.lines().next().is_none_or(|line| line.len() < 8 || !said.contains(line)), "{attack}: {said}");
        if let Some(span) = error.span() {
            assert!(attack.get(span).is_some(), "{attack}: {error:?}");
        }
        assert!(matches!(error, SqlError::Refused { .. } | SqlError::Query { .. }), "{attack}: {error:?}");
    }
    assert_eq!(tables.map(shown), rows);
    assert!(example.files() == before);
    let left: Vec<_> = fs::read_dir(example.layout.tmp()).unwrap().collect();
    assert_eq!(left.len(), 1);
}

#[test]
fn a_query_before_a_refused_one_is_not_run_either() {
    let example = Example::open();
    example.run("CREATE TEMP TABLE mine AS SELECT 1 AS a").unwrap();
    example.run("DELETE FROM mine; PRAGMA version").unwrap_err();
    assert_eq!(example.value("SELECT count(*) FROM mine"), serde_json::json!(1));
}

#[test]
fn memory_and_temporary_space_are_bounded() {
    let example = Example::with(|layout| {
        let text = fs::read_to_string(layout.settings()).unwrap();
        fs::write(layout.settings(), text + "\n[sql]\nmemory_mb = 64\ntemp_gb = 1\n").unwrap();
    });
    let error = example.run("SELECT list(i) FROM range(1_000_000_000) r(i)").unwrap_err().to_string();
    assert!(error.contains("memory_mb"), "{error}");
    // What can be sorted on disk is, within the space there is for it.
    let error = example
        .run("SELECT repeat(md5(i::VARCHAR), 500) AS long FROM range(1_000_000_000) r(i) ORDER BY long")
        .unwrap_err()
        .to_string();
    assert!(error.contains("temp_gb"), "{error}");
    assert_eq!(example.value("SELECT count(*) FROM datasets"), serde_json::json!(example.snapshot.datasets.len()));
}

#[cfg(unix)]
#[test]
fn a_data_file_that_is_a_link_out_of_the_workspace_is_not_shown() {
    let example = Example::with(|layout| {
        let outside = layout.root().with_file_name("outside.parquet");
        let snapshot = crate::catalog::Catalog::open(layout, true).unwrap().snapshot();
        let file = layout.absolute(&snapshot.datasets[0].files[0].path);
        fs::rename(&file, &outside).unwrap();
        std::os::unix::fs::symlink(&outside, &file).unwrap();
    });
    let name = crate::sql::identifier(&example.snapshot.datasets[0].record.name);
    let error = example.run(&format!("SELECT * FROM samples.{name}")).unwrap_err();
    assert!(matches!(error, SqlError::Query { ref kind, .. } if kind == "Catalog"), "{error:?}");
    assert!(error.to_string().contains("leads out of the workspace"), "{error}");
}
