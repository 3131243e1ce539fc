/**
 * What a release is made of, as a CycloneDX 1.6 document: its files with their hashes, and what it needs of the server.
 *
 * The same release gives the same document: its time is the release's, its serial number follows from the digest.
 *
 * @see https://cyclonedx.org/docs/1.6/json/
 * @module
 */
import { createHash } from 'node:crypto';
import type { ReleaseManifest, ScriptFile } from '@squizzle/core';
import { digestHex, type Digest } from '@squizzle/oci-spec';
import { requireText, requireTime } from './predicate-input.ts';
import type { Predicate } from './statement.ts';

export interface CyclonedxBomInput {
  readonly release: ReleaseManifest;
  /** Of the artifact that the release was published as. */
  readonly digest: Digest;
  /** What writes the document: `{ name: 'squizzle', version: '1.0.0' }`. */
  readonly generator: { readonly name: string; readonly version: string };
  /** Where it lies, as a package URL. */
  readonly purl?: string;
}

/** @throws {RangeError} for an empty text. */
export function cyclonedxBom({ release, digest, generator, purl }: CyclonedxBomInput): Predicate {
  const files = filesOf(release).map(toFileComponent);
  const extensions = release.requires.extensions.toSorted().map(toExtensionComponent);
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(digest)}`,
    version: 1,
    metadata: {
      timestamp: requireTime('created of the release', release.created),
      tools: { components: [toolComponent(generator)] },
      component: { ...toReleaseComponent(release, digest), ...(purl === undefined ? {} : { purl }) },
    },
    components: [...files, ...extensions],
    dependencies: [
      { ref: digest, dependsOn: extensions.map((component) => component['bom-ref']) },
      ...extensions.map((component) => ({ ref: component['bom-ref'] })),
    ],
  };
}

/** Each file once, by path. */
function filesOf({ steps }: ReleaseManifest): readonly ScriptFile[] {
  const files = steps.flatMap((step) => [step, ...(step.rollback === null ? [] : [step.rollback])]);
  return [...new Map(files.map((file) => [file.path, file])).values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function toFileComponent({ path, checksum }: ScriptFile) {
  return {
    type: 'file',
    'bom-ref': `file:${path}`,
    name: path,
    hashes: [{ alg: 'SHA-256', content: checksum }],
  };
}

function toExtensionComponent(name: string) {
  return { type: 'library', 'bom-ref': `extension:${name}`, group: 'postgresql-extension', name, scope: 'required' };
}

function toolComponent({ name, version }: CyclonedxBomInput['generator']) {
  return {
    type: 'application',
    name: requireText('the name of the generator', name),
    version: requireText('the version of the generator', version),
  };
}

function toReleaseComponent({ name, version, requires }: ReleaseManifest, digest: Digest) {
  const server = requires.postgres;
  return {
    type: 'data',
    'bom-ref': digest,
    name,
    version,
    hashes: [{ alg: digest.startsWith('sha512:') ? 'SHA-512' : 'SHA-256', content: digestHex(digest) }],
    ...(server === null ? {} : { properties: [{ name: 'squizzle:requires:postgres', value: server }] }),
  };
}

/** Of the names that are URLs; RFC 9562 appendix C. */
const URL_NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/** A UUID of version 5, so the same for the same artifact everywhere (RFC 9562 section 5.5). SHA-1 protects nothing here. */
function uuidOf(digest: Digest): string {
  const bytes = createHash('sha1').update(URL_NAMESPACE).update(`https://squizzle.dev/artifacts/${digest}`).digest();
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
