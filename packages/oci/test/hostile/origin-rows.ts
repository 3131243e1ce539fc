/**
 * Rules 1, 2 and 4: where credentials and requests may go.
 *
 * @module
 */
import { expect } from 'vitest';
import { aimed, answering } from './hostile-registry.ts';
import {
  LAYER,
  pull,
  push,
  repository,
  resolve,
  list,
  GET_BLOB,
  SCENE_LIMITS,
  UPLOAD,
  countOf,
  type Row,
} from './scene.ts';

const MANIFEST = `/v2/${repository}/manifests/v1`;
const IN_CHUNKS = { ...SCENE_LIMITS, monolithicBytes: 1000, chunkBytes: 1000 };

/** The place of an upload is another host; that one leads back. */
const uploadRow = (does: string, back: string): Row => ({
  rule: '1',
  does,
  outcome: '`UNSAFE_REDIRECT`; nothing is asked, sent or deleted there',
  client: { limits: IN_CHUNKS },
  script: ({ registry, elsewhere }) => {
    elsewhere.follow(answering(202, { location: `${registry.url}${back}`, range: '0-0' }));
    return aimed({ method: 'POST', ...UPLOAD }, answering(202, { location: `${elsewhere.url}/upload` }));
  },
  act: push,
  code: 'UNSAFE_REDIRECT',
  check: ({ registry }) => expect(registry.seen.map(({ method }) => method)).toEqual(['HEAD', 'POST']),
});

const placeRow = (location: string): Row => ({
  rule: '1',
  does: `names \`${location}\` as the place to upload to`,
  outcome: '`UNSAFE_REDIRECT`; nothing is sent or deleted there',
  script: () => aimed({ method: 'POST', ...UPLOAD }, answering(202, { location })),
  act: push,
  code: 'UNSAFE_REDIRECT',
  check: ({ registry }) => expect(registry.seen.map(({ method }) => method)).toEqual(['HEAD', 'POST']),
});

