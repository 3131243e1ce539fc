/**
 * What a project with drizzle-orm writes to run its migrations: `drizzle-migrate.mjs <node_modules' folder> <migrations>`.
 */
import { createRequire } from 'node:module';
import path from 'node:path';

const [folder, migrationsFolder] = process.argv.slice(2);
const require = createRequire(path.join(folder, 'package.json'));
const { Client } = require('pg');
const { drizzle } = require('drizzle-orm/node-postgres');
const { migrate } = require('drizzle-orm/node-postgres/migrator');

const client = new Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
try {
  await migrate(drizzle(client), { migrationsFolder });
} finally {
  await client.end();
}
