#!/usr/bin/env node
/**
 * The `squizzle` program. The version is answered before anything is loaded; the rest is `main.ts`.
 *
 * @module
 */
import nodeModule from 'node:module';
import { ownVersion } from './own-version.ts';

const [only, ...more] = process.argv.slice(2);
if ((only === '--version' || only === '-V') && more.length === 0) {
  process.stdout.write(`${ownVersion()}\n`);
} else {
  // Node 22 and later keep compiled code for the next start
  (nodeModule as { readonly enableCompileCache?: () => unknown }).enableCompileCache?.();
  const { main } = await import('./main.ts');
  await main();
}
