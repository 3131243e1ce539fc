/**
 * Which credentials a registry gets: the first source that knows some.
 *
 * In this order: options, `SQUIZZLE_USERNAME` and `SQUIZZLE_PASSWORD`, `REGISTRY_AUTH_FILE`, the files of podman and
 * skopeo, `DOCKER_AUTH_CONFIG`, `$DOCKER_CONFIG/config.json`, `~/.docker/config.json`, tokens of CI systems, none.
 * Its one rule: what belongs to a registry is never given to another.
 *
 * @module
 */
import type { CallOptions } from '@squizzle/core';
import type { RegistryHost } from '@squizzle/oci-spec';
import { entryFor, helperFor, parseAuthDocument } from './auth-file/auth-document.ts';
import {
  containersAuthFiles,
  dockerConfigFiles,
  textOf,
  type AuthFilePlace,
  type Surroundings,
} from './auth-file/auth-file-places.ts';
import { MAX_AUTH_FILE_BYTES, readAuthFile, tooLarge } from './auth-file/read-auth-file.ts';
import type { Credential, CredentialQuery, FindCredential, FoundCredential, Variables } from './credential.ts';
import { credentialsUnusable } from './credentials-unusable.ts';
import { ciCredential, squizzleCredential } from './environment-credential.ts';
import { createHelperRunner, programOf, type RunHelper } from './helper/credential-helper.ts';
import { getFromHelper } from './helper/helper-verbs.ts';
import { normalHost } from './host-key.ts';
import { createSharedLookup } from './shared-lookup.ts';

export interface CredentialFinderOptions {
  /** Default: no variable is read. Helpers then see what this process sees: without `PATH` none would be found. */
  readonly env?: Variables | undefined;
  readonly homeFolder: string;
  /** The registry that is opened: what the options and `SQUIZZLE_USERNAME` say is for it alone. */
  readonly host: RegistryHost;
  readonly explicit?: Credential | undefined;
  /** What was passed over, and what to do about it. Each text once. */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** Default: starts `docker-credential-<name>` with the variables of `env`. */
  readonly runHelper?: RunHelper | undefined;
  /** How long an answer is given again without looking. Default 60 s; 0 looks every time. */
  readonly keepMs?: number | undefined;
}

const KEEP_MS = 60_000;
const INLINE_SOURCE = 'DOCKER_AUTH_CONFIG';

interface Search extends Surroundings {
  readonly query: CredentialQuery;
  readonly runHelper: RunHelper;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * A finder for one connection. Nothing is read before it is first asked.
 *
 * The finder throws `CREDENTIALS_UNUSABLE` for a source that is broken: going on without it would ask the registry as
 * somebody else. A file that nobody named and that cannot be read, and a helper that is not installed, are warnings.
 */
export function createCredentialFinder(options: CredentialFinderOptions): FindCredential {
  const { env = {}, homeFolder, keepMs = KEEP_MS } = options;
  const runHelper = options.runHelper ?? createHelperRunner({ env: options.env });
  const lookup = createSharedLookup<FoundCredential | undefined>({ keepMs });
  const warn = onceEach(options.onWarning ?? (() => undefined));
  return async (query, callOptions?: CallOptions) => {
    const given = explicitCredential(options, query) ?? squizzleCredential(env, options.host, query.host);
    if (given !== undefined) return given;
    const key = `${normalHost(query.host)}/${query.repository ?? ''}`;
    return lookup(key, async (signal) => search({ query, env, homeFolder, runHelper, warn, signal }), callOptions);
  };
}

function explicitCredential(
  { explicit, host }: CredentialFinderOptions,
  query: CredentialQuery,
): FoundCredential | undefined {
  if (explicit === undefined || normalHost(query.host) !== normalHost(host)) return undefined;
  return { credential: explicit, source: 'options' };
}

async function search(surroundings: Search): Promise<FoundCredential | undefined> {
  const inline = textOf(surroundings.env[INLINE_SOURCE]);
  if (Buffer.byteLength(inline ?? '') > MAX_AUTH_FILE_BYTES) throw tooLarge(INLINE_SOURCE);
  return (
    (await searchFiles(containersAuthFiles(surroundings), surroundings)) ??
    (inline === undefined ? undefined : await searchText(inline, INLINE_SOURCE, surroundings)) ??
    (await searchFiles(dockerConfigFiles(surroundings), surroundings)) ??
    ciCredential(surroundings.env, surroundings.query.host)
  );
}

async function searchFiles(
  places: readonly AuthFilePlace[],
  surroundings: Search,
): Promise<FoundCredential | undefined> {
  for (const place of places) {
    surroundings.signal.throwIfAborted();
    const text = await textAt(place, surroundings.warn);
    const found = text === undefined ? undefined : await searchText(text, place.source, surroundings);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function textAt({ path, source, variable }: AuthFilePlace, warn: Search['warn']): Promise<string | undefined> {
  const content = await readAuthFile(path, source);
  if (content.kind === 'text') return content.text;
  if (content.kind === 'missing') {
    if (variable !== null)
      warn(`${source}: ${variable} names this file, and it is not there: write it, or unset ${variable}`);
    return undefined;
  }
  if (variable !== null) throw credentialsUnusable(source, `${variable} names this file, and it ${content.reason}`);
  warn(`${source}: ${content.reason}; going on without it`);
  return undefined;
}

/** The helper first; the text itself also where the helper knows nothing. */
async function searchText(text: string, source: string, surroundings: Search): Promise<FoundCredential | undefined> {
  const document = parseAuthDocument(text, source);
  const helper = helperFor(document, surroundings.query.host);
  const kept = helper === undefined ? undefined : await askHelper(helper, source, surroundings);
  if (kept !== undefined) return kept;
  const credential = entryFor(document, surroundings.query);
  return credential === undefined ? undefined : { credential, source };
}

async function askHelper(name: string, source: string, surroundings: Search): Promise<FoundCredential | undefined> {
  const { query, runHelper, warn, signal } = surroundings;
  const finding = await getFromHelper({ run: runHelper, name }, query.host, { signal });
  if (finding.kind === 'found') return { credential: finding.credential, source: helperSource(name, source) };
  if (finding.kind === 'not-installed') {
    warn(`${source}: ${programOf(name)} is not installed; going on without it. Install it, or take it out of the file`);
  }
  return undefined;
}

/** For people: the program, and the file that names it. */
export function helperSource(name: string, source: string): string {
  return `${programOf(name)} (${source})`;
}

function onceEach(tell: (text: string) => void): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (told.has(text)) return;
    told.add(text);
    tell(text);
  };
}
