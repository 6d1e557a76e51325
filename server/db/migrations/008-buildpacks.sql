-- Buildpacks that an app is built by, in order, in place of what its tree looks like.
CREATE TABLE buildpacks (
  app_id   TEXT    NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position > 0),
  name     TEXT    NOT NULL,
  PRIMARY KEY (app_id, position)
) STRICT;
-- Whether the processes of a release begin with the app's .profile.d/*.sh and .profile.
ALTER TABLE releases ADD COLUMN profile INTEGER NOT NULL DEFAULT 0;
