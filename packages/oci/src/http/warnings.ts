/**
 * What a registry says beside its answers: `Warning` and `RateLimit` headers, as events.
 *
 * A warning is told once for each text, a state of the limit once for each change. Both are a server's words: they lose
 * what was sent to it, and what else must not be shown, as the words of errors do.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
 * @module
 */
import { cleanWords } from '../registry/error-body.ts';
import type { OnRegistryEvent } from '../registry/registry-event.ts';
import type { HttpHeaders, HttpResponse, Send } from './http.ts';

/** `299 - "text"`: no agent's name, no date; the text may hold escaped quotes. */
const WARNING = /^\s*299\s+\S+\s+"((?:[^"\\]|\\.)*)"/;
/** A registry that never repeats itself must not fill the memory. */
const MOST_TEXTS = 100;

export function withWarnings(send: Send, onEvent: OnRegistryEvent): Send {
  const told = new Set<string>();
  const tell = (registry: string, text: string): void => {
    const key = `${registry} ${text}`;
    if (told.has(key) || told.size >= MOST_TEXTS) return;
    told.add(key);
    onEvent({ type: 'warning', registry, text });
  };
  const limits = new Map<string, string>();
  return async (request) => {
    const response = await send(request);
    const { registry } = request.place;
    for (const text of warningsOf(response)) tell(registry, text);
    const state = rateLimitOf(response.headers, response.redact);
    if (state !== undefined && limits.get(registry) !== state.remaining) {
      limits.set(registry, state.remaining);
      onEvent({ type: 'rate-limit', registry, ...state });
    }
    return response;
  };
}

function warningsOf({ headers, redact = (text) => text }: HttpResponse): readonly string[] {
  return headers.all('warning').flatMap((line) => {
    const text = WARNING.exec(line)?.[1];
    if (text === undefined) return [];
    const plain = cleanWords(redact(text.replaceAll(/\\(.)/g, '$1')));
    return plain === '' ? [] : [plain];
  });
}

/** Docker Hub: `ratelimit-remaining: 76;w=21600`. GitHub and others: `x-ratelimit-…`. */
function rateLimitOf(
  headers: HttpHeaders,
  redact: HttpResponse['redact'] = (text) => text,
): { readonly limit: string; readonly remaining: string } | undefined {
  for (const prefix of ['ratelimit', 'x-ratelimit']) {
    const limit = headers.get(`${prefix}-limit`);
    const remaining = headers.get(`${prefix}-remaining`);
    if (limit !== undefined && remaining !== undefined)
      return { limit: printable(redact(limit)), remaining: printable(redact(remaining)) };
  }
  return undefined;
}

function printable(value: string): string {
  return value.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 64);
}
