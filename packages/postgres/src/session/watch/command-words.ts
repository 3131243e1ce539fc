/**
 * What another session does, in the first words of its statement. The text itself stays on the server: it may hold
 * secrets (`ALTER ROLE … PASSWORD`), and so may every word that is not one of SQL's own.
 *
 * @module
 */

const MAX_WORDS = 3;
const [BLANK, LINE_COMMENT, BLOCK_COMMENT] = ['\\s+', '--[^\\n]*', '/\\*([^*]|\\*+[^*/])*\\*+/'] as const;

/** SQL for the letters that a text begins with, after comments; NULL where it begins with anything else. */
export function leadingWords(column: string): string {
  const text = `regexp_replace(${column}, '^(${BLANK}|${LINE_COMMENT}|${BLOCK_COMMENT})+', '')`;
  return `substring(${text} from '^[A-Za-z]+(?:\\s+[A-Za-z]+){0,${MAX_WORDS - 1}}')`;
}

const COMMAND_WORDS: ReadonlySet<string> = new Set(
  `ABORT ALTER ANALYZE BEGIN CALL CHECKPOINT CLOSE CLUSTER COLUMN COMMENT COMMIT CONCURRENTLY CONSTRAINT COPY CREATE
DATABASE DEALLOCATE DECLARE DEFAULT DELETE DISCARD DO DOMAIN DROP END EVENT EXECUTE EXPLAIN EXTENSION FETCH FOREIGN FROM
FULL FUNCTION GLOBAL GRANT GROUP IMPORT INDEX INSERT INTO ISOLATION LANGUAGE LEVEL LISTEN LOAD LOCAL LOCK MATERIALIZED
MERGE MOVE NOTIFY ON OR OWNED PARTITION POLICY PREPARE PREPARED PRIVILEGES PROCEDURE PUBLICATION REASSIGN RECURSIVE
REFRESH REINDEX RELEASE REPLACE RESET REVOKE ROLE ROLLBACK ROUTINE RULE SAVEPOINT SCHEMA SECURITY SELECT SEQUENCE SERVER
SESSION SET SHOW START STATISTICS SUBSCRIPTION SYSTEM TABLE TABLESPACE TEMP TEMPORARY TO TRANSACTION TRIGGER TRUNCATE TYPE
UNIQUE UNLISTEN UNLOGGED UPDATE USER VACUUM VALUES VERBOSE VIEW WITH WORK`.split(/\s+/),
);

/** `ALTER TABLE`, from what {@link leadingWords} gives: as far as the words are SQL's own. */
export function toCommand(words: string | null): string | null {
  const all = (words ?? '').toUpperCase().split(/\s+/);
  const end = all.findIndex((word) => !COMMAND_WORDS.has(word));
  const known = end === -1 ? all : all.slice(0, end);
  return known.length === 0 ? null : known.join(' ');
}
