import { describe, expect, expectTypeOf, it } from 'vitest';

import { CONTENT_ERROR_CODES, ContentError, isContentError, type ContentErrorCode } from './content-error.ts';

const tooLarge = new ContentError('TOO_LARGE', 'too large', { what: 'x', limitBytes: 1, actualBytes: 2 });

describe('ContentError', () => {
  it('carries code, details and cause', () => {
    const cause = new RangeError('below');
    const details = { document: 'image config', path: '$', expected: 'JSON', found: 'nothing' };
    const error = new ContentError('MANIFEST_INVALID', 'message', details, { cause });
    expect(error).toMatchObject({ name: 'ContentError', code: 'MANIFEST_INVALID', message: 'message', details, cause });
    expect(error).toBeInstanceOf(Error);
  });

  it('lists every code', () => {
    expectTypeOf<(typeof CONTENT_ERROR_CODES)[number]>().toEqualTypeOf<ContentErrorCode>();
    expect(new Set(CONTENT_ERROR_CODES).size).toBe(CONTENT_ERROR_CODES.length);
  });
});

describe('isContentError', () => {
  const twin = Object.assign(new Error('from another copy of the package'), {
    name: 'ContentError',
    code: 'TOO_LARGE',
  });
  it.each([
    { value: tooLarge, code: undefined, expected: true, why: 'any code' },
    { value: tooLarge, code: 'TOO_LARGE', expected: true, why: 'its code' },
    { value: tooLarge, code: 'SIZE_MISMATCH', expected: false, why: 'another code' },
    { value: twin, code: 'TOO_LARGE', expected: true, why: 'names are compared, not classes' },
    { value: twin, code: undefined, expected: true, why: 'names are compared, not classes' },
    { value: new Error('x'), code: undefined, expected: false, why: 'another name' },
    { value: { name: 'ContentError', code: 'NEW' }, code: undefined, expected: false, why: 'a code nobody here knows' },
    { value: { name: 'RegistryError', code: 'TOO_LARGE' }, code: 'TOO_LARGE', expected: false, why: 'another name' },
    { value: null, code: undefined, expected: false, why: 'null' },
    { value: 'ContentError', code: undefined, expected: false, why: 'a string' },
  ] as const)('is $expected for $code: $why', ({ value, code, expected }) => {
    expect(isContentError(value, code)).toBe(expected);
  });

  it('narrows the details to the code', () => {
    const thrown: unknown = tooLarge;
    expect(isContentError(thrown, 'TOO_LARGE') && thrown.details.limitBytes).toBe(1);
  });
});
