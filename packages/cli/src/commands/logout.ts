/**
 * `squizzle logout`: forgets the login for a registry.
 *
 * @module
 */
import { Command } from 'commander';
import type { GlobalFlags } from '../global-options.ts';
import { openRegistries, toHost } from '../project/registries.ts';
import { examples, type CommandContext } from './command-context.ts';

export function logoutCommand({ begin }: CommandContext): Command {
  return new Command('logout')
    .summary('forget the login for a registry')
    .description('Remove the login for a registry from the credential helper or the file that it is kept in.')
    .argument('[registry]', "its host, as ghcr.io (default: the remote's)")
    .addHelpText('after', examples('squizzle logout ghcr.io'))
    .action(async (registry: string | undefined, _flags: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const session = await begin(flags);
      const { environment, output, signal } = session;
      const host = toHost(registry, await openRegistries(session, flags));
      const { createCredentialStore } = await environment.adapters.loadOciTools();
      const { env, homeFolder } = environment;
      const store = createCredentialStore({ env, homeFolder, onWarning: (text) => output.warn(text) });
      const removed = await store.remove(host, { signal });
      output.result({ registry: host, ...removed }, () => [
        removed.removedFrom.length === 0
          ? `no login was kept for ${host}`
          : `logged out of ${host}: removed from ${removed.removedFrom.join(' and ')}`,
      ]);
      if (removed.stillIn !== null) output.warn(`${removed.stillIn} still has a login for ${host}`);
    });
}
