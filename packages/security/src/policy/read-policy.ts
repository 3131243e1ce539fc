/**
 * The text of a policy, and the files it names, to a resolved policy and all faults.
 *
 * @module
 */
import type { SquizzleError } from '@squizzle/core';
import { findSameParties } from './find-same-party.ts';
import { adviseName } from './nearest-name.ts';
import { digestPolicy, POLICY_API_VERSION } from './policy-digest.ts';
import { createFieldReader, type Field, type FieldReader } from './policy-fields.ts';
import { FILE_START, readPolicyFile, type FilePosition, type PolicyFault } from './policy-file.ts';
import { MOST_PRINCIPALS, readDate, readPrincipals } from './read-principals.ts';
import { readRoots } from './read-roots.ts';
import { readRules } from './read-rules.ts';
import { createReferencedFiles, type ReadPolicyFile } from './referenced-files.ts';
import type { PolicyLimits, TrustPolicyDocument } from './trust-policy.ts';

export interface PolicyReading {
  /** `null` when there is an error. */
  readonly policy: TrustPolicyDocument | null;
  readonly faults: readonly PolicyFault[];
  /** Roots that are not those that were pinned; each is among the faults too. */
  readonly refusedRoots: readonly SquizzleError<'TRUST_ROOT_INVALID'>[];
  /** Where a field stands: `principals.ci`, `rules[2]`; the file's start for what does not stand in it. */
  positionOf(path: string): FilePosition;
}

export interface ReadPolicyOptions {
  /** How the file is called in messages. */
  readonly file: string;
  readonly readFile: ReadPolicyFile;
}

const SECTIONS = ['apiVersion', 'expires', 'roots', 'principals', 'rules', 'limits'] as const;

export async function readPolicy(text: string, { file, readFile }: ReadPolicyOptions): Promise<PolicyReading> {
  const read = readPolicyFile(text);
  if (!read.ok) return { policy: null, faults: read.faults, refusedRoots: [], positionOf: () => FILE_START };
  const reader = createFieldReader(read.file);
  const whole: Field = { path: '', node: read.file.root, at: FILE_START };
  const sections = reader.members(whole, SECTIONS, ['apiVersion', 'rules']) ?? {};
  if (sections.apiVersion !== undefined) checkApiVersion(sections.apiVersion, reader);
  const files = createReferencedFiles(readFile);
  const { roots, refused, names: rootNames } = await readRoots(sections.roots, reader, files);
  const principalFields =
    sections.principals === undefined ? new Map<string, Field>() : reader.entries(sections.principals, MOST_PRINCIPALS);
  const principals = await readPrincipals(principalFields, { reader, roots, rootNames, files });
  const rules =
    sections.rules === undefined
      ? []
      : readRules(sections.rules, { reader, principalNames: [...principalFields.keys()] });
  for (const { name, kind, reason } of findSameParties(principals)) {
    const field = principalFields.get(name);
    if (kind === 'same' && field !== undefined) reader.error(field, `${reason}: one party would count as two`);
  }
  const expires = readDate(sections.expires, 'end', reader) ?? null;
  const limits = sections.limits === undefined ? DEFAULT_LIMITS : readLimits(sections.limits, reader);
  const content = { expires, roots, principals, rules, limits };
  const isSound = reader.faults.every(({ severity }) => severity !== 'error');
  return {
    policy: isSound ? { file, digest: digestPolicy(content), ...content } : null,
    faults: reader.faults,
    refusedRoots: refused,
    positionOf: (path) => reader.places.get(path) ?? FILE_START,
  };
}

function checkApiVersion(field: Field, reader: FieldReader): void {
  const version = reader.text(field);
  if (version === undefined || version === POLICY_API_VERSION) return;
  reader.error(field, `there is no version '${version}'; ${adviseName(version, [POLICY_API_VERSION])}`);
}

export const DEFAULT_LIMITS: PolicyLimits = { bundleBytes: 1024 * 1024, referrers: 32, logEntries: 8 };

/** Beyond these a verification would take minutes or more memory than a job has. */
const MOST = { bundleBytes: 16 * 1024 * 1024, referrers: 1024, logEntries: 32 };

function readLimits(field: Field, reader: FieldReader): PolicyLimits {
  const members = reader.members(field, ['bundleBytes', 'referrers', 'tlogEntries']) ?? {};
  const read = (member: Field | undefined, name: keyof PolicyLimits): number =>
    (member === undefined ? undefined : reader.integer(member, 1, MOST[name])) ?? DEFAULT_LIMITS[name];
  return {
    bundleBytes: read(members.bundleBytes, 'bundleBytes'),
    referrers: read(members.referrers, 'referrers'),
    logEntries: read(members.tlogEntries, 'logEntries'),
  };
}
