CREATE TABLE meta (format_version UINTEGER NOT NULL);

CREATE TABLE datasets (
    id              VARCHAR PRIMARY KEY,
    name            VARCHAR NOT NULL,
    source          VARCHAR NOT NULL,
    hf_repo_id      VARCHAR,
    config          VARCHAR,
    selected_splits JSON NOT NULL,
    revision        VARCHAR,
    format          VARCHAR,
    text_column     VARCHAR,
    status          VARCHAR NOT NULL,
    progress        DOUBLE,
    error_message   VARCHAR,
    raw_path        VARCHAR,
    tokenized_path  VARCHAR,
    num_samples     UBIGINT,
    num_tokens      UBIGINT,
    avg_seq_length  DOUBLE,
    vocab_size      UBIGINT,
    size_bytes      UBIGINT,
    metadata        JSON NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);
CREATE INDEX datasets_by_source ON datasets (source);
CREATE INDEX datasets_by_status ON datasets (status);
CREATE INDEX datasets_by_created_at ON datasets (created_at);

CREATE TABLE splits (
    dataset_id  VARCHAR NOT NULL,
    position    UINTEGER NOT NULL,
    name        VARCHAR NOT NULL,
    num_samples UBIGINT NOT NULL,
    size_bytes  UBIGINT NOT NULL,
    PRIMARY KEY (dataset_id, position)
);

-- One row for each file that holds a dataset's rows; path is relative to the workspace, with '/'.
CREATE TABLE files (
    dataset_id  VARCHAR NOT NULL,
    split       VARCHAR NOT NULL,
    position    UINTEGER NOT NULL,
    path        VARCHAR NOT NULL,
    rows        UBIGINT NOT NULL,
    size_bytes  UBIGINT NOT NULL,
    sha256      VARCHAR,
    external    BOOLEAN NOT NULL,
    origin      VARCHAR,
    origin_size UBIGINT,
    origin_hash VARCHAR,
    PRIMARY KEY (dataset_id, split, position)
);

CREATE TABLE columns (
    dataset_id VARCHAR NOT NULL,
    position   UINTEGER NOT NULL,
    name       VARCHAR NOT NULL,
    type       VARCHAR NOT NULL,
    PRIMARY KEY (dataset_id, position)
);

CREATE TABLE tokenizers (
    name             VARCHAR PRIMARY KEY,
    path             VARCHAR NOT NULL,
    kind             VARCHAR NOT NULL,
    vocab_size       UBIGINT NOT NULL,
    sha256           VARCHAR NOT NULL,
    engine           VARCHAR NOT NULL,
    model_max_length UBIGINT,
    hf_repo_id       VARCHAR,
    revision         VARCHAR,
    created_at       TIMESTAMP NOT NULL
);

CREATE TABLE tokenizations (
    id               VARCHAR PRIMARY KEY,
    dataset_id       VARCHAR NOT NULL,
    tokenizer        VARCHAR NOT NULL,
    tokenizer_sha256 VARCHAR NOT NULL,
    settings         JSON NOT NULL,
    settings_hash    VARCHAR NOT NULL,
    path             VARCHAR NOT NULL,
    rows             UBIGINT NOT NULL,
    tokens           UBIGINT NOT NULL,
    pad_tokens       UBIGINT NOT NULL,
    unique_tokens    UBIGINT NOT NULL,
    avg_length       DOUBLE NOT NULL,
    size_bytes       UBIGINT NOT NULL,
    audit            JSON NOT NULL,
    created_at       TIMESTAMP NOT NULL
);
CREATE INDEX tokenizations_by_dataset ON tokenizations (dataset_id);

CREATE TABLE jobs (
    id          VARCHAR PRIMARY KEY,
    kind        VARCHAR NOT NULL,
    target      VARCHAR NOT NULL,
    title       VARCHAR NOT NULL,
    state       VARCHAR NOT NULL,
    spec        JSON NOT NULL,
    done        UBIGINT NOT NULL,
    total       UBIGINT,
    unit        VARCHAR NOT NULL,
    rate        DOUBLE,
    attempt     UINTEGER NOT NULL,
    error       VARCHAR,
    created_at  TIMESTAMP NOT NULL,
    started_at  TIMESTAMP,
    finished_at TIMESTAMP
);

CREATE TABLE events (
    id      VARCHAR PRIMARY KEY,
    happened_at TIMESTAMP NOT NULL,
    kind    VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    message VARCHAR NOT NULL
);

-- What pins a dataset: a training run, say. While its state is 'active' the dataset cannot be deleted.
CREATE TABLE "references" (
    id         VARCHAR PRIMARY KEY,
    dataset_id VARCHAR NOT NULL,
    kind       VARCHAR NOT NULL,
    name       VARCHAR NOT NULL,
    note       VARCHAR,
    state      VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE SCHEMA samples;
CREATE SCHEMA tokens;
