-- JSON of what a build tells of itself beside its plan: phases, peak memory, how many components (server/deploys/build-evidence.ts).
ALTER TABLE builds ADD COLUMN evidence TEXT;