export const ELSEWHERE_ROWS: readonly Row[] = [
  {
    rule: '1',
    does: 'redirects a download to another host',
    outcome: 'followed without credentials; the content is verified',
    script: ({ elsewhere }) =>
      aimed(GET_BLOB, (request, response, at) =>
        answering(307, { location: `${elsewhere.url}/cdn${request.url ?? ''}` })(request, response, at),
      ),
    act: pull,
    check: ({ elsewhere }) => expect(countOf(elsewhere, 'GET', /^\/cdn\//)).toBe(1),
  },
  {
    rule: '1',
    does: 'redirects to another host, which asks for credentials',
    outcome: '`AUTH_REQUIRED`, and that host gets none',
    script: ({ elsewhere }) => {
      elsewhere.follow(answering(401, { 'www-authenticate': 'Basic realm="give"' }));
      return aimed(GET_BLOB, answering(302, { location: `${elsewhere.url}/blob` }));
    },
    act: pull,
    code: 'AUTH_REQUIRED',
  },
  {
    rule: '1',
    does: 'names another host as the place to upload to',
    outcome: 'uploaded there without credentials',
    script: ({ elsewhere }) => {
      elsewhere.follow(answering(201, { 'docker-content-digest': LAYER.descriptor.digest }));
      return aimed(
        { method: 'POST', ...UPLOAD },
        answering(202, { location: `${elsewhere.url}/upload?_state=s3cr3t` }),
      );
    },
    act: push,
    check: ({ elsewhere }) => expect(countOf(elsewhere, 'PUT', /^\/upload\?_state=s3cr3t&digest=sha256/)).toBe(1),
  },
  uploadRow('uploads to another host, which names a manifest of the registry as the next place', MANIFEST),
  uploadRow('uploads to another host, which names an upload of the registry', `/v2/${repository}/blobs/uploads/1`),
  ...[MANIFEST, `/v2/other/team/blobs/uploads/1`, `/v2/${repository}/blobs/uploads/%2e%2e%2f%2e%2e%2fmanifests/v1`].map(
    placeRow,
  ),
  {
    rule: '1',
    does: 'redirects to another host, which redirects back to it',
    outcome: 'asked without credentials: `AUTH_REQUIRED`',
    script: ({ registry, elsewhere }) => {
      elsewhere.follow(answering(302, { location: `${registry.url}/v2/other/team/manifests/v1` }));
      return aimed(GET_BLOB, answering(302, { location: `${elsewhere.url}/blob` }));
    },
    act: pull,
    code: 'AUTH_REQUIRED',
    check: ({ registry }) => {
      expect(countOf(registry, 'GET', /other/)).toBe(1);
      expect(registry.seen.at(-1)?.headers.authorization).toBeUndefined();
    },
  },
  {
    rule: '1',
    does: 'continues the list of tags on another host',
    outcome: '`UNSAFE_REDIRECT`; nothing is asked there',
    script: ({ elsewhere }) =>
      aimed(
        { target: /tags\/list/ },
        answering(200, { link: `<${elsewhere.url}/v2/x/tags/list>; rel="next"` }, '{"tags":["a"]}'),
      ),
    act: list,
    code: 'UNSAFE_REDIRECT',
    check: ({ elsewhere }) => expect(elsewhere.seen).toEqual([]),
  },
];

const toTarget = (location: string) => () => aimed(GET_BLOB, answering(302, { location }));

export const REDIRECT_ROWS: readonly Row[] = [
  {
    rule: '4',
    does: 'redirects in circles',
    outcome: '`UNSAFE_REDIRECT` after 5',
    script: () =>
      aimed(GET_BLOB, (request, response, at) =>
        answering(307, { location: request.url ?? '' })(request, response, at),
      ),
    act: pull,
    code: 'UNSAFE_REDIRECT',
    check: ({ registry }) => expect(countOf(registry, 'GET', GET_BLOB.target)).toBeLessThanOrEqual(6),
  },
  ...['file:///etc/passwd', 'ftp://127.0.0.1/x', 'http://user:pass@127.0.0.1/x'].map((location): Row => ({
    rule: '4',
    does: `redirects to \`${location}\``,
    outcome: '`UNSAFE_REDIRECT`',
    script: toTarget(location),
    act: pull,
    code: 'UNSAFE_REDIRECT',
  })),
  {
    rule: '4',
    does: 'redirects an upload',
    outcome: '`UNSAFE_REDIRECT`; no content is sent',
    script: ({ elsewhere }) =>
      aimed({ method: 'PUT', ...UPLOAD }, answering(307, { location: `${elsewhere.url}/take` })),
    act: push,
    code: 'UNSAFE_REDIRECT',
    check: ({ elsewhere }) => expect(elsewhere.seen).toEqual([]),
  },
];

const REALMS: readonly { readonly realm: string; readonly what: string }[] = [
  { realm: 'http://user:pass@127.0.0.1:1/token', what: 'with a user name in it' },
  { realm: 'file:///etc/passwd', what: 'that is a file' },
  { realm: 'no url', what: 'that is no URL' },
];

const scopeRow = (scope: string, what: string): Row => ({
  rule: '2',
  does: `answers a pull with a demand for ${what}`,
  outcome: 'no token is asked for but one to pull',
  script:
    ({ registry }) =>
    (request, response, at) =>
      request.url?.startsWith('/token') === true
        ? answering(200, {}, '{"token":"x"}')(request, response, at)
        : answering(401, {
            'www-authenticate': `Bearer realm="${registry.url}/token",service="x",scope="${scope}"`,
          })(request, response, at),
  act: resolve,
  code: 'AUTH_REQUIRED',
  check: ({ registry }) => {
    const asked = registry.seen.filter(({ target }) => target.startsWith('/token'));
    const scopes = asked.map(({ target }) => new URL(target, registry.url).searchParams.getAll('scope'));
    expect(scopes).toEqual([[`repository:${repository}:pull`]]);
  },
});

export const SCOPE_ROWS: readonly Row[] = [
  scopeRow('repository:other/team:delete,pull', 'rights to another repository'),
  scopeRow(`repository:${repository}:delete,pull`, 'the right to delete'),
  scopeRow(`repository:${repository}:*`, 'every right'),
];

export const REALM_ROWS = REALMS.map(({ realm, what }): Row => ({
  rule: '2',
  does: `names a token service ${what}`,
  outcome: '`INSECURE_REALM`; nothing is sent',
  script: () => answering(401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` }),
  act: resolve,
  code: 'INSECURE_REALM',
}));
