-- What the installation is for, written once: a database of collaudo never becomes one of esercizio.

create table installation (
    id           {bigint} not null primary key check (id = 1),
    environment  text not null,
    created_at   {ts} not null
);

-- Registry: who collects, through which station, for what. Long tails of attributes that no query
-- filters on are one JSON document written and read whole by the registry.

create table broker (
    code        text not null primary key,
    name        text not null,
    created_at  {ts} not null
);

create table station (
    code               text not null primary key,
    broker_code        text not null references broker (code),
    created_at         {ts} not null
);

create table organization (
    id           {bigint} not null primary key,
    ipa_code     text not null unique,
    fiscal_code  text not null unique,
    name         text not null,
    status       text not null,
    profile      {json} not null,
    created_at   {ts} not null,
    updated_at   {ts} not null
);

create table organization_station (
    organization_id    {bigint} not null references organization (id),
    station_code       text not null references station (code),
    segregation_code   text not null,
    broadcast          {bool} not null,
    primary key (organization_id, station_code)
);
create unique index organization_station_segregation on organization_station (organization_id, segregation_code);

create table organization_iban (
    organization_id  {bigint} not null references organization (id),
    iban             text not null,
    holder           text not null,
    created_at       {ts} not null,
    primary key (organization_id, iban)
);

create table debt_position_type (
    organization_id  {bigint} not null references organization (id),
    id               {bigint} not null,
    code             text not null,
    active           {bool} not null,
    profile          {json} not null,
    created_at       {ts} not null,
    updated_at       {ts} not null,
    primary key (organization_id, id)
);
create unique index debt_position_type_code on debt_position_type (organization_id, code);

-- One row: raised by every change of the registry, so that each replica knows when to read it again.
create table registry_version (
    id       {bigint} not null primary key,
    version  {bigint} not null
);
insert into registry_version (id, version) values (1, 1);

create table counter (
    name   text not null primary key,
    value  {bigint} not null
);
insert into counter (name, value) values ('replica', 0);

-- Access

create table credential (
    organization_id  {bigint} not null references organization (id),
    id               {bigint} not null,
    kind             text not null,
    username         text,
    secret_hash      text not null,
    created_at       {ts} not null,
    disabled_at      {ts},
    primary key (organization_id, id)
);
create index credential_kind on credential (organization_id, kind);

create table user_account (
    username         text not null primary key,
    secret_hash      text not null,
    role             text not null,
    organization_id  {bigint} references organization (id),
    created_at       {ts} not null,
    disabled_at      {ts}
);

-- Positions. An installment is what one notice asks for; its transfers say who gets what. A dovuto of
-- MyPay is a transfer that carries an IUD: one in an imported position, up to five in a cart.

create table debt_position (
    organization_id  {bigint} not null,
    id               {bigint} not null,
    origin           text not null,
    created_at       {ts} not null,
    primary key (organization_id, id)
);

create table installment (
    organization_id   {bigint} not null,
    id                {bigint} not null,
    position_id       {bigint} not null,
    option_number     {bigint} not null,
    status            text not null,
    type_id           {bigint} not null,
    iuv               text,
    notice_number     text,
    iuv_released      {bool} not null,
    amount            {bigint} not null,
    due_date          {date},
    description       text not null,
    debtor_code       text not null,
    debtor_name       text not null,
    debtor            {json} not null,
    cart_only         {bool} not null,
    content_digest    {blob} not null,
    dialect           {json},
    created_at        {ts} not null,
    updated_at        {ts} not null,
    paid_at           {ts},
    primary key (organization_id, id)
);
create unique index installment_iuv on installment (organization_id, iuv) where iuv is not null and not iuv_released;
create index installment_iuv_released on installment (organization_id, iuv) where iuv_released;
create index installment_notice on installment (organization_id, notice_number);
create index installment_position on installment (organization_id, position_id);
create index installment_debtor on installment (organization_id, debtor_code);

