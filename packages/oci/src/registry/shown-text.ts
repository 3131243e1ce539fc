/**
 * A registry's text as messages and details may show it: short, on one line, and nothing in it that a terminal obeys.
 *
 * @module
 */
import type { HttpResponse } from '../http/http.ts';

/** Control characters of both sets, marks that turn the direction of writing, what has no width, ends of lines. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]+/gu;
const SHOWN_CHARACTERS = 80;

/** Each run of what cannot be seen becomes a space: it joins nothing that was apart. */
export function plainText(text: string): string {
  return text.replace(UNSEEN, ' ');
}

/** Without the secrets that the request was sent with: some servers say what they were told. */
export function withoutSecrets(text: string, response: Pick<HttpResponse, 'redact'>): string {
  return response.redact?.(text) ?? text;
}

/** A header of the response: without secrets, cut short, in quotes. */
export function quoteText(text: string, response: Pick<HttpResponse, 'redact'>): string {
  return JSON.stringify(plainText(withoutSecrets(text, response).slice(0, SHOWN_CHARACTERS)));
}
