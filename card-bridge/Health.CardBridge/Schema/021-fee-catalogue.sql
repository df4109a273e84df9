-- What an institution's own fee codes are in the national catalogue, from day to day (目录对照). A code without a mapping blocks the pre-settlement.
create table cards.fee_catalogue (
    institution_code text not null,
    local_code text not null,
    national_code text not null,
    name text not null,
    valid_from date not null,
    valid_to date,
    primary key (institution_code, local_code, valid_from),
    check (valid_to is null or valid_to >= valid_from));
