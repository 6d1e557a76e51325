-- Times are milliseconds since 1970, UTC. Values named sealed_* are AES-256-GCM (secret-box.ts).

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE users (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  box_owner  INTEGER NOT NULL CHECK (box_owner IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT;

-- One row at most that is unused: the secret that makes the first user.
CREATE TABLE claims (
  id           INTEGER PRIMARY KEY CHECK (id = 1),
  secret_hash  BLOB NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  claimed_at   INTEGER
) STRICT;

CREATE TABLE keys (
  fingerprint  TEXT PRIMARY KEY,
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  type         TEXT NOT NULL,
  public_key   TEXT NOT NULL,
  comment      TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;
CREATE INDEX keys_user ON keys (user_id);

CREATE TABLE tokens (
  id           TEXT PRIMARY KEY,
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  secret_hash  BLOB NOT NULL,
  description  TEXT NOT NULL,
  scope        TEXT NOT NULL CHECK (scope IN ('read', 'deploy', 'admin')),
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;
CREATE INDEX tokens_user ON tokens (user_id);

CREATE TABLE apps (
  id              TEXT PRIMARY KEY,
  name            TEXT NOT NULL UNIQUE,
  owner_id        TEXT NOT NULL REFERENCES users (id),
  maintenance     INTEGER NOT NULL DEFAULT 0 CHECK (maintenance IN (0, 1)),
  -- The release that serves: set in the same transaction that moves its deploy to `promoting`.
  current_release INTEGER,
  created_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
  app_id  TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role    TEXT NOT NULL CHECK (role IN ('viewer', 'developer', 'admin')),
  PRIMARY KEY (app_id, user_id)
) STRICT;

CREATE TABLE config_vars (
  app_id       TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  sealed_value BLOB NOT NULL,
  PRIMARY KEY (app_id, name)
) STRICT;

CREATE TABLE domains (
  host       TEXT PRIMARY KEY,
  app_id     TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX domains_app ON domains (app_id);

CREATE TABLE formation (
  app_id       TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  process_type TEXT NOT NULL,
  quantity     INTEGER NOT NULL CHECK (quantity BETWEEN 0 AND 100),
  memory_mb    INTEGER NOT NULL DEFAULT 512,
  cpus         REAL NOT NULL DEFAULT 1,
  PRIMARY KEY (app_id, process_type)
) STRICT;

CREATE TABLE builds (
  id         TEXT PRIMARY KEY,
  app_id     TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  state      TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'canceled')),
  commit_id  TEXT NOT NULL,
  user_id    TEXT,
  attempt    INTEGER NOT NULL DEFAULT 1,
  buildpack  TEXT,
  image      TEXT,
  size_bytes INTEGER,
  -- BuildPlan and process types as JSON, set when succeeded.
  plan       TEXT,
  reason     TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at   INTEGER
) STRICT;
CREATE INDEX builds_app ON builds (app_id, created_at);

-- Append-only but for status and reason.
CREATE TABLE releases (
  app_id        TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  number        INTEGER NOT NULL CHECK (number >= 1),
  description   TEXT NOT NULL,
  status        TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
  user_id       TEXT,
  build_id      TEXT,
  commit_id     TEXT,
  image         TEXT NOT NULL,
  -- JSON: { web: 'node server.js', worker: null }
  process_types TEXT NOT NULL,
  -- JSON: what the language wants in the environment; config vars win.
  environment   TEXT NOT NULL,
  port          INTEGER,
  -- JSON of all config vars as they were, sealed.
  sealed_config BLOB NOT NULL,
  reason        TEXT,
  created_at    INTEGER NOT NULL,
  PRIMARY KEY (app_id, number)
) STRICT;

-- One row per attempt to put something live (RELIABILITY 5.1). The queue is this table.
CREATE TABLE deploys (
  id             TEXT PRIMARY KEY,
  app_id         TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  kind           TEXT NOT NULL CHECK (kind IN ('push', 'config', 'rollback')),
  state          TEXT NOT NULL,
  -- 1 from `promoting` acknowledged by the router.
  serving        INTEGER NOT NULL DEFAULT 0 CHECK (serving IN (0, 1)),
  build_id       TEXT REFERENCES builds (id),
  release        INTEGER,
  -- The release that served before: what draining and retiring are about.
  old_release    INTEGER,
  -- The release phase is run at most once per attempt: set before it starts.
  release_run    TEXT,
  lease_owner    TEXT,
  attempt        INTEGER NOT NULL DEFAULT 1,
  reason         TEXT,
  user_id        TEXT,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX deploys_app ON deploys (app_id, created_at);
-- At most one per app between the queue and the swap.
CREATE UNIQUE INDEX deploys_one_active ON deploys (app_id)
  WHERE state IN ('fetching', 'building', 'built', 'releasing', 'starting', 'probing', 'promoting');

CREATE TABLE deploy_events (
  deploy_id TEXT NOT NULL REFERENCES deploys (id) ON DELETE CASCADE,
  at        INTEGER NOT NULL,
  state     TEXT NOT NULL,
  detail    TEXT
) STRICT;
CREATE INDEX deploy_events_deploy ON deploy_events (deploy_id);

CREATE TABLE runs (
  id         TEXT PRIMARY KEY,
  app_id     TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  release    INTEGER NOT NULL,
  command    TEXT NOT NULL,
  user_id    TEXT,
  state      TEXT NOT NULL CHECK (state IN ('running', 'ended')),
  exit_code  INTEGER,
  created_at INTEGER NOT NULL,
  ended_at   INTEGER
) STRICT;
CREATE INDEX runs_app ON runs (app_id, created_at);

CREATE TABLE activity (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,
  user_id TEXT,
  by_name TEXT NOT NULL,
  via     TEXT NOT NULL,
  app_id  TEXT,
  app     TEXT,
  action  TEXT NOT NULL,
  detail  TEXT NOT NULL
) STRICT;
CREATE INDEX activity_app ON activity (app_id, id);
CREATE TRIGGER activity_no_update BEFORE UPDATE ON activity BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END;
CREATE TRIGGER activity_no_delete BEFORE DELETE ON activity BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END;

CREATE TABLE idempotency_keys (
  user_id    TEXT NOT NULL,
  key        TEXT NOT NULL,
  operation  TEXT NOT NULL,
  status     INTEGER NOT NULL,
  body       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, key)
) STRICT;
