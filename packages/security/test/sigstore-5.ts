/**
 * The libraries that npm resolves on Node 22 and later, from tools/sigstore-5, in the place of the locked ones.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../tools/sigstore-5/node_modules/@sigstore/', import.meta.url));

export const isInstalled = existsSync(folder);

export const alias: Readonly<Record<string, string>> = Object.fromEntries(
  ['bundle', 'sign', 'tuf', 'verify'].map((name) => [`@sigstore/${name}`, `${folder}${name}`]),
);
