/**
 * One repository of the registry under test, and the steps that clients take in it.
 *
 * A step fails the row when its answer is not the one that lets a client go on; rows about that answer itself send
 * their own requests.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { headerOf, jsonOf, type Answer, type HttpClient } from './client.ts';
import {
  blobOf,
  describeBlob,
  describeManifest,
  imageOf,
  MEDIA_TYPES,
  newBlob,
  type Blob,
  type Descriptor,
  type ImageFields,
  type Manifest,
} from './content.ts';

export interface Repository {
  readonly name: string;
  /** `/v2/<name>`. */
  readonly path: string;
  readonly http: HttpClient;
  blobPath(digest: string): string;
  manifestPath(reference: string): string;
  /** With an `Accept` for every kind of manifest, as clients send it. */
  getManifest(reference: string): Promise<Answer>;
  headManifest(reference: string): Promise<Answer>;
  /** Begins an upload. @returns its location */
  startUpload(query?: string): Promise<string>;
  /** By POST, then PUT. */
  pushBlob(blob: Blob, mediaType?: string): Promise<Descriptor>;
  /** @returns how others name it */
  pushManifest(manifest: Manifest, reference?: string): Promise<Descriptor>;
  /** A new image with config and one layer, which are pushed; not the image itself. */
  newImage(fields?: Partial<ImageFields>): Promise<Manifest>;
  tags(query?: string): Promise<readonly string[]>;
  referrers(digest: string, query?: string): Promise<readonly Descriptor[]>;
}

export function newRepository(http: HttpClient, name = newName()): Repository {
  const path = `/v2/${name}`;
  const repository: Repository = {
    name,
    path,
    http,
    blobPath: (digest) => `${path}/blobs/${digest}`,
    manifestPath: (reference) => `${path}/manifests/${reference}`,
    getManifest: (reference) => http.get(repository.manifestPath(reference), ACCEPT),
    headManifest: (reference) => http.head(repository.manifestPath(reference), ACCEPT),
    async startUpload(query = '') {
      const answer = await http.post(`${path}/blobs/uploads/${query}`);
      expect(answer, answer.to).toMatchObject({ status: 202 });
      return locationOf(answer);
    },
    async pushBlob(blob, mediaType = MEDIA_TYPES.layer) {
      const location = await repository.startUpload();
      const answer = await http.put(withDigest(location, blob.digest), { headers: OCTETS, body: blob.bytes });
      expectStatus(answer, 201);
      return describeBlob(blob, mediaType);
    },
    async pushManifest(manifest, reference = manifest.digest) {
      expectStatus(await putManifest(repository, manifest, reference), 201);
      return describeManifest(manifest);
    },
    async newImage(fields = {}) {
      const config = fields.config ?? (await repository.pushBlob(blobOf('{}'), MEDIA_TYPES.config));
      const layers = fields.layers ?? [await repository.pushBlob(newBlob())];
      return imageOf({ ...fields, config, layers });
    },
    async tags(query = '') {
      const answer = await http.get(`${path}/tags/list${query}`);
      expectStatus(answer, 200);
      return (jsonOf(answer) as { readonly tags: readonly string[] }).tags;
    },
    async referrers(digest, query = '') {
      const answer = await http.get(`${path}/referrers/${digest}${query}`);
      expectStatus(answer, 200);
      return (jsonOf(answer) as { readonly manifests: readonly Descriptor[] }).manifests;
    },
  };
  return repository;
}

/** Every kind of manifest that the rows push. */
export const ACCEPT = {
  Accept: [MEDIA_TYPES.image, MEDIA_TYPES.index, MEDIA_TYPES.dockerManifest, MEDIA_TYPES.dockerList].join(', '),
};

export const OCTETS = { 'Content-Type': 'application/octet-stream' } as const;

export function newName(): string {
  return `conformance/${randomBytes(6).toString('hex')}`;
}

export function putManifest(repository: Repository, manifest: Manifest, reference: string): Promise<Answer> {
  return repository.http.put(repository.manifestPath(reference), {
    headers: { 'Content-Type': manifest.mediaType },
    body: manifest.bytes,
  });
}

/** Where an answer says to go on. */
export function locationOf(answer: Answer): string {
  const location = headerOf(answer, 'location');
  if (location === undefined || location === '') throw new RangeError(`${answer.to}: expected a Location, found none`);
  return location;
}

export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`;
}

/** As `expect(status)`, with what was asked and the server's reason in the failure. */
export function expectStatus(answer: Answer, ...statuses: readonly number[]): void {
  if (statuses.includes(answer.status)) return;
  const isText = /json|text/.test(headerOf(answer, 'content-type') ?? '');
  const reason = isText ? answer.body.toString().slice(0, 300) : `${answer.body.byteLength} bytes`;
  expect.fail(`${answer.to}: expected ${statuses.join(' or ')}, found ${answer.status} ${reason}`);
}

/** The blob can be had, whole and by its name. */
export async function expectPullable(repository: Repository, blob: Blob): Promise<void> {
  const answer = await repository.http.get(repository.blobPath(blob.digest));
  expectStatus(answer, 200);
  expect(answer.body.equals(blob.bytes), `${answer.to}: exact bytes`).toBe(true);
  expect(headerOf(answer, 'docker-content-digest'), answer.to).toBe(blob.digest);
}

export async function expectAbsent(repository: Repository, ...digests: readonly string[]): Promise<void> {
  for (const digest of digests) expectStatus(await repository.http.head(repository.blobPath(digest)), 404);
}
