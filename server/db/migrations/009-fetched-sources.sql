-- Where the box fetched the source from: `{"url": ..., "ref": ...}`; null for what was sent.
ALTER TABLE builds ADD COLUMN origin TEXT;
