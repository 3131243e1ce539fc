/**
 * What core asks of whoever signs, made of a signer of statements and of what is to be stated.
 *
 * @module
 */
import { SquizzleError, type Signer } from '@squizzle/core';
import { digestAlgorithm, digestHex, type Descriptor } from '@squizzle/oci-spec';
import type { StatementSigner } from '../signing/statement-signer.ts';
import type { Statement } from '../statements/statement.ts';
import { toAttachment } from './to-attachment.ts';

/**
 * @param statement says something of the manifest that it is given. Called once for each signature.
 * @throws {SquizzleError} `STATEMENT_INVALID` at `sign`, for a manifest that is not named by its SHA-256: verifiers know
 *   it by no other digest.
 * @throws {RangeError} at `sign`, when the statement is about another manifest: nobody would find it there.
 */
export function createSigner(
  signer: StatementSigner,
  statement: (subject: Descriptor) => Statement | Promise<Statement>,
): Signer {
  return {
    async sign(subject, options) {
      requireSha256(subject);
      const made = await statement(subject);
      if (!isAbout(made, subject)) throw new RangeError(`the statement to be signed is not about ${subject.digest}`);
      return toAttachment(await signer.sign(made, options));
    },
  };
}

function requireSha256({ digest }: Descriptor): void {
  if (digestAlgorithm(digest) === 'sha256') return;
  const reason = `a signature names a release by its SHA-256, and this one was asked for as ${digest}`;
  const message = `${reason}: name it by its version, a tag or its sha256 digest and sign again`;
  throw new SquizzleError('STATEMENT_INVALID', message, { reason });
}

function isAbout({ subject }: Statement, { digest }: Descriptor): boolean {
  return subject.some((named) => named.digest['sha256'] === digestHex(digest));
}
