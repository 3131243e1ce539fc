/**
 * What core asks of whoever signs, made of a signer of statements and of what is to be stated.
 *
 * @module
 */
import type { Signer } from '@squizzle/core';
import { digestAlgorithm, digestHex, type Descriptor } from '@squizzle/oci-spec';
import type { StatementSigner } from '../signing/statement-signer.ts';
import type { Statement } from '../statements/statement.ts';
import { toAttachment } from './to-attachment.ts';

/**
 * @param statement says something of the manifest that it is given. Called once for each signature.
 * @throws {RangeError} at `sign`, when the statement is about another manifest: nobody would find it there.
 */
export function createSigner(
  signer: StatementSigner,
  statement: (subject: Descriptor) => Statement | Promise<Statement>,
): Signer {
  return {
    async sign(subject, options) {
      const made = await statement(subject);
      if (!isAbout(made, subject)) throw new RangeError(`the statement to be signed is not about ${subject.digest}`);
      return toAttachment(await signer.sign(made, options));
    },
  };
}

function isAbout({ subject }: Statement, { digest }: Descriptor): boolean {
  return subject.some((named) => named.digest[digestAlgorithm(digest)] === digestHex(digest));
}
