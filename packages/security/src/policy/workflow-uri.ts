/**
 * The parts of the URI by which a certificate names the file that a run was configured by: repository, path and ref.
 *
 * File names and refs may both have an `@`, so what cannot be told apart for sure is not taken apart.
 *
 * @see https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
 * @module
 */

export interface WorkflowUri {
  readonly repository: string;
  readonly path: string;
  readonly ref: string;
}

/** A workflow lies in this folder and in none within it, so its name ends where the first full ref begins. */
const GITHUB = /^(?<repository>https:\/\/[^/]+\/[^/]+\/[^/]+)\/(?<path>\.github\/workflows\/[^/]+?)@(?<ref>refs\/.+)$/s;
/** A project may lie in groups of groups; two slashes end its name. */
const GITLAB = /^(?<repository>https:\/\/[^/]+(?:\/[^/]+)+)\/\/(?<path>.+)$/s;

/** @param sourceRef the ref that the certificate names apart: with it the URI of GitLab ends. */
export function splitWorkflowUri(uri: string, sourceRef: string | undefined): WorkflowUri | undefined {
  const { repository, path, ref } = GITHUB.exec(uri)?.groups ?? {};
  if (repository !== undefined && path !== undefined && ref !== undefined) return { repository, path, ref };
  const end = `@${sourceRef ?? ''}`;
  const file = GITLAB.exec(uri)?.groups;
  if (sourceRef === undefined || file?.['repository'] === undefined || file['path']?.endsWith(end) !== true)
    return undefined;
  return { repository: file['repository'], path: file['path'].slice(0, -end.length), ref: sourceRef };
}

/** GitHub Actions, by what the certificate says: the address of the issuer, or the place that workflows have. */
export function isGithubRun(issuer: string, uris: readonly (string | undefined)[]): boolean {
  const isIssuer = /^https:\/\/token\.actions\.(?:githubusercontent\.com|[^/]+\.ghe\.com)(?:\/|$)/.test(issuer);
  return isIssuer || uris.some((uri) => uri !== undefined && /^https:\/\/.*[^/]\/\.github\/workflows\//s.test(uri));
}
