import { describeContent, MEDIA_TYPES } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import type { ManifestContent } from './put-manifest.ts';
import { createRecentManifests } from './recent-manifests.ts';

function manifest(label: string, size = 100): ManifestContent {
  const bytes = new Uint8Array(Buffer.from(label.padEnd(size)));
  return { bytes, descriptor: describeContent(MEDIA_TYPES.ociManifest, bytes) };
}

describe('createRecentManifests', () => {
  it('knows what was added, until it is removed', () => {
    const recent = createRecentManifests();
    const [a, b] = [manifest('a'), manifest('b')];
    for (const each of [a, b, a]) recent.add(each);
    expect(recent.get(a.descriptor.digest)).toBe(a);
    recent.remove(a.descriptor.digest);
    expect(recent.get(a.descriptor.digest)).toBeUndefined();
    expect(recent.get(b.descriptor.digest)).toBe(b);
  });

  it.each([
    { count: 33, size: 100, kept: 32, why: 'a program may push for days' },
    { count: 5, size: 4 * 1024 * 1024, kept: 2, why: 'a manifest may be large' },
  ])('keeps the last $kept of $count with $size bytes: $why', ({ count, size, kept }) => {
    const recent = createRecentManifests();
    const all = Array.from({ length: count }, (_, at) => manifest(`${at}`, size));
    for (const each of all) recent.add(each);
    const known = all.map(({ descriptor }) => recent.get(descriptor.digest) !== undefined);
    expect(known).toEqual(all.map((_, at) => at >= count - kept));
  });
});
