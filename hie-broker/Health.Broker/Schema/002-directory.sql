create table broker.institution (
    code text primary key,
    name text not null,
    english_name text not null,
    division_code text not null,
    class_code text not null
);
