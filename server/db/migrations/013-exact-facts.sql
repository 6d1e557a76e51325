-- From now on what a backup holds is counted in its own snapshot; what was counted beside one is an estimate.
UPDATE backups SET facts = (SELECT json_group_object(key || ' (about)', value) FROM json_each(backups.facts))
WHERE facts IS NOT NULL;
