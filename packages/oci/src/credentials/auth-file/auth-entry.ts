/**
 * What a credential file says of one registry, as a {@link Credential} and back.
 *
 * An entry without content is no credential: tools leave `{}` where a helper keeps the secret.
 *
 * @see https://github.com/docker/cli/blob/v28.3.0/cli/config/types/authconfig.go
 * @module
 */
import type { JsonObject } from '@squizzle/oci-spec';
import type { Credential } from '../credential.ts';
import { credentialsUnusable } from '../credentials-unusable.ts';
import { asObject } from './auth-json.ts';

/** For messages: the file, and the registry that was asked for. */
export interface EntryPlace {
  readonly source: string;
  readonly host: string;
}

/** A user name of this kind says that the secret is an identity token. */
export const TOKEN_USER = '<token>';
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
/** What fits into a header as it is. */
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** @throws {SquizzleError} `CREDENTIALS_UNUSABLE` where a member is no text, or `auth` is no base64 of `user:password`. */
export function readAuthEntry(value: unknown, place: EntryPlace): Credential | undefined {
  const entry = asObject(value);
  if (entry === undefined) throw unusable(place, 'is no object');
  const registryToken = textOf(entry, 'registrytoken', place);
  if (registryToken !== '') return registryTokenCredential(registryToken, place);
  const token = textOf(entry, 'identitytoken', place);
  if (token !== '') return { kind: 'identity-token', token };
  const auth = textOf(entry, 'auth', place);
  if (auth !== '') return decodeAuth(auth, place);
  const [username, password] = [textOf(entry, 'username', place), textOf(entry, 'password', place)];
  return username === '' || password === '' ? undefined : toCredential(username, password);
}

/** User and secret, as helpers and variables give them. */
export function toCredential(username: string, secret: string): Credential {
  if (username === TOKEN_USER) return { kind: 'identity-token', token: secret };
  return { kind: 'basic', username, password: secret };
}

/** The entry that other tools read as this credential. */
export function toAuthEntry(credential: Credential): JsonObject {
  if (credential.kind === 'registry-token') return { registrytoken: credential.token };
  // podman passes over entries without `auth`, also those with a token.
  if (credential.kind === 'identity-token') {
    return { auth: base64(`${TOKEN_USER}:`), identitytoken: credential.token };
  }
  return { auth: base64(`${credential.username}:${credential.password}`) };
}

function registryTokenCredential(token: string, place: EntryPlace): Credential {
  if (!VISIBLE_ASCII.test(token)) throw unusable(place, 'has a registrytoken with characters that no token has');
  return { kind: 'registry-token', token };
}

function decodeAuth(auth: string, place: EntryPlace): Credential {
  const text = BASE64.test(auth) ? decodeText(auth) : undefined;
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 1) throw unusable(place, 'has an "auth" that is no base64 of user:password');
  // Old tools padded the password with NUL.
  const password = text.slice(colon + 1).replace(/^\0+|\0+$/g, '');
  return toCredential(text.slice(0, colon), password);
}

function decodeText(auth: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(auth, 'base64'));
  } catch {
    return undefined;
  }
}

/** The member's text; empty where it is absent or `null`. */
function textOf(entry: JsonObject, name: string, place: EntryPlace): string {
  const value = entry[name] ?? '';
  if (typeof value !== 'string') throw unusable(place, `has a "${name}" that is no text`);
  return value;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function unusable({ source, host }: EntryPlace, what: string): Error {
  return credentialsUnusable(source, `the entry of ${host} ${what}: log in to ${host} again, or correct the entry`);
}
