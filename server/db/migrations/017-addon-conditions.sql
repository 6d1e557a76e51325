-- What is wrong with an addon, for as long as it is.
CREATE TABLE addon_conditions (
  addon_id TEXT NOT NULL REFERENCES addons (id) ON DELETE CASCADE,
  code     TEXT NOT NULL,
  words    TEXT NOT NULL,
  since    INTEGER NOT NULL,
  PRIMARY KEY (addon_id, code)
) STRICT;
