/**
 * Words of a server in messages of ours: never with something that was sent to it and is secret.
 *
 * Words come cut short, so the beginning of a secret counts as the secret.
 *
 * @module
 */
const TELLING_CHARACTERS = 8;

/** `, "the words"`, or nothing: where the server says nothing, or says one of the secrets in any of their forms. */
export function withoutEchoes(words: string, secrets: readonly string[]): string {
  const said = compact(words);
  const echoed = secrets.flatMap(formsOf).some((form) => form !== '' && said.includes(form));
  return words === '' || echoed ? '' : `, "${words}"`;
}

/** As it is, encoded for a URL, and in base64. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const forms = [secret, encodeURIComponent(secret), bytes.toString('base64url'), bytes.toString('base64')];
  return forms.map((form) => compact(form).slice(0, TELLING_CHARACTERS));
}

function compact(text: string): string {
  return text.replace(/\s+/g, '').toLowerCase();
}
