/**
 * As whom to sign without a key: an OIDC token from a file, from the pipeline, or of whoever signs in now.
 *
 * @module
 */
import { resolve } from 'node:path';
import { SquizzleError } from '@squizzle/core';
import type { IdentityTokenSource, SigstoreInstance, SignInEvent } from '@squizzle/security';
import type { SecurityTools } from '../adapters.ts';
import type { IdentityChoice, InteractiveFlow } from '../config/signing-choices.ts';
import { readBoundedFile } from '../files/read-bounded-file.ts';
import { toPrintable } from '../output/printable.ts';
import type { Project } from './project.ts';
import type { SigningFlags } from './signing-options.ts';

/** Tokens of pipelines have one to three kilobytes. */
const TOKEN_BYTES = 64 * 1024;

/** Variables in which pipelines have tokens: of each, the ones that the choice may read. */
const VARIABLES: Readonly<Record<'github' | 'gitlab' | 'buildkite', RegExp>> = {
  github: /^(?:ACTIONS_ID_TOKEN_REQUEST_|GITHUB_)/,
  gitlab: /^(?:SIGSTORE_ID_TOKEN$|GITLAB_|CI_)/,
  buildkite: /^(?:BUILDKITE|PATH$)/,
};

/** @throws {SquizzleError} `IDENTITY_UNAVAILABLE` when nobody says who signs; `USAGE_INVALID` for a file without token. */
export async function openIdentity(
  flags: SigningFlags,
  instance: SigstoreInstance,
  project: Project,
  tools: SecurityTools,
): Promise<IdentityTokenSource> {
  const { secrets } = project.environment;
  const source = await findSource(flags, instance, project, tools);
  return {
    description: source.description,
    token: async (options) => {
      const token = await source.token(options);
      secrets.add(token);
      return token;
    },
  };
}

async function findSource(
  { identityTokenFile, interactive }: SigningFlags,
  instance: SigstoreInstance,
  project: Project,
  tools: SecurityTools,
): Promise<IdentityTokenSource> {
  if (identityTokenFile !== undefined) return tokenOfFile(identityTokenFile, project, tools);
  if (interactive !== undefined)
    return signIn(interactive === true ? 'browser' : interactive, instance, project, tools);
  const choice = project.loaded.config.signing?.identity?.read() ?? 'auto';
  if (choice === 'browser' || choice === 'device') return signIn(choice, instance, project, tools);
  const env = variablesFor(choice, project);
  const source = tools.findIdentityToken({ env });
  if (source !== null) return source;
  const reason = tools.explainMissingToken(project.environment.env);
  throw new SquizzleError('IDENTITY_UNAVAILABLE', `there is nobody to sign as: ${reason}`, { reason });
}

function variablesFor(choice: Exclude<IdentityChoice, InteractiveFlow>, { environment }: Project) {
  const { env } = environment;
  if (choice === 'auto') return env;
  return Object.fromEntries(Object.entries(env).filter(([name]) => VARIABLES[choice].test(name)));
}

async function tokenOfFile(file: string, { cwd, signal }: Project, tools: SecurityTools): Promise<IdentityTokenSource> {
  const label = `--identity-token-file ${file}`;
  const bytes = await readBoundedFile(resolve(cwd, file), { label, limitBytes: TOKEN_BYTES, signal });
  const token = new TextDecoder().decode(bytes).trim();
  if (token === '') throw new SquizzleError('USAGE_INVALID', `${label}: it is empty`, { argument: label });
  return tools.explicitToken(token, `the token in ${file}`);
}

function signIn(
  flow: InteractiveFlow,
  instance: SigstoreInstance,
  { loaded, environment }: Project,
  tools: SecurityTools,
): IdentityTokenSource {
  const { stderr, adapters } = environment;
  const { oidcIssuer, oidcClientId } = loaded.config.signing ?? {};
  const issuerUrl = oidcIssuer?.read() ?? instance.oidcIssuerUrl;
  if (issuerUrl === undefined) {
    const key = 'signing.oidcIssuer';
    const reason = 'is missing: with a Sigstore of your own, say where one signs in';
    throw new SquizzleError('SIGNING_CONFIG_INVALID', `${key} ${reason}`, { key, reason });
  }
  return tools.createInteractiveToken({
    issuerUrl,
    clientId: oidcClientId?.read() ?? 'sigstore',
    flow,
    openBrowser: (url) => adapters.openBrowser(url),
    // Nothing goes on before somebody has read this, so it is said with --quiet and --json, too.
    onEvent: (event) => stderr.write(`${toPrintable(describeEvent(event))}\n`),
  });
}

function describeEvent(event: SignInEvent): string {
  if (event.type === 'device-code') {
    const { completeUrl, verificationUrl, userCode } = event;
    return `to sign in, open ${completeUrl ?? verificationUrl} and see that it shows the code ${userCode}`;
  }
  return event.opened ? `sign in with the browser; if none opened: ${event.url}` : `to sign in, open ${event.url}`;
}
