-- A dropped file that is being read: how many of its messages are in the inbox, and how much of its answers is written. Gone when the file
-- has been moved away.
create table adapters.file_progress (
    source_id text not null,
    name      text not null,
    sha256    bytea not null,
    taken     int not null,
    faults    int not null,
    answered  bigint not null,
    primary key (source_id, name)
);
