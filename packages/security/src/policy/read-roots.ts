/**
 * The section `roots` of a policy: what vouches for certificates, logs and times, each pinned by its digest.
 *
 * @module
 */
import { isSquizzleError, type SquizzleError } from '@squizzle/core';
import { parseDigest } from '@squizzle/oci-spec';
import { BUILTIN_ROOTS, builtinTrustedRoot, type BuiltinRootName } from '../trusted-root/builtin-trusted-root.ts';
import { readPinnedRoot } from '../trusted-root/parse-trusted-root.ts';
import type { TrustedRoot } from '../trusted-root/trusted-root.ts';
import type { EvidenceThresholds } from '../verification/verified-bundle.ts';
import { adviseName } from './nearest-name.ts';
import type { Field, FieldReader } from './policy-fields.ts';
import { POLICY_NAME } from './policy-values.ts';
import type { ReferencedFiles } from './referenced-files.ts';
import type { PolicyRoot } from './trust-policy.ts';

/** What stands for no root: keys alone, without log and timestamp. Always there. */
export const NO_ROOT: PolicyRoot = {
  name: 'none',
  trustedRoot: null,
  thresholds: { logEntries: 0, timestamps: 0, scts: 0 },
};

/** One of each, as Sigstore's own clients ask for. */
const ONE_OF_EACH: EvidenceThresholds = { logEntries: 1, timestamps: 1, scts: 1 };
const MOST_PROOFS = 8;
const MOST_ROOTS = 64;

export interface RootsResult {
  readonly roots: ReadonlyMap<string, PolicyRoot>;
  /** Names that the policy gives, also to those that could not be read. */
  readonly names: readonly string[];
  /** Why roots were refused that are not those that were pinned, or unfit. Each is a fault too. */
  readonly refused: readonly SquizzleError<'TRUST_ROOT_INVALID'>[];
}

export async function readRoots(
  field: Field | undefined,
  reader: FieldReader,
  files: ReferencedFiles,
): Promise<RootsResult> {
  const roots = new Map([[NO_ROOT.name, NO_ROOT]]);
  const refused: SquizzleError<'TRUST_ROOT_INVALID'>[] = [];
  const fields = field === undefined ? new Map<string, Field>() : reader.entries(field, MOST_ROOTS);
  for (const [name, each] of fields) {
    if (!POLICY_NAME.test(name)) reader.error(each, "expected a name of letters, digits, '.', '_' and '-'");
    const root = await readRoot(name, each, reader, files, refused);
    if (root !== undefined) roots.set(name, root);
  }
  return { roots, refused, names: [...fields.keys()] };
}

async function readRoot(
  name: string,
  field: Field,
  reader: FieldReader,
  files: ReferencedFiles,
  refused: SquizzleError<'TRUST_ROOT_INVALID'>[],
): Promise<PolicyRoot | undefined> {
  const members = reader.members(field, ['trustedRoot', 'require']);
  if (members === undefined) return undefined;
  const { trustedRoot, require } = members;
  if (trustedRoot === undefined) {
    if (require !== undefined) reader.error(require, 'nothing can be required without a trustedRoot');
    return { ...NO_ROOT, name };
  }
  if (name === NO_ROOT.name) reader.error(field, "'none' means no root: give a root with a trustedRoot another name");
  const thresholds = require === undefined ? ONE_OF_EACH : readThresholds(require, reader);
  try {
    const found = await readTrustedRoot(trustedRoot, reader, files);
    return found === undefined ? undefined : { name, trustedRoot: found, thresholds };
  } catch (cause) {
    if (!isSquizzleError(cause, 'TRUST_ROOT_INVALID')) throw cause;
    reader.error(trustedRoot, cause.message);
    refused.push(cause);
    return undefined;
  }
}

function readThresholds(field: Field, reader: FieldReader): EvidenceThresholds {
  const members = reader.members(field, ['logEntries', 'timestamps', 'scts']) ?? {};
  const read = (name: keyof EvidenceThresholds): number => {
    const member = members[name];
    return (member === undefined ? undefined : reader.integer(member, 0, MOST_PROOFS)) ?? ONE_OF_EACH[name];
  };
  return { logEntries: read('logEntries'), timestamps: read('timestamps'), scts: read('scts') };
}

async function readTrustedRoot(
  field: Field,
  reader: FieldReader,
  files: ReferencedFiles,
): Promise<TrustedRoot | undefined> {
  const members = reader.members(field, ['builtin', 'file', 'sha256']);
  if (members === undefined) return undefined;
  const { builtin, file, sha256 } = members;
  const pin = sha256 === undefined ? undefined : readSha256(sha256, reader);
  if ((builtin === undefined) === (file === undefined)) {
    reader.error(field, "expected exactly one of 'builtin' and 'file'");
    return undefined;
  }
  if (builtin !== undefined) return readBuiltin(builtin, sha256, pin, reader);
  if (file === undefined) return undefined;
  if (sha256 === undefined)
    reader.error(field, "'sha256' is missing: a root from a file is pinned by the digest of its bytes");
  const read = await files.read(file, reader);
  return read === undefined || pin === undefined ? undefined : readPinnedRoot(read.bytes, read.path, pin);
}

function readBuiltin(
  field: Field,
  sha256: Field | undefined,
  pin: string | undefined,
  reader: FieldReader,
): TrustedRoot | undefined {
  const name = reader.text(field);
  if (name === undefined || (sha256 !== undefined && pin === undefined)) return undefined;
  if (!isBuiltin(name)) {
    reader.error(field, `there is no built-in root '${name}'; ${adviseName(name, Object.keys(BUILTIN_ROOTS))}`);
    return undefined;
  }
  const root = builtinTrustedRoot(name, pin);
  if (pin === undefined) {
    const advice = `pin it, so that an update of squizzle does not change whom you trust: sha256: ${root.digest.slice(7)}`;
    reader.warn(field, advice);
  }
  return root;
}

function isBuiltin(name: string): name is BuiltinRootName {
  return Object.hasOwn(BUILTIN_ROOTS, name);
}

/** 64 lowercase hex digits, with or without `sha256:`. */
export function readSha256(field: Field, reader: FieldReader): string | undefined {
  const text = reader.text(field);
  if (text === undefined) return undefined;
  const digest = parseDigest(text.startsWith('sha256:') ? text : `sha256:${text}`);
  if (digest === undefined) reader.error(field, 'expected a SHA-256: 64 lowercase hex digits');
  return digest?.slice('sha256:'.length);
}
