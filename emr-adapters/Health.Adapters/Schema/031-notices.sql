-- What became of the messages of one batch, for those who count them, until the bus has it: a mark in the wide rows of the inbox cost two more versions of each.
create table adapters.notice (
    id       bigint generated always as identity primary key,
    -- [{"messageId", "institutionCode", "messageType", "outcome", "at"}]; names no person.
    messages jsonb not null
);

insert into adapters.notice (messages)
select jsonb_build_array(jsonb_build_object(
    'messageId', message_id, 'institutionCode', institution_code, 'messageType', message_type || '^' || trigger_event,
    'outcome', case state when 'done' then 'accepted' else 'quarantined' end, 'at', finished_at))
from adapters.inbox where notice_due and state in ('done', 'quarantined', 'superseded');

drop index adapters.inbox_notice_due;
alter table adapters.inbox drop column notice_due;
