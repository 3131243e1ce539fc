/**
 * The script's own connections. A server that was brought down on purpose is asked again until it is back.
 */
import pg from 'pg';
import { setTimeout } from 'node:timers/promises';

const ATTEMPTS = 100;
/** It is starting up or recovering, does not listen, or went away while it was asked (which has no code). */
const IS_DOWN = ['57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET', undefined];

/** @param {string} connectionString @returns {Promise<pg.Client>} */
export async function connect(connectionString) {
  for (let attempt = 1; ; attempt += 1) {
    const client = new pg.Client({ connectionString });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (attempt === ATTEMPTS || !IS_DOWN.includes(error.code)) throw error;
      await setTimeout(50);
    }
  }
}

/** @returns {Promise<Record<string, unknown>[]>} rows of the last statement */
export async function runSql(url, sql) {
  const client = await connect(url);
  try {
    const result = await client.query(sql);
    return (Array.isArray(result) ? result.at(-1) : result).rows;
  } finally {
    await client.end();
  }
}
