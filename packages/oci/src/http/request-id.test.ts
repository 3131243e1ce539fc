import { describe, expect, it } from 'vitest';
import { toHeaders } from './exchange/headers.ts';
import { requestIdOf } from './request-id.ts';

describe('requestIdOf', () => {
  it.each([
    { headers: [['X-GitHub-Request-Id', 'C0FE:1']], id: 'C0FE:1', why: 'GHCR' },
    { headers: [['x-amzn-RequestId', 'a-b']], id: 'a-b', why: 'ECR' },
    {
      headers: [
        ['cf-ray', '8f0'],
        ['x-request-id', 'r1'],
      ],
      id: 'r1',
      why: "the registry's own before its proxy's",
    },
    {
      headers: [
        ['x-request-id', ''],
        ['cf-ray', '8f0'],
      ],
      id: '8f0',
      why: 'an empty one tells nothing',
    },
    {
      headers: [['x-request-id', `\u001b[31m${'x'.repeat(500)}`]],
      id: `[31m${'x'.repeat(124)}`,
      why: 'cut, made plain',
    },
    { headers: [], id: null, why: 'none' },
  ] as const)('is $id: $why', ({ headers, id }) => {
    expect(requestIdOf({ headers: toHeaders(headers) })).toBe(id);
  });

  it('is not what the registry was sent', () => {
    const response = { headers: toHeaders([['x-request-id', 'id-s3cret']]), redact: () => 'id-***' };
    expect(requestIdOf(response)).toBe('id-***');
  });
});
