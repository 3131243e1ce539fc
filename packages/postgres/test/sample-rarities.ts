/**
 * Objects that few schemas have, beside those of {@link file://./sample-schema.ts}, in SQL that PostgreSQL 13 to 18 and
 * PGlite take. Superusers only.
 *
 * @module
 */
export const SAMPLE_RARITIES = `
CREATE FUNCTION app.show(app.pair) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.b';
CREATE FUNCTION app.same(app.pair, app.pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $2.a';
CREATE FUNCTION app.hash(app.pair) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1.a';
CREATE CAST (app.pair AS text) WITH FUNCTION app.show(app.pair) AS ASSIGNMENT;
CREATE OPERATOR app.=== (LEFTARG = app.pair, RIGHTARG = app.pair, FUNCTION = app.same, COMMUTATOR = OPERATOR(app.===), HASHES);
CREATE OPERATOR app.!!! (RIGHTARG = app.pair, FUNCTION = app.show);
CREATE OPERATOR CLASS app.pairs FOR TYPE app.pair USING hash AS OPERATOR 1 app.===, FUNCTION 1 app.hash(app.pair);
CREATE ACCESS METHOD sample_tree TYPE INDEX HANDLER bthandler;
CREATE TEXT SEARCH TEMPLATE app.plainly (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY app.plain (TEMPLATE = app.plainly, accept = false);
CREATE TEXT SEARCH PARSER app.again (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH CONFIGURATION app.words (PARSER = app.again);
ALTER TEXT SEARCH CONFIGURATION app.words ADD MAPPING FOR word, asciiword WITH app.plain, simple;
CREATE COLLATION app.bytes (LOCALE = 'C');
CREATE CONVERSION app.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE LANGUAGE sample_language HANDLER plpgsql_call_handler VALIDATOR plpgsql_validator;
CREATE TRANSFORM FOR app.pair LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));
CREATE PUBLICATION sample_news FOR TABLE app.users WITH (publish = 'insert, update');
CREATE FOREIGN DATA WRAPPER sample_wrapper OPTIONS (debug 'on');
CREATE SERVER sample_server VERSION '9' FOREIGN DATA WRAPPER sample_wrapper OPTIONS
  (host 'db.internal', dbname 'postgres://app:sample-secret@host/db', password 'sample-secret', dsn 'sample-secret');
GRANT USAGE ON FOREIGN SERVER sample_server TO sample_reader;
CREATE USER MAPPING FOR sample_reader SERVER sample_server OPTIONS (password 'sample-secret');
CREATE FOREIGN TABLE app.far (id integer OPTIONS (column_name 'key')) SERVER sample_server OPTIONS (path '/a', access_key 'sample-secret');
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT ALL ON TABLES TO sample_reader;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
`;

/** What lies in no schema and would be left by DROP SCHEMA app CASCADE. */
export const DROP_RARITIES = `
DROP ACCESS METHOD sample_tree;
DROP LANGUAGE sample_language;
DROP FOREIGN DATA WRAPPER sample_wrapper CASCADE;
DROP PUBLICATION sample_news;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
`;
