/**
 * A ledger of system version 1, as SQUIZZLE 0.1 made it, to the letter. Never changed: such ledgers are out there.
 *
 * @module
 */
export const VERSION_1_LEDGER = `
CREATE SCHEMA squizzle;
COMMENT ON SCHEMA squizzle IS 'SQUIZZLE: releases applied to this database. Append-only; see docs/ledger.md';
CREATE TABLE squizzle.ledger (
  seq bigint PRIMARY KEY CHECK (seq > 0),
  event text NOT NULL CHECK (event IN ('started', 'applied', 'reverted', 'baselined', 'failed')),
  version text NOT NULL,
  artifact_digest text NOT NULL,
  checksum text NOT NULL,
  signer jsonb,
  actor text NOT NULL,
  environment text NOT NULL,
  client text NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  duration_ms bigint NOT NULL,
  schema_digest text,
  details jsonb NOT NULL,
  previous_hash text,
  hash text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE squizzle.steps (
  started_seq bigint NOT NULL REFERENCES squizzle.ledger (seq),
  segment integer NOT NULL,
  path text NOT NULL,
  start_offset bigint,
  end_offset bigint,
  checksum text NOT NULL,
  state text NOT NULL CHECK (state IN ('started', 'finished')),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (started_seq, segment)
);
CREATE TABLE squizzle.meta (
  key text PRIMARY KEY,
  value text NOT NULL
);
CREATE FUNCTION squizzle.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % is refused', TG_OP USING ERRCODE = 'object_not_in_prerequisite_state';
END
$function$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON squizzle.ledger
  FOR EACH STATEMENT EXECUTE FUNCTION squizzle.refuse_change();
CREATE VIEW squizzle.current AS
  WITH stack AS (
    SELECT l.*, sum(CASE WHEN event = 'reverted' THEN -1 ELSE 1 END) OVER (ORDER BY seq) AS depth
    FROM squizzle.ledger l WHERE event IN ('applied', 'baselined', 'reverted')
  ), lowest AS (
    SELECT stack.*, min(depth) OVER (ORDER BY seq ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS later FROM stack
  )
  SELECT version, artifact_digest, checksum, signer, actor, environment, client, finished_at AS applied_at, schema_digest
  FROM lowest WHERE event <> 'reverted' AND later >= depth ORDER BY seq DESC LIMIT 1;
INSERT INTO squizzle.meta (key, value) VALUES ('system_version', '1');
`;
