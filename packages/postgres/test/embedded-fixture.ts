/**
 * One embedded database for many tests, emptied after each: making a PGlite takes a hundred times as long.
 *
 * @module
 */
import { createEmbeddedDriver } from '../src/embedded/index.ts';
import { EMBEDDED_TEMPLATES } from './embedded-templates.ts';

type EmbeddedDriver = ReturnType<typeof createEmbeddedDriver>;

export interface EmbeddedFixture {
  readonly driver: EmbeddedDriver;
  /** Past the driver's own statements, on the one session that there is. */
  run(sql: string): Promise<void>;
  /** Takes away every schema, the ledger's too, and leaves an empty `public`. */
  empty(): Promise<void>;
}

const EMPTY = `
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', name);
  END LOOP;
END $$;
CREATE SCHEMA public;
GRANT USAGE ON SCHEMA public TO PUBLIC`;

export function createEmbeddedFixture(dataDir: string): EmbeddedFixture {
  const driver = createEmbeddedDriver({ dataDir, templateCacheDir: EMBEDDED_TEMPLATES });
  const run = (sql: string): Promise<void> => driver.withLock((session) => session.executeOutsideTransaction({ sql }));
  return { driver, run, empty: () => run(EMPTY) };
}
