import fc from 'fast-check';
import { extract, pack, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES, encodeTarHeader, paddingAfter, type TarHeader } from './tar-header.ts';

const HEADER: TarHeader = { name: 'a.sql', type: 'file', mode: 0o644, sizeBytes: 0, modified: 0, target: '' };
const TYPES = { file: 'file', folder: 'directory', link: 'symlink' } as const;

/** The header that tar-stream, which wrote the first releases, puts before an entry. */
async function reference({ name, type, mode, modified, target }: TarHeader): Promise<Buffer> {
  const tar = pack();
  const [owner, mtime] = [{ uid: 0, gid: 0, uname: '', gname: '' }, new Date(modified * 1000)];
  const head = { name, type: TYPES[type], mode, mtime, ...owner };
  if (type === 'file') tar.entry(head, Buffer.alloc(0));
  else tar.entry(type === 'link' ? { ...head, linkname: target } : head);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).subarray(0, -2 * BLOCK_BYTES);
}

async function readBack(header: TarHeader): Promise<Header> {
  const tar = extract();
  tar.write(encodeTarHeader(header));
  for await (const entry of tar) return entry.header;
  throw new RangeError('no header came out');
}

const letter = fc.constantFrom('a', 'Z', '0', '_', '-', '.', ' ', '\n', 'é', '日', '😀', '"', '%', '=', '\\');
const ascii = fc.constantFrom('a', 'Z', '0', '_', '.', ' ');
const pathOf = (unit: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(fc.string({ unit, minLength: 1, maxLength: 120 }), { minLength: 1, maxLength: 5 })
    .map((all) => all.join('/'));

describe('encodeTarHeader', () => {
  it('writes what tar-stream wrote, whatever the path', async () => {
    const header = fc.record({
      name: fc.oneof(pathOf(letter), pathOf(ascii)),
      type: fc.constantFrom('file' as const, 'folder' as const),
      mode: fc.constantFrom(0o644, 0o755),
      modified: fc.constantFrom(0, 1_700_000_000),
    });
    const property = fc.asyncProperty(header, async (given) => {
      const whole = { ...HEADER, ...given, name: given.type === 'folder' ? `${given.name}/` : given.name };
      expect(Buffer.from(encodeTarHeader(whole)).equals(await reference(whole)), JSON.stringify(whole)).toBe(true);
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it.each<Pick<TarHeader, 'name'> & Partial<TarHeader> & { readonly why: string }>([
    { name: 'x'.repeat(100), why: 'a name that just fits' },
    { name: `${'p'.repeat(155)}/${'x'.repeat(100)}`, why: 'a prefix and a name that just fit' },
    { name: `${'p'.repeat(156)}/${'x'.repeat(99)}`, why: 'a prefix one too long' },
    { name: `${'p'.repeat(100)}/${'x'.repeat(101)}`, why: 'a name one too long behind its slash' },
    { name: `${'d'.repeat(100)}/`, type: 'folder', why: 'a folder whose slash does not fit' },
  ])('writes what tar-stream wrote for $why', async ({ name, type = 'file' }) => {
    const whole = { ...HEADER, name, type };
    expect(Buffer.from(encodeTarHeader(whole)).equals(await reference(whole))).toBe(true);
  });

  it.each([
    { target: '../b/c', why: 'a short target' },
    { target: 'x'.repeat(101), why: 'a target that the header has no room for' },
    { target: 'größe/😀', why: 'a target that is not ASCII' },
  ])('keeps $why of a link', async ({ target }) => {
    for (const name of ['a', 'é', 'n'.repeat(300)]) {
      expect(await readBack({ ...HEADER, type: 'link', name, target })).toMatchObject({
        type: 'symlink',
        name,
        linkname: target,
      });
    }
  });

  it.each([
    { sizeBytes: 8 ** 11 - 1, extended: false, why: 'the largest of eleven octal digits' },
    { sizeBytes: 8 ** 11, extended: true, why: 'one byte more' },
    { sizeBytes: 2 ** 43 + 1, extended: true, why: '8 TiB' },
  ])('keeps a size of $sizeBytes: $why', async ({ sizeBytes, extended }) => {
    const header = { ...HEADER, sizeBytes };
    const bytes = encodeTarHeader(header);
    expect(bytes.byteLength > BLOCK_BYTES).toBe(extended);
    expect(Buffer.from(bytes).includes(`size=${sizeBytes}\n`)).toBe(extended);
    expect(await readBack(header)).toMatchObject({ size: sizeBytes, name: 'a.sql' });
  });
});

describe('paddingAfter', () => {
  it.each([
    [0, 0],
    [1, 511],
    [511, 1],
    [512, 0],
    [2 ** 40 + 513, 511],
  ])('fills up %d bytes with %d', (sizeBytes, padding) => {
    expect(paddingAfter(sizeBytes)).toEqual(new Uint8Array(padding));
  });
});
