/**
 * Credential helpers for tests: small programs in a folder of their own, to be found by `PATH`.
 *
 * @module
 */
import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { execPath } from 'node:process';

/** Writes `docker-credential-<name>`; `body` has `verb` and `input`, its stdin. */
export async function writeHelper(folder: string, name: string, body: string): Promise<void> {
  const path = join(folder, `docker-credential-${name}`);
  const lines = [
    '#!/usr/bin/env node',
    "const { readFileSync, writeFileSync, existsSync } = require('node:fs');",
    'const verb = process.argv[2];',
    "const input = readFileSync(0, 'utf8');",
    body,
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
  await chmod(path, 0o755);
}

/** A helper that works: it keeps what it is told in a file beside it. */
export const KEEPING = `
const file = __filename + '.json';
const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const save = () => writeFileSync(file, JSON.stringify(kept));
if (verb === 'store') { const c = JSON.parse(input); kept[c.ServerURL] = c; save(); }
else if (verb === 'list') {
  console.log(JSON.stringify(Object.fromEntries(Object.entries(kept).map(([url, c]) => [url, c.Username]))));
} else if (kept[input] === undefined) { console.log('credentials not found in native keychain'); process.exitCode = 1; }
else if (verb === 'get') console.log(JSON.stringify(kept[input]));
else { delete kept[input]; save(); }
`;

/** Variables with which programs in the folder are found, and Node for them to run with. */
export function pathTo(folder: string): { readonly PATH: string } {
  return { PATH: [folder, dirname(execPath), '/usr/bin', '/bin'].join(delimiter) };
}
