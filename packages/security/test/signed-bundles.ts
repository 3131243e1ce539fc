/**
 * Bundles of each kind, made once with a local Sigstore that is closed again: what comes after is offline.
 *
 * @module
 */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { explicitToken } from '../src/keyless/explicit-token.ts';
import { createFileKeySigner } from '../src/signing/file-key-signer.ts';
import { createKeyStatementSigner } from '../src/signing/key-statement-signer.ts';
import { createKeylessStatementSigner } from '../src/signing/keyless-statement-signer.ts';
import type { KeySigner } from '../src/signing/key-signer.ts';
import type { StatementSigner } from '../src/signing/statement-signer.ts';
import { createStatement } from '../src/statements/create-statement.ts';
import { PREDICATE_TYPES } from '../src/statements/statement.ts';
import { parseTrustedRoot } from '../src/trusted-root/parse-trusted-root.ts';
import type { TrustedRoot } from '../src/trusted-root/trusted-root.ts';
import type { KeySignerTrust } from '../src/verification/trusted-signer.ts';
import type { EvidenceThresholds, SubjectDigest } from '../src/verification/verified-bundle.ts';
import { preAuthEncoding } from '../src/witnesses/pre-auth-encoding.ts';
import { valueAt, withValueAt } from './json-leaves.ts';
import { startLocalSigstore, type LocalSigstore } from './local-sigstore/local-sigstore.ts';

export type BundleName =
  | 'keyless-rekor1'
  | 'keyless-rekor2'
  | 'key-witnessed'
  /** One signature that two logs have. */
  | 'key-two-logs'
  /** One signature that one log has, as entries of two kinds. */
  | 'key-one-log-twice'
  | 'key-alone'
  | 'message';

export interface SignedBundles {
  readonly json: Readonly<Record<BundleName, string>>;
  readonly artifact: Buffer;
  readonly subject: SubjectDigest;
  readonly rootJson: string;
  readonly root: TrustedRoot;
  readonly issuer: string;
  readonly san: string;
  readonly key: KeySignerTrust;
  readonly privateKey: KeyObject;
  readonly thresholds: EvidenceThresholds;
}

/** What each is verified with. */
export function optionsFor(name: BundleName, { root, key, thresholds }: SignedBundles) {
  const alone = name === 'key-alone' || name === 'message';
  return {
    root: alone ? null : root,
    key: name.startsWith('keyless') ? null : key,
    thresholds: alone ? { logEntries: 0, timestamps: 0, scts: 0 } : thresholds,
    now: new Date(),
  };
}

let made: Promise<SignedBundles> | undefined;

/** The same for all who ask: making them takes longer than most tests. */
export function signedBundles(): Promise<SignedBundles> {
  made ??= makeBundles();
  return made;
}

async function makeBundles(): Promise<SignedBundles> {
  await using sigstore = await startLocalSigstore();
  const artifact = Buffer.from('an artifact');
  const sha256 = createHash('sha256').update(artifact).digest('hex');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const statement = createStatement({ digest: { sha256 } }, PREDICATE_TYPES.signature, { note: 'made by a test' });
  const make = async (signer: StatementSigner): Promise<string> => (await signer.sign(statement)).json;
  const root = parseTrustedRoot(Buffer.from(sigstore.trustedRootJson), 'local root');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const key = createFileKeySigner({ pem, password: null, origin: 'test.key' });
  return {
    json: {
      'keyless-rekor1': await make(await keylessSigner(sigstore, 1)),
      'keyless-rekor2': await make(await keylessSigner(sigstore, 2)),
      'key-witnessed': await make(createKeyStatementSigner({ key, witnesses: sigstore.instance(1) })),
      ...(await loggedTwice(sigstore, key, make)),
      'key-alone': await make(createKeyStatementSigner({ key })),
      message: messageBundle(artifact, privateKey),
    },
    artifact,
    subject: { sha256 },
    rootJson: sigstore.trustedRootJson,
    root,
    issuer: sigstore.url,
    san: 'https://github.com/acme/db/.github/workflows/release.yml@refs/heads/main',
    key: { kind: 'key', publicKey },
    privateKey,
    thresholds: { logEntries: 1, timestamps: 1, scts: 1 },
  };
}

