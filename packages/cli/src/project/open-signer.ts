/**
 * Whoever signs, as flags and configuration say: a key, or an identity at a Sigstore.
 *
 * All that can be known before is checked before: a wrong password is told before a release is published, not after.
 *
 * @module
 */
import { resolve } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import type { IdentityTokenSource, KeySigner, SigstoreInstance, StatementSigner, Witnesses } from '@squizzle/security';
import type { SecurityTools } from '../adapters.ts';
import type { SigningConfig } from '../config/schema.ts';
import { findSigningFaults } from '../config/signing-faults.ts';
import { readBoundedFile, readUpTo } from '../files/read-bounded-file.ts';
import { PASSWORD_VARIABLES, readKeyPassword } from './key-password.ts';
import type { Project } from './project.ts';
import { openIdentity } from './signing-identity.ts';
import type { SigningFlags } from './signing-options.ts';
import { openTrustedRoot } from './trusted-root.ts';

export interface OpenSigner {
  readonly tools: SecurityTools;
  readonly statements: StatementSigner;
  /** `null` for an identity. */
  readonly key: KeySigner | null;
  /** `null` for a key. */
  readonly identity: IdentityTokenSource | null;
  /** For people: which key, or whose word it is. */
  readonly description: string;
}

/** @throws {SquizzleError} `SIGNING_CONFIG_INVALID`, `KEY_UNUSABLE`, `IDENTITY_UNAVAILABLE`, `TRUST_ROOT_INVALID`. */
export async function openSigner(flags: SigningFlags, project: Project): Promise<OpenSigner> {
  const { signing = {} } = project.loaded.config;
  refuseFaults(signing);
  for (const name of SECRET_VARIABLES) project.environment.secrets.add(project.environment.env[name]);
  const tools = await project.environment.adapters.loadSecurity();
  const isKeyless = flags.identityTokenFile !== undefined || flags.interactive !== undefined;
  if (flags.key !== undefined) return openKey(flags.key, project.cwd, project, tools);
  const key = isKeyless ? undefined : signing.key?.read();
  return key === undefined ? openKeyless(flags, project, tools) : openKey(key, project.loaded.folder, project, tools);
}

/** What signing reads of the environment and must never tell. */
const SECRET_VARIABLES = [
  ...PASSWORD_VARIABLES,
  'VAULT_TOKEN',
  'SIGSTORE_ID_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'BUILDKITE_AGENT_ACCESS_TOKEN',
];

function refuseFaults(signing: SigningConfig): void {
  const [fault] = findSigningFaults(signing);
  if (fault === undefined) return;
  const key = `signing.${fault.key}`;
  throw new SquizzleError('SIGNING_CONFIG_INVALID', `${key}: ${fault.reason}`, { key, reason: fault.reason });
}

/** Beyond what any key has: whoever reads it says that it is too large. */
const KEY_BYTES = 128 * 1024;
const VAULT_TOKEN_FILE = '.vault-token';

/** @param folder where the path of a file begins. */
async function openKey(reference: string, folder: string, project: Project, tools: SecurityTools): Promise<OpenSigner> {
  const { environment, loaded } = project;
  const key = await tools.openKeySigner(reference, {
    readFile: async (path) => {
      const bytes = await readUpTo(resolve(folder, path), KEY_BYTES, { signal: project.signal });
      if (path.endsWith(VAULT_TOKEN_FILE)) environment.secrets.add(new TextDecoder().decode(bytes).trim());
      return bytes;
    },
    password: () => readKeyPassword(reference, environment),
    env: environment.env,
    signal: project.signal,
  });
  const witnesses = witnessesOf(loaded.config.signing ?? {});
  const now = environment.now;
  const statements = tools.createKeyStatementSigner({ key, now, ...(witnesses === null ? {} : { witnesses }) });
  const fingerprint = tools.keyFingerprint(await key.publicKey({ signal: project.signal }));
  return { tools, statements, key, identity: null, description: `${key.description} (sha256:${fingerprint})` };
}

async function openKeyless(flags: SigningFlags, project: Project, tools: SecurityTools): Promise<OpenSigner> {
  const { loaded, environment } = project;
  const signing = loaded.config.signing ?? {};
  const instance = await openInstance(signing, project, tools);
  const identity = await openIdentity(flags, instance, project, tools);
  const root = signing.trustedRoot ?? { builtin: 'sigstore-public-good' as const };
  const trustedRoot = await openTrustedRoot(root, loaded.folder, tools);
  const statements = tools.createKeylessStatementSigner({ instance, identity, trustedRoot, now: environment.now });
  return { tools, statements, key: null, identity, description: identity.description };
}

const SIGNING_CONFIG_BYTES = 1_048_576;

async function openInstance(
  signing: SigningConfig,
  { loaded, environment, signal }: Project,
  tools: SecurityTools,
): Promise<SigstoreInstance> {
  const { signingConfig, fulcio, rekor, tsa } = signing;
  if (signingConfig !== undefined) {
    const file = signingConfig.read();
    const bytes = await readBoundedFile(resolve(loaded.folder, file), {
      label: `signing.signingConfig ${file}`,
      limitBytes: SIGNING_CONFIG_BYTES,
      signal,
    });
    return tools.parseSigningConfig(bytes, environment.now());
  }
  const known = tools.PUBLIC_GOOD_INSTANCE;
  if (fulcio === undefined && rekor === undefined && tsa === undefined) return known;
  const witnesses = witnessesOf(signing);
  return {
    fulcioUrl: fulcio?.read() ?? known.fulcioUrl,
    rekor: rekor === undefined && fulcio === undefined ? known.rekor : (witnesses?.rekor ?? null),
    tsaUrl: witnesses?.tsaUrl ?? null,
    ...(fulcio === undefined && known.oidcIssuerUrl !== undefined ? { oidcIssuerUrl: known.oidcIssuerUrl } : {}),
  };
}

/** `null`: a key signs, and nobody says when. */
function witnessesOf({ rekor, tsa }: SigningConfig): Witnesses | null {
  if ((rekor === undefined || rekor === false) && tsa === undefined) return null;
  return {
    rekor: rekor === undefined || rekor === false ? null : { url: rekor.url.read(), majorVersion: rekor.version ?? 1 },
    tsaUrl: tsa?.read() ?? null,
  };
}
