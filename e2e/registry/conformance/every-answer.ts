/**
 * What the specification demands of every answer, whatever was asked: the format of error bodies, and of warnings.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 * @module
 */
import { expect } from 'vitest';
import type { Answer } from './client.ts';

export const ERROR_CODES: readonly string[] = [
  'BLOB_UNKNOWN',
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'DIGEST_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'UNAUTHORIZED',
  'DENIED',
  'UNSUPPORTED',
  'TOOMANYREQUESTS',
];

/** Bytes of warning text that all headers of one answer may have together. */
const WARNING_BYTES = 4_096;
/** One or more, as Node joins them. No date after the text: that is forbidden. */
const WARNINGS = /^299 - "(?:[^"\\]|\\.)*"(?:, 299 - "(?:[^"\\]|\\.)*")*$/;

export interface ErrorBody {
  readonly errors: readonly { readonly code: string; readonly message?: string; readonly detail?: unknown }[];
}

export function checkEveryAnswer(answer: Answer): void {
  if (answer.status >= 500)
    throw new RangeError(`${answer.to} failed with ${answer.status}: ${answer.body.toString()}`);
  if (answer.status >= 400 && isJson(answer) && answer.body.byteLength > 0) readErrors(answer);
  checkWarnings(answer);
}

/** The errors of a refusal, in the format that the specification fixes. */
export function readErrors(answer: Answer): ErrorBody['errors'] {
  const { errors } = JSON.parse(answer.body.toString()) as Partial<ErrorBody>;
  expect(errors, `${answer.to} ${answer.status}: errors`).toBeInstanceOf(Array);
  expect(errors?.length, `${answer.to} ${answer.status}: count of errors`).toBeGreaterThan(0);
  for (const { code, message } of errors ?? []) {
    expect(code, `${answer.to} ${answer.status}: form of the code`).toMatch(/^[A-Z_]+$/);
    expect(ERROR_CODES, `${answer.to} ${answer.status}: code`).toContain(code);
    if (message !== undefined) expect(message, `${answer.to}: message`).toBeTypeOf('string');
  }
  return errors ?? [];
}

function isJson(answer: Answer): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\b/.test(answer.headers['content-type'] ?? '');
}

function checkWarnings(answer: Answer): void {
  const { warning } = answer.headers;
  if (warning === undefined) return;
  expect(warning, `${answer.to}: Warning`).toMatch(WARNINGS);
  expect(Buffer.byteLength(warning), `${answer.to}: bytes of warnings`).toBeLessThanOrEqual(WARNING_BYTES);
}
