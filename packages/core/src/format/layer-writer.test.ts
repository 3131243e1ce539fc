import { gunzipSync } from 'node:zlib';
import { MEDIA_TYPES, digestOf } from '@squizzle/oci-spec';
import { extract, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { writeLayer } from './layer-writer.ts';

const file = (path: string, text: string): { path: string; read: () => Promise<Uint8Array> } => ({
  path,
  read: async () => Buffer.from(text),
});

async function headersOf(layer: Uint8Array): Promise<readonly Header[]> {
  const tar = extract();
  tar.end(gunzipSync(layer));
  const headers: Header[] = [];
  for await (const entry of tar) {
    headers.push(entry.header);
    entry.resume();
  }
  return headers;
}

describe('writeLayer', () => {
  it('holds folders before files, each sorted by bytes, owned by nobody, at no time', async () => {
    const layer = await writeLayer([
      file('b/😀.sql', '1'),
      file('b/\uffee.sql', '2'),
      file('a/x/1.sql', '3'),
      file('a/1.sql', '4'),
    ]);
    const headers = await headersOf(layer.bytes);
    expect(headers.map(({ name }) => name)).toEqual([
      'a/',
      'a/x/',
      'b/',
      'a/1.sql',
      'a/x/1.sql',
      'b/\uffee.sql',
      'b/😀.sql',
    ]);
    for (const { uid, gid, uname, gname, mtime, mode, type } of headers) {
      expect({ uid, gid, uname, gname, mtime: mtime?.getTime() }).toEqual({
        uid: 0,
        gid: 0,
        uname: '',
        gname: '',
        mtime: 0,
      });
      expect(mode).toBe(type === 'directory' ? 0o755 : 0o644);
    }
  });

  it('names the media type, and digests of what it wrote', async () => {
    const { bytes, descriptor, diffId } = await writeLayer([file('a.sql', 'x')]);
    expect(descriptor).toEqual({
      mediaType: MEDIA_TYPES.ociLayerTarGzip,
      digest: digestOf(bytes),
      size: bytes.byteLength,
    });
    expect(diffId).toBe(digestOf(gunzipSync(bytes)));
    expect(bytes.subarray(4, 8), 'no time in the gzip header').toEqual(Buffer.alloc(4));
  });

  it('throws what a file throws when it is read', async () => {
    const broken = { path: 'b.sql', read: async () => Promise.reject(new RangeError('no such disk')) };
    await expect(writeLayer([file('a.sql', 'x'), broken])).rejects.toThrow('no such disk');
  });
});
