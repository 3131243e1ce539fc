import { digestOf } from '@squizzle/oci-spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RegistryError } from '../registry-error.ts';
import { toErrorResponse } from './errors.ts';
import { createRouteMatcher, type RouteMatch } from './routes.ts';

const match = createRouteMatcher({ deleteEnabled: true, readOnly: false });
const DIGEST = digestOf(Uint8Array.of(1));
const SHA512 = digestOf(Uint8Array.of(1), 'sha512');
const ID = '3f2b8c1e-0000-4000-8000-0123456789ab';
const tag = (name: string): object => ({ type: 'tag', tag: name });
const byDigest = (digest: string): object => ({ type: 'digest', digest });

/** What the route comes to, with an error as its kind. */
function outcome(method: string, path: string): unknown {
  try {
    return match(method, path);
  } catch (thrown) {
    return thrown instanceof RegistryError ? (thrown.kind as string) : thrown;
  }
}

describe('the endpoints of the specification', () => {
  it.each([
    { end: '1', method: 'GET', path: '/v2/', route: { name: 'base' } },
    { end: '1 without its slash', method: 'GET', path: '/v2', route: { name: 'base' } },
    {
      end: '2',
      method: 'GET',
      path: `/v2/a/blobs/${DIGEST}`,
      route: { name: 'blob', repository: 'a', digest: DIGEST },
    },
    {
      end: '2',
      method: 'HEAD',
      path: `/v2/a/b/c/blobs/${SHA512}`,
      route: { name: 'blob', repository: 'a/b/c', digest: SHA512 },
    },
    {
      end: '3',
      method: 'GET',
      path: '/v2/a/manifests/v1',
      route: { name: 'manifest', repository: 'a', reference: tag('v1') },
    },
    {
      end: '3',
      method: 'HEAD',
      path: `/v2/a/manifests/${DIGEST}`,
      route: { name: 'manifest', repository: 'a', reference: byDigest(DIGEST) },
    },
    { end: '4', method: 'POST', path: '/v2/a/blobs/uploads/', route: { name: 'uploads', repository: 'a' } },
    {
      end: '4 without its slash',
      method: 'POST',
      path: '/v2/a/blobs/uploads',
      route: { name: 'uploads', repository: 'a' },
    },
    {
      end: '5',
      method: 'PATCH',
      path: `/v2/a/blobs/uploads/${ID}`,
      route: { name: 'upload', repository: 'a', id: ID },
    },
    { end: '6', method: 'PUT', path: `/v2/a/blobs/uploads/${ID}`, route: { name: 'upload', repository: 'a', id: ID } },
    {
      end: '7',
      method: 'PUT',
      path: '/v2/a/manifests/v1',
      route: { name: 'manifest', repository: 'a', reference: tag('v1') },
    },
    { end: '8', method: 'GET', path: '/v2/a/b/tags/list', route: { name: 'tags', repository: 'a/b' } },
    {
      end: '9',
      method: 'DELETE',
      path: '/v2/a/manifests/v1',
      route: { name: 'manifest', repository: 'a', reference: tag('v1') },
    },
    {
      end: '10',
      method: 'DELETE',
      path: `/v2/a/blobs/${DIGEST}`,
      route: { name: 'blob', repository: 'a', digest: DIGEST },
    },
    {
      end: '12',
      method: 'GET',
      path: `/v2/a/referrers/${DIGEST}`,
      route: { name: 'referrers', repository: 'a', digest: DIGEST },
    },
    { end: '13', method: 'GET', path: `/v2/a/blobs/uploads/${ID}`, route: { name: 'upload', repository: 'a', id: ID } },
    {
      end: '14',
      method: 'DELETE',
      path: `/v2/a/blobs/uploads/${ID}`,
      route: { name: 'upload', repository: 'a', id: ID },
    },
    { end: 'the catalog', method: 'GET', path: '/v2/_catalog', route: { name: 'catalog' } },
    { end: 'health', method: 'GET', path: '/health', route: { name: 'health' } },
    { end: 'readiness', method: 'HEAD', path: '/health/ready', route: { name: 'ready' } },
  ])('end-$end: $method $path', ({ method, path, route }) => {
    expect(match(method, path)).toEqual({ type: 'found', route });
  });
});

