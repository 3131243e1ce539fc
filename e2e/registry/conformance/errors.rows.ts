/**
 * Refusals: one row for each of the fourteen codes that a registry without accounts and limits can give.
 *
 * UNAUTHORIZED needs passwords (`basic-auth.test.ts`), DENIED rules (story 022), TOOMANYREQUESTS a limit (story 027).
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 * @module
 */
/* oxlint-disable vitest/no-standalone-expect -- the rows are tests, which conformance.test.ts runs */
import { expect } from 'vitest';
import { headerOf, type Answer } from './client.ts';
import { describeBlob, manifestOf, MEDIA_TYPES, newBlob, unknownDigest } from './content.ts';
import { ERROR_CODES, readErrors } from './every-answer.ts';
import { newName, OCTETS, putManifest, withDigest } from './repository.ts';
import { expectRefusal, rowsOf, type Row, type Subject } from './rows.ts';

interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly cause: (subject: Subject) => Promise<Answer>;
}

const SESSION = '00000000-0000-4000-8000-000000000000';

const REFUSALS: readonly Refusal[] = [
  {
    code: 'BLOB_UNKNOWN',
    status: 404,
    cause: async ({ http, repository }) => {
      await repository.pushBlob(newBlob());
      return http.get(repository.blobPath(unknownDigest()));
    },
  },
  {
    code: 'BLOB_UPLOAD_INVALID',
    status: 416,
    cause: async ({ http, repository }) => {
      const headers = { ...OCTETS, 'Content-Range': '100-611' };
      return http.patch(await repository.startUpload(), { headers, body: newBlob(512).bytes });
    },
  },
  {
    code: 'BLOB_UPLOAD_UNKNOWN',
    status: 404,
    cause: async ({ http, repository }) => http.get(`${repository.path}/blobs/uploads/${SESSION}`),
  },
  {
    code: 'DIGEST_INVALID',
    status: 400,
    cause: async ({ http, repository }) => {
      const location = withDigest(await repository.startUpload(), unknownDigest());
      return http.put(location, { headers: OCTETS, body: newBlob().bytes });
    },
  },
  {
    code: 'MANIFEST_BLOB_UNKNOWN',
    status: 404,
    cause: async ({ repository }) => {
      const layers = [describeBlob(newBlob(), MEDIA_TYPES.layer)];
      return putManifest(repository, await repository.newImage({ layers }), 'latest');
    },
  },
  {
    code: 'MANIFEST_INVALID',
    status: 400,
    cause: async ({ repository }) => putManifest(repository, manifestOf('{}', MEDIA_TYPES.image), 'latest'),
  },
  {
    code: 'MANIFEST_UNKNOWN',
    status: 404,
    cause: async ({ repository }) => {
      await repository.pushBlob(newBlob());
      return repository.getManifest('missing');
    },
  },
  {
    code: 'NAME_INVALID',
    status: 400,
    cause: async ({ http }) => http.post('/v2/Not-A-Name/blobs/uploads/'),
  },
  {
    code: 'NAME_UNKNOWN',
    status: 404,
    cause: async ({ http }) => http.get(`/v2/${newName()}/tags/list`),
  },
  {
    code: 'SIZE_INVALID',
    status: 400,
    cause: async ({ http, repository }) => {
      const headers = { ...OCTETS, 'Content-Range': '0-511' };
      return http.patch(await repository.startUpload(), { headers, body: newBlob(500).bytes });
    },
  },
  {
    code: 'UNSUPPORTED',
    status: 405,
    cause: async ({ http }) => http.delete('/v2/'),
  },
];

export const errorRows: readonly Row[] = rowsOf('Error codes', '005', [
  ...REFUSALS.map(({ code, status, cause }) => ({
    covers: ['errors.format' as const, 'errors.code-form' as const, 'errors.code-list' as const],
    says: `${code} with ${status}`,
    test: async (subject: Subject) => expectRefusal(await cause(subject), status, code),
  })),
  {
    covers: ['errors.message', 'errors.format'],
    says: 'every refusal has a message for people, and its JSON has a length',
    test: async (subject) => {
      for (const { cause } of REFUSALS) {
        const answer = await cause(subject);
        expect(headerOf(answer, 'content-length'), answer.to).toBe(String(answer.body.byteLength));
        for (const { message } of readErrors(answer)) expect(message, answer.to).toMatch(/\w+ \w+/);
      }
    },
  },
  {
    says: 'no refusal tells of paths, stacks or the program behind it',
    test: async (subject) => {
      for (const { cause } of REFUSALS) {
        const answer = await cause(subject);
        expect(answer.body.toString(), answer.to).not.toMatch(/node_modules|\bat .+:\d+:\d+|\/(tmp|home|var|root)\//);
        expect(headerOf(answer, 'x-powered-by')).toBeUndefined();
      }
    },
  },
  {
    covers: ['errors.code-list'],
    says: 'the codes that need accounts or limits are the only ones without a row here',
    test: () => {
      const caused = new Set(REFUSALS.map(({ code }) => code));
      expect(ERROR_CODES.filter((code) => !caused.has(code))).toEqual(['UNAUTHORIZED', 'DENIED', 'TOOMANYREQUESTS']);
      return Promise.resolve();
    },
  },
  {
    covers: ['warnings.form', 'warnings.no-date', 'warnings.size'],
    says: 'a Warning has the form and size that the specification asks for, if there is one',
    // The client holds every answer of every row against these rules; here it meets each kind of refusal.
    test: async (subject) => {
      for (const { cause } of REFUSALS) expect((await cause(subject)).status).toBeGreaterThanOrEqual(400);
    },
  },
]);
