/**
 * The password of a private key: from a variable, else from whoever sits there, unseen. Never from the command line.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import type { Environment } from '../environment.ts';

/** The second is cosign's, so that its keys work where they are used already. */
export const PASSWORD_VARIABLES = ['SQUIZZLE_KEY_PASSWORD', 'COSIGN_PASSWORD'] as const;

type Surroundings = Pick<Environment, 'env' | 'stdin' | 'secrets'>;

/**
 * Of a key that is there.
 *
 * @param key where it lies, for the prompt.
 * @returns `null` where neither a variable nor anybody at a terminal says one.
 */
export async function readKeyPassword(key: string, { env, stdin, secrets }: Surroundings): Promise<string | null> {
  const password = passwordIn(env) ?? (stdin.isTTY ? await stdin.readHidden(`password of ${key}: `) : null);
  if (password !== null) secrets.add(password);
  return password;
}

/**
 * Of a key that is made: typed twice, since nobody can ask for it later.
 *
 * @throws {SquizzleError} `USAGE_INVALID` for none, an empty one, or two that differ.
 */
export async function chooseKeyPassword({ env, stdin, secrets }: Surroundings): Promise<string> {
  const given = passwordIn(env);
  if (given === undefined && !stdin.isTTY) throw refuse(NO_PASSWORD);
  const password = given ?? (await stdin.readHidden('password of the new key: '));
  secrets.add(password);
  if (password === '') throw refuse('the password is empty: give one, or make a key without, with --no-password');
  if (given === undefined && (await stdin.readHidden('the same again: ')) !== password) {
    throw refuse('the two passwords differ; nothing was made');
  }
  return password;
}

const NO_PASSWORD =
  'the key needs a password: set SQUIZZLE_KEY_PASSWORD, or type one at a terminal; --no-password makes a key that whoever reads the file can sign with';

/** One that is set and empty is a password, too: cosign takes it so. */
function passwordIn(env: Environment['env']): string | undefined {
  return PASSWORD_VARIABLES.map((name) => env[name]).find((value) => value !== undefined);
}

function refuse(message: string): SquizzleError<'USAGE_INVALID'> {
  return new SquizzleError('USAGE_INVALID', message, { argument: 'password' });
}
