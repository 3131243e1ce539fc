/**
 * in-toto statements, from the payload of an envelope whose signature was verified.
 *
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md
 * @module
 */
import { isContentError, parseJsonObject, type JsonObject } from '@squizzle/oci-spec';
import { bundleFault } from '../bundle/bundle-fault.ts';
import { DEFAULT_BUNDLE_LIMITS } from '../bundle/bundle-limits.ts';
import type { SubjectDigest } from '../verification/verified-bundle.ts';
import { STATEMENT_PAYLOAD_TYPE, STATEMENT_TYPE } from './statement.ts';
import type { Predicate, Statement, StatementSubject } from './statement.ts';

const TYPES: readonly unknown[] = [STATEMENT_TYPE, 'https://in-toto.io/Statement/v0.1'];
const MAX_SUBJECTS = 1024;

/**
 * @param maxBytes what the bundle's JSON may have: a payload is part of one.
 * @throws {SquizzleError} `STATEMENT_INVALID`
 */
export function parseStatement(
  payloadType: string,
  payload: Uint8Array,
  maxBytes: number = DEFAULT_BUNDLE_LIMITS.bundleBytes,
): Statement {
  if (payloadType !== STATEMENT_PAYLOAD_TYPE) {
    refuse(`the payload is of type ${JSON.stringify(payloadType)} and must be ${STATEMENT_PAYLOAD_TYPE}`);
  }
  const { _type, subject, predicateType, predicate } = parsePayload(payload, maxBytes);
  if (typeof _type !== 'string' || !TYPES.includes(_type)) refuse(`its _type must be one of ${TYPES.join(', ')}`);
  if (typeof predicateType !== 'string' || predicateType === '') refuse('it has no predicateType');
  if (!Array.isArray(subject) || subject.length === 0) refuse('it has no subject');
  if (subject.length > MAX_SUBJECTS) refuse(`it has ${subject.length} subjects, more than the ${MAX_SUBJECTS} allowed`);
  return { _type, subject: subject.map(parseSubject), predicateType, predicate: parsePredicate(predicate) };
}

/**
 * Requires that a statement is about something: one subject has its digest, and where both sides have a SHA-512, that too.
 *
 * @throws {SquizzleError} `ARTIFACT_MISMATCH`
 */
export function requireSubject({ subject }: Statement, { sha256, sha512 }: SubjectDigest): void {
  const found = subject.some(({ digest }) => {
    const own = (name: string): string | undefined => (Object.hasOwn(digest, name) ? digest[name] : undefined);
    const theirs = own('sha512');
    return own('sha256') === sha256 && (sha512 === undefined || theirs === undefined || theirs === sha512);
  });
  if (found) return;
  const [first] = subject;
  const about =
    first === undefined || !Object.hasOwn(first.digest, 'sha256')
      ? 'something else'
      : `sha256:${first.digest['sha256']?.slice(0, 64)}`;
  throw bundleFault('ARTIFACT_MISMATCH', `the statement is about ${about} and not about sha256:${sha256}`);
}

function parsePayload(payload: Uint8Array, maxBytes: number): JsonObject {
  try {
    return parseJsonObject(payload, { maxBytes, what: 'statement' });
  } catch (cause) {
    if (!isContentError(cause)) throw cause;
    return refuse(cause.message, { cause });
  }
}

function parseSubject(value: unknown, index: number): StatementSubject {
  const { name, digest } = isObject(value) ? value : refuse(`subject ${index + 1} is no object`);
  if (name !== undefined && name !== null && typeof name !== 'string')
    refuse(`the name of subject ${index + 1} is no text`);
  if (!isObject(digest)) refuse(`subject ${index + 1} has no digest`);
  if (!Object.values(digest).every((hex) => typeof hex === 'string'))
    refuse(`a digest of subject ${index + 1} is no text`);
  const digests = digest as Readonly<Record<string, string>>;
  return typeof name === 'string' ? { name, digest: digests } : { digest: digests };
}

/** The specification lets it be left out. */
function parsePredicate(value: unknown): Predicate {
  if (value === undefined || value === null) return {};
  return isObject(value) ? (value as Predicate) : refuse('its predicate is no object');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(reason: string, options?: ErrorOptions): never {
  throw bundleFault('STATEMENT_INVALID', `statement: ${reason}`, options);
}
