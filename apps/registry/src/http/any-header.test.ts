import { digestOf } from '@squizzle/oci-spec';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RegistryError } from '../registry-error.ts';
import { isAcceptable } from './accept.ts';
import { isNotModified, readTagCondition } from './conditional.ts';
import { toErrorResponse } from './errors.ts';
import { readPage } from './page-query.ts';
import { parseRange } from './range.ts';
import { createRequestIds } from './request-id.ts';

const DIGEST = digestOf(Uint8Array.of(1));
const header = fc.string({
  unit: fc.constantFrom(
    'bytes=',
    '=',
    '-',
    ',',
    ';',
    '"',
    'W/',
    '*',
    '/',
    'q=0',
    'n=',
    '%',
    ' ',
    '\t',
    '9',
    'a',
    DIGEST,
    'é',
  ),
});
const nextId = createRequestIds();

it.each([
  { name: 'Range', read: (text: string) => parseRange(text, undefined, '""', 10) },
  { name: 'If-Range', read: (text: string) => parseRange('bytes=0-1', text, '""', 10) },
  { name: 'If-None-Match', read: (text: string) => isNotModified(text, DIGEST) },
  { name: 'If-Match of a push', read: (text: string) => readTagCondition(text, undefined) },
  { name: 'If-None-Match of a push', read: (text: string) => readTagCondition(undefined, text) },
  { name: 'Accept', read: (text: string) => isAcceptable(text, 'application/json') },
  { name: 'X-Request-Id', read: nextId },
  { name: 'n and last', read: (text: string) => readPage(new URLSearchParams(text)) },
])('any $name is read, or refused as the client’s mistake', ({ read }) => {
  fc.assert(
    fc.property(header, (text) => {
      try {
        read(text);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(RegistryError);
        expect(toErrorResponse(thrown, 'id').status).toBe(400);
      }
    }),
  );
});
