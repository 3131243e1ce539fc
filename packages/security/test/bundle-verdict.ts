/**
 * What comes of a changed bundle, as a word: the code it is refused with, or how it compares with the one it was.
 *
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import type { VerifiedBundle } from '../src/verification/verified-bundle.ts';
import { verifyEvidence } from '../src/verification/verify-evidence.ts';
import { optionsFor, type BundleName, type SignedBundles } from './signed-bundles.ts';

/** What the unchanged ones say; verified once. */
const told = new Map<string, string>();

/** `same`: accepted with the same signer and statement; `different`: accepted, and that must never be. */
export function verdictOf(made: SignedBundles, name: BundleName, changed: unknown): string {
  const options = optionsFor(name, made);
  const before = told.get(made.json[name]) ?? tell(verifyEvidence(made.json[name], made.subject, options));
  told.set(made.json[name], before);
  try {
    const after = verifyEvidence(
      typeof changed === 'string' ? changed : JSON.stringify(changed),
      made.subject,
      options,
    );
    return tell(after) === before ? 'same' : 'different';
  } catch (error) {
    if (isSquizzleError(error)) return error.code;
    throw error;
  }
}

function tell({ signer, statement }: VerifiedBundle): string {
  return JSON.stringify({ signer, statement });
}
