/**
 * A signer that is a program of the user's: the way to any HSM or cloud that is not spoken to directly.
 *
 * What the program must do:
 *
 *     <program> <args…> public-key    prints the public key in PEM
 *     <program> <args…> sign          reads the bytes from stdin, signs their SHA-256, prints the signature as base64:
 *                                     ECDSA as ASN.1 DER, RSA as PKCS#1 v1.5
 *
 * It ends with 0, within 60 s, and prints no more than 64 KiB. Of stderr, the first line is shown when it fails. It sees
 * the environment without `SQUIZZLE_…` and without what is a password by its name, and has no terminal: a PIN is asked
 * for in a window or at the device. What it started ends with it when it takes too long. With OpenSSL, `sign` is
 * `openssl dgst -sha256 -sign key.pem | base64`.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { basename } from 'node:path';
import type { CallOptions } from '@squizzle/core';
import { checkSigningKey } from '../../keys/key-kind.ts';
import { keyUnusable } from '../../keys/key-unusable.ts';
import { readPublicKey } from '../../keys/read-public-key.ts';
import { checkSignature } from '../check-signature.ts';
import type { KeySigner } from '../key-signer.ts';
import { firstLine } from './first-line.ts';
import type { Variables } from './program-environment.ts';
import { runProgram } from './run-program.ts';

export interface ProgramKeyOptions {
  /** Program and arguments, split at white space: there is no shell, and no quoting. */
  readonly command: string;
  readonly env: Variables;
  /** Of each call. Default 60 s. */
  readonly timeoutMs?: number | undefined;
}

type Ask = (verb: 'public-key' | 'sign', input: Uint8Array, call: CallOptions) => Promise<string>;

const SIGNATURE = /^[A-Za-z0-9+/]+={0,2}$/;
/** Of base64: that of an RSA key of 4096 bits has 684. */
const MAX_SIGNATURE_CHARACTERS = 4096;

/** @throws {SquizzleError} `KEY_UNUSABLE` for an empty command. */
export function createProgramKeySigner(options: ProgramKeyOptions): KeySigner {
  const [program = '', ...args] = options.command.trim().split(/\s+/);
  // Arguments are not shown: somebody may have put a secret there.
  const origin = `exec:${basename(program)}`;
  if (program === '') throw keyUnusable(origin, 'names no program: write exec:program and its arguments');
  const ask = askProgram(program, args, options);
  let found: KeyObject | undefined;
  const publicKey = async (call: CallOptions = {}): Promise<KeyObject> =>
    (found ??= checkSigningKey(readPublicKey(await ask('public-key', new Uint8Array(), call), origin), origin));
  return {
    description: origin,
    publicKey,
    sign: async (bytes, call = {}) => {
      const key = await publicKey(call);
      const said = (await ask('sign', bytes, call)).replace(/\s+/g, '');
      if (said.length > MAX_SIGNATURE_CHARACTERS || !SIGNATURE.test(said)) {
        throw keyUnusable(origin, "'sign' printed no base64: see that it prints the signature alone");
      }
      return checkSignature(key, bytes, Buffer.from(said, 'base64'), origin);
    },
  };
}

function askProgram(program: string, args: readonly string[], { env, timeoutMs }: ProgramKeyOptions): Ask {
  const origin = `exec:${program}`; // as it was given: who looks for it must know where it was looked for
  return async (verb, input, call) => {
    const answer = await runProgram({ program, args: [...args, verb], input, env, timeoutMs }, call);
    if (answer.kind === 'failed') throw keyUnusable(origin, answer.reason);
    if (answer.exitCode === 0) return answer.stdout;
    const said = firstLine(answer.stderr);
    const how = answer.exitCode === null ? 'was ended by a signal' : `ended with ${answer.exitCode}`;
    throw keyUnusable(origin, `'${verb}' ${how}${said === '' ? '' : ` and said: ${said}`}`);
  };
}
