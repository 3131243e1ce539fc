import fc from 'fast-check';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { entriesOf, type Found } from '../../test/read-tar.ts';
import { paxMember, tarEnd, tarMember, tarOf } from '../../test/tar-members.ts';
import { refuserOf } from './archive-error.ts';
import { readTarEntries } from './tar-entries.ts';
import { createStreamInput } from './tar-input.ts';

const file = (path: string, content = '', executable = false): Found => ({ path, kind: 'file', content, executable });
const folder = (path: string): Found => ({ path, kind: 'folder', content: '', executable: false });
const longName = `${'d'.repeat(120)}/${'f'.repeat(120)}.sql`;

describe('the members of a tar', () => {
  it.each<{ kind: string; tar: Buffer; found: readonly Found[] }>([
    { kind: 'nothing', tar: tarEnd(), found: [] },
    {
      kind: 'files and folders',
      tar: tarOf([
        { name: 'a/', type: '5' },
        { name: 'a/b', content: 'x' },
      ]),
      found: [folder('a'), file('a/b', 'x')],
    },
    { kind: 'an empty file', tar: tarOf([{ name: 'a' }]), found: [file('a')] },
    {
      kind: 'a file of one block',
      tar: tarOf([{ name: 'a', content: 'x'.repeat(512) }]),
      found: [file('a', 'x'.repeat(512))],
    },
    { kind: 'a file someone may execute', tar: tarOf([{ name: 'a', mode: '0000755' }]), found: [file('a', '', true)] },
    {
      kind: 'what tar writes of a folder',
      tar: tarOf([{ name: './', type: '5' }, { name: './a' }]),
      found: [folder(''), file('a')],
    },
    {
      kind: 'the old tar',
      tar: tarOf([
        { name: 'a/', type: '\0', magic: '\0' },
        { name: 'a/b', type: '\0', magic: '\0' },
      ]),
      found: [folder('a'), file('a/b')],
    },
    { kind: 'a name in two parts', tar: tarOf([{ name: 'b', prefix: 'a/long' }]), found: [file('a/long/b')] },
    {
      kind: 'GNU, which keeps times where ustar has the prefix',
      tar: tarOf([{ name: 'a', magic: 'ustar  \0', prefix: '14521' }]),
      found: [file('a')],
    },
    {
      kind: 'GNU’s long name',
      tar: tarOf([
        { name: '././@LongLink', type: 'L', content: `${longName}\0` },
        { name: 'd', content: '1' },
      ]),
      found: [file(longName, '1')],
    },
    {
      kind: 'pax’s long name',
      tar: tarOf([paxMember({ path: longName, mtime: '1.5' }), { name: 'd' }]),
      found: [file(longName)],
    },
    {
      kind: 'pax’s size',
      tar: tarOf([paxMember({ size: '3' }), { name: 'a', content: 'abc', size: 0 }]),
      found: [file('a', 'abc')],
    },
    { kind: 'pax for all', tar: tarOf([paxMember({ comment: 'git' }, 'g'), { name: 'a' }]), found: [file('a')] },
    {
      kind: 'a size in base 256',
      tar: tarOf([{ name: 'a', content: 'abc', size: Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3) }]),
      found: [file('a', 'abc')],
    },
    {
      kind: 'a size with spaces',
      tar: tarOf([{ name: 'a', content: 'abc', size: '         3 \0' }]),
      found: [file('a', 'abc')],
    },
    {
      kind: 'one empty block at the end',
      tar: Buffer.concat([tarMember({ name: 'a' }), Buffer.alloc(512)]),
      found: [file('a')],
    },
    {
      kind: 'a filled record',
      tar: Buffer.concat([tarMember({ name: 'a' }), Buffer.alloc(10_240 - 512)]),
      found: [file('a')],
    },
    {
      kind: 'a folder after its file',
      tar: tarOf([{ name: 'a/b' }, { name: 'a/', type: '5' }]),
      found: [file('a/b'), folder('a')],
    },
  ])('are found in a tar with $kind', async ({ tar, found }) => {
    expect(await entriesOf(tar)).toEqual(found);
  });

  it('are passed over when nobody reads them, or only a part', async () => {
    const tar = tarOf([
      { name: 'a', content: 'x'.repeat(5000) },
      { name: 'b', content: 'y' },
    ]);
    const paths: string[] = [];
    const input = createStreamInput([tar.subarray(0, 700), tar.subarray(700)]);
    for await (const { path, content } of readTarEntries(input, {
      refuse: refuserOf('t'),
      maxEntries: 9,
      maxBytes: 9999,
    })) {
      paths.push(path);
      await content().next();
    }
    expect(paths).toEqual(['a', 'b']);
  });

  it('are what tar-stream wrote, whatever the names and contents', async () => {
    const name = fc
      .stringMatching(/^[a-z0-9äß _-]{0,80}[a-z0-9ä]$/u)
      .filter((text) => !/^(con|prn|aux|nul|com\d|lpt\d)$/.test(text));
    const members = fc.uniqueArray(fc.record({ name, content: fc.string({ maxLength: 2000 }) }), {
      selector: (member) => member.name.normalize('NFD').toUpperCase().toLowerCase(),
      maxLength: 10,
    });
    await fc.assert(
      fc.asyncProperty(members, async (written) => {
        const tar = pack();
        for (const member of written) tar.entry({ name: `top/${member.name}` }, member.content);
        tar.finalize();
        const chunks: Uint8Array[] = [];
        for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk);
        const found = await entriesOf(Buffer.concat(chunks));
        expect(found).toEqual(written.map((member) => file(`top/${member.name}`, member.content)));
      }),
      { numRuns: 50 },
    );
  });
});
