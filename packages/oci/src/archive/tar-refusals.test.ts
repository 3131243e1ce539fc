import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entriesOf } from '../../test/read-tar.ts';
import { paxMember, tarMember, tarOf, type TarMember } from '../../test/tar-members.ts';

const refusals: readonly { what: string; tar: Buffer; entry: string | null; reason: RegExp }[] = [
  ...[
    { what: 'a symbolic link', type: '2' },
    { what: 'a hard link', type: '1' },
    { what: 'a character device', type: '3' },
    { what: 'a block device', type: '4' },
    { what: 'a fifo', type: '6' },
    { what: 'a sparse file', type: 'S' },
    { what: 'of an unknown kind', type: 'V' },
    { what: 'of an unknown kind', type: '7' },
  ].map(({ what, type }) => ({
    what: `${what} (${type})`,
    tar: tarOf([{ name: 'a', type, linkname: '/etc/passwd' }]),
    entry: 'a',
    reason: new RegExp(what),
  })),
  ...[
    { name: '../a', reason: /'\.\.' part/ },
    { name: 'a/../../b', reason: /'\.\.' part/ },
    { name: 'a/..', reason: /'\.\.' part/ },
    { name: '/etc/passwd', reason: /relative/ },
    { name: './/etc/passwd', reason: /relative/ },
    { name: 'C:\\Windows', reason: /backslash or a colon/ },
    { name: 'C:evil', reason: /colon/ },
    { name: 'a\\..\\b', reason: /backslash/ },
    { name: 'file:stream', reason: /colon/ },
    { name: 'a/./b', reason: /'\.'/ },
    { name: 'a//b', reason: /empty/ },
    { name: 'bell\u0007', reason: /control/ },
    { name: 'line\nfeed', reason: /control/ },
    { name: 'nul', reason: /Windows/ },
    { name: 'a/CON.txt', reason: /Windows/ },
    { name: 'a./b', reason: /Windows/ },
    { name: 'nul\u200b', reason: /Windows/ },
    { name: '.\u200d./b', reason: /no name/ },
    { name: 'a/\u2060', reason: /no name/ },
    { name: 'a ', reason: /Windows/ },
    { name: '', reason: /no name/ },
    { name: '.', reason: /no name/ },
    { name: 'x'.repeat(300), reason: /longer than 255/ },
    { name: 'x/'.repeat(70), reason: /64 folders deep/ },
    { name: `${'x'.repeat(200)}/`.repeat(6), reason: /longer than 1024/ },
  ].map(({ name, reason }) => ({
    what: `the name ${JSON.stringify(name.slice(0, 20))}`,
    tar: tarOf([paxMember({ path: name }), { name: 'harmless', type: name.endsWith('/') ? '5' : '0' }]),
    entry: name.slice(0, 200),
    reason,
  })),
  {
    what: 'NUL inside a name',
    tar: tarOf([paxMember({ path: 'a\0b' }), { name: 'a' }]),
    entry: 'a\0b',
    reason: /control/,
  },
  {
    what: 'NUL inside GNU’s long name',
    tar: tarOf([{ name: 'L', type: 'L', content: 'a\0/../b\0' }, { name: 'a' }]),
    entry: 'a\0/../b',
    reason: /control/,
  },
  { what: 'a name that is no UTF-8', tar: tarOf([{ name: Uint8Array.of(0x61, 0xff) }]), entry: 'aÿ', reason: /UTF-8/ },
  { what: 'a file twice', tar: tarOf([{ name: 'a' }, { name: 'a' }]), entry: 'a', reason: /twice/ },
  {
    what: 'a folder twice',
    tar: tarOf([
      { name: 'a/', type: '5' },
      { name: 'a/', type: '5' },
    ]),
    entry: 'a',
    reason: /twice/,
  },
  {
    what: 'a file twice, written otherwise',
    tar: tarOf([{ name: 'a' }, { name: './a' }]),
    entry: 'a',
    reason: /twice/,
  },
  {
    what: 'names that differ in case',
    tar: tarOf([{ name: 'a/B' }, { name: 'a/b' }]),
    entry: 'a/b',
    reason: /collides with "a\/B"/,
  },
  {
    what: 'folders that differ in case',
    tar: tarOf([{ name: 'A/x' }, { name: 'a/y' }]),
    entry: 'a/y',
    reason: /collides with "A"/,
  },
  {
    what: 'names that differ in Unicode form',
    tar: tarOf([{ name: 'caf\u00e9' }, { name: 'cafe\u0301' }]),
    entry: 'cafe\u0301',
    reason: /collides/,
  },
  {
    what: 'what has no width',
    tar: tarOf([{ name: 'a' }, { name: 'a\u200d' }]),
    entry: 'a\u200d',
    reason: /collides/,
  },
  { what: 'ß and ss', tar: tarOf([{ name: 'straße' }, { name: 'STRASSE' }]), entry: 'STRASSE', reason: /collides/ },
  {
    what: 'a file below a file',
    tar: tarOf([{ name: 'a' }, { name: 'a/b' }]),
    entry: 'a/b',
    reason: /which is a file/,
  },
  { what: 'a file where a folder is', tar: tarOf([{ name: 'a/b' }, { name: 'a' }]), entry: 'a', reason: /twice/ },
  {
    what: 'a folder with content',
    tar: tarOf([{ name: 'a/', type: '5', content: 'x' }]),
    entry: 'a/',
    reason: /folder with content/,
  },
  {
    what: 'a negative size',
    tar: tarOf([{ name: 'a', size: new Uint8Array(12).fill(0xff) }]),
    entry: null,
    reason: /negative/,
  },
  {
    what: 'a negative size in digits',
    tar: tarOf([{ name: 'a', size: '-0000000001\0' }]),
    entry: null,
    reason: /negative/,
  },
  {
    what: 'a huge size',
    tar: tarOf([{ name: 'a', size: Uint8Array.of(0x80, ...new Uint8Array(11).fill(0xff)) }]),
    entry: null,
    reason: /huge/,
  },
  {
    what: 'a huge size in pax',
    tar: tarOf([paxMember({ size: '9'.repeat(16) }), { name: 'a' }]),
    entry: null,
    reason: /unreadable size/,
  },
  { what: 'a size beyond the end', tar: tarOf([{ name: 'a', size: 100_000 }]), entry: 'a', reason: /cut short/ },
  { what: 'a wrong checksum', tar: tarOf([{ name: 'a', checksum: 1 }]), entry: null, reason: /checksum/ },
  { what: 'no tar at all', tar: Buffer.alloc(1024, 'SQL '), entry: null, reason: /no(t a)? tar/ },
  { what: 'nothing', tar: Buffer.alloc(0), entry: null, reason: /cut short/ },
  { what: 'no end', tar: tarMember({ name: 'a' }), entry: null, reason: /cut short/ },
  { what: 'half a header', tar: tarMember({ name: 'a' }).subarray(0, 300), entry: null, reason: /cut short/ },
  {
    what: 'half a file',
    tar: tarMember({ name: 'a', content: 'x'.repeat(600) }).subarray(0, 700),
    entry: 'a',
    reason: /cut short/,
  },
  {
    what: 'a file without its padding',
    tar: tarMember({ name: 'a', content: 'x', unpadded: true }),
    entry: 'a',
    reason: /cut short/,
  },
  {
    what: 'bytes behind the end',
    tar: Buffer.concat([tarOf([{ name: 'a' }]), Buffer.from('more')]),
    entry: null,
    reason: /behind its end/,
  },
  {
    what: 'a second archive behind the end',
    tar: Buffer.concat([tarOf([{ name: 'a' }]), tarOf([{ name: 'b' }])]),
    entry: null,
    reason: /behind its end/,
  },
  { what: 'padding without end', tar: Buffer.alloc(17 * 1024 * 1024), entry: null, reason: /too much padding/ },
  {
    what: 'a GNU sparse file in pax',
    tar: tarOf([paxMember({ 'GNU.sparse.major': '1', path: 's' }), { name: 's' }]),
    entry: 's',
    reason: /sparse/,
  },
  {
    what: 'a name for all members',
    tar: tarOf([paxMember({ path: 'x' }, 'g'), { name: 'a' }]),
    entry: null,
    reason: /all members/,
  },
  {
    what: 'names in another character set',
    tar: tarOf([paxMember({ hdrcharset: 'BINARY' }), { name: 'a' }]),
    entry: null,
    reason: /UTF-8/,
  },
  {
    what: 'an unreadable pax header',
    tar: tarOf([{ name: 'p', type: 'x', content: '99 path=a\n' }, { name: 'a' }]),
    entry: null,
    reason: /cannot be read/,
  },
  { what: 'a pax header for nothing', tar: tarOf([paxMember({ path: 'a' })]), entry: null, reason: /no member/ },
  {
    what: 'a pax header cut short',
    tar: tarMember(paxMember({ path: 'a' })).subarray(0, 515),
    entry: null,
    reason: /cut short in a header/,
  },
  {
    what: 'a huge pax header',
    tar: tarOf([{ name: 'p', type: 'x', size: 2 ** 21 }]),
    entry: null,
    reason: /extended header of 2097152/,
  },
];

