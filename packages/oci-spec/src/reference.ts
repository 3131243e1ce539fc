/**
 * References to images, read as Docker reads them: `ubuntu` is `docker.io/library/ubuntu`.
 *
 * Parsing normalises but invents no tag: no tag is not `latest` until someone says so (`withDefaultTag`).
 *
 * @see https://github.com/distribution/reference/blob/v0.6.0/normalize.go
 * @module
 */
import { parseDigest, type Digest } from './digest.ts';
import { DOCKER_HUB, looksLikeHost, parseRegistryHost, type RegistryHost } from './registry-host.ts';
import { parseRepositoryName, type RepositoryName } from './repository-name.ts';
import { DEFAULT_TAG, parseTag, type Tag } from './tag.ts';

export interface Reference {
  readonly registry: RegistryHost;
  readonly repository: RepositoryName;
  readonly tag?: Tag;
  /** With a tag beside it, the digest is what counts and the tag says where it was seen. */
  readonly digest?: Digest;
}

const OFFICIAL = 'library/';
const IMAGE_ID = /^[a-f0-9]{64}$/;

/**
 * Parses `[host[:port]/]repository[:tag][@digest]`.
 *
 * `undefined` for anything else, also for 64 hex digits and for a digest alone: those name content, no repository.
 */
export function parseReference(text: string): Reference | undefined {
  if (IMAGE_ID.test(text) || parseDigest(text) !== undefined) return undefined;
  const [named, digestText] = cut(text, '@');
  const [hostText, rest] = splitHost(named);
  const [nameText, tagText] = cut(rest, ':');
  const registry = hostText === undefined ? DOCKER_HUB : parseRegistryHost(hostText);
  if (registry === undefined) return undefined;
  const repository = parseRepositoryName(qualify(registry, nameText));
  if (repository === undefined) return undefined;
  const tag = tagText === undefined ? undefined : parseTag(tagText);
  const digest = digestText === undefined ? undefined : parseDigest(digestText);
  if ((tagText !== undefined && tag === undefined) || (digestText !== undefined && digest === undefined))
    return undefined;
  return { registry, repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** The full form, `docker.io/library/ubuntu:24.04@sha256:…`. Parsing it gives the same reference again. */
export function formatReference(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${suffix(reference)}`;
}

/** The shortest form that Docker shows, `ubuntu:24.04`. Parsing it gives the same reference again. */
export function familiarReference(reference: Reference): string {
  const full = formatReference(reference);
  const shorter = [`${DOCKER_HUB}/${OFFICIAL}`, `${DOCKER_HUB}/`]
    .filter((prefix) => full.startsWith(prefix))
    .map((prefix) => full.slice(prefix.length));
  return shorter.find((text) => isSameReference(text, full)) ?? full;
}

function isSameReference(text: string, full: string): boolean {
  const reference = parseReference(text);
  return reference !== undefined && formatReference(reference) === full;
}

/** The reference with the tag `latest` when it has neither tag nor digest, else as it is. */
export function withDefaultTag(reference: Reference): Reference {
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  return { ...reference, tag: DEFAULT_TAG };
}

function suffix({ tag, digest }: Reference): string {
  return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The text before the first separator and, if there is one, the text after it. */
function cut(text: string, separator: string): [before: string, after: string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function splitHost(named: string): [host: string | undefined, rest: string] {
  const [first, rest] = cut(named, '/');
  return rest !== undefined && looksLikeHost(first) ? [first, rest] : [undefined, named];
}

/** Docker Hub's own images live under `library/`, which nobody writes. */
function qualify(registry: RegistryHost, name: string): string {
  return registry === DOCKER_HUB && !name.includes('/') ? `${OFFICIAL}${name}` : name;
}
