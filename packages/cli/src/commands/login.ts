/**
 * `squizzle login`: keeps a user and a password for a registry, once the registry has taken them.
 *
 * A password comes from standard input or from an unseen line, never from the command line: others can read that.
 *
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { Command, Option } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { checkLogin } from '../project/check-login.ts';
import { openRegistries, toHost, toHostOrRepository, type Registries } from '../project/registries.ts';
import type { Session } from '../project/session.ts';
import { insecureOption } from '../project/store-options.ts';
import type { StoreFlags } from '../project/stores.ts';
import { examples, type CommandContext } from './command-context.ts';

interface LoginFlags extends GlobalFlags, StoreFlags {
  readonly username?: string;
  readonly passwordStdin?: true;
  readonly password?: string;
  readonly check?: true;
}

export function loginCommand({ begin }: CommandContext): Command {
  return new Command('login')
    .summary('keep a login for a registry')
    .description(
      'Check a user name and a password with the registry, and keep them where docker and podman keep theirs, in a credential helper if one is set up. The password is read from standard input, or typed unseen. --check keeps nothing and leaves nothing behind: it tells who the registry takes you for and what it lets you do with the repository.',
    )
    .argument('[registry]', "its host, as ghcr.io (default: the remote's)")
    .option('-u, --username <name>', 'the user name')
    .option('--password-stdin', 'read the password, or a token, from standard input')
    .addOption(new Option('-p, --password <password>').hideHelp())
    .option('--check', 'tell what the login that is kept can do')
    .addOption(insecureOption())
    .addHelpText(
      'after',
      examples('echo "$TOKEN" | squizzle login ghcr.io -u anna --password-stdin', 'squizzle login ghcr.io --check'),
    )
    .action(async (registry: string | undefined, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<LoginFlags>();
      const session = await begin(flags);
      refusePassword(flags);
      const registries = await openRegistries(session, flags);
      if (flags.check === true) await checkLogin(toHostOrRepository(registry, registries), registries, session);
      else await logIn(registry, flags, registries, session);
    });
}

function refusePassword({ password }: LoginFlags): void {
  if (password === undefined) return;
  const message = 'a password on the command line can be read by others: use --password-stdin';
  throw new SquizzleError('USAGE_INVALID', message, { argument: '--password' });
}

async function logIn(
  registry: string | undefined,
  flags: LoginFlags,
  registries: Registries,
  session: Session,
): Promise<void> {
  const { environment, output, signal } = session;
  const host = toHost(registry, registries);
  const username = flags.username ?? '';
  if (username === '') throw missing('--username', 'whose login is it? name the user with -u');
  const password = await readPassword(flags, host, session);
  const { createRegistryClient, createCredentialStore } = await environment.adapters.loadOciTools();
  const isToken = username === IDENTITY_TOKEN;
  const { registry: url, ...address } = registries.addressOf(host);
  const given = isToken ? { identityToken: password } : { username, password };
  const client = createRegistryClient({ ...address, url, ...given });
  try {
    await client.authenticate({ signal });
  } finally {
    await client.close();
  }
  const { env, homeFolder } = environment;
  const store = createCredentialStore({ env, homeFolder, onWarning: (text) => output.warn(text) });
  const credential = isToken
    ? ({ kind: 'identity-token', token: password } as const)
    : ({ kind: 'basic', username, password } as const);
  const saved = await store.save(host, credential, { signal });
  output.result({ registry: host, username, ...saved }, () => [
    `logged in to ${host} as ${username}; kept in ${saved.savedIn}`,
  ]);
  if (saved.isPlainText)
    output.note('whoever can read that file has the password; a credential helper keeps it in a keychain');
  if (saved.hiddenBy !== null) output.warn(`${saved.hiddenBy} goes before it: that login is used, not this one`);
}

/** As docker has it: what is given as the password is a token to exchange. */
const IDENTITY_TOKEN = '<token>';
const MAX_PASSWORD_BYTES = 65_536;

async function readPassword(
  { passwordStdin, username }: LoginFlags,
  host: string,
  { environment: { stdin, stderr } }: Session,
): Promise<string> {
  if (passwordStdin !== true && !(stdin.isTTY && stderr.isTTY)) {
    throw missing('--password-stdin', 'where is the password? write it to standard input and give --password-stdin');
  }
  const text =
    passwordStdin === true
      ? await stdin.read(MAX_PASSWORD_BYTES)
      : await stdin.readHidden(`Password of ${username} at ${host}: `);
  const password = text.replace(/\r?\n$/, '');
  if (password === '') throw missing('--password-stdin', 'the password is empty; see what writes to standard input');
  return password;
}

function missing(argument: string, message: string): SquizzleError<'USAGE_INVALID'> {
  return new SquizzleError('USAGE_INVALID', message, { argument });
}
