-- What stands with everybody who gets nothing because the group was ended, also with those whom a worker gives back later.
ALTER TABLE delivery_waves ADD COLUMN ended_why TEXT;
-- What has ended is not paused.
UPDATE editions SET paused_at = NULL WHERE finished_at IS NOT NULL AND paused_at IS NOT NULL;
UPDATE delivery_waves SET paused_at = NULL WHERE paused_at <> expires_at AND edition_id IN (SELECT id FROM editions WHERE finished_at IS NOT NULL);
-- Who may have got an edition twice is counted from these.
CREATE INDEX delivery_attempts_uncertain ON delivery_attempts (delivery_id) WHERE outcome = 'uncertain';
