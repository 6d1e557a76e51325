-- Where backups lie: the box's own directory, and buckets. One that is not current stays as long as backups lie there.
CREATE TABLE backup_stores (
  id            TEXT PRIMARY KEY,
  kind          TEXT NOT NULL CHECK (kind IN ('local', 's3')),
  -- JSON, but for the secret.
  settings      TEXT NOT NULL,
  sealed_secret BLOB,
  current       INTEGER NOT NULL CHECK (current IN (0, 1)),
  created_at    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX backup_stores_current ON backup_stores (current) WHERE current = 1;

-- Rows outlive what they are about: an addon, its app, and the file itself (state `removed`).
CREATE TABLE backups (
  id             TEXT PRIMARY KEY,
  -- b001 by hand, a002 scheduled, f003 before something was destroyed: numbered within an app.
  name           TEXT NOT NULL,
  app_id         TEXT NOT NULL,
  subject        TEXT NOT NULL,
  subject_name   TEXT NOT NULL,
  kind           TEXT NOT NULL,
  reason         TEXT NOT NULL CHECK (reason IN ('manual', 'scheduled', 'before')),
  state          TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'removed')),
  why            TEXT,
  -- Written down before the first byte, forgotten when nothing of it lies there any more.
  store_id       TEXT REFERENCES backup_stores (id),
  object         TEXT,
  recipient      TEXT,
  tool           TEXT,
  -- JSON
  facts          TEXT,
  progress_bytes INTEGER NOT NULL DEFAULT 0,
  expected_bytes INTEGER,
  plain_bytes    INTEGER,
  plain_sha256   TEXT,
  stored_bytes   INTEGER,
  stored_sha256  TEXT,
  proof          TEXT NOT NULL DEFAULT 'none' CHECK (proof IN ('none', 'waiting', 'running', 'proved', 'failed')),
  proof_why      TEXT,
  proof_at       INTEGER,
  user_id        TEXT,
  created_at     INTEGER NOT NULL,
  started_at     INTEGER,
  ended_at       INTEGER
) STRICT;
CREATE UNIQUE INDEX backups_name ON backups (app_id, name);
CREATE INDEX backups_subject ON backups (subject, created_at);
CREATE INDEX backups_state ON backups (state, proof);

CREATE TABLE backup_restores (
  id             TEXT PRIMARY KEY,
  name           TEXT NOT NULL,
  app_id         TEXT NOT NULL,
  backup_id      TEXT NOT NULL REFERENCES backups (id),
  state          TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed')),
  why            TEXT,
  -- The new addon.
  restored_to    TEXT,
  user_id        TEXT,
  created_at     INTEGER NOT NULL,
  ended_at       INTEGER
) STRICT;
CREATE UNIQUE INDEX backup_restores_name ON backup_restores (app_id, name);

CREATE TABLE backup_schedules (
  subject      TEXT PRIMARY KEY,
  subject_name TEXT NOT NULL,
  app_id       TEXT NOT NULL,
  pattern      TEXT NOT NULL,
  timezone     TEXT NOT NULL,
  keep_daily   INTEGER NOT NULL,
  keep_weekly  INTEGER NOT NULL,
  keep_monthly INTEGER NOT NULL,
  -- Moved on in the same transaction that queues a backup: however long the box was down, one is made.
  due_at       INTEGER NOT NULL,
  -- When somebody was last told that none has been proved for too long.
  alarmed_at   INTEGER,
  created_at   INTEGER NOT NULL
) STRICT;
