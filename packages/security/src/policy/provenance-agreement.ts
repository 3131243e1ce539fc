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
import type { SignerEvidence } from '../verification/verified-bundle.ts';
import { showValue } from './foreign-text.ts';
import { valueAt } from './where-value.ts';
import { isGithubRun, splitWorkflowUri } from './workflow-uri.ts';

type Compared = readonly (readonly [path: string, claim: ClaimName])[];

/** Fields of GitHub's and GitLab's build types, and the claim that has the same. */
const SAME: Compared = [
  ['buildDefinition.internalParameters.github.event_name', 'buildTrigger'],
  ['buildDefinition.internalParameters.github.repository_id', 'sourceRepositoryId'],
  ['buildDefinition.internalParameters.github.repository_owner_id', 'sourceRepositoryOwnerId'],
  ['buildDefinition.internalParameters.github.runner_environment', 'runnerEnvironment'],
  ['buildDefinition.externalParameters.ref', 'sourceRepositoryRef'],
  ['buildDefinition.internalParameters.project_id', 'sourceRepositoryId'],
  ['buildDefinition.internalParameters.namespace_id', 'sourceRepositoryOwnerId'],
  ['buildDefinition.internalParameters.pipeline_source', 'buildTrigger'],
  ['buildDefinition.internalParameters.runner_environment', 'runnerEnvironment'],
];

/** Addresses of repositories, which are the same with and without `.git`. */
const SAME_REPOSITORY: Compared = [
  ['buildDefinition.externalParameters.workflow.repository', 'sourceRepositoryUri'],
  ['buildDefinition.externalParameters.source', 'sourceRepositoryUri'],
];

/** Of GitHub alone: there the builder is the workflow that signs, whatever the statement calls its build type. */
const SAME_BUILDER: Compared = [['runDetails.builder.id', 'buildSignerUri']];

/** What a certificate says of the run. */
export type CertifiedRun = Pick<Extract<SignerEvidence, { kind: 'keyless' }>, 'issuer' | 'claims'>;

/** The first field that contradicts the certificate, in words; `undefined` when none does. */
export function findDisagreement(predicate: unknown, { issuer, claims }: CertifiedRun): string | undefined {
  const isGithub = isGithubRun(issuer, [claims.buildSignerUri, claims.buildConfigUri]);
  return (
    listFault(predicate, claims, [...SAME, ...(isGithub ? SAME_BUILDER : [])], compare) ??
    listFault(predicate, claims, SAME_REPOSITORY, compareRepository) ??
    configFault(predicate, claims) ??
    workflowFault(predicate, claims) ??
    invocationFault(predicate, claims) ??
    dependencyFault(predicate, claims)
  );
}

function listFault(predicate: unknown, claims: Claims, compared: Compared, by: typeof compare): string | undefined {
  for (const [path, claim] of compared) {
    const fault = by(path, valueAt(predicate, path), claims[claim]);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function compare(path: string, stated: unknown, certified: string | undefined): string | undefined {
  if (stated === undefined || certified === undefined) return undefined;
  const text = typeof stated === 'number' ? String(stated) : stated;
  if (text === certified) return undefined;
  return `it says ${showValue(stated)} at ${path}, and its certificate ${showValue(certified)}`;
}

function compareRepository(path: string, stated: unknown, certified: string | undefined): string | undefined {
  const isSame = typeof stated === 'string' && certified !== undefined && plainUri(stated) === plainUri(certified);
  return isSame ? undefined : compare(path, stated, certified);
}

/** A repository has the same address with and without `.git`. */
function plainUri(text: string): string {
  return text.replace(/(?:\.git)?\/?$/, '');
}

/** GitLab writes the file with its ref as the certificate does, without the protocol. */
function configFault(predicate: unknown, { buildConfigUri }: Claims): string | undefined {
  const path = 'buildDefinition.externalParameters.config';
  const config = valueAt(predicate, path);
  return compare(path, typeof config === 'string' ? `https://${config}` : config, buildConfigUri);
}

/** The workflow file and its ref: one URI in the certificate. Each part counts alone: the others may be left out. */
function workflowFault(predicate: unknown, { buildConfigUri, sourceRepositoryRef }: Claims): string | undefined {
  const at = 'buildDefinition.externalParameters.workflow';
  const workflow = valueAt(predicate, at);
  const [repository, path, ref] = ['repository', 'path', 'ref'].map((name) => valueAt(workflow, name));
  if (buildConfigUri === undefined) return compare(`${at}.ref`, ref, sourceRepositoryRef);
  const parts = splitWorkflowUri(buildConfigUri, sourceRepositoryRef);
  // what cannot be taken apart confirms no part
  if (parts === undefined) return compare(at, workflow, buildConfigUri);
  return (
    compareRepository(`${at}.repository`, repository, parts.repository) ??
    compare(`${at}.path`, path, parts.path) ??
    compare(`${at}.ref`, ref, parts.ref)
  );
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
    const fault =
      compare(`${at}[${index}]`, valueAt(dependency, 'digest.gitCommit'), commit) ??
      compare(`${at}[${index}]`, valueAt(dependency, 'digest.sha1'), commit) ??
      compare(`${at}[${index}].uri`, ref, sourceRepositoryRef);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** `https://github.com/acme/db@refs/heads/main`, of that repository or of another. */
function splitRef(uri: string, repository: string): readonly [place: string, ref: string | undefined] {
  const at = uri.startsWith(repository) ? uri.indexOf('@', repository.length) : -1;
  return at < 0 ? [uri, undefined] : [uri.slice(0, at), uri.slice(at + 1)];
}
