-- The cron looks every few seconds, and rows of those that have ended stay.
CREATE INDEX runs_running ON runs (app_id) WHERE state = 'running';
