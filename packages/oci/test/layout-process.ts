/**
 * A process of its own for the tests of several: bundled, started with `fork`, told what to do by its arguments.
 *
 *     tag <root> <name> <count>   pushes one image and gives it <count> tags
 *     claim <root> <name> <tag>   pushes one image and claims the tag; prints `won` or the error's code
 *     hang-push <root>            pushes a blob that never ends; prints `hanging`
 *     hang-tag <root>             stops while it replaces index.json, the lock in its hands; prints `hanging`
 *
 * @module
 */
import nodeFs from 'node:fs/promises';
import { argv, stdout } from 'node:process';
import { isSquizzleError } from '@squizzle/core';
import { canonicalJsonBytes, describeContent, EMPTY_DESCRIPTOR, MEDIA_TYPES, parseTag } from '@squizzle/oci-spec';
import { createLayoutStore, type LayoutFs, type LayoutStore } from '../src/index.ts';

const [, , action, root = '', name = '', last = ''] = argv;

function tagOf(text: string) {
  const tag = parseTag(text);
  if (tag === undefined) throw new TypeError(text);
  return tag;
}

async function pushManifest(store: LayoutStore, label: string) {
  const { data: _, ...config } = EMPTY_DESCRIPTOR;
  const bytes = canonicalJsonBytes({ schemaVersion: 2, config, layers: [], annotations: { label } });
  const descriptor = describeContent(MEDIA_TYPES.ociManifest, bytes);
  await store.push(descriptor, [bytes]);
  return descriptor;
}

async function hang(): Promise<never> {
  stdout.write('hanging\n');
  const keepAlive = setInterval(() => undefined, 1000);
  await new Promise<never>(() => keepAlive);
  throw new RangeError('unreachable');
}

async function* endless(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(1000);
  await hang();
}

const stopping: LayoutFs = {
  ...nodeFs,
  rename: async (from, to) => (to.endsWith('index.json') ? hang() : nodeFs.rename(from, to)),
};

const actions: Readonly<Record<string, () => Promise<void>>> = {
  async tag() {
    const store = createLayoutStore(root);
    const image = await pushManifest(store, name);
    for (let at = 0; at < Number(last); at += 1) await store.tag(image, tagOf(`${name}-${at}`));
  },
  async claim() {
    const store = createLayoutStore(root);
    try {
      await store.claimTag(await pushManifest(store, name), tagOf(last));
      stdout.write('won\n');
    } catch (thrown) {
      if (!isSquizzleError(thrown)) throw thrown;
      stdout.write(`${thrown.code}\n`);
    }
  },
  async 'hang-push'() {
    const bytes = new Uint8Array(2000);
    await createLayoutStore(root).push(describeContent('application/octet-stream', bytes), endless());
  },
  async 'hang-tag'() {
    const image = await pushManifest(createLayoutStore(root), 'hang');
    await createLayoutStore(root, { fs: stopping }).tag(image, tagOf('hang'));
  },
};

await actions[action ?? '']?.();
