CREATE TABLE passwords (
  user_id    TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  -- PHC string format: $argon2id$v=19$m=..,t=..,p=..$salt$hash
  hash       TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;

-- Of browsers. A row stays for a while after its end: an address that it came from is known to its user.
CREATE TABLE sessions (
  id           TEXT PRIMARY KEY,
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  secret_hash  BLOB NOT NULL,
  device       TEXT NOT NULL,
  address      TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  -- When the password was given last.
  confirmed_at INTEGER NOT NULL,
  ended_at     INTEGER
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id, address);
