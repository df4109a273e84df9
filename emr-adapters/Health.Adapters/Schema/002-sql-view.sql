-- How far the view of each pulled hospital has been read. Nothing here names a person.
create table adapters.sql_view_watermark (
    source_id  text primary key,
    updated_at timestamptz not null,
    row_key    bigint not null
);

-- What was read within the overlap before the watermark, so that reading it again is no news. Older rows are removed.
create table adapters.sql_view_read (
    source_id  text not null,
    row_key    bigint not null,
    row_hash   text not null,
    updated_at timestamptz not null,
    primary key (source_id, row_key, row_hash)
);

create index sql_view_read_age on adapters.sql_view_read (source_id, updated_at);
