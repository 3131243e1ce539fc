/**
 * Reads SQUIZZLE manifests from an artifact that nobody has vouched for yet: strict, bounded, unknown keys refused.
 *
 * @module
 */
import { parseDigest, type Digest } from '@squizzle/oci-spec';
import * as v from 'valibot';
import { SquizzleError } from '../errors/squizzle-error.ts';
import { parseChecksum, type Checksum } from '../model/checksum.ts';
import { FORMAT_VERSION, type ReleaseManifest } from '../model/release-manifest.ts';
import { parseVersion, type Version } from '../model/version.ts';
import { FORMAT_LIMITS } from './limits.ts';
import { stepPathFault } from './step-path.ts';

const text = v.pipe(v.string(), v.maxLength(FORMAT_LIMITS.textLength));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const version = v.pipe(
  v.string(),
  v.check((value) => parseVersion(value) === value, 'a SemVer 2.0 version'),
  v.transform((value) => value as Version),
);
const digest = v.pipe(
  v.string(),
  v.check((value) => parseDigest(value) !== undefined, 'a digest'),
  v.transform((value) => value as Digest),
);
const checksum = v.pipe(
  v.string(),
  v.check((value) => parseChecksum(value) !== undefined, '64 lowercase hex digits'),
  v.transform((value) => value as Checksum),
);
const path = v.pipe(
  v.string(),
  v.check((value) => stepPathFault(value) === undefined, 'a safe relative path'),
);
const hazards = v.pipe(v.array(text), v.maxLength(64));

const assertions = v.exactOptional(
  v.pipe(
    v.array(
      v.strictObject({
        sql: v.pipe(v.string(), v.minLength(1), v.maxLength(FORMAT_LIMITS.assertionLength)),
        line: v.pipe(count, v.minValue(1)),
      }),
    ),
    v.minLength(1),
    v.maxLength(FORMAT_LIMITS.assertions),
  ),
);

const namedEffect = ['create-database', 'drop-database', 'create-tablespace', 'drop-tablespace'] as const;
const effect = v.variant('kind', [
  v.strictObject({ kind: v.picklist(['own-transaction', 'rerunnable', 'unknown']) }),
  v.strictObject({
    kind: v.literal('create-index'),
    index: v.nullable(text),
    table: text,
    ifNotExists: v.boolean(),
    unique: v.boolean(),
  }),
  v.strictObject({ kind: v.literal('drop-index'), index: text }),
  v.strictObject({ kind: v.literal('detach-partition'), table: text, partition: text }),
  v.strictObject({ kind: v.picklist([...namedEffect, 'create-subscription', 'drop-subscription']), name: text }),
]);

const scriptEntries = {
  path,
  checksum,
  sizeBytes: v.pipe(count, v.maxValue(FORMAT_LIMITS.fileBytes)),
  transaction: v.boolean(),
  statements: v.pipe(v.array(v.strictTuple([count, count, v.nullable(effect)])), v.maxLength(FORMAT_LIMITS.steps)),
  settings: v.strictObject({
    lockTimeoutMs: v.exactOptional(count),
    statementTimeoutMs: v.exactOptional(count),
  }),
  hazards,
  locks: v.exactOptional(v.pipe(count, v.minValue(1))),
  checks: assertions,
  verifies: assertions,
};

const script = v.pipe(
  v.strictObject(scriptEntries),
  v.check((file) => statementsInOrder(file), 'statements in order, within the file'),
);

const step = v.pipe(
  v.strictObject({
    ...scriptEntries,
    kind: v.picklist(['migration', 'repeatable', 'seed']),
    environment: v.nullable(text),
    rollback: v.nullable(script),
    irreversible: v.boolean(),
  }),
  v.check((file) => statementsInOrder(file), 'statements in order, within the file'),
);

const releaseManifest = v.strictObject({
  formatVersion: v.literal(FORMAT_VERSION),
  name: v.pipe(text, v.minLength(1)),
  version,
  previous: v.nullable(v.strictObject({ version, digest })),
  checksum,
  created: v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/, 'a UTC time in whole seconds')),
  notes: v.pipe(v.string(), v.maxLength(FORMAT_LIMITS.notesLength)),
  author: v.nullable(text),
  revision: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{7,64}$/, 'a git commit'))),
  source: v.nullable(text),
  schemaDigest: v.exactOptional(digest),
  requires: v.strictObject({ postgres: v.nullable(text), extensions: v.pipe(v.array(text), v.maxLength(256)) }),
  steps: v.pipe(
    v.array(step),
    v.maxLength(FORMAT_LIMITS.steps),
    v.check((steps) => pathsDiffer(steps), 'each path once'),
    v.check((steps) => totalSize(steps) <= FORMAT_LIMITS.releaseBytes, `at most ${FORMAT_LIMITS.releaseBytes} bytes`),
  ),
});

interface Files {
  readonly path: string;
  readonly sizeBytes: number;
  readonly rollback: Omit<Files, 'rollback'> | null;
}

/** One path, one content: a layer holds each file once. */
function pathsDiffer(steps: readonly Files[]): boolean {
  const paths = steps.flatMap((file) => (file.rollback === null ? [file.path] : [file.path, file.rollback.path]));
  return new Set(paths).size === paths.length;
}

/** The reader unpacks as much as the manifest accounts for, and no more than this. */
function totalSize(steps: readonly Files[]): number {
  return steps.reduce((sum, { sizeBytes, rollback }) => sum + sizeBytes + (rollback?.sizeBytes ?? 0), 0);
}

interface Ranges {
  readonly sizeBytes: number;
  readonly transaction: boolean;
  readonly statements: readonly (readonly [number, number, unknown])[];
}

function statementsInOrder(file: Ranges): boolean {
  if (file.transaction !== (file.statements.length === 0)) return false;
  let at = 0;
  return file.statements.every(([start, end]) => {
    const fits = start >= at && end > start && end <= file.sizeBytes;
    at = end;
    return fits;
  });
}

/**
 * @param where what is read, for the message: `sha256:…, release 3`.
 * @throws {SquizzleError} `ARTIFACT_INVALID` naming the key, what was expected and what was found.
 */
export function parseReleaseManifest(value: unknown, where: string): ReleaseManifest {
  refuseNewerFormat(value, where);
  const result = v.safeParse(releaseManifest, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const at = v.getDotPath(issue) ?? 'the manifest';
  const reason = `${at}: expected ${issue.expected ?? issue.message}, found ${issue.received}`;
  throw new SquizzleError('ARTIFACT_INVALID', `${where} is not a SQUIZZLE manifest: ${reason}`, {
    digest: null,
    reason,
  });
}

function refuseNewerFormat(value: unknown, where: string): void {
  if (typeof value !== 'object' || value === null || !('formatVersion' in value)) return;
  const { formatVersion } = value;
  if (typeof formatVersion !== 'number' || formatVersion <= FORMAT_VERSION) return;
  const reason = `format version ${formatVersion}, this program reads up to ${FORMAT_VERSION}`;
  throw new SquizzleError('ARTIFACT_INVALID', `${where}: ${reason}; upgrade squizzle`, { digest: null, reason });
}
