/**
 * What a registry may do to us, and what comes of it: the table of docs/registries/safety.md, each row run.
 */
import { isSquizzleError } from '@squizzle/core';
import { isContentError } from '@squizzle/oci-spec';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ARCHIVE_ROWS } from '../test/hostile/archive-rows.ts';
import { DIGEST_ROWS, SIZE_ROWS } from '../test/hostile/content-rows.ts';
import { FAULT_ROWS } from '../test/hostile/fault-rows.ts';
import { ELSEWHERE_ROWS, REALM_ROWS, REDIRECT_ROWS, SCOPE_ROWS } from '../test/hostile/origin-rows.ts';
import { DOWNGRADE_ROWS, REALM_TLS_ROWS, TRUST_ROWS } from '../test/hostile/tls-rows.ts';
import { SECRET_ROWS } from '../test/hostile/secret-rows.ts';
import { openScene, SECRET, type Row } from '../test/hostile/scene.ts';

const ROWS: readonly Row[] = [
  ...ELSEWHERE_ROWS,
  ...REALM_ROWS,
  ...REALM_TLS_ROWS,
  ...SCOPE_ROWS,
  ...DIGEST_ROWS,
  ...REDIRECT_ROWS,
  ...DOWNGRADE_ROWS,
  ...TRUST_ROWS,
  ...ARCHIVE_ROWS,
  ...SECRET_ROWS,
  ...SIZE_ROWS,
  ...FAULT_ROWS,
];

/** Everything that an error says, to whoever prints it: message, details, stack, causes. */
const wordsOf = (thrown: unknown): string => inspect(thrown, { depth: 8 });

describe('a hostile registry', () => {
  it.each(ROWS)('that $does: $outcome', async (row) => {
    await using scene = await openScene(row);
    const [outcome] = await Promise.allSettled([row.act(scene)]);
    const thrown: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
    if (row.code === undefined) expect(wordsOf(thrown)).toBe('undefined');
    else expect(isSquizzleError(thrown) || isContentError(thrown) ? thrown.code : wordsOf(thrown)).toBe(row.code);
    row.check?.(scene);
    expect(scene.elsewhere.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
    for (const secret of [SECRET, Buffer.from(`ada:${SECRET}`).toString('base64'), 's3cr3t'])
      expect(wordsOf(thrown)).not.toContain(secret);
  });

  it('is what docs/registries/safety.md says', async () => {
    await expect(render(ROWS)).toMatchFileSnapshot('../../../docs/registries/safety.md');
  });
});

const RULES: Readonly<Record<string, string>> = {
  1: 'Credentials stay with their registry',
  2: 'Token services are checked before anything is sent to them',
  3: 'Every byte is checked',
  4: 'Redirects are followed with care',
  5: 'Nothing harmful is unpacked',
  6: 'Nothing secret is shown',
  7: 'Certificates are verified',
  caps: 'Nothing is read without bound',
  faults: 'Faults end in success after the right tries, or in the right error',
};

function render(rows: readonly Row[]): string {
  const sections = Object.entries(RULES).flatMap(([rule, title]) => {
    const own = rows.filter((row) => row.rule === rule).map(({ does, outcome }) => [does, outcome] as const);
    const widths = [0, 1].map((at) =>
      Math.max(...own.map((row) => (row[at] ?? '').length), 'a registry that …'.length),
    );
    const line = (cells: readonly string[]): string =>
      `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
    return [
      '',
      `## ${title}`,
      '',
      line(['a registry that …', 'the client']),
      line(widths.map((width) => '-'.repeat(width))),
      ...own.map(line),
    ];
  });
  return [
    '<!-- Made by packages/oci/src/safety.integration.test.ts. Do not edit; run: npx vitest run --project integration:oci safety --update -->',
    '',
    '# What a registry may do, and what the client does',
    '',
    'A registry, a proxy before it, or who sits on the network, may try all this. Every row is a test against a server that does it, with credentials',
    'at stake: none of them may appear at another host, in an error or in a log.',
    ...sections,
    '',
  ].join('\n');
}
