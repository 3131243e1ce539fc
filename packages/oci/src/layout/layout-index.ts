/**
 * The content of index.json: which manifests are here and what they are called. Pure.
 *
 * Others write this file too. Members, annotations and entries that are not ours are carried along as they are; an
 * entry that is no descriptor we understand is kept and passed over.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#indexjson-file
 * @module
 */
import {
  MEDIA_TYPES,
  parseDescriptor,
  parseJsonObject,
  parseTag,
  type Annotations,
  type Descriptor,
  type Digest,
  type JsonObject,
  type Tag,
} from '@squizzle/oci-spec';

/** 32 MiB, some 100,000 tags: more than anyone has, and little enough to hold. */
export const INDEX_BYTES = 32 * 1024 * 1024;

const REF_NAME = 'org.opencontainers.image.ref.name';

/** One entry of `manifests`, as written and as understood. */
interface Entry {
  readonly written: unknown;
  readonly known: KnownEntry | undefined;
}

interface KnownEntry {
  readonly written: JsonObject;
  /** Without the annotation that is the name. */
  readonly descriptor: Descriptor;
  /** Any text: a tag of ours, or what another tool calls a name. */
  readonly name: string | undefined;
}

export interface LayoutIndex {
  /** The members beside `manifests`. */
  readonly head: JsonObject;
  readonly entries: readonly Entry[];
}

export const EMPTY_INDEX: LayoutIndex = { head: { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex }, entries: [] };

/**
 * @returns `undefined` for a JSON object that is no image index.
 * @throws {ContentError} `MANIFEST_INVALID` for what is no JSON object.
 */
export function parseLayoutIndex(bytes: Uint8Array): LayoutIndex | undefined {
  const { manifests, ...head } = parseJsonObject(bytes, { maxBytes: INDEX_BYTES, what: 'index.json' });
  if (head['schemaVersion'] !== 2) return undefined;
  if (manifests === null || manifests === undefined) return { head, entries: [] };
  return Array.isArray(manifests) ? { head, entries: manifests.map((item: unknown) => toEntry(item)) } : undefined;
}

export function formatLayoutIndex({ head, entries }: LayoutIndex): Uint8Array {
  const document = { ...head, manifests: entries.map(({ written }) => written) };
  return new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
}

/** Every manifest listed, each as often as it has names. */
export function descriptorsIn(index: LayoutIndex): readonly Descriptor[] {
  return index.entries.flatMap(({ known }) => (known === undefined ? [] : [known.descriptor]));
}

export function findTagged(index: LayoutIndex, tag: Tag): Descriptor | undefined {
  return index.entries.find(({ known }) => known?.name === tag)?.known?.descriptor;
}

/** Whether the manifest has a tag, or what another tool calls a name. */
export function isNamed(index: LayoutIndex, digest: Digest): boolean {
  return index.entries.some(({ known }) => known?.name !== undefined && known.descriptor.digest === digest);
}

function findListed(index: LayoutIndex, digest: Digest): Descriptor | undefined {
  return index.entries.find(({ known }) => known?.descriptor.digest === digest)?.known?.descriptor;
}

/** In byte order, each once. Names that are no tags are other tools' business. */
export function tagsIn(index: LayoutIndex): readonly Tag[] {
  const tags = index.entries.flatMap(({ known }) => parseTag(known?.name ?? '') ?? []);
  return [...new Set(tags)].sort();
}

/** Every manifest listed, once, with its tags in byte order. Of manifests that have the same tag the first has it. */
export function manifestsIn(index: LayoutIndex): ReadonlyMap<Digest, ListedManifest> {
  const found = new Map<Digest, { readonly descriptor: Descriptor; readonly tags: Tag[] }>();
  const taken = new Set<Tag>();
  for (const { known } of index.entries) {
    if (known === undefined) continue;
    const { descriptor, name = '' } = known;
    const listed = found.get(descriptor.digest) ?? { descriptor, tags: [] };
    found.set(descriptor.digest, listed);
    const tag = parseTag(name);
    if (tag === undefined || taken.has(tag)) continue;
    taken.add(tag);
    listed.tags.push(tag);
  }
  for (const { tags } of found.values()) tags.sort();
  return found;
}

/** A manifest that an index lists, with its tags. */
export interface ListedManifest {
  readonly descriptor: Descriptor;
  readonly tags: readonly Tag[];
}

/**
 * The index that lists these, in this order.
 *
 * @throws {RangeError} when two manifests have one tag.
 */
