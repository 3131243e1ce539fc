/**
 * Who signed, whoever it is: every proof that a bundle brings is verified, and there must be as many as are asked for.
 * Its rule: one part that is not sound refuses the bundle, even where the others would do.
 *
 * Parts are looked at one after the other, so that the code names the first that is at fault: the shape, the signer's
 * certificate or key, the signature, log entries, timestamps, how many there are, the times.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import type { TrustMaterial } from '@sigstore/verify';
import { bundleFault } from '../bundle/bundle-fault.ts';
import type { BundleLimits } from '../bundle/bundle-limits.ts';
import { parseBundle } from '../bundle/parse-bundle.ts';
import type { BundleKey, ParsedBundle } from '../bundle/parsed-bundle.ts';
import { toCanonicalKey } from '../keys/canonical-key.ts';
import { keyFingerprint, keyHint } from '../keys/key-fingerprint.ts';
import { parseStatement, requireSubject } from '../statements/parse-statement.ts';
import { contentsOfRoot, type TrustContents } from '../trusted-root/trust-contents.ts';
import { checkEvidenceOptions, type EvidenceOptions } from './evidence-options.ts';
import { verifyWithLibrary } from './library-verifier.ts';
import { requireBody } from './log-body.ts';
import { requireTrustedLog, verifyLogEntry, type LogEvidence } from './log-evidence.ts';
import { readCertificate, requireKnownChain } from './read-certificate.ts';
import { createSignedContent, type SignedContent } from './signed-content.ts';
import { verifyTimestamp, type TimestampEvidence } from './timestamp-evidence.ts';
import type { KeySignerTrust } from './trusted-signer.ts';
import type { EvidenceThresholds, SignerEvidence, SubjectDigest, VerifiedBundle } from './verified-bundle.ts';

interface Signer {
  readonly evidence: SignerEvidence;
  readonly publicKey: KeyObject;
  /** DER of the certificate or public key, as log entries have it. */
  readonly der: Buffer;
}

/** What the root vouches for. */
interface Proofs {
  readonly logs: readonly LogEvidence[];
  readonly timestamps: readonly TimestampEvidence[];
}

const NO_MATERIAL: TrustMaterial = {
  certificateAuthorities: [],
  timestampAuthorities: [],
  tlogs: [],
  ctlogs: [],
  publicKey: () => {
    throw new RangeError('keys are given with the bundle');
  },
};
const NO_ROOT: TrustContents = { material: NO_MATERIAL, authorities: [], timestampChains: [] };

/**
 * @param json the bundle.
 * @param subject what the bundle must be about.
 * @throws {SquizzleError} `BUNDLE_TOO_LARGE`, `BUNDLE_INVALID`, `SIGNER_UNKNOWN` (another key, or none where one is
 *   asked for), `CERTIFICATE_INVALID`, `ARTIFACT_MISMATCH`, `SIGNATURE_INVALID`, `LOG_ENTRY_INVALID`,
 *   `TIMESTAMP_INVALID`, `EVIDENCE_MISSING`, `KEY_EXPIRED`, `STATEMENT_INVALID`.
 * @throws {RangeError} for options that cannot be compared with: an invalid `now`, a threshold that is no whole number.
 */
export function verifyEvidence(json: string, subject: SubjectDigest, options: EvidenceOptions): VerifiedBundle {
  checkEvidenceOptions(options);
  const { now, limits } = options;
  return verifyParsed(parseBundle(json, { now, ...(limits === undefined ? {} : { limits }) }), subject, options);
}

/** As `verifyEvidence`, of a bundle that was parsed with the same `now` and `limits`: for who tries several signers. */
export function verifyParsed(read: ParsedBundle, subject: SubjectDigest, options: EvidenceOptions): VerifiedBundle {
  checkEvidenceOptions(options);
  const { root, key, thresholds, now, limits } = options;
  const contents = root === null ? NO_ROOT : contentsOfRoot(root);
  const bundle = root === null ? withoutProofs(read) : read;
  const signer = readSigner(bundle.key, key, contents);
  const content = createSignedContent(bundle.content, subject);
  if (!content.isSignedBy(signer.publicKey)) throw notSigned(bundle.key, signer.publicKey);
  const proofs = verifyProofs(bundle, content, signer, contents, now);
  requireThresholds(proofs, thresholds, bundle.key.kind);
  const times = timesOf(proofs);
  // Where nobody vouches for a time, who is trusted must be trusted now.
  const moments = times.length === 0 ? [now] : times;
  for (const log of proofs.logs) requireTrustedLog(log, moments);
  if (key !== null) requireKeyPeriod(key, times, now);
  verifyWithLibrary({
    bundle,
    content,
    timestamps: proofs.timestamps.map(({ timestamp }) => timestamp),
    material: contents.material,
    publicKey: signer.publicKey,
    thresholds,
  });
  return { signer: signer.evidence, statement: readStatement(bundle, subject, limits), times };
}

