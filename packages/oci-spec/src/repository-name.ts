/**
 * Names of repositories inside a registry, `team/app/schema`.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 * @module
 */
import { LIMITS } from './limits.ts';

declare const repositoryNameBrand: unique symbol;

/** Lowercase parts with slashes between, at most 255 characters. Safe in URLs and paths. Only this module mints one. */
export type RepositoryName = string & { readonly [repositoryNameBrand]: true };

const PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const PATTERN = new RegExp(`^${PART}(?:/${PART})*$`);

export function parseRepositoryName(text: string): RepositoryName | undefined {
  return text.length <= LIMITS.repositoryNameLength && PATTERN.test(text) ? (text as RepositoryName) : undefined;
}