describe('names that look like paths', () => {
  it.each([
    {
      path: '/v2/a/manifests/b/manifests/v1',
      route: { name: 'manifest', repository: 'a/manifests/b', reference: tag('v1') },
      why: 'the last /manifests/ counts',
    },
    {
      path: '/v2/manifests/manifests/manifests',
      route: { name: 'manifest', repository: 'manifests', reference: tag('manifests') },
      why: 'a name and a tag of that word',
    },
    {
      path: `/v2/blobs/uploads/blobs/${DIGEST}`,
      route: { name: 'blob', repository: 'blobs/uploads', digest: DIGEST },
      why: 'a repository called blobs/uploads',
    },
    {
      path: `/v2/blobs/uploads/blobs/uploads/${ID}`,
      route: { name: 'upload', repository: 'blobs/uploads', id: ID },
      why: 'and an upload into it',
    },
    {
      path: '/v2/a/blobs/uploads/tags/list',
      route: { name: 'tags', repository: 'a/blobs/uploads' },
      why: 'not an upload with the id tags/list',
    },
    {
      path: '/v2/tags/list/x/tags/list',
      route: { name: 'tags', repository: 'tags/list/x' },
      why: 'the last /tags/list counts',
    },
    {
      path: '/v2/tags/list/tags/list',
      route: { name: 'tags', repository: 'tags/list' },
      why: 'a repository called tags/list',
    },
    {
      path: `/v2/a/referrers/referrers/${DIGEST}`,
      route: { name: 'referrers', repository: 'a/referrers', digest: DIGEST },
      why: 'the last /referrers/ counts',
    },
    {
      path: '/v2/a/tags/manifests/list',
      route: { name: 'manifest', repository: 'a/tags', reference: tag('list') },
      why: 'a tag called list',
    },
    {
      path: '/v2/a/manifests/tags/list',
      route: { name: 'tags', repository: 'a/manifests' },
      why: 'a tag holds no slash',
    },
    {
      path: '/v2/health/tags/list',
      route: { name: 'tags', repository: 'health' },
      why: 'only the exact path is the health check',
    },
    {
      path: '/v2/a%2Db/tags/list',
      route: { name: 'tags', repository: 'a-b' },
      why: 'needless encoding means the same',
    },
    {
      path: `/v2/a/blobs/${encodeURIComponent(DIGEST)}`,
      route: { name: 'blob', repository: 'a', digest: DIGEST },
      why: 'an encoded colon too',
    },
  ])('$path: $why', ({ path, route }) => {
    expect(match('GET', path)).toEqual({ type: 'found', route });
  });
});

