/**
 * `squizzle.lock`: which digest each version has, one line a release, so that branches merge line by line.
 *
 * A YAML document for others; read here by its own strict rules, which also say what a bad merge left.
 *
 * @module
 */
import { compareVersions, parseVersion, SquizzleError, type Version } from '@squizzle/core';
import { parseDigest, type Digest } from '@squizzle/oci-spec';

export type LockedReleases = ReadonlyMap<Version, Digest>;

const HEADER = [
  '# Which content each release has, written by squizzle. Commit this file.',
  'lockfileVersion: 1',
  'releases:',
] as const;
const RELEASE = /^ {2}(?<version>\S+): (?<digest>\S+)$/;
const CONFLICT = /^(?:<{7}|={7}|>{7}|\|{7})/;

/** Lowest version first; the same releases give the same bytes. */
export function formatLockfile(releases: LockedReleases): string {
  const lines = Array.from(releases)
    .sort(([a], [b]) => compareVersions(a, b) || (a < b ? -1 : 1))
    .map(([version, digest]) => `  ${version}: ${digest}`);
  return [...HEADER, ...lines, ''].join('\n');
}

/**
 * @param name how the file is called in messages.
 * @throws {SquizzleError} `CONFIG_INVALID` with the line.
 */
export function parseLockfile(text: string, name: string): LockedReleases {
  const releases = new Map<Version, Digest>();
  let section: 'head' | 'version' | 'releases' = 'head';
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const refuse = (reason: string): SquizzleError<'CONFIG_INVALID'> => invalid(name, index + 1, reason);
    if (CONFLICT.test(line)) throw refuse('a merge was not finished: keep the lines of both sides');
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (section === 'releases') addRelease(line, releases, refuse);
    else section = readHead(line, section, refuse);
  }
  if (section !== 'releases') throw invalid(name, 1, "expected 'lockfileVersion: 1' and 'releases:'");
  return releases;
}

type Refuse = (reason: string) => SquizzleError<'CONFIG_INVALID'>;

function readHead(line: string, section: 'head' | 'version', refuse: Refuse): 'version' | 'releases' {
  const wanted = section === 'head' ? HEADER[1] : HEADER[2];
  if (line.trimEnd() === wanted) return section === 'head' ? 'version' : 'releases';
  const isNewer = section === 'head' && line.startsWith('lockfileVersion:');
  throw refuse(isNewer ? 'another squizzle wrote it; use that version' : `expected '${wanted}'`);
}

function addRelease(line: string, releases: Map<Version, Digest>, refuse: Refuse): void {
  const { version: named = '', digest: named2 = '' } = RELEASE.exec(line.trimEnd())?.groups ?? {};
  const [version, digest] = [parseVersion(named), parseDigest(named2)];
  if (version === undefined || digest === undefined || named.startsWith('v')) {
    throw refuse("expected two blanks, a version and its digest, as '  1.2.0: sha256:…'");
  }
  const before = releases.get(version);
  if (before !== undefined && before !== digest) {
    throw refuse(`${version} is here twice, as ${before} and as ${digest}: keep the one that was published`);
  }
  releases.set(version, digest);
}

function invalid(file: string, line: number, reason: string): SquizzleError<'CONFIG_INVALID'> {
  return new SquizzleError('CONFIG_INVALID', `${file}:${line}: ${reason}`, { file, key: null });
}
