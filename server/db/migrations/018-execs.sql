-- A command inside an instance that serves is a one-off without an instance of its own: the name of that instance, and its id for the engine.
ALTER TABLE runs ADD COLUMN instance TEXT;
ALTER TABLE runs ADD COLUMN instance_id TEXT;
