-- Client assertions that were used, until they have expired: shared by all nodes, so that none is good twice.
create table identity.assertion (
    client_id text not null,
    jti text not null,
    expires_at timestamptz not null,
    primary key (client_id, jti)
);
create index assertion_expiry on identity.assertion (expires_at);

-- People who sign in. The password is a salted hash (PasswordHash).
create table identity.account (
    user_name text primary key,
    password text not null,
    role text not null,
    institution text,
    failures integer not null default 0,
    locked_until timestamptz,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);
