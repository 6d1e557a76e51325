-- What an app asks of the router, as JSON: what differs from the defaults (server/apps/routing.ts). Passwords as scrypt hashes.
CREATE TABLE routing (
  app_id   TEXT PRIMARY KEY REFERENCES apps (id) ON DELETE CASCADE,
  settings TEXT NOT NULL
) STRICT;

-- Parts of hosts that an app serves. `domain` is null for the host that the box gives to `host_app_id`: it follows a rename.
CREATE TABLE path_routes (
  app_id      TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  host_app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  domain      TEXT REFERENCES domains (host) ON DELETE CASCADE,
  prefix      TEXT NOT NULL,
  strip       INTEGER NOT NULL CHECK (strip IN (0, 1)),
  created_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX path_routes_once ON path_routes (host_app_id, coalesce(domain, ''), prefix);
CREATE INDEX path_routes_app ON path_routes (app_id);
CREATE INDEX path_routes_domain ON path_routes (domain);
