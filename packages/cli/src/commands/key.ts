/**
 * `squizzle key generate`: a pair of files, one to sign with and one to know the signatures by.
 *
 * @module
 */
import { lstat, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import { Command } from 'commander';
import nodeFs from 'node:fs/promises';
import { PRIVATE, writeNewFile } from '../files/write-new-file.ts';
import type { GlobalFlags } from '../global-options.ts';
import { chooseKeyPassword } from '../project/key-password.ts';
import { examples, type CommandContext } from './command-context.ts';

interface KeyFlags extends GlobalFlags {
  readonly output: string;
  readonly password: boolean;
}

export function keyCommand(context: CommandContext): Command {
  return new Command('key')
    .summary('make a key to sign with')
    .description('Make a key to sign releases with, where no identity can.')
    .addCommand(generateCommand(context));
}

function generateCommand({ begin }: CommandContext): Command {
  return new Command('generate')
    .summary('make a pair of keys')
    .description(
      'Make a pair of keys (ECDSA P-256, in the form of cosign): <prefix>.key signs, and is kept under a password from SQUIZZLE_KEY_PASSWORD or typed unseen; <prefix>.pub is for trust policies. Files that exist are never written over.',
    )
    .option('-o, --output <prefix>', 'path and name of the files', 'squizzle')
    .option('--no-password', 'keep the key without password: for places that guard files themselves')
    .addHelpText('after', examples('squizzle key generate', 'squizzle key generate --output trust/release'))
    .action(async (_flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<KeyFlags>();
      const { environment, cwd, output } = await begin(flags);
      const files = { privateKey: `${flags.output}.key`, publicKey: `${flags.output}.pub` };
      for (const file of Object.values(files)) await refuseExisting(resolve(cwd, file), file);
      const password = flags.password ? await chooseKeyPassword(environment) : null;
      const { generateKeyPair, keyFingerprint, readPublicKey } = await environment.adapters.loadSecurity();
      const { privateKeyPem, publicKeyPem } = await generateKeyPair(password);
      await writeNewFile(resolve(cwd, files.privateKey), privateKeyPem, files.privateKey, nodeFs, PRIVATE);
      try {
        await writeNewFile(resolve(cwd, files.publicKey), publicKeyPem, files.publicKey);
      } catch (cause) {
        await rm(resolve(cwd, files.privateKey), { force: true }); // half a pair is none
        throw cause;
      }
      const fingerprint = keyFingerprint(readPublicKey(publicKeyPem, files.publicKey));
      output.result({ ...files, fingerprint }, (paint) => [
        `${paint.bold(files.privateKey)} signs; keep it where nobody else reads it, and out of git`,
        `${paint.bold(files.publicKey)} is for trust policies; its SHA-256 is ${fingerprint}`,
      ]);
    });
}

/** Before anybody is asked for a password. */
async function refuseExisting(path: string, label: string): Promise<void> {
  if ((await lstat(path).catch(() => undefined)) === undefined) return;
  throw new SquizzleError('FILE_EXISTS', `${label} exists already; it was left as it is`, { path: label });
}
