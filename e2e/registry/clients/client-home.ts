/**
 * A home folder for the clients: what they read and write of a user's or the system's configuration is in it.
 *
 * Root's clients write two things elsewhere all the same, for which they have no setting: which registry had which
 * blob (`/var/lib/containers/cache`, by host and port, so other runs are not affected), and an empty folder in `/run`.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ClientHome {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** A path in it, which need not exist. */
  path(...names: readonly string[]): string;
  /** The clients that have no `--tls-verify` for everything need to be told which registries speak plain HTTP. */
  allowPlainHttp(...hosts: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

/** Any image is accepted: the system's own policy may say otherwise. */
const POLICY = '{"default":[{"type":"insecureAcceptAnything"}]}';

export async function createClientHome(): Promise<ClientHome> {
  // Lowercase, because podman makes an image's name of a layout's path; short, because its run folder's path may not
  // have more than 50 characters.
  const folder = join(await realpath(tmpdir()), `squizzle-${randomBytes(4).toString('hex')}`);
  const path = (...names: readonly string[]): string => join(folder, ...names);
  const registries = path('registries.conf');
  await mkdir(path('.config', 'containers'), { recursive: true });
  await mkdir(path('tmp'));
  await mkdir(path('run'), { mode: 0o700 });
  await writeFile(path('.config', 'containers', 'policy.json'), POLICY);
  const credentials = path('auth.json');
  const settings = path('containers.conf');
  await writeFile(settings, `[network]\nnetwork_config_dir = "${path('networks')}"\n`);
  await writeFile(registries, '');
  // podman and buildah refuse a file that is named in the environment and does not exist.
  await writeFile(credentials, '{}');
  return {
    folder,
    path,
    env: {
      HOME: folder,
      TMPDIR: path('tmp'),
      XDG_CONFIG_HOME: path('.config'),
      XDG_RUNTIME_DIR: path('run'),
      CONTAINERS_CONF: settings,
      CONTAINERS_REGISTRIES_CONF: registries,
      REGISTRY_AUTH_FILE: credentials,
    },
    allowPlainHttp: async (...hosts) => {
      const entries = hosts.map((host) => `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
      await writeFile(registries, entries.join('\n'));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
