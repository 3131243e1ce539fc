/**
 * docs/registry/configuration.md, made of the table of settings.
 *
 * @module
 */
import { formatFlag } from '../commands/help.ts';
import { SETTING_PATHS, SETTINGS, variableOf, type Setting } from './settings.ts';

export const UPDATE_COMMAND = 'npx vitest run --project unit:registry configuration-page --update';

/** The whole page, formatted as prettier would. */
export function renderConfigurationPage(): string {
  return `<!-- Made by apps/registry/src/config/configuration-page.ts. Do not edit; run: ${UPDATE_COMMAND} -->

# Configuration of the registry

Every setting has a default, so \`squizzle-registry serve\` runs as it is: on 127.0.0.1:5000, with its content in
\`./registry-data\`. A setting is given as a flag, as an environment variable or in a file. Flags go before variables,
variables before the file, and the file before the defaults.

\`\`\`sh
squizzle-registry serve --port 8080 --root /srv/registry
REGISTRY_LISTEN_PORT=8080 REGISTRY_STORAGE_ROOT=/srv/registry squizzle-registry serve
squizzle-registry serve --config registry.yaml
\`\`\`

\`\`\`yaml
# registry.yaml
listen:
  port: 8080
storage:
  root: /srv/registry
limits:
  blob_size: 10GB
\`\`\`

\`--config\` (or \`REGISTRY_CONFIG\`) names the file: JSON when its name ends in \`.json\`, YAML 1.2 otherwise, at most a megabyte.
No file is read unless it is named. Relative paths are relative to the folder in which the server is started.

## Settings

${table()}

A switch is turned on by \`--read-only\` and off by \`--no-read-only\`; \`--read-only=false\` says the same. Where a flag is given
twice, the last counts. A variable that is empty counts as unset.

Durations have a unit: \`250ms\`, \`30s\`, \`5m\`, \`1h\`, \`7d\`. So have sizes: \`500MB\` and \`10GB\` are powers of 1000, \`4MiB\` and
\`1GiB\` of 1024.

## Mistakes

A key, flag or \`REGISTRY_*\` variable that does not exist is an error which names the nearest that does. All mistakes are
reported at once, each with its place, and the exit code is 2:

\`\`\`console
$ squizzle-registry serve --config registry.yaml --uplod-expiry 60
squizzle-registry: the configuration is not valid:
  listen.prot: there is no such setting; did you mean listen.port? (registry.yaml:3)
  --uplod-expiry: there is no such flag; did you mean --upload-expiry?
\`\`\`

\`squizzle-registry validate-config\` takes the same flags, starts nothing, and prints each setting with the place its value
comes from; \`--json\` prints that as JSON.

## Users

\`auth.type: basic\` asks for a user and password before anything in a repository is read or written; \`auth.htpasswd\` names the file of users, which
\`htpasswd -B\` writes. Only bcrypt is accepted. The file is read again when it changes.

\`\`\`sh
htpasswd -B -C 10 -c users alice
squizzle-registry serve --auth basic --htpasswd users
\`\`\`

\`auth.anonymous_pull\` lets everybody else pull. Passwords are only as safe as the connection they travel on.

## Plain HTTP

The server speaks HTTP without TLS. On a host that other machines can reach, it refuses to start until that is accepted by
name (\`--plain-http\`): put a proxy that terminates TLS before it, or use it inside a network you trust, as in a container.

## Kubernetes

Kubernetes sets variables for each Service in every pod of its namespace. For a Service named \`registry\`, or one whose name
begins with \`registry-\`, they begin with \`REGISTRY_\` too; they are recognised and passed over. Only a Service named
\`registry-listen\` collides with a setting, \`REGISTRY_LISTEN_PORT\`: name it otherwise, or set \`enableServiceLinks: false\`.
\`REGISTRY_AUTH_FILE\`, which registry clients share, is passed over as well.
`;
}

const HEAD = ['setting', 'flag', 'variable', 'default', 'meaning'];

function table(): string {
  const rows = SETTING_PATHS.map((path) => {
    const setting: Setting<unknown> = SETTINGS[path];
    const codes = [path, formatFlag(setting), variableOf(path), setting.default].map((text) => `\`${text}\``);
    return [...codes, meaningOf(setting)].map((cell) => cell.replaceAll('|', String.raw`\|`));
  });
  const widths = HEAD.map((title, column) => Math.max(...[HEAD, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function meaningOf({ description, kind }: Setting<unknown>): string {
  return kind.range === undefined ? description : `${description} (${kind.range})`;
}
