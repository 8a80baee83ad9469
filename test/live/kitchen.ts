/** One object of every kind that a database may hold, with what makes each hard to write down. */
export const kitchen = `
create extension if not exists btree_gist;
create schema app;
comment on schema app is 'the app';
create type status as enum ('draft', 'it''s', 'published');
create type app.mood as enum ('ok', 'bad');
create domain email as text check (value ~ '@') not null default 'a@b';
create type address as (street text, zip varchar(10), moods app.mood[]);
create type float_range as range (subtype = float8, subtype_diff = float8mi);
create sequence counter start 10 increment 5;
create table users (id bigint generated always as identity primary key, email email unique, parent bigint references users(id) on delete cascade, addr address, "Odd Name" integer default 5, created_at timestamptz not null default now(), tags text[] not null default '{a,b}', m app.mood default 'ok', ms app.mood[] default array['ok'::app.mood], lower_email text generated always as (lower(email)) stored);
create table app.posts (id serial primary key, user_id bigint not null references users(id), status status not null default 'draft', price numeric(10,2) constraint price_pos check (price > 0), during tstzrange, room int, n integer default nextval('counter'), title varchar(120) collate "C", exclude using gist (room with =, during with &&), unique nulls not distinct (user_id, title), kind varchar(9) check (kind in ('a','b')));
create index on app.posts (lower(title)) where price > 3;
create index posts_multi on app.posts using btree (user_id desc nulls last, title text_pattern_ops) include (price) with (fillfactor=70);
comment on table app.posts is 'what people write';
comment on column app.posts.title is 'line one
line two \`\${x}\`';
comment on index app.posts_multi is 'multi';
comment on constraint price_pos on app.posts is 'positive';
create table m (id int, at date not null, primary key (id, at)) partition by range (at);
create table m_2024 partition of m for values from ('2024-01-01') to ('2025-01-01');
create index m_at on m (at);
create table m_def partition of m default;
create table a (id int primary key, b int); create table b (id int primary key, a int references a); alter table a add foreign key (b) references b;
create table base (x int not null check (x > 0)); create table derived (y int default 3) inherits (base);
create function lbl(s status) returns text language sql immutable as $$ select s::text $$;
create function touch() returns trigger language plpgsql as $$begin return new; end$$;
create procedure doit(a int, inout b text) language sql as $$ select b $$;
create aggregate mysum(int) (sfunc = int4pl, stype = int, initcond = '0');
create view v as select u.id, u.email, p.status from users u join app.posts p on p.user_id = u.id where p.status <> 'draft';
create view app.v2 with (security_barrier) as select * from v;
create materialized view mv as select count(*) c from users; create unique index mv_c on mv (c);
create trigger tr before update on app.posts for each row when (old.price is distinct from new.price) execute function touch();
alter table app.posts enable row level security;
create policy p1 on app.posts for select to public using (price > 1);
create rule r1 as on delete to b do instead nothing;
create statistics st on room, price from app.posts;
create collation nd (provider=icu, locale='und', deterministic=false);
create table "1st table" ("1" int, "2" text, "__proto__" int, "table" int, primary key ("2", "1"));
grant select on users to public;
grant update (status) on app.posts to public;
`
