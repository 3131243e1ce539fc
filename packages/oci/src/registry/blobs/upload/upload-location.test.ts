import { parseRepositoryName, type RepositoryName } from '@squizzle/oci-spec';
import { describe, expect, it } from 'vitest';
import { placeOfUpload } from './upload-location.ts';

const repository = parseRepositoryName('manifests/tags') as RepositoryName;
const at = (path: string): string => placeOfUpload(new URL(path, 'https://registry.test'), repository);

describe('placeOfUpload', () => {
  it.each([
    { path: '/v2/manifests/tags/blobs/uploads/0f-1?_state=x', place: 'session', why: 'distribution, and most others' },
    { path: '/v2/manifests/tags/blobs/upload/0f-1', place: 'session', why: 'GHCR' },
    { path: '/artifacts-uploads/namespaces/p/repositories/r/uploads/AJ-x_y==', place: 'session', why: 'Google' },
    { path: '/up/1', place: 'unknown', why: 'the specification allows any place' },
    { path: '/artifactory/api/docker/local/v2/app/uploads/1', place: 'unknown', why: 'a prefix before the API' },
    { path: '/v2/', place: 'other', why: 'the API itself' },
    { path: '/v2/_catalog', place: 'other', why: 'the catalog' },
    { path: '/v2/manifests/tags/manifests/v1', place: 'other', why: 'a manifest' },
    { path: '/v2/manifests/tags/blobs/sha256:ab', place: 'other', why: 'a blob' },
    { path: '/v2/manifests/tags/tags/list', place: 'other', why: 'tags' },
    { path: '/v2/manifests/tags/referrers/sha256:ab', place: 'other', why: 'referrers' },
    { path: '/v2/manifests/tags/blobs/uploads/', place: 'other', why: 'no session yet' },
    { path: '/v2/else/blobs/uploads/1', place: 'other', why: 'another repository' },
    { path: '/v2/manifests/tags/blobs/uploads/x/manifests/v1', place: 'other', why: 'a repository named so' },
    { path: '/v2/manifests/tags/blobs/uploads/%2e%2e%2f%2e%2e%2fmanifests/v1', place: 'other', why: 'a path encoded' },
    { path: '/v2/manifests/tags/blobs/uploads/..%252f..%252fx', place: 'other', why: 'a path encoded twice' },
    { path: '/v2/manifests/tags/blobs/uploads/..%5cx', place: 'other', why: 'a back slash' },
    { path: '/v2/manifests/tags/blobs/uploads/%ff', place: 'other', why: 'what cannot be decoded' },
    { path: '/repository/docker/v2/app/manifests/v1', place: 'other', why: 'a manifest below a prefix' },
    { path: '/V2/app/manifests/v1', place: 'other', why: 'in another case' },
    { path: '/artifacts-uploads/x/manifests/v1', place: 'other', why: 'a manifest where uploads are' },
  ])('takes $path for $place: $why', ({ path, place }) => {
    expect(at(path)).toBe(place);
  });
});
