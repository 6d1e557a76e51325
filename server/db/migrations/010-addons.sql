-- A server program with its data: one addon each where it is dedicated, any number where it is shared.
CREATE TABLE addon_servers (
  -- The name under which the engine knows it.
  id              TEXT PRIMARY KEY,
  service         TEXT NOT NULL,
  version         TEXT NOT NULL,
  shared          INTEGER NOT NULL CHECK (shared IN (0, 1)),
  memory_mb       INTEGER NOT NULL,
  cpus            REAL NOT NULL,
  connections     INTEGER NOT NULL,
  sealed_password BLOB NOT NULL,
  -- Null until it has been provided.
  image           TEXT,
  -- How attached apps name it: the same for good.
  host            TEXT NOT NULL,
  port            INTEGER,
  created_at      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX addon_servers_shared ON addon_servers (service, version) WHERE shared = 1;

CREATE TABLE addons (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  service    TEXT NOT NULL,
  plan       TEXT NOT NULL,
  server_id  TEXT NOT NULL REFERENCES addon_servers (id),
  -- Its name inside the server.
  database   TEXT NOT NULL,
  -- Whose it is: members of that app see and change it.
  app_id     TEXT NOT NULL REFERENCES apps (id),
  user_id    TEXT,
  state      TEXT NOT NULL CHECK (state IN ('creating', 'available', 'changing', 'failed', 'destroying')),
  -- JSON: what an interrupted server goes on with. Set while creating, changing and destroying.
  task       TEXT,
  -- What is being done, in words for whoever waits.
  step       TEXT,
  reason     TEXT,
  -- The deploy that brought the last change of its attachments to its app.
  deploy_id  TEXT,
  -- JSON: where it is exposed and to whom.
  exposed    TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX addons_app ON addons (app_id);
CREATE INDEX addons_server ON addons (server_id);

-- The Addon seen by an App under a name: DATABASE is DATABASE_URL.
CREATE TABLE addon_attachments (
  app_id     TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  addon_id   TEXT NOT NULL REFERENCES addons (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, name)
) STRICT;
CREATE INDEX addon_attachments_addon ON addon_attachments (addon_id);

-- One that is current for each app and addon; retiring ones go when no instance uses them any more.
CREATE TABLE addon_credentials (
  id              TEXT PRIMARY KEY,
  addon_id        TEXT NOT NULL REFERENCES addons (id) ON DELETE CASCADE,
  -- Null once the app is gone.
  app_id          TEXT REFERENCES apps (id) ON DELETE SET NULL,
  login           TEXT NOT NULL,
  sealed_password BLOB NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('current', 'retiring')),
  -- The first release of the app that does without a retiring one.
  until_release   INTEGER,
  created_at      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX addon_credentials_current ON addon_credentials (addon_id, app_id) WHERE state = 'current';

ALTER TABLE releases ADD COLUMN sealed_attached BLOB;
