import { describe, expect, it } from 'vitest';
import type { SquizzleError } from '@squizzle/core';
import { parseRegistryHost } from '@squizzle/oci-spec';
import { scriptTransfer, type TransferAnswer } from '../../test/scripted-transfer.ts';
import { toHeaders } from '../http/exchange/headers.ts';
import { findProfile } from './profiles.ts';
import { expectStatus, toResponseError, type ResponseSubject } from './response-error.ts';

const PUSH_TAG: ResponseSubject = { what: 'tag', name: 'v1', doing: 'push the tag v1', action: 'push' };
const DELETE_TAG: ResponseSubject = { what: 'tag', name: 'v1', doing: 'delete the tag v1', action: 'delete' };
const PULL_BLOB: ResponseSubject = { what: 'blob', name: 'sha256:x', doing: 'pull the blob', action: 'pull' };

const said = (code: string, message = 'words'): Uint8Array[] => [
  new TextEncoder().encode(JSON.stringify({ errors: [{ code, message }] })),
];

async function errorOf(answer: TransferAnswer, subject = PUSH_TAG, host = 'registry.test'): Promise<SquizzleError> {
  const { access, openBodies } = scriptTransfer(() => answer);
  const profile = findProfile(parseRegistryHost(host) ?? access.host);
  const response = await access.send({ method: 'GET', target: 'x', action: 'pull' });
  const thrown = await expectStatus(response, { ...access, profile }, subject, 201).catch((each: unknown) => each);
  expect(openBodies()).toBe(0);
  return thrown as SquizzleError;
}

