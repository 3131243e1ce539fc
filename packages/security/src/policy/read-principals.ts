/**
 * The section `principals` of a policy: who may vouch for releases, by identity or by key.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { isSquizzleError } from '@squizzle/core';
import { keyFingerprint } from '../keys/key-fingerprint.ts';
import { readPublicKey } from '../keys/read-public-key.ts';
import {
  CLAIM_OIDS,
  type ClaimName,
  type Claims,
  type KeylessSigner,
  type SanMatch,
} from '../verification/trusted-signer.ts';
import { adviseName } from './nearest-name.ts';
import { findOpenGlob } from './open-glob.ts';
import type { Field, FieldReader } from './policy-fields.ts';
import { DATE_EXPECTED, parsePolicyDate, POLICY_NAME } from './policy-values.ts';
import { NO_ROOT, readSha256 } from './read-roots.ts';
import type { ReferencedFiles } from './referenced-files.ts';
import type { PolicyRoot, Principal } from './trust-policy.ts';

/** Each is compared with all others. */
export const MOST_PRINCIPALS = 128;

interface Sources {
  readonly reader: FieldReader;
  readonly roots: ReadonlyMap<string, PolicyRoot>;
  /** Names that the policy gives, those among them that could not be read. */
  readonly rootNames: readonly string[];
  readonly files: ReferencedFiles;
}

export async function readPrincipals(
  fields: ReadonlyMap<string, Field>,
  sources: Sources,
): Promise<ReadonlyMap<string, Principal>> {
  const principals = new Map<string, Principal>();
  for (const [name, field] of fields) {
    if (!POLICY_NAME.test(name)) sources.reader.error(field, "expected a name of letters, digits, '.', '_' and '-'");
    const principal = await readPrincipal(name, field, sources);
    if (principal !== undefined) principals.set(name, principal);
  }
  return principals;
}

async function readPrincipal(name: string, field: Field, sources: Sources): Promise<Principal | undefined> {
  const { reader } = sources;
  const members = reader.members(field, ['keyless', 'key', 'root']);
  if (members === undefined) return undefined;
  const { keyless, key, root } = members;
  if ((keyless === undefined) === (key === undefined)) {
    reader.error(field, "expected exactly one of 'keyless' and 'key'");
    return undefined;
  }
  if (key !== undefined) return readKeyPrincipal(name, key, root, sources);
  if (root !== undefined) reader.error(root, "the root of a keyless principal stands inside 'keyless'");
  return keyless === undefined ? undefined : readKeylessPrincipal(name, keyless, sources);
}

function readRootName(field: Field, { reader, roots, rootNames }: Sources): PolicyRoot | undefined {
  const name = reader.text(field);
  if (name === undefined) return undefined;
  const root = roots.get(name);
  const known = [...new Set([...rootNames, NO_ROOT.name])];
  // one that is there and could not be read is a fault already
  if (root === undefined && !known.includes(name)) {
    reader.error(field, `there is no root '${name}'; ${adviseName(name, known)}`);
  }
  return root;
}

function readKeylessPrincipal(name: string, field: Field, sources: Sources): Principal | undefined {
  const { reader } = sources;
  const members = reader.members(field, ['root', 'issuer', 'san', 'claims'], ['root', 'issuer', 'san']);
  if (members?.root === undefined || members.issuer === undefined || members.san === undefined) return undefined;
  const root = readRootName(members.root, sources);
  const issuer = reader.text(members.issuer);
  const san = readSan(members.san, reader);
  const claims = members.claims === undefined ? {} : { claims: readClaims(members.claims, reader) };
  if (root?.trustedRoot === null) {
    reader.error(
      members.root,
      `root '${root.name}' has no trustedRoot, and an identity is worth what its root vouches for`,
    );
  } else if (root?.thresholds.timestamps === 0) {
    reader.error(
      members.root,
      `root '${root.name}' requires no timestamps: a certificate lives minutes, so a time must be proven`,
    );
  }
  if (root === undefined || issuer === undefined || san === undefined) return undefined;
  return { name, root, signer: { kind: 'keyless', issuer, san, ...claims } };
}

function readSan(field: Field, reader: FieldReader): SanMatch | undefined {
  const members = reader.members(field, ['exact', 'glob']);
  if (members === undefined) return undefined;
  const { exact, glob } = members;
  if ((exact === undefined) === (glob === undefined)) {
    reader.error(field, "expected exactly one of 'exact' and 'glob'");
    return undefined;
  }
  if (exact !== undefined) return readExactSan(exact, reader);
  return glob === undefined ? undefined : readGlobSan(glob, reader);
}

function readExactSan(field: Field, reader: FieldReader): SanMatch | undefined {
  const exact = reader.text(field);
  if (exact?.includes('*')) reader.warn(field, "a '*' in 'exact' stands for itself: did you mean 'glob'?");
  return exact === undefined ? undefined : { exact };
}

function readGlobSan(field: Field, reader: FieldReader): SanMatch | undefined {
  const glob = reader.text(field);
  if (glob === undefined) return undefined;
  const fault = findOpenGlob(glob);
  if (fault !== undefined) reader.error(field, fault);
  return { glob };
}

function readClaims(field: Field, reader: FieldReader): Claims {
  const known = Object.keys(CLAIM_OIDS) as readonly ClaimName[];
  const members = reader.members(field, known) ?? {};
  return Object.fromEntries(
    known.flatMap((name) => {
      const member = members[name];
      const value = member === undefined ? undefined : reader.text(member);
      return value === undefined ? [] : [[name, value]];
    }),
  ) satisfies KeylessSigner['claims'];
}

async function readKeyPrincipal(
  name: string,
  field: Field,
  rootField: Field | undefined,
  sources: Sources,
): Promise<Principal | undefined> {
  const { reader } = sources;
  const root = rootField === undefined ? NO_ROOT : readRootName(rootField, sources);
  const members = reader.members(field, ['pem', 'from', 'until', 'sha256'], ['pem']);
  if (members?.pem === undefined) return undefined;
  const publicKey = await readKey(members.pem, members.sha256, sources);
  const from = readDate(members.from, 'start', reader);
  const until = readDate(members.until, 'end', reader);
  if (members.until !== undefined && from !== undefined && until !== undefined && from > until) {
    reader.error(members.until, "'until' lies before 'from'");
  }
  if (root === undefined || publicKey === undefined) return undefined;
  const window = { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
  return { name, root, signer: { kind: 'key', publicKey, ...window } };
}

async function readKey(
  pem: Field,
  sha256: Field | undefined,
  { reader, files }: Sources,
): Promise<KeyObject | undefined> {
  const pin = sha256 === undefined ? undefined : readSha256(sha256, reader);
  const read = await files.read(pem, reader);
  if (read === undefined) return undefined;
  try {
    const key = readPublicKey(Buffer.from(read.bytes).toString('latin1'), read.path);
    if (sha256 === undefined || pin === undefined || keyFingerprint(key) === pin) return key;
    reader.error(sha256, `${read.path} is another key than the one pinned: its SHA-256 is ${keyFingerprint(key)}`);
  } catch (cause) {
    if (!isSquizzleError(cause, 'KEY_UNUSABLE')) throw cause;
    reader.error(pem, cause.message);
  }
  return undefined;
}

export function readDate(field: Field | undefined, edge: 'start' | 'end', reader: FieldReader): Date | undefined {
  const text = field === undefined ? undefined : reader.text(field);
  if (field === undefined || text === undefined) return undefined;
  const date = parsePolicyDate(text, edge);
  if (date === undefined) reader.error(field, `expected ${DATE_EXPECTED}, found '${text}'`);
  return date;
}
