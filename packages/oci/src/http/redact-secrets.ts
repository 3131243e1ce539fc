/**
 * Texts of a server, without what it was sent and is secret.
 *
 * A server may say a secret in any form and case, with white space in between, and cut short: from its first
 * {@link TELLING_CHARACTERS} on it counts as the secret. Shorter ones count where they stand as a word.
 *
 * @module
 */
const TELLING_CHARACTERS = 8;
const BLOT = '***';
const UNSEEN = /[\s\p{C}]/u;
const WORD = /[\p{L}\p{N}]/u;

export function redactSecrets(text: string, secrets: readonly string[]): string {
  const said = compact(text);
  const spans = secrets.flatMap(formsOf).flatMap((form) => spansOf(said, compact(form).text));
  let shown = '';
  let end = 0;
  for (const span of spans.toSorted((one, other) => one.start - other.start)) {
    if (span.start >= end) shown += text.slice(end, span.start) + BLOT;
    end = Math.max(end, span.end);
  }
  return shown + text.slice(end);
}

/** What a header proves with: all after the scheme, and of Basic the password. */
export function secretsOfHeader(header: string | undefined): readonly string[] {
  const [, scheme = '', value = ''] = /^(\S+) +(.+)$/.exec(header ?? '') ?? [];
  if (value === '') return [];
  if (scheme.toLowerCase() !== 'basic') return [value];
  const pair = Buffer.from(value, 'base64').toString();
  return [value, pair.slice(pair.indexOf(':') + 1)];
}

/** As it is, in a JSON text, encoded for a URL and for a form, and in base64. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inForm = new URLSearchParams({ '': secret }).toString().slice(1);
  const inJson = JSON.stringify(secret).slice(1, -1);
  const forms = [secret, inJson, encodeURIComponent(bytes.toString()), inForm, bytes.toString('base64')];
  return [...new Set([...forms, bytes.toString('base64url')])].filter((form) => form !== '');
}

interface CompactText {
  readonly text: string;
  /** Where each character of it stands in the text that it was made of, and where that ends. */
  readonly starts: readonly number[];
  readonly original: string;
}

function compact(original: string): CompactText {
  const starts: number[] = [];
  let text = '';
  for (let at = 0; at < original.length; at += 1) {
    const character = original.charAt(at);
    if (UNSEEN.test(character) && !isSurrogate(character)) continue;
    const lower = character.toLowerCase();
    text += lower;
    for (let part = 0; part < lower.length; part += 1) starts.push(at);
  }
  return { text, starts, original };
}

/** Half of a pair is no character of its own. */
function isSurrogate(character: string): boolean {
  return character >= '\ud800' && character <= '\udfff';
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function spansOf(said: CompactText, form: string): readonly Span[] {
  if (form === '') return [];
  const telling = form.slice(0, TELLING_CHARACTERS);
  const spans: Span[] = [];
  for (let at = said.text.indexOf(telling); at !== -1; at = said.text.indexOf(telling, at + 1)) {
    let length = telling.length;
    while (length < form.length && said.text[at + length] === form[length]) length += 1;
    const span = { start: said.starts[at] ?? 0, end: (said.starts[at + length - 1] ?? 0) + 1 };
    if (form.length >= TELLING_CHARACTERS || isWord(said.original, span)) spans.push(span);
  }
  return spans;
}

function isWord(text: string, { start, end }: Span): boolean {
  return !WORD.test(text.charAt(start - 1)) && !WORD.test(text.charAt(end));
}
