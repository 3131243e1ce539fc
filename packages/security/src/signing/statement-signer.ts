/**
 * Whoever makes a bundle of a statement: with a key or without, with log entry and timestamp as configured.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { Statement } from '../statements/statement.ts';

/** A Sigstore bundle v0.3 as JSON, with one DSSE envelope. */
export interface SignedBundle {
  readonly json: string;
  readonly predicateType: string;
  /** When it was made, by the clock of whoever made it. */
  readonly created: Date;
}

export interface StatementSigner {
  readonly description: string;
  /**
   * @throws {SquizzleError} `KEY_UNUSABLE`, `IDENTITY_UNAVAILABLE`, `SIGNING_CONFIG_INVALID`, `SIGNING_FAILED`. None of
   *   their texts holds a token or key.
   */
  sign(statement: Statement, options?: CallOptions): Promise<SignedBundle>;
}
