/**
 * A TUF repository with one key for every role. What it publishes, `files` holds; tests may change those.
 *
 * @see https://theupdateframework.github.io/specification/latest/
 * @module
 */
import { createHash, sign, type KeyObject } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { Key, Metadata, MetaFile, Root, Signature, Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models';
import type { TufFault } from './faults.ts';
import { createEd25519KeyPair, sha256, type KeyPair } from './key-pair.ts';
import type { Routes, ServiceAnswer } from './service-host.ts';

const DAY_MS = 86_400_000;
const ROLES = ['root', 'timestamp', 'snapshot', 'targets'];

export interface PublishOptions {
  /** Of everything but the root. */
  readonly expires?: Date;
  /** Whose signature it bears, if not the repository's. */
  readonly key?: KeyObject;
}

export interface TufMirror {
  /** Path to content. */
  readonly files: Map<string, Buffer>;
  /** The first root: what clients are given by hand. */
  readonly rootJson: string;
  /** A new version of everything but the root. */
  publish(targets: Readonly<Record<string, string>>, options?: PublishOptions): void;
  /** A new root with a new key, signed by both, and everything else signed by the new one. */
  rotate(): void;
  readonly routes: () => Routes;
}

interface Named {
  readonly keys: KeyPair;
  readonly key: Key;
}

export interface TufMirrorSurroundings {
  readonly now: () => Date;
  readonly fault: () => TufFault | undefined;
}

export function createTufMirror(
  { now, fault }: TufMirrorSurroundings,
  first: Readonly<Record<string, string>>,
): TufMirror {
  const files = new Map<string, Buffer>();
  let holder = createHolder();
  let rootVersion = 1;
  let version = 0;
  let targets = first;
  const inOneDay = (): Date => new Date(now().getTime() + DAY_MS);
  const write = (name: string, content: string): void => void files.set(`/${name}`, Buffer.from(content));
  const publish: TufMirror['publish'] = (next, { expires = inOneDay(), key = holder.keys.privateKey } = {}) => {
    targets = next;
    version += 1;
    for (const [name, content] of Object.entries(next))
      write(`targets/${sha256(Buffer.from(content)).toString('hex')}.${name}`, content);
    const signer = { id: holder.key.keyID, key };
    for (const [name, metadata] of Object.entries(describeTargets(next, version, expires)))
      write(name, signMetadata(metadata, [signer]));
  };
  const rootJson = signMetadata(describeRoot(holder, rootVersion, inOneDay()), [signerOf(holder)]);
  write('1.root.json', rootJson);
  publish(first);
  return {
    files,
    rootJson,
    publish,
    rotate() {
      const before = holder;
      holder = createHolder();
      rootVersion += 1;
      const root = describeRoot(holder, rootVersion, inOneDay());
      write(`${rootVersion}.root.json`, signMetadata(root, [signerOf(before), signerOf(holder)]));
      publish(targets);
    },
    routes: () => {
      const added = fault() === 'wrong-bytes' ? ' ' : '';
      const answer = (body: Buffer): ServiceAnswer => ({
        status: 200,
        body: Buffer.concat([body, Buffer.from(added)]),
      });
      return Object.fromEntries([...files].map(([path, body]) => [`GET ${path}`, () => answer(body)]));
    },
  };
}

interface MetadataSigner {
  readonly id: string;
  readonly key: KeyObject;
}

const signerOf = ({ keys, key }: Named): MetadataSigner => ({ id: key.keyID, key: keys.privateKey });

function createHolder(): Named {
  const keys = createEd25519KeyPair();
  const { x = '' } = keys.publicKey.export({ format: 'jwk' });
  const value = {
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: { public: Buffer.from(x, 'base64url').toString('hex') },
  };
  const id = createHash('sha256').update(canonicalize(value)).digest('hex');
  return { keys, key: Key.fromJSON(id, value) };
}

function describeRoot({ key }: Named, version: number, expires: Date): Root {
  const root = new Root({ version, specVersion: '1.0.0', expires: secondsOf(expires), consistentSnapshot: true });
  for (const role of ROLES) root.addKey(key, role);
  return root;
}

/** Each by its file name. */
function describeTargets(
  contents: Readonly<Record<string, string>>,
  version: number,
  expires: Date,
): Readonly<Record<string, Targets | Snapshot | Timestamp>> {
  const common = { version, specVersion: '1.0.0', expires: secondsOf(expires) };
  const targets = new Targets(common);
  for (const [path, content] of Object.entries(contents)) {
    const bytes = Buffer.from(content);
    targets.addTarget(
      new TargetFile({ path, length: bytes.length, hashes: { sha256: sha256(bytes).toString('hex') } }),
    );
  }
  return {
    [`${version}.targets.json`]: targets,
    [`${version}.snapshot.json`]: new Snapshot({ ...common, meta: { 'targets.json': new MetaFile({ version }) } }),
    'timestamp.json': new Timestamp({ ...common, snapshotMeta: new MetaFile({ version }) }),
  };
}

function signMetadata(signed: Root | Targets | Snapshot | Timestamp, signers: readonly MetadataSigner[]): string {
  const metadata = new Metadata<Root | Targets | Snapshot | Timestamp>(signed);
  for (const { id, key } of signers)
    metadata.sign((bytes) => new Signature({ keyID: id, sig: sign(null, bytes, key).toString('hex') }), true);
  return JSON.stringify(metadata.toJSON());
}

const secondsOf = (at: Date): string => at.toISOString().replace(/\.\d+/, '');
