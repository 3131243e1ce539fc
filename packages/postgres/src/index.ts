/**
 * PostgreSQL for SQUIZZLE, over `pg`. The embedded database is `@squizzle/postgres/embedded`.
 *
 * @module
 */
export { createPostgresDriver, type PostgresDriverOptions } from './postgres-driver.ts';
export { createScratchServer, type ScratchServerOptions } from './scratch/scratch-server.ts';
