/**
 * What a row of the safety table is, and the scene it is played in: a registry that asks for credentials, another host
 * that may never see them, and a client that holds them.
 *
 * @module
 */
import type { RegistryOptions } from '../../src/connection/registry-options.ts';
import { createRegistryStore } from '../../src/registry/registry-store.ts';
import { pushImage, sampleBlob, sampleImage, toTag } from '@squizzle/core/testing';
import type { Descriptor } from '@squizzle/oci-spec';
import { createAuthority, type CertificateRequest } from '../certificates.ts';
import { startConnectProxy } from '../connect-proxy.ts';
import { answering, startHostileRegistry, type HostileRegistry, type Script } from './hostile-registry.ts';

type Store = ReturnType<typeof createRegistryStore>;

export const SECRET = 'correct-horse-battery-staple';
export const BLOB = sampleBlob(100_000, 7);
export const LAYER = sampleBlob(3000, 8);
export const repository = 'acme/app';

export interface Scene {
  readonly registry: HostileRegistry;
  /** Another origin, which may see no credentials. */
  readonly elsewhere: HostileRegistry;
  readonly store: Store;
  /** In the registry, with the tag `v1`. */
  readonly image: Descriptor;
}

export interface Row {
  readonly rule: string;
  /** What the registry does. */
  readonly does: string;
  /** What the client does, for the document. */
  readonly outcome: string;
  readonly script: (scene: Scene) => Script;
  readonly act: (scene: Scene) => Promise<unknown>;
  /** A code of an error; left out: it ends well. */
  readonly code?: string;
  readonly check?: (scene: Scene) => void;
  /**
   * How the registry is reached; default: plain http, on this machine. `public`: as `registry.example`, which is no address
   * of this machine as far as the client can know.
   */
  readonly over?: 'tls' | 'public';
  /** Another certificate than a good one. The registry is empty then. */
  readonly certificate?: CertificateRequest;
  /** What the client is told beside that. */
  readonly client?: Partial<RegistryOptions>;
}

export const read = async (content: AsyncIterable<Uint8Array>): Promise<number> => {
  let size = 0;
  for await (const chunk of content) size += chunk.byteLength;
  return size;
};
export const pull = ({ store }: Scene) => read(store.fetch(BLOB.descriptor));
export const pullManifest = ({ store, image }: Scene) => read(store.fetch(image));
export const push = ({ store }: Scene) => store.push(LAYER.descriptor, [LAYER.bytes]);
export const resolve = ({ store }: Scene) => store.resolve(toTag('v1'));
export const list = async ({ store }: Scene) => {
  const tags: string[] = [];
  for await (const tag of store.tags()) tags.push(tag);
  return tags;
};

export const GET_BLOB = { method: 'GET', target: /\/blobs\/sha256/ };
export const UPLOAD = { target: /\/blobs\/uploads\// };
export const countOf = ({ seen }: HostileRegistry, method: string, target: RegExp): number =>
  seen.filter((each) => each.method === method && target.test(each.target)).length;

/** Short waits: what is shown is what happens, not how long it takes. */
export const SCENE_LIMITS = { backoffMs: 1, maxBackoffMs: 4, headersMs: 150, idleMs: 150, pages: 100 };
const PUBLIC_NAME = 'registry.example';

/** A registry for those who logged in, before whatever the script does. */
const guarded =
  (script: Script): Script =>
  (request, response, at) =>
    request.headers.authorization === undefined
      ? answering(401, { 'www-authenticate': 'Basic realm="registry"' })(request, response, at)
      : script(request, response, at);

/** Last opened, first closed. */
type Opened = (() => PromiseLike<unknown>)[];

export async function openScene(row: Row): Promise<Scene & AsyncDisposable> {
  const opened: Opened = [];
  const close = async (): Promise<void> => {
    for (const each of opened.splice(0).toReversed()) await each();
  };
  try {
    return { ...(await setScene(row, opened)), [Symbol.asyncDispose]: close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function setScene(row: Row, opened: Opened): Promise<Scene> {
  const { registry, options } = await openRegistry(row, opened);
  const elsewhere = await startHostileRegistry();
  opened.push(() => elsewhere[Symbol.asyncDispose]());
  elsewhere.follow((request, response, at) =>
    request.url?.startsWith('/cdn') === true ? answering(200, {}, BLOB.bytes)(request, response, at) : false,
  );
  const image = row.certificate === undefined ? await fill(options) : sampleImage('none').descriptor;
  const store = createRegistryStore({ ...options, limits: SCENE_LIMITS, ...row.client });
  opened.push(() => store.close());
  const asksItself = row.rule === '2';
  if (!asksItself && row.certificate === undefined) await store.resolve(toTag('none')); // it knows how to log in, and will
  const scene = { registry, elsewhere, store, image };
  registry.forget();
  const script = row.script(scene);
  registry.follow(asksItself ? script : guarded(script));
  return scene;
}

type StoreOptions = Parameters<typeof createRegistryStore>[0];

async function openRegistry({ over, certificate = {} }: Row, opened: Opened) {
  const options = { repository, username: 'ada', password: SECRET, homeFolder: '/nonexistent' };
  const script = guarded(() => false);
  if (over === undefined) {
    const registry = await startHostileRegistry({ script });
    opened.push(() => registry[Symbol.asyncDispose]());
    return { registry, options: { ...options, registry: registry.host, insecure: true } };
  }
  const authority = createAuthority();
  const hosts = over === 'public' ? [PUBLIC_NAME] : ['localhost'];
  const tls = authority.issue({ hosts, ...certificate });
  const registry = await startHostileRegistry({ script, tls });
  opened.push(() => registry[Symbol.asyncDispose]());
  const trusted = { ...options, ca: authority.ca };
  if (over === 'tls') return { registry, options: { ...trusted, registry: `https://${registry.host}` } };
  const proxy = await startConnectProxy({ [`${PUBLIC_NAME}:443`]: Number(new URL(registry.url).port) });
  opened.push(() => proxy.close());
  return { registry, options: { ...trusted, registry: PUBLIC_NAME, env: { HTTPS_PROXY: proxy.url } } };
}

async function fill(options: StoreOptions): Promise<Descriptor> {
  const store = createRegistryStore(options);
  const image = await pushImage(store, 'app', [BLOB]);
  await store.tag(image, toTag('v1'));
  await store.close();
  return image;
}
