-- What app.json asks for of a release, as JSON (server/deploys/release-wishes.ts); null: nothing.
ALTER TABLE releases ADD COLUMN wishes TEXT;

-- One-offs that the platform starts by itself: cron jobs and the scripts behind a deploy.
ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'run' CHECK (kind IN ('run', 'cron', 'script'));
-- Which one: a digest of schedule and command, or the name of the script.
ALTER TABLE runs ADD COLUMN job TEXT;
-- The moment of the schedule that it was started for; null where somebody asked for it.
ALTER TABLE runs ADD COLUMN due_at INTEGER;
CREATE INDEX runs_job ON runs (app_id, job, created_at) WHERE job IS NOT NULL;
-- A moment is run at most once, whatever the clock and the server do.
CREATE UNIQUE INDEX runs_due ON runs (app_id, job, due_at) WHERE due_at IS NOT NULL;
