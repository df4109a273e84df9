-- A message that is processed after its time, because it was replayed or is a correction, stands where the first of its kind arrived: what later messages
-- of the patient say is newer. Null: it stands at its position.
alter table adapters.inbox add column stands_at bigint;
