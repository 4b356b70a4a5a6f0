-- Jobs: work promised in a transaction and done after it. A job is open until finished_at is set.
-- due_at is when it may be claimed: the time asked for while ready, the end of the lease while running;
-- so that a dead worker's job becomes due by itself.

create table job (
    id            {identity},
    kind          text not null,
    dedup_key     text,
    payload       {json} not null,
    state         text not null check (state in ('READY', 'RUNNING', 'DONE', 'DEAD')),
    due_at        {ts} not null,
    attempts      {bigint} not null,
    max_attempts  {bigint} not null check (max_attempts > 0),
    again         {bool} not null,
    worker        text,
    last_error    text,
    created_at    {ts} not null,
    finished_at   {ts}
);
create index job_due on job (due_at, id) where finished_at is null;
create unique index job_open_key on job (kind, dedup_key) where finished_at is null;
create index job_finished on job (state, finished_at) where finished_at is not null;

-- Schedules: when each recurring job is to be enqueued next. The rule that gives the time after is code.

create table schedule (
    name         text not null primary key,
    next_run_at  {ts} not null,
    last_run_at  {ts}
);

-- Leases: what only one process may do at a time. The token grows with every change of holder.

create table lease (
    name        text not null primary key,
    holder      text not null,
    token       {bigint} not null,
    expires_at  {ts} not null
);