describe('what is refused', () => {
  const NOT_FOUND: RouteMatch = { type: 'not-found' };
  it.each([
    { method: 'GET', path: '/', expected: NOT_FOUND, why: 'no page of ours' },
    { method: 'GET', path: '', expected: NOT_FOUND, why: 'no path' },
    { method: 'OPTIONS', path: '*', expected: NOT_FOUND, why: 'the server as a whole' },
    { method: 'GET', path: '/v1/', expected: NOT_FOUND, why: 'another version' },
    { method: 'GET', path: '/v2/_catalog/', expected: NOT_FOUND, why: 'not the catalog' },
    { method: 'GET', path: '/health/', expected: NOT_FOUND, why: 'not the health check' },
    { method: 'GET', path: '/health/ready/../../v2/', expected: NOT_FOUND, why: 'dots are not resolved' },
    { method: 'GET', path: '/v2/manifests/v1', expected: NOT_FOUND, why: 'no repository' },
    { method: 'GET', path: '/v2/tags/list', expected: NOT_FOUND, why: 'no repository' },
    { method: 'POST', path: '/v2/blobs/uploads/', expected: NOT_FOUND, why: 'no repository' },
    { method: 'GET', path: '/v2/a/manifests', expected: NOT_FOUND, why: 'no reference' },
    { method: 'GET', path: '/v2/a/tags/', expected: NOT_FOUND, why: 'no such list' },
    { method: 'GET', path: '/v2/a/%6Danifests/v1', expected: NOT_FOUND, why: 'our own words are not decoded' },
    { method: 'GET', path: '/v2//tags/list', expected: 'NAME_INVALID', why: 'an empty name' },
    { method: 'GET', path: '/v2/A/tags/list', expected: 'NAME_INVALID', why: 'uppercase' },
    { method: 'GET', path: '/v2/../tags/list', expected: 'NAME_INVALID', why: 'a parent folder' },
    { method: 'GET', path: '/v2/%2e%2e/%2e%2e/etc/tags/list', expected: 'NAME_INVALID', why: 'one in disguise' },
    { method: 'GET', path: '/v2/%252e%252e/tags/list', expected: 'NAME_INVALID', why: 'decoded once, not twice' },
    { method: 'GET', path: '/v2/a%2Fb/tags/list', expected: 'NAME_INVALID', why: 'another path to a proxy in front' },
    { method: 'GET', path: '/v2/a%00b/tags/list', expected: 'NAME_INVALID', why: 'NUL' },
    {
      method: 'GET',
      path: '/v2/_uploads/tags/list',
      expected: 'NAME_INVALID',
      why: 'names that stores keep for themselves',
    },
    { method: 'GET', path: `/v2/${'a'.repeat(256)}/tags/list`, expected: 'NAME_INVALID', why: 'too long' },
    { method: 'GET', path: '/v2/a%zz/tags/list', expected: 'REQUEST_INVALID', why: 'no percent encoding' },
    { method: 'GET', path: '/v2/a/manifests/%C0%AE%C0%AE', expected: 'REQUEST_INVALID', why: 'overlong UTF-8' },
    { method: 'GET', path: '/v2/a/manifests/%E2%82', expected: 'REQUEST_INVALID', why: 'half a character' },
    { method: 'GET', path: '/v2/a/manifests/.hidden', expected: 'MANIFEST_UNKNOWN', why: 'no tag: nothing is there' },
    { method: 'DELETE', path: '/v2/a/manifests/.hidden', expected: 'MANIFEST_UNKNOWN', why: 'nor to delete' },
    { method: 'PUT', path: '/v2/a/manifests/.hidden', expected: 'TAG_INVALID', why: 'nor can it be made' },
    { method: 'GET', path: '/v2/a/manifests/', expected: 'MANIFEST_UNKNOWN', why: 'an empty tag' },
    { method: 'PUT', path: '/v2/a/manifests/', expected: 'TAG_INVALID', why: 'an empty tag' },
    { method: 'GET', path: '/v2/a/manifests/x%2Fy', expected: 'MANIFEST_UNKNOWN', why: 'a slash in a tag' },
    { method: 'GET', path: '/v2/a/manifests/sha256:abc', expected: 'DIGEST_INVALID', why: 'a short digest' },
    { method: 'PUT', path: '/v2/a/manifests/sha256:abc', expected: 'DIGEST_INVALID', why: 'a colon means a digest' },
    {
      method: 'GET',
      path: `/v2/a/manifests/md5:${'f'.repeat(32)}`,
      expected: 'DIGEST_INVALID',
      why: 'an unknown algorithm',
    },
    { method: 'GET', path: `/v2/a/blobs/${DIGEST.toUpperCase()}`, expected: 'DIGEST_INVALID', why: 'uppercase hex' },
    { method: 'GET', path: '/v2/a/blobs/latest', expected: 'DIGEST_INVALID', why: 'blobs have no tags' },
    { method: 'GET', path: '/v2/a/referrers/sha256:abc', expected: 'DIGEST_INVALID', why: 'a short digest' },
    { method: 'GET', path: '/v2/a/blobs/uploads/..', expected: 'UPLOAD_UNKNOWN', why: 'a parent folder' },
    { method: 'GET', path: '/v2/a/blobs/uploads/%2e%2e%2fb', expected: 'UPLOAD_UNKNOWN', why: 'an encoded path' },
    {
      method: 'PUT',
      path: `/v2/a/blobs/uploads/${ID.toUpperCase()}`,
      expected: 'UPLOAD_UNKNOWN',
      why: 'ids are lowercase',
    },
  ])('$method $path: $why', ({ method, path, expected }) => {
    expect(outcome(method, path)).toEqual(expected);
  });

  it.each([
    { method: 'POST', path: '/v2/', allow: 'GET, HEAD' },
    { method: 'DELETE', path: '/v2/_catalog', allow: 'GET, HEAD' },
    { method: 'PUT', path: '/v2/a/tags/list', allow: 'GET, HEAD' },
    { method: 'POST', path: '/v2/a/manifests/v1', allow: 'GET, HEAD, PUT, DELETE' },
    { method: 'PUT', path: `/v2/a/blobs/${DIGEST}`, allow: 'GET, HEAD, DELETE' },
    { method: 'GET', path: '/v2/a/blobs/uploads/', allow: 'POST' },
    { method: 'POST', path: `/v2/a/blobs/uploads/${ID}`, allow: 'GET, HEAD, PATCH, PUT, DELETE' },
    { method: 'OPTIONS', path: '/v2/', allow: 'GET, HEAD' },
    { method: 'BREW', path: '/health', allow: 'GET, HEAD' },
    { method: 'get', path: '/v2/', allow: 'GET, HEAD' },
  ])('$method $path, where only $allow is possible', ({ method, path, allow }) => {
    expect(match(method, path)).toEqual({ type: 'method-not-allowed', allow });
  });
});

