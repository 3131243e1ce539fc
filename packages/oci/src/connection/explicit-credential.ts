/**
 * Credentials that were passed as options: one kind of them, whole.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { Credential } from '../credentials/credential.ts';
import type { RegistryOptions } from './registry-options.ts';

type CredentialOptions = Pick<RegistryOptions, 'username' | 'password' | 'identityToken' | 'registryToken'>;

/** @throws {SquizzleError} `USAGE_INVALID` for half of a pair, and for two kinds at once. */
export function explicitCredential(options: CredentialOptions): Credential | undefined {
  const { username, password, identityToken, registryToken } = options;
  const hasPair = username !== undefined || password !== undefined;
  const kinds = [hasPair, identityToken !== undefined, registryToken !== undefined].filter(Boolean).length;
  if (kinds > 1) throw invalid('username', 'pass either username and password, or identityToken, or registryToken');
  if (registryToken !== undefined) return { kind: 'registry-token', token: notEmpty('registryToken', registryToken) };
  if (identityToken !== undefined) return { kind: 'identity-token', token: notEmpty('identityToken', identityToken) };
  if (!hasPair) return undefined;
  if (username === undefined) throw invalid('username', 'a password needs the user name that it belongs to');
  if (password === undefined) throw invalid('password', `the user ${JSON.stringify(username)} needs a password`);
  return { kind: 'basic', username, password };
}

function notEmpty(argument: string, token: string): string {
  if (token.trim() === '') throw invalid(argument, 'the token is empty');
  return token;
}

function invalid(argument: string, what: string): SquizzleError<'USAGE_INVALID'> {
  return new SquizzleError('USAGE_INVALID', `${argument}: ${what}`, { argument });
}
