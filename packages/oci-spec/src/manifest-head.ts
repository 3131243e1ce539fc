/**
 * What every manifest has to say about itself before its content is read.
 *
 * @module
 */
import { member, readObject, refuse, type Field } from './json-field.ts';
import type { ManifestMediaType } from './media-type.ts';

/**
 * Checks `schemaVersion`, `mediaType` (may be absent) and that the list of the other kind is not there at all.
 *
 * @throws {ContentError} `MANIFEST_INVALID`.
 */
export function checkManifestHead(root: Field, mediaType: ManifestMediaType, otherKind: 'layers' | 'manifests'): void {
  const schemaVersion = member(root, 'schemaVersion');
  if (schemaVersion.value !== 2) refuse(schemaVersion, '2');
  const declared = member(root, 'mediaType');
  if (declared.value !== undefined && declared.value !== mediaType) refuse(declared, JSON.stringify(mediaType));
  if (Object.hasOwn(readObject(root), otherKind)) refuse(member(root, otherKind), `nothing in a ${mediaType}`);
}
