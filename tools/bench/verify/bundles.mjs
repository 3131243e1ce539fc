/**
 * Bundles as the tests of packages/security make them: with a local Sigstore, which is closed again before anything is
 * measured.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, tool } from '../../gates.mjs';

const cache = path.join(root, 'node_modules/.cache/squizzle/bench');

/** @returns {Promise<{ made: object, crafted: readonly { name: string, code: string, json: string }[] }>} */
export async function makeBundles() {
  const { signedBundles } = await load('signed-bundles');
  const { craftedBundles } = await load('crafted-bundles');
  const made = await signedBundles();
  return { made, crafted: craftedBundles(made.json['keyless-rekor1']) };
}

/** Node 20 does not read TypeScript. */
function load(name) {
  mkdirSync(cache, { recursive: true });
  const outfile = path.join(cache, `${name}.mjs`);
  execFileSync(tool('esbuild'), [
    path.join(root, `packages/security/test/${name}.ts`),
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--target=node20',
    '--packages=external',
    `--outfile=${outfile}`,
    '--log-level=warning',
  ]);
  return import(pathToFileURL(outfile).href);
}
