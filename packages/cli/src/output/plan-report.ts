/**
 * A plan as commands show it: printing it is the dry run.
 *
 * @module
 */
import type { Plan, PlannedRelease, PlanSegment } from '@squizzle/core';
import type { Paint } from './paint.ts';
import { plural, shortDigest } from './words.ts';

export type SegmentJson =
  | { readonly kind: 'transaction'; readonly files: readonly string[] }
  | {
      readonly kind: 'statement';
      readonly file: string;
      readonly start: number;
      readonly end: number;
      readonly effect: string;
    };

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
  readonly pending: number;
  readonly releases: readonly {
    readonly version: string;
    readonly digest: string;
    readonly resumes: boolean;
    readonly segments: readonly SegmentJson[];
  }[];
}

export function toPlanJson(plan: Plan, database: string): PlanJson {
  const { environment, direction, name, from, to, artifact, releases } = plan;
  const { signer, unsignedReason, root } = artifact;
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
    pending: releases.length,
    releases: releases.map(({ version, digest, resume, segments }) => ({
      version,
      digest,
      resumes: resume !== null,
      segments: segments.map(toSegmentJson),
    })),
  };
}

function toSegmentJson(segment: PlanSegment): SegmentJson {
  if (segment.kind === 'transaction')
    return { kind: 'transaction', files: [...new Set(segment.parts.map((part) => part.path))] };
  const { path, start, end } = segment.part;
  return { kind: 'statement', file: path, start, end, effect: segment.effect.kind };
}

export function planLines(plan: Plan, database: string, paint: Paint): readonly string[] {
  const { environment, direction, from, to, releases } = plan;
  const at = from ?? 'empty';
  if (releases.length === 0) return [`${environment} (${database}) is at ${at}; nothing to do`];
  const doing = direction === 'up' ? 'bring' : 'take back';
  return [
    `${doing} ${environment} (${database}) from ${paint.bold(at)} to ${paint.bold(to ?? 'empty')}: ${plural(releases.length, 'release')}`,
    ...releases.flatMap((release) => releaseLines(release, paint)),
  ];
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
    ];
  }
  const files = [...new Set(segment.parts.map((part) => part.path))];
  return ['  in one transaction:', ...files.map((file) => `    ${file}`)];
}
