/**
 * Rules 1, 2 and 4: where credentials and requests may go.
 *
 * @module
 */
import { expect } from 'vitest';
import { aimed, answering } from './hostile-registry.ts';
import { LAYER, pull, push, resolve, list, GET_BLOB, UPLOAD, countOf, type Row } from './scene.ts';

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

export const REALM_ROWS = REALMS.map(({ realm, what }): Row => ({
  rule: '2',
  does: `names a token service ${what}`,
  outcome: '`INSECURE_REALM`; nothing is sent',
  script: () => answering(401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` }),
  act: resolve,
  code: 'INSECURE_REALM',
}));