describe('what an operator switched off', () => {
  const keeping = createRouteMatcher({ deleteEnabled: false, readOnly: false });
  const frozen = createRouteMatcher({ deleteEnabled: true, readOnly: true });
  it.each([
    { by: keeping, method: 'DELETE', path: `/v2/a/blobs/${DIGEST}`, allow: 'GET, HEAD', why: 'blobs are kept' },
    { by: keeping, method: 'DELETE', path: `/v2/a/manifests/${DIGEST}`, allow: 'GET, HEAD, PUT', why: 'manifests too' },
    { by: keeping, method: 'DELETE', path: '/v2/a/manifests/v1', allow: 'GET, HEAD, PUT', why: 'and tags' },
    { by: frozen, method: 'PUT', path: '/v2/a/manifests/v1', allow: 'GET, HEAD', why: 'nothing comes in' },
    { by: frozen, method: 'DELETE', path: '/v2/a/manifests/v1', allow: 'GET, HEAD', why: 'nothing goes out' },
    { by: frozen, method: 'PATCH', path: `/v2/a/blobs/uploads/${ID}`, allow: 'GET, HEAD', why: 'nothing is added' },
    { by: frozen, method: 'POST', path: '/v2/a/blobs/uploads/', allow: '', why: 'nothing begins' },
  ])('$method $path: $why', ({ by, method, path, allow }) => {
    expect(by(method, path)).toEqual({ type: 'method-not-allowed', allow });
  });

  it('leaves an upload to be given up, which deletes nothing that was there', () => {
    expect(keeping('DELETE', `/v2/a/blobs/uploads/${ID}`)).toMatchObject({ type: 'found' });
  });
});

describe('any path', () => {
  const nasty = fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '%2E%2E%2f',
    '%00',
    '%c0%ae',
    '%',
    '%zz',
    '%ff',
    '//',
    '',
    'a',
    'A',
    'blobs',
    'uploads',
    'manifests',
    'tags',
    'list',
    'referrers',
    '_catalog',
    'v2',
    DIGEST,
    'sha256:',
    'a'.repeat(300),
    '\u{1F600}',
    '%F0%9F%98%80',
    '\\',
    ':',
    '@',
  );
  const paths = fc
    .array(fc.oneof(nasty, fc.string({ maxLength: 6 })), { maxLength: 8 })
    .map((parts) => `/v2/${parts.join('/')}`);
  const methods = fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS');

  it('is a route of checked parts, or an error that is the client’s', () => {
    fc.assert(
      fc.property(methods, paths, (method, path) => {
        const result = outcome(method, path);
        if (typeof result === 'string') {
          const { status } = toErrorResponse(new RegistryError(result as 'NAME_INVALID', ''), 'id');
          expect(status).toBeGreaterThanOrEqual(400);
          expect(status).toBeLessThan(500);
        } else if ((result as RouteMatch).type === 'found') {
          // Nothing that a file system would read as more than a name.
          expect(JSON.stringify(result)).toMatch(/^[ -~]*$/);
          expect(JSON.stringify(result)).not.toMatch(/\.\.|%|\\|\/\//);
        } else expect(['not-found', 'method-not-allowed']).toContain((result as RouteMatch).type);
      }),
    );
  });
});
