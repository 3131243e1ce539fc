/**
 * Statements about an artifact, named by its digest, whatever the statement says of it.
 *
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 * @module
 */
import { digestAlgorithm, digestHex, type Digest } from '@squizzle/oci-spec';
import { requireText } from './predicate-input.ts';
import { PREDICATE_TYPES, STATEMENT_TYPE, type Predicate, type Statement, type StatementSubject } from './statement.ts';

/** What a statement is about, as descriptors say it. */
export interface StatementTarget {
  readonly digest: Digest;
  /** For people: nothing compares it. */
  readonly name?: string;
}

type Target = StatementTarget | StatementSubject;

/**
 * @param subject what it is about: a descriptor, a subject of in-toto, or several.
 * @throws {RangeError} when there is no subject, or when `predicateType` or a given name is empty.
 */
export function createStatement(
  subject: Target | readonly Target[],
  predicateType: string,
  predicate: Predicate,
): Statement {
  const targets = [subject].flat() as readonly Target[];
  if (targets.length === 0) throw new RangeError('a statement needs a subject');
  return {
    _type: STATEMENT_TYPE,
    subject: targets.map(toSubject),
    predicateType: requireText('predicateType', predicateType),
    predicate,
  };
}

function toSubject({ digest, name }: Target): StatementSubject {
  const named = name === undefined ? {} : { name: requireText('the name of a subject', name) };
  if (typeof digest !== 'string') return { ...named, digest };
  return { ...named, digest: { [digestAlgorithm(digest)]: digestHex(digest) } };
}

/** A plain signature, as `cosign sign` of version 3 makes it: the statement says nothing but what it is about. */
export function createSignatureStatement(subject: Target | readonly Target[]): Statement {
  return createStatement(subject, PREDICATE_TYPES.signature, {});
}
