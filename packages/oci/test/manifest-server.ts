/**
 * The manifests of one repository in memory, served as differently as registries do it.
 *
 * @module
 */
import { describeContent, MEDIA_TYPES, parseDigest, type Digest } from '@squizzle/oci-spec';
import type { TransferAnswer, TransferRequest, TransferScript } from './scripted-transfer.ts';

export interface ManifestServerOptions {
  /** Whether `If-Match` and `If-None-Match` are heeded. */
  readonly conditions?: boolean;
  /** Nobody moves a tag: 400, as Amazon's registry says it, also for what it names already. */
  readonly immutable?: boolean;
  readonly referrersApi?: boolean;
  /** Whether a push acknowledges its subject. Default: as `referrersApi`. */
  readonly acknowledges?: boolean;
  /** `manifests`: as distribution 2, a digest with all its tags and no tag alone. */
  readonly deletes?: 'all' | 'manifests' | 'untagged' | 'nothing';
  /** Answers first; `undefined`: as the server would. */
  readonly before?: (request: TransferRequest) => TransferAnswer | undefined | Promise<TransferAnswer | undefined>;
}

export interface ServedManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface ManifestServer {
  readonly script: TransferScript;
  readonly manifests: Map<string, ServedManifest>;
  readonly tags: Map<string, Digest>;
  /** Puts a manifest there, past all rules. */
  add(manifest: ServedManifest, ...tags: readonly string[]): Digest;
}

export function createManifestServer(options: ManifestServerOptions = {}): ManifestServer {
  const manifests = new Map<string, ServedManifest>();
  const tags = new Map<string, Digest>();
  const state: State = { manifests, tags, options };
  return {
    manifests,
    tags,
    add: ({ mediaType, bytes }, ...names) => {
      const { digest } = describeContent(mediaType, bytes);
      manifests.set(digest, { mediaType, bytes });
      for (const name of names) tags.set(name, digest);
      return digest;
    },
    async script(request) {
      return (await options.before?.(request)) ?? answer(state, request);
    },
  };
}

interface State extends Pick<ManifestServer, 'manifests' | 'tags'> {
  readonly options: ManifestServerOptions;
}

/** For {@link ManifestServerOptions.before}: each push takes longer than the one before it, in turns of the event loop. */
export function slowPushes(): NonNullable<ManifestServerOptions['before']> {
  let pushes = 0;
  return async ({ method }) => {
    if (method === 'PUT') await turns((pushes += 1) * 2);
    return undefined;
  };
}

export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export const said = (...codes: readonly string[]): Uint8Array[] => [
  new TextEncoder().encode(JSON.stringify({ errors: codes.map((code) => ({ code, message: 'said by the test' })) })),
];

async function answer(state: State, request: TransferRequest): Promise<TransferAnswer> {
  const [, kind, name = ''] = /\/(manifests|tags|referrers)\/([^/]+)$/.exec(request.url.pathname) ?? [];
  if (kind === 'tags') return json({ tags: [...state.tags.keys()] });
  if (kind === 'referrers') return referrers(state, name);
  if (request.method === 'PUT') return put(state, request, name);
  if (request.method === 'DELETE') return remove(state, name);
  const digest = state.tags.get(name) ?? name;
  const found = state.manifests.get(digest);
  if (found === undefined) return { status: 404, body: said('MANIFEST_UNKNOWN') };
  const headers = {
    'content-type': found.mediaType,
    'content-length': `${found.bytes.byteLength}`,
    'docker-content-digest': digest,
    etag: `"${digest}"`,
  };
  return { status: 200, headers, body: request.method === 'HEAD' ? [] : [found.bytes] };
}

async function put(
  { manifests, tags, options }: State,
  request: TransferRequest,
  name: string,
): Promise<TransferAnswer> {
  const bytes = await request.read();
  const mediaType = request.headers?.['content-type'] ?? '';
  const { digest } = describeContent(mediaType, bytes);
  const isTag = parseDigest(name) === undefined;
  const current = tags.get(name);
  if (isTag && options.immutable === true && current !== undefined) return { status: 400, body: said('TAG_INVALID') };
  if (isTag && options.conditions === true && !holds(request, current)) return { status: 412, body: said('DENIED') };
  manifests.set(digest, { mediaType, bytes });
  if (isTag) tags.set(name, digest);
  const subject = subjectIn(bytes);
  const acknowledges = options.acknowledges ?? options.referrersApi === true;
  const headers = {
    'docker-content-digest': digest,
    ...(acknowledges && subject !== undefined && { 'oci-subject': subject }),
  };
  return { status: 201, headers };
}

function holds({ headers = {} }: TransferRequest, current: Digest | undefined): boolean {
  if (headers['if-none-match'] === '*') return current === undefined;
  const expected = headers['if-match'];
  return expected === undefined || expected === `"${current}"`;
}

function remove({ manifests, tags, options: { deletes = 'all' } }: State, name: string): TransferAnswer {
  if (deletes === 'nothing') return { status: 405, body: said('UNSUPPORTED') };
  if (tags.has(name)) {
    if (deletes === 'manifests') return { status: 400, body: said('DIGEST_INVALID') };
    tags.delete(name);
    return { status: 202 };
  }
  if (parseDigest(name) === undefined)
    return { status: deletes === 'manifests' ? 400 : 404, body: said('MANIFEST_UNKNOWN') };
  const named = [...tags].filter(([, digest]) => digest === name);
  if (deletes === 'untagged' && named.length > 0) return { status: 400, body: said('GOOGLE_MANIFEST_DANGLING_TAG') };
  if (!manifests.delete(name)) return { status: 404, body: said('MANIFEST_UNKNOWN') };
  for (const [tag] of named) tags.delete(tag);
  return { status: 202, headers: { 'docker-content-digest': name } };
}

function referrers({ manifests, options }: State, subject: string): TransferAnswer {
  if (options.referrersApi !== true) return { status: 404, body: [new TextEncoder().encode('404 page not found')] };
  const found = [...manifests].filter(([, { bytes }]) => subjectIn(bytes) === subject);
  const entries = found.map(([, { mediaType, bytes }]) => describeContent(mediaType, bytes));
  return json({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: entries }, MEDIA_TYPES.ociIndex);
}

function subjectIn(bytes: Uint8Array): string | undefined {
  return (JSON.parse(new TextDecoder().decode(bytes)) as { subject?: { digest?: string } }).subject?.digest;
}

function json(value: unknown, mediaType = 'application/json'): TransferAnswer {
  const body = [new TextEncoder().encode(JSON.stringify(value))];
  return { status: 200, headers: { 'content-type': mediaType }, body };
}