export function listManifests(manifests: readonly ListedManifest[]): LayoutIndex {
  const holders = new Map<Tag, Digest>();
  const listed = new Map<Digest, Entry>();
  const named: Entry[] = [];
  for (const { descriptor, tags } of manifests) {
    const written = toWritten(descriptor);
    if (!listed.has(descriptor.digest)) listed.set(descriptor.digest, toEntry(written));
    for (const tag of tags) {
      const holder = holders.get(tag);
      if (holder === descriptor.digest) continue;
      if (holder !== undefined) throw new RangeError(`${tag} is the tag of ${holder} and of ${descriptor.digest}`);
      holders.set(tag, descriptor.digest);
      named.push(toEntry(rename(written, tag)));
    }
  }
  for (const digest of holders.values()) listed.delete(digest);
  return { ...EMPTY_INDEX, entries: [...named, ...listed.values()] };
}

/** Lists the manifest, so that it is found by its digest though it has no tag. */
export function withManifest(index: LayoutIndex, descriptor: Descriptor): LayoutIndex {
  if (findListed(index, descriptor.digest) !== undefined) return index;
  return { ...index, entries: [...index.entries, toEntry(toWritten(descriptor))] };
}

/** Gives the manifest the tag and takes it from any other. The same index when nothing changes. */
export function withTag(index: LayoutIndex, descriptor: Descriptor, tag: Tag): LayoutIndex {
  const holders = index.entries.filter(({ known }) => known?.name === tag);
  if (holders.length === 1 && holders[0]?.known?.descriptor.digest === descriptor.digest) return index;
  const listed = withManifest(withoutTag(index, tag), descriptor);
  const isFree = ({ known }: Entry): boolean =>
    known?.name === undefined && known?.descriptor.digest === descriptor.digest;
  const at = listed.entries.findIndex(isFree);
  const free = listed.entries[at]?.known?.written;
  const named = toEntry(rename(free ?? toWritten(descriptor), tag));
  return { ...index, entries: at === -1 ? [...listed.entries, named] : listed.entries.with(at, named) };
}

/** Takes the tag away. The manifest stays listed: it is still found by its digest. */
export function withoutTag(index: LayoutIndex, tag: Tag): LayoutIndex {
  if (findTagged(index, tag) === undefined) return index;
  const entries = index.entries.map((entry) =>
    entry.known?.name === tag ? toEntry(rename(entry.known.written, undefined)) : entry,
  );
  return { ...index, entries: entries.filter((entry, at) => !isSpare(entry, at, entries)) };
}

/** Takes the manifest away, with all its names. */
export function withoutManifest(index: LayoutIndex, digest: Digest): LayoutIndex {
  const entries = index.entries.filter(({ known }) => known?.descriptor.digest !== digest);
  return entries.length === index.entries.length ? index : { ...index, entries };
}

/** A nameless entry that says nothing which another entry of the manifest does not say. */
function isSpare({ known }: Entry, at: number, entries: readonly Entry[]): boolean {
  if (known === undefined || known.name !== undefined || known.descriptor.annotations !== undefined) return false;
  const { digest } = known.descriptor;
  return entries.some((other, otherAt) => {
    if (otherAt === at || other.known?.descriptor.digest !== digest) return false;
    return other.known.name !== undefined || otherAt < at;
  });
}

function toEntry(written: unknown): Entry {
  const descriptor = parseDescriptor(written);
  if (descriptor === undefined) return { written, known: undefined };
  const { annotations, ...rest } = descriptor;
  const [name, others] = takeName(annotations ?? {});
  const bare = Object.keys(others).length === 0 ? rest : { ...rest, annotations: others };
  return { written, known: { written: written as JsonObject, descriptor: bare, name } };
}

function takeName(annotations: Annotations): readonly [string | undefined, Annotations] {
  const { [REF_NAME]: name, ...others } = annotations;
  return [name, others];
}

/** `data` stays away: the content is a blob here. So do `urls`: it need not be asked of strangers. */
function toWritten({ data: _data, urls: _urls, annotations = {}, ...rest }: Descriptor): JsonObject {
  return rename({ ...rest, annotations }, undefined);
}

function rename(written: JsonObject, tag: Tag | undefined): JsonObject {
  const { annotations, ...rest } = written;
  const [, others] = takeName((annotations ?? {}) as Annotations);
  const renamed = tag === undefined ? others : { ...others, [REF_NAME]: tag };
  return Object.keys(renamed).length === 0 ? rest : { ...rest, annotations: renamed };
}
