-- What a build begins with: a source tree, or an image that is taken as it is and named by `commit_id`.
ALTER TABLE builds ADD COLUMN kind TEXT NOT NULL DEFAULT 'source' CHECK (kind IN ('source', 'image'));
