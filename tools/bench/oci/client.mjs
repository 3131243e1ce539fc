/**
 * Our side of the benchmark: one copy with the library as a program would make it.
 *
 * `client.mjs push <layout> <registry/repository:tag>`, `pull <layout> <reference>`, `tags <registry/repository>`.
 */
import { copyContent } from '../../../packages/core/dist/index.js';
import { createLayoutStore, createRegistryStore } from '../../../packages/oci/dist/index.js';

const [command, ...args] = process.argv.slice(2);
const TAG = 'bench';

function openReference(reference) {
  const [, registry, repository, tag] = /^([^/]+)\/([^:]+)(?::(.+))?$/.exec(reference);
  return { store: createRegistryStore({ registry, repository, insecure: true }), tag };
}

async function copy(from, fromTag, to, toTag) {
  const root = await from.resolve(fromTag);
  if (root === undefined) throw new Error(`${from.description} has no ${fromTag}`);
  if ((await to.resolve(toTag))?.digest === root.digest) return;
  await copyContent(root, from, to);
  await to.tag(root, toTag);
}

if (command === 'push' || command === 'pull') {
  const [layout, reference] = args;
  const { store, tag } = openReference(reference);
  const folder = createLayoutStore(layout);
  await (command === 'push' ? copy(folder, TAG, store, tag) : copy(store, tag, folder, TAG));
  await store.close();
} else {
  const { store } = openReference(args[0]);
  let count = 0;
  for await (const _tag of store.tags()) count += 1;
  console.log(count);
  await store.close();
}
// As the CLI does: else Node waits until what V8 compiles in the background is done, though nobody needs it any more.
process.exit();