describe('a tar is refused', () => {
  it.each(refusals)('for $what', async ({ tar, entry, reason }) => {
    await expect(entriesOf(tar)).rejects.toMatchObject({
      name: 'SquizzleError',
      code: 'ARCHIVE_INVALID',
      details: { path: 'test.tar', entry, reason: expect.stringMatching(reason) as string },
    });
  });

  it.each([
    { count: 3, refused: false },
    { count: 4, refused: true },
  ])('for more members than allowed: $count of 3, $refused', async ({ count, refused }) => {
    const tar = tarOf(Array.from({ length: count }, (_, at) => ({ name: `${at}` })));
    const [read] = await Promise.allSettled([entriesOf(tar, { maxEntries: 3 })]);
    expect(read.status).toBe(refused ? 'rejected' : 'fulfilled');
  });

  it.each([
    { size: 500, refused: false },
    { size: 501, refused: true },
  ])('for more bytes than allowed: 500 and $size of 1000, $refused', async ({ size, refused }) => {
    const tar = tarOf([
      { name: 'a', content: 'x'.repeat(500) },
      { name: 'b', content: 'x'.repeat(size) },
    ]);
    const [read] = await Promise.allSettled([entriesOf(tar, { maxBytes: 1000 })]);
    expect(read).toMatchObject(refused ? { reason: { code: 'ARCHIVE_INVALID', details: { entry: 'b' } } } : {});
    expect(read.status).toBe(refused ? 'rejected' : 'fulfilled');
  });

  it('or read, and ends either way: any bytes, any name, any change to an archive', async () => {
    const hostile: TarMember = { name: 'a/b', content: 'x'.repeat(700) };
    const tar = tarOf([{ name: 'a/', type: '5' }, hostile, paxMember({ path: 'c' }), { name: 'd', content: 'y' }]);
    await fc.assert(
      fc.asyncProperty(fc.nat(tar.byteLength - 1), fc.nat(255), fc.boolean(), async (at, value, cut) => {
        const changed = Buffer.from(cut ? tar.subarray(0, at) : tar.with(at, value));
        const [read] = await Promise.allSettled([entriesOf(changed)]);
        if (read.status === 'rejected') expect(read.reason).toMatchObject({ code: 'ARCHIVE_INVALID' });
        else for (const { path } of read.value) expect(path).not.toMatch(/^\/|\.\.|\\|:/);
      }),
      { numRuns: 300 },
    );
  });

  it('or gives only paths that stay inside, whatever is written as a name', async () => {
    const part = fc.constantFrom('..', '.', '', 'a', 'A', 'ä', 'a\u0308', 'C:', '\\', 'nul', 'b ', '\0', '\u202e', '/');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(part, { maxLength: 5 }), { maxLength: 4 }), async (names) => {
        const tar = tarOf(names.flatMap((parts) => [paxMember({ path: parts.join('/') }), { name: 'x' }]));
        const [read] = await Promise.allSettled([entriesOf(tar)]);
        if (read.status === 'rejected') expect(read.reason).toMatchObject({ code: 'ARCHIVE_INVALID' });
        else {
          const paths = read.value.map(({ path }) => path);
          for (const path of paths) expect(path.split('/')).not.toContain('..');
          expect(new Set(paths.map((path) => path.normalize('NFC').toLowerCase())).size).toBe(paths.length);
        }
      }),
      { numRuns: 300 },
    );
  });
});
