/**
 * The sources of a project as the build sees them: what runs, in which order, with its rollback.
 *
 * Where they come from is a layout's business; the build knows only this shape.
 *
 * @module
 */
import type { StepKind } from '../model/release-manifest.ts';

/** A text that becomes a file of the release. */
export interface SourceText {
  /** Inside the release: `migrations/0001_users.sql`, `rollback/0001_users.sql`. */
  readonly path: string;
  /** Where it was read, for messages: `db/migrations/0001_users.sql`. */
  readonly origin: string;
  read(): Promise<Uint8Array>;
  /** Queries of the same file that must be true before the text runs. Left out where it has no such section. */
  readonly check?: SourceSection;
  /** Queries of the same file that must be true after the text ran. */
  readonly verify?: SourceSection;
}

/** A part of a file, in which all that is not part of it is blank: its lines are those of the file. */
export interface SourceSection {
  read(): Promise<Uint8Array>;
}

export interface SourceFile extends SourceText {
  readonly kind: StepKind;
  /** For seeds: the environment it belongs to, or `null` for all. */
  readonly environment: string | null;
  readonly rollback: SourceText | null;
}

export interface SourceTree {
  /** In the order in which they run when all are new. */
  readonly files: readonly SourceFile[];
}
