/**
 * What a registry says of a failure, whatever shape it says it in.
 *
 * Its words go into messages of ours, so they lose the secrets that it was told, are cut short, made one line of plain
 * text, and lose whatever else looks like a secret: userinfo and queries of URLs, tokens, values of parameters with
 * telling names.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 * @module
 */
import { isSquizzleError } from '@squizzle/core';
import type { HttpResponse } from '../http/http.ts';
import { redactUrl } from '../http/redact-url.ts';
import { plainText, withoutSecrets } from './shown-text.ts';

export interface RegistryWords {
  /** As `MANIFEST_UNKNOWN`, in the order of the answer. */
  readonly codes: readonly string[];
  /** One line of at most 300 characters, free of secrets; empty where the registry says nothing. */
  readonly text: string;
}

const MOST_CHARACTERS = 300;
/** More errors than these say nothing new. */
const MOST_ERRORS = 5;
/** Objects and lists inside one another; the specification has three. */
const MOST_DEPTH = 5;
/** Of a page; its title stands near its beginning. */
const PAGE_CHARACTERS = 4 * 1024;
const CODE = /^[A-Z][A-Z0-9_]{2,63}$/;

/** Reads no more than `limitBytes` of the body and gives the connection back. A body that breaks off says less. */
export async function readWords(response: HttpResponse, limitBytes: number): Promise<RegistryWords> {
  const told = new TextDecoder().decode(await readBeginning(response, limitBytes));
  const text = withoutSecrets(told, response);
  const errors = errorsIn(parseJson(text), 0).slice(0, MOST_ERRORS);
  const said = errors.map(({ code, message }) => [code, message].filter(Boolean).join(': '));
  const words = errors.length > 0 ? said.join('; ') : proseOf(text);
  const codes = errors.flatMap(({ code }) => (CODE.test(code) ? [code] : []));
  return { codes, text: cleanWords(withoutSecrets(words, response)) }; // once more: JSON may have spelled one in escapes
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
function errorsIn(value: unknown, depth: number): readonly SaidError[] {
  if (depth > MOST_DEPTH) return [];
  if (Array.isArray(value)) return value.slice(0, MOST_ERRORS).flatMap((each: unknown) => errorsIn(each, depth + 1));
  if (typeof value === 'string') return [{ code: '', message: value }];
  if (typeof value !== 'object' || value === null) return [];
  const { errors, error, code, message, details, detail } = value as Readonly<Record<string, unknown>>;
  const nested = errorsIn(errors ?? (typeof error === 'object' ? error : undefined), depth + 1);
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
function proseOf(text: string): string {
  if (!/^\s*</.test(text)) return text;
  const head = text.slice(0, PAGE_CHARACTERS);
  const tag = head.search(/<title[\s>]/i);
  const start = tag === -1 ? -1 : head.indexOf('>', tag);
  const end = start === -1 ? -1 : head.indexOf('<', start);
  return end === -1 ? '' : head.slice(start + 1, end);
}

/** What may be long is bounded in all of these: each ends in a time that grows with the text and no faster. */
const URLS = /[a-z][a-z0-9+.-]{0,31}:\/\/[^\s"'<>\\]+/gi;
const SCHEMES = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi;
const TOKENS = /\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}/g;
const PARAMETERS =
  /([\w-]{0,64}(?:token|password|passwd|secret|signature|credential|authorization|_state|api[-_]?key)|\bsig)("?\s*[=:]\s*"?)[^\s"'&,;]+/gi;

/** As the module's header says. Exported for whatever else of a registry's text is shown. */
export function cleanWords(text: string): string {
  const plain = plainText(text.slice(0, 8 * MOST_CHARACTERS))
    .replace(URLS, (url) => redactUrl(url))
    .replace(SCHEMES, '$1 ***')
    .replace(TOKENS, '***')
    .replace(PARAMETERS, '$1$2***')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length <= MOST_CHARACTERS ? plain : `${plain.slice(0, MOST_CHARACTERS - 1)}…`;
}
