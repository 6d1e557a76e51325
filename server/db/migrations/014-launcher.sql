-- Whether the processes of a release are started by the launcher of Cloud Native Buildpacks.
ALTER TABLE releases ADD COLUMN launcher INTEGER NOT NULL DEFAULT 0;
