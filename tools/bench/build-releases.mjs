/**
 * Makes of a project with N migrations N - 1 releases, each with one more of them, into `.squizzle/store` of the working
 * folder. The last one is left to `squizzle build`, and measured: it is what a user of a long chain waits for.
 *
 * In one process and without looking for the layers that the same store was given before: it is to be ready in time.
 */
import path from 'node:path';
import { root } from '../gates.mjs';

const library = (name) => import(path.join(root, 'packages', name, 'dist/index.js'));
const [{ buildArtifact, nextVersion, pullDescriptor, readSourceFolder, versionTag }, { createLayoutStore }, sql] =
  await Promise.all([library('core'), library('oci'), library('sql')]);

const folders = { root: process.cwd(), migrations: 'db/migrations', repeatable: 'db/repeatable', seeds: 'db/seeds' };
const source = await readSourceFolder(folders);
const files = await Promise.all(source.files.map(inMemory));
const store = createLayoutStore(path.join(process.cwd(), '.squizzle/store'));
const analyzer = await sql.createSqlAnalyzer();
const created = new Date(0);

let previous = null;
for (let count = 1; count < files.length; count++) {
  const version = nextVersion(previous?.manifest.version ?? null, 'patch');
  const built = await buildArtifact({ files: files.slice(0, count) }, previous, {
    name: 'bench',
    version,
    analyzer,
    created,
  });
  for (const { descriptor, bytes } of [built.layer, built.config, built.root]) await store.push(descriptor, [bytes]);
  await store.claimTag(built.root.descriptor, versionTag(version));
  previous = await pullDescriptor(built.root.descriptor, store);
}

async function inMemory(file) {
  const bytes = await file.read();
  return { ...file, read: async () => bytes };
}
