/**
 * Takes secrets out of texts that are shown: passwords of URLs, and values of variables whose names say so.
 *
 * @module
 */
export const MASK = '***';

const SECRET_NAME = /PASS|PWD|SECRET|TOKEN|KEY|CREDENTIAL|AUTH(?!OR)|PRIVATE/i;

/** Whether the value of a variable of this name should be kept from sight. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/**
 * Passwords of URLs, before the `@` and in the query. A password that was not percent-encoded may hold `@` and `/`:
 * all up to the last `@` of the word is taken for one. `user:password@host` is masked without a scheme, too.
 */
export function maskSecrets(text: string): string {
  return text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@?#]*):([^\s"'`]*)@/gi, `$1:${MASK}@`)
    .replaceAll(/(^|[\s'"`(])([^\s:/@'"`]+):(?!\/\/)([^\s'"`]+)@(?!sha\d+:)/g, `$1$2:${MASK}@`)
    .replaceAll(/((?:^|[?&\s])(?:\w*password|passwd|pwd|token|secret)=)[^\s&"']+/gi, `$1${MASK}`);
}

/** Every text in it is treated so: what goes wrong is often told with the words that the user gave. */
export function toMaskedJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'string' ? maskSecrets(each) : each), 2);
}
