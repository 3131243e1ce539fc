/**
 * A schema with something of every family that a snapshot tells of, in SQL that PostgreSQL 13 to 18 and PGlite take.
 *
 * @module
 */
export const SAMPLE_SCHEMA = `
DO $$ BEGIN CREATE ROLE sample_reader; EXCEPTION WHEN duplicate_object THEN END $$;
CREATE SCHEMA app;
COMMENT ON SCHEMA app IS 'the shop';
GRANT USAGE ON SCHEMA app TO sample_reader;
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN app.positive AS integer DEFAULT 1 NOT NULL CONSTRAINT above_zero CHECK (VALUE > 0);
CREATE DOMAIN app.moment AS timestamptz DEFAULT '2000-01-01 00:00:00+00';
CREATE TYPE app.pair AS (a integer, b text);
CREATE TYPE app.span AS RANGE (subtype = timestamptz);
CREATE SEQUENCE app.numbers START 5 INCREMENT 2 MAXVALUE 9223372036854775807 CYCLE;
CREATE TABLE app.users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dropped integer,
  email text NOT NULL COLLATE "C" UNIQUE,
  feeling app.mood DEFAULT 'ok',
  born timestamptz DEFAULT '2000-01-01 00:00:00+00',
  size app.positive,
  email_length integer GENERATED ALWAYS AS (length(email)) STORED,
  CONSTRAINT not_empty CHECK (email <> '')
) WITH (fillfactor = 70);
ALTER TABLE app.users DROP COLUMN dropped;
COMMENT ON COLUMN app.users.email IS 'as typed';
GRANT SELECT ON app.users TO sample_reader WITH GRANT OPTION;
GRANT UPDATE (email) ON app.users TO sample_reader;
ALTER TABLE app.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.users AS RESTRICTIVE FOR SELECT TO sample_reader USING (id > 0);
CREATE TABLE app.orders (id serial, user_id bigint REFERENCES app.users ON DELETE CASCADE, at date) PARTITION BY RANGE (at);
CREATE TABLE app.orders_2026 PARTITION OF app.orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX orders_at ON app.orders (at DESC) WHERE at IS NOT NULL;
CREATE UNLOGGED TABLE app.cache (key text DEFAULT E'a\\\\b');
CREATE TABLE app.child (extra integer) INHERITS (app.cache);
GRANT ALL ON app.child TO sample_reader;
GRANT SELECT ON app.child TO sample_reader WITH GRANT OPTION;
CREATE VIEW app.numbered AS SELECT 1 AS one;
CREATE MATERIALIZED VIEW app.counted AS SELECT 2 AS two WITH NO DATA;
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION app.add(a integer, b integer DEFAULT 1) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
REVOKE EXECUTE ON FUNCTION app.add FROM PUBLIC;
CREATE PROCEDURE app.work() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE app.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE TRIGGER touch BEFORE UPDATE ON app.users FOR EACH ROW EXECUTE FUNCTION app.touch();
ALTER TABLE app.users DISABLE TRIGGER touch;
CREATE RULE quiet AS ON DELETE TO app.cache DO INSTEAD NOTHING;
CREATE STATISTICS app.correlated (dependencies) ON id, email FROM app.users;
CREATE TABLE "Odd.Name" ("Col umn" integer);
`;
