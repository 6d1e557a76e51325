-- Data on their way into a database: from a file, from elsewhere, from another database. Where they come from is told without
-- any secret; how far they are is not written down, and one that was interrupted has changed nothing.
CREATE TABLE addon_transfers (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  app_id     TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  kind       TEXT NOT NULL CHECK (kind IN ('import', 'copy', 'fork')),
  source     TEXT NOT NULL,
  -- The addon that is filled; of a fork, once it is made.
  target     TEXT,
  -- What was made of it before.
  backup     TEXT,
  state      TEXT NOT NULL CHECK (state IN ('running', 'succeeded', 'failed')),
  bytes      INTEGER NOT NULL DEFAULT 0,
  why        TEXT,
  user_id    TEXT,
  created_at INTEGER NOT NULL,
  ended_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX addon_transfers_name ON addon_transfers (app_id, name);
