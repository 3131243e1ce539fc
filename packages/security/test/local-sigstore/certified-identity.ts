/**
 * What Fulcio makes of a token: the name and the extensions of the certificate.
 *
 * @see https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
 * @module
 */
import { extension, subjectAltName } from './certificate.ts';
import { text } from './der.ts';
import type { TokenClaims } from './identity-claims.ts';
import { ServiceRefusal } from './service-refusal.ts';

const FULCIO_ARC = '1.3.6.1.4.1.57264.1';
/** Up to here values are bare text; from the next on they are DER. */
const LAST_BARE = 6;

export interface CertifiedIdentity {
  /** What a request must sign to prove that it has the key. */
  readonly challenge: string;
  /** DER extensions. */
  readonly extensions: readonly Buffer[];
}

/** Numbers of {@link FULCIO_ARC} to texts; what a token lacks is left out. */
type Extensions = Readonly<Record<number, string | undefined>>;

export function certifyIdentity(claims: TokenClaims, issuer: string): CertifiedIdentity {
  const read = (name: string): string | undefined => {
    const value = claims[name];
    return value === undefined || value === '' ? undefined : String(value);
  };
  const { name, kind, extensions } = describeIdentity(read, claims);
  const all: Extensions = { 1: issuer, 8: issuer, ...extensions };
  const written = Object.entries(all).flatMap(([number, value]) =>
    value === undefined ? [] : [fulcioExtension(Number(number), value)],
  );
  return {
    challenge: kind === 'email' ? name : claimOf(read, 'sub'),
    extensions: [subjectAltName({ kind, value: name }), ...written],
  };
}

type Read = (claim: string) => string | undefined;
interface Described {
  readonly kind: 'uri' | 'email';
  readonly name: string;
  readonly extensions: Extensions;
}

function describeIdentity(read: Read, claims: TokenClaims): Described {
  const email = read('email');
  if (email !== undefined) {
    if (claims['email_verified'] !== true) throw new ServiceRefusal(400, 'email_verified claim was false');
    return { kind: 'email', name: email, extensions: {} };
  }
  if (read('job_workflow_ref') !== undefined) return describeGithub(read);
  if (read('ci_config_ref_uri') !== undefined) return describeGitlab(read);
  return { kind: 'uri', name: claimOf(read, 'sub'), extensions: {} };
}

function describeGithub(read: Read): Described {
  const repository = claimOf(read, 'repository');
  const signer = `https://github.com/${claimOf(read, 'job_workflow_ref')}`;
  const extensions: Extensions = {
    2: read('event_name'),
    3: read('sha'),
    4: read('workflow'),
    5: repository,
    6: read('ref'),
    9: signer,
    10: read('job_workflow_sha'),
    11: read('runner_environment'),
    12: onGithub(repository),
    13: read('sha'),
    14: read('ref'),
    15: read('repository_id'),
    16: onGithub(read('repository_owner')),
    17: read('repository_owner_id'),
    18: onGithub(read('workflow_ref')),
    19: read('workflow_sha'),
    20: read('event_name'),
    21: onGithub(`${repository}/actions/runs/${claimOf(read, 'run_id')}/attempts/${claimOf(read, 'run_attempt')}`),
    22: read('repository_visibility'),
  };
  return { kind: 'uri', name: signer, extensions };
}

function describeGitlab(read: Read): Described {
  const project = `https://gitlab.com/${claimOf(read, 'project_path')}`;
  const config = `https://${claimOf(read, 'ci_config_ref_uri')}`;
  const refs = claimOf(read, 'ref_type') === 'tag' ? 'refs/tags' : 'refs/heads';
  const extensions: Extensions = {
    9: config,
    10: read('ci_config_sha'),
    11: claimOf(read, 'runner_environment'),
    12: project,
    13: claimOf(read, 'sha'),
    14: `${refs}/${claimOf(read, 'ref')}`,
    15: claimOf(read, 'project_id'),
    16: `https://gitlab.com/${claimOf(read, 'namespace_path')}`,
    17: claimOf(read, 'namespace_id'),
    18: config,
    19: read('ci_config_sha'),
    20: claimOf(read, 'pipeline_source'),
    21: `${project}/-/jobs/${claimOf(read, 'job_id')}`,
    22: read('project_visibility'),
  };
  return { kind: 'uri', name: config, extensions };
}

function claimOf(read: Read, claim: string): string {
  const value = read(claim);
  if (value === undefined) throw new ServiceRefusal(400, `missing ${claim} claim in ID token`);
  return value;
}

const fulcioExtension = (number: number, value: string): Buffer =>
  extension(`${FULCIO_ARC}.${number}`, number <= LAST_BARE ? Buffer.from(value) : text(value));

const onGithub = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : `https://github.com/${path}`;
