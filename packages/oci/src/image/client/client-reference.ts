/**
 * What is meant at one registry: `team/app:1.0`, or the same with the registry before it.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { DOCKER_HUB, parseReference, type Reference, type RegistryHost, type RepositoryName } from '@squizzle/oci-spec';

/**
 * Never another registry's: what is pushed must not go elsewhere than its name says.
 *
 * @throws {SquizzleError} `SELECTOR_INVALID`
 */
export function parseClientReference(text: string, host: RegistryHost): Reference {
  const asWritten = parseReference(text);
  if (asWritten?.registry === host) return asWritten;
  const elsewhere = asWritten !== undefined && (asWritten.registry !== DOCKER_HUB || text.startsWith(`${DOCKER_HUB}/`));
  if (elsewhere) throw invalid(text, `is a name at ${asWritten.registry}, and this client speaks to ${host}`);
  const reference = parseReference(`${host}/${text}`);
  if (reference !== undefined) return reference;
  throw invalid(text, `is no name of an image: expected repository[:tag] or repository@digest, as in team/app:1.0`);
}

/** @throws {SquizzleError} `SELECTOR_INVALID`, also for a name with a tag or digest. */
export function parseClientRepository(text: string, host: RegistryHost): RepositoryName {
  const { repository, tag, digest } = parseClientReference(text, host);
  if (tag === undefined && digest === undefined) return repository;
  throw invalid(text, 'has a tag or digest, and a repository is meant: leave that away');
}

function invalid(text: string, what: string): SquizzleError<'SELECTOR_INVALID'> {
  const shown = text.slice(0, 300);
  return new SquizzleError('SELECTOR_INVALID', `'${shown}' ${what}`, { selector: shown });
}
