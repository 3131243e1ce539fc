import { describe, expect, it } from 'vitest';
import { REGISTRY_ERRORS, RegistryError, type RegistryErrorKind } from '../registry-error.ts';
import { toErrorResponse } from './errors.ts';

describe('toErrorResponse', () => {
  it.each(Object.keys(REGISTRY_ERRORS) as RegistryErrorKind[])('answers %s as the catalogue says', (kind) => {
    const { status, code } = REGISTRY_ERRORS[kind];
    const response = toErrorResponse(new RegistryError(kind, 'what and why', { detail: { name: 'a' } }), 'id');
    expect(response).toMatchObject({ status, kind });
    expect(JSON.parse(response.body)).toEqual({ errors: [{ code, message: 'what and why', detail: { name: 'a' } }] });
  });

  it('leaves out a detail that there is not', () => {
    const { body } = toErrorResponse(new RegistryError('DENIED', 'no'), 'id');
    expect(JSON.parse(body)).toEqual({ errors: [{ code: 'DENIED', message: 'no' }] });
  });

  it('passes the headers on that belong to the failure', () => {
    const error = new RegistryError('TOO_MANY_REQUESTS', 'later', { headers: { 'Retry-After': '3' } });
    const { headers } = toErrorResponse(error, 'id');
    expect(headers.slice(-2)).toEqual(['Retry-After', '3']);
  });

  it.each([
    { thrown: new Error('/var/lib/registry: EACCES'), why: 'an error of the system' },
    { thrown: new TypeError('undefined is not a function'), why: 'a bug' },
    { thrown: 'text', why: 'no error at all' },
    { thrown: undefined, why: 'nothing' },
    { thrown: { kind: 'DENIED', message: 'no' }, why: 'what only looks like one of ours' },
  ])('says nothing about $thrown: $why', ({ thrown }) => {
    const response = toErrorResponse(thrown, 'id-1');
    expect(response).toMatchObject({ status: 500, kind: 'UNKNOWN' });
    expect(JSON.parse(response.body)).toEqual({
      errors: [{ code: 'UNKNOWN', message: 'internal error', detail: { requestId: 'id-1' } }],
    });
  });

  it.each(['EROFS', 'EACCES', 'EMFILE', 'EIO'])(
    'answers %s of the storage with 503, and not with its message',
    (code) => {
      const fault = Object.assign(new Error(`${code}: open '/srv/registry/blobs'`), { code });
      const response = toErrorResponse(fault, 'id-1');
      expect(response).toMatchObject({ status: 503, kind: 'STORAGE_FAULT' });
      expect(response.body).not.toContain('/srv');
    },
  );
});
