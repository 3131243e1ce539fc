/**
 * A release as commands show it.
 *
 * @module
 */
import { filesOf, type ReleaseManifest, type Step } from '@squizzle/core';
import type { Paint } from './paint.ts';
import { formatTable } from './table.ts';
import { plural } from './words.ts';

export interface ReleaseJson extends Omit<ReleaseManifest, 'steps' | 'formatVersion' | 'schemaDigest'> {
  readonly digest: string;
  /** Of the schema that the release leads to, if its build declared one. */
  readonly schemaDigest: string | null;
  readonly steps: readonly StepJson[];
}

export interface StepJson {
  readonly path: string;
  readonly kind: Step['kind'];
  readonly environment: string | null;
  readonly sizeBytes: number;
  readonly checksum: string;
  /** Whether the whole file runs in one transaction. */
  readonly transaction: boolean;
  readonly rollback: string | null;
  readonly irreversible: boolean;
  readonly hazards: readonly string[];
}

export function toReleaseJson(
  { steps, schemaDigest, formatVersion: _shared, ...rest }: ReleaseManifest,
  digest: string,
): ReleaseJson {
  return { ...rest, digest, schemaDigest: schemaDigest ?? null, steps: steps.map(toStepJson) };
}

function toStepJson(step: Step): StepJson {
  const { path, kind, environment, sizeBytes, checksum, transaction, rollback, irreversible, hazards } = step;
  return {
    path,
    kind,
    environment,
    sizeBytes,
    checksum,
    transaction,
    rollback: rollback?.path ?? null,
    irreversible,
    hazards,
  };
}

/** `3 files, 2 of them with rollback, 1,234 bytes` */
export function summarizeSteps(manifest: ReleaseManifest): string {
  const undoable = manifest.steps.filter((step) => step.rollback !== null).length;
  const bytes = filesOf(manifest).reduce((sum, file) => sum + file.sizeBytes, 0);
  return `${plural(manifest.steps.length, 'file')}, ${undoable} with rollback, ${bytes} bytes`;
}

/** @param earlier the releases before it: a repeatable goes back to its text there. */
export function stepTable(
  steps: readonly Step[],
  earlier: readonly ReleaseManifest[],
  paint: Paint,
): readonly string[] {
  return formatTable(
    [
      { title: 'FILE', cell: ({ path }) => path },
      { title: 'KIND', cell: ({ kind, environment }) => (environment === null ? kind : `${kind} (${environment})`) },
      { title: 'TRANSACTION', cell: ({ transaction }) => (transaction ? 'yes' : 'partly') },
      { title: 'ROLLBACK', cell: (step) => rollbackOf(step, earlier) },
      {
        title: 'HAZARDS',
        cell: ({ hazards }) => hazards.join(', ') || '-',
        paint: (text) => (text === '-' ? text : paint.yellow(text)),
      },
    ],
    steps,
    paint.dim,
  );
}

function rollbackOf({ kind, path, rollback, irreversible }: Step, earlier: readonly ReleaseManifest[]): string {
  const known = kind === 'repeatable' && earlier.some(({ steps }) => steps.some((step) => step.path === path));
  if (known) return 'earlier text';
  if (rollback !== null) return 'yes';
  return irreversible ? 'not needed' : 'none';
}
