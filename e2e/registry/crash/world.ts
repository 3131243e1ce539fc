/**
 * Everything that was ever written, as registers: what a restarted server must show.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createRegister, type Register } from './register.ts';

export type Digest = `sha256:${string}`;

export interface Content {
  readonly digest: Digest;
  readonly bytes: Buffer;
}

export interface ManifestContent extends Content {
  readonly blobs: readonly Digest[];
  readonly subject?: Digest;
}

export type Presence = 'present' | 'absent';

export interface Session {
  readonly repository: string;
  readonly path: string;
  readonly bytes: Buffer;
  /** Bytes the server said it has. */
  acknowledged: number;
}

export interface Repository {
  readonly name: string;
  readonly blobs: Map<Digest, Register<Presence>>;
  readonly manifests: Map<Digest, Register<Presence>>;
  readonly tags: Map<string, Register<Digest | 'absent'>>;
}

export interface World {
  readonly repositories: ReadonlyMap<string, Repository>;
  readonly contents: Map<Digest, ManifestContent>;
  readonly sessions: Map<string, Session>;
  /** Writes that the server answered. */
  acknowledged: number;
  repository(name: string): Repository;
  blob(repository: string, digest: Digest): Register<Presence>;
  manifest(repository: string, digest: Digest): Register<Presence>;
  tag(repository: string, tag: string): Register<Digest | 'absent'>;
}

export function contentOf(bytes: Buffer): Content {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

export function createWorld(): World {
  let now = 0;
  const clock = (): number => ++now;
  const repositories = new Map<string, Repository>();

  const repository = (name: string): Repository =>
    ensure(repositories, name, () => ({ name, blobs: new Map(), manifests: new Map(), tags: new Map() }));

  return {
    repositories,
    contents: new Map(),
    sessions: new Map(),
    acknowledged: 0,
    repository,
    blob: (name, digest) => ensure(repository(name).blobs, digest, () => createRegister<Presence>('absent', clock)),
    manifest: (name, digest) =>
      ensure(repository(name).manifests, digest, () => createRegister<Presence>('absent', clock)),
    tag: (name, tag) => ensure(repository(name).tags, tag, () => createRegister<Digest | 'absent'>('absent', clock)),
  };
}

function ensure<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
