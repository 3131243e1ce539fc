/**
 * Whether a provenance says of its run what the certificate says of it.
 *
 * The CI system put the certificate's claims there; the statement is the word of the job alone, which may have been
 * taken over. What both state must be the same; what the certificate does not state, it cannot contradict.
 *
 * @see https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
 * @module
 */
import type { ClaimName, Claims } from '../verification/trusted-signer.ts';
import { showValue } from './foreign-text.ts';
import { valueAt } from './where-value.ts';

/** Fields of GitHub's and GitLab's build types, and the claim that has the same. */
const SAME: readonly (readonly [path: string, claim: ClaimName])[] = [
  ['buildDefinition.externalParameters.workflow.repository', 'sourceRepositoryUri'],
  ['buildDefinition.internalParameters.github.event_name', 'buildTrigger'],
  ['buildDefinition.internalParameters.github.repository_id', 'sourceRepositoryId'],
  ['buildDefinition.internalParameters.github.repository_owner_id', 'sourceRepositoryOwnerId'],
  ['buildDefinition.internalParameters.github.runner_environment', 'runnerEnvironment'],
  ['buildDefinition.externalParameters.source', 'sourceRepositoryUri'],
  ['buildDefinition.externalParameters.ref', 'sourceRepositoryRef'],
  ['buildDefinition.internalParameters.project_id', 'sourceRepositoryId'],
  ['buildDefinition.internalParameters.namespace_id', 'sourceRepositoryOwnerId'],
  ['buildDefinition.internalParameters.pipeline_source', 'buildTrigger'],
  ['buildDefinition.internalParameters.runner_environment', 'runnerEnvironment'],
];

/** Of GitHub, under its names over time: there the builder is the workflow that signs. */
const GITHUB_BUILD_TYPES: ReadonlySet<unknown> = new Set([
  'https://actions.github.io/buildtypes/workflow/v1',
  'https://github.com/actions/buildtypes/workflow/v1',
  'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
]);

/** The first field that contradicts the certificate, in words; `undefined` when none does. */
export function findDisagreement(predicate: unknown, claims: Claims): string | undefined {
  const isGithub = GITHUB_BUILD_TYPES.has(valueAt(predicate, 'buildDefinition.buildType'));
  const builder = isGithub ? [['runDetails.builder.id', 'buildSignerUri'] as const] : [];
  for (const [path, claim] of [...SAME, ...builder]) {
    const fault = compare(path, valueAt(predicate, path), claims[claim]);
    if (fault !== undefined) return fault;
  }
  return workflowFault(predicate, claims) ?? invocationFault(predicate, claims) ?? dependencyFault(predicate, claims);
}

function compare(path: string, stated: unknown, certified: string | undefined): string | undefined {
  if (stated === undefined || certified === undefined) return undefined;
  const text = typeof stated === 'number' ? String(stated) : stated;
  if (typeof text === 'string' && plainUri(text) === plainUri(certified)) return undefined;
  return `it says ${showValue(stated)} at ${path}, and its certificate ${showValue(certified)}`;
}

/** A repository has the same address with and without `.git`. */
function plainUri(text: string): string {
  return text.replace(/(?:\.git)?\/?$/, '');
}

/** The workflow file and its ref: one URI in the certificate. */
function workflowFault(predicate: unknown, { buildConfigUri, sourceRepositoryRef }: Claims): string | undefined {
  const at = 'buildDefinition.externalParameters';
  const config = valueAt(predicate, `${at}.config`);
  const configFault = compare(
    `${at}.config`,
    typeof config === 'string' ? `https://${config}` : config,
    buildConfigUri,
  );
  if (configFault !== undefined) return configFault;
  const workflow = valueAt(predicate, `${at}.workflow`);
  const [repository, path, ref] = ['repository', 'path', 'ref'].map((name) => valueAt(workflow, name));
  if (buildConfigUri === undefined || repository === undefined || path === undefined || ref === undefined) {
    return compare(`${at}.workflow.ref`, ref, sourceRepositoryRef);
  }
  const isText = [repository, path, ref].every((each) => typeof each === 'string');
  const stated = isText ? `${repository as string}/${path as string}@${ref as string}` : workflow;
  return compare(`${at}.workflow`, stated, buildConfigUri);
}

/** GitLab's runner writes the number of the job, with which the certificate's URI ends. */
function invocationFault(predicate: unknown, { runInvocationUri }: Claims): string | undefined {
  const path = 'runDetails.metadata.invocationId';
  const stated = valueAt(predicate, path);
  if (typeof stated === 'string' && /^\d+$/.test(stated) && runInvocationUri?.endsWith(`/-/jobs/${stated}`))
    return undefined;
  return compare(path, stated, runInvocationUri);
}

/** What was built from the certificate's repository must be its commit. */
function dependencyFault(predicate: unknown, claims: Claims): string | undefined {
  const at = 'buildDefinition.resolvedDependencies';
  const dependencies = valueAt(predicate, at);
  const { sourceRepositoryUri: repository, sourceRepositoryDigest: commit, sourceRepositoryRef } = claims;
  if (!Array.isArray(dependencies) || repository === undefined) return undefined;
  for (const [index, dependency] of dependencies.entries()) {
    const uri = valueAt(dependency, 'uri');
    if (typeof uri !== 'string') continue;
    const [place, ref] = splitRef(uri.replace(/^git\+/, ''), plainUri(repository));
    if (plainUri(place) !== plainUri(repository)) continue;
    const stated = valueAt(dependency, 'digest.gitCommit') ?? valueAt(dependency, 'digest.sha1');
    const fault =
      compare(`${at}[${index}]`, stated, commit) ?? compare(`${at}[${index}].uri`, ref, sourceRepositoryRef);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** `https://github.com/acme/db@refs/heads/main`, of that repository or of another. */
function splitRef(uri: string, repository: string): readonly [place: string, ref: string | undefined] {
  const at = uri.startsWith(repository) ? uri.indexOf('@', repository.length) : -1;
  return at < 0 ? [uri, undefined] : [uri.slice(0, at), uri.slice(at + 1)];
}