describe('expectStatus', () => {
  it('leaves an answer that was expected to its caller', async () => {
    const { access, openBodies } = scriptTransfer(() => ({ status: 202, body: said('X') }));
    const response = await access.send({ method: 'GET', target: 'x', action: 'pull' });
    await expectStatus(response, access, PUSH_TAG, 201, 202);
    expect(openBodies()).toBe(1);
  });

  it.each([
    { status: 401, code: 'AUTH_REQUIRED' },
    { status: 403, code: 'FORBIDDEN' },
    { status: 403, says: 'DENIED', code: 'FORBIDDEN' },
    { status: 403, says: 'TOOMANYREQUESTS', code: 'RATE_LIMITED' },
    { status: 404, code: 'NOT_FOUND' },
    { status: 405, code: 'UNSUPPORTED' },
    { status: 400, says: 'UNSUPPORTED', code: 'UNSUPPORTED' },
    { status: 400, says: 'MANIFEST_INVALID', code: 'RESPONSE_INVALID' },
    { status: 400, says: 'MANIFEST_BLOB_UNKNOWN', code: 'NOT_FOUND' },
    { status: 412, code: 'RESPONSE_INVALID' },
    { status: 413, code: 'TOO_LARGE' },
    { status: 429, code: 'RATE_LIMITED' },
    { status: 408, code: 'REGISTRY_FAILED' },
    { status: 500, code: 'REGISTRY_FAILED' },
    { status: 501, code: 'UNSUPPORTED' },
    { status: 503, code: 'REGISTRY_FAILED' },
    { status: 200, code: 'RESPONSE_INVALID' },
    { status: 302, code: 'RESPONSE_INVALID' },
  ])('is $code for $status $says', async ({ status, says, code }) => {
    const error = await errorOf({ status, body: says === undefined ? [] : said(says) });
    expect(error).toMatchObject({ name: 'SquizzleError', code });
    expect(error.details).toMatchObject({ registry: 'registry.test', repository: 'team/app', status });
  });

  it.each([
    { says: 'NAME_UNKNOWN', subject: PUSH_TAG, what: 'repository', name: 'team/app' },
    { says: 'MANIFEST_UNKNOWN', subject: PUSH_TAG, what: 'tag', name: 'v1' },
    { says: 'MANIFEST_UNKNOWN', subject: PULL_BLOB, what: 'manifest', name: 'sha256:x' },
    { says: 'BLOB_UNKNOWN', subject: PULL_BLOB, what: 'blob', name: 'sha256:x' },
    { says: 'MANIFEST_BLOB_UNKNOWN', subject: PUSH_TAG, what: 'blob', name: 'v1' },
    { says: 'NOT_FOUND', subject: PUSH_TAG, what: 'tag', name: 'v1' },
  ])('names the $what where the registry says $says', async ({ says, subject, what, name }) => {
    expect((await errorOf({ status: 404, body: said(says) }, subject)).details).toMatchObject({ what, name });
  });

  it('says what could not be done, what the registry said, and what to do', async () => {
    const { message } = await errorOf({ status: 403, body: said('DENIED', 'not\u0007 allowed') }, PUSH_TAG, 'ghcr.io');
    expect(message).toMatch(
      /^registry\.test\/team\/app: cannot push the tag v1: HTTP 403, "DENIED: not allowed"; GHCR needs the scope/,
    );
  });

  it('hints at deletion where that was refused', async () => {
    for (const status of [403, 405]) {
      const error = await errorOf({ status }, DELETE_TAG, 'ghcr.io');
      expect(error.details).toMatchObject({ hint: expect.stringContaining('delete:packages') as string });
    }
  });

  it('names the scopes that the registry asked for, else those that were needed', async () => {
    const challenge = 'Bearer realm="https://x",scope="repository:team/app:pull,push registry:catalog:*"';
    const asked = await errorOf({ status: 403, headers: { 'www-authenticate': challenge } });
    expect(asked.details).toMatchObject({ scopes: ['repository:team/app:pull,push', 'registry:catalog:*'] });
    expect((await errorOf({ status: 403 })).details).toMatchObject({ scopes: ['repository:team/app:pull,push'] });
    expect((await errorOf({ status: 403 }, PULL_BLOB)).details).toMatchObject({ scopes: ['repository:team/app:pull'] });
  });

  it.each([
    { value: 'Wed, 21 Oct 2099 07:28:00 GMT', retryAt: '2099-10-21T07:28:00.000Z', why: 'a date' },
    { value: '99999999999', retryAt: null, why: 'longer than anybody means' },
    { value: 'soon', retryAt: null, why: 'neither seconds nor a date' },
  ])('knows $retryAt from Retry-After $value: $why', async ({ value, retryAt }) => {
    const error = await errorOf({ status: 429, headers: { 'retry-after': value } });
    expect(error.details).toMatchObject({ retryAt });
  });

  it('knows the time after so many seconds', async () => {
    const before = Date.now();
    const { details } = (await errorOf({
      status: 429,
      headers: { 'retry-after': '60' },
    })) as SquizzleError<'RATE_LIMITED'>;
    const waitMs = Date.parse(details.retryAt ?? '') - before;
    expect(waitMs).toBeGreaterThanOrEqual(59_000);
    expect(waitMs).toBeLessThan(70_000);
  });

  it('keeps the id that the registry gave the request', async () => {
    const error = await errorOf({ status: 500, headers: { 'x-request-id': 'abc-1' } });
    expect(error.details).toMatchObject({ requestId: 'abc-1' });
  });

  it('blots out of ids and scopes what the server was told in secret', async () => {
    const { access } = scriptTransfer(() => ({ status: 403 }));
    const response = await access.send({ method: 'GET', target: 'x', action: 'pull' });
    const headers = toHeaders([
      ['x-request-id', 'id-hunter2'],
      ['www-authenticate', 'Bearer realm="https://x",scope="hunter2 a\u009bb"'],
    ]);
    const told = { ...response, headers, redact: (text: string) => text.replaceAll('hunter2', '***') };
    const { details } = await toResponseError(told, access, PULL_BLOB);
    expect(details).toMatchObject({ requestId: 'id-***', scopes: ['***', 'a b'] });
  });
});
