/**
 * Which run of which pipeline built a release, for its SLSA provenance.
 *
 * The identity token goes before the variables of the job: verification compares the statement with the certificate,
 * which was made of that token.
 *
 * @module
 */
import { SquizzleError, type PulledArtifact } from '@squizzle/core';
import type { Predicate } from '@squizzle/security';
import type { OpenSigner } from './open-signer.ts';
import type { Project } from './project.ts';

export interface ProvenanceFlags {
  /** A URI of what built it, where no pipeline says so. */
  readonly builder?: string;
}

/** @throws {SquizzleError} `IDENTITY_UNAVAILABLE` where a pipeline does not describe the run; `USAGE_INVALID` outside of one. */
export async function describeRun(
  { builder }: ProvenanceFlags,
  artifact: PulledArtifact,
  { tools, identity }: OpenSigner,
  { environment, signal }: Project,
): Promise<Predicate> {
  const { env, now } = environment;
  if (builder !== undefined) return describeOwn(builder, artifact, { tools, now });
  const describe =
    env['GITHUB_ACTIONS'] === 'true'
      ? tools.githubProvenance
      : env['GITLAB_CI'] === 'true'
        ? tools.gitlabProvenance
        : null;
  if (describe === null) {
    const message =
      'no pipeline is known that could say how the release was built (GitHub Actions, GitLab CI): name the builder by a URI of yours with --builder, as https://acme.test/builders/release';
    throw new SquizzleError('USAGE_INVALID', message, { argument: '--builder' });
  }
  const claims = identity === null ? {} : { claims: tools.claimsOfToken(await identity.token({ signal })).all };
  return describe({ env, ...claims });
}

function describeOwn(
  builderId: string,
  { manifest }: PulledArtifact,
  { tools, now }: Pick<OpenSigner, 'tools'> & { readonly now: () => Date },
): Predicate {
  const { source, revision: commit } = manifest;
  if (source === null || commit === null) {
    const what = source === null ? "'source' (a key of squizzle.yaml)" : 'the commit it was built of';
    const message = `the release does not say ${what}, so there is nothing to trace it to; build one that does`;
    throw new SquizzleError('USAGE_INVALID', message, { argument: '--builder' });
  }
  const at = now().toISOString(); // nobody remembers when it was built: it is the time of this word
  return tools.genericProvenance({ builderId, source, commit, startedOn: at, finishedOn: at });
}
