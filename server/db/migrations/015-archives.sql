-- An unbroken chain of all changes of one addon's server. One that breaks ends, and another begins.
CREATE TABLE addon_archives (
  id           TEXT PRIMARY KEY,
  -- What is known of the addon outlives it.
  subject      TEXT NOT NULL,
  subject_name TEXT NOT NULL,
  app_id       TEXT NOT NULL,
  addon_id     TEXT NOT NULL,
  server_id    TEXT NOT NULL,
  service      TEXT NOT NULL,
  version      TEXT NOT NULL,
  plan         TEXT NOT NULL,
  database     TEXT NOT NULL,
  keep_days    INTEGER NOT NULL,
  base_days    INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  -- When the server was first told to set segments aside.
  begun_at     INTEGER,
  ended_at     INTEGER,
  ended_why    TEXT,
  -- What was seen at the last look.
  looked_at    INTEGER,
  idle_at      INTEGER,
  spool_count  INTEGER NOT NULL DEFAULT 0,
  spool_bytes  INTEGER NOT NULL DEFAULT 0,
  failing_at   INTEGER,
  failing_why  TEXT,
  told_at      INTEGER
) STRICT;
CREATE UNIQUE INDEX addon_archives_live ON addon_archives (addon_id) WHERE ended_at IS NULL;
CREATE INDEX addon_archives_app ON addon_archives (app_id);

-- Written when all of it lies in the store.
CREATE TABLE addon_archive_segments (
  archive_id    TEXT NOT NULL REFERENCES addon_archives (id),
  name          TEXT NOT NULL,
  store_id      TEXT NOT NULL REFERENCES backup_stores (id),
  object        TEXT NOT NULL,
  plain_bytes   INTEGER NOT NULL,
  plain_sha256  TEXT NOT NULL,
  stored_bytes  INTEGER NOT NULL,
  stored_sha256 TEXT NOT NULL,
  -- All that was committed until then is in it or before it.
  mark_at       INTEGER,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (archive_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE addon_archive_bases (
  id            TEXT PRIMARY KEY,
  archive_id    TEXT NOT NULL REFERENCES addon_archives (id),
  state         TEXT NOT NULL CHECK (state IN ('running', 'succeeded', 'failed', 'removed')),
  why           TEXT,
  -- Written down before the first byte, forgotten when nothing of it lies there any more.
  store_id      TEXT REFERENCES backup_stores (id),
  object        TEXT,
  from_segment  TEXT,
  to_segment    TEXT,
  plain_bytes   INTEGER,
  plain_sha256  TEXT,
  stored_bytes  INTEGER,
  stored_sha256 TEXT,
  proof         TEXT NOT NULL DEFAULT 'none' CHECK (proof IN ('none', 'waiting', 'running', 'proved', 'failed')),
  proof_why     TEXT,
  proof_at      INTEGER,
  created_at    INTEGER NOT NULL,
  ended_at      INTEGER
) STRICT;
CREATE INDEX addon_archive_bases_archive ON addon_archive_bases (archive_id, created_at);

-- A restore is of a backup, or of a moment of an archive.
CREATE TABLE restores (
  id             TEXT PRIMARY KEY,
  name           TEXT NOT NULL,
  app_id         TEXT NOT NULL,
  backup_id      TEXT REFERENCES backups (id),
  subject_name   TEXT,
  archive_id     TEXT REFERENCES addon_archives (id),
  moment         INTEGER,
  state          TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed')),
  step           TEXT,
  why            TEXT,
  -- The new addon.
  restored_to    TEXT,
  user_id        TEXT,
  created_at     INTEGER NOT NULL,
  ended_at       INTEGER
) STRICT;
INSERT INTO restores (id, name, app_id, backup_id, state, why, restored_to, user_id, created_at, ended_at)
  SELECT id, name, app_id, backup_id, state, why, restored_to, user_id, created_at, ended_at FROM backup_restores;
DROP TABLE backup_restores;
ALTER TABLE restores RENAME TO backup_restores;
CREATE UNIQUE INDEX backup_restores_name ON backup_restores (app_id, name);