async function keylessSigner(sigstore: LocalSigstore, rekorMajor: 1 | 2): Promise<StatementSigner> {
  const identity = explicitToken(await sigstore.mint('sigstore'), 'the test');
  return createKeylessStatementSigner({ instance: sigstore.instance(rekorMajor), identity, trustedRoot: null });
}

type LoggedTwice = Pick<SignedBundles['json'], 'key-two-logs' | 'key-one-log-twice'>;

async function loggedTwice(
  sigstore: LocalSigstore,
  key: KeySigner,
  make: (signer: StatementSigner) => Promise<string>,
): Promise<LoggedTwice> {
  let signature: Promise<Uint8Array> | undefined;
  const once: KeySigner = { ...key, sign: (bytes) => (signature ??= key.sign(bytes)) };
  const logged = async (rekorMajor: 1 | 2): Promise<unknown> =>
    JSON.parse(await make(createKeyStatementSigner({ key: once, witnesses: sigstore.instance(rekorMajor) })));
  const first = await logged(1);
  const withSecond = (entry: unknown): string =>
    JSON.stringify(withValueAt(first, ['verificationMaterial', 'tlogEntries', 1], entry));
  return {
    'key-two-logs': withSecond(entryOf(await logged(2))),
    'key-one-log-twice': withSecond(await logDigest(sigstore, first, await key.publicKey())),
  };
}

function entryOf(bundle: unknown): unknown {
  return valueAt(bundle, ['verificationMaterial', 'tlogEntries', 0]);
}

/** As `cosign sign-blob` logs it: the digest of what was signed, not the envelope. */
async function logDigest({ urls }: LocalSigstore, bundle: unknown, publicKey: KeyObject): Promise<unknown> {
  const at = (name: string): string => String(valueAt(bundle, ['dsseEnvelope', name]));
  const signed = preAuthEncoding(at('payloadType'), Buffer.from(at('payload'), 'base64'));
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const spec = {
    data: { hash: { algorithm: 'sha256', value: createHash('sha256').update(signed).digest('hex') } },
    signature: {
      content: valueAt(bundle, ['dsseEnvelope', 'signatures', 0, 'sig']),
      publicKey: { content: Buffer.from(pem).toString('base64') },
    },
  };
  const body = JSON.stringify({ kind: 'hashedrekord', apiVersion: '0.0.1', spec });
  const answer = await fetch(new URL('/api/v1/log/entries', urls.rekorV1), { method: 'POST', body });
  const [entry] = Object.values((await answer.json()) as Readonly<Record<string, RekorEntry>>);
  if (entry === undefined) throw new RangeError('the log gave no entry');
  return toLogEntry(entry);
}

interface RekorEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly logIndex: number;
      readonly treeSize: number;
      readonly rootHash: string;
      readonly hashes: readonly string[];
      readonly checkpoint: string;
    };
  };
}

function toLogEntry({ body, integratedTime, logID, logIndex, verification }: RekorEntry): object {
  const { signedEntryTimestamp, inclusionProof: proof } = verification;
  return {
    logIndex: String(logIndex),
    logId: { keyId: hexToBase64(logID) },
    kindVersion: { kind: 'hashedrekord', version: '0.0.1' },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp },
    inclusionProof: {
      logIndex: String(proof.logIndex),
      treeSize: String(proof.treeSize),
      rootHash: hexToBase64(proof.rootHash),
      hashes: proof.hashes.map(hexToBase64),
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody: body,
  };
}

function hexToBase64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

/** A signature over the bytes themselves, as `cosign sign-blob --key` makes it. */
export function messageBundle(artifact: Buffer, privateKey: KeyObject, hint = ''): string {
  const digest = createHash('sha256').update(artifact).digest('base64');
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint } },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest },
      signature: sign(privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256', artifact, privateKey).toString(
        'base64',
      ),
    },
  });
}
