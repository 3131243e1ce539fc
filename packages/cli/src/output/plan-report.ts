/**
 * A plan as commands show it: printing it is the dry run.
 *
 * @module
 */
import type { Assertion, Plan, PlannedRelease, PlanSegment, ScriptPart } from '@squizzle/core';
import type { PlanWarning } from '../project/plan-warnings.ts';
import type { Paint } from './paint.ts';
import { describeTrust } from './trust-words.ts';
import { plural, shortDigest } from './words.ts';

export type SegmentJson =
  | {
      readonly kind: 'transaction';
      readonly files: readonly string[];
      readonly checks: readonly CheckJson[];
      /** Entries of the server's lock table that it takes, estimated. */
      readonly locks: number;
    }
  | {
      readonly kind: 'statement';
      readonly file: string;
      readonly start: number;
      readonly end: number;
      readonly effect: string;
      readonly checks: readonly CheckJson[];
    };

/** What must be true before or after a file runs. */
export interface CheckJson {
  readonly file: string;
  readonly line: number;
  readonly when: 'before' | 'after';
  readonly sql: string;
}

export interface PlanJson {
  readonly environment: string;
  readonly database: string;
  readonly direction: 'up' | 'down';
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
  /** The artifact that the plan was made of. */
  readonly digest: string;
  readonly signer: Readonly<Record<string, string>> | null;
  readonly unsignedReason: string | null;
  /** Of the trust policy that decided; `null` where the environment itself says what it demands. */
  readonly policyDigest: string | null;
  /** What else the policy asked for, and who said it. */
  readonly attestations: readonly string[];
  readonly pending: number;
  readonly releases: readonly {
    readonly version: string;
    readonly digest: string;
    readonly resumes: boolean;
    readonly segments: readonly SegmentJson[];
  }[];
  readonly warnings: readonly PlanWarning[];
}

export function toPlanJson(plan: Plan, database: string, warnings: readonly PlanWarning[]): PlanJson {
  const { environment, direction, name, from, to, artifact, releases } = plan;
  const { signer, unsignedReason, policyDigest, attestations, root } = artifact;
  return {
    environment,
    database,
    direction,
    name,
    from,
    to,
    digest: root.digest,
    signer,
    unsignedReason,
    policyDigest,
    attestations,
    pending: releases.length,
    releases: releases.map(({ version, digest, resume, segments }) => ({
      version,
      digest,
      resumes: resume !== null,
      segments: segments.map(toSegmentJson),
    })),
    warnings,
  };
}

function toSegmentJson(segment: PlanSegment): SegmentJson {
  if (segment.kind === 'transaction') {
    const { parts } = segment;
    return { kind: 'transaction', files: filesOf(parts), checks: parts.flatMap(checksOf), locks: locksOf(parts) };
  }
  const { path, start, end } = segment.part;
  return { kind: 'statement', file: path, start, end, effect: segment.effect.kind, checks: checksOf(segment.part) };
}

const filesOf = (parts: readonly ScriptPart[]): readonly string[] => [...new Set(parts.map((part) => part.path))];

const locksOf = (parts: readonly ScriptPart[]): number => parts.reduce((sum, { locks }) => sum + locks, 0);

function checksOf({ path, checks, verifies }: ScriptPart): readonly CheckJson[] {
  const toJson = (when: CheckJson['when']) => (each: Assertion) => ({
    file: path,
    line: each.line,
    when,
    sql: each.sql,
  });
  return [...checks.map(toJson('before')), ...verifies.map(toJson('after'))];
}

export function planLines(plan: Plan, database: string, paint: Paint): readonly string[] {
  const { environment, direction, from, to, releases, artifact } = plan;
  const at = from ?? 'empty';
  if (releases.length === 0) return [`${environment} (${database}) is at ${at}; nothing to do`];
  const doing = direction === 'up' ? 'bring' : 'take back';
  return [
    `${doing} ${environment} (${database}) from ${paint.bold(at)} to ${paint.bold(to ?? 'empty')}: ${plural(releases.length, 'release')}`,
    ...trustLines(artifact, paint),
    ...releases.flatMap((release) => releaseLines(release, paint)),
  ];
}

/** None where no policy decided: then there is nothing to tell but what the configuration says. */
function trustLines(artifact: Plan['artifact'], paint: Paint): readonly string[] {
  const { policyDigest, attestations } = artifact;
  if (policyDigest === null) return [];
  const policy = paint.dim(`(policy ${shortDigest(policyDigest)})`);
  return [`${describeTrust(artifact)} ${policy}`, ...attestations.map((each) => `  ${each}`)];
}

function releaseLines({ version, digest, segments, resume }: PlannedRelease, paint: Paint): readonly string[] {
  const resumed = resume === null ? '' : `, going on after ${plural(resume.journal.length, 'part')}`;
  const head = `${paint.bold(version)} ${paint.dim(shortDigest(digest))}${resumed}`;
  if (segments.length === 0) return ['', head, '  nothing to run; it is recorded'];
  return ['', head, ...segments.flatMap((segment) => segmentLines(segment, paint))];
}

function segmentLines(segment: PlanSegment, paint: Paint): readonly string[] {
  if (segment.kind === 'statement') {
    const { path, start, end } = segment.part;
    return [
      `  ${paint.yellow('alone')}, outside any transaction (${segment.effect.kind}):`,
      `    ${path} [bytes ${start}-${end}]`,
      ...checkLines(checksOf(segment.part), paint),
    ];
  }
  const { parts } = segment;
  const locks = locksOf(parts);
  const checks = parts.flatMap(checksOf);
  const checksIn = (file: string): readonly CheckJson[] => checks.filter((check) => check.file === file);
  return [
    locks < MANY_LOCKS ? '  in one transaction:' : `  in one transaction, which takes about ${locks} locks:`,
    ...filesOf(parts).flatMap((file) => [`    ${file}`].concat(checkLines(checksIn(file), paint))),
  ];
}

/** A server has room for 6400 as it comes. */
const MANY_LOCKS = 1_000;
const QUERY_LENGTH = 90;

function checkLines(checks: readonly CheckJson[], paint: Paint): readonly string[] {
  return checks.map(({ when, sql }) => paint.dim(`      ${when}: ${toOneLine(sql)}`));
}

function toOneLine(sql: string): string {
  const line = sql.trim().replaceAll(/\s+/g, ' ');
  return line.length <= QUERY_LENGTH ? line : `${line.slice(0, QUERY_LENGTH - 1)}…`;
}
