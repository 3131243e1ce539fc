/**
 * Rule 6: registries that say what they were told. That no error shows it is checked of every row; these try to have it
 * shown.
 *
 * @module
 */
import { expect } from 'vitest';
import type { RegistryEvent } from '../../src/registry/registry-event.ts';
import { aimed, answering, type Script } from './hostile-registry.ts';
import { list, resolve, SECRET, type Row } from './scene.ts';

const TAGS = { target: /tags\/list/ };
const HEADER = Buffer.from(`ada:${SECRET}`).toString('base64');

interface Form {
  readonly what: string;
  readonly form: string;
}

const FORMS: readonly Form[] = [
  { what: 'the password', form: SECRET },
  { what: 'the password in capitals', form: SECRET.toUpperCase() },
  { what: 'the beginning of the password', form: SECRET.slice(0, 12) },
  { what: 'the password with spaces in it', form: SECRET.replaceAll('-', ' - ') },
  { what: 'the header that was sent', form: HEADER },
  { what: 'the password in base64', form: Buffer.from(SECRET).toString('base64') },
];

const saying = (text: string, status: number): Script =>
  aimed(TAGS, answering(status, {}, JSON.stringify({ errors: [{ code: 'DENIED', message: `no ${text}!` }] })));

const echoRow = ({ what, form }: Form): Row => ({
  rule: '6',
  does: `says ${what} in an error`,
  outcome: '`FORBIDDEN`, with `***` in its place',
  script: () => saying(form, 403),
  act: async (scene) => {
    const thrown: unknown = await list(scene).catch((error: unknown) => error);
    expect(String(thrown)).toContain('no ***!');
    throw thrown;
  },
  code: 'FORBIDDEN',
});

const told: RegistryEvent[] = [];

export const SECRET_ROWS: readonly Row[] = [
  ...FORMS.map(echoRow),
  ...[
    { status: 500, code: 'REGISTRY_FAILED' },
    { status: 429, code: 'RATE_LIMITED' },
  ].map(({ status, code }): Row => ({
    rule: '6',
    does: `says the password again and again, with ${status}`,
    outcome: `\`${code}\`, with \`***\` in its place`,
    script: () => saying(SECRET, status),
    act: list,
    code,
  })),
  {
    rule: '6',
    does: 'calls a request by the password',
    outcome: '`FORBIDDEN`, with `***` as request id',
    script: () => aimed(TAGS, answering(403, { 'x-request-id': SECRET })),
    act: list,
    code: 'FORBIDDEN',
  },
  {
    rule: '6',
    does: 'names a token service with the password in its path',
    outcome: '`INSECURE_REALM`, with `***` in its place',
    script: () =>
      aimed(
        { target: /manifests/ },
        answering(401, { 'www-authenticate': `Bearer realm="https://169.254.1.1/${SECRET}"` }),
      ),
    act: resolve,
    code: 'INSECURE_REALM',
  },
  {
    rule: '6',
    does: 'redirects to another protocol, with the password in the path',
    outcome: '`UNSAFE_REDIRECT`, with `***` in its place',
    script: () => aimed(TAGS, answering(302, { location: `ftp://127.0.0.1/${SECRET}` })),
    act: list,
    code: 'UNSAFE_REDIRECT',
  },
  {
    rule: '6',
    does: 'warns of the password, of a token in a URL, and with characters that steer a terminal',
    outcome: 'told as plain text, without them',
    client: { onEvent: (event) => told.push(event) },
    script: () => {
      told.length = 0;
      const warning = `299 - "red \u009b31m ${SECRET} https://u:${SECRET}@h.example/?token=s3cr3t"`;
      return aimed(TAGS, answering(200, { warning }, '{"tags":[]}'));
    },
    act: list,
    check: () =>
      expect(told).toEqual([
        expect.objectContaining({ type: 'warning', text: 'red 31m *** https://h.example/?token=***' }),
      ]),
  },
];
