/**
 * What tests of trust policies need: parties with keys, artifacts in a memory store, and signatures attached to them.
 *
 * @module
 */
import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import {
  buildArtifact,
  parseVersion,
  publishArtifact,
  pullArtifact,
  signArtifact,
  type PulledArtifact,
  type Version,
} from '@squizzle/core';
import { createSourceTree, createStatementAnalyzer, type MemoryContentStore } from '@squizzle/core/testing';
import type { Digest } from '@squizzle/oci-spec';
import { createSigner } from '../src/attachments/create-signer.ts';
import { keyFingerprint } from '../src/keys/key-fingerprint.ts';
import { parseTrustPolicy } from '../src/policy/parse-trust-policy.ts';
import type { TrustPolicyDocument } from '../src/policy/trust-policy.ts';
import { createKeyStatementSigner } from '../src/signing/key-statement-signer.ts';
import type { StatementSigner } from '../src/signing/statement-signer.ts';
import { createSignatureStatement, createStatement } from '../src/statements/create-statement.ts';
import type { Predicate } from '../src/statements/statement.ts';

export interface Party {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly pem: string;
  readonly fingerprint: string;
  readonly signer: StatementSigner;
}

export function createParty(name: string): Party {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = createPublicKey(privateKey);
  const key = {
    description: `key of ${name}`,
    publicKey: async () => publicKey,
    sign: async (bytes: Uint8Array) => sign('sha256', bytes, privateKey),
  };
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  return { name, publicKey, pem, fingerprint: keyFingerprint(publicKey), signer: createKeyStatementSigner({ key }) };
}

/** A policy whose files are the public keys of these parties: `keys/ci.pub`. */
export async function policyOf(text: string, parties: readonly Party[] = []): Promise<TrustPolicyDocument> {
  return parseTrustPolicy(text, { file: 'squizzle.trust.yaml', readFile: readKeysOf(parties) });
}

export function readKeysOf(parties: readonly Party[]): (path: string) => Promise<Uint8Array> {
  return async (path) => {
    const party = parties.find(({ name }) => path === `keys/${name}.pub`);
    if (party === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    return Buffer.from(party.pem);
  };
}

export function versionOf(text: string): Version {
  const version = parseVersion(text);
  if (version === undefined) throw new RangeError(text);
  return version;
}

export type MemoryStore = MemoryContentStore;

/** Publishes one release, alone or after another. */
export async function publish(
  store: MemoryStore,
  text: string,
  previous: PulledArtifact | null = null,
): Promise<PulledArtifact> {
  const count = (previous?.releases.length ?? 0) + 1;
  const files = Array.from({ length: count }, (_, index) => [
    `migrations/${index}.sql`,
    `CREATE TABLE t${index} (i int);`,
  ]);
  const built = await buildArtifact(createSourceTree(Object.fromEntries(files) as Record<string, string>), previous, {
    name: 'shop',
    version: versionOf(text),
    created: new Date('2026-01-02T03:04:05Z'),
    analyzer: createStatementAnalyzer(),
  });
  await publishArtifact(built, store);
  return pullArtifact({ kind: 'version', version: versionOf(text) }, store);
}

/** Signs the artifact, or whatever digest is given, and attaches that to it. */
export async function signRelease(artifact: PulledArtifact, party: Party, store: MemoryStore): Promise<void> {
  await signArtifact(artifact, createSigner(party.signer, createSignatureStatement), store);
}

export async function attest(
  artifact: PulledArtifact,
  party: Party,
  type: string,
  predicate: Predicate,
  store: MemoryStore,
): Promise<void> {
  const statement = (subject: { readonly digest: Digest }) => createStatement(subject, type, predicate);
  await signArtifact(artifact, createSigner(party.signer, statement), store);
}
