/**
 * What credential helpers are asked, and what their answers mean.
 *
 * A helper that knows nothing of a registry ends with an error and a sentence of its protocol on stdout. Nothing else
 * that it writes there is ever shown: it is where secrets are.
 *
 * @see https://github.com/docker/docker-credential-helpers/blob/v0.9.3/credentials/error.go
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import { toCredential, TOKEN_USER } from '../auth-file/auth-entry.ts';
import { asObject } from '../auth-file/auth-json.ts';
import type { Credential } from '../credential.ts';
import { credentialsUnusable } from '../credentials-unusable.ts';
import { serverAddress } from '../host-key.ts';
import { programOf, type HelperAnswer, type HelperCall, type HelperVerb, type RunHelper } from './credential-helper.ts';
import { shownWords } from './shown-words.ts';

export interface Helper {
  readonly run: RunHelper;
  /** What follows `docker-credential-`. */
  readonly name: string;
}

export type HelperFinding =
  | { readonly kind: 'found'; readonly credential: Credential }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'not-installed' };

type Ended = Extract<HelperAnswer, { kind: 'ended' }>;

const NOT_FOUND = 'credentials not found in native keychain';

/** @throws {SquizzleError} `CREDENTIALS_UNUSABLE` when it fails, or answers with what is no credential. */
export async function getFromHelper(helper: Helper, host: string, options?: CallOptions): Promise<HelperFinding> {
  const answer = await ask(helper, 'get', serverAddress(host), options);
  if (answer.kind === 'not-installed') return answer;
  if (saysNotFound(answer)) return { kind: 'nothing' };
  if (answer.exitCode !== 0) throw failed(helper, 'get', answer);
  return readFinding(helper, answer.stdout);
}

/** @throws {SquizzleError} `CREDENTIALS_UNUSABLE` when it is not there, fails, or cannot keep such a credential. */
export async function storeInHelper(
  helper: Helper,
  host: string,
  credential: Credential,
  options?: CallOptions,
): Promise<void> {
  const program = programOf(helper.name);
  if (credential.kind === 'registry-token') throw credentialsUnusable(program, 'cannot keep a token for the registry');
  const Username = credential.kind === 'basic' ? credential.username : TOKEN_USER;
  const Secret = credential.kind === 'basic' ? credential.password : credential.token;
  const input = JSON.stringify({ ServerURL: serverAddress(host), Username, Secret });
  const answer = await ask(helper, 'store', input, options);
  if (answer.kind === 'not-installed') {
    throw credentialsUnusable(program, `is not installed: install it, or take "${helper.name}" out of the file`);
  }
  if (answer.exitCode !== 0) throw failed(helper, 'store', answer, [Secret, JSON.stringify(Secret).slice(1, -1)]);
}

/** Whether it is gone now and was there before, as far as the helper tells; `undefined`: it is not installed. */
export async function eraseInHelper(
  helper: Helper,
  address: string,
  options?: CallOptions,
): Promise<boolean | undefined> {
  const answer = await ask(helper, 'erase', address, options);
  if (answer.kind === 'not-installed') return undefined;
  if (saysNotFound(answer)) return false;
  if (answer.exitCode !== 0) throw failed(helper, 'erase', answer);
  return true;
}

/** The addresses it has credentials for; `undefined` when it does not tell: some helpers do not know this verb. */
export async function listInHelper(helper: Helper, options?: CallOptions): Promise<readonly string[] | undefined> {
  const answer = await ask(helper, 'list', '', options);
  if (answer.kind === 'not-installed' || answer.exitCode !== 0) return undefined;
  const users = parse(answer.stdout);
  return users === undefined ? undefined : Object.keys(users);
}

async function ask(
  { run, name }: Helper,
  verb: HelperVerb,
  input: string,
  options?: CallOptions,
): Promise<HelperAnswer> {
  const call: HelperCall = { name, verb, input };
  return run(call, options);
}

function readFinding(helper: Helper, stdout: string): HelperFinding {
  const { Username, Secret } = parse(stdout) ?? {};
  if (typeof Username !== 'string' || typeof Secret !== 'string' || (Username === '' && Secret !== '')) {
    throw credentialsUnusable(programOf(helper.name), `answered with what is no credential: ${tryIt(helper, 'get')}`);
  }
  return Secret === '' ? { kind: 'nothing' } : { kind: 'found', credential: toCredential(Username, Secret) };
}

function parse(stdout: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(stdout));
  } catch {
    return undefined;
  }
}

/** By text, because the protocol has nothing else for it. */
function saysNotFound({ exitCode, stdout, stderr }: Ended): boolean {
  return exitCode !== 0 && [stdout, stderr].some((said) => said.split('\n').some((line) => line.trim() === NOT_FOUND));
}

function failed(helper: Helper, verb: HelperVerb, answer: Ended, secrets: readonly string[] = []): Error {
  const { Secret } = parse(answer.stdout) ?? {};
  const words = shownWords(answer.stderr, typeof Secret === 'string' ? [...secrets, Secret] : secrets);
  const how = answer.exitCode === null ? 'was ended' : `failed with status ${answer.exitCode}`;
  const said = words === '' ? '' : ` ("${words}")`;
  return credentialsUnusable(programOf(helper.name), `${verb} ${how}${said}: ${tryIt(helper, verb)}`);
}

function tryIt({ name }: Helper, verb: HelperVerb): string {
  return `run \`${programOf(name)} ${verb === 'store' ? 'list' : verb}\` by hand to see what is wrong`;
}