/** The same bundle as if nobody had witnessed it. */
function withoutProofs(bundle: ParsedBundle): ParsedBundle {
  const verificationMaterial = { publicKey: { hint: bundle.key.kind === 'public-key' ? bundle.key.hint : '' } };
  return { ...bundle, logEntries: [], timestamps: [], json: { ...bundle.json, verificationMaterial } };
}

function readSigner(key: BundleKey, trusted: KeySignerTrust | null, contents: TrustContents): Signer {
  if (key.kind === 'certificate') {
    if (trusted !== null) throw bundleFault('SIGNER_UNKNOWN', 'it was signed with a certificate and not with the key');
    const { der, publicKey, identity } = readCertificate(key.leaf, contents.authorities);
    requireKnownChain(key.others, contents.authorities);
    return { evidence: { kind: 'keyless', ...identity }, publicKey, der };
  }
  if (trusted === null) throw bundleFault('SIGNER_UNKNOWN', 'it was signed with a key and not with a certificate');
  const publicKey = toCanonicalKey(trusted.publicKey);
  const der = publicKey.export({ format: 'der', type: 'spki' });
  return { evidence: { kind: 'key', fingerprint: keyFingerprint(publicKey) }, publicKey, der };
}

/** Anybody can write a hint, and tools have their own: it never refuses, it only tells why a signature may not fit. */
function notSigned(key: BundleKey, publicKey: KeyObject): Error {
  const reason = 'the signature does not fit what it is said to sign, or is of another key';
  if (key.kind === 'certificate' || key.hint === '' || key.hint === keyHint(publicKey)) {
    return bundleFault('SIGNATURE_INVALID', reason);
  }
  return bundleFault('SIGNER_UNKNOWN', `${reason}: it names another one, ${JSON.stringify(key.hint)}`);
}

function verifyProofs(
  bundle: ParsedBundle,
  content: SignedContent,
  signer: Signer,
  contents: TrustContents,
  now: Date,
): Proofs {
  const logs = bundle.logEntries.map((entry) => {
    const evidence = verifyLogEntry(entry, contents.material);
    requireBody(entry, content, signer.der);
    return evidence;
  });
  const timestamps = bundle.timestamps.map((der, index) =>
    verifyTimestamp(der, index, content.signature, contents, now),
  );
  return { logs, timestamps };
}

/** Each log and each authority counts once. */
function requireThresholds(proofs: Proofs, thresholds: EvidenceThresholds, kind: BundleKey['kind']): void {
  const logs = new Set(proofs.logs.map(({ entry }) => entry.logId.toString('hex'))).size;
  if (logs < thresholds.logEntries) {
    throw bundleFault(
      'EVIDENCE_MISSING',
      `it has entries of ${logs} transparency logs and ${thresholds.logEntries} are asked for`,
    );
  }
  const timed = proofs.logs
    .filter(({ time }) => time !== null)
    .map(({ entry }) => `log ${entry.logId.toString('hex')}`);
  const stamped = proofs.timestamps.map(({ authority }) => `authority ${authority}`);
  const times = new Set([...timed, ...stamped]).size;
  // A certificate is valid for minutes: without a time nothing can be said of it.
  const needed = Math.max(thresholds.timestamps, kind === 'certificate' ? 1 : 0);
  if (times < needed) {
    throw bundleFault(
      'EVIDENCE_MISSING',
      `it has ${times} trusted times and ${needed} are asked for: timestamps, or log entries that promise one`,
    );
  }
}

/** Oldest first. */
function timesOf({ logs, timestamps }: Proofs): readonly Date[] {
  const times = [...logs, ...timestamps].flatMap(({ time }) => (time === null ? [] : [time]));
  return times.sort((one, other) => one.getTime() - other.getTime());
}

function requireKeyPeriod({ from, until }: KeySignerTrust, times: readonly Date[], now: Date): void {
  const outside = (times.length === 0 ? [now] : times).find(
    (time) => (from !== undefined && time < from) || (until !== undefined && time > until),
  );
  if (outside === undefined) return;
  const period = `from ${from?.toISOString() ?? 'ever'} until ${until?.toISOString() ?? 'ever'}`;
  const reason =
    times.length === 0
      ? `the key is trusted ${period}, it is ${now.toISOString()}, and nothing proves when the signature was made`
      : `the key is trusted ${period} and the signature was made at ${outside.toISOString()}`;
  throw bundleFault('KEY_EXPIRED', reason);
}

function readStatement(
  { content }: ParsedBundle,
  subject: SubjectDigest,
  limits: Partial<BundleLimits> | undefined,
): VerifiedBundle['statement'] {
  if (content.kind === 'message') return null;
  const statement = parseStatement(content.payloadType, content.payload, limits?.bundleBytes);
  requireSubject(statement, subject);
  return statement;
}