create table transfer (
    organization_id          {bigint} not null,
    installment_id           {bigint} not null,
    number                   {bigint} not null,
    iud                      text,
    iud_released             {bool} not null,
    type_id                  {bigint} not null,
    amount                   {bigint} not null,
    beneficiary_fiscal_code  text not null,
    beneficiary_name         text,
    iban                     text,
    postal_iban              text,
    stamp                    {json},
    remittance               text not null,
    category                 text not null,
    accounting               {json},
    primary key (organization_id, installment_id, number)
);
create unique index transfer_iud on transfer (organization_id, iud) where iud is not null and not iud_released;
create index transfer_iud_released on transfer (organization_id, iud) where iud_released;

create table iuv_counter (
    organization_id   {bigint} not null,
    segregation_code  text not null,
    next              {bigint} not null,
    primary key (organization_id, segregation_code)
);

create table payment_attempt (
    organization_id  {bigint} not null,
    id               {bigint} not null,
    installment_id   {bigint} not null,
    at               {ts} not null,
    transfer_type    text,
    amount           {bigint} not null,
    payment_note     text,
    primary key (organization_id, id)
);
create index payment_attempt_installment on payment_attempt (organization_id, installment_id);

-- Carts: attempts to pay one to five installments together, in a browser.

create table cart (
    organization_id  {bigint} not null,
    id               {bigint} not null,
    session_id       text not null unique,
    landing_token    text not null unique,
    channel          text not null,
    state            text not null,
    show_recap       {bool} not null,
    return_url       text,
    checkout_returns {json} not null,
    items            {json} not null,
    payer            {json},
    created_at       {ts} not null,
    expires_at       {ts} not null,
    updated_at       {ts} not null,
    primary key (organization_id, id)
);
create index cart_open on cart (state, expires_at);

create table cart_payment (
    organization_id              {bigint} not null,
    cart_id                      {bigint} not null,
    number                       {bigint} not null,
    installment_organization_id  {bigint} not null,
    installment_id               {bigint} not null,
    primary key (organization_id, cart_id, number)
);
create index cart_payment_installment on cart_payment (installment_organization_id, installment_id);

-- Receipts: the only truth about "paid". Append-only; raw is the message byte for byte.

create table receipt (
    organization_id      {bigint} not null,
    id                   {bigint} not null,
    receipt_id           text not null,
    iuv                  text not null,
    notice_number        text not null,
    primary_fiscal_code  text not null,
    installment_id       {bigint},
    amount               {bigint} not null,
    paid_at              {ts} not null,
    received_at          {ts} not null,
    refund_due           {bool} not null,
    anomalies            {json} not null,
    content              {json} not null,
    raw                  {blob} not null,
    primary key (organization_id, id)
);
create unique index receipt_identity on receipt (organization_id, iuv, receipt_id);
create index receipt_installment on receipt (organization_id, installment_id);
create index receipt_notice on receipt (organization_id, notice_number);

-- Journal: hash chains, one per writer slot of each run of a process ("segment"), so that no chain
-- serialises tenants or replicas. A segment opens with the heads of all segments before it (anchors).

create table journal_segment (
    id         {bigint} not null primary key,
    opened_at  {ts} not null,
    anchors    text not null,
    last_seq   {bigint} not null,
    head       {blob} not null
);

create table journal (
    segment_id       {bigint} not null,
    seq              {bigint} not null,
    at               {ts} not null,
    organization_id  {bigint},
    kind             text not null,
    interface        text not null,
    operation        text not null,
    outcome          text not null,
    trace_id         text not null,
    iud              text,
    iuv              text,
    notice_number    text,
    session_id       text,
    receipt_id       text,
    duration_us      {bigint},
    detail           text not null,
    hash             {blob} not null,
    primary key (segment_id, seq)
);
create index journal_organization on journal (organization_id, at);
create index journal_trace on journal (trace_id);
