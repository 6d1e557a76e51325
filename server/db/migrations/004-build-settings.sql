-- How an app is to be built, as JSON (server/apps/build-settings.ts).
CREATE TABLE build_settings (
  app_id   TEXT PRIMARY KEY REFERENCES apps (id) ON DELETE CASCADE,
  settings TEXT NOT NULL
) STRICT;
