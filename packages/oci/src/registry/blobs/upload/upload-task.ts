/**
 * One push of one blob: what every step of it needs, and how a step can end.
 *
 * @module
 */
import type { SquizzleError } from '@squizzle/core';
import type { ContentId } from '@squizzle/oci-spec';
import type { RepositoryAccess } from '../../repository-access.ts';
import type { Patience } from '../patience.ts';
import type { Setback } from './session-answer.ts';
import type { UploadSource } from './upload-source.ts';

export interface UploadTask {
  readonly access: RepositoryAccess;
  readonly descriptor: ContentId;
  readonly source: UploadSource;
  readonly patience: Patience;
  readonly signal: AbortSignal | undefined;
}

/** How a session ended, where not with an error for the caller. */
export type SessionEnd = { readonly kind: 'committed' } | LostSession;

/** Another session may do better. */
export interface LostSession {
  readonly kind: 'lost';
  readonly setback: Setback;
  readonly cause: SquizzleError;
  /** Whether patience was asked already. */
  readonly waited?: boolean;
}
