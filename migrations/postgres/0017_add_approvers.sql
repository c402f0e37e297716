-- Who lets editions go out without changing what they say. A column's own CHECK goes with the column.
ALTER TABLE operators ADD COLUMN duty TEXT NOT NULL DEFAULT 'viewer' CHECK (duty IN ('admin', 'editor', 'approver', 'viewer'));
UPDATE operators SET duty = role;
ALTER TABLE operators DROP COLUMN role;
ALTER TABLE operators RENAME COLUMN duty TO role;
