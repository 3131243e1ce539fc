/**
 * What a registry says of a failure, whatever shape it says it in.
 *
 * Its words go into messages of ours, so they are cut short, made one line of plain text, and lose whatever looks like a
 * secret: userinfo and queries of URLs, tokens, values of parameters with telling names.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import type { HttpResponse } from '../http/http.ts';
import { redactUrl } from '../http/redact-url.ts';

export interface RegistryWords {
  /** As `MANIFEST_UNKNOWN`, in the order of the answer. */
  readonly codes: readonly string[];
  /** One line of at most 300 characters, free of secrets; empty where the registry says nothing. */
  readonly text: string;
}

const MOST_CHARACTERS = 300;
/** More errors than these say nothing new. */
const MOST_ERRORS = 5;
const CODE = /^[A-Z][A-Z0-9_]{2,63}$/;

/** Reads no more than `limitBytes` of the body and gives the connection back. A body that breaks off says less. */
export async function readWords(response: HttpResponse, limitBytes: number): Promise<RegistryWords> {
  const text = new TextDecoder().decode(await readBeginning(response, limitBytes));
  const errors = errorsIn(parseJson(text)).slice(0, MOST_ERRORS);
  const said = errors.map(({ code, message }) => [code, message].filter(Boolean).join(': '));
  const words = errors.length > 0 ? said.join('; ') : plainText(text);
  const codes = errors.flatMap(({ code }) => (CODE.test(code) ? [code] : []));
  return { codes, text: cleanWords(words) };
}

async function readBeginning(response: HttpResponse, limitBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body) {
      chunks.push(chunk.subarray(0, limitBytes - size));
      size += chunk.byteLength;
      if (size >= limitBytes) break;
    }
  } catch (thrown) {
    if (!isSquizzleError(thrown, 'UNREACHABLE') && !isSquizzleError(thrown, 'TRUNCATED')) throw thrown;
  } finally {
    await response.discard();
  }
  return Buffer.concat(chunks);
}

interface SaidError {
  readonly code: string;
  readonly message: string;
}

/** The specification's `{ errors: [{ code, message }] }`, and what gateways and older registries make of it. */
function errorsIn(value: unknown): readonly SaidError[] {
  if (Array.isArray(value)) return value.flatMap(errorsIn);
  if (typeof value === 'string') return [{ code: '', message: value }];
  if (typeof value !== 'object' || value === null) return [];
  const { errors, error, code, message, details, detail } = value as Readonly<Record<string, unknown>>;
  const nested = errorsIn(errors ?? (typeof error === 'object' ? error : undefined));
  if (nested.length > 0) return nested;
  const said = [message, typeof error === 'string' ? error : undefined, details, detail].find(isText) ?? '';
  const name = isText(code) ? code.trim().toUpperCase() : '';
  return said === '' && name === '' ? [] : [{ code: name, message: said }];
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Of a page for browsers the title. */
function plainText(text: string): string {
  if (!/^\s*</.test(text)) return text;
  return /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1] ?? '';
}

const URLS = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>\\]+/gi;
const SCHEMES = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi;
const TOKENS = /\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}/g;
const PARAMETERS =
  /\b([\w-]*(?:token|password|passwd|secret|signature|credential|authorization|_state|api[-_]?key)|sig)("?\s*[=:]\s*"?)[^\s"'&,;]+/gi;

/** As the module's header says. Exported for whatever else of a registry's text is shown. */
export function cleanWords(text: string): string {
  const plain = text
    .slice(0, 8 * MOST_CHARACTERS)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .replace(URLS, (url) => redactUrl(url))
    .replace(SCHEMES, '$1 ***')
    .replace(TOKENS, '***')
    .replace(PARAMETERS, '$1$2***')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length <= MOST_CHARACTERS ? plain : `${plain.slice(0, MOST_CHARACTERS - 1)}…`;
}
