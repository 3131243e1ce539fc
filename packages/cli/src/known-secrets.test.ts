import { expect, it } from 'vitest';
import { createKnownSecrets, withoutSecrets } from './known-secrets.ts';

it.each([
  {
    secret: 'hunter2hunter2',
    text: 'at hunter2hunter2, twice: hunter2hunter2',
    shown: 'at ***, twice: ***',
    why: 'as it is',
  },
  { secret: 'say "yes"\\now', text: '{"a":"say \\"yes\\"\\\\now"}', shown: '{"a":"***"}', why: 'as JSON has it' },
  { secret: 'a b/c@d:e', text: 'https://x/?p=a%20b%2Fc%40d%3Ae', shown: 'https://x/?p=***', why: 'as a URL has it' },
  { secret: 'short', text: 'in short: no', shown: 'in short: no', why: 'too short to be told from a word' },
  { secret: undefined, text: 'undefined', shown: 'undefined', why: 'there is none' },
])('masks a secret: $why', ({ secret, text, shown }) => {
  const secrets = createKnownSecrets();
  secrets.add(secret);
  expect(secrets.mask(text)).toBe(shown);
});

it('takes what is known out of texts that are written, and leaves bytes alone', () => {
  const written: (string | Uint8Array)[] = [];
  const secrets = createKnownSecrets();
  const writer = withoutSecrets({ isTTY: true, columns: 80, write: (text) => written.push(text) }, secrets);
  const bytes = new TextEncoder().encode('hunter2hunter2');
  writer.write('before: hunter2hunter2\n');
  secrets.add('hunter2hunter2');
  writer.write('after: hunter2hunter2\n');
  writer.write(bytes);
  expect(written).toEqual(['before: hunter2hunter2\n', 'after: ***\n', bytes]);
  expect(writer).toMatchObject({ isTTY: true, columns: 80 });
});
